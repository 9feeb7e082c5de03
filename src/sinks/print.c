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
	struct spool turns;
};

struct heading {
	bool is_gap;
	struct chunk chunk; /* its bytes.n alone; of a gap, its direction */
	struct gap gap;
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
	if (ss->env->console->at_once)
		show(p, s);
}

static void
print_turn(void *st, const struct chunk *c)
{
	struct print *p = st;
	struct heading h = { .chunk = *c };

	if (p->st != NULL) {
		p->shown->turn(p->st, c);
		return;
	}
	spool_put(p->ss->env->keep, &p->turns, &h, sizeof h);
	spool_put(p->ss->env->keep, &p->turns, c->bytes.p, c->bytes.n);
}

static void
print_gap(void *st, int dir, const struct gap *g)
{
	struct print *p = st;
	struct heading h = { .is_gap = true, .chunk.dir = dir, .gap = *g };

	if (p->st != NULL)
		p->shown->turn_gap(p->st, dir, g);
	else
		spool_put(p->ss->env->keep, &p->turns, &h, sizeof h);
}

static void
print_settle(void *st)
{
	struct print *p = st;
	struct keep *k = p->ss->env->keep;

	if (keep_memory(k) > MEMORY_EASY && p->turns.size > 0)
		spool_settle(k, &p->turns);
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
	struct print *p = r->print;

	r->heading.chunk.bytes = bytes;
	p->shown->turn(p->st, &r->heading.chunk);
	r->n_heading = 0;
	buf_reset(&r->bytes);
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
	/* Where the scratch file has failed, zeros are read. */
	h->chunk.dir &= 1;
	if (h->is_gap)
		r->print->shown->turn_gap(r->print->st, h->chunk.dir, &h->gap);
	if (h->is_gap || h->chunk.bytes.n == 0)
		r->n_heading = 0;
}

static void
take_bytes(struct replay *r, struct cur *c)
{
	size_t want = r->heading.chunk.bytes.n - r->bytes.n;
	struct slice s;

	if (r->bytes.n == 0 && cur_take(c, want, &s)) {
		show_chunk(r, s);
		return;
	}
	if (want > cur_left(c))
		want = cur_left(c);
	buf_put(&r->bytes, c->pos, want);
	cur_skip(c, want);
	if (r->bytes.n == r->heading.chunk.bytes.n)
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
		spool_read(p->ss->env->keep, &p->turns, 0, take_block, &r);
	}
	if (p->st != NULL)
		p->shown->close(p->st, s);
	buf_free(&r.bytes);
	spool_free(p->ss->env->keep, &p->turns);
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
