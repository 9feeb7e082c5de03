/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http.c: finds HTTP/1.x messages in both directions of a session. */
#include "proto/http.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "proto/http_chunk.h"
#include "proto/http_queue.h"

enum http_state {
	ST_SEEK,  /* a start line */
	ST_HEAD,  /* the rest of a head */
	ST_PROBE, /* a body, unless a status line stands in its place */
	ST_LENGTH,
	ST_CHUNKED,
	ST_CLOSE,
};

/* One direction. */
struct http_reader {
	enum http_state state;
	enum http_state body; /* behind ST_PROBE */
	struct buf head;      /* ST_SEEK: a line; ST_HEAD: the head so far */
	size_t line;	      /* where in head its last line begins */
	bool torn;	      /* ST_SEEK: the line's beginning was dropped */
	unsigned n_probe;     /* bytes of a status line seen */
	uint64_t left;	      /* ST_LENGTH: bytes of the body to come */
	struct http_chunk chunk;
	uint64_t pos; /* bytes that have come or are missing */
};

struct http {
	const struct http_events *events;
	void *owner;
	struct http_reader dir[2];
	struct http_queue queue;
	bool settled; /* who is the server is known */
	int server;
	bool opaque; /* no HTTP follows */
	bool broken; /* responses may have been lost */
};

static const char status_line[] = "HTTP/1.";
#define PROBE_LEN (sizeof status_line - 1)

struct http *
http_new(const struct http_events *events, void *owner)
{
	struct http *h = xcalloc(1, sizeof *h);

	h->events = events;
	h->owner = owner;
	h->server = 1;
	return h;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	buf_free(&h->dir[0].head);
	buf_free(&h->dir[1].head);
	queue_free(&h->queue);
	free(h);
}

size_t
http_memory(const struct http *h)
{
	return sizeof *h + h->dir[0].head.cap + h->dir[1].head.cap +
	    h->queue.size;
}

static void
seek(struct http_reader *r)
{
	buf_free(&r->head);
	r->line = 0;
	r->torn = false;
	r->state = ST_SEEK;
}

static void
end_body(struct http *h, int dir, enum http_outcome outcome)
{
	seek(&h->dir[dir]);
	if (outcome == HTTP_LOST || outcome == HTTP_BAD_CHUNK)
		h->broken |= dir == h->server;
	h->events->end(h->owner, dir, outcome);
}

/* ------------------------------------------------------------ a new message */

/* RFC 9112, 6.3; chunks are of HTTP/1.1.  False when the length of the body
 * is not known. */
static bool
frame(struct http_reader *r, const struct http_head *head, bool no_body)
{
	bool transfer = head->has_transfer && head->minor >= 1;
	bool response = head->side == HTTP_RESPONSE;

	r->chunk = (struct http_chunk){ 0 };
	r->left = 0;
	r->state = ST_LENGTH;
	if (no_body)
		return true;
	if (transfer && head->chunked)
		r->state = ST_CHUNKED;
	else if (transfer ? !response : head->bad_length)
		return false;
	else if (head->has_length && !transfer)
		r->left = head->length;
	else if (response)
		r->state = ST_CLOSE;
	return true;
}

static void
http_begin(struct http *h, int dir, const struct http_message *m)
{
	struct http_reader *r = &h->dir[dir];

	h->events->begin(h->owner, m);
	if (r->state == ST_LENGTH && r->left == 0) {
		end_body(h, dir, HTTP_WHOLE);
		return;
	}
	buf_free(&r->head);
	r->line = 0;
	/* A response to HEAD looks as if it had a body. */
	if (m->request == NULL &&
	    (r->state != ST_LENGTH || r->left >= PROBE_LEN)) {
		r->body = r->state;
		r->state = ST_PROBE;
		r->n_probe = 0;
	}
}

static void
take_request(struct http *h, int dir, const struct http_head *head,
    int64_t ts_ns)
{
	struct http_request *q = request_new(head, h->dir[!dir].pos);
	struct http_message m = { dir, ts_ns, head, q };

	if (frame(&h->dir[dir], head, false))
		http_begin(h, dir, &m);
	else
		seek(&h->dir[dir]);
	queue_put(&h->queue, q);
}

