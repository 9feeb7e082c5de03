/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http.c: HTTP/1.x in both directions of a session, and what is not there. */
#include "proto/http.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "proto/http_parts.h"

struct http *
http_new(const struct message_events *events, void *owner)
{
	struct http *h = xcalloc(1, sizeof *h);

	h->events = events;
	h->owner = owner;
	h->server = 1;
	h->last_dir = -1;
	return h;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	for (int dir = 0; dir < 2; dir++) {
		buf_free(&h->dir[dir].head);
		request_free(h->dir[dir].request);
	}
	queue_free(&h->queue);
	request_free(h->switched.request);
	free(h);
}

size_t
http_memory(const struct http *h)
{
	size_t n = sizeof *h + h->queue.size;

	for (int dir = 0; dir < 2; dir++) {
		const struct http_reader *r = &h->dir[dir];

		n += r->head.cap + (r->request != NULL ? r->request->size : 0);
	}
	return n;
}

const struct http_switched *
http_switched(const struct http *h)
{
	return &h->switched;
}

uint64_t
http_exchanges(const struct http *h)
{
	return h->exchanges;
}

void
http_leave(struct http *h)
{
	for (int dir = 0; dir < 2; dir++) {
		struct http_reader *r = &h->dir[dir];

		if (r->state != ST_SEEK)
			continue;
		http_seek(r);
		r->state = ST_OPAQUE;
	}
}

/* ------------------------------------------------------- what is not there */

static void
tell_hole(struct http *h, int dir, const struct gap *g)
{
	struct http_reader *r = &h->dir[dir];

	r->m.holed = true;
	h->events->hole(h->owner, &r->m, g);
}

bool
http_is_reading(const struct http *h, int dir)
{
	enum http_state state = h->dir[dir].state;

	return state != ST_SEEK && state != ST_OPAQUE;
}

/* True when the gap is within the body, whose framing goes on behind it. */
static bool
bridge(struct http *h, int dir, const struct gap *g)
{
	struct http_reader *r = &h->dir[dir];

	if (r->state != ST_CLOSE && !gap_is_exact(g))
		return false;
	if (r->state == ST_CHUNKED && !http_chunk_skip(&r->chunk, g->len))
		return false;
	if (r->state == ST_LENGTH) {
		if (g->len > r->left)
			return false;
		r->left -= g->len;
	}
	tell_hole(h, dir, g);
	if (r->state == ST_LENGTH && r->left == 0)
		http_end(h, dir, MESSAGE_COMPLETE);
	return true;
}

static void
lose_body(struct http *h, int dir, const struct gap *g)
{
	struct http_reader *r = &h->dir[dir];
	struct gap part = *g;

	if (bridge(h, dir, g))
		return;
	if (r->state == ST_LENGTH && part.len > r->left)
		part.len = r->left;
	tell_hole(h, dir, &part);
	http_end(h, dir, MESSAGE_HOLE);
}

void
http_gap(struct http *h, int dir, const struct gap *g)
{
	struct http_reader *r = &h->dir[dir];
	bool seeks;

	if (r->state == ST_PROBE)
		http_leave_probe(h, dir, NULL);
	seeks = r->state == ST_SEEK || r->state == ST_HEAD;
	if (dir == h->server) {
		h->hole = h->last;
		h->hole.off = g->off;
		h->hole_pos = r->pos;
	}
	if (r->state == ST_HEAD)
		http_lose_head(h, dir, MESSAGE_HEAD_LOST);
	else if (r->state == ST_SEEK)
		http_seek(r);
	else if (r->state != ST_OPAQUE)
		lose_body(h, dir, g);
	h->holed |= seeks && dir == h->server;
	r->pos += g->len;
}

static void
finish_side(struct http *h, int dir, const struct message_close *how)
{
	struct http_reader *r = &h->dir[dir];
	bool went = how->fin[dir] || how->reset;

	if (r->state == ST_PROBE)
		http_leave_probe(h, dir, NULL);
	if (r->state == ST_HEAD)
		http_lose_head(h, dir, went ? MESSAGE_ABORTED : MESSAGE_CUT);
	/* Trailers may be missing: the last chunk was there (RFC 9112, 8). */
	if ((r->state == ST_CLOSE && how->fin[dir]) ||
	    (r->state == ST_CHUNKED && r->chunk.state == CHUNK_TRAILER))
		http_end(h, dir, MESSAGE_COMPLETE);
	else if (r->state == ST_LENGTH || r->state == ST_CHUNKED ||
	    r->state == ST_CLOSE)
		http_end(h, dir, went ? MESSAGE_ABORTED : MESSAGE_CUT);
}

void
http_finish(struct http *h, const struct message_close *how)
{
	finish_side(h, 0, how);
	finish_side(h, 1, how);
	if (h->holed)
		http_lose_responses(h, &h->queue);
}
