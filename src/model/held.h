/*
 * held.h: the segments of one direction that cannot be delivered yet.
 *
 * A skip list with a finger at its end (its levels must not be foreseen by
 * who sends packets, hence the seed): appending and taking the first cost
 * O(1), anything else O(log n), whatever the order of arrival.
 *
 * Invariant: nodes are sorted by pos and disjoint; bytes is the sum of len.
 */
#ifndef MODEL_HELD_H
#define MODEL_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"
#include "base/keep.h"
#include "model/model.h"

#define HELD_LEVELS 20
/* No node has more bytes: what is taken out of one is copied. */
#define HELD_NODE_MAX ((uint64_t)16 << 10)

struct held_node {
	uint64_t pos;
	uint64_t len;
	uint64_t orig_pos; /* of the segment it came with, for policies */
	uint64_t orig_end;
	struct kept *bytes; /* NULL: known to be cut by the snap length */
	struct stamp stamp;
	bool weak; /* yields to any copy that is not */
	uint8_t levels;
	struct held_node *next[];
};

struct held {
	struct held_node *head[HELD_LEVELS];
	struct held_node *tail[HELD_LEVELS]; /* last node of each level */
	uint64_t bytes;
	size_t n;
	uint32_t random;
};

void held_init(struct held *h, uint32_t seed);
/* Frees every node and its bytes. */
void held_fini(struct held *h, struct keep *k);

static inline struct held_node *
held_first(const struct held *h)
{
	return h->head[0];
}

/* The first node that ends after pos, or NULL. */
struct held_node *held_find(const struct held *h, uint64_t pos);

/*
 * Adds a copy of *like (its links and levels are set here); it must not
 * overlap a node that is there.  Takes ownership of like->bytes.
 */
struct held_node *held_insert(struct held *h, const struct held_node *like);

/* Takes n out of the list.  Its bytes become the caller's, n is freed. */
void held_remove(struct held *h, struct held_node *n);

/* Bytes of memory that one node costs beside its payload. */
size_t held_node_cost(void);

#endif
