/* table.c: linear probing with backward-shift deletion. */
#include "model/table.h"

#include <assert.h>
#include <stdlib.h>

#include "base/xalloc.h"

#define TABLE_FIRST ((size_t)1 << 10)

void
table_init(struct table *t)
{
	t->n = 0;
	t->mask = TABLE_FIRST - 1;
	t->slots = xcalloc(TABLE_FIRST, sizeof(*t->slots));
}

void
table_fini(struct table *t)
{
	free(t->slots);
	t->slots = NULL;
}

static void
put(struct table *t, uint64_t hash, uint32_t record)
{
	size_t at = (size_t)hash & t->mask;

	while (t->slots[at].record != 0)
		at = (at + 1) & t->mask;
	t->slots[at] = (struct slot){ (uint32_t)(hash >> 32), record + 1 };
}

static void
grow(struct table *t, uint64_t (*hash_of)(void *arg, uint32_t record),
    void *arg)
{
	struct table bigger = { .n = t->n, .mask = t->mask * 2 + 1 };

	bigger.slots = xcalloc(bigger.mask + 1, sizeof(*bigger.slots));
	for (size_t i = 0; i <= t->mask; i++) {
		uint32_t record = t->slots[i].record;

		if (record != 0)
			put(&bigger, hash_of(arg, record - 1), record - 1);
	}
	free(t->slots);
	*t = bigger;
}

void
table_insert(struct table *t, uint64_t hash, uint32_t record,
    uint64_t (*hash_of)(void *arg, uint32_t record), void *arg)
{
	if ((t->n + 1) * 4 > (t->mask + 1) * 3)
		grow(t, hash_of, arg);
	put(t, hash, record);
	t->n++;
}

void
table_remove(struct table *t, uint64_t hash, uint32_t record,
    uint64_t (*hash_of)(void *arg, uint32_t record), void *arg)
{
	size_t hole = (size_t)hash & t->mask;

	while (t->slots[hole].record != record + 1) {
		assert(t->slots[hole].record != 0);
		hole = (hole + 1) & t->mask;
	}
	for (size_t at = (hole + 1) & t->mask; t->slots[at].record != 0;
	     at = (at + 1) & t->mask) {
		size_t home =
		    (size_t)hash_of(arg, t->slots[at].record - 1) & t->mask;

		/* Stays when its home lies behind the hole. */
		if (((at - home) & t->mask) < ((at - hole) & t->mask))
			continue;
		t->slots[hole] = t->slots[at];
		hole = at;
	}
	t->slots[hole].record = 0;
	t->n--;
}
