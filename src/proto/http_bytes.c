/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http_bytes.c: takes the bytes of a session apart: lines, and bodies. */
#include <string.h>

#include "base/limit.h"
#include "proto/http_parts.h"
#include "proto/media.h"

static const char status_line[] = "HTTP/1.";
#define STATUS_LINE_LEN (sizeof status_line - 1)
/* What may stand before a session's first message: a PROXY protocol's header
 * is no longer, nor is a banner. */
#define PREFIX_MAX 1024

/* ------------------------------------------------------------- line by line */

/* Which start lines a direction may have: of one side, or of both. */
static bool
may_be(const struct http *h, int dir, enum http_side side)
{
	return !h->settled || (side == HTTP_RESPONSE) == (dir == h->server);
}

/* Whether a start line begins in the line, and where. */
static bool
find_start(const struct http *h, int dir, struct slice line, size_t *at)
{
	bool whole = !h->dir[dir].torn;

	return (may_be(h, dir, HTTP_RESPONSE) &&
		   http_start_find(line, HTTP_RESPONSE, whole, at)) ||
	    (may_be(h, dir, HTTP_REQUEST) &&
		http_start_find(line, HTTP_REQUEST, whole, at));
}

/* Nothing of the line before `at' is wanted; n_old of its bytes came before
 * the turn at hand. */
static void
move_place(const struct http *h, struct http_reader *r, size_t at, size_t n_old)
{
	if (at >= n_old) {
		r->at.packet = h->last.packet;
		r->at.ts_ns = h->last.ts_ns;
	}
	r->at.off += at;
}

/* There is something else in the tunnel. */
static void
be_opaque(struct http *h)
{
	for (int dir = 0; dir < 2; dir++)
		if (h->dir[dir].strict && h->dir[dir].state == ST_SEEK)
			h->dir[dir].state = ST_OPAQUE;
}

/*
 * Whether the start line at r->at, the first of the session, is one: what quotes
 * HTTP, such as mail, begins with something else.  One that is must be the
 * first that is said in its turn, or stand near the beginning of all that is
 * said, behind what a proxy puts there; but with one direction there are no
 * turns.
 */
static bool
is_said(const struct http *h, int dir)
{
	const struct http_reader *r = &h->dir[dir];

	return h->settled || r->at.off == r->turn_off ||
	    (r->first_turn && r->at.off < PREFIX_MAX) || h->dir[!dir].pos == 0;
}

/* A whole line, of the input or in head. */
static void
seek_line(struct http *h, int dir, struct slice line, size_t n_old)
{
	struct http_reader *r = &h->dir[dir];
	struct buf head = { 0 };
	size_t at = 0;
	bool found = find_start(h, dir, line, &at);

	if (found)
		move_place(h, r, at, n_old);
	if (found && (at == 0 || !r->strict) && is_said(h, dir)) {
		buf_put(&head, line.p + at, line.n - at);
		r->state = ST_HEAD;
	} else if (r->strict) {
		be_opaque(h);
	}
	buf_free(&r->head);
	r->torn = false;
	r->head = head;
	r->line = head.n;
}

/* Of a line that goes on only what may become a start line is stored. */
static void
keep_hope(struct http *h, int dir, size_t n_old)
{
	struct http_reader *r = &h->dir[dir];
	struct slice line = { r->head.p, r->head.n };
	unsigned sides = 0;
	size_t at;

	for (int side = HTTP_REQUEST; side <= HTTP_RESPONSE; side++)
		if (may_be(h, dir, (enum http_side)side))
			sides |= HTTP_SIDE(side);
	at = http_start_hope(line, sides, !r->torn);
	r->torn = r->torn || at > 0;
	move_place(h, r, at, n_old);
	buf_drop(&r->head, at);
	if (at > 0 && r->strict)
		be_opaque(h);
	if (r->head.n == 0 || r->state == ST_OPAQUE)
		buf_free(&r->head);
}

/* The place of a byte of the turn at hand. */
static struct http_place
place_of(const struct http *h, const uint8_t *p)
{
	struct http_place at = h->last;

	at.off += (uint64_t)(p - h->turn->bytes.p);
	return at;
}

