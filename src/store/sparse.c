/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* sparse.c: finds the holes of a file in its bytes. */
#include "store/sparse.h"

#include <string.h>

static bool
is_zero(const uint8_t *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static void
put_data(struct sparse *s, const uint8_t *p, size_t n)
{
	if (s->wants_data)
		spill_log_put(s->spill, &s->data, p, n);
}

static void
put_zeros(struct sparse *s, size_t n)
{
	static const uint8_t zeros[SPARSE_BLOCK];

	put_data(s, zeros, n);
}

/* Of the undecided zeros whole blocks are a hole, the rest is data. */
static void
decide(struct sparse *s, bool at_end)
{
	size_t rest = s->zeros % SPARSE_BLOCK;
	struct hole h = { .off = s->size - s->zeros };

	if (at_end && rest == 0 && s->zeros > 0)
		rest = SPARSE_BLOCK;
	h.len = s->zeros - rest;
	if (h.len > 0) {
		spill_log_put(s->spill, &s->holes, &h, sizeof(h));
		s->n_holes++;
	}
	put_zeros(s, rest);
	s->zeros = 0;
}

static bool
has_room(const struct sparse *s, uint64_t n)
{
	return n <= (uint64_t)INT64_MAX - s->size;
}

bool
sparse_write(struct sparse *s, const void *p, size_t n)
{
	const uint8_t *from = p;

	if (!has_room(s, n))
		return false;
	while (n > 0) {
		size_t in_block = s->size % SPARSE_BLOCK;
		size_t part = SPARSE_BLOCK - in_block;

		if (part > n)
			part = n;
		if ((in_block == 0 || s->zeros > 0) && is_zero(from, part)) {
			s->zeros += part;
		} else {
			if (s->zeros > 0)
				decide(s, false);
			put_data(s, from, part);
		}
		s->size += part;
		from += part;
		n -= part;
	}
	return true;
}

bool
sparse_zeros(struct sparse *s, uint64_t n)
{
	size_t in_block = s->size % SPARSE_BLOCK;

	if (!has_room(s, n))
		return false;
	if (in_block > 0 && s->zeros == 0) {
		size_t part = SPARSE_BLOCK - in_block;

		if (part > n)
			part = (size_t)n;
		put_zeros(s, part);
		s->size += part;
		n -= part;
	}
	s->zeros += n;
	s->size += n;
	return true;
}

void
sparse_end(struct sparse *s)
{
	decide(s, true);
}

void
sparse_fini(struct sparse *s)
{
	spill_log_free(s->spill, &s->holes);
	spill_log_free(s->spill, &s->data);
}
