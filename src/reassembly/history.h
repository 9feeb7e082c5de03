/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * history.h: the last few kilobytes that a direction delivered, so that a
 * later copy can be compared with them.
 *
 * A ring indexed by position: the bytes [end - n, end) are there, where end
 * is known to the owner.
 */
#ifndef REASSEMBLY_HISTORY_H
#define REASSEMBLY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

#define HISTORY_MAX 4096U

struct history {
	uint8_t *ring;
	uint32_t n;
	uint32_t cap; /* of the ring; at most HISTORY_MAX */
};

void history_free(struct history *r);
/* Bytes of memory that it takes. */
size_t history_cost(const struct history *r);
/* Bytes [pos, pos + s.n) were delivered; they follow those that are there. */
void history_put(struct history *r, uint64_t pos, struct slice s);
/* A hole: what comes next does not follow. */
void history_break(struct history *r);

/* Where s, which claims the positions from pos on, differs from what was
 * delivered: the span from the first to the last byte that differs.  False
 * when nothing that is still here does. */
bool history_differs(const struct history *r, uint64_t end, uint64_t pos,
    struct slice s, uint64_t *from, uint64_t *to);

/* The span in which two runs of n bytes differ, as offsets; false if none. */
bool bytes_differ(const uint8_t *a, const uint8_t *b, size_t n, size_t *from,
    size_t *to);

#endif
