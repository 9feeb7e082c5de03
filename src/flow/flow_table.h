/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow_table.h: the flow table: records of flows, found by their endpoints.
 *
 * Records are numbered cells of slabs, in lists by kind and last use.  Those
 * of IPv4 without VLAN are smaller than the others.
 */
#ifndef FLOW_FLOW_TABLE_H
#define FLOW_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "flow/conn.h"
#include "flow/key.h"
#include "flow/conn_pack.h"
#include "base/pool.h"
#include "base/hash_table.h"

#define FLOW_TABLE_NONE UINT32_MAX
/* Bit of a record's number: it is a bigger one. */
#define FLOW_TABLE_BIG ((uint32_t)1 << 31)
/* Bytes that memory is fetched in. */
#define FETCH_LINE ((size_t)64)

enum flow_kind {
	KIND_FREE,
	KIND_HALF_OPEN, /* nothing but SYNs */
	KIND_LIVE,	/* used lately */
	KIND_LINGERING, /* closed */
	KIND_SPARED,	/* closed, and stays though newer ones have gone */
	KIND_OLD,	/* open, and not used lately */
	KINDS
};

/* What is known of SYNs, as small as it gets; see struct half_open. */
struct half_record {
	int64_t first_ns;
	uint64_t span_ns : 40; /* from the first to the last */
	uint64_t hop : 24;
	uint64_t first_packet;
	uint32_t packet_span; /* from the first to the last */
	uint32_t isn;
	uint16_t packets;
	uint16_t window;
	uint16_t ip_len;
	uint8_t wscale;
	uint8_t flags;
};

/* 18 minutes: SYNs are not repeated for longer. */
#define HALF_SPAN_MAX ((UINT64_C(1) << 40) - 1)

struct flow {
	uint64_t number; /* of the session */
	uint32_t prev;	 /* in its kind's list, by last use */
	uint32_t next;
	uint32_t ports; /* the key's, and its family */
	uint8_t kind;
	uint8_t family;
	uint8_t half_end : 1;	   /* who sent the SYNs */
	uint8_t half_checksum : 2; /* of each of them */
	uint8_t packed : 1;	   /* the connection is */
	uint8_t paired : 1;	   /* its pair has more; see pair.h */
	uint8_t beside : 1;	   /* found by another record of its pair */
	uint8_t superseded : 1;	   /* another began since, and it was silent */
	uint8_t half_ns : 1;	   /* the SYNs' times have 9 digits, not 6 */
	uint8_t half_copies : 7;   /* of them, captured twice */
	union {
		struct half_record half;
		struct {
			int64_t since_ns; /* last use, or closing */
			union {
				struct conn *conn;
				struct udp_flow *udp;
				struct {
					struct packed_conn_head head;
					uint32_t quiet; /* when packed */
				};
			};
		};
	};
	uint64_t addr[]; /* the key's, then, in the bigger ones, its VLAN */
};

struct list {
	uint32_t first;
	uint32_t last;
	uint32_t n;
};

struct flow_table {
	struct siphash_key hash_key;
	struct hash_table index;
	struct pool slabs[2]; /* [1]: the bigger ones */
	struct pool quiet;    /* of struct packed_conn */
	struct list lists[KINDS];
	uint64_t live; /* records in use */
	bool leaving;  /* the index is gone until the table is empty */
	size_t *memory;
};

/* *memory counts what records cost; borrowed. */
void flow_table_init(struct flow_table *t, size_t *memory);
/* Connections are the caller's and must be gone. */
void flow_table_fini(struct flow_table *t);

/* Valid until the next flow_table_remove of it. */
static inline struct flow *
flow_table_at(const struct flow_table *t, uint32_t i)
{
	return pool_at(&t->slabs[(i & FLOW_TABLE_BIG) != 0],
	    i & ~FLOW_TABLE_BIG);
}

/* Whether the record, which is in use, has that key. */
static inline bool
flow_table_has(const struct flow_table *t, uint32_t i, const struct key *k)
{
	const struct flow *r = flow_table_at(t, i);

	if (((i & FLOW_TABLE_BIG) != 0) != (k->n != KEY_SMALL) ||
	    r->ports != (uint32_t)(k->word[0] >> 32) ||
	    r->addr[0] != k->word[1])
		return false;
	return k->n == KEY_SMALL ||
	    (r->addr[1] == k->word[2] && r->addr[2] == k->word[3] &&
		r->addr[3] == k->word[4] && r->addr[4] == key_vlan(k) &&
		r->family == k->family);
}

