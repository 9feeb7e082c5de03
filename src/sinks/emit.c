/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* emit.c: the list of products, and --emit. */
#include "sinks/emit.h"

#include <string.h>

/*
 * objects comes before those who name its files; json closes behind
 * them: the index object in it names the files of all others.  So does report.
 */
static const struct {
	const char *name;
	const struct sink *sink;
} products[] = {
	{ "raw", &sink_raw },
	{ "plain", &sink_plain },
	{ "text", &sink_readable },
	{ "hex", &sink_hex },
	{ "objects", &sink_objects },
	{ "http", &sink_http },
	{ "js", &sink_js },
	{ "pcap", &sink_pcap },
	{ "timing", &sink_timing },
	{ "json", &sink_json },
	{ "report", &sink_report },
};

_Static_assert(sizeof products / sizeof products[0] == PRODUCTS,
    "emit.h counts them");

/* What standard output may get, by product and format. */
static const struct sink *const on_console[CONSOLE_PRODUCTS][FORMATS] = {
	[CONSOLE_SUMMARY] = {
		[FORMAT_TABLE] = &sink_summary_table,
		[FORMAT_CSV] = &sink_summary_csv,
		[FORMAT_JSON] = &sink_summary_json,
		[FORMAT_ZEEK] = &sink_summary_zeek,
		[FORMAT_ZEEK_JSON] = &sink_summary_zeek_json,
	},
	[CONSOLE_PACKETS] = {
		[FORMAT_TEXT] = &sink_packets_text,
		[FORMAT_JSON] = &sink_packets_json,
	},
	[CONSOLE_PRINT] = {
		[FORMAT_TEXT] = &sink_print_readable,
		[FORMAT_HEX] = &sink_print_hex,
		[FORMAT_JSON] = &sink_print_json,
		[FORMAT_RAW] = &sink_print_raw,
	},
};

/* What --exact makes of a sink. */
static const struct sink *
exactly(const struct sink *sink)
{
	if (sink == &sink_readable)
		return &sink_text;
	return sink == &sink_print_readable ? &sink_print_text : sink;
}

size_t
emit_products_on(const struct sink *on[static PRODUCTS + 1], unsigned emit,
    const struct sink_env *env)
{
	const struct console *c = env->console;
	size_t n = 0;

	for (size_t i = 0; i < PRODUCTS; i++)
		if ((emit & 1u << i) != 0)
			on[n++] = products[i].sink;
	if (c != NULL && on_console[c->product][c->format] != NULL)
		on[n++] = on_console[c->product][c->format];
	for (size_t i = 0; i < n && env->exact; i++)
		on[i] = exactly(on[i]);
	return n;
}

void
emit_words(const char *out[static PRODUCTS + 1], unsigned emit)
{
	for (size_t i = 0; i < PRODUCTS; i++)
		if ((emit & 1u << i) != 0)
			*out++ = products[i].name;
	*out = NULL;
}

/* Adds what one word means; false when it is not accepted. */
static bool
parse_word(const char *word, size_t len, unsigned *bits)
{
	if (len == 3 && memcmp(word, "all", len) == 0) {
		*bits |= (1u << PRODUCTS) - 1;
		return true;
	}
	for (size_t i = 0; i < PRODUCTS; i++) {
		const char *name = products[i].name;

		if (strlen(name) != len || memcmp(word, name, len) != 0)
			continue;
		*bits |= 1u << i;
		return true;
	}
	return false;
}

/* Reads the list into *bits; false, with *fault set, at a bad word. */
static bool
parse_list(const char *list, unsigned *bits, struct emit_fault *fault)
{
	const char *word = list;

	if (strcmp(list, "none") == 0)
		return true;
	for (;;) {
		size_t len = strcspn(word, ",");

		if (!parse_word(word, len, bits)) {
			fault->word = word;
			fault->len = len;
			return false;
		}
		if (word[len] == '\0')
			return true;
		word += len + 1;
	}
}

bool
sinks_parse_emit(const char *list, unsigned *emit)
{
	struct emit_fault fault;
	unsigned bits = 0;

	if (!parse_list(list, &bits, &fault))
		return false;
	*emit = bits;
	return true;
}

void
sinks_emit_names(struct buf *b, unsigned emit)
{
	const char *comma = "";

	for (size_t i = 0; i < PRODUCTS; i++) {
		if (!(emit & 1u << i))
			continue;
		buf_str(b, comma);
		buf_str(b, products[i].name);
		comma = ",";
	}
	if (emit == 0)
		buf_str(b, "none");
}

bool
sinks_emit_fault(const char *list, struct emit_fault *fault)
{
	unsigned bits = 0;

	return !parse_list(list, &bits, fault);
}
