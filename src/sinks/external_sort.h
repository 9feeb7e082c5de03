/*
 * sorted.h: texts that wait until all are there, then come in order.
 *
 * A few megabytes of them are in memory; what is more waits in keep, sorted in
 * runs, of which memory has a word for each block.
 */
#ifndef SINKS_SORTED_H
#define SINKS_SORTED_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/spill.h"

struct sorted_entry;
struct sorted_run;

/* Zero-initialise and set keep, which is borrowed. */
struct sorted {
	struct keep *keep;
	struct sorted_entry *entries; /* of the texts that came last */
	size_t n;
	size_t cap;
	struct buf texts; /* theirs */
	struct sorted_run *runs;
	size_t n_runs;
};

/* Order is by key, then by tie, then of coming; all ascending. */
void sorted_put(struct sorted *s, int64_t key, uint64_t tie, struct slice text);
/* Gives each text to fn, borrowed for that call; nothing can be put any
 * more. */
void sorted_tell(struct sorted *s, void (*fn)(void *arg, struct slice text),
    void *arg);
void sorted_fini(struct sorted *s);

#endif
