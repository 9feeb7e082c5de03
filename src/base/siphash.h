/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* siphash.h: SipHash-1-3, a keyed hash that resists chosen collisions
 * (Aumasson and Bernstein, 2012), over whole words. */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k[2];
};

/* A key from the kernel's random numbers. */
struct siphash_key siphash_random_key(void);

static inline uint64_t
siphash_rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline void
siphash_round(uint64_t v[static 4])
{
	v[0] += v[1];
	v[1] = siphash_rotl(v[1], 13) ^ v[0];
	v[0] = siphash_rotl(v[0], 32);
	v[2] += v[3];
	v[3] = siphash_rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = siphash_rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = siphash_rotl(v[1], 17) ^ v[2];
	v[2] = siphash_rotl(v[2], 32);
}

/* Hashes n 64-bit words. */
static inline uint64_t
siphash_words(const struct siphash_key *key, const uint64_t *w, size_t n)
{
	uint64_t v[4] = {
		key->k[0] ^ 0x736f6d6570736575U,
		key->k[1] ^ 0x646f72616e646f6dU,
		key->k[0] ^ 0x6c7967656e657261U,
		key->k[1] ^ 0x7465646279746573U,
	};
	uint64_t last = (uint64_t)n << 59;

	for (size_t i = 0; i < n; i++) {
		v[3] ^= w[i];
		siphash_round(v);
		v[0] ^= w[i];
	}
	v[3] ^= last;
	siphash_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	siphash_round(v);
	siphash_round(v);
	siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
