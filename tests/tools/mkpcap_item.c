/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * mkpcap_item.c: the items of a packet line: payload, flags, numbers, options.
 */
#include "tools/mkpcap.h"

#include <stdlib.h>
#include <string.h>

static void
read_where(struct line *l, const char *what, struct where *w)
{
	const char *word = l->next < l->n ? l->words[l->next].at : "";
	w->kind = WHERE_OFFSET;
	w->n = -1;
	if (line_is(l, "isn"))
		return;
	if (word[0] == '=') {
		w->kind = WHERE_WIRE;
		memmove(l->words[l->next].at, word + 1, strlen(word));
	} else if (word[0] == '+' || word[0] == '-') {
		w->kind = WHERE_MOVED;
	}
	w->n = line_number(l, what, INT64_MIN / 4, INT64_MAX / 4);
}

int64_t
where_off(const struct where *w, int64_t automatic, uint32_t base)
{
	switch (w->kind) {
	case WHERE_OFFSET:
		return w->n;
	case WHERE_MOVED:
		return automatic + w->n;
	case WHERE_WIRE:
		return (int64_t)(uint32_t)((uint32_t)w->n - base);
	default:
		return automatic;
	}
}

static bool
read_flag(struct line *l, struct items *it)
{
	static const struct {
		const char *word;
		unsigned flag;
	} flags[] = {
		{ "syn", TCP_SYN },
		{ "fin", TCP_FIN },
		{ "rst", TCP_RST },
		{ "psh", TCP_PSH },
		{ "urg", TCP_URG },
	};
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!line_is(l, flags[i].word))
			continue;
		it->flags |= flags[i].flag;
		return true;
	}
	return false;
}

static void
read_flags(struct line *l, struct items *it)
{
	static const char letters[] = "FSRPAU";
	const char *word = line_word(l, "flags");
	it->exact = true;
	it->flags = 0;
	for (; *word != '\0' && *word != '-'; word++) {
		const char *at = strchr(letters, *word);
		if (at == NULL)
			bad(&l->place, "no such flag: %c", *word);
		it->flags |= 1u << (at - letters);
	}
}

static bool
read_option(struct line *l, struct items *it)
{
	struct bytes *b = &it->opts;
	if (line_is(l, "mss")) {
		bytes_be(b, 0x0204, 2);
		bytes_be(b, (uint64_t)line_number(l, "mss", 0, 65535), 2);
	} else if (line_is(l, "wscale")) {
		bytes_be(b, 0x010303, 3);
		bytes_be(b, (uint64_t)line_number(l, "wscale", 0, 255), 1);
	} else if (line_is(l, "sackok")) {
		bytes_be(b, 0x01010402, 4);
	} else if (line_is(l, "tsval")) {
		it->tsval = true;
		bytes_be(b, 0x0101080a, 4);
		bytes_be(b, (uint64_t)line_number(l, "tsval", 0, UINT32_MAX),
		    4);
		bytes_be(b, 0, 4);
	} else
		return false;
	return true;
}

void
items_take(struct line *l, struct items *it)
{
	if (line_payload(l, &it->payload) || read_flag(l, it) ||
	    read_option(l, it))
		return;
	if (line_is(l, "noack"))
		it->noack = true;
	else if (line_is(l, "flags"))
		read_flags(l, it);
	else if (line_is(l, "seq"))
		read_where(l, "seq", &it->seq);
	else if (line_is(l, "ack"))
		read_where(l, "ack", &it->ack);
	else if (line_is(l, "win"))
		it->win = (uint16_t)line_number(l, "win", 0, 65535);
	else if (line_is(l, "urgp"))
		it->urg = (uint16_t)line_number(l, "urgp", 0, 65535);
	else
		bad(&l->place, "unknown item: %s", line_word(l, "item"));
}
