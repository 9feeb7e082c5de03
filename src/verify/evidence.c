/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* evidence.c: sequence numbers become positions. */
#include "verify/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

static void
put_block(void *arg, struct slice bytes)
{
	buf_put(arg, bytes.p, bytes.n);
}

void
case_read(struct spill *keep, const struct spill_log *s, struct buf *out)
{
	/* At once, so that the buffer does not move again and again. */
	buf_room(out, (size_t)s->size + 1);
	spill_log_read(keep, s, 0, put_block, out);
}

static bool
is_of(const struct ours *o, const struct wire_segment *g)
{
	return g->packet >= o->first_packet && g->packet <= o->last_packet;
}

/* The index of the endpoint that sends dir. */
static uint8_t
sender(const struct wire_pair *p, const struct ours *o, int dir)
{
	return !endpoint_equal(&p->ep[0], dir == 0 ? &o->client : &o->server);
}

static int
by_packet(const void *a, const void *b)
{
	const struct ours_piece *x = a, *y = b;

	return x->packet < y->packet ? -1 : x->packet > y->packet;
}

static const struct ours_piece *
find_piece(const struct ours_piece *v, size_t n, uint64_t packet)
{
	struct ours_piece key = { .packet = packet };

	return n == 0 ? NULL : bsearch(&key, v, n, sizeof(*v), by_packet);
}

/* The sequence number of position 0, as the segment that brought the first
 * bytes shows it. */
static bool
base_from_data(const struct pair_job *job, const struct ours *o, int dir,
    struct slice ours, uint32_t *base)
{
	const struct ours_side *s = &o->side[dir];
	uint8_t from = sender(job->pair, o, dir);

	for (size_t i = 0; i < job->pair->n && s->n_pieces > 0; i++) {
		const struct wire_segment *g = &job->pair->v[i];
		const struct ours_piece *first = &s->pieces[0];

		if (g->packet != first->packet || g->from != from ||
		    g->n < first->len)
			continue;
		struct slice b = spill_block_get(job->keep, g->bytes);
		size_t n = (size_t)first->len;

		for (size_t k = 0; k + n <= g->n; k++) {
			if (memcmp(b.p + k, ours.p, n) != 0)
				continue;
			*base = g->seq + !!(g->flags & TCP_SYN) + (uint32_t)k -
			    (uint32_t)first->off;
			return true;
		}
	}
	return false;
}

/* Without bytes of ours: from a SYN, or the lowest number. */
static uint32_t
base_from_flags(const struct pair_job *job, const struct ours *o, int dir)
{
	uint8_t from = sender(job->pair, o, dir);
	uint32_t base = 0;
	bool any = false;

	for (size_t i = 0; i < job->pair->n; i++) {
		const struct wire_segment *g = &job->pair->v[i];

		if (g->from != from || !is_of(o, g))
			continue;
		if (g->flags & TCP_SYN)
			return g->seq + 1;
		if (!any || (int32_t)(g->seq - base) < 0)
			base = g->seq;
		any = true;
	}
	return base;
}

/* The position nearest to reference that has this distance modulo 2^32. */
static int64_t
near(uint32_t distance, int64_t reference)
{
	return reference + (int32_t)(distance - (uint32_t)reference);
}

/* The other direction's number of position 0, for acknowledgements. */
static uint32_t
base_of(const struct pair_job *job, const struct ours *o, int dir)
{
	struct buf bytes = { 0 };
	uint32_t base;

	if (o->side[dir].n_pieces > 0)
		case_read(job->keep, &o->side[dir].bytes, &bytes);
	if (!base_from_data(job, o, dir, (struct slice){ bytes.p, bytes.n },
		&base))
		base = base_from_flags(job, o, dir);
	buf_free(&bytes);
	return base;
}

static struct copy
make_copy(const struct wire_segment *g, const struct ours *o, int64_t pos,
    uint32_t *taken)
{
	return (struct copy){
		.pos = pos,
		.n = g->n,
		.len = g->len,
		.extra = g->extra,
		.ack = INT64_MAX,
		.packet = g->packet,
		.marks = g->marks,
		.flags = g->flags,
		.foreign = !is_of(o, g),
		.taken = taken,
	};
}

