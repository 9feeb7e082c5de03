/*
 * table.h: which record has a key: open addressing over 8-byte slots.
 *
 * The table stores 32 bits of each key's hash and the number of its record;
 * it knows nothing of keys, so the caller compares them.
 */
#ifndef MODEL_TABLE_H
#define MODEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct slot {
	uint32_t tag;	 /* lower half of the hash */
	uint32_t record; /* number + 1; 0: free */
};

/* Invariant: at most 3/4 of the slots are taken; a record is found by going
 * on from its hash's slot, which the tag tells too, until a free one. */
struct table {
	struct slot *slots;
	size_t n;
	size_t mask;
};

void table_init(struct table *t);
void table_fini(struct table *t);

/* What is asked of it next has that hash. */
ATTR_FETCH static inline void
table_fetch(const struct table *t, uint64_t hash)
{
	__builtin_prefetch(&t->slots[(uint32_t)hash & t->mask]);
}

/* Walks the records whose keys may have that hash: begin with *at =
 * table_begin, call until false. */
static inline size_t
table_begin(const struct table *t, uint64_t hash)
{
	return (uint32_t)hash & t->mask;
}

static inline bool
table_next(const struct table *t, uint64_t hash, size_t *at, uint32_t *record)
{
	for (;;) {
		const struct slot *s = &t->slots[*at];

		if (s->record == 0)
			return false;
		*at = (*at + 1) & t->mask;
		if (s->tag == (uint32_t)hash) {
			*record = s->record - 1;
			return true;
		}
	}
}

void table_insert(struct table *t, uint64_t hash, uint32_t record);
/* The record is there. */
void table_remove(struct table *t, uint64_t hash, uint32_t record);

#endif
