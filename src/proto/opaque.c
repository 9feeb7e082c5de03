/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* opaque.c: turns that nobody reads, and those that are in the clear. */
#include "proto/opaque.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "proto/ssh_packets.h"

/* So many bytes tell whether something begins with them. */
#define LOOK HTTP2_PREFACE
/* A server may say other lines before it identifies itself (RFC 4253, 4.2);
 * in so many of its first bytes that is looked for. */
#define LINES_MAX 1024
/* Of a line so many bytes tell whether it identifies. */
#define LINE_LOOK 9

_Static_assert(LOOK > TLS_HEADER && LOOK >= SSH_HEADER, "enough for all");

enum side_kind { SIDE_CLEAR, SIDE_TLS, SIDE_SSH };

/* Where a side is in its first lines. */
enum lines_state {
	LINES_BEGIN,  /* of a line */
	LINES_SKIP,   /* the rest of one that says nothing */
	LINES_SSH,    /* the rest of an identification */
	LINES_BEHIND, /* an identification: packets may begin */
	LINES_OVER,
};

/* In so many of its first bytes a side whose beginning was not captured may turn
 * out to be TLS. */
#define MIDSTREAM ((uint64_t)64 << 10)

/* What waits, and where each piece of it came from. */
struct opaque_waiting {
	struct buf bytes;
	struct buf from; /* of struct chunk */
	bool whole;	 /* all of it is a record without a hello */
};

struct opaque_side {
	enum side_kind kind;
	enum lines_state lines;
	uint8_t line[LINE_LOOK];
	uint8_t n_line;
	uint16_t n_lines; /* bytes of all lines */
	bool speaks;	  /* its peer has said nothing since */
	struct tls_records *tls;
	struct ssh_packets ssh;
	struct opaque_waiting *waiting; /* NULL: nothing */
};

struct opaque {
	const struct opaque_events *events;
	void *owner;
	struct tls_facts *facts; /* NULL: no TLS was seen */
	struct opaque_side side[2];
};

struct opaque *
opaque_new(const struct opaque_events *events, void *owner)
{
	struct opaque *o = xcalloc(1, sizeof *o);

	o->events = events;
	o->owner = owner;
	return o;
}

static void
free_waiting(struct opaque_waiting *w)
{
	if (w == NULL)
		return;
	buf_free(&w->bytes);
	buf_free(&w->from);
	free(w);
}

void
opaque_free(struct opaque *o)
{
	if (o == NULL)
		return;
	for (int dir = 0; dir < 2; dir++) {
		tls_records_free(o->side[dir].tls);
		free_waiting(o->side[dir].waiting);
	}
	if (o->facts != NULL)
		tls_facts_fini(o->facts);
	free(o->facts);
	free(o);
}

size_t
opaque_memory(const struct opaque *o)
{
	size_t n = sizeof *o;

	if (o->facts != NULL)
		n += sizeof *o->facts + tls_facts_memory(o->facts);
	for (int dir = 0; dir < 2; dir++) {
		if (o->side[dir].tls != NULL)
			n += tls_records_memory(o->side[dir].tls);
		if (o->side[dir].waiting != NULL)
			n += sizeof *o->side[dir].waiting +
			    o->side[dir].waiting->bytes.cap +
			    o->side[dir].waiting->from.cap;
	}
	return n;
}

/* ------------------------------------------------------------- what begins */

enum look {
	LOOK_CLEAR,
	LOOK_PERHAPS,
	LOOK_TLS,
	LOOK_MIDSTREAM, /* TLS whose hellos were not captured, */
	LOOK_LOST,	/* ... nor where its first record begins */
	LOOK_SSH,
	LOOK_CLIENT, /* HTTP/2's preface, */
	LOOK_SERVER, /* ... and what a server begins with */
};

static enum look
look_for_http2(struct slice in, bool first)
{
	static const enum look looks[] = {
		[HTTP2_NOT] = LOOK_CLEAR,
		[HTTP2_PERHAPS] = LOOK_PERHAPS,
		[HTTP2_CLIENT] = LOOK_CLIENT,
		[HTTP2_SERVER] = LOOK_SERVER,
	};

	return looks[http2_begins(in, first)];
}

/* What in begins with; first: so does all that its side says.  Where a packet
 * ends says nothing: HTTP/2 begins where a side begins to speak. */
