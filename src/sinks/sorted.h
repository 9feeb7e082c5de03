/*
 * sorted.h: texts that wait until all are there, then come in order.
 *
 * The texts wait in keep; a few words for each stay in memory.
 */
#ifndef SINKS_SORTED_H
#define SINKS_SORTED_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/keep.h"

struct sorted_entry;

/* Zero-initialise and set keep, which is borrowed. */
struct sorted {
	struct keep *keep;
	struct sorted_entry *entries;
	size_t n;
	size_t cap;
	struct kept **blocks;
	size_t n_blocks;
	size_t cap_blocks;
	struct buf block; /* of the texts that came last */
};

/* Order is by key, then by tie, then of coming; all ascending. */
void sorted_put(struct sorted *s, int64_t key, uint64_t tie, struct slice text);
/* Gives each text to fn, borrowed for that call, which must not use keep. */
void sorted_tell(struct sorted *s, void (*fn)(void *arg, struct slice text),
    void *arg);
void sorted_fini(struct sorted *s);

#endif
