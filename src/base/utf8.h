/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* utf8.h: UTF-8 (RFC 3629): decoding, and which characters are printable. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cur.h"

/*
 * Decodes the UTF-8 sequence at s.p (RFC 3629); s has at least one byte.
 * Returns its length and sets *cp; 0 when it is invalid; -1 when it is the
 * beginning of a valid sequence that s cuts.
 */
int utf8_decode(struct slice s, uint32_t *cp);

/* True when a terminal shows cp as a plain character of a line. */
bool utf8_printable(uint32_t cp);

/*
 * Bytes that are text: printable, or tab, CR or LF; of a sequence that is
 * printed all its bytes.  Of an exact count n is known; else at least `least'
 * and at most `most', which costs a tenth.  Zero-initialised is the beginning;
 * a sequence may be split over calls.
 */
struct utf8_count {
	uint64_t least;
	uint64_t most;
	uint8_t last; /* byte */
};

struct utf8_exact {
	uint64_t n;
	uint8_t carry[4]; /* bytes of an unfinished sequence */
	uint8_t n_carry;
};

void utf8_count_put(struct utf8_count *u, struct slice s);
void utf8_exact_put(struct utf8_exact *u, struct slice s);

#endif
