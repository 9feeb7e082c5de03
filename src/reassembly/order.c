/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * order.c: turns in causal order.
 *
 * Each direction has a queue of in-order pieces that wait.  The first of a
 * queue is ready when the other side has been told up to what it needs; of
 * two that are ready the one captured first goes.
 */
#include "reassembly/order.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "reassembly/ack_floor.h"

/* No piece that waits has more bytes: it is read again for each part of it
 * that is told. */
#define TURN_MAX ((size_t)16 << 10)

/* A piece or a hole that waits. */
struct turn {
	struct turn *next;
	uint64_t pos;
	uint64_t end; /* position; of a hole, too */
	uint64_t off;
	struct spill_block *bytes; /* NULL: a hole */
	size_t used;		   /* bytes already told */
	struct gap gap;
	struct stamp stamp;
};

struct half {
	struct turn *first;
	struct turn *last;
	struct ack_floor need;
	uint64_t waiting; /* bytes in the queue, and what turns cost */
	uint64_t passed;  /* told, or known to be missing, up to here */
	uint64_t told;	  /* end of the last bytes told */
};

struct order {
	struct half half[2];
	struct spill *keep;
	const struct order_ops *ops;
	void *owner;
	size_t *memory;
	bool ended;
};

struct order *
order_new(struct spill *keep, const struct order_ops *ops, void *owner,
    size_t *memory)
{
	struct order *o = xcalloc(1, sizeof(*o));

	o->memory = memory;
	*memory += sizeof(*o);
	o->keep = keep;
	o->ops = ops;
	o->owner = owner;
	return o;
}

static void
pop(struct order *o, int dir)
{
	struct half *h = &o->half[dir];
	struct turn *t = h->first;

	h->first = t->next;
	if (h->first == NULL)
		h->last = NULL;
	h->waiting -= sizeof(*t);
	*o->memory -= sizeof(*t);
	spill_block_free(o->keep, t->bytes);
	free(t);
}

void
order_free(struct order *o)
{
	if (o == NULL)
		return;
	for (int d = 0; d < 2; d++) {
		while (o->half[d].first != NULL)
			pop(o, d);
		*o->memory -= ack_floor_cost(&o->half[d].need);
		ack_floor_free(&o->half[d].need);
	}
	*o->memory -= sizeof(*o);
	free(o);
}

/* Whether what stands at pos of dir may be told. */
static bool
ready(const struct order *o, int dir, uint64_t pos)
{
	const struct half *other = &o->half[!dir];

	if (o->ended && other->first == NULL)
		return true;
	return other->passed >= ack_floor_at(&o->half[dir].need, pos);
}

static bool
head_ready(const struct order *o, int dir)
{
	const struct turn *t = o->half[dir].first;

	return t != NULL && ready(o, dir, t->pos + t->used);
}

/* Where the bytes end that need no more than the one at pos does, or than has
 * been told. */
static uint64_t
ready_end(const struct order *o, int dir, uint64_t pos)
{
	const struct ack_floor *nd = &o->half[dir].need;
	uint64_t passed = o->half[!dir].passed;
	uint64_t need = ack_floor_at(nd, pos);

	if (o->ended && o->half[!dir].first == NULL)
		return UINT64_MAX;
	return ack_floor_end(nd, need > passed ? need : passed);
}

/*
 * How many of the n bytes at pos of dir may be told in one go: not those that
 * need more, and the other side's next turn, if it was captured before them,
 * comes as soon as it is ready.
 */
static size_t
run_length(const struct order *o, int dir, uint64_t pos, size_t n,
    uint64_t packet)
{
	const struct turn *t = o->half[!dir].first;
	uint64_t end = ready_end(o, dir, pos), need;

	if (end - pos < n)
		n = (size_t)(end - pos);
	if (t == NULL || t->stamp.packet > packet)
		return n;
	need = ack_floor_at(&o->half[!dir].need, t->pos + t->used);
	if (need <= pos || need - pos >= n)
		return n;
	return (size_t)(need - pos);
}

static void
pass(struct order *o, int dir, uint64_t end)
{
	struct half *h = &o->half[dir];

	if (end > h->passed)
		h->passed = end;
	*o->memory -= ack_floor_cost(&h->need);
	ack_floor_forget(&h->need, end);
	*o->memory += ack_floor_cost(&h->need);
}

static void
report_turn(struct order *o, int dir, uint64_t pos, uint64_t off,
    struct slice bytes, const struct stamp *st)
{
	struct half *h = &o->half[dir];
	struct chunk c = {
		.dir = dir,
		.concurrent = ack_floor_at(&h->need, pos) < o->half[!dir].told,
		.off = off,
		.bytes = bytes,
		.packet = st->packet,
		.ordinal = st->ordinal,
		.ts_ns = st->ts_ns,
	};

	h->told = pos + bytes.n;
	pass(o, dir, h->told);
	o->ops->turn(o->owner, &c);
}

/* Tells the first of a queue, or as much of it as goes before the other
 * side's next turn. */
