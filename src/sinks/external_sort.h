/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * external_sort.h: sorts texts, more than memory has room for.
 *
 * Two megabytes of them are in memory; what is more waits in the spill, in
 * sorted runs, of which memory has a word for each block.
 */
#ifndef SINKS_EXTERNAL_SORT_H
#define SINKS_EXTERNAL_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/spill.h"

struct external_sort_entry;
struct external_sort_run;

/* Zero-initialise and set spill, which is borrowed. */
struct external_sort {
	struct spill *spill;
	struct external_sort_entry *entries; /* of the texts that came last */
	size_t n;
	size_t cap;
	struct buf texts; /* theirs */
	struct external_sort_run *runs;
	size_t n_runs;
};

/* Order is by key, then by tie, then of coming; all ascending. */
void external_sort_put(struct external_sort *s, int64_t key, uint64_t tie,
    struct slice text);
/* Gives each text to fn, borrowed for that call; nothing can be put any
 * more. */
void external_sort_tell(struct external_sort *s,
    void (*fn)(void *arg, struct slice text), void *arg);
void external_sort_fini(struct external_sort *s);

#endif
