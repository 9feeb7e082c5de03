/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * ack_floor.h: what the sender of a byte had received when it spoke.
 *
 * Each new stretch of bytes carries an ACK number.  A byte cannot have been
 * written with less knowledge than any byte before it, so what position p
 * needs is the smallest ACK of all stretches that end after p.  Only pairs
 * (end, ack) that no later pair undercuts are kept: both grow along the list.
 */
#ifndef REASSEMBLY_ACK_FLOOR_H
#define REASSEMBLY_ACK_FLOOR_H

#include <stddef.h>
#include <stdint.h>

struct ack_floor_step {
	uint64_t end;
	uint64_t ack;
};

/* Zero-initialised is empty.  Steps [head, head + n) of v live. */
struct ack_floor {
	struct ack_floor_step *v;
	size_t head;
	size_t n;
	size_t cap;
};

void ack_floor_free(struct ack_floor *nd);

/* Bytes of memory it takes. */
static inline size_t
ack_floor_cost(const struct ack_floor *nd)
{
	return nd->cap * sizeof(*nd->v);
}

/* Bytes that end at `end` came with that ack. */
void ack_floor_add(struct ack_floor *nd, uint64_t end, uint64_t ack);
/* The ACK that the byte at pos needs; 0 when nothing is known. */
uint64_t ack_floor_at(const struct ack_floor *nd, uint64_t pos);
/* Where the bytes end that need no more than ack; UINT64_MAX when all that
 * are known of do. */
uint64_t ack_floor_end(const struct ack_floor *nd, uint64_t ack);
/* Bytes before pos will not be asked for again. */
void ack_floor_forget(struct ack_floor *nd, uint64_t pos);

#endif