static void
take_response(struct http *h, int dir, const struct http_head *head,
    int64_t ts_ns)
{
	struct http_message m = { dir, ts_ns, head, NULL };
	struct http_request *q;
	bool connect, no_body;

	if (head->status < 200 && head->status != 101) {
		seek(&h->dir[dir]);
		return;
	}
	if (h->broken)
		queue_resync(&h->queue);
	h->broken = false;
	m.request = q = queue_take(&h->queue);
	connect = q != NULL && slice_is(q->method, "CONNECT") &&
	    head->status / 100 == 2;
	h->opaque = connect || head->status == 101;
	no_body = h->opaque || head->status == 204 || head->status == 304 ||
	    (q != NULL && slice_is(q->method, "HEAD"));
	if (frame(&h->dir[dir], head, no_body))
		http_begin(h, dir, &m);
	else
		seek(&h->dir[dir]);
	free(q);
}

static void
take_head(struct http *h, int dir, int64_t ts_ns)
{
	struct http_reader *r = &h->dir[dir];
	struct http_head head;
	size_t used;

	if (http_head_parse((struct slice){ r->head.p, r->head.n }, &head,
		&used) != HTTP_CONSUMED) {
		seek(r);
		return;
	}
	h->settled = true;
	h->server = head.side == HTTP_RESPONSE ? dir : !dir;
	if (head.side == HTTP_RESPONSE)
		take_response(h, dir, &head, ts_ns);
	else
		take_request(h, dir, &head, ts_ns);
}

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

static void
drop_front(struct buf *b, size_t n)
{
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

/* A whole line, of the input or in head. */
static void
seek_line(struct http *h, int dir, struct slice line)
{
	struct http_reader *r = &h->dir[dir];
	struct buf head = { 0 };
	size_t at;

	if (find_start(h, dir, line, &at)) {
		buf_put(&head, line.p + at, line.n - at);
		r->state = ST_HEAD;
	}
	buf_free(&r->head);
	r->torn = false;
	r->head = head;
	r->line = head.n;
}

/* Of a line that goes on only what may become a start line is stored. */
static void
keep_hope(struct http *h, int dir)
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
	drop_front(&r->head, at);
	if (r->head.n == 0)
		buf_free(&r->head);
}

static void
take_seek(struct http *h, int dir, struct cur *c)
{
	struct http_reader *r = &h->dir[dir];
	const uint8_t *lf = memchr(c->pos, '\n', cur_left(c));
	struct slice s = { c->pos,
		lf != NULL ? (size_t)(lf + 1 - c->pos) : cur_left(c) };

	cur_skip(c, s.n);
	if (lf != NULL && r->head.n == 0) {
		seek_line(h, dir, s);
		return;
	}
	buf_put(&r->head, s.p, s.n);
	if (lf != NULL)
		seek_line(h, dir, (struct slice){ r->head.p, r->head.n });
	else
		keep_hope(h, dir);
}

static bool
line_is_empty(const struct http_reader *r)
{
	size_t n = r->head.n - r->line;

	return n == 1 || (n == 2 && r->head.p[r->line] == '\r');
}

static void
take_head_line(struct http *h, int dir, struct cur *c, int64_t ts_ns)
{
	struct http_reader *r = &h->dir[dir];
	const uint8_t *lf = memchr(c->pos, '\n', cur_left(c));
	size_t n = lf != NULL ? (size_t)(lf + 1 - c->pos) : cur_left(c);

	if (r->head.n + n > HTTP_HEAD_MAX) {
		seek(r);
		return;
	}
	buf_put(&r->head, c->pos, n);
	cur_skip(c, n);
	if (lf != NULL && line_is_empty(r))
		take_head(h, dir, ts_ns);
	else if (lf != NULL)
		r->line = r->head.n;
}

/* ------------------------------------------------------------------- bodies */

static void
take_body(struct http *h, int dir, struct cur *c)
{
	struct http_reader *r = &h->dir[dir];
	struct slice s = { c->pos, cur_left(c) };

	if (r->state == ST_LENGTH && s.n > r->left)
		s.n = (size_t)r->left;
	cur_skip(c, s.n);
	r->left -= r->state == ST_LENGTH ? s.n : 0;
	h->events->body(h->owner, dir, s);
	if (r->state == ST_LENGTH && r->left == 0)
		end_body(h, dir, HTTP_WHOLE);
}

