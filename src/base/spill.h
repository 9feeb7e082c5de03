/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * spill.h: bytes that must wait, in memory while they fit a budget and in an
 * unlinked scratch file beyond it.
 *
 * Two shapes: a block (put once, read back any number of times, freed) and a
 * log (appended to, read from the front any number of times, freed).
 */
#ifndef BASE_SPILL_H
#define BASE_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cur.h"
#include "base/out.h"

struct spill;
struct spill_block;

/* budget: bytes of memory for all blocks and logs together.  The scratch
 * file is made when it is first needed (scratch.h). */
struct spill *spill_new(size_t budget);
/* One that knows how long its blocks are and no more: they read as zeros.
 * For blocks only, not for logs. */
struct spill *spill_new_blank(void);
void spill_free(struct spill *k);
/* Errno of the first failure of the scratch file, or 0. */
int spill_error(const struct spill *k);
/* Bytes that are in memory now. */
size_t spill_memory(const struct spill *k);
/* As much of them as is beyond the budget: what is known of blocks in the
 * scratch file, small ones, the ends of logs. */
size_t spill_excess(const struct spill *k);

/* Stores a copy of s.  Caller frees with spill_block_free. */
struct spill_block *spill_put(struct spill *k, struct slice s);
/* The block's bytes; borrowed until the next call with the same spill.
 * After a scratch failure the bytes read as zeros and spill_error says so. */
struct slice spill_block_get(struct spill *k, const struct spill_block *p);
/* The same for callers that use k meanwhile: borrowed until p is freed or
 * `into`, where bytes from the scratch file go, changes. */
struct slice spill_block_read(struct spill *k, const struct spill_block *p,
    struct buf *into);
/* Bytes [from, from + n) of it. */
struct slice spill_block_part(struct spill *k, const struct spill_block *p,
    size_t from, size_t n, struct buf *into);
/* One more owner, who calls spill_block_free, too.  p may be NULL. */
void spill_block_share(struct spill_block *p);
void spill_block_free(struct spill *k, struct spill_block *p);

/*
 * Zero-initialised is empty.  When fixed is set, its address must not change
 * until it is freed, and the spill settles it when memory is short and nothing
 * has been put into it for longer than into others.
 */
struct spill_log {
	bool fixed;
	struct spill_block **blocks;
	size_t n_blocks;
	size_t cap_blocks;
	uint8_t *tail; /* not yet in a block */
	size_t n_tail;
	size_t cap_tail;
	uint64_t size;
	/* Of those that are fixed and have some memory; nobody else's. */
	bool in_ring;
	struct spill_log *older;
	struct spill_log *newer;
};

void spill_log_put(struct spill *k, struct spill_log *s, const void *p,
    size_t n);
/* Gives the log's bytes from offset off to the end, block by block, to fn;
 * each slice is borrowed for that call, which must not use k. */
void spill_log_read(struct spill *k, const struct spill_log *s, uint64_t off,
    void (*fn)(void *arg, struct slice bytes), void *arg);
/* Appends all of the log's bytes to f. */
void spill_log_write(struct spill *k, const struct spill_log *s,
    struct out_file *f);
/* Nothing more is expected soon: what is in memory goes to the scratch file.
 * More may be put afterwards all the same. */
void spill_log_settle(struct spill *k, struct spill_log *s);
void spill_log_free(struct spill *k, struct spill_log *s);

#endif
