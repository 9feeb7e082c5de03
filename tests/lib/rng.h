/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* rng.h: random numbers that can be had again (splitmix64). */
#ifndef LIB_RNG_H
#define LIB_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t
rng_next(struct rng *r)
{
	uint64_t x = r->state += 0x9e3779b97f4a7c15U;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
	x = (x ^ x >> 27) * 0x94d049bb133111ebU;
	return x ^ x >> 31;
}

/* 0 ... n - 1; 0 when n is 0. */
static inline uint32_t
rng_below(struct rng *r, uint64_t n)
{
	return n > 0 ? (uint32_t)(rng_next(r) % n) : 0;
}

static inline bool
rng_one_in(struct rng *r, unsigned n)
{
	return rng_below(r, n) == 0;
}

/* SEED from the environment, else a new one; says which on standard output,
 * as a comment in TAP. */
uint64_t rng_seed(void);

#endif
