/* siphash.c: SipHash-1-3 over whole words. */
#include "base/siphash.h"

#include <sys/random.h>

static inline uint64_t
rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline void
sip_round(uint64_t v[static 4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

struct siphash_key
siphash_random_key(void)
{
	struct siphash_key key;

	/* Without random numbers (a very early boot) any key does: output
	 * never depends on it, only resistance to crafted captures does. */
	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) != sizeof(key))
		key = (struct siphash_key){ { 0x9e3779b97f4a7c15U,
		    (uint64_t)(uintptr_t)&key } };
	return key;
}

uint64_t
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
		sip_round(v);
		v[0] ^= w[i];
	}
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
