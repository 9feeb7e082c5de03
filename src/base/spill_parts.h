/*
 * keep_parts.h: what the files of the keep share; nobody else's.
 *
 * keep.c: pieces, in memory and in the scratch file.  spool.c: spools.
 */
#ifndef BASE_KEEP_PARTS_H
#define BASE_KEEP_PARTS_H

#include "base/spill.h"

#define KEPT_IN_MEMORY UINT64_MAX
#define KEPT_NOWHERE (UINT64_MAX - 1)
/* What malloc adds to a piece, about. */
#define KEPT_MALLOC_COST 8
#define KEEP_WRITE_BUFFER ((size_t)64 << 10)

/* n bytes, in bytes[] when where is KEPT_IN_MEMORY, not kept when it is
 * KEPT_NOWHERE, else at that offset of the scratch file. */
struct kept {
	uint64_t where;
	uint32_t n;
	uint32_t others; /* owners, beside the first */
	uint8_t bytes[];
};

/* Invariant: live[r] is the number of living bytes in region r, n_live their
 * sum; bytes [flushed, flushed + n_pending) of the file are in pending, and
 * bytes [read_at, read_at + n_reading) in reading. */
struct keep {
	size_t budget;
	size_t memory;
	bool blank; /* every piece is KEPT_NOWHERE; reading holds zeros */
	int fd;	    /* -1 until the scratch file is needed */
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
	struct spool *oldest; /* of those that may be settled */
	struct spool *newest;
};

/* Bytes of memory. */
static inline size_t
kept_cost(const struct kept *p)
{
	return sizeof(*p) + KEPT_MALLOC_COST +
	    (p->where == KEPT_IN_MEMORY ? p->n : 0);
}

/* Keeps a copy of s, which has bytes, in the scratch file. */
struct kept *keep_put_scratch(struct keep *k, struct slice s);

#endif
