/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* hops.c: what links say of packets, each combination once. */
#include "flow/hops.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define HOP_WORDS (sizeof(struct hop) / sizeof(uint64_t))
#define HOPS_FIRST 16
/* Of each: itself, and at most two slots of the index. */
#define HOP_COST (sizeof(struct hop) + 2 * sizeof(struct slot))

static_assert(sizeof(struct hop) == 24, "it is hashed without padding");

void
hops_init(struct hops *h, size_t *memory, uint64_t max_memory)
{
	uint64_t most = max_memory / HOPS_MEMORY_PART / HOP_COST;

	*h = (struct hops){ .key = siphash_random_key(), .memory = memory };
	hash_table_init(&h->index);
	h->v = xcalloc(HOPS_FIRST, sizeof(*h->v));
	h->n = 1;
	h->cap = HOPS_FIRST;
	h->most = 1 << HOPS_BITS;
	if (most < h->most)
		h->most = (uint32_t)most;
}

void
hops_fini(struct hops *h)
{
	hash_table_fini(&h->index);
	free(h->v);
}

static inline bool
hop_equal(const struct hop *a, const struct hop *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static uint32_t
hops_add(struct hops *h, const struct hop *x, uint64_t hash)
{
	if (h->n >= h->most)
		return 0;
	if (h->n == h->cap) {
		h->v = xreallocarray(h->v, (size_t)2 * h->cap, sizeof(*h->v));
		h->cap *= 2;
	}
	h->v[h->n] = *x;
	hash_table_insert(&h->index, hash, h->n);
	*h->memory += HOP_COST;
	return h->n++;
}

uint32_t
hops_number(struct hops *h, const struct hop *x)
{
	uint32_t *recent =
	    &h->recent[(x->src_mac[5] + 3U * x->dst_mac[5]) % HOPS_RECENT];
	uint64_t words[HOP_WORDS], hash;
	size_t at;
	uint32_t i;

	if (x->vlan == 0 && !x->has_src)
		return 0;
	if (hop_equal(&h->v[*recent], x))
		return *recent;
	memcpy(words, x, sizeof(words));
	hash = siphash_words(&h->key, words, HOP_WORDS);
	at = hash_table_begin(&h->index, hash);
	while (hash_table_next(&h->index, hash, &at, &i))
		if (hop_equal(&h->v[i], x))
			return *recent = i;
	i = hops_add(h, x, hash);
	if (i > 0)
		*recent = i;
	return i;
}
