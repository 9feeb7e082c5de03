/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* ack_floor.c: a short sorted list of (end, ack) steps. */
#include "reassembly/ack_floor.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define ACK_FLOOR_FIRST 4
/* Beyond this, the two oldest steps become one: an order somewhat less
 * strict, for captures that scramble thousands of turns. */
#define ACK_FLOOR_MAX 1024

void
ack_floor_free(struct ack_floor *nd)
{
	free(nd->v);
	*nd = (struct ack_floor){ 0 };
}

static struct ack_floor_step *
at(const struct ack_floor *nd, size_t i)
{
	return &nd->v[nd->head + i];
}

/* The first step that ends at or after `end`, or n. */
static size_t
find(const struct ack_floor *nd, uint64_t end)
{
	size_t lo = 0, hi = nd->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (at(nd, mid)->end < end)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
join_oldest(struct ack_floor *nd)
{
	nd->v[nd->head + 1].ack = nd->v[nd->head].ack;
	nd->head++;
	nd->n--;
}

static void
make_room(struct ack_floor *nd)
{
	if (nd->head + nd->n < nd->cap)
		return;
	/* Not for a few: it would be done again and again. */
	if (nd->head > nd->cap / 2) {
		memmove(nd->v, nd->v + nd->head, nd->n * sizeof(*nd->v));
		nd->head = 0;
		return;
	}
	nd->cap = nd->cap > 0 ? nd->cap * 2 : ACK_FLOOR_FIRST;
	nd->v = xreallocarray(nd->v, nd->cap, sizeof(*nd->v));
}

/* Puts a step at index i in place of the `gone` steps before it. */
static void
put(struct ack_floor *nd, size_t i, size_t gone, struct ack_floor_step step)
{
	struct ack_floor_step *v;

	if (gone > 0) {
		v = nd->v + nd->head;
		v[i - gone] = step;
		memmove(v + i - gone + 1, v + i, (nd->n - i) * sizeof(*v));
		nd->n -= gone - 1;
		return;
	}
	make_room(nd);
	v = nd->v + nd->head;
	memmove(v + i + 1, v + i, (nd->n - i) * sizeof(*v));
	v[i] = step;
	nd->n++;
}

void
ack_floor_add(struct ack_floor *nd, uint64_t end, uint64_t ack)
{
	size_t i, gone = 0;

	if (nd->n == ACK_FLOOR_MAX)
		join_oldest(nd);
	i = find(nd, end);
	if (i < nd->n && at(nd, i)->ack <= ack)
		return;
	if (i < nd->n && at(nd, i)->end == end)
		i++;
	while (gone < i && at(nd, i - gone - 1)->ack >= ack)
		gone++;
	put(nd, i, gone, (struct ack_floor_step){ end, ack });
}

uint64_t
ack_floor_at(const struct ack_floor *nd, uint64_t pos)
{
	size_t i = find(nd, pos + 1);

	return i < nd->n ? at(nd, i)->ack : 0;
}

uint64_t
ack_floor_end(const struct ack_floor *nd, uint64_t ack)
{
	size_t lo = 0, hi = nd->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (at(nd, mid)->ack <= ack)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == nd->n)
		return UINT64_MAX;
	return lo > 0 ? at(nd, lo - 1)->end : 0;
}

void
ack_floor_forget(struct ack_floor *nd, uint64_t pos)
{
	while (nd->n > 0 && nd->v[nd->head].end <= pos) {
		nd->head++;
		nd->n--;
	}
	if (nd->n == 0)
		nd->head = 0;
}
