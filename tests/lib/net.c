/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* net.c: text to segments. */
#include "lib/net.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "lib/require.h"

#define MS ((int64_t)1000000)
#define SECOND (1000 * MS)

void
net_config(struct model_config *cfg)
{
	*cfg = (struct model_config){
		.stream.max_bytes = UINT64_MAX,
		.stream.max_gap = (uint64_t)1 << 20,
		.max_memory = (uint64_t)64 << 20,
	};
}

void
net_init(struct net *n, const struct model_config *cfg)
{
	*n = (struct net){ .now_ns = 1000 * SECOND };
	net_config(&n->cfg);
	if (cfg != NULL)
		n->cfg = *cfg;
	record_init(&n->rec, true);
	n->keep = spill_new((size_t)1 << 20);
	n->flows = flows_new(&n->cfg, n->keep, &n->rec.events);
}

void
net_want_packets(struct net *n)
{
	n->rec.events.wants_packets = true;
	n->rec.bare_frames = true;
}

void
net_end(struct net *n)
{
	flows_end(n->flows);
	REQUIRE(record_is_complete(&n->rec));
	REQUIRE(flows_stats(n->flows).live == 0);
	REQUIRE(spill_memory(n->keep) == 0);
	REQUIRE(spill_error(n->keep) == 0);
}

void
net_free(struct net *n)
{
	while (n->n_held > 0)
		free(n->held[--n->n_held]);
	flows_free(n->flows);
	spill_free(n->keep);
	record_free(&n->rec);
}

struct talk
talk_of(unsigned port, uint32_t client_isn, uint32_t server_isn, bool swap)
{
	struct talk t = { .isn = { client_isn, server_isn } };

	t.ep[0] =
	    (struct endpoint){ { 10, 0, 0, swap ? 9 : 1 }, (uint16_t)port, 4 };
	t.ep[1] = (struct endpoint){ { 10, 0, 0, 5 }, 80, 4 };
	return t;
}

void
net_give(struct net *n, struct segment *seg)
{
	struct packet frame = {
		.number = ++n->packet,
		.ts_ns = n->now_ns,
		.ts_digits = 6,
		.len = seg->payload_len,
		.data = seg->payload,
	};

	seg->packet = frame.number;
	seg->frame = &frame;
	seg->ts_ns = n->now_ns;
	seg->ts_digits = 6;
	n->now_ns += MS;
	flows_segment(n->flows, seg);
	seg->frame = NULL;
}

struct parse {
	const char *at;
	const struct talk *t;
	struct net_packet *p;
	int dir;
	bool no_ack;
	bool has_ack; /* its number was given */
	bool has_seq;
};

static uint32_t
number(struct parse *s)
{
	char *end;
	long long v = strtoll(s->at, &end, 10);

	REQUIRE(end > s->at);
	s->at = end;
	return (uint32_t)v;
}

static uint32_t
place(struct parse *s, int dir)
{
	if (*s->at == '=') {
		s->at++;
		return number(s);
	}
	return s->t->isn[dir] + 1 + number(s);
}

static void
text(struct parse *s)
{
	struct segment *seg = &s->p->seg;

	while (*s->at != '\'') {
		REQUIRE(*s->at != '\0' && seg->payload_len < NET_TEXT_MAX);
		s->p->text[seg->payload_len++] = (uint8_t)*s->at++;
	}
	s->at++;
	seg->payload.n = seg->payload_len;
}

static void
word(struct parse *s)
{
	struct segment *seg = &s->p->seg;

	switch (*s->at++) {
	case 'S':
		seg->flags |= TCP_SYN;
		break;
	case 'F':
		seg->flags |= TCP_FIN;
		break;
	case 'R':
		seg->flags |= TCP_RST;
		break;
	case 'A':
		seg->flags |= TCP_ACK;
		break;
	case 'N':
		s->no_ack = true;
		break;
	case '\'':
		text(s);
		break;
	case '=':
		s->at--;
		/* fall through */
	case '@':
		seg->seq = place(s, s->dir);
		s->has_seq = true;
		break;
	case 'a':
		seg->ack = place(s, !s->dir);
		s->has_ack = true;
		break;
	case 'w':
		seg->window = (uint16_t)number(s);
		break;
	case 'k':
		seg->wscale = (uint8_t)number(s);
		break;
	case 'c':
		seg->payload_len += number(s);
		break;
	case 't':
		seg->has_tsopt = true;
		seg->tsval = (uint32_t)number(s);
		break;
	case 'i':
		seg->ip_checksum = CHECKSUM_BAD;
		break;
	case 'I':
		seg->ip_checksum = CHECKSUM_GOOD;
		break;
	case 'b':
		seg->checksum = CHECKSUM_BAD;
		break;
	case 'g':
		seg->checksum = CHECKSUM_GOOD;
		break;
	default:
		REQUIRE(false);
	}
}