static int
by_position(const void *a, const void *b)
{
	const struct copy *x = a, *y = b;

	if (x->pos != y->pos)
		return x->pos < y->pos ? -1 : 1;
	return x->packet < y->packet ? -1 : x->packet > y->packet;
}

/* What follows a FIN in our bytes follows it at once: its number is none of
 * a byte.  Copies that we have are put where our bytes are. */
static void
leave_out_fin(struct case_file *c)
{
	int64_t fin = INT64_MAX;

	for (size_t i = 0; i < c->e.n_copies; i++) {
		const struct copy *x = &c->e.copies[i];

		if ((x->flags & TCP_FIN) && !x->foreign &&
		    x->pos + (int64_t)x->len < fin)
			fin = x->pos + (int64_t)x->len;
	}
	c->e.fin = fin;
	for (size_t i = 0; i < c->e.n_copies; i++) {
		struct copy *x = &c->e.copies[i];

		if (x->pos > fin && x->n > 0 && !x->foreign && fin != INT64_MAX)
			x->pos--;
	}
}

/* Where a sender's segments lie, as they are gone through. */
struct course {
	struct ours_piece *pieces; /* of ours, by packet */
	size_t n;
	uint32_t other; /* the other direction's base */
	int64_t here;
	int64_t there;
};

static void
add_copy(struct case_file *c, const struct pair_job *job, const struct ours *o,
    struct course *t, const struct wire_segment *g, uint32_t *taken)
{
	const struct ours_piece *known = find_piece(t->pieces, t->n, g->packet);
	struct copy *x = &c->e.copies[c->e.n_copies++];
	uint64_t span = (uint64_t)g->n + g->extra;

	if (known != NULL)
		t->here = (int64_t)known->off;
	*x = make_copy(g, o,
	    near(g->seq + !!(g->flags & TCP_SYN) - c->base, t->here), taken);
	if (g->flags & TCP_ACK)
		x->ack = t->there = near(g->ack - t->other, t->there);
	if (g->bytes != NULL) {
		struct slice b = spill_block_get(job->keep, g->bytes);

		x->bytes = c->copies.p + c->copies.n;
		buf_put(&c->copies, b.p, b.n);
	}
	if (span < g->len)
		span = g->len;
	if (span > c->e.longest)
		c->e.longest = span;
}

/* Lays out the segments of one sender. */
static void
add_copies(struct case_file *c, const struct pair_job *job,
    const struct ours *o, int dir, uint32_t *taken)
{
	const struct wire_pair *p = job->pair;
	const struct ours_side *s = &o->side[dir];
	struct course t = { .n = s->n_pieces, .other = base_of(job, o, !dir) };
	size_t room = 0;

	t.pieces = xcalloc(t.n + 1, sizeof(*t.pieces));
	if (t.n > 0)
		memcpy(t.pieces, s->pieces, t.n * sizeof(*t.pieces));
	qsort(t.pieces, t.n, sizeof(*t.pieces), by_packet);
	c->e.copies = xcalloc(p->n + 1, sizeof(*c->e.copies));
	for (size_t i = 0; i < p->n; i++)
		room += (size_t)p->v[i].n + p->v[i].extra;
	/* At once: the copies point into it. */
	buf_room(&c->copies, room + 1);
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].from == sender(p, o, dir))
			add_copy(c, job, o, &t, &p->v[i], &taken[i]);
	leave_out_fin(c);
	qsort(c->e.copies, c->e.n_copies, sizeof(*c->e.copies), by_position);
	free(t.pieces);
}