/* Empty lines before a start line (RFC 9112, 2.2). */
static void
skip_empty(struct http *h, struct http_reader *r, struct cur *c)
{
	while (r->head.n == 0 && cur_left(c) > 0 &&
	    (*c->pos == '\r' || *c->pos == '\n') &&
	    place_of(h, c->pos).off == r->turn_off) {
		c->pos++;
		r->turn_off++;
	}
}

/* Whole lines that cannot be start lines go at once. */
static void
skip_lines(struct http_reader *r, struct cur *c)
{
	size_t n = http_start_skip((struct slice){ c->pos, cur_left(c) });

	r->torn = r->torn && n == 0;
	cur_skip(c, n);
}

static void
take_seek(struct http *h, int dir, struct cur *c)
{
	struct http_reader *r = &h->dir[dir];
	size_t n_old = r->head.n;
	const uint8_t *lf;
	struct slice s;

	skip_empty(h, r, c);
	if (n_old == 0 && !r->strict)
		skip_lines(r, c);
	if (cur_left(c) == 0)
		return;
	lf = memchr(c->pos, '\n', cur_left(c));
	s = (struct slice){ c->pos,
		lf != NULL ? (size_t)(lf + 1 - c->pos) : cur_left(c) };
	if (n_old == 0)
		r->at = place_of(h, c->pos);
	cur_skip(c, s.n);
	if (lf != NULL && n_old == 0) {
		seek_line(h, dir, s, 0);
		return;
	}
	buf_put(&r->head, s.p, s.n);
	if (lf != NULL)
		seek_line(h, dir, (struct slice){ r->head.p, r->head.n },
		    n_old);
	else
		keep_hope(h, dir, n_old);
}

static bool
line_is_empty(const struct http_reader *r)
{
	size_t n = r->head.n - r->line;

	return n == 1 || (n == 2 && r->head.p[r->line] == '\r');
}

static void
take_head_line(struct http *h, int dir, struct cur *c)
{
	struct http_reader *r = &h->dir[dir];
	const uint8_t *lf = memchr(c->pos, '\n', cur_left(c));
	size_t n = lf != NULL ? (size_t)(lf + 1 - c->pos) : cur_left(c);

	if (r->head.n + n > LIMIT_HTTP_HEAD) {
		http_span(h, c->pos, PIECE_HEAD);
		http_lose_head(h, dir, MESSAGE_HEAD_LOST);
		return;
	}
	buf_put(&r->head, c->pos, n);
	cur_skip(c, n);
	if (lf != NULL && line_is_empty(r)) {
		http_span(h, c->pos, PIECE_HEAD);
		http_take_head(h, dir);
	} else if (lf != NULL) {
		r->line = r->head.n;
	}
}

/* ------------------------------------------------------------------- bodies */

static void
tell_body(struct http *h, struct http_reader *r, struct slice s)
{
	r->m.sent += s.n;
	if (s.n > 0)
		h->events->body(h->owner, &r->m, s);
}

static void
decide_as_is(struct http_reader *r, struct slice first)
{
	const struct media *media = media_sniff(first);

	r->undecided = false;
	r->m.as_is = media != NULL && media->text;
}

/* in_turn: c is of the turn at hand. */
static void
take_body(struct http *h, int dir, struct cur *c, bool in_turn)
{
	struct http_reader *r = &h->dir[dir];
	struct slice s = { c->pos, cur_left(c) };

	if (r->state == ST_LENGTH && s.n > r->left)
		s.n = (size_t)r->left;
	if (r->undecided)
		decide_as_is(r, s);
	cur_skip(c, s.n);
	r->left -= r->state == ST_LENGTH ? s.n : 0;
	if (in_turn)
		http_span(h, c->pos, PIECE_BODY);
	tell_body(h, r, s);
	if (r->state == ST_LENGTH && r->left == 0)
		http_end(h, dir, MESSAGE_COMPLETE);
}

