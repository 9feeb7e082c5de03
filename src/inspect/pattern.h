/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * pattern.h: the expressions of --grep, on bytes, by PCRE2.
 *
 * A text and an expression that together would take for ever are given up:
 * see matcher_find.
 */
#ifndef INSPECT_PATTERN_H
#define INSPECT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cur.h"
#include "base/str_list.h"

#define PATTERN_MESSAGE_LEN 256

/* Compiled, to machine code where that can be had; shared by threads. */
struct pattern;

/*
 * What matches any of the expressions, of which there is at least one.  NULL
 * with a message when one of them is none, or when the program was built
 * without PCRE2.  Caller frees with pattern_free.
 */
struct pattern *pattern_new(const struct str_list *expressions,
    char message[static PATTERN_MESSAGE_LEN]) ATTR_NODISCARD;
/* p may be NULL. */
void pattern_free(struct pattern *p);
/* How many bytes before its beginning a match may depend on; at least 1. */
size_t pattern_behind(const struct pattern *p);

/* What one thread needs to search; p is borrowed. */
struct matcher;
struct matcher *matcher_new(const struct pattern *p);
/* m may be NULL. */
void matcher_free(struct matcher *m);

enum matched {
	MATCHED,
	MATCHED_NOTHING,
	MATCHED_IN_PART, /* it may go on behind the text */
	MATCHED_TO_LIMIT /* it would take too long */
};

/* Where to search: text[0..from) is only looked back at. */
struct subject {
	struct slice text;
	size_t from;
	bool goes_on;	/* more text may follow */
	bool is_cut;	/* it does, but will not be looked at */
	bool here;	/* a match must begin at from */
	bool not_empty; /* there, none that is empty */
};

/* Steps that a session's first byte, and each byte, may take beyond those that
 * any match may. */
#define MATCHER_PATIENCE ((uint64_t)64 << 20)
#define MATCHER_PATIENCE_PER_BYTE 64

/*
 * The first match from s->from on: span is where it begins and ends.  With
 * goes_on, a match that looks at the end of the text is MATCHED_IN_PART, and
 * span where it begins, and that end.  What a long match takes is taken from
 * *patience; it is MATCHED_TO_LIMIT when that is over, or beyond a limit of
 * steps or memory.
 */
enum matched matcher_find(struct matcher *m, const struct subject *s,
    size_t span[static 2], uint64_t *patience);

#endif
