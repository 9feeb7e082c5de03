/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* print.c: what standard output gets of a session, in one piece. */
#include "sinks/print.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* Below so much memory, sessions that have ended stay there. */
#define MEMORY_EASY ((size_t)4 << 20)

/* The turns wait as a heading each, with the bytes behind it. */
struct print {
	struct sink_session *ss;
	const struct sink *shown;
	void *st; /* of shown; NULL while the turns wait */
	struct spill_log turns;
};

/* len: of the bytes that follow, or of the hole. */
struct heading {
	uint64_t off;
	uint64_t len;
	uint64_t packet;
	int64_t ts_ns;
	uint32_t reason; /* of a hole: enum gap_reason */
	uint8_t is_gap;
	uint8_t dir;
	uint8_t concurrent;
	uint8_t unused;
};

static void
show(struct print *p, const struct session *s)
{
	p->st = xcalloc(1, p->shown->size);
	p->shown->open(p->st, p->ss, s);
}

static void
print_open(struct print *p, struct sink_session *ss, const struct session *s,
    const struct sink *shown)
{
	p->ss = ss;
	p->shown = shown;
	p->turns.fixed = true;
	if (ss->env->console->at_once)
		show(p, s);
}

static void
print_turn(void *st, const struct chunk *c)
{
	struct print *p = st;
	struct heading h = {
		.off = c->off,
		.len = c->bytes.n,
		.packet = c->packet,
		.ts_ns = c->ts_ns,
		.dir = (uint8_t)c->dir,
		.concurrent = c->concurrent,
	};

	if (p->st != NULL) {
		p->shown->turn(p->st, c);
		return;
	}
	spill_log_put(p->ss->env->keep, &p->turns, &h, sizeof h);
	spill_log_put(p->ss->env->keep, &p->turns, c->bytes.p, c->bytes.n);
}

static void
print_gap(void *st, int dir, const struct gap *g)
{
	struct print *p = st;
	struct heading h = {
		.off = g->off,
		.len = g->len,
		.reason = (uint32_t)g->reason,
		.is_gap = true,
		.dir = (uint8_t)dir,
	};

	if (p->st != NULL)
		p->shown->turn_gap(p->st, dir, g);
	else
		spill_log_put(p->ss->env->keep, &p->turns, &h, sizeof h);
}

static void
print_settle(void *st)
{
	struct print *p = st;
	struct spill *k = p->ss->env->keep;

	if (spill_memory(k) > MEMORY_EASY && p->turns.size > 0)
		spill_log_settle(k, &p->turns);
}

/* The turns on their way out.  What is not in one block is put together. */
struct replay {
	struct print *print;
	struct heading heading;
	size_t n_heading; /* bytes of it that are there */
	struct buf bytes;
};

static void
show_chunk(struct replay *r, struct slice bytes)
{
	const struct heading *h = &r->heading;
	struct print *p = r->print;
	struct chunk c = {
		.dir = h->dir,
		.concurrent = h->concurrent != 0,
		.off = h->off,
		.bytes = bytes,
		.packet = h->packet,
		.ts_ns = h->ts_ns,
	};

	p->shown->turn(p->st, &c);
	r->n_heading = 0;
	buf_reset(&r->bytes);
}

static void
show_gap(struct replay *r)
{
	const struct heading *h = &r->heading;
	struct print *p = r->print;
	struct gap g = {
		.off = h->off,
		.len = h->len,
		.reason = h->reason < GAP_MEMORY ? (enum gap_reason)h->reason :
						   GAP_MEMORY,
	};

	p->shown->turn_gap(p->st, h->dir, &g);
}

static void
take_heading(struct replay *r, struct cur *c)
{
	struct heading *h = &r->heading;
	size_t n = sizeof *h - r->n_heading;

	if (n > cur_left(c))
		n = cur_left(c);
	memcpy((uint8_t *)h + r->n_heading, c->pos, n);
	cur_skip(c, n);
	r->n_heading += n;
	if (r->n_heading < sizeof *h)
		return;
	/* Where the scratch file has failed, zeros are read and any bytes may
	 * pass for a heading. */
	h->dir &= 1;
	if (h->is_gap)
		show_gap(r);
	if (h->is_gap || h->len == 0)
		r->n_heading = 0;
}

static void
take_bytes(struct replay *r, struct cur *c)
{
	uint64_t want = r->heading.len - r->bytes.n;
	struct slice s;

	if (r->bytes.n == 0 && want <= cur_left(c) &&
	    cur_take(c, (size_t)want, &s)) {
		show_chunk(r, s);
		return;
	}
	if (want > cur_left(c))
		want = cur_left(c);
	buf_put(&r->bytes, c->pos, (size_t)want);
	cur_skip(c, (size_t)want);
	if (r->bytes.n == r->heading.len)
		show_chunk(r, (struct slice){ r->bytes.p, r->bytes.n });
}

static void
take_block(void *arg, struct slice bytes)
{
	struct replay *r = arg;
	struct cur c = cur_of(bytes.p, bytes.n);

	while (cur_left(&c) > 0)
		if (r->n_heading < sizeof r->heading)
			take_heading(r, &c);
		else
			take_bytes(r, &c);
}

static void
print_close(void *st, const struct session *s)
{
	struct print *p = st;
	struct replay r = { .print = p };

	if (p->st == NULL && !p->ss->unwanted) {
		show(p, s);
		spill_log_read(p->ss->env->keep, &p->turns, 0, take_block, &r);
	}
	if (p->st != NULL)
		p->shown->close(p->st, s);
	buf_free(&r.bytes);
	spill_log_free(p->ss->env->keep, &p->turns);
	free(p->st);
}

static void
open_text(void *st, struct sink_session *ss, const struct session *s)
{
	print_open(st, ss, s, &shown_text);
}

static void
open_hex(void *st, struct sink_session *ss, const struct session *s)
{
	print_open(st, ss, s, &shown_hex);
}

static void
open_json(void *st, struct sink_session *ss, const struct session *s)
{
	print_open(st, ss, s, &shown_json);
}

const struct sink sink_print_text = {
	.name = "print",
	.size = sizeof(struct print),
	.cost = SINK_COST,
	.wants_turns = true,
	.open = open_text,
	.turn = print_turn,
	.turn_gap = print_gap,
	.settle = print_settle,
	.close = print_close,
};

const struct sink sink_print_hex = {
	.name = "print",
	.size = sizeof(struct print),
	.cost = SINK_COST,
	.wants_turns = true,
	.open = open_hex,
	.turn = print_turn,
	.turn_gap = print_gap,
	.settle = print_settle,
	.close = print_close,
};

const struct sink sink_print_json = {
	.name = "print",
	.size = sizeof(struct print),
	.cost = SINK_COST,
	.wants_turns = true,
	.open = open_json,
	.turn = print_turn,
	.turn_gap = print_gap,
	.settle = print_settle,
	.close = print_close,
};
