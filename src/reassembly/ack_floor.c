/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * ack_floor.c: a sorted list of (end, ack) steps, in leaves of neighbours, so
 * that a step in the middle of a long list moves few others.
 */
#include "reassembly/ack_floor.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define LEAF_FIRST 4u

/* A step's place: step i of leaf l, both counted among those in use. */
struct place {
	size_t l;
	uint32_t i;
};

static struct ack_floor_leaf *
leaf_at(const struct ack_floor *f, size_t l)
{
	return &f->leaf[f->head + l];
}

static struct ack_floor_step *
step_in(const struct ack_floor_leaf *leaf, uint32_t i)
{
	return &leaf->step[leaf->head + i];
}

static struct ack_floor_step *
step_at(const struct ack_floor *f, struct place p)
{
	return step_in(leaf_at(f, p.l), p.i);
}

/* Whether the step comes before what is looked for. */
typedef bool before_fn(const struct ack_floor_step *step, uint64_t x);

static bool
ends_before(const struct ack_floor_step *step, uint64_t end)
{
	return step->end < end;
}

static bool
needs_no_more(const struct ack_floor_step *step, uint64_t ack)
{
	return step->ack <= ack;
}

/* The first step that does not come before x; .l is f->n when all do. */
static inline struct place
find(const struct ack_floor *f, before_fn *before, uint64_t x)
{
	struct place p = { 0, 0 };
	size_t high = f->n;
	uint32_t n;

	while (p.l < high) {
		size_t mid = p.l + (high - p.l) / 2;
		const struct ack_floor_leaf *leaf = leaf_at(f, mid);

		if (before(step_in(leaf, leaf->n - 1), x))
			p.l = mid + 1;
		else
			high = mid;
	}
	if (p.l == f->n)
		return p;
	n = leaf_at(f, p.l)->n;
	while (p.i < n) {
		uint32_t mid = p.i + (n - p.i) / 2;

		if (before(step_in(leaf_at(f, p.l), mid), x))
			p.i = mid + 1;
		else
			n = mid;
	}
	return p;
}

static void
leaf_free(struct ack_floor *f, struct ack_floor_leaf *leaf)
{
	f->cost -= leaf->cap * sizeof(*leaf->step);
	free(leaf->step);
}

void
ack_floor_free(struct ack_floor *f)
{
	for (size_t l = 0; l < f->n; l++)
		leaf_free(f, leaf_at(f, l));
	free(f->leaf);
	*f = (struct ack_floor){ 0 };
}

/* An empty leaf before leaf l. */
static struct ack_floor_leaf *
leaf_insert(struct ack_floor *f, size_t l)
{
	struct ack_floor_leaf *at;

	if (f->head + f->n == f->cap && f->head > f->cap / 2) {
		memmove(f->leaf, f->leaf + f->head, f->n * sizeof(*f->leaf));
		f->head = 0;
	} else if (f->head + f->n == f->cap) {
		size_t cap = f->cap > 0 ? f->cap * 2 : 1;

		f->leaf = xreallocarray(f->leaf, cap, sizeof(*f->leaf));
		f->cost += (cap - f->cap) * sizeof(*f->leaf);
		f->cap = cap;
	}
	at = leaf_at(f, l);
	memmove(at + 1, at, (f->n - l) * sizeof(*at));
	*at = (struct ack_floor_leaf){ 0 };
	f->n++;
	return at;
}

static void
leaves_remove(struct ack_floor *f, size_t from, size_t to)
{
	struct ack_floor_leaf *at = leaf_at(f, from);

	for (size_t l = from; l < to; l++)
		leaf_free(f, leaf_at(f, l));
	if (from == 0)
		f->head += to;
	else
		memmove(at, leaf_at(f, to), (f->n - to) * sizeof(*at));
	f->n -= to - from;
	if (f->n == 0)
		f->head = 0;
}

/* Room behind the last step of a leaf that is not full. */
static void
leaf_make_room(struct ack_floor *f, struct ack_floor_leaf *leaf)
{
	uint32_t cap = leaf->cap > 0 ? leaf->cap * 2 : LEAF_FIRST;

	if (leaf->head + leaf->n < leaf->cap)
		return;
	/* Not for a few: it would be done again and again. */
	if (leaf->head > leaf->cap / 2 || leaf->cap == ACK_FLOOR_LEAF_MAX) {
		memmove(leaf->step, step_in(leaf, 0),
		    leaf->n * sizeof(*leaf->step));
		leaf->head = 0;
		return;
	}
	leaf->step = xreallocarray(leaf->step, cap, sizeof(*leaf->step));
	f->cost += (cap - leaf->cap) * sizeof(*leaf->step);
	leaf->cap = cap;
}

