/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* ours.c: each byte that is delivered, found again in its frame. */
#include "verify/ours.h"

#include <stdlib.h>

#include "base/xalloc.h"

#define SESSION_COST (sizeof(struct ours) + 1024)

int
ours_direction(const struct ours *o, uint8_t from)
{
	return o->from[0] == from ? 0 : 1;
}

int64_t
ours_position(const struct frame_pair *p, const struct ours *o, int dir,
    int64_t off)
{
	const struct ours_piece *v = o->pieces[dir];
	size_t i = o->n[dir] == 0 ?
	    0 :
	    first_above(&v->off, o->n[dir], sizeof(*v), off);

	if (i == 0 || v[i - 1].frame == FRAME_NONE)
		return FRAME_NO_ACK;
	return p->v[v[i - 1].frame].pos + v[i - 1].at + off - v[i - 1].off;
}

int64_t
ours_offset(const struct frame_pair *p, const struct ours *o, int dir,
    int64_t pos)
{
	int64_t best = INT64_MAX, off = 0;

	for (size_t i = 0; i < o->n[dir] && best > 0; i++) {
		const struct ours_piece *x = &o->pieces[dir][i];
		int64_t far = x->frame == FRAME_NONE ?
		    0 :
		    pos - p->v[x->frame].pos - x->at;

		if (x->frame == FRAME_NONE || llabs(far) >= best)
			continue;
		best = far >= 0 && far < x->len ? 0 : llabs(far);
		off = x->off + far;
	}
	return off;
}

/* -- events -------------------------------------------------------------- */

static void *
on_open(void *ctx, const struct session *s)
{
	struct ours_list *l = ctx;
	const struct evidence *f = l->frames;
	struct ours *o = xcalloc(1, sizeof(*o));
	const struct frame_pair *p;

	o->pair = frames_find(f, &s->client, &s->server);
	p = &f->v[o->pair];
	o->from[0] = pair_side(p, &s->client);
	o->from[1] = pair_other(p, o->from[0]);
	if (l->secrets != NULL &&
	    (l->secrets_grow || tls_secrets_count(l->secrets) > 0))
		o->spoken = spoken_new(l->secrets, l->secrets_grow,
		    s->handshake == HANDSHAKE_NONE, f->spill);
	return o;
}

/* Finds the bytes in a frame of their packet: where they follow what came
 * before, if they can be there. */
static void
find_bytes(struct evidence *f, const struct ours *o, const struct chunk *c,
    struct ours_piece *x)
{
	const struct frame_pair *p = &f->v[o->pair];
	int64_t pos = ours_position(p, o, c->dir, x->off);
	size_t i =
	    first_above(&p->v->packet, p->n, sizeof(*p->v), (int64_t)c->packet);

	while (i-- > 0 && p->v[i].packet == (int64_t)c->packet) {
		struct slice b = frame_bytes(f->spill, &p->v[i], &f->room);
		int64_t want = pos - p->v[i].pos; /* < 0: not known */
		const uint8_t *at = NULL;

		b.n = b.n < p->v[i].n ? b.n : p->v[i].n;
		if (want >= 0 && want + x->len <= (int64_t)b.n &&
		    memcmp(b.p + want, c->bytes.p, c->bytes.n) == 0)
			at = b.p + want;
		else if (b.n >= c->bytes.n)
			at = memmem(b.p, b.n, c->bytes.p, c->bytes.n);
		if (at != NULL) {
			x->frame = i;
			x->at = (uint32_t)(at - b.p);
			return;
		}
	}
}

/* Pieces come by offset, but for those that fill a gap late. */
static void
add_piece(struct ours_list *l, struct ours *o, const struct chunk *c)
{
	struct ours_piece x = { (int64_t)c->off, (int64_t)c->bytes.n,
		FRAME_NONE, 0 };
	int d = c->dir;
	size_t i = o->n[d];

	find_bytes(l->frames, o, c, &x);
	o->pieces[d] = room_for_one(o->pieces[d], i, &o->cap[d], sizeof(x));
	for (; i > 0 && o->pieces[d][i - 1].off > x.off; i--)
		o->pieces[d][i] = o->pieces[d][i - 1];
	o->pieces[d][i] = x;
	o->n[d]++;
}

static void
on_data(void *ctx, void *handle, const struct chunk *c)
{
	struct ours *o = handle;

	o->bytes[c->dir] += (int64_t)c->bytes.n;
	add_piece(ctx, o, c);
}

static bool
take_late(void *ctx, void *handle, const struct chunk *c)
{
	struct ours *o = handle;

	o->late[c->dir] += (int64_t)c->bytes.n;
	on_data(ctx, handle, c);
	return true;
}

static void
on_turn(void *ctx, void *handle, const struct chunk *c)
{
	struct ours *o = handle;
	struct ours_turn *last =
	    o->n_turns > 0 ? &o->turns[o->n_turns - 1] : NULL;
	struct ours_turn t = { (int64_t)c->off, (int64_t)c->bytes.n, c->dir };

	(void)ctx;
	if (o->spoken != NULL)
		spoken_turn(o->spoken, c);
	if (last != NULL && last->dir == t.dir &&
	    last->off + last->len == t.off) {
		last->len += t.len;
		return;
	}
	o->turns = room_for_one(o->turns, o->n_turns, &o->cap_turns, sizeof(t));
	o->turns[o->n_turns++] = t;
}

/* What is missing is no evidence. */
static void
on_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	(void)ctx;
	(void)handle;
	(void)dir;
	(void)g;
}

static void
on_turn_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	struct ours *o = handle;

	(void)ctx;
	if (o->spoken != NULL)
		spoken_gap(o->spoken, dir, g);
}

static void
on_settle(void *ctx, void *handle)
{
	(void)ctx;
	(void)handle;
}

static void
on_close(void *ctx, void *handle, const struct session *s)
{
	struct ours_list *l = ctx;
	struct ours *o = handle != NULL ? handle : on_open(ctx, s);

	if (o->spoken != NULL)
		spoken_close(o->spoken);
	o->number = s->number;
	o->client = s->client;
	o->server = s->server;
	o->first_packet = (int64_t)s->first_packet;
	o->last_packet = (int64_t)s->last_packet;
	l->v = room_for_one(l->v, l->n, &l->cap, sizeof(*l->v));
	l->v[l->n++] = o;
}

struct events
ours_events(struct ours_list *l)
{
	return (struct events){ .ctx = l,
		.wants_turns = true,
		.session_cost = SESSION_COST,
		.open = on_open,
		.data = on_data,
		.gap = on_gap,
		.late = take_late,
		.turn = on_turn,
		.turn_gap = on_turn_gap,
		.settle = on_settle,
		.close = on_close };
}

static int
by_pair(const void *a, const void *b)
{
	const struct ours *x = *(struct ours *const *)a;
	const struct ours *y = *(struct ours *const *)b;

	if (x->pair != y->pair)
		return x->pair < y->pair ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

void
ours_sort(struct ours_list *l)
{
	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), by_pair);
}

size_t
ours_first(const struct ours_list *l, size_t pair)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->v[middle]->pair < pair)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
ours_free(struct ours_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i]->pieces[0]);
		free(l->v[i]->pieces[1]);
		free(l->v[i]->turns);
		spoken_free(l->v[i]->spoken);
		free(l->v[i]);
	}
	free(l->v);
}
