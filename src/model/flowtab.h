/*
 * flowtab.h: the flow table: records of flows, found by their endpoints.
 *
 * Records are numbered cells of slabs, in lists by kind and last use.  Those
 * of IPv4 without VLAN are smaller than the others.
 */
#ifndef MODEL_FLOWTAB_H
#define MODEL_FLOWTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "decode/segment.h"
#include "model/conn.h"
#include "model/quiet.h"
#include "model/slabs.h"
#include "model/table.h"

#define FLOWTAB_NONE UINT32_MAX
/* Bytes that memory is fetched in. */
#define FETCH_LINE ((size_t)64)

enum kind {
	KIND_FREE,
	KIND_HALF_OPEN, /* nothing but SYNs */
	KIND_LIVE,	/* used lately */
	KIND_LINGERING, /* closed */
	KIND_SPARED,	/* closed, and stays though newer ones have gone */
	KIND_OLD,	/* open, and not used lately */
	KINDS
};

/* ep[0] <= ep[1]: both directions have the same key. */
struct key {
	struct endpoint ep[2];
	uint32_t vlan;
};

/* What is known of SYNs, as small as it gets; see struct half_open. */
struct half_record {
	int64_t first_ns;
	int64_t last_ns;
	uint64_t first_packet;
	uint32_t packet_span; /* from the first to the last */
	uint32_t isn;
	uint16_t packets;
	uint16_t window;
	uint16_t ip_len;
	uint8_t wscale;
	uint8_t flags;
};

struct flow {
	uint64_t number; /* of the session */
	uint32_t prev;	 /* in its kind's list, by last use */
	uint32_t next;
	uint16_t port[2];
	uint8_t kind;
	uint8_t family;
	uint8_t half_end : 1;	   /* who sent the SYNs */
	uint8_t half_checksum : 2; /* of each of them */
	uint8_t packed : 1;	   /* the connection is */
	uint8_t half_ts_digits;	   /* of the SYNs */
	union {
		struct half_record half;
		struct {
			int64_t since_ns; /* last use, or closing */
			union {
				struct conn *conn;
				struct udpflow *udp;
				struct {
					struct quiet_head head;
					uint32_t quiet; /* when packed */
				};
			};
		};
	};
	uint8_t addr[]; /* both ends', then, in the bigger ones, the VLAN */
};

struct list {
	uint32_t first;
	uint32_t last;
	uint32_t n;
};

struct flowtab {
	struct siphash_key hash_key;
	struct table index;
	struct slabs slabs[2]; /* [1]: the bigger ones */
	struct slabs quiet;    /* of struct quiet */
	struct list lists[KINDS];
	uint64_t live; /* records in use */
	bool leaving;  /* the index is gone until the table is empty */
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

/* The record with that key, or FLOWTAB_NONE. */
uint32_t flowtab_find(const struct flowtab *t, const struct key *k,
    uint64_t hash);
/* The record that a key with that hash most likely has, or FLOWTAB_NONE;
 * looks at no record. */
uint32_t flowtab_guess(const struct flowtab *t, uint64_t hash);
/* The record will be looked at soon; i may be FLOWTAB_NONE. */
void flowtab_fetch(const struct flowtab *t, uint32_t i);
/* Valid until the next flowtab_remove of it. */
struct flow *flowtab_at(const struct flowtab *t, uint32_t i);
/* Its key. */
struct key flowtab_key_at(const struct flowtab *t, uint32_t i);
/* The SYNs of a half-open record. */
struct half_open flowtab_half(const struct flow *r);
/* False, and nothing is changed, when they do not fit in a record. */
bool flowtab_set_half(struct flow *r, const struct half_open *h);
/* A new record, in no list yet. */
uint32_t flowtab_add(struct flowtab *t, const struct key *k, uint64_t hash);
/* Takes the record out of its list and frees it. */
void flowtab_remove(struct flowtab *t, uint32_t i);

/* All records will be removed, and none looked up before. */
void flowtab_leave(struct flowtab *t);

void flowtab_unlink(struct flowtab *t, uint32_t i);
void flowtab_append(struct flowtab *t, uint32_t i, enum kind kind);
/* To the end of a list, from whichever it is in. */
void flowtab_move(struct flowtab *t, uint32_t i, enum kind kind);

#endif