/* Halves the full leaf of *p, or begins the next one when *p is its end; *p
 * stays the same place. */
static void
leaf_split(struct ack_floor *f, struct place *p)
{
	uint32_t from =
	    p->i == ACK_FLOOR_LEAF_MAX ? p->i : ACK_FLOOR_LEAF_MAX / 2;
	struct ack_floor_leaf *high = leaf_insert(f, p->l + 1);
	struct ack_floor_leaf *low = leaf_at(f, p->l);

	high->step =
	    xreallocarray(NULL, ACK_FLOOR_LEAF_MAX, sizeof(*high->step));
	high->cap = ACK_FLOOR_LEAF_MAX;
	f->cost += ACK_FLOOR_LEAF_MAX * sizeof(*high->step);
	high->n = low->n - from;
	memcpy(high->step, step_in(low, from), high->n * sizeof(*high->step));
	low->n = from;
	if (p->i >= from) {
		p->l++;
		p->i -= from;
	}
}

/* Puts a step before the one at *p, which becomes its place. */
static void
insert(struct ack_floor *f, struct place *p, struct ack_floor_step step)
{
	struct ack_floor_leaf *leaf;
	struct ack_floor_step *at;

	if (p->l == f->n && f->n > 0)
		*p = (struct place){ f->n - 1, leaf_at(f, f->n - 1)->n };
	else if (f->n == 0)
		leaf_insert(f, 0);
	if (leaf_at(f, p->l)->n == ACK_FLOOR_LEAF_MAX)
		leaf_split(f, p);
	leaf = leaf_at(f, p->l);
	leaf_make_room(f, leaf);
	at = step_in(leaf, p->i);
	memmove(at + 1, at, (leaf->n - p->i) * sizeof(*at));
	*at = step;
	leaf->n++;
}

/* Removes the steps before p that need no less than ack. */
static void
remove_undercut(struct ack_floor *f, struct place p, uint64_t ack)
{
	struct ack_floor_leaf *leaf = leaf_at(f, p.l);
	uint32_t i = p.i;
	size_t l = p.l;

	while (i > 0 && step_in(leaf, i - 1)->ack >= ack)
		i--;
	if (i > 0) {
		memmove(step_in(leaf, i), step_in(leaf, p.i),
		    (leaf->n - p.i) * sizeof(*leaf->step));
		leaf->n -= p.i - i;
		return;
	}
	leaf->head += p.i;
	leaf->n -= p.i;
	while (l > 0 && step_in(leaf_at(f, l - 1), 0)->ack >= ack)
		l--;
	if (l > 0) {
		leaf = leaf_at(f, l - 1);
		while (step_in(leaf, leaf->n - 1)->ack >= ack)
			leaf->n--;
	}
	if (l < p.l)
		leaves_remove(f, l, p.l);
}

void
ack_floor_add(struct ack_floor *f, uint64_t end, uint64_t ack)
{
	struct place p = find(f, ends_before, end);

	if (p.l < f->n && step_at(f, p)->ack <= ack)
		return;
	if (p.l < f->n && step_at(f, p)->end == end)
		step_at(f, p)->ack = ack;
	else
		insert(f, &p, (struct ack_floor_step){ end, ack });
	remove_undercut(f, p, ack);
}

uint64_t
ack_floor_at(const struct ack_floor *f, uint64_t pos)
{
	struct place p = find(f, ends_before, pos + 1);

	return p.l < f->n ? step_at(f, p)->ack : 0;
}

uint64_t
ack_floor_end(const struct ack_floor *f, uint64_t ack)
{
	struct place p = find(f, needs_no_more, ack);

	if (p.l == f->n)
		return UINT64_MAX;
	if (p.i > 0)
		return step_in(leaf_at(f, p.l), p.i - 1)->end;
	if (p.l == 0)
		return 0;
	return step_in(leaf_at(f, p.l - 1), leaf_at(f, p.l - 1)->n - 1)->end;
}

void
ack_floor_forget(struct ack_floor *f, uint64_t pos)
{
	struct place p;

	if (f->n == 0)
		return;
	p = find(f, ends_before, pos + 1);
	if (p.l < f->n) {
		leaf_at(f, p.l)->head += p.i;
		leaf_at(f, p.l)->n -= p.i;
	}
	if (p.l > 0)
		leaves_remove(f, 0, p.l);
}
