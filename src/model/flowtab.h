/*
 * flowtab.h: the flow table: records of flows, found by their endpoints.
 *
 * Records are numbered slots of slabs, in three lists by last use: nothing
 * but SYNs, live, closed and lingering.
 */
#ifndef MODEL_FLOWTAB_H
#define MODEL_FLOWTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "decode/segment.h"
#include "model/conn.h"
#include "model/table.h"

#define FLOWTAB_NONE UINT32_MAX

enum kind { KIND_FREE, KIND_HALF_OPEN, KIND_LIVE, KIND_LINGERING, KINDS };

/* ep[0] <= ep[1]: both directions have the same key. */
struct key {
	struct endpoint ep[2];
	uint32_t vlan;
};

/* The key's parts lie apart so that no padding is kept, compared or hashed. */
struct flow {
	uint8_t addr[2][16];
	uint16_t port[2];
	uint32_t vlan;
	uint32_t prev; /* in its kind's list, by last use */
	uint32_t next;
	uint64_t number; /* of the session */
	uint8_t family;
	uint8_t kind;
	union {
		struct half_open half;
		struct {
			union {
				struct conn *conn;
				struct udpflow *udp;
			};
			int64_t since_ns; /* last use, or closing */
		};
	};
};

struct list {
	uint32_t first;
	uint32_t last;
};

struct flowtab {
	struct siphash_key hash_key;
	struct table index;
	struct flow **slabs;
	uint32_t n_slabs;
	uint32_t free_list;
	struct list lists[KINDS];
	uint64_t live; /* records in use */
	size_t *memory;
};

/* *memory counts what records cost; borrowed. */
void flowtab_init(struct flowtab *t, size_t *memory);
/* Connections are the caller's and must be gone. */
void flowtab_fini(struct flowtab *t);

/* Fills *k from source and destination; returns the end that is the source. */
int flowtab_key(const struct endpoint *const ep[2], uint32_t vlan,
    struct key *k);
uint64_t flowtab_hash(const struct flowtab *t, const struct key *k);
uint64_t flowtab_hash_at(const struct flowtab *t, uint32_t i);

/* The record with that key, or FLOWTAB_NONE. */
uint32_t flowtab_find(const struct flowtab *t, const struct key *k,
    uint64_t hash);
/* Valid until the next flowtab_remove of it. */
struct flow *flowtab_at(const struct flowtab *t, uint32_t i);
/* The ends of its key. */
void flowtab_endpoints(const struct flow *r, struct endpoint ep[2]);
/* A new record, in no list yet. */
uint32_t flowtab_add(struct flowtab *t, const struct key *k, uint64_t hash);
/* Takes the record out of its list and frees it. */
void flowtab_remove(struct flowtab *t, uint32_t i);

void flowtab_unlink(struct flowtab *t, uint32_t i);
void flowtab_append(struct flowtab *t, uint32_t i, enum kind kind);
/* To the end of a list, from whichever it is in. */
void flowtab_move(struct flowtab *t, uint32_t i, enum kind kind);

#endif
