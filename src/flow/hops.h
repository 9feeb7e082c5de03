/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * hops.h: what links say of packets (struct hop), each combination once, so
 * that a connection keeps a number for it.
 *
 * There are few in a capture, unless somebody makes up addresses: a table that
 * is full takes no more, and those that come then are not known.
 */
#ifndef FLOW_HOPS_H
#define FLOW_HOPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash_table.h"
#include "base/siphash.h"
#include "decode/segment.h"

/* Numbers fit in so many bits; the table takes at most that part of what
 * memory is allowed. */
#define HOPS_BITS 20
#define HOPS_MEMORY_PART 16
/* Those found last, by a few bits of them. */
#define HOPS_RECENT 16

struct hops {
	struct siphash_key key;
	struct hash_table index;
	struct hop *v; /* v[0]: nothing is known */
	uint32_t n;
	uint32_t cap;
	uint32_t most;
	uint32_t recent[HOPS_RECENT];
	size_t *memory;
};

/* *memory counts what the table takes; borrowed.  max_memory: of all. */
void hops_init(struct hops *h, size_t *memory, uint64_t max_memory);
void hops_fini(struct hops *h);
/* The number of x; 0 when it says nothing, or the table is full. */
uint32_t hops_number(struct hops *h, const struct hop *x);
/* That of number i. */
static inline const struct hop *
hops_at(const struct hops *h, uint32_t i)
{
	return &h->v[i];
}

#endif
