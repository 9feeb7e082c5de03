/* plain.h: the inner loop of those who escape text. */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

/* Bytes that are written for each byte, however short its form is. */
#define PLAIN_FORM 8

/* What a byte becomes: text[0..len). */
struct plain_form {
	char text[PLAIN_FORM - 1];
	uint8_t len;
};

/* Where the forms are of bytes that belong to a UTF-8 sequence which is
 * shown: that much beyond those of the same bytes by themselves. */
#define PLAIN_SHOWN 128

struct plain_table {
	struct plain_form forms[256 + PLAIN_SHOWN];
	uint8_t other[2]; /* printable ASCII that does not stay as it is */
};

/* What becomes of UTF-8 sequences. */
enum plain_mode {
	PLAIN_ASCII,	/* each byte has its form */
	PLAIN_BY_BYTE,	/* likewise of those that utf8_printable refuses */
	PLAIN_BY_CALLER /* those are left to the caller */
};

/* Rows of forms: x(c) for each byte c from the given one on. */
#define PLAIN_ROW4(x, c) x((c)), x((c) + 1), x((c) + 2), x((c) + 3)
#define PLAIN_ROW8(x, c) PLAIN_ROW4(x, (c)), PLAIN_ROW4(x, (c) + 4)
#define PLAIN_ROW16(x, c) PLAIN_ROW8(x, (c)), PLAIN_ROW8(x, (c) + 8)
#define PLAIN_ROW64(x, c)                                                      \
	PLAIN_ROW16(x, (c)), PLAIN_ROW16(x, (c) + 16),                         \
	    PLAIN_ROW16(x, (c) + 32), PLAIN_ROW16(x, (c) + 48)
#define PLAIN_DIGIT(n) ((n) < 10 ? '0' + (n) : 'a' + (n)-10)
#define PLAIN_AS_IS(c)                                                         \
	{                                                                      \
		{ (char)(c) }, 1                                               \
	}
/* Two characters that are a string. */
#define PLAIN_PAIR(s)                                                          \
	{                                                                      \
		s, 2                                                           \
	}

/* From '0' to '~', alike in all tables: only the backslash is doubled. */
#define PLAIN_FROM_ZERO                                                        \
	PLAIN_ROW16(PLAIN_AS_IS, 0x30), PLAIN_ROW16(PLAIN_AS_IS, 0x40),        \
	    PLAIN_ROW8(PLAIN_AS_IS, 0x50), PLAIN_ROW4(PLAIN_AS_IS, 0x58),      \
	    { "\\\\", 2 }, PLAIN_AS_IS(0x5d), PLAIN_AS_IS(0x5e),               \
	    PLAIN_AS_IS(0x5f), PLAIN_ROW16(PLAIN_AS_IS, 0x60),                 \
	    PLAIN_ROW8(PLAIN_AS_IS, 0x70), PLAIN_ROW4(PLAIN_AS_IS, 0x78),      \
	    PLAIN_AS_IS(0x7c), PLAIN_AS_IS(0x7d), PLAIN_AS_IS(0x7e)

/* 0x80 and beyond: bad(c) by themselves, as they are in a sequence. */
#define PLAIN_HIGH(bad)                                                        \
	PLAIN_ROW64(bad, 0x80), PLAIN_ROW64(bad, 0xc0),                        \
	    PLAIN_ROW64(PLAIN_AS_IS, 0x80), PLAIN_ROW64(PLAIN_AS_IS, 0xc0)

/* How many bytes at the end of s begin a UTF-8 sequence that s cuts. */
size_t plain_cut(struct slice s);

/*
 * Writes at w what the bytes at c->pos become and moves c past them: up to
 * the end, or to a sequence that is left to the caller.  A sequence that the
 * end cuts is none.  Returns the end of what was written; PLAIN_FORM bytes
 * more may have been touched.
 */
uint8_t *plain_put(uint8_t *w, struct cur *c, const struct plain_table *t,
    enum plain_mode mode);

#endif
