/* siphash.h: SipHash-1-3, a keyed hash that resists chosen collisions
 * (Aumasson and Bernstein, 2012). */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k[2];
};

/* A key from the kernel's random numbers. */
struct siphash_key siphash_random_key(void);

/* Hashes n 64-bit words. */
uint64_t siphash_words(const struct siphash_key *key, const uint64_t *w,
    size_t n);

#endif
