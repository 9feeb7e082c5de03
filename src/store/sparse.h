/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * sparse.h: where a file's holes are, found from its bytes alone, so that
 * the answer does not depend on what a file system keeps of holes.
 *
 * A hole is a run of blocks of SPARSE_BLOCK zeros, each at a multiple of
 * SPARSE_BLOCK; the last block of a file is never one.
 */
#ifndef STORE_SPARSE_H
#define STORE_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/spill.h"

#define SPARSE_BLOCK 4096

struct hole {
	uint64_t off;
	uint64_t len; /* > 0, a multiple of SPARSE_BLOCK */
};

/* holes: of struct hole, in order, disjoint.  data: the bytes outside holes,
 * in order, when they are wanted.  Zero-initialised but for spill (borrowed)
 * and wants_data is an empty file. */
struct sparse {
	struct spill *spill;
	bool wants_data;
	uint64_t size;	/* of the file */
	uint64_t zeros; /* its last bytes, from a block's beginning: not yet
			 * known to be hole or data */
	size_t n_holes;
	struct spill_log holes;
	struct spill_log data;
};

/* Appends to the file.  False, with nothing appended, when it would become
 * larger than files can be. */
bool sparse_write(struct sparse *s, const void *p, size_t n);
/* The same for n zeros. */
bool sparse_zeros(struct sparse *s, uint64_t n);
/* Nothing follows: holes and data are complete. */
void sparse_end(struct sparse *s);
void sparse_fini(struct sparse *s);

#endif
