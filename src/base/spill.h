/*
 * keep.h: bytes that must wait, in memory while they fit a budget and in an
 * unlinked scratch file beyond it.
 *
 * Two shapes: a piece (put once, read back any number of times, freed) and a
 * spool (appended to, read from the front any number of times, freed).
 */
#ifndef BASE_KEEP_H
#define BASE_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cur.h"
#include "base/out.h"

struct keep;
struct kept;

/* A file without a name in TMPDIR (or /tmp), for reading and writing, mode
 * 0600.  Descriptor, or -1 with errno. */
int keep_scratch(void);

/* budget: bytes of memory for all pieces and spools together.  The scratch
 * file is made in TMPDIR (or /tmp) when it is first needed. */
struct keep *keep_new(size_t budget);
/* One that knows how long its pieces are and no more: they read as zeros.
 * For pieces only, not for spools. */
struct keep *keep_new_blank(void);
void keep_free(struct keep *k);
/* Errno of the first failure of the scratch file, or 0. */
int keep_error(const struct keep *k);
/* Bytes now held in memory. */
size_t keep_memory(const struct keep *k);
/* As much of them as is beyond the budget: what is known of pieces in the
 * scratch file, small ones, the ends of spools. */
size_t keep_excess(const struct keep *k);

/* Keeps a copy of s.  Caller frees with kept_free. */
struct kept *keep_put(struct keep *k, struct slice s);
/* The piece's bytes; borrowed until the next call with the same keep.
 * After a scratch failure the bytes read as zeros and keep_error tells. */
struct slice kept_get(struct keep *k, const struct kept *p);
/* The same for callers that use k meanwhile: borrowed until p is freed or
 * `into`, where bytes from the scratch file go, changes. */
struct slice kept_read(struct keep *k, const struct kept *p, struct buf *into);
/* Bytes [from, from + n) of it. */
struct slice kept_part(struct keep *k, const struct kept *p, size_t from,
    size_t n, struct buf *into);
/* One more owner, who calls kept_free, too.  p may be NULL. */
void kept_share(struct kept *p);
void kept_free(struct keep *k, struct kept *p);

/*
 * Zero-initialised is empty.  When fixed is set, its address must not change
 * until it is freed, and the keep settles it when memory is short and nothing
 * has been put into it for longer than into others.
 */
struct spool {
	bool fixed;
	struct kept **blocks;
	size_t n_blocks;
	size_t cap_blocks;
	uint8_t *tail; /* not yet in a block */
	size_t n_tail;
	size_t cap_tail;
	uint64_t size;
	/* Of those that are fixed and have some memory; nobody else's. */
	bool in_ring;
	struct spool *older;
	struct spool *newer;
};

void spool_put(struct keep *k, struct spool *s, const void *p, size_t n);
/* Gives the spool's bytes from offset off to the end, block by block, to fn;
 * each slice is borrowed for that call, which must not use k. */
void spool_read(struct keep *k, const struct spool *s, uint64_t off,
    void (*fn)(void *arg, struct slice bytes), void *arg);
/* Appends all of the spool's bytes to f. */
void spool_write(struct keep *k, const struct spool *s, struct out_file *f);
/* Nothing more is expected soon: what is in memory goes to the scratch file.
 * More may be put afterwards all the same. */
void spool_settle(struct keep *k, struct spool *s);
void spool_free(struct keep *k, struct spool *s);

#endif
