/*
 * plain.h: eight bytes at once, for those who escape.
 *
 * Tables of 256 classes are written with its rows.
 */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define ROW4(x) x, x, x, x
#define ROW8(x) ROW4(x), ROW4(x)
#define ROW16(x) ROW8(x), ROW8(x)

static inline uint64_t
plain_each(uint8_t c)
{
	return UINT64_C(0x0101010101010101) * c;
}

/* Not 0 when a byte of v is less than c, which is at most 0x80. */
static inline uint64_t
plain_less(uint64_t v, uint8_t c)
{
	return (v - plain_each(c)) & ~v & plain_each(0x80);
}

/* True when the 8 bytes at p are printable ASCII other than a backslash and
 * the byte `but`. */
static inline bool
plain_eight(const uint8_t *p, uint8_t but)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return ((v & plain_each(0x80)) | plain_less(v, 0x20) |
	    plain_less(v ^ plain_each(0x7f), 1) |
	    plain_less(v ^ plain_each('\\'), 1) |
	    plain_less(v ^ plain_each(but), 1)) == 0;
}

#endif
