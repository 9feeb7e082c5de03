/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * md5pair.c: the MD5 of two messages at once (RFC 1321).
 *
 * Each of MD5's 64 operations waits for the one before it, so that most of
 * the processor idles; the operations of another message fit in between.
 */
#include "base/md5pair.h"

/* RFC 1321, 3.4: 2^32 times abs(sin(i + 1)). */
static const uint32_t sines[64] = { 0xd76aa478, 0xe8c7b756, 0x242070db,
	0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8,
	0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e,
	0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
	0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87,
	0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
	0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60,
	0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039,
	0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7,
	0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1, 0x6fa87e4f,
	0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
	0xeb86d391 };

struct md5_pair_state {
	uint32_t a, b, c, d;
};

/* Word k of a block. */
static inline uint32_t
word(const uint8_t *block, size_t k)
{
	const uint8_t *p = block + 4 * k;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* Adds what F, G, H and I are of b, c and d; what depends on b, which is known
 * last, comes last. */
static inline uint32_t
add_f(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	return a + (d ^ (b & (c ^ d)));
}

static inline uint32_t
add_g(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	return a + (c & ~d) + (b & d);
}

static inline uint32_t
add_h(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	return a + (b ^ (c ^ d));
}

static inline uint32_t
add_i(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	return a + (c ^ (b | ~d));
}

static inline uint32_t
turn(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

/* Operation i on s, whose words have these names; k is (i * times + plus) of
 * the block at p. */
#define ONE(s, p, add, i, times, plus, a, b, c, d, n)                          \
	((s).a = turn(add((s).a + sines[i] +                                   \
			      word((p), ((i) * (times) + (plus)) % 16),        \
			  (s).b, (s).c, (s).d),                                \
		     n) +                                                      \
		(s).b)
#define BOTH(add, i, times, plus, a, b, c, d, n)                               \
	(ONE(s, p, add, i, times, plus, a, b, c, d, n),                        \
	    ONE(t, q, add, i, times, plus, a, b, c, d, n))
#define FOUR(add, i, times, plus, n0, n1, n2, n3)                              \
	(BOTH(add, (i), times, plus, a, b, c, d, n0),                          \
	    BOTH(add, (i) + 1, times, plus, d, a, b, c, n1),                   \
	    BOTH(add, (i) + 2, times, plus, c, d, a, b, n2),                   \
	    BOTH(add, (i) + 3, times, plus, b, c, d, a, n3))
#define ROUND(add, i, times, plus, n0, n1, n2, n3)                             \
	(FOUR(add, (i), times, plus, n0, n1, n2, n3),                          \
	    FOUR(add, (i) + 4, times, plus, n0, n1, n2, n3),                   \
	    FOUR(add, (i) + 8, times, plus, n0, n1, n2, n3),                   \
	    FOUR(add, (i) + 12, times, plus, n0, n1, n2, n3))

static inline void
add_to(uint32_t to[static 4], const struct md5_pair_state *s)
{
	to[0] += s->a;
	to[1] += s->b;
	to[2] += s->c;
	to[3] += s->d;
}

static inline struct md5_pair_state
state_of(const uint32_t from[static 4])
{
	return (struct md5_pair_state){ from[0], from[1], from[2], from[3] };
}

void
md5_pair_blocks(struct md5_ctx *x, const uint8_t *from_x, struct md5_ctx *y,
    const uint8_t *from_y, size_t n)
{
	x->count += n;
	y->count += n;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = from_x + i * MD5_BLOCK_SIZE;
		const uint8_t *q = from_y + i * MD5_BLOCK_SIZE;
		struct md5_pair_state s = state_of(x->state),
				      t = state_of(y->state);

		ROUND(add_f, 0, 1, 0, 7, 12, 17, 22);
		ROUND(add_g, 16, 5, 1, 5, 9, 14, 20);
		ROUND(add_h, 32, 3, 5, 4, 11, 16, 23);
		ROUND(add_i, 48, 7, 0, 6, 10, 15, 21);
		add_to(x->state, &s);
		add_to(y->state, &t);
	}
}
