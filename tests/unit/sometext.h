/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* sometext.h: bytes that are text to different degrees. */
#ifndef TESTS_SOMETEXT_H
#define TESTS_SOMETEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "base/xalloc.h"

#define KINDS 6

static inline uint32_t
next_random(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

/* A byte of that kind. */
static inline uint8_t
some_byte(unsigned kind, uint32_t r)
{
	static const char plain[] = "plain text, with words and numbers 0123";
	static const char lines[] = "ab\n\r\t\\\"| \x7f\x7e\x1f/";
	static const uint8_t high[] = { 0xc2, 0xc3, 0xdf, 0xe0, 0xe2, 0xe3,
		0xec, 0xed, 0xee, 0xef, 0xf0, 0xf4, 0x80, 0x81, 0x85, 0x8f,
		0x90, 0x9f, 0xa0, 0xa8, 0xaf, 0xb0, 0xb7, 0xbb, 0xbe, 0xbf,
		0xc1, 0xf5, 'a' };

	switch (kind) {
	case 0:
		return (uint8_t)plain[r % (sizeof plain - 1)];
	case 1:
		return (uint8_t)lines[r % (sizeof lines - 1)];
	case 2:
		return high[r % sizeof high];
	default:
		return (uint8_t)r;
	}
}

/* Fills text with n bytes of that kind; *x is the generator's state. */
static inline void
some_text(uint8_t *text, size_t n, unsigned kind, uint32_t *x)
{
	static const char *const whole[] = { "\xc3\xa4", "\xc2\xa0", "\xc2\x9f",
		"\xe2\x82\xac", "\xe3\x81\x82", "\xef\xbc\x81", "\xe2\x80\xa8",
		"\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "words", "\n" };

	for (size_t i = 0; i < n;) {
		uint32_t r = next_random(x);
		const char *s = whole[r % (sizeof whole / sizeof whole[0])];

		if (kind == 4 && strlen(s) <= n - i) {
			memcpy(text + i, s, strlen(s));
			i += strlen(s);
			continue;
		}
		/* Plain text with something in it now and then. */
		text[i++] = kind == 5 ? some_byte(r % 29 / 28 * 2, r >> 5) :
					some_byte(kind, r);
	}
}

/* Tries text of all kinds, in all lengths around those that are taken at once,
 * each in memory of its own. */
static inline void
try_texts(void (*holds)(struct slice s))
{
	static const size_t more[] = { 24, 47, 64, 253, 258, 275, 300 };
	const size_t n_lengths = 24 + sizeof more / sizeof more[0];
	uint32_t x = 1;

	for (unsigned i = 0; i < KINDS * n_lengths * 20; i++) {
		size_t k = i / 20 % n_lengths;
		size_t n = k < 24 ? k : more[k - 24];
		uint8_t *text = xmalloc(n);

		some_text(text, n, (unsigned)(i / 20 / n_lengths), &x);
		holds((struct slice){ text, n });
		free(text);
	}
}

#endif
