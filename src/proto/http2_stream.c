/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http2_stream.c: streams of HTTP/2, and the messages on them (RFC 9113, 5.1
 * and 8.1). */
#include <stdlib.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "proto/http2_parts.h"
#include "proto/http_queue.h"

enum h2_part
h2_part_of(const struct http2 *h, int dir)
{
	return dir == h->client ? H2_REQUEST : H2_RESPONSE;
}

/* ------------------------------------------------------------------ streams */

static struct h2_stream **
bucket_of(struct http2 *h, uint32_t id)
{
	return &h->bucket[(id * UINT32_C(2654435761)) >> 26];
}

struct h2_stream *
h2_stream_find(const struct http2 *h, uint32_t id)
{
	struct h2_stream *x = *bucket_of((struct http2 *)(uintptr_t)h, id);

	while (x != NULL && x->id != id)
		x = x->next;
	return x;
}

/* Whether a stream that is not open may begin: no number comes twice (RFC 9113,
 * 5.1.1), but what was lost may have begun some. */
static bool
stream_may_begin(const struct http2 *h, int dir, uint32_t id)
{
	const struct h2_side *client = &h->side[h->client];

	if ((id & 1) == 0)
		return dir != h->client && id > 0 &&
		    (id > h->last[0] || h->side[dir].lost_pos > 0);
	return id > h->last[1] ||
	    (client->lost_pos > 0 && id > client->lost_at);
}

void
h2_stream_count_ws(struct http2 *h, struct h2_stream *x)
{
	size_t n = x->ws != NULL ? websocket_memory(x->ws) : 0;

	h->memory += n - x->ws_size;
	x->ws_size = n;
}

/* ---------------------------------------------------------------- messages */

static void
h2_message_end(struct http2 *h, struct h2_stream *x, enum h2_part part,
    enum message_reason reason)
{
	struct h2_message *o = x->open[part];

	if (o == NULL)
		return;
	if (o->m.unread)
		reason = MESSAGE_HEAD_LOST;
	h->events->end(h->owner, &o->m, reason);
	x->open[part] = NULL;
	h->memory -= o->size;
	buf_free(&o->fields);
	buf_free(&o->target);
	free(o);
}

/* Takes the stream out; what is open on it ends so. */
static void
stream_free(struct http2 *h, struct h2_stream *x,
    const enum message_reason why[2])
{
	struct h2_stream **at = bucket_of(h, x->id);

	h2_message_end(h, x, H2_REQUEST, why[h->client]);
	h2_message_end(h, x, H2_RESPONSE, why[!h->client]);
	if (x->ws != NULL)
		websocket_finish(x->ws, why);
	websocket_free(x->ws);
	x->ws = NULL;
	h2_stream_count_ws(h, x);
	request_free(x->request);
	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
	h->n_streams--;
	h->n_cancelled -= x->cancelled;
	h->memory -= sizeof *x;
	free(x);
}

static void
end_if_over(struct http2 *h, struct h2_stream *x)
{
	static const enum message_reason why[2] = { MESSAGE_ABORTED,
		MESSAGE_ABORTED };

	if (x->over[H2_REQUEST] && x->over[H2_RESPONSE])
		stream_free(h, x, why);
}

/* Nothing more comes of those that were cancelled. */
static void
end_cancelled(struct http2 *h)
{
	static const enum message_reason whole[2] = { MESSAGE_COMPLETE,
		MESSAGE_COMPLETE };

	for (size_t i = 0; i < H2_BUCKETS; i++)
		for (struct h2_stream *x = h->bucket[i], *next; x != NULL;
		     x = next) {
			next = x->next;
			if (x->cancelled)
				stream_free(h, x, whole);
		}
}

static struct h2_stream *
stream_new(struct http2 *h, uint32_t id)
{
	struct h2_stream **bucket = bucket_of(h, id);
	struct h2_stream *x;

	if (h->n_streams == LIMIT_HTTP2_STREAMS && h->n_cancelled > 0)
		end_cancelled(h);
	if (h->n_streams == LIMIT_HTTP2_STREAMS) {
		h->cut = true;
		return NULL;
	}
	x = xcalloc(1, sizeof *x);
	x->id = id;
	x->exchange = h->exchanges++;
	x->server_pos = h->side[!h->client].pos;
	x->next = *bucket;
	*bucket = x;
	h->n_streams++;
	h->memory += sizeof *x;
	return x;
}

