/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * segment_queue.h: the segments of one direction that cannot be delivered yet.
 *
 * A B+ tree: segments lie side by side in leaves, which are a list, too, and
 * the order of arrival changes no more than which leaf is filled: everything
 * costs O(log n).  A leaf goes when its last segment does; few segments have
 * one small leaf.
 *
 * Invariant: segments are sorted by pos and disjoint; bytes is the sum of len.
 */
#ifndef REASSEMBLY_SEGMENT_QUEUE_H
#define REASSEMBLY_SEGMENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"
#include "base/spill.h"
#include "reassembly/types.h"

/* No segment has more bytes. */
#define QUEUED_SEGMENT_MAX ((uint32_t)16 << 10)

/* So many bytes are no more than what else is known of a segment. */
#define SEGMENT_QUEUE_SMALL 16

enum queued_form {
	QUEUED_CUT,   /* by the snap length: there are no bytes */
	QUEUED_SHORT, /* they are in the node */
	QUEUED_PIECE,
};

struct queued_segment {
	uint64_t pos;
	uint64_t orig_pos; /* of the segment it came with, for policies */
	uint64_t orig_end;
	struct stamp stamp;
	union {
		uint8_t few[SEGMENT_QUEUE_SMALL];
		struct spill_block *piece;
	};
	uint32_t len;
	uint16_t skip;	  /* its bytes begin there, in few or in the piece */
	uint8_t form;	  /* enum queued_form */
	uint8_t weak : 1; /* yields to any copy that is not */
	uint8_t why : 7;  /* enum refusal, of refused bytes; of the octet of a
			   * keep-alive, REFUSAL_NONE */
};

/* Segments [begin, end) of v are there. */
struct segment_queue_leaf {
	struct segment_queue_leaf *prev;
	struct segment_queue_leaf *next;
	uint16_t cap;
	uint16_t begin;
	uint16_t end;
	struct queued_segment v[];
};

struct segment_queue {
	void *root; /* NULL: nothing is held; a leaf when height is 0 */
	struct segment_queue_leaf *first;
	struct segment_queue_leaf *last;
	uint64_t bytes;
	size_t n;
	size_t *memory;
	unsigned height; /* levels above the leaves */
};

/* A segment's place; good until anything is put in or taken out. */
struct segment_queue_place {
	struct segment_queue_leaf *leaf;
	unsigned i;
};

/* *memory counts what segments cost; borrowed. */
void segment_queue_init(struct segment_queue *h, size_t *memory);
/* Frees everything, the bytes too. */
void segment_queue_fini(struct segment_queue *h, struct spill *k);

/* Segments are as places: good until anything is put in or taken out. */
struct queued_segment *segment_queue_first(const struct segment_queue *h);
/* The first segment that ends after pos, or NULL; *at is its place. */
struct queued_segment *segment_queue_find(const struct segment_queue *h,
    uint64_t pos, struct segment_queue_place *at);
/* The next one, or NULL; moves *at there. */
static inline struct queued_segment *
segment_queue_next(struct segment_queue_place *at)
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
 * bytes; without any it is QUEUED_CUT. */
void segment_queue_insert(struct segment_queue *h, struct spill *k,
    const struct queued_segment *n, struct slice bytes);
/* Takes n out and returns it: the caller frees it with segment_queue_drop. */
struct queued_segment segment_queue_take(struct segment_queue *h,
    const struct queued_segment *n);
void segment_queue_drop(struct spill *k, const struct queued_segment *n);
/* Takes [from, to), a part of n, out; the rest stays. */
void segment_queue_carve(struct segment_queue *h, struct spill *k,
    struct queued_segment *n, uint64_t from, uint64_t to);

/* The segment's bytes, as spill_block_read gives them; it is not QUEUED_CUT. */
struct slice segment_queue_read(struct spill *k, const struct queued_segment *n,
    struct buf *into);

#endif
