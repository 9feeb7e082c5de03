/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * key.h: what a flow is known by: two endpoints, whichever of them sent, and
 * perhaps VLAN tags; as few words as that takes, to be hashed and compared.
 */
#ifndef FLOW_KEY_H
#define FLOW_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/siphash.h"
#include "decode/segment.h"

enum {
	KEY_SMALL = 2, /* words of IPv4 without VLAN */
	KEY_WORDS = 5,
};

/*
 * The end with the lower address and port comes first.  word[0]: both ports,
 * 16 bits each, and the VLAN digest; then both addresses, in the small ones
 * 32 bits each.  Words beyond n are anything.
 */
struct key {
	uint64_t word[KEY_WORDS];
	uint8_t n; /* KEY_SMALL or KEY_WORDS */
	uint8_t family;
};

/* Makes the key of any two endpoints; returns which end src is. */
int key_of_any(struct key *k, const struct endpoint *src,
    const struct endpoint *dst, uint32_t vlan);

static inline uint64_t
key_place(const struct endpoint *e)
{
	return (uint64_t)get_be32(e->addr) << 16 | e->port;
}

/* Makes the key; returns which end src is. */
static inline int
key_of(struct key *k, const struct endpoint *src, const struct endpoint *dst,
    uint32_t vlan)
{
	uint64_t a = key_place(src), b = key_place(dst);
	uint64_t low = a < b ? a : b, high = a < b ? b : a;

	if (src->family != 4 || vlan != 0)
		return key_of_any(k, src, dst, vlan);
	k->n = KEY_SMALL;
	k->family = 4;
	k->word[0] = low << 48 | (high & 0xffff) << 32;
	k->word[1] = (low >> 16) << 32 | high >> 16;
	return a > b;
}

static inline uint64_t
key_hash(const struct key *k, const struct siphash_key *secret)
{
	return k->n == KEY_SMALL ? siphash_words(secret, k->word, KEY_SMALL) :
				   siphash_words(secret, k->word, KEY_WORDS);
}

static inline bool
key_equal(const struct key *a, const struct key *b)
{
	if (a->n != b->n || a->family != b->family)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (a->word[i] != b->word[i])
			return false;
	return true;
}

static inline uint32_t
key_vlan(const struct key *k)
{
	return (uint32_t)k->word[0];
}

void key_ends(const struct key *k, struct endpoint ep[static 2]);

#endif
