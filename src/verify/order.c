/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * order.c: two orders of the same bytes.
 *
 * A byte cannot have been written with less knowledge than the ACK number says
 * that is sent with it or with any byte behind it: its floor.  So an order is
 * impossible when bytes of the other side below that number come later in it.
 * What both orders allow crossed on the way.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "verify/verdict.h"

/* Bytes of one direction in turn, on the lines of the pair. */
struct stretch {
	int64_t pos;
	int64_t end;
	int dir;
};

struct side_turns {
	struct stretch *v;
	size_t n;
	int64_t sum[2]; /* bytes by direction */
};

/* The floor of bytes up to end; sorted by end. */
struct floor {
	int64_t end;
	int64_t ack;
};

static int
by_end(const void *a, const void *b)
{
	const struct floor *x = a, *y = b;

	return x->end < y->end ? -1 : x->end > y->end;
}

/* The caller frees. */
static struct floor *
floors_of(const struct frame_pair *p, const struct ours *o, int dir)
{
	struct floor *v = xcalloc(o->n[dir] + 1, sizeof(*v));

	for (size_t i = 0; i < o->n[dir]; i++) {
		const struct ours_piece *x = &o->pieces[dir][i];
		bool known = x->frame != FRAME_NONE;

		v[i].ack = known ? p->v[x->frame].ack : FRAME_NO_ACK;
		v[i].end =
		    known ? p->v[x->frame].pos + x->at + x->len : INT64_MIN;
	}
	qsort(v, o->n[dir], sizeof(*v), by_end);
	for (size_t i = o->n[dir]; i-- > 1;)
		if (v[i].ack < v[i - 1].ack)
			v[i - 1].ack = v[i].ack;
	return v;
}

/* The first stretch that comes too early, or n. */
static size_t
first_impossible(const struct side_turns *t, const struct ours *o,
    struct floor *floors[2])
{
	int64_t later[2] = { INT64_MAX, INT64_MAX };
	size_t found = t->n;

	for (size_t i = t->n; i-- > 0;) {
		const struct stretch *x = &t->v[i];
		size_t k = first_above(&floors[x->dir]->end, o->n[x->dir],
		    sizeof(struct floor), x->end - 1);

		if (k < o->n[x->dir] && later[!x->dir] < floors[x->dir][k].ack)
			found = i;
		if (x->pos < later[x->dir])
			later[x->dir] = x->pos;
	}
	return found;
}

static void
add_turn(struct side_turns *t, int dir, int64_t pos, int64_t len)
{
	struct stretch *last = t->n > 0 ? &t->v[t->n - 1] : NULL;

	t->sum[dir] += len;
	if (last != NULL && last->dir == dir && last->end == pos)
		last->end += len;
	else
		t->v[t->n++] = (struct stretch){ pos, pos + len, dir };
}

static void
compare(const struct pair_job *job, const struct ours *o,
    const struct side_turns *mine, const struct side_turns *theirs,
    struct finding f[2])
{
	struct floor *floors[2] = { floors_of(job->pair, o, 0),
		floors_of(job->pair, o, 1) };
	size_t bad = first_impossible(mine, o, floors);
	size_t wrong = first_impossible(theirs, o, floors);
	size_t n = mine->n < theirs->n ? mine->n : theirs->n, at = 0;
	const struct stretch *t = NULL;
	enum reason why = REASON_UNKNOWN;

	while (at < n && mine->v[at].dir == theirs->v[at].dir &&
	    mine->v[at].pos == theirs->v[at].pos &&
	    mine->v[at].end == theirs->v[at].end)
		at++;
	if (bad < mine->n) {
		t = &mine->v[bad];
	} else if (wrong < theirs->n) {
		t = &theirs->v[wrong];
		why = REASON_ORDER_CAUSE;
	} else if (at < n && mine->sum[0] == theirs->sum[0] &&
	    mine->sum[1] == theirs->sum[1]) {
		t = &mine->v[at];
		why = REASON_ORDER_CROSSED;
	}
	if (t != NULL && at < (mine->n > theirs->n ? mine->n : theirs->n))
		finding_add(&f[t->dir],
		    ours_offset(job->pair, o, t->dir, t->pos), why);
	free(floors[0]);
	free(floors[1]);
}

void
verdict_order(const struct pair_job *job, const struct ours *o,
    const struct peer_stream *s, struct finding f[2])
{
	struct side_turns mine = { xcalloc(o->n_turns + 1, sizeof(*mine.v)), 0,
		{ 0 } };
	struct side_turns theirs = { xcalloc(s->n + 1, sizeof(*theirs.v)), 0,
		{ 0 } };

	for (size_t i = 0; i < o->n_turns; i++)
		add_turn(&mine, o->turns[i].dir,
		    ours_position(job->pair, o, o->turns[i].dir,
			o->turns[i].off),
		    o->turns[i].len);
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].kind == PART_BYTES)
			add_turn(&theirs, ours_direction(o, s->v[i].from),
			    s->v[i].pos, s->v[i].len);
	compare(job, o, &mine, &theirs, f);
	free(mine.v);
	free(theirs.v);
}
