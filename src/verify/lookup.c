/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* lookup.c: which bytes of ours, and which copies, are at a position. */
#include "verify/lookup.h"

#include <string.h>

/* Copies looked at for one position; what lies beyond explains nothing. */
#define LOOKS_MAX 100000

struct slice
evidence_ours(const struct evidence *e, int64_t pos)
{
	size_t low = 0, high = e->n_ours;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct stretch *s = &e->ours[mid];

		if (pos < s->pos)
			high = mid;
		else if (pos - s->pos >= (int64_t)s->bytes.n)
			low = mid + 1;
		else
			return (struct slice){ s->bytes.p + (pos - s->pos),
				s->bytes.n - (size_t)(pos - s->pos) };
	}
	return (struct slice){ NULL, 0 };
}

size_t
evidence_behind(const struct evidence *e, int64_t pos)
{
	size_t low = 0, high = e->n_copies;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (e->copies[mid].pos > pos)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

struct copy *
evidence_next(const struct evidence *e, int64_t pos, size_t *i)
{
	size_t behind = evidence_behind(e, pos);

	if (*i == 0 || behind - *i > LOOKS_MAX)
		return NULL;
	--*i;
	if (pos - e->copies[*i].pos > (int64_t)e->longest)
		return NULL;
	return &e->copies[*i];
}

size_t
slice_common(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n, i = 0;

	if (n > 0 && memcmp(a.p, b.p, n) == 0)
		return n;
	while (i < n && a.p[i] == b.p[i])
		i++;
	return i;
}

struct slice
copy_from(const struct copy *c, int64_t pos, bool extra)
{
	size_t at = (size_t)(pos - c->pos);
	size_t from = extra ? c->n : 0,
	       to = extra ? (size_t)c->n + c->extra : c->n;

	if (at < from || at >= to || c->bytes == NULL)
		return (struct slice){ NULL, 0 };
	return (struct slice){ c->bytes + at, to - at };
}
