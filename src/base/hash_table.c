/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* hash_table.c: a hash table of record numbers: linear probing with
 * backward-shift deletion. */
#include "base/hash_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/huge_pages.h"
#include "base/xalloc.h"

#define HASH_TABLE_FIRST ((size_t)1 << 10)
/* So many slots are looked at all over. */
#define HASH_TABLE_HUGE ((size_t)1 << 18)

void
hash_table_init(struct hash_table *t)
{
	t->n = 0;
	t->mask = HASH_TABLE_FIRST - 1;
	t->slots = xcalloc(HASH_TABLE_FIRST, sizeof(*t->slots));
}

void
hash_table_fini(struct hash_table *t)
{
	free(t->slots);
	t->slots = NULL;
}

static struct slot *
new_slots(size_t n)
{
	struct slot *slots;

	if (n < HASH_TABLE_HUGE)
		return xcalloc(n, sizeof(*slots));
	slots = huge_pages_alloc(n * sizeof(*slots));
	memset(slots, 0, n * sizeof(*slots));
	return slots;
}

static void
hash_table_put(struct hash_table *t, struct slot s)
{
	size_t at = s.tag & t->mask;

	while (t->slots[at].record != 0)
		at = (at + 1) & t->mask;
	t->slots[at] = s;
}

static void
hash_table_grow(struct hash_table *t)
{
	struct hash_table bigger = { .n = t->n, .mask = t->mask * 2 + 1 };

	bigger.slots = new_slots(bigger.mask + 1);
	for (size_t i = 0; i <= t->mask; i++)
		if (t->slots[i].record != 0)
			hash_table_put(&bigger, t->slots[i]);
	free(t->slots);
	*t = bigger;
}

void
hash_table_insert(struct hash_table *t, uint64_t hash, uint32_t record)
{
	if ((t->n + 1) * 4 > (t->mask + 1) * 3)
		hash_table_grow(t);
	hash_table_put(t, (struct slot){ (uint32_t)hash, record + 1 });
	t->n++;
}

void
hash_table_remove(struct hash_table *t, uint64_t hash, uint32_t record)
{
	size_t hole = hash_table_begin(t, hash);

	while (t->slots[hole].record != record + 1) {
		assert(t->slots[hole].record != 0);
		hole = (hole + 1) & t->mask;
	}
	for (size_t at = (hole + 1) & t->mask; t->slots[at].record != 0;
	     at = (at + 1) & t->mask) {
		size_t home = t->slots[at].tag & t->mask;

		/* Stays when its home lies behind the free slot. */
		if (((at - home) & t->mask) < ((at - hole) & t->mask))
			continue;
		t->slots[hole] = t->slots[at];
		hole = at;
	}
	t->slots[hole].record = 0;
	t->n--;
}
