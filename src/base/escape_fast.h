/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* escape_fast.h: the inner loop of escape.c and json.c: what each byte of a
 * text becomes. */
#ifndef BASE_ESCAPE_FAST_H
#define BASE_ESCAPE_FAST_H

#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

/* Bytes that are written for each byte, however short its form is. */
#define ESCAPE_FAST_FORM 8

/* What a byte becomes: text[0..len). */
struct escape_fast_form {
	char text[ESCAPE_FAST_FORM - 1];
	uint8_t len;
};

/* Where the forms are of bytes that belong to a UTF-8 sequence which is
 * shown: that much beyond those of the same bytes by themselves. */
#define ESCAPE_FAST_SHOWN 128

struct escape_fast_table {
	struct escape_fast_form forms[256 + ESCAPE_FAST_SHOWN];
	uint8_t other[2]; /* printable ASCII that does not stay as it is */
};

/* What becomes of UTF-8 sequences. */
enum escape_fast_mode {
	ESCAPE_FAST_ASCII,   /* each byte has its form */
	ESCAPE_FAST_BY_BYTE, /* likewise of those that utf8_printable refuses */
	ESCAPE_FAST_BY_CALLER /* those are left to the caller */
};

/* Rows of forms: x(c) for each byte c from the given one on. */
#define ESCAPE_FAST_ROW4(x, c) x((c)), x((c) + 1), x((c) + 2), x((c) + 3)
#define ESCAPE_FAST_ROW8(x, c)                                                 \
	ESCAPE_FAST_ROW4(x, (c)), ESCAPE_FAST_ROW4(x, (c) + 4)
#define ESCAPE_FAST_ROW16(x, c)                                                \
	ESCAPE_FAST_ROW8(x, (c)), ESCAPE_FAST_ROW8(x, (c) + 8)
#define ESCAPE_FAST_ROW64(x, c)                                                \
	ESCAPE_FAST_ROW16(x, (c)), ESCAPE_FAST_ROW16(x, (c) + 16),             \
	    ESCAPE_FAST_ROW16(x, (c) + 32), ESCAPE_FAST_ROW16(x, (c) + 48)
#define ESCAPE_FAST_DIGIT(n) ((n) < 10 ? '0' + (n) : 'a' + (n)-10)
#define ESCAPE_FAST_AS_IS(c)                                                   \
	{                                                                      \
		{ (char)(c) }, 1                                               \
	}
/* Two characters that are a string. */
#define ESCAPE_FAST_PAIR(s)                                                    \
	{                                                                      \
		s, 2                                                           \
	}

/* From '0' to '~', alike in all tables: only the backslash is doubled. */
#define ESCAPE_FAST_FROM_ZERO                                                  \
	ESCAPE_FAST_ROW16(ESCAPE_FAST_AS_IS, 0x30),                            \
	    ESCAPE_FAST_ROW16(ESCAPE_FAST_AS_IS, 0x40),                        \
	    ESCAPE_FAST_ROW8(ESCAPE_FAST_AS_IS, 0x50),                         \
	    ESCAPE_FAST_ROW4(ESCAPE_FAST_AS_IS, 0x58), { "\\\\", 2 },          \
	    ESCAPE_FAST_AS_IS(0x5d), ESCAPE_FAST_AS_IS(0x5e),                  \
	    ESCAPE_FAST_AS_IS(0x5f),                                           \
	    ESCAPE_FAST_ROW16(ESCAPE_FAST_AS_IS, 0x60),                        \
	    ESCAPE_FAST_ROW8(ESCAPE_FAST_AS_IS, 0x70),                         \
	    ESCAPE_FAST_ROW4(ESCAPE_FAST_AS_IS, 0x78),                         \
	    ESCAPE_FAST_AS_IS(0x7c), ESCAPE_FAST_AS_IS(0x7d),                  \
	    ESCAPE_FAST_AS_IS(0x7e)

/* 0x80 and beyond: bad(c) by themselves, as they are in a sequence. */
#define ESCAPE_FAST_HIGH(bad)                                                  \
	ESCAPE_FAST_ROW64(bad, 0x80), ESCAPE_FAST_ROW64(bad, 0xc0),            \
	    ESCAPE_FAST_ROW64(ESCAPE_FAST_AS_IS, 0x80),                        \
	    ESCAPE_FAST_ROW64(ESCAPE_FAST_AS_IS, 0xc0)

/* How many bytes at the end of s begin a UTF-8 sequence that s cuts. */
size_t escape_fast_cut(struct slice s);

/*
 * Writes at w what the bytes at c->pos become and moves c past them: up to
 * the end, or to a sequence that is left to the caller.  A sequence that the
 * end cuts is none.  Returns the end of what was written; ESCAPE_FAST_FORM bytes
 * more may have been touched.
 */
uint8_t *escape_fast_put(uint8_t *w, struct cur *c,
    const struct escape_fast_table *t, enum escape_fast_mode mode);

#endif
