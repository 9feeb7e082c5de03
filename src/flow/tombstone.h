/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tombstone.h: connections whose record is gone: their numbers and roles.
 *
 * The last TOMBSTONES_MAX are remembered, oldest forgotten first, so that what
 * is known does not depend on the hash; of one pair of endpoints the last few.
 */
#ifndef FLOW_TOMBSTONE_H
#define FLOW_TOMBSTONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash_table.h"
#include "flow/conn_match.h"

#define TOMBSTONES_MAX ((uint32_t)1 << 16)
/* Of one pair of endpoints. */
#define TOMBSTONES_OF_PAIR 8

/* What is known of a connection that is gone. */
struct tombstone {
	uint64_t hash; /* of its key */
	int64_t last_ns;
	uint32_t end[2];  /* see struct seq_space */
	uint32_t span[2]; /* likewise, as far as it fits */
	bool known[2];
	bool has_isn[2];
	bool whole[2]; /* no byte was missing; not known of one that was read */
	bool closed;   /* it ended by itself */
	int8_t client; /* an end, or -1 */
	uint8_t roles; /* enum role_source */
};

/* Zero-initialised is empty and costs nothing. */
struct tombstones {
	struct hash_table table;
	struct tombstone *ring;
	uint32_t n;
	uint32_t oldest;
};

void tombstones_fini(struct tombstones *p);
void tombstones_add(struct tombstones *p, const struct tombstone *note);
/* The i-th of p->n, the oldest first. */
const struct tombstone *tombstones_at(const struct tombstones *p, uint32_t i);

/* Fills numbers in from what is known, and back. */
void tombstone_set_numbers(struct tombstone *note,
    const struct conn_numbers *n);
struct conn_numbers tombstone_numbers(const struct tombstone *note);

/* The note on the key with that hash that the segment of end e fits best, or
 * NULL; valid until the next tombstones_add.  *any says whether there is one on
 * a connection that closed. */
const struct tombstone *tombstones_match(const struct tombstones *p,
    uint64_t hash, int e, const struct segment *seg, uint64_t max_gap,
    bool *any);

#endif
