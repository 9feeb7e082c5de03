/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * pair.h: what a pair of endpoints has beside one record: more of them, and
 * strays, the segments that fit none of them and wait for another that goes on
 * from them.
 *
 * Most pairs have one record and no stray; of those nothing is here.
 */
#ifndef FLOW_PAIR_H
#define FLOW_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash_table.h"
#include "base/pool.h"
#include "flow/conn_match.h"
#include "flow/key.h"

/* Strays of one pair. */
#define PAIR_STRAYS_MAX 64

struct stray {
	struct segment *seg;	     /* owned */
	struct conn_numbers numbers; /* as if it began a connection */
	uint64_t number;	     /* of the session that it may begin */
	uint8_t e;		     /* the end that sent it */
	bool begins;	/* a SYN or SYN/ACK: perhaps a next connection's */
	bool passed_by; /* that end has gone on elsewhere since */
};

/* What a record's text looked like since it has a pair: two that look the same
 * have the same bytes in the same segments, whatever their numbers are. */
struct shape {
	uint64_t digest[2]; /* of each end's segments with text */
	uint32_t first[2];  /* its sequence number */
	uint32_t n[2];
	int64_t first_ns;
};

struct pair {
	struct key key;
	uint64_t hash;
	uint64_t order;	      /* pairs are numbered as they come */
	uint32_t *records;    /* the one used last first */
	struct shape *shapes; /* of each of them */
	uint32_t n_records;
	struct stray *strays; /* in the order in which they came */
	uint32_t n_strays;
};

/* Pairs, found by key. */
struct pairs {
	struct hash_table index;
	struct pool cells; /* of struct pair */
	uint64_t made;
	uint64_t live;
	size_t *memory;
};

/* *memory counts what pairs and strays cost; borrowed. */
void pairs_init(struct pairs *p, size_t *memory);
/* Strays are dropped without a word. */
void pairs_fini(struct pairs *p);

/* The pair with that key, or NULL.  Valid until it is removed. */
struct pair *pairs_find(const struct pairs *p, const struct key *k,
    uint64_t hash);
struct pair *pairs_add(struct pairs *p, const struct key *k, uint64_t hash);
/* Frees it, and its strays without a word. */
void pairs_remove(struct pairs *p, struct pair *pair);
/* All pairs, in the order in which they were made; caller frees with free. */
struct pair **pairs_in_order(const struct pairs *p, size_t *n);

void pair_add_record(struct pair *pair, uint32_t record);
void pair_remove_record(struct pair *pair, uint32_t record);
/* The record was used. */
void pair_touch(struct pair *pair, uint32_t record);
/* Record i of the pair had that segment of end e. */
void pair_look(struct pair *pair, uint32_t i, int e, const struct segment *seg);
/* Whether record i's text is that of record k, at the same time: one of them is
 * the other, behind a firewall or NAT that rewrites numbers. */
bool pair_is_copy(const struct pair *pair, uint32_t i, uint32_t k);

/* A copy of seg waits; its frames too, if asked for. */
void pairs_put_stray(struct pairs *p, struct pair *pair, int e,
    const struct segment *seg, uint64_t number, bool frames);
/* Takes stray i out; its segment is the caller's, who frees it with free. */
struct stray pairs_take_stray(struct pairs *p, struct pair *pair, uint32_t i);

/* A copy with its payload and, if asked for, its frames; caller frees with
 * free. */
struct segment *segment_copy(const struct segment *seg, bool frames);
/* What a copy takes. */
size_t segment_cost(const struct segment *seg);

#endif
