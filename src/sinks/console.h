/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * console.h: what is written to standard output: one product a run, in one of
 * its formats.
 */
#ifndef SINKS_CONSOLE_H
#define SINKS_CONSOLE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/out.h"

enum console_product {
	CONSOLE_NONE,
	CONSOLE_SUMMARY,
	CONSOLE_PACKETS,
	CONSOLE_PRINT,
	CONSOLE_GREP, /* its matches, when --grep is all that is asked for */
	CONSOLE_PRODUCTS,
};

enum console_format {
	FORMAT_DEFAULT,
	FORMAT_TABLE,
	FORMAT_CSV,
	FORMAT_JSON,
	FORMAT_ZEEK,
	FORMAT_ZEEK_JSON,
	FORMAT_TEXT,
	FORMAT_HEX,
	FORMAT_RAW,
	FORMATS,
};

enum console_sort {
	SORT_NONE,
	SORT_START,
	SORT_BYTES,
	SORT_PACKETS,
	SORT_DURATION,
	SORT_RTT,
	SORT_WAIT,
	SORTS,
};

/* Whose bytes are shown, of those that are shown raw. */
enum console_only { ONLY_NEITHER, ONLY_CLIENT, ONLY_SERVER };

/* What has been written there. */
struct console_start {
	bool begun;
	bool parted; /* what comes is parted from what came before */
};

struct console {
	enum console_product product;
	enum console_format format;
	enum console_sort sort;
	enum console_only only;
	bool local_time;       /* in texts for people, not UTC */
	bool color;	       /* SGR sequences are understood */
	bool ascii;	       /* nothing beyond ASCII is */
	bool many;	       /* more than one capture is shown */
	unsigned width;	       /* columns of the terminal; 0: it is none */
	size_t capture_width;  /* of the longest name, as the table has it */
	bool at_once;	       /* one session at most is shown */
	struct out_file *file; /* where it goes; borrowed */
	struct console_start *start; /* what is there already; or NULL */
};

/* Whether it is told there what each session is: by a line of the summary, or
 * its object in the index. */
static inline bool
console_describes(const struct console *c)
{
	return c->product == CONSOLE_SUMMARY ||
	    (c->product == CONSOLE_PRINT && c->format == FORMAT_JSON);
}

/* The word's format or key; false when there is none. */
bool console_parse_format(const char *word,
    enum console_format *out) ATTR_NODISCARD;
bool console_parse_sort(const char *word,
    enum console_sort *out) ATTR_NODISCARD;
/* "table, csv, json and zeek": what the product can be written as. */
const char *console_formats(enum console_product product);
/* Something comes now; when `parted`, an empty line parts it from what is there
 * already. */
void console_begin(const struct console *c, bool parted);
bool console_has_format(enum console_product product, enum console_format f);

/* Appends a file's name as it can be shown there, see escape_name. */
void console_name(const struct console *c, struct buf *b, const char *name);
/* Makes the JSON in b from `from` on what can be shown there. */
void console_json(const struct console *c, struct buf *b, size_t from);

#endif