static void
add_stretches(struct case_file *c, const struct ours_side *s)
{
	const uint8_t *at = c->ours.p;
	size_t n = 0;

	c->stretches = xcalloc(s->n_pieces + 1, sizeof(*c->stretches));
	for (size_t i = 0; i < s->n_pieces; i++) {
		const struct ours_piece *p = &s->pieces[i];
		struct stretch *last = n > 0 ? &c->stretches[n - 1] : NULL;

		if (last != NULL &&
		    last->pos + (int64_t)last->bytes.n == (int64_t)p->off)
			last->bytes.n += (size_t)p->len;
		else
			c->stretches[n++] = (struct stretch){ (int64_t)p->off,
				{ at, (size_t)p->len } };
		at += p->len;
	}
	c->e.ours = c->stretches;
	c->e.n_ours = n;
}

/* The highest position that the other side acknowledged. */
static int64_t
acked_of(const struct case_file *c, const struct pair_job *job,
    const struct ours *o, uint8_t from)
{
	int64_t acked = INT64_MIN, here = 0;

	for (size_t k = 0; k < job->pair->n; k++) {
		const struct wire_segment *g = &job->pair->v[k];

		if (g->from == from || !is_of(o, g) || !(g->flags & TCP_ACK))
			continue;
		here = near(g->ack - c->base, here);
		if (here > acked)
			acked = here;
	}
	return acked;
}

static void
add_course(struct case_file *c, const struct pair_job *job, size_t i, int dir)
{
	const struct ours *o = job->sessions[i];
	uint8_t from = sender(job->pair, o, dir);
	const struct wire_segment *syn[2] = { NULL, NULL };

	for (size_t k = 0; k < job->pair->n; k++) {
		const struct wire_segment *g = &job->pair->v[k];

		if (!is_of(o, g))
			continue;
		if ((g->flags & TCP_SYN) && syn[g->from] == NULL)
			syn[g->from] = g;
		if ((g->flags & TCP_SYN) && syn[g->from]->seq != g->seq &&
		    c->e.again == 0)
			c->e.again = g->packet;
		if ((g->flags & (TCP_FIN | TCP_RST)) && c->e.ended_at == 0)
			c->e.ended_at = g->packet;
		if ((g->flags & TCP_SYN) && g->from == from)
			c->e.opened = true;
	}
	c->e.acked = acked_of(c, job, o, from);
	c->e.busy = i > 0 && job->sessions[i - 1]->close != CLOSE_FIN;
}

/* tshark knows of no stream in any packet of the session. */
static bool
is_unseen(const struct pair_job *job, const struct ours *o)
{
	const struct peer *p = job->peer;

	if (job->program != PEER_TSHARK)
		return false;
	for (size_t i = 0; i < job->pair->n; i++) {
		uint64_t packet = job->pair->v[i].packet;

		if (!is_of(o, &job->pair->v[i]))
			continue;
		if (packet > p->listed)
			return false;

		size_t low = 0, high = p->n_frames;

		while (low < high) {
			size_t mid = low + (high - low) / 2;

			if (p->frames[mid].packet < packet)
				low = mid + 1;
			else
				high = mid;
		}
		if (low < p->n_frames && p->frames[low].packet == packet)
			return false;
	}
	return true;
}

void
case_open(struct case_file *c, const struct pair_job *job, size_t i, int dir,
    uint32_t *taken)
{
	const struct ours *o = job->sessions[i];
	const struct ours_side *s = &o->side[dir];

	*c = (struct case_file){ .e.peer = job->program };
	case_read(job->keep, &s->bytes, &c->ours);
	if (!base_from_data(job, o, dir, (struct slice){ c->ours.p, c->ours.n },
		&c->base))
		c->base = base_from_flags(job, o, dir);
	add_stretches(c, s);
	add_copies(c, job, o, dir, taken);
	add_course(c, job, i, dir);
	c->e.gaps = s->gaps;
	c->e.n_gaps = s->n_gaps;
	c->e.late = s->late > 0;
	c->e.wild = s->out_of_window > 0;
	c->e.unseen = is_unseen(job, o);
}

void
case_close(struct case_file *c)
{
	buf_free(&c->ours);
	buf_free(&c->copies);
	free(c->stretches);
	free(c->e.copies);
}
