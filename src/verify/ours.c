/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* ours.c: the model's events, kept. */
#include "verify/ours.h"

#include <stdlib.h>

#include "base/xalloc.h"

#define SESSION_COST (sizeof(struct ours) + 1024)

/* Room for one more; returns the array. */
static void *
grow(void *v, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return v;
	*cap = *cap == 0 ? 8 : 2 * *cap;
	return xreallocarray(v, *cap, size);
}

static void *
on_open(void *ctx, const struct session *s)
{
	(void)ctx;
	(void)s;
	return xcalloc(1, sizeof(struct ours));
}

static void
on_data(void *ctx, void *handle, const struct chunk *c)
{
	struct ours_list *l = ctx;
	struct ours_side *s = &((struct ours *)handle)->side[c->dir];

	s->pieces =
	    grow(s->pieces, s->n_pieces, &s->cap_pieces, sizeof(*s->pieces));
	s->pieces[s->n_pieces++] =
	    (struct ours_piece){ c->off, c->bytes.n, c->packet };
	spill_log_put(l->keep, &s->bytes, c->bytes.p, c->bytes.n);
}

static void
on_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	struct ours_side *s = &((struct ours *)handle)->side[dir];

	(void)ctx;
	s->gaps = grow(s->gaps, s->n_gaps, &s->cap_gaps, sizeof(*s->gaps));
	s->gaps[s->n_gaps++] = *g;
}

static void
on_turn(void *ctx, void *handle, const struct chunk *c)
{
	struct ours *o = handle;
	struct ours_turn *last =
	    o->n_turns > 0 ? &o->turns[o->n_turns - 1] : NULL;

	(void)ctx;
	if (last != NULL && last->dir == c->dir &&
	    last->concurrent == c->concurrent &&
	    last->off + last->len == c->off) {
		last->len += c->bytes.n;
		return;
	}
	o->turns = grow(o->turns, o->n_turns, &o->cap_turns, sizeof(*o->turns));
	o->turns[o->n_turns++] = (struct ours_turn){ c->off, c->bytes.n,
		(uint8_t)c->dir, c->concurrent };
}

static void
on_turn_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	(void)ctx;
	(void)handle;
	(void)dir;
	(void)g;
}

static void
on_settle(void *ctx, void *handle)
{
	(void)ctx;
	(void)handle;
}

/* The turns of a direction tell as many bytes as the direction has. */
static bool
turns_are_whole(const struct ours *o)
{
	uint64_t told[2] = { 0, 0 };

	for (size_t i = 0; i < o->n_turns; i++)
		told[o->turns[i].dir] += o->turns[i].len;
	return told[0] == o->side[0].bytes.size &&
	    told[1] == o->side[1].bytes.size;
}

static void
on_close(void *ctx, void *handle, const struct session *s)
{
	struct ours_list *l = ctx;
	struct ours *o = handle != NULL ? handle : xcalloc(1, sizeof(*o));

	o->number = s->number;
	o->client = s->client;
	o->server = s->server;
	o->first_packet = s->first_packet;
	o->last_packet = s->last_packet;
	o->notes = s->notes;
	o->handshake = s->handshake;
	o->close = s->close;
	for (int dir = 0; dir < 2; dir++) {
		o->side[dir].missing = s->side[dir].missing;
		o->side[dir].out_of_window = side_refused(&s->side[dir]);
		o->side[dir].late = s->side[dir].late;
		spill_log_settle(l->keep, &o->side[dir].bytes);
	}
	o->turns_differ = !turns_are_whole(o);
	l->v = grow(l->v, l->n, &l->cap, sizeof(struct ours *));
	l->v[l->n++] = o;
}

struct events
ours_events(struct ours_list *l)
{
	return (struct events){
		.ctx = l,
		.wants_turns = true,
		.session_cost = SESSION_COST,
		.open = on_open,
		.data = on_data,
		.gap = on_gap,
		.turn = on_turn,
		.turn_gap = on_turn_gap,
		.settle = on_settle,
		.close = on_close,
	};
}

static int
by_number(const void *a, const void *b)
{
	const struct ours *x = *(struct ours *const *)a;
	const struct ours *y = *(struct ours *const *)b;

	return x->number < y->number ? -1 : x->number > y->number;
}

void
ours_sort(struct ours_list *l)
{
	if (l->n > 0)
		qsort(l->v, l->n, sizeof(struct ours *), by_number);
}

void
ours_free(struct ours_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct ours *o = l->v[i];

		for (int dir = 0; dir < 2; dir++) {
			spill_log_free(l->keep, &o->side[dir].bytes);
			free(o->side[dir].pieces);
			free(o->side[dir].gaps);
		}
		free(o->turns);
		free(o);
	}
	free(l->v);
	*l = (struct ours_list){ .keep = l->keep };
}