static void
take_chunks(struct http *h, int dir, struct cur *c, bool in_turn)
{
	struct http_reader *r = &h->dir[dir];
	struct slice s;
	enum chunk_answer answer = http_chunk_next(&r->chunk, c, &s);

	if (in_turn)
		http_span(h, c->pos, PIECE_BODY);
	switch (answer) {
	case CHUNK_MORE:
		break;
	case CHUNK_BYTES:
		tell_body(h, r, s);
		break;
	case CHUNK_LAST:
		http_end(h, dir, MESSAGE_COMPLETE);
		break;
	case CHUNK_BROKEN:
		http_end(h, dir, MESSAGE_BAD_FRAMING);
		break;
	}
}

void
http_leave_probe(struct http *h, int dir, const uint8_t *to)
{
	struct http_reader *r = &h->dir[dir];
	struct cur c = cur_of(r->probe, r->n_probe);

	r->state = r->body;
	if (r->undecided && r->n_probe > 0)
		decide_as_is(r, (struct slice){ r->probe, r->n_probe });
	if (to != NULL)
		http_span(h, to, PIECE_BODY);
	while (cur_left(&c) > 0 && r->state == r->body) {
		if (r->body == ST_CHUNKED)
			take_chunks(h, dir, &c, false);
		else
			take_body(h, dir, &c, false);
	}
}

/* Whether what has come in place of a body is the beginning of a message. */
static enum http_answer
judge_probe(const struct http_reader *r, size_t n)
{
	if (message_is_request(&r->m))
		return http_method_at((struct slice){ r->probe, n });
	if (memcmp(r->probe, status_line, n) != 0)
		return HTTP_BAD;
	return n < STATUS_LINE_LEN ? HTTP_NEED_MORE : HTTP_CONSUMED;
}

static void
take_probe(struct http *h, int dir, struct cur *c)
{
	struct http_reader *r = &h->dir[dir];
	enum http_answer is;
	size_t n = r->n_probe;

	r->probe[n++] = c->pos[0];
	is = judge_probe(r, n);
	if (is == HTTP_BAD) {
		http_leave_probe(h, dir, c->pos);
		return;
	}
	if (r->n_probe == 0)
		r->at = place_of(h, c->pos);
	cur_skip(c, 1);
	r->n_probe = n;
	if (is == HTTP_NEED_MORE)
		return;
	http_end(h, dir,
	    message_is_request(&r->m) ? MESSAGE_ABORTED : MESSAGE_COMPLETE);
	buf_put(&r->head, r->probe, n);
}

static void
take_some(struct http *h, int dir, struct cur *c)
{
	struct http_reader *r = &h->dir[dir];

	switch (r->state) {
	case ST_SEEK:
		take_seek(h, dir, c);
		break;
	case ST_HEAD:
		take_head_line(h, dir, c);
		break;
	case ST_PROBE:
		take_probe(h, dir, c);
		break;
	case ST_CHUNKED:
		r->m.last_ns = h->last.ts_ns;
		take_chunks(h, dir, c, true);
		break;
	case ST_LENGTH:
	case ST_CLOSE:
		r->m.last_ns = h->last.ts_ns;
		take_body(h, dir, c, true);
		break;
	case ST_OPAQUE:
		cur_skip(c, cur_left(c));
		break;
	}
}

size_t
http_put(struct http *h, const struct chunk *turn)
{
	bool switched = h->switched.to != HTTP_NO_SWITCH;
	size_t taken;
	struct cur c = cur_of(turn->bytes.p, turn->bytes.n);

	if (turn->dir != h->last_dir) {
		struct http_reader *r = &h->dir[turn->dir];

		r->first_turn = r->pos == 0;
		r->turn_off = turn->off;
	}
	h->last_dir = turn->dir;
	h->turn = turn;
	h->told = 0;
	h->last = (struct http_place){ turn->off, turn->packet, turn->ts_ns };
	while (
	    cur_left(&c) > 0 && switched == (h->switched.to != HTTP_NO_SWITCH))
		take_some(h, turn->dir, &c);
	http_span(h, c.pos,
	    h->dir[turn->dir].state == ST_HEAD ? PIECE_HEAD : PIECE_OTHER);
	h->turn = NULL;
	taken = (size_t)(c.pos - turn->bytes.p);
	h->dir[turn->dir].pos += taken;
	return taken;
}
