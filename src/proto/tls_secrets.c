/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_secrets.c: the table of TLS secrets.
 *
 * Entries lie in blocks that never move, so that growing leaves no copy of a
 * secret behind.  Those of one label and random are a chain in their order; the
 * hash table has its first.
 */
#include "proto/tls_secrets.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_table.h"
#include "base/limit.h"
#include "base/siphash.h"
#include "base/xalloc.h"

#define BLOCK ((size_t)512)
#define BLOCKS_MAX (LIMIT_TLS_SECRETS / BLOCK + 1)
/* Of one label and random so many are compared with a new one. */
#define SAME_LOOK 64
#define NO_ENTRY UINT32_MAX

struct secret_entry {
	uint32_t next; /* of the same label and random; NO_ENTRY: the last */
	uint32_t last; /* of the chain; valid in its first */
	uint8_t label;
	uint8_t len;
	uint8_t random[TLS_RANDOM];
	uint8_t secret[TLS_SECRET_MAX];
};

struct secret_block {
	struct secret_entry entries[BLOCK];
};

struct tls_secrets {
	const struct tls_secrets *base;
	size_t before; /* how many base has */
	size_t n;
	bool full;
	struct siphash_key key;
	struct hash_table firsts;
	struct secret_block *blocks[]; /* BLOCKS_MAX */
};

struct tls_secrets *
tls_secrets_new(const struct tls_secrets *base)
{
	struct tls_secrets *t =
	    xcalloc(1, sizeof *t + BLOCKS_MAX * sizeof t->blocks[0]);

	t->base = base;
	t->before = base != NULL ? tls_secrets_count(base) : 0;
	t->key = siphash_random_key();
	hash_table_init(&t->firsts);
	return t;
}

void
tls_secrets_free(struct tls_secrets *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < BLOCKS_MAX && t->blocks[i] != NULL; i++) {
		explicit_bzero(t->blocks[i], sizeof *t->blocks[i]);
		free(t->blocks[i]);
	}
	hash_table_fini(&t->firsts);
	free(t);
}

size_t
tls_secrets_memory(const struct tls_secrets *t)
{
	return sizeof *t + BLOCKS_MAX * sizeof t->blocks[0] +
	    (t->firsts.mask + 1) * sizeof *t->firsts.slots +
	    (t->n + BLOCK - 1) / BLOCK * sizeof *t->blocks[0];
}

static struct secret_entry *
entry_at(const struct tls_secrets *t, size_t i)
{
	return &t->blocks[i / BLOCK]->entries[i % BLOCK];
}

static uint64_t
hash_secret(const struct tls_secrets *t, enum tls_label label,
    const uint8_t *random)
{
	uint64_t words[1 + TLS_RANDOM / 8] = { label };

	memcpy(words + 1, random, TLS_RANDOM);
	return siphash_words(&t->key, words, sizeof words / sizeof words[0]);
}

/* The first entry of a label and random; NO_ENTRY when there is none. */
static uint32_t
find_first(const struct tls_secrets *t, enum tls_label label,
    const uint8_t *random, uint64_t hash)
{
	size_t at = hash_table_begin(&t->firsts, hash);
	uint32_t i;

	while (hash_table_next(&t->firsts, hash, &at, &i)) {
		const struct secret_entry *e = entry_at(t, i);

		if (e->label == label &&
		    memcmp(e->random, random, TLS_RANDOM) == 0)
			return i;
	}
	return NO_ENTRY;
}

/* Whether that secret is among the first of the chain. */
static bool
secret_is_known(const struct tls_secrets *t, uint32_t first,
    struct slice secret)
{
	uint32_t i = first;

	for (int n = 0; i != NO_ENTRY && n < SAME_LOOK; n++) {
		const struct secret_entry *e = entry_at(t, i);

		if (e->len == secret.n &&
		    memcmp(e->secret, secret.p, secret.n) == 0)
			return true;
		i = e->next;
	}
	return false;
}

/* One that base has is not taken again. */
static bool
base_knows(const struct tls_secrets *base, enum tls_label label,
    const uint8_t *random, struct slice secret)
{
	return base != NULL &&
	    secret_is_known(base,
		find_first(base, label, random,
		    hash_secret(base, label, random)),
		secret);
}

bool
tls_secrets_add(struct tls_secrets *t, enum tls_label label,
    const uint8_t *random, struct slice secret)
{
	uint64_t hash = hash_secret(t, label, random);
	uint32_t first = find_first(t, label, random, hash);
	uint32_t i = (uint32_t)t->n;
	struct secret_entry *e;

	assert(secret.n <= TLS_SECRET_MAX);
	if (secret_is_known(t, first, secret) ||
	    base_knows(t->base, label, random, secret))
		return true;
	if (t->n == LIMIT_TLS_SECRETS) {
		t->full = true;
		return false;
	}
	if (t->blocks[i / BLOCK] == NULL)
		t->blocks[i / BLOCK] = xcalloc(1, sizeof *t->blocks[0]);
	e = entry_at(t, i);
	e->next = NO_ENTRY;
	e->last = i;
	e->label = (uint8_t)label;
	e->len = (uint8_t)secret.n;
	memcpy(e->random, random, TLS_RANDOM);
	memcpy(e->secret, secret.p, secret.n);
	t->n++;
	if (first == NO_ENTRY) {
		hash_table_insert(&t->firsts, hash, i);
		return true;
	}
	entry_at(t, entry_at(t, first)->last)->next = i;
	entry_at(t, first)->last = i;
	return true;
}

bool
tls_secrets_is_full(const struct tls_secrets *t)
{
	return t->full;
}

size_t
tls_secrets_count(const struct tls_secrets *t)
{
	return t->before + t->n;
}

struct tls_secret
tls_secrets_get(const struct tls_secrets *t, size_t i)
{
	const struct secret_entry *e;

	while (i < t->before && t->base != NULL)
		t = t->base;
	e = entry_at(t, i - t->before);
	return (struct tls_secret){ .label = (enum tls_label)e->label,
		.random = { e->random, TLS_RANDOM },
		.bytes = { e->secret, e->len } };
}

uint64_t
tls_secrets_generation(const struct tls_secrets *t)
{
	return tls_secrets_count(t);
}

bool
tls_secrets_has(const struct tls_secrets *t, const uint8_t *random)
{
	struct slice secret;

	for (int label = 0; label < TLS_LABELS; label++) {
		size_t at = 0;

		if (tls_secrets_find(t, (enum tls_label)label, random, &at,
			&secret))
			return true;
	}
	return false;
}

bool
tls_secrets_find(const struct tls_secrets *t, enum tls_label label,
    const uint8_t *random, size_t *at, struct slice *secret)
{
	uint32_t i;

	/* *at is one more than the number of the last one that was found. */
	if (*at <= t->before && t->base != NULL &&
	    tls_secrets_find(t->base, label, random, at, secret))
		return true;
	if (*at > t->before)
		i = entry_at(t, *at - 1 - t->before)->next;
	else
		i = find_first(t, label, random, hash_secret(t, label, random));
	if (i == NO_ENTRY)
		return false;
	*at = t->before + i + 1;
	*secret = tls_secrets_get(t, t->before + i).bytes;
	return true;
}