/* The number that comes next: after the SYN also when there was none. */
static uint32_t
next_of(const struct talk *t, int dir)
{
	return t->isn[dir] + (t->sent[dir] > 0 ? (uint32_t)t->sent[dir] : 1);
}

/* The packet whose arrow is at *at. */
static struct net_packet *
compile(struct talk *t, const char **at, bool counts)
{
	struct net_packet *p = xcalloc(1, sizeof(*p));
	struct segment *seg = &p->seg;
	struct parse s = { .at = *at + 1, .t = t, .p = p };
	uint64_t end;

	s.dir = **at == '<';
	REQUIRE(**at == '<' || **at == '>');
	seg->src = t->ep[s.dir];
	seg->dst = t->ep[!s.dir];
	seg->window = 65535;
	seg->wscale = SEGMENT_NO_WSCALE;
	while (*s.at != ';' && *s.at != '\0')
		if (*s.at == ' ')
			s.at++;
		else
			word(&s);
	*at = s.at;
	seg->payload.p = p->text;
	if (!(seg->flags & TCP_SYN) && !s.no_ack)
		seg->flags |= TCP_ACK;
	if (!s.has_seq)
		seg->seq =
		    seg->flags & TCP_SYN ? t->isn[s.dir] : next_of(t, s.dir);
	if (!s.has_ack && (seg->flags & TCP_ACK))
		seg->ack = next_of(t, !s.dir);
	end = seg->seq - t->isn[s.dir] + seg->payload_len +
	    ((seg->flags & TCP_SYN) != 0) + ((seg->flags & TCP_FIN) != 0);
	if (counts && end > t->sent[s.dir] && end < UINT32_MAX / 2)
		t->sent[s.dir] = end;
	return p;
}

static void
release(struct net *n)
{
	for (size_t i = 0; i < n->n_held; i++) {
		net_give(n, &n->held[i]->seg);
		free(n->held[i]);
	}
	n->n_held = 0;
}

static void
dispatch(struct net *n, struct talk *t, const char **at, const char *prefix)
{
	struct net_packet *p = compile(t, at, strchr(prefix, '-') == NULL);

	if (strchr(prefix, '^') != NULL) {
		REQUIRE(n->n_held < NET_HELD_MAX);
		n->held[n->n_held++] = p;
		return;
	}
	if (strchr(prefix, '~') == NULL)
		net_give(n, &p->seg);
	if (strchr(prefix, '*') != NULL)
		net_give(n, &p->seg);
	free(p);
}

void
net_play(struct net *n, struct talk *t, const char *script)
{
	char prefix[8] = "";
	size_t k = 0;

	while (*script != '\0') {
		if (*script == ' ' || *script == ';') {
			script++;
		} else if (*script == '!') {
			release(n);
			script++;
		} else if (*script == '+') {
			struct parse s = { .at = script + 1 };

			n->now_ns += number(&s) * SECOND;
			script = s.at;
		} else if (strchr("~^-*", *script) != NULL) {
			REQUIRE(k + 1 < sizeof(prefix));
			prefix[k++] = *script++;
			prefix[k] = '\0';
		} else {
			dispatch(n, t, &script, prefix);
			k = 0;
			prefix[0] = '\0';
		}
	}
}

void
net_story(const struct net *n, const char *name, const char *want)
{
	struct buf got = { 0 };

	record_story(&n->rec, &got);
	if (strcmp(buf_cstr(&got), want) != 0) {
		fprintf(stderr, "%s:\n%snot:\n%s", name, buf_cstr(&got), want);
		abort();
	}
	buf_free(&got);
}
