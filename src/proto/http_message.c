/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http_message.c: begins and ends messages, and pairs them. */
#include "proto/http_parts.h"
#include "proto/media.h"

void
http_seek(struct http_reader *r)
{
	buf_free(&r->head);
	r->line = 0;
	r->torn = false;
	r->strict = false;
	r->state = ST_SEEK;
}

/* ------------------------------------------------------------------- spans */

/* What of the turn at hand comes before `to' and has not been told yet. */
void
http_span(struct http *h, const uint8_t *to, enum http_piece what)
{
	const struct chunk *turn = h->turn;
	const struct message *m = &h->dir[turn->dir].m;
	struct chunk c = *turn;
	struct span span = { .kind = SPAN_AS_IS, .known = what != PIECE_OTHER };
	const uint8_t *from = turn->bytes.p + h->told;

	if (to == from)
		return;
	c.off += h->told;
	c.bytes = (struct slice){ from, (size_t)(to - from) };
	h->told += c.bytes.n;
	if (what == PIECE_BODY && !m->as_is) {
		span.kind = SPAN_BODY;
		span.m = m;
	}
	if (h->events->span != NULL)
		h->events->span(h->owner, &c, &span);
}

/* ---------------------------------------------------------------- messages */

void
http_end(struct http *h, int dir, enum message_reason reason)
{
	struct http_reader *r = &h->dir[dir];

	if (reason == MESSAGE_COMPLETE && r->bad_framing)
		reason = MESSAGE_BAD_FRAMING;
	if (dir == h->server) {
		h->broken |= reason == MESSAGE_BAD_FRAMING;
		h->holed |= reason == MESSAGE_HOLE;
	}
	h->events->end(h->owner, &r->m, reason);
	request_free(r->request);
	r->request = NULL;
	http_seek(r);
}

/* Whether the body is to be read as it is; where its type does not say so,
 * that is decided when its first bytes come. */
static void
decide_as_is(struct http_reader *r)
{
	const struct media *media = media_find(media_essence(r->parsed.type));
	enum http_state body = r->state == ST_PROBE ? r->body : r->state;

	r->m.as_is = body != ST_CHUNKED && !message_is_coded(&r->m) &&
	    (media == NULL || media->text);
	r->undecided = r->m.as_is && media == NULL;
}

static void
begin_message(struct http *h, int dir, uint64_t exchange)
{
	struct http_reader *r = &h->dir[dir];

	r->m = (struct message){
		.protocol = MESSAGE_HTTP1,
		.dir = dir,
		.exchange = exchange,
		.off = r->at.off,
		.packet = r->at.packet,
		.ts_ns = r->at.ts_ns,
		.last_ns = h->last.ts_ns,
		.head = &r->parsed,
		.request = r->request,
		.codings = r->parsed.content,
		.holed = r->head_lost == MESSAGE_HEAD_LOST,
	};
	codings_join(&r->m.codings, &r->parsed.transfer);
	decide_as_is(r);
	r->m.kept = h->events->head(h->owner, &r->m);
	if (r->head_lost != MESSAGE_COMPLETE)
		http_end(h, dir, r->head_lost);
	else if (r->state == ST_LENGTH && r->left == 0)
		http_end(h, dir, MESSAGE_COMPLETE);
}

/* RFC 9112, 6.3; chunks are of HTTP/1.1. */
static void
frame(struct http_reader *r, bool no_body)
{
	const struct http_head *head = &r->parsed;
	bool transfer = head->has_transfer && head->minor >= 1;
	bool response = head->side == HTTP_RESPONSE;

	r->chunk = (struct http_chunk){ 0 };
	r->left = 0;
	r->state = ST_LENGTH;
	r->bad_framing = false;
	r->n_probe = 0;
	if (no_body)
		return;
	r->bad_framing =
	    transfer ? !head->chunked && !response : head->bad_length;
	if (transfer && head->chunked)
		r->state = ST_CHUNKED;
	else if (head->has_length && !transfer)
		r->left = head->length;
	else if (response)
		r->state = ST_CLOSE;
}

/* There may be no body: what comes in its place is looked at first. */
static void
probe(struct http_reader *r)
{
	r->body = r->state;
	r->state = ST_PROBE;
	r->n_probe = 0;
}

static void
take_request(struct http *h, int dir)
{
	struct http_reader *r = &h->dir[dir];

	r->request = request_new(&r->parsed, h->exchanges++, h->dir[!dir].pos);
	r->continued = false;
	queue_put(&h->queue, r->request);
	frame(r, false);
	begin_message(h, dir, r->request->exchange);
}

/* Something else follows; in a tunnel that may be HTTP again. */
static void
begin_tunnel(struct http *h, bool opaque)
{
	for (int dir = 0; dir < 2; dir++) {
		struct http_reader *r = &h->dir[dir];

		if (r->state != ST_SEEK)
			continue;
		if (opaque || r->torn)
			r->state = ST_OPAQUE;
		r->strict = true;
	}
}

/* A final answer to who waits for 100 (Continue): the body that was announced
 * may not come (RFC 9110, 10.1.1). */
static void
refuse_body(struct http_reader *r)
{
	bool none = r->state == ST_LENGTH ||
	    (r->state == ST_CHUNKED && r->chunk.state == CHUNK_SIZE &&
		!r->chunk.digits);

	if (none && r->m.sent == 0 && r->parsed.expects && !r->continued)
		probe(r);
}

