/*
 * held.h: the segments of one direction that cannot be delivered yet.
 *
 * A B+ tree: segments lie side by side in leaves, which are a list, too, and
 * the order of arrival changes no more than which leaf is filled: everything
 * costs O(log n).  A leaf goes when its last segment does; few segments have
 * one small leaf.
 *
 * Invariant: segments are sorted by pos and disjoint; bytes is the sum of len.
 */
#ifndef MODEL_HELD_H
#define MODEL_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"
#include "base/spill.h"
#include "reassembly/types.h"

/* No segment has more bytes. */
#define HELD_NODE_MAX ((uint32_t)16 << 10)

/* So many bytes are no more than what else is known of a segment. */
#define HELD_SMALL 16

enum held_form {
	HELD_CUT,   /* by the snap length: there are no bytes */
	HELD_SHORT, /* they are in the node */
	HELD_PIECE,
};

struct held_node {
	uint64_t pos;
	uint64_t orig_pos; /* of the segment it came with, for policies */
	uint64_t orig_end;
	struct stamp stamp;
	union {
		uint8_t few[HELD_SMALL];
		struct kept *piece;
	};
	uint32_t len;
	uint16_t skip; /* its bytes begin there, in few or in the piece */
	uint8_t form;  /* enum held_form */
	bool weak;     /* yields to any copy that is not */
};

/* Segments [begin, end) of v are there. */
struct held_leaf {
	struct held_leaf *prev;
	struct held_leaf *next;
	uint16_t cap;
	uint16_t begin;
	uint16_t end;
	struct held_node v[];
};

struct held {
	void *root; /* NULL: nothing is held; a leaf when height is 0 */
	struct held_leaf *first;
	struct held_leaf *last;
	uint64_t bytes;
	size_t n;
	size_t *memory;
	unsigned height; /* levels above the leaves */
};

/* A segment's place; good until anything is put in or taken out. */
struct held_at {
	struct held_leaf *leaf;
	unsigned i;
};

/* *memory counts what segments cost; borrowed. */
void held_init(struct held *h, size_t *memory);
/* Frees everything, the bytes too. */
void held_fini(struct held *h, struct keep *k);

/* Segments are as places: good until anything is put in or taken out. */
struct held_node *held_first(const struct held *h);
/* The first segment that ends after pos, or NULL; *at is its place. */
struct held_node *held_find(const struct held *h, uint64_t pos,
    struct held_at *at);
/* The next one, or NULL; moves *at there. */
static inline struct held_node *
held_next(struct held_at *at)
{
	if (++at->i == at->leaf->end) {
		if (at->leaf->next == NULL)
			return NULL;
		at->leaf = at->leaf->next;
		at->i = at->leaf->begin;
	}
	return &at->leaf->v[at->i];
}

/* Puts in a segment like *n, which overlaps no other, with a copy of those
 * bytes; without any it is HELD_CUT. */
void held_insert(struct held *h, struct keep *k, const struct held_node *n,
    struct slice bytes);
/* Takes n out and returns it: the caller frees it with held_drop. */
struct held_node held_take(struct held *h, const struct held_node *n);
void held_drop(struct keep *k, const struct held_node *n);
/* Takes [from, to), a part of n, out; the rest stays. */
void held_carve(struct held *h, struct keep *k, struct held_node *n,
    uint64_t from, uint64_t to);

/* The segment's bytes, as kept_read gives them; it is not HELD_CUT. */
struct slice held_read(struct keep *k, const struct held_node *n,
    struct buf *into);

#endif