struct h2_stream *
h2_stream_get(struct http2 *h, int dir, uint32_t id)
{
	struct h2_stream *x = h2_stream_find(h, id);

	if (x != NULL || !stream_may_begin(h, dir, id))
		return x;
	if (id > h->last[id & 1])
		h->last[id & 1] = id;
	return stream_new(h, id);
}

/* A message begins with the fields in b, which are the message's then; NULL:
 * nobody can say what they were. */
static struct h2_message *
h2_message_begin(struct http2 *h, int dir, struct h2_stream *x,
    enum h2_part part, const struct chunk *from, struct buf *b)
{
	struct h2_message *o = xcalloc(1, sizeof *o);
	enum http_side side = part == H2_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE;

	if (b != NULL) {
		o->fields = *b;
		*b = (struct buf){ 0 };
	}
	x->asks_ws |= h2_head_read(o, side);
	if (part == H2_REQUEST && b != NULL)
		x->request = request_new(&o->head, x->exchange, 0);
	o->m = (struct message){
		.protocol = MESSAGE_HTTP2,
		.dir = dir,
		.exchange = x->exchange,
		.stream = x->id,
		.has_stream = true,
		.off = from->off,
		.packet = from->packet,
		.ts_ns = from->ts_ns,
		.last_ns = h->last_ns,
		.head = &o->head,
		.request = x->request,
		.codings = o->head.content,
		.holed = b == NULL,
		.unread = b == NULL,
	};
	o->size = sizeof *o + o->fields.cap + o->target.cap;
	h->memory += o->size;
	x->told[part] = true;
	x->open[part] = o;
	o->m.kept = h->events->head(h->owner, &o->m);
	return o;
}

/* CONNECT: what follows the heads is no body (RFC 9113, 8.5). */
static void
begin_connect(struct http2 *h, struct h2_stream *x, enum h2_part part)
{
	const struct http_head *head = &x->open[part]->head;
	struct ws_opening how = {
		.client = h->client,
		.exchange = x->exchange,
		.stream = x->id,
		.has_stream = true,
		.request = x->request,
		.extensions = head->extensions,
	};

	if (part == H2_RESPONSE && head->status / 100 != 2)
		return;
	x->tunnel |= part == H2_RESPONSE;
	if (x->tunnel && x->asks_ws) {
		x->ws = websocket_new(h->events, h->owner, &how, h->budget);
		h2_stream_count_ws(h, x);
	}
	h2_message_end(h, x, part, MESSAGE_COMPLETE);
}

static bool
is_connect(const struct h2_stream *x)
{
	return x->request != NULL && slice_is(x->request->method, "CONNECT");
}

void
h2_stream_head(struct http2 *h, int dir, struct h2_stream *x)
{
	struct h2_side *s = &h->side[dir];
	enum h2_part part = h2_part_of(h, dir);
	bool read = !s->lost && !s->block_bad;

	if (x->told[part] || x->over[part]) {
		if (s->block_ends && !x->over[part])
			h2_stream_end(h, dir, x);
		return;
	}
	h2_message_begin(h, dir, x, part, &s->block_from,
	    read ? &s->fields : NULL);
	if (is_connect(x))
		begin_connect(h, x, part);
	if (s->block_ends)
		h2_stream_end(h, dir, x);
}

void
h2_stream_promise(struct http2 *h, int dir, uint32_t id)
{
	struct h2_side *s = &h->side[dir];
	struct h2_stream *x;

	if (dir == h->client || (id & 1) != 0 || s->lost || s->block_bad)
		return;
	x = h2_stream_find(h, id) == NULL ? h2_stream_get(h, dir, id) : NULL;
	if (x == NULL)
		return;
	h2_message_begin(h, dir, x, H2_REQUEST, &s->block_from, &s->fields);
	h2_message_end(h, x, H2_REQUEST, MESSAGE_COMPLETE);
	x->over[H2_REQUEST] = true;
}

struct h2_message *
h2_stream_message(struct http2 *h, int dir, struct h2_stream *x)
{
	enum h2_part part = h2_part_of(h, dir);

	if (!x->told[part] && !x->over[part] && h->side[dir].lost)
		h2_message_begin(h, dir, x, part, &h->side[dir].from, NULL);
	return x->open[part];
}

