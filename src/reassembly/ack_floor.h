/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * ack_floor.h: what the sender of a byte had received when it sent it.
 *
 * Each new stretch of bytes carries an ACK number.  A byte cannot have been
 * written with less knowledge than any byte before it, so what position p
 * needs is the smallest ACK of all stretches that end after p.  Only pairs
 * (end, ack) that no later pair undercuts are stored: both grow along the
 * list.
 *
 * There is at most one pair for each byte that waits, none is ever merged
 * with another, and the time of each call is logarithmic in their number, in
 * whatever order they come.
 */
#ifndef REASSEMBLY_ACK_FLOOR_H
#define REASSEMBLY_ACK_FLOOR_H

#include <stddef.h>
#include <stdint.h>

struct ack_floor_step {
	uint64_t end;
	uint64_t ack;
};

/* Up to ACK_FLOOR_LEAF_MAX neighbouring steps: [head, head + n) of step. */
struct ack_floor_leaf {
	struct ack_floor_step *step;
	uint32_t head;
	uint32_t n;
	uint32_t cap;
};

/* Zero-initialised is empty.  Leaves [head, head + n) of leaf are in use, and
 * none of them is empty. */
struct ack_floor {
	struct ack_floor_leaf *leaf;
	size_t head;
	size_t n;
	size_t cap;
	size_t cost;
};

#define ACK_FLOOR_LEAF_MAX 256u

void ack_floor_free(struct ack_floor *f);

/* Bytes of memory it takes. */
static inline size_t
ack_floor_cost(const struct ack_floor *f)
{
	return f->cost;
}

/* Bytes that end at `end` came with that ack. */
void ack_floor_add(struct ack_floor *f, uint64_t end, uint64_t ack);
/* The ACK that the byte at pos needs; 0 when nothing is known. */
uint64_t ack_floor_at(const struct ack_floor *f, uint64_t pos);
/* Where the bytes end that need no more than ack; UINT64_MAX when all that
 * are known of do. */
uint64_t ack_floor_end(const struct ack_floor *f, uint64_t ack);
/* Bytes before pos will not be asked for again. */
void ack_floor_forget(struct ack_floor *f, uint64_t pos);

#endif