static inline uint64_t
flow_table_hash(const struct flow_table *t, const struct key *k)
{
	return key_hash(k, &t->hash_key);
}

/* The record with that key, or FLOW_TABLE_NONE. */
static inline uint32_t
flow_table_find(const struct flow_table *t, const struct key *k, uint64_t hash)
{
	size_t at = hash_table_begin(&t->index, hash);
	uint32_t i;

	while (hash_table_next(&t->index, hash, &at, &i))
		if (flow_table_has(t, i, k))
			return i;
	return FLOW_TABLE_NONE;
}

/* The record that a key with that hash most likely has, or FLOW_TABLE_NONE;
 * looks at no record. */
static inline uint32_t
flow_table_guess(const struct flow_table *t, uint64_t hash)
{
	size_t at = hash_table_begin(&t->index, hash);
	uint32_t i;

	return hash_table_next(&t->index, hash, &at, &i) ? i : FLOW_TABLE_NONE;
}

/* The record will be looked at soon; i may be FLOW_TABLE_NONE. */
ATTR_FETCH static inline void
flow_table_fetch(const struct flow_table *t, uint32_t i)
{
	const char *r;

	if (i == FLOW_TABLE_NONE)
		return;
	r = (const char *)flow_table_at(t, i);
	__builtin_prefetch(r);
	__builtin_prefetch(r + FETCH_LINE);
}

/* Likewise, and no more of it than its place in a list. */
ATTR_FETCH static inline void
flow_table_fetch_links(const struct flow_table *t, uint32_t i)
{
	if (i != FLOW_TABLE_NONE)
		__builtin_prefetch(flow_table_at(t, i));
}

/* The key of a record. */
struct key flow_table_key_at(const struct flow_table *t, uint32_t i);
/* The time of the last SYN of a half-open record. */
static inline int64_t
flow_table_half_last_ns(const struct flow *r)
{
	return (int64_t)((uint64_t)r->half.first_ns + r->half.span_ns);
}

/* The SYNs of a half-open record. */
struct half_open flow_table_half(const struct flow *r);
/* False, and nothing is changed, when they do not fit in a record. */
bool flow_table_set_half(struct flow *r, const struct half_open *h);
/* A new record, in no list yet. */
uint32_t flow_table_add(struct flow_table *t, const struct key *k,
    uint64_t hash);
/* The same of a key that has a record already. */
uint32_t flow_table_add_beside(struct flow_table *t, const struct key *k);
/* Record `other` of the same key is found from now on, and not i. */
void flow_table_hand_over(struct flow_table *t, uint32_t i, uint32_t other,
    uint64_t hash);
/* Takes the record out of its list and frees it. */
void flow_table_remove(struct flow_table *t, uint32_t i);

struct numbered {
	uint64_t number;
	uint32_t record;
};
/* All records, in the order of their sessions' numbers; caller frees with
 * free. */
struct numbered *flow_table_by_number(const struct flow_table *t, size_t *n);
/* All records will be removed, and none looked up before. */
void flow_table_leave(struct flow_table *t);

static inline void
flow_table_unlink(struct flow_table *t, uint32_t i)
{
	const struct flow *r = flow_table_at(t, i);
	struct list *l = &t->lists[r->kind];

	l->n--;
	if (r->prev != FLOW_TABLE_NONE)
		flow_table_at(t, r->prev)->next = r->next;
	else
		l->first = r->next;
	if (r->next != FLOW_TABLE_NONE)
		flow_table_at(t, r->next)->prev = r->prev;
	else
		l->last = r->prev;
}

static inline void
flow_table_append(struct flow_table *t, uint32_t i, enum flow_kind kind)
{
	struct flow *r = flow_table_at(t, i);
	struct list *l = &t->lists[kind];

	l->n++;
	r->kind = (uint8_t)kind;
	r->next = FLOW_TABLE_NONE;
	r->prev = l->last;
	if (l->last != FLOW_TABLE_NONE)
		flow_table_at(t, l->last)->next = i;
	else
		l->first = i;
	l->last = i;
}

/* To the end of a list, from whichever it is in. */
static inline void
flow_table_move(struct flow_table *t, uint32_t i, enum flow_kind kind)
{
	if (t->lists[kind].last == i)
		return;
	flow_table_unlink(t, i);
	flow_table_append(t, i, kind);
}

#endif
