/* plain.h: the inner loop of those who escape text. */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stdint.h>

#include "base/cur.h"

/* Bytes that are written for each byte, however short its form is. */
#define PLAIN_FORM 8

/* When plain_put leaves a byte to its caller. */
enum plain_stop {
	PLAIN_NEVER,
	PLAIN_LEAD, /* when it may begin a UTF-8 sequence */
	PLAIN_ALWAYS,
};

/* What a byte becomes: text[0..len). */
struct plain_form {
	char text[6];
	uint8_t len;
	uint8_t stop; /* enum plain_stop */
};

struct plain_table {
	struct plain_form forms[256];
	uint8_t other[2]; /* printable ASCII that does not stay as it is */
};

/* Rows of forms: x(c) for each byte c from the given one on. */
#define PLAIN_ROW4(x, c) x((c)), x((c) + 1), x((c) + 2), x((c) + 3)
#define PLAIN_ROW8(x, c) PLAIN_ROW4(x, (c)), PLAIN_ROW4(x, (c) + 4)
#define PLAIN_ROW16(x, c) PLAIN_ROW8(x, (c)), PLAIN_ROW8(x, (c) + 8)
#define PLAIN_DIGIT(n) ((n) < 10 ? '0' + (n) : 'a' + (n)-10)
#define PLAIN_AS_IS(c)                                                         \
	{                                                                      \
		{ (c) }, 1, PLAIN_NEVER                                        \
	}

/* From '0' to '~', alike in all tables: only the backslash is doubled. */
#define PLAIN_FROM_ZERO                                                        \
	PLAIN_ROW16(PLAIN_AS_IS, 0x30), PLAIN_ROW16(PLAIN_AS_IS, 0x40),        \
	    PLAIN_ROW8(PLAIN_AS_IS, 0x50), PLAIN_ROW4(PLAIN_AS_IS, 0x58),      \
	    { "\\\\", 2, 0 }, PLAIN_AS_IS(0x5d), PLAIN_AS_IS(0x5e),            \
	    PLAIN_AS_IS(0x5f), PLAIN_ROW16(PLAIN_AS_IS, 0x60),                 \
	    PLAIN_ROW8(PLAIN_AS_IS, 0x70), PLAIN_ROW4(PLAIN_AS_IS, 0x78),      \
	    PLAIN_AS_IS(0x7c), PLAIN_AS_IS(0x7d), PLAIN_AS_IS(0x7e)

/* 0x80 and beyond, alike in all tables: bad(c) where c is undecodable,
 * lead(c) where it may begin a sequence. */
#define PLAIN_HIGH(bad, lead)                                                  \
	PLAIN_ROW16(bad, 0x80), PLAIN_ROW16(bad, 0x90),                        \
	    PLAIN_ROW16(bad, 0xa0), PLAIN_ROW16(bad, 0xb0), bad(0xc0),         \
	    bad(0xc1), lead(0xc2), lead(0xc3), PLAIN_ROW4(lead, 0xc4),         \
	    PLAIN_ROW8(lead, 0xc8), PLAIN_ROW16(lead, 0xd0),                   \
	    PLAIN_ROW16(lead, 0xe0), PLAIN_ROW4(lead, 0xf0), lead(0xf4),       \
	    bad(0xf5), bad(0xf6), bad(0xf7), PLAIN_ROW8(bad, 0xf8)

/*
 * Writes at w what the bytes at c->pos become and moves c past them: up to
 * the end, or to one that is left to the caller.  Returns the end of what was
 * written; PLAIN_FORM bytes more may have been touched.
 */
uint8_t *plain_put(uint8_t *w, struct cur *c, const struct plain_table *t);

#endif