/* RFC 9113, 8.1.1. */
static bool
length_differs(const struct h2_stream *x, const struct h2_message *o)
{
	const struct http_head *head = &o->head;
	bool none = head->side == HTTP_RESPONSE &&
	    (head->status == 204 || head->status == 304 ||
		(x->request != NULL && slice_is(x->request->method, "HEAD")));

	return head->has_length && !none && !o->m.holed &&
	    (head->bad_length || head->length != o->m.sent);
}

void
h2_stream_end(struct http2 *h, int dir, struct h2_stream *x)
{
	enum h2_part part = h2_part_of(h, dir);
	struct h2_message *o = x->open[part];
	bool bad = o != NULL && length_differs(x, o);

	if (o != NULL)
		o->m.last_ns = h->last_ns;
	h2_message_end(h, x, part,
	    bad ? MESSAGE_BAD_FRAMING : MESSAGE_COMPLETE);
	x->over[part] = true;
	end_if_over(h, x);
}

void
h2_stream_abort(struct http2 *h, struct h2_stream *x)
{
	x->over[H2_REQUEST] = x->over[H2_RESPONSE] = true;
	end_if_over(h, x);
}

void
h2_stream_reset(struct http2 *h, int dir, struct h2_stream *x)
{
	const struct h2_message *o = x->open[H2_RESPONSE];

	if (dir != h->client || o == NULL || o->m.holed ||
	    length_differs(x, o)) {
		h2_stream_abort(h, x);
		return;
	}
	h2_message_end(h, x, H2_REQUEST, MESSAGE_ABORTED);
	x->over[H2_REQUEST] = true;
	h->n_cancelled += !x->cancelled;
	x->cancelled = true;
}

void
h2_stream_upgrade(struct http2 *h, struct http_request *q)
{
	struct h2_stream *x = stream_new(h, 1);

	h->exchanges--;
	h->last[1] = 1;
	x->exchange = q->exchange;
	x->request = q;
	q->refs++;
	x->told[H2_REQUEST] = x->over[H2_REQUEST] = true;
}

/* -------------------------------------------------------------- all of them */

void
h2_streams_hole(struct http2 *h, int dir, const struct gap *g)
{
	const struct gap unknown = { .off = g->off, .reason = g->reason };

	for (size_t i = 0; i < H2_BUCKETS; i++)
		for (struct h2_stream *x = h->bucket[i]; x != NULL;
		     x = x->next) {
			struct h2_message *o = x->open[h2_part_of(h, dir)];

			if (x->ws != NULL)
				websocket_gap(x->ws, dir, &unknown);
			if (o == NULL)
				continue;
			o->m.holed = true;
			h->events->hole(h->owner, &o->m, &unknown);
		}
}

/* What was asked for before the hole may have been answered in it. */
static void
lose_answer(struct http2 *h, struct h2_stream *x)
{
	const struct h2_side *s = &h->side[!h->client];

	if (x->told[H2_RESPONSE] || x->over[H2_RESPONSE] || s->lost_pos == 0 ||
	    x->server_pos > s->lost_pos)
		return;
	h2_message_begin(h, !h->client, x, H2_RESPONSE, &s->from, NULL);
}

void
h2_streams_finish(struct http2 *h, const struct message_close *how)
{
	enum message_reason why[2];

	for (int dir = 0; dir < 2; dir++)
		why[dir] =
		    how->fin[dir] || how->reset ? MESSAGE_ABORTED : MESSAGE_CUT;
	end_cancelled(h);
	for (size_t i = 0; i < H2_BUCKETS; i++)
		while (h->bucket[i] != NULL) {
			lose_answer(h, h->bucket[i]);
			stream_free(h, h->bucket[i], why);
		}
}

void
h2_streams_free(struct http2 *h)
{
	for (size_t i = 0; i < H2_BUCKETS; i++)
		for (struct h2_stream *x = h->bucket[i], *next; x != NULL;
		     x = next) {
			next = x->next;
			for (int part = 0; part < 2; part++) {
				if (x->open[part] == NULL)
					continue;
				buf_free(&x->open[part]->fields);
				buf_free(&x->open[part]->target);
				free(x->open[part]);
			}
			websocket_free(x->ws);
			request_free(x->request);
			free(x);
		}
}

struct h2_stream *
h2_data_stream(struct http2 *h, int dir)
{
	const struct h2_side *s = &h->side[dir];

	if (s->frame.type != H2_DATA)
		return NULL;
	return s->lost ? h2_stream_get(h, dir, s->frame.stream) :
			 h2_stream_find(h, s->frame.stream);
}
