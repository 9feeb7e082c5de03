/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tombstone.h: which pairs of endpoints had a connection whose record is gone.
 *
 * The last TOMBSTONES_MAX are remembered, oldest forgotten first, so that what is
 * known does not depend on the hash.
 */
#ifndef FLOW_TOMBSTONE_H
#define FLOW_TOMBSTONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash_table.h"

#define TOMBSTONES_MAX ((uint32_t)1 << 16)

enum tombstone_kind {
	TOMBSTONE_CLOSED,  /* ended by itself */
	TOMBSTONE_EVICTED, /* given up for memory */
};

/* What is known of a connection that is gone. */
struct tombstone {
	uint64_t hash; /* of its key */
	int64_t closed_ns;
	uint32_t end[2]; /* sequence numbers behind its FINs */
	uint8_t kind;	 /* enum tombstone_kind */
	bool has_end;
};

/* Zero-initialised is empty and costs nothing. */
struct tombstones {
	struct hash_table table;
	struct tombstone *ring;
	uint32_t n;
	uint32_t oldest;
};

void tombstones_fini(struct tombstones *p);
/* An earlier note on the same key is replaced. */
void tombstones_add(struct tombstones *p, const struct tombstone *note);
/* The note on the key with that hash, valid until the next tombstones_add; NULL
 * when there is none. */
const struct tombstone *tombstones_find(const struct tombstones *p,
    uint64_t hash);

#endif
