/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* script_urls.c: the URLs that pages of a capture name as scripts: two hash
 * tables, so that the older half can go at one stroke. */
#include "sinks/script_urls.h"

#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "base/xalloc.h"

#define SLOTS_FIRST 64

/* Invariant: at most half of the slots are taken; a digest is found by going
 * on from its slot until a free one, 0. */
struct url_table {
	uint64_t *slots;
	size_t mask;
	size_t n;
};

struct script_urls {
	struct siphash_key key;
	struct url_table young;
	struct url_table old;
};

/* The lowest bit of a slot: named as a classic script. */
#define CLASSIC 1U

static void
table_init(struct url_table *t, size_t slots)
{
	t->slots = xcalloc(slots, sizeof *t->slots);
	t->mask = slots - 1;
	t->n = 0;
}

struct script_urls *
script_urls_new(void)
{
	struct script_urls *u = xcalloc(1, sizeof *u);

	u->key = siphash_random_key();
	table_init(&u->young, SLOTS_FIRST);
	table_init(&u->old, SLOTS_FIRST);
	return u;
}

void
script_urls_free(struct script_urls *u)
{
	if (u == NULL)
		return;
	free(u->young.slots);
	free(u->old.slots);
	free(u);
}

size_t
script_urls_memory(const struct script_urls *u)
{
	return sizeof *u + (u->young.mask + u->old.mask + 2) * sizeof(uint64_t);
}

/* The same in every run; piece by piece, each keyed by those before it. */
uint64_t
script_url_digest(struct slice url)
{
	struct siphash_key key = { { url.n, 0 } };
	uint64_t w[32];

	do {
		size_t n = url.n < sizeof w ? url.n : sizeof w;

		memset(w, 0, sizeof w);
		if (n > 0)
			memcpy(w, url.p, n);
		key.k[0] = siphash_words(&key, w, (n + 7) / 8);
		url.p += n;
		url.n -= n;
	} while (url.n > 0);
	return key.k[0];
}

static uint64_t *
find_slot(const struct script_urls *u, const struct url_table *t,
    uint64_t digest)
{
	uint64_t id = digest | CLASSIC;
	size_t i = (size_t)siphash_words(&u->key, &id, 1) & t->mask;

	while (t->slots[i] != 0 && (t->slots[i] | CLASSIC) != id)
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

static void
table_grow(struct script_urls *u, struct url_table *t)
{
	struct url_table old = *t;

	table_init(t, 2 * (old.mask + 1));
	for (size_t i = 0; i <= old.mask; i++)
		if (old.slots[i] != 0)
			*find_slot(u, t, old.slots[i]) = old.slots[i];
	t->n = old.n;
	free(old.slots);
}

/* 0 is a free slot, and so no digest, with or without the bit. */
static uint64_t
settled(uint64_t digest)
{
	digest &= ~(uint64_t)CLASSIC;
	return digest != 0 ? digest : 2;
}

void
script_urls_add(struct script_urls *u, uint64_t digest, enum jstype_named as)
{
	uint64_t *slot;

	digest = settled(digest);
	if (u->young.n == SCRIPT_URLS_MAX) {
		free(u->old.slots);
		u->old = u->young;
		table_init(&u->young, SLOTS_FIRST);
	}
	slot = find_slot(u, &u->young, digest);
	u->young.n += *slot == 0;
	*slot |= digest | (as == JSTYPE_AS_CLASSIC ? CLASSIC : 0);
	if (2 * u->young.n > u->young.mask + 1)
		table_grow(u, &u->young);
}

enum jstype_named
script_urls_find(const struct script_urls *u, uint64_t digest)
{
	uint64_t found;

	digest = settled(digest);
	found =
	    *find_slot(u, &u->young, digest) | *find_slot(u, &u->old, digest);
	if (found == 0)
		return JSTYPE_UNNAMED;
	return (found & CLASSIC) != 0 ? JSTYPE_AS_CLASSIC : JSTYPE_AS_MODULE;
}
