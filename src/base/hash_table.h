/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * hash_table.h: which record has a key: open addressing over 8-byte slots.
 *
 * The table stores 32 bits of each key's hash and the number of its record;
 * it knows nothing of keys, so the caller compares them.
 */
#ifndef BASE_HASH_TABLE_H
#define BASE_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct slot {
	uint32_t tag;	 /* lower half of the hash */
	uint32_t record; /* number + 1; 0: free */
};

/* Invariant: at most 3/4 of the slots are taken; a record is found by going
 * on from its hash's slot, which the tag says too, until a free one. */
struct hash_table {
	struct slot *slots;
	size_t n;
	size_t mask;
};

void hash_table_init(struct hash_table *t);
void hash_table_fini(struct hash_table *t);

/* What is asked of it next has that hash. */
ATTR_FETCH static inline void
hash_table_fetch(const struct hash_table *t, uint64_t hash)
{
	__builtin_prefetch(&t->slots[(uint32_t)hash & t->mask]);
}

/* Walks the records whose keys may have that hash: begin with *at =
 * hash_table_begin, call until false. */
static inline size_t
hash_table_begin(const struct hash_table *t, uint64_t hash)
{
	return (uint32_t)hash & t->mask;
}

static inline bool
hash_table_next(const struct hash_table *t, uint64_t hash, size_t *at,
    uint32_t *record)
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

void hash_table_insert(struct hash_table *t, uint64_t hash, uint32_t record);
/* The record is there. */
void hash_table_remove(struct hash_table *t, uint64_t hash, uint32_t record);

#endif
