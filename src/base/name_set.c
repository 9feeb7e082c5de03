/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* name_set.c: which names are taken: a hash table of their digests. */
#include "base/name_set.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "base/xalloc.h"

/* No name of a file is longer, but that of one in directories. */
#define LENGTH_MOST 255
#define SLOTS_FIRST 64

/* What is known of a name: 40 bits of its digest and, below, the count to try
 * when it is asked for again.  0: a free slot. */
#define COUNT_BITS 24
#define COUNT_MASK (((uint64_t)1 << COUNT_BITS) - 1)

/* Invariant: at most 3/4 of the slots are taken; an entry is found by going
 * on from its digest's slot until a free one. */
struct name_set {
	struct siphash_key key;
	uint64_t *slots;
	size_t mask;
	size_t n;
	size_t most;
	uint32_t serial; /* above all counts in use, once n is most */
};

struct name_set *
name_set_new(size_t most)
{
	struct name_set *n = xcalloc(1, sizeof(*n));

	n->key = siphash_random_key();
	assert(most < COUNT_MASK);
	n->slots = xcalloc(SLOTS_FIRST, sizeof(*n->slots));
	n->mask = SLOTS_FIRST - 1;
	n->most = most;
	n->serial = (uint32_t)most;
	return n;
}

void
name_set_free(struct name_set *n)
{
	if (n == NULL)
		return;
	free(n->slots);
	free(n);
}

/* Its last bits are 0.  The same in every run: what collides does so always.
 * A path that is longer than a name goes in pieces, each keyed by those before
 * it. */
static uint64_t
digest_of(const char *name)
{
	struct siphash_key key = { { 0, 0 } };
	uint64_t digest;

	for (;;) {
		uint64_t w[LENGTH_MOST / 8 + 1] = { 0 };
		size_t len = strnlen(name, LENGTH_MOST);

		memcpy(w, name, len);
		digest = siphash_words(&key, w, len / 8 + 1);
		name += len;
		if (*name == '\0')
			break;
		key.k[0] = digest;
	}
	digest &= ~COUNT_MASK;
	return digest != 0 ? digest : COUNT_MASK + 1;
}

/* The slot that has the digest, or would. */
static uint64_t *
find_slot(const struct name_set *n, uint64_t digest)
{
	size_t i = (size_t)siphash_words(&n->key, &digest, 1) & n->mask;

	while (n->slots[i] != 0 && (n->slots[i] & ~COUNT_MASK) != digest)
		i = (i + 1) & n->mask;
	return &n->slots[i];
}

static void
grow_slots(struct name_set *n)
{
	uint64_t *old = n->slots;
	size_t size = n->mask + 1;

	n->slots = xcalloc(2 * size, sizeof(*n->slots));
	n->mask = 2 * size - 1;
	for (size_t i = 0; i < size; i++)
		if (old[i] != 0)
			*find_slot(n, old[i] & ~COUNT_MASK) = old[i];
	free(old);
}

/* False when it is taken already. */
static bool
take_name(struct name_set *n, const char *name)
{
	uint64_t digest = digest_of(name);
	uint64_t *slot = find_slot(n, digest);

	if (*slot != 0)
		return false;
	*slot = digest | 1;
	n->n++;
	if (n->n > (n->mask + 1) / 4 * 3)
		grow_slots(n);
	return true;
}

void
name_set_reserve(struct name_set *n, const char *name)
{
	(void)take_name(n, name);
}

/* As name_set_take, without remembering it. */
static char *
take_any(struct name_set *n, name_set_make *make, const void *arg)
{
	for (;;) {
		char *name = make(arg, ++n->serial);

		if (*find_slot(n, digest_of(name)) == 0)
			return name;
		free(name);
	}
}

char *
name_set_take(struct name_set *n, name_set_make *make, const void *arg)
{
	char *name = make(arg, 0);
	uint64_t plain = digest_of(name);
	uint32_t count;

	if (n->n >= n->most) {
		free(name);
		return take_any(n, make, arg);
	}
	while (!take_name(n, name)) {
		/* The table may have moved. */
		count = (uint32_t)(*find_slot(n, plain) & COUNT_MASK);
		++*find_slot(n, plain);
		free(name);
		name = make(arg, count);
	}
	return name;
}