static void
report_head(struct order *o, int dir)
{
	struct half *h = &o->half[dir];
	struct turn *t = h->first;
	struct buf into = { 0 };
	struct slice b;
	size_t n;

	if (t->bytes == NULL) {
		struct gap g = t->gap;

		pass(o, dir, t->end);
		pop(o, dir);
		if (g.len > 0)
			o->ops->gap(o->owner, dir, &g);
		return;
	}
	b = spill_block_read(o->keep, t->bytes, &into);
	n = run_length(o, dir, t->pos + t->used, b.n - t->used,
	    t->stamp.packet);
	report_turn(o, dir, t->pos + t->used, t->off + t->used,
	    (struct slice){ b.p + t->used, n }, &t->stamp);
	t->used += n;
	h->waiting -= n;
	if (t->used == b.n)
		pop(o, dir);
	buf_free(&into);
}

/* A hole knows of nothing: it may be waited for, but need not wait. */
static bool
head_is_hole(const struct order *o, int dir)
{
	const struct turn *t = o->half[dir].first;

	return t != NULL && t->bytes == NULL;
}

/* The queue whose first turn comes next, or -1. */
static int
choose(const struct order *o)
{
	bool r[2] = { head_ready(o, 0), head_ready(o, 1) };

	if (r[0] && r[1])
		return o->half[1].first->stamp.packet <
		    o->half[0].first->stamp.packet;
	if (r[0] || r[1])
		return r[1];
	if (head_is_hole(o, 0) || head_is_hole(o, 1))
		return head_is_hole(o, 1);
	if (!o->ended || (o->half[0].first == NULL && o->half[1].first == NULL))
		return -1;
	/* ACKs that contradict each other: the order of capture decides. */
	if (o->half[0].first == NULL || o->half[1].first == NULL)
		return o->half[0].first == NULL;
	return o->half[1].first->stamp.packet < o->half[0].first->stamp.packet;
}

static void
pump(struct order *o)
{
	int dir;

	while ((dir = choose(o)) >= 0)
		report_head(o, dir);
}

void
order_arrived(struct order *o, int dir, uint64_t end, uint64_t need)
{
	struct half *h = &o->half[dir];

	if (end <= h->passed)
		return;
	*o->memory -= ack_floor_cost(&h->need);
	ack_floor_add(&h->need, end, need);
	*o->memory += ack_floor_cost(&h->need);
	if (h->first != NULL)
		pump(o);
}

static struct turn *
enqueue(struct order *o, int dir, uint64_t pos, uint64_t end)
{
	struct half *h = &o->half[dir];
	struct turn *t = xcalloc(1, sizeof(*t));

	t->pos = pos;
	t->end = end;
	if (h->last != NULL) {
		/* A hole was known when what lies before it had come. */
		t->stamp = h->last->stamp;
		h->last->next = t;
	} else {
		h->first = t;
		/* What lies before it will not be told any more. */
		pass(o, dir, pos);
	}
	h->last = t;
	h->waiting += sizeof(*t);
	*o->memory += sizeof(*t);
	return t;
}

void
order_data(struct order *o, int dir, uint64_t pos, uint64_t off,
    struct slice bytes, const struct stamp *st)
{
	struct half *h = &o->half[dir];
	struct turn *t;

	if (h->first == NULL && o->half[!dir].first == NULL &&
	    ready(o, dir, pos) && ready_end(o, dir, pos) >= pos + bytes.n) {
		report_turn(o, dir, pos, off, bytes, st);
		return;
	}
	while (bytes.n > 0) {
		size_t n = bytes.n < TURN_MAX ? bytes.n : TURN_MAX;

		t = enqueue(o, dir, pos, pos + n);
		t->off = off;
		t->stamp = *st;
		t->bytes = spill_put(o->keep, (struct slice){ bytes.p, n });
		h->waiting += n;
		pos += n;
		off += n;
		bytes.p += n;
		bytes.n -= n;
	}
	pump(o);
}

void
order_gap(struct order *o, int dir, uint64_t end, const struct gap *g)
{
	struct turn *t = enqueue(o, dir, end > g->len ? end - g->len : 0, end);

	t->gap = *g;
	pump(o);
}

void
order_pass(struct order *o, int dir, uint64_t end)
{
	struct half *h = &o->half[dir];

	if (end <= h->passed)
		return;
	if (h->first == NULL)
		pass(o, dir, end);
	else if (h->last->end < end)
		enqueue(o, dir, end, end);
	pump(o);
}

uint64_t
order_waiting(const struct order *o, int dir)
{
	return o->half[dir].waiting;
}

void
order_release(struct order *o)
{
	const struct turn *a = o->half[0].first, *b = o->half[1].first;
	int dir = a == NULL || (b != NULL && b->stamp.packet < a->stamp.packet);

	if (a == NULL && b == NULL)
		return;
	report_head(o, dir);
	pump(o);
}

void
order_end(struct order *o)
{
	o->ended = true;
	pump(o);
}
