/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * spill_parts.h: what spill.c and spill_log.c share; nobody else's.
 *
 * spill.c: blocks, in memory and in the scratch file.  spill_log.c: logs.
 */
#ifndef BASE_SPILL_PARTS_H
#define BASE_SPILL_PARTS_H

#include "base/spill.h"

#define SPILL_BLOCK_IN_MEMORY UINT64_MAX
#define SPILL_BLOCK_NOWHERE (UINT64_MAX - 1)
/* What malloc adds to a piece, about. */
#define SPILL_BLOCK_MALLOC_COST 8
#define SPILL_WRITE_BUFFER ((size_t)64 << 10)

/* n bytes, in bytes[] when where is SPILL_BLOCK_IN_MEMORY, nowhere when it is
 * SPILL_BLOCK_NOWHERE, else at that offset of the scratch file. */
struct spill_block {
	uint64_t where;
	uint32_t n;
	uint32_t others; /* owners, beside the first */
	uint8_t bytes[];
};

/* Invariant: live[r] is the number of living bytes in region r, n_live their
 * sum; bytes [flushed, flushed + n_pending) of the file are in pending, and
 * bytes [read_at, read_at + n_reading) in reading. */
struct spill {
	size_t budget;
	size_t memory;
	bool
	    blank; /* every piece is SPILL_BLOCK_NOWHERE; reading holds zeros */
	/* The scratch file, in parts that each are as large as the system lets
	 * a file be: one, but with a low limit (setrlimit(2)). */
	int *parts;
	size_t n_parts;
	uint64_t part_size;
	int error;
	uint64_t flushed;
	uint8_t *pending;
	size_t n_pending;
	uint8_t *reading; /* pieces on their way back */
	size_t cap_reading;
	size_t n_reading;
	size_t n_wanted; /* of these */
	unsigned n_good_reads;
	uint64_t read_at;
	uint32_t *live;
	size_t n_regions;
	uint64_t n_live;
	struct spill_log *oldest; /* of those that may be settled */
	struct spill_log *newest;
};

/* Bytes of memory. */
static inline size_t
spill_block_cost(const struct spill_block *p)
{
	return sizeof(*p) + SPILL_BLOCK_MALLOC_COST +
	    (p->where == SPILL_BLOCK_IN_MEMORY ? p->n : 0);
}

/* Stores a copy of s, which has bytes, in the scratch file. */
struct spill_block *spill_put_scratch(struct spill *k, struct slice s);

#endif