static enum look
opaque_look(const struct opaque *o, int dir, struct slice in, bool first)
{
	if (o->side[dir].lines == LINES_BEHIND && ssh_begins(in))
		return in.n < SSH_HEADER ? LOOK_PERHAPS : LOOK_SSH;
	switch (tls_begins(in, o->side[!dir].kind == SIDE_TLS)) {
	case TLS_BEGINS:
		return LOOK_TLS;
	case TLS_PERHAPS:
		return LOOK_PERHAPS;
	default:
		return o->side[dir].speaks && o->side[dir].waiting == NULL ?
		    LOOK_CLEAR :
		    look_for_http2(in, first);
	}
}

static void
opaque_become(struct opaque *o, int dir, enum look what)
{
	struct opaque_side *s = &o->side[dir];

	if (what == LOOK_SSH) {
		s->kind = SIDE_SSH;
	} else if (what == LOOK_TLS || what == LOOK_MIDSTREAM ||
	    what == LOOK_LOST) {
		s->kind = SIDE_TLS;
		if (o->facts == NULL)
			o->facts = xcalloc(1, sizeof *o->facts);
		s->tls = tls_records_new(o->facts);
		if (what != LOOK_TLS)
			tls_records_midstream(s->tls, what == LOOK_LOST);
	} else if (what == LOOK_CLIENT || what == LOOK_SERVER) {
		o->events->http2(o->owner, dir,
		    what == LOOK_CLIENT ? HTTP2_CLIENT : HTTP2_SERVER);
	} else if (s->lines == LINES_BEHIND) {
		s->lines = LINES_OVER;
	}
}

/* The beginning of a line has come as far as it has; what follows from it. */
static enum lines_state
judge_line(const struct opaque_side *s, int dir)
{
	if (ssh_identifies((struct slice){ s->line, s->n_line }))
		return s->n_line < LINE_LOOK ? LINES_BEGIN : LINES_SSH;
	return dir == 1 ? LINES_SKIP : LINES_OVER;
}

/* Reads lines in the clear; returns behind how many bytes of in the packets of
 * SSH may begin. */
static size_t
read_lines(struct opaque_side *s, int dir, struct slice in)
{
	size_t n = 0;

	while (n < in.n && s->lines < LINES_BEHIND) {
		uint8_t c = in.p[n++];

		if (++s->n_lines > LINES_MAX)
			s->lines = LINES_OVER;
		else if (c == '\n' && s->lines == LINES_SSH)
			s->lines = LINES_BEHIND;
		else if (c == '\n')
			s->lines = dir == 1 ? LINES_BEGIN : LINES_OVER;
		else if (s->lines == LINES_BEGIN) {
			s->line[s->n_line++] = c;
			s->lines = judge_line(s, dir);
		}
		if (s->lines != LINES_BEGIN || c == '\n')
			s->n_line = 0;
	}
	return s->lines == LINES_BEHIND ? n : in.n;
}

/* --------------------------------------------------------------- telling it */

/* The piece of a turn from byte `from` on, n bytes of it. */
static struct chunk
piece_of(const struct chunk *c, size_t from, size_t n)
{
	struct chunk piece = *c;

	piece.off += from;
	piece.bytes = (struct slice){ c->bytes.p + from, n };
	return piece;
}

static void
tell_opaque(struct opaque *o, const struct chunk *c)
{
	struct opaque_side *s = &o->side[c->dir];

	for (size_t done = 0; done < c->bytes.n;) {
		struct slice in = { c->bytes.p + done, c->bytes.n - done };
		struct opaque_piece what = s->kind == SIDE_TLS ?
		    tls_records_take(s->tls, in) :
		    ssh_packets_take(&s->ssh, in);
		struct chunk piece = piece_of(c, done, what.n);

		o->events->opaque(o->owner, &piece, &what);
		done += what.n;
	}
}

/* Of the kind that the side has now. */
static void
tell(struct opaque *o, const struct chunk *c)
{
	if (o->side[c->dir].kind == SIDE_CLEAR)
		o->events->clear(o->owner, c);
	else
		tell_opaque(o, c);
}

static void
tell_waiting(struct opaque *o, int dir)
{
	struct opaque_waiting *w = o->side[dir].waiting;
	struct cur c;
	struct slice one;

	if (w == NULL)
		return;
	o->side[dir].waiting = NULL;
	c = cur_of(w->from.p, w->from.n);
	for (size_t at = 0; cur_take(&c, sizeof(struct chunk), &one);) {
		struct chunk from;

		memcpy(&from, one.p, sizeof from);
		from.bytes.p = w->bytes.p + at;
		at += from.bytes.n;
		tell(o, &from);
	}
	free_waiting(w);
}

