/*
 * recent.h: the last few kilobytes that a direction delivered, so that a
 * later copy can be compared with them.
 *
 * A ring indexed by position: the bytes [end - n, end) are there, where end
 * is known to the owner.
 */
#ifndef MODEL_RECENT_H
#define MODEL_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

#define RECENT_MAX 4096U

struct recent {
	uint8_t *ring;
	uint32_t n;
	uint32_t cap; /* of the ring; at most RECENT_MAX */
};

void recent_free(struct recent *r);
/* Bytes of memory that it takes. */
size_t recent_cost(const struct recent *r);
/* Bytes [pos, pos + s.n) were delivered; they follow those that are there. */
void recent_put(struct recent *r, uint64_t pos, struct slice s);
/* A hole: what comes next does not follow. */
void recent_break(struct recent *r);

/* Where s, which claims the positions from pos on, differs from what was
 * delivered: the span from the first to the last byte that differs.  False
 * when nothing that is still here does. */
bool recent_differs(const struct recent *r, uint64_t end, uint64_t pos,
    struct slice s, uint64_t *from, uint64_t *to);

/* The span in which two runs of n bytes differ, as offsets; false if none. */
bool bytes_differ(const uint8_t *a, const uint8_t *b, size_t n, size_t *from,
    size_t *to);

#endif
