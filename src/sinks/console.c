/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* console.c: the words of --format and --sort, and what suits a terminal. */
#include "sinks/console.h"

#include <stddef.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"

static const char *const format_words[FORMATS] = {
	[FORMAT_TABLE] = "table",
	[FORMAT_CSV] = "csv",
	[FORMAT_JSON] = "json",
	[FORMAT_ZEEK] = "zeek",
	[FORMAT_ZEEK_JSON] = "zeek-json",
	[FORMAT_TEXT] = "text",
	[FORMAT_HEX] = "hex",
	[FORMAT_RAW] = "raw",
};

static const char *const sort_words[SORTS] = {
	[SORT_START] = "start",
	[SORT_BYTES] = "bytes",
	[SORT_PACKETS] = "packets",
	[SORT_DURATION] = "duration",
	[SORT_RTT] = "rtt",
	[SORT_WAIT] = "wait",
};

#define BIT(format) (1u << (format))

static const struct {
	unsigned formats;
	const char *said;
} products[CONSOLE_PRODUCTS] = {
	[CONSOLE_NONE] = { 0, "none" },
	[CONSOLE_SUMMARY] = { BIT(FORMAT_TABLE) | BIT(FORMAT_CSV) |
		BIT(FORMAT_JSON) | BIT(FORMAT_ZEEK) | BIT(FORMAT_ZEEK_JSON),
	    "table, csv, json, zeek or zeek-json" },
	[CONSOLE_PACKETS] = { BIT(FORMAT_TEXT) | BIT(FORMAT_JSON),
	    "text or json" },
	[CONSOLE_PRINT] = { BIT(FORMAT_TEXT) | BIT(FORMAT_HEX) |
		BIT(FORMAT_JSON) | BIT(FORMAT_RAW),
	    "text, hex, json or raw" },
	[CONSOLE_GREP] = { BIT(FORMAT_TEXT), "text" },
};

/* The index of the word, or 0. */
static size_t
find_word(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 1; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return 0;
}

bool
console_parse_format(const char *word, enum console_format *out)
{
	*out = (enum console_format)find_word(format_words, FORMATS, word);
	return *out != FORMAT_DEFAULT;
}

bool
console_parse_sort(const char *word, enum console_sort *out)
{
	*out = (enum console_sort)find_word(sort_words, SORTS, word);
	return *out != SORT_NONE;
}

const char *
console_formats(enum console_product product)
{
	return products[product].said;
}

bool
console_has_format(enum console_product product, enum console_format f)
{
	return f == FORMAT_DEFAULT || (products[product].formats & BIT(f)) != 0;
}

void
console_begin(const struct console *c, bool parted)
{
	if (c->start == NULL)
		return;
	if (parted && c->start->begun)
		out_write(c->file, "\n", 1);
	c->start->begun = true;
	c->start->parted = parted;
}

void
console_name(const struct console *c, struct buf *b, const char *name)
{
	escape_text(b, (struct slice){ (const uint8_t *)name, strlen(name) },
	    c->ascii);
}

void
console_json(const struct console *c, struct buf *b, size_t from)
{
	if (c->ascii)
		json_ascii(b, from);
}
