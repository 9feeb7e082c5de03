/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* history.c: a ring of delivered bytes. */
#include "reassembly/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "reassembly/types.h"

_Static_assert((HISTORY_MAX & (HISTORY_MAX - 1)) == 0, "a power of two");

/* Where in the ring a position is. */
static size_t
place(const struct history *r, uint64_t pos)
{
	return (size_t)(r->cap == HISTORY_MAX ? pos & (HISTORY_MAX - 1) :
						pos % r->cap);
}

void
history_free(struct history *r)
{
	free(r->ring);
	*r = (struct history){ 0 };
}

size_t
history_cost(const struct history *r)
{
	return r->cap > 0 ? r->cap + MODEL_MALLOC_COST : 0;
}

void
history_break(struct history *r)
{
	r->n = 0;
}

static void
copy_in(struct history *r, uint64_t pos, const uint8_t *p, size_t n)
{
	size_t at = place(r, pos);
	size_t first = n < r->cap - at ? n : r->cap - at;

	memcpy(r->ring + at, p, first);
	memcpy(r->ring, p + first, n - first);
}

/* The first time no more than there is to keep: most connections are short. */
static void
grow(struct history *r, uint64_t end, size_t want)
{
	struct history old = *r;

	if (want < (size_t)r->cap * 2)
		want = (size_t)r->cap * 2;
	if (want > HISTORY_MAX)
		want = HISTORY_MAX;
	r->cap = (uint32_t)(want + 7) / 8 * 8;
	r->ring = xmalloc(r->cap);
	/* What is there lies in one or two runs; it goes on in the other. */
	for (uint32_t done = 0, part; done < old.n; done += part) {
		uint64_t pos = end - old.n + done;
		uint32_t at = (uint32_t)place(&old, pos);

		part =
		    old.cap - at < old.n - done ? old.cap - at : old.n - done;
		copy_in(r, pos, old.ring + at, part);
	}
	free(old.ring);
}

void
history_put(struct history *r, uint64_t pos, struct slice s)
{
	if (s.n == 0)
		return;
	if (r->cap < HISTORY_MAX && r->n + s.n > r->cap)
		grow(r, pos, r->n + s.n);
	if (s.n >= r->cap) {
		copy_in(r, pos + s.n - r->cap, s.p + s.n - r->cap, r->cap);
		r->n = r->cap;
		return;
	}
	copy_in(r, pos, s.p, s.n);
	r->n = r->n + s.n < r->cap ? r->n + (uint32_t)s.n : r->cap;
}

bool
bytes_differ(const uint8_t *a, const uint8_t *b, size_t n, size_t *from,
    size_t *to)
{
	size_t first = 0, last = n;

	if (n == 0 || memcmp(a, b, n) == 0)
		return false;
	while (a[first] == b[first])
		first++;
	while (a[last - 1] == b[last - 1])
		last--;
	*from = first;
	*to = last;
	return true;
}

bool
history_differs(const struct history *r, uint64_t end, uint64_t pos,
    struct slice s, uint64_t *from, uint64_t *to)
{
	uint64_t begin = end - r->n;
	uint64_t lo = pos > begin ? pos : begin;
	uint64_t hi = pos + s.n < end ? pos + s.n : end;
	bool any = false;

	while (lo < hi) {
		size_t at = place(r, lo);
		size_t n = (size_t)(hi - lo);
		size_t f, t;

		if (n > r->cap - at)
			n = r->cap - at;
		if (bytes_differ(r->ring + at, s.p + (lo - pos), n, &f, &t)) {
			if (!any)
				*from = lo + f;
			*to = lo + t;
			any = true;
		}
		lo += n;
	}
	return any;
}