/* What waits on a side is what it is by itself. */
static void
opaque_give_up(struct opaque *o, int dir)
{
	const struct opaque_waiting *w = o->side[dir].waiting;

	if (w == NULL)
		return;
	opaque_become(o, dir, w->whole ? LOOK_MIDSTREAM : LOOK_CLEAR);
	tell_waiting(o, dir);
}

static void
wait_for_more(struct opaque_side *s, const struct chunk *c)
{
	struct opaque_waiting *w = s->waiting;

	if (w == NULL)
		s->waiting = w = xcalloc(1, sizeof *w);
	buf_put(&w->bytes, c->bytes.p, c->bytes.n);
	buf_put(&w->from, c, sizeof *c);
	(void)tls_chains((struct slice){ w->bytes.p, w->bytes.n }, &w->whole);
}

/* Whether a side's first bytes are records without a hello. */
static enum look
look_for_records(const struct opaque *o, const struct chunk *c,
    struct slice all)
{
	bool whole;

	if (o->side[c->dir].lines != LINES_BEGIN || c->off >= MIDSTREAM)
		return LOOK_CLEAR;
	if (o->facts != NULL)
		return o->facts->midstream ? LOOK_LOST : LOOK_CLEAR;
	switch (tls_chains(all, &whole)) {
	case TLS_BEGINS:
		return LOOK_MIDSTREAM;
	case TLS_PERHAPS:
		return LOOK_PERHAPS;
	default:
		return LOOK_CLEAR;
	}
}

/* What the turn begins with, behind what waits. */
static enum look
look_at_all(const struct opaque *o, const struct chunk *c)
{
	const struct opaque_waiting *w = o->side[c->dir].waiting;
	struct buf both = { 0 };
	struct slice all = c->bytes;
	bool first = c->off == 0;
	enum look what;

	if (w != NULL) {
		first = c->off == w->bytes.n;
		buf_put(&both, w->bytes.p, w->bytes.n);
		buf_put(&both, c->bytes.p, c->bytes.n);
		all = (struct slice){ both.p, both.n };
	}
	what = opaque_look(o, c->dir, all, first);
	if (what == LOOK_CLEAR)
		what = look_for_records(o, c, all);
	buf_free(&both);
	return what;
}

/* Tells what of *c is in the clear before packets of SSH may begin, and takes
 * it away; false when nothing is left. */
static bool
tell_lines(struct opaque *o, struct chunk *c)
{
	size_t n = read_lines(&o->side[c->dir], c->dir, c->bytes);
	struct chunk first = piece_of(c, 0, n);

	tell(o, &first);
	*c = piece_of(c, n, c->bytes.n - n);
	return c->bytes.n > 0;
}

void
opaque_turn(struct opaque *o, const struct chunk *turn, bool reading)
{
	struct opaque_side *s = &o->side[turn->dir];
	struct chunk c = *turn;

	opaque_give_up(o, !c.dir);
	o->side[!c.dir].speaks = false;
	if (reading) {
		s->lines = LINES_OVER;
		opaque_give_up(o, c.dir);
	}
	while (s->kind == SIDE_CLEAR && !reading) {
		enum look what = look_at_all(o, &c);

		if (what == LOOK_PERHAPS)
			wait_for_more(s, &c);
		s->speaks = true;
		if (what == LOOK_PERHAPS)
			return;
		opaque_become(o, c.dir, what);
		tell_waiting(o, c.dir);
		reading = what == LOOK_CLIENT || what == LOOK_SERVER;
		if (what == LOOK_CLEAR && !tell_lines(o, &c))
			return;
	}
	s->speaks = true;
	tell(o, &c);
}

void
opaque_gap(struct opaque *o, int dir, const struct gap *g)
{
	struct opaque_side *s = &o->side[dir];

	opaque_give_up(o, 0);
	opaque_give_up(o, 1);
	if (s->kind == SIDE_TLS)
		tls_records_gap(s->tls, g->len);
	else if (s->kind == SIDE_SSH)
		ssh_packets_gap(&s->ssh, g->len);
	else
		s->lines = LINES_OVER;
}

void
opaque_finish(struct opaque *o)
{
	opaque_give_up(o, 0);
	opaque_give_up(o, 1);
}

const struct tls_facts *
opaque_tls(const struct opaque *o)
{
	return o->facts;
}