/* A response in a hole: nothing of it is known but whose it would be. */
static void
lose_response(struct http *h, const struct http_request *q)
{
	struct http_head none = { .side = HTTP_RESPONSE };
	struct message m = {
		.protocol = MESSAGE_HTTP1,
		.dir = h->server,
		.exchange = q->exchange,
		.off = h->hole.off,
		.packet = h->hole.packet,
		.ts_ns = h->hole.ts_ns,
		.last_ns = h->hole.ts_ns,
		.head = &none,
		.request = q,
		.holed = true,
	};

	m.kept = h->events->head(h->owner, &m);
	h->events->end(h->owner, &m, MESSAGE_HEAD_LOST);
}

/* The answers to all that was asked before the hole are not to be had. */
void
http_lose_responses(struct http *h, struct http_queue *lost)
{
	struct http_request *q;

	while ((q = queue_take(lost)) != NULL) {
		if (h->holed && q->peer_pos <= h->hole_pos)
			lose_response(h, q);
		request_free(q);
	}
	h->broken = h->holed = false;
}

/* What a response 101 says, and to which request. */
static void
note_switch(struct http *h, const struct http_head *head,
    struct http_request *q)
{
	struct http_switched *to = &h->switched;

	if (slice_is(head->upgrade, "h2c"))
		to->to = HTTP_TO_HTTP2;
	else if (slice_is(head->upgrade, "websocket"))
		to->to = HTTP_TO_WEBSOCKET;
	else
		return;
	to->client = !h->server;
	to->extensions = head->extensions;
	to->request = q;
	if (q != NULL)
		q->refs++;
	to->exchange = q != NULL ? q->exchange : h->exchanges++;
	to->exchanges = h->exchanges;
}

/* HTTP/2 gives the answer (RFC 7540, 3.2): the 101 is as good as none. */
static bool
is_interim(const struct http_head *head)
{
	return head->status < 200 &&
	    (head->status != 101 || slice_is(head->upgrade, "h2c"));
}

static void
pass_interim(struct http *h, int dir)
{
	struct http_reader *r = &h->dir[dir];
	struct http_request *q;

	h->dir[!dir].continued |= r->parsed.status == 100;
	if (r->parsed.status != 101) {
		http_seek(r);
		return;
	}
	q = queue_take(&h->queue);
	note_switch(h, &r->parsed, q);
	request_free(q);
	http_seek(r);
	begin_tunnel(h, true);
}

static bool
has_no_body(const struct http_head *head, const struct http_request *q)
{
	return head->status < 200 || head->status == 204 ||
	    head->status == 304 || (q != NULL && slice_is(q->method, "HEAD"));
}

static void
take_response(struct http *h, int dir)
{
	struct http_reader *r = &h->dir[dir];
	const struct http_head *head = &r->parsed;
	const struct http_request *q;
	uint64_t exchange;
	bool tunnel;

	if (is_interim(head)) {
		pass_interim(h, dir);
		return;
	}
	if (h->broken || h->holed) {
		struct http_queue lost = { 0 };

		queue_resync(&h->queue, &lost);
		http_lose_responses(h, &lost);
	}
	q = r->request = queue_take(&h->queue);
	tunnel = head->status == 101 ||
	    (q != NULL && slice_is(q->method, "CONNECT") &&
		head->status / 100 == 2);
	frame(r, tunnel || has_no_body(head, q));
	/* A response to HEAD looks as if it had a body. */
	if (q == NULL && (r->state != ST_LENGTH || r->left > 0))
		probe(r);
	if (q != NULL && q == h->dir[!dir].request)
		refuse_body(&h->dir[!dir]);
	if (head->status == 101)
		note_switch(h, head, r->request);
	exchange = q != NULL		     ? q->exchange :
	    h->switched.to != HTTP_NO_SWITCH ? h->switched.exchange :
					       h->exchanges++;
	begin_message(h, dir, exchange);
	if (tunnel)
		begin_tunnel(h, r->parsed.status == 101);
}

static void
http_begin(struct http *h, int dir)
{
	struct http_reader *r = &h->dir[dir];

	h->settled = true;
	h->server = r->parsed.side == HTTP_RESPONSE ? dir : !dir;
	if (r->parsed.side == HTTP_RESPONSE)
		take_response(h, dir);
	else
		take_request(h, dir);
}

/* The end of a head does not come: what was before it is told. */
void
http_lose_head(struct http *h, int dir, enum message_reason why)
{
	struct http_reader *r = &h->dir[dir];

	if (!http_head_part((struct slice){ r->head.p, r->head.n },
		&r->parsed) ||
	    (r->parsed.side == HTTP_RESPONSE && r->parsed.status < 200)) {
		http_seek(r);
		return;
	}
	r->head_lost = why;
	http_begin(h, dir);
	r->head_lost = MESSAGE_COMPLETE;
}

void
http_take_head(struct http *h, int dir)
{
	struct http_reader *r = &h->dir[dir];
	size_t used;

	if (http_head_parse((struct slice){ r->head.p, r->head.n }, &r->parsed,
		&used) != HTTP_CONSUMED) {
		http_lose_head(h, dir, MESSAGE_HEAD_LOST);
		return;
	}
	http_begin(h, dir);
}