static void
take_chunks(struct http *h, int dir, struct cur *c)
{
	struct http_reader *r = &h->dir[dir];
	struct slice s;

	switch (http_chunk_next(&r->chunk, c, &s)) {
	case CHUNK_MORE:
		break;
	case CHUNK_BYTES:
		h->events->body(h->owner, dir, s);
		break;
	case CHUNK_LAST:
		end_body(h, dir, HTTP_WHOLE);
		break;
	case CHUNK_BROKEN:
		end_body(h, dir, HTTP_BAD_CHUNK);
		break;
	}
}

/* It was a body: gives the bytes that looked like a status line. */
static void
leave_probe(struct http *h, int dir)
{
	struct http_reader *r = &h->dir[dir];
	struct cur c = cur_of(status_line, r->n_probe);

	r->state = r->body;
	while (cur_left(&c) > 0 && r->state == r->body) {
		if (r->body == ST_CHUNKED)
			take_chunks(h, dir, &c);
		else
			take_body(h, dir, &c);
	}
}

static void
take_probe(struct http *h, int dir, struct cur *c)
{
	struct http_reader *r = &h->dir[dir];

	if (c->pos[0] != (uint8_t)status_line[r->n_probe]) {
		leave_probe(h, dir);
		return;
	}
	cur_skip(c, 1);
	if (++r->n_probe < PROBE_LEN)
		return;
	end_body(h, dir, HTTP_WHOLE);
	buf_str(&r->head, status_line);
}

void
http_put(struct http *h, int dir, struct slice bytes, int64_t ts_ns)
{
	struct http_reader *r = &h->dir[dir];
	struct cur c = cur_of(bytes.p, bytes.n);

	while (cur_left(&c) > 0) {
		switch (r->state) {
		case ST_SEEK:
			if (h->opaque)
				cur_skip(&c, cur_left(&c));
			else
				take_seek(h, dir, &c);
			break;
		case ST_HEAD:
			take_head_line(h, dir, &c, ts_ns);
			break;
		case ST_PROBE:
			take_probe(h, dir, &c);
			break;
		case ST_CHUNKED:
			take_chunks(h, dir, &c);
			break;
		case ST_LENGTH:
		case ST_CLOSE:
			take_body(h, dir, &c);
			break;
		}
	}
	r->pos += bytes.n;
}

/* True when the gap is within the body, whose framing goes on behind it. */
static bool
bridge(struct http *h, int dir, const struct gap *g)
{
	struct http_reader *r = &h->dir[dir];

	if (r->state == ST_CHUNKED && !http_chunk_skip(&r->chunk, g->len))
		return false;
	if (r->state == ST_LENGTH) {
		if (g->len > r->left)
			return false;
		r->left -= g->len;
	}
	h->events->gap(h->owner, dir, g);
	if (r->state == ST_LENGTH && r->left == 0)
		end_body(h, dir, HTTP_WHOLE);
	return true;
}

void
http_gap(struct http *h, int dir, const struct gap *g)
{
	struct http_reader *r = &h->dir[dir];

	if (r->state == ST_PROBE)
		leave_probe(h, dir);
	if (r->state == ST_SEEK || r->state == ST_HEAD) {
		seek(r);
		h->broken |= dir == h->server;
	} else if (!bridge(h, dir, g)) {
		struct gap part = *g;

		if (r->state == ST_LENGTH)
			part.len = r->left;
		h->events->gap(h->owner, dir, &part);
		end_body(h, dir, HTTP_LOST);
	}
	r->pos += g->len;
}

void
http_finish(struct http *h, const bool fin[2])
{
	for (int dir = 0; dir < 2; dir++) {
		struct http_reader *r = &h->dir[dir];

		if (r->state == ST_PROBE)
			leave_probe(h, dir);
		if (r->state == ST_CLOSE && fin[dir])
			end_body(h, dir, HTTP_WHOLE);
		else if (r->state != ST_SEEK && r->state != ST_HEAD)
			end_body(h, dir, HTTP_CUT);
	}
}
