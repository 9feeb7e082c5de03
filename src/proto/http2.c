/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http2.c: HTTP/2 in both directions of a session, frame by frame. */
#include "proto/http2.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "proto/http2_parts.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

_Static_assert(sizeof preface - 1 == HTTP2_PREFACE, "its length");

/* RFC 9113, 3.4: a SETTINGS frame, of no more settings than anybody has. */
#define SETTINGS_LIKELY 128

enum http2_begin
http2_begins(struct slice in, bool first)
{
	static const uint8_t settings[H2_HEADER] = { 0, 0, 0, H2_SETTINGS };
	size_t n = in.n < HTTP2_PREFACE ? in.n : HTTP2_PREFACE;

	if (n > 0 && memcmp(in.p, preface, n) == 0)
		return n < HTTP2_PREFACE ? HTTP2_PERHAPS : HTTP2_CLIENT;
	n = in.n < H2_HEADER ? in.n : H2_HEADER;
	if (!first || n == 0)
		return HTTP2_NOT;
	for (size_t i = 0; i < n; i++)
		if (i == 2 ? in.p[i] > SETTINGS_LIKELY || in.p[i] % 6 != 0 :
			     in.p[i] != settings[i])
			return HTTP2_NOT;
	return n < H2_HEADER ? HTTP2_PERHAPS : HTTP2_SERVER;
}

struct http2 *
http2_new(const struct message_events *events, void *owner,
    const struct http2_opening *how, struct decode_budget *budget)
{
	struct http2 *h = xcalloc(1, sizeof *h);

	h->events = events;
	h->owner = owner;
	h->budget = budget;
	h->client = how->client;
	h->exchanges = how->exchanges;
	h->side[how->client].state = H2_PREFACE;
	h->side[!how->client].state = H2_FRAME;
	for (int dir = 0; dir < 2; dir++)
		h->side[dir].lost = !hpack_is_there();
	if (how->request != NULL)
		h2_stream_upgrade(h, how->request);
	return h;
}

void
http2_free(struct http2 *h)
{
	if (h == NULL)
		return;
	h2_streams_free(h);
	for (int dir = 0; dir < 2; dir++) {
		hpack_free(h->side[dir].hpack);
		buf_free(&h->side[dir].fields);
		buf_free(&h->side[dir].seek);
	}
	buf_free(&h->made);
	free(h);
}

size_t
http2_memory(const struct http2 *h)
{
	size_t n = sizeof *h + h->memory + h->made.cap;

	for (int dir = 0; dir < 2; dir++) {
		const struct h2_side *s = &h->side[dir];

		n += s->fields.cap + s->seek.cap;
		if (s->hpack != NULL)
			n += hpack_memory(s->hpack);
	}
	return n;
}

bool
http2_is_cut(const struct http2 *h)
{
	return h->cut;
}

/* ------------------------------------------------------------------- spans */

/* What of the turn at hand comes before `to' and has not been told: of m's
 * body, or of what label names; with neither, of nothing that is known. */
void
h2_span(struct http2 *h, const uint8_t *to, const struct message *m,
    const char *label)
{
	struct h2_side *s = &h->side[h->turn->dir];
	struct chunk c = *h->turn;
	struct span span = { .kind = SPAN_AS_IS, .m = m, .label = label };
	const uint8_t *from = c.bytes.p + h->told;

	if (to <= from)
		return;
	c.off += h->told;
	c.bytes = (struct slice){ from, (size_t)(to - from) };
	h->told += c.bytes.n;
	if (m != NULL)
		span.kind = SPAN_BODY;
	else if (label != NULL)
		span.kind = SPAN_OPAQUE;
	span.known = s->state == H2_PREFACE;
	span.begins = !s->begun;
	span.retold = label != NULL &&
	    (s->frame.type == H2_HEADERS || s->frame.type == H2_CONTINUATION ||
		s->frame.type == H2_PUSH_PROMISE);
	s->begun = true;
	if (h->events->span != NULL)
		h->events->span(h->owner, &c, &span);
}

static void
frame_span(struct http2 *h, const uint8_t *to, const struct message *m)
{
	char label[64];

	h2_span(h, to, m,
	    h2_frame_label(&h->side[h->turn->dir].frame, label, sizeof label));
}

/* ------------------------------------------------------------------- blocks */

static void
tell_fields(struct http2 *h, int dir)
{
	struct h2_side *s = &h->side[dir];

	if (h->events->made == NULL || s->fields.n == 0)
		return;
	h2_fields_text(&s->fields, &h->made);
	h->events->made(h->owner,
	    &(struct made_text){
		.dir = dir,
		.off = s->block_from.off,
		.text = { h->made.p, h->made.n },
	    });
}

/* An interim response is none of its own (RFC 9113, 8.1). */
static bool
is_interim(const struct http2 *h, int dir)
{
	const struct h2_side *s = &h->side[dir];
	struct h2_message o = { .fields = s->fields };

	if (dir == h->client || s->block_ends || s->lost || s->block_bad)
		return false;
	(void)h2_head_read(&o, HTTP_RESPONSE);
	return o.head.status >= 100 && o.head.status < 200;
}

/* The block is over: what it said is told. */
static void
block_end(struct http2 *h, int dir)
{
	struct h2_side *s = &h->side[dir];
	struct h2_stream *x;

	if (!s->lost && !s->block_bad)
		tell_fields(h, dir);
	if (s->promised != 0) {
		h2_stream_promise(h, dir, s->promised);
	} else if (!is_interim(h, dir)) {
		x = h2_stream_get(h, dir, s->block);
		if (x != NULL)
			h2_stream_head(h, dir, x);
	}
	s->lost |= s->block_bad;
	s->block_bad = false;
	s->block = s->promised = 0;
	buf_reset(&s->fields);
	if (s->fields.cap > 4096)
		buf_free(&s->fields);
}

static void
block_begin(struct h2_side *s)
{
	const struct h2_frame *f = &s->frame;
	const uint8_t *p = s->prefix;

	if ((f->flags & H2_PADDED) != 0)
		p++;
	s->block = f->stream;
	s->promised = f->type == H2_PUSH_PROMISE ? get_be32(p) & 0x7fffffff : 0;
	s->block_ends =
	    f->type == H2_HEADERS && (f->flags & H2_END_STREAM) != 0;
	s->block_from = s->from;
	buf_reset(&s->fields);
}

/* ------------------------------------------------------------------- frames */

void
h2_frame_end(struct http2 *h, int dir)
{
	struct h2_side *s = &h->side[dir];
	const struct h2_frame *f = &s->frame;
	struct h2_stream *x;

	s->state = H2_FRAME;
	s->n_head = 0;
	s->begun = false;
	if (h2_frame_has_block(f) && (f->flags & H2_END_HEADERS) != 0 &&
	    s->block != 0) {
		h2_block_put(s, (struct slice){ s->head, 0 }, true);
		block_end(h, dir);
		return;
	}
	x = h2_stream_find(h, f->stream);
	if (x == NULL)
		return;
	if (f->type == H2_RST_STREAM)
		h2_stream_reset(h, dir, x);
	else if (f->type == H2_DATA && (f->flags & H2_END_STREAM) != 0)
		h2_stream_end(h, dir, x);
}

/* What is said in the direction cannot be frames. */
static void
be_opaque(struct http2 *h, int dir)
{
	struct h2_side *s = &h->side[dir];

	s->state = H2_OPAQUE;
	s->lost = true;
	h2_streams_hole(h, dir, &(struct gap){ .off = s->from.off });
}

/* A block that another frame interrupts is none (RFC 9113, 4.3), and what it
 * would have added to the table is missing. */
static void
check_order(struct h2_side *s)
{
	bool goes_on = s->frame.type == H2_CONTINUATION;

	if (goes_on ? s->block == s->frame.stream && s->block != 0 :
		      s->block == 0)
		return;
	s->lost = true;
	s->block = s->promised = 0;
	s->block_bad = false;
}

static const struct message *
body_of_frame(struct http2 *h, int dir)
{
	struct h2_stream *x = h2_data_stream(h, dir);
	struct h2_message *o = x != NULL ? h2_stream_message(h, dir, x) : NULL;

	return o != NULL ? &o->m : NULL;
}

/* The prefix is whole. */
static void
prefix_end(struct http2 *h, int dir)
{
	struct h2_side *s = &h->side[dir];
	const struct h2_frame *f = &s->frame;

	s->pad =
	    (f->flags & H2_PADDED) != 0 && s->prefix_len > 0 ? s->prefix[0] : 0;
	if (s->pad > s->left) {
		be_opaque(h, dir);
		return;
	}
	if (f->type == H2_HEADERS || f->type == H2_PUSH_PROMISE)
		block_begin(s);
}

/* A header is whole; to: what of the turn comes before its payload. */
static void
frame_begin(struct http2 *h, int dir, const uint8_t *to)
{
	struct h2_side *s = &h->side[dir];

	h2_frame_read(&s->frame, s->head);
	s->left = s->frame.len;
	s->pad = 0;
	s->n_prefix = 0;
	s->prefix_len = h2_prefix_length(&s->frame);
	if ((!s->greeted && s->frame.type != H2_SETTINGS) ||
	    s->prefix_len > s->left) {
		be_opaque(h, dir);
		return;
	}
	s->greeted = true;
	s->state = H2_PAYLOAD;
	check_order(s);
	if (s->prefix_len == 0)
		prefix_end(h, dir);
	if (s->state != H2_PAYLOAD || s->left > 0)
		return;
	frame_span(h, to, body_of_frame(h, dir));
	h2_frame_end(h, dir);
}

static void
take_frame_header(struct http2 *h, int dir, struct cur *c)
{
	struct h2_side *s = &h->side[dir];
	size_t want = H2_HEADER - s->n_head;
	struct slice in = { c->pos, 0 };

	if (s->n_head == 0) {
		s->from = *h->turn;
		s->from.off += (uint64_t)(c->pos - h->turn->bytes.p);
	}
	cur_take(c, cur_left(c) < want ? cur_left(c) : want, &in);
	memcpy(s->head + s->n_head, in.p, in.n);
	s->n_head += in.n;
	if (s->n_head == H2_HEADER)
		frame_begin(h, dir, c->pos);
}

static void
take_preface(struct http2 *h, int dir, struct cur *c)
{
	struct h2_side *s = &h->side[dir];

	while (cur_left(c) > 0 && s->n_head < HTTP2_PREFACE &&
	    *c->pos == (uint8_t)preface[s->n_head]) {
		c->pos++;
		s->n_head++;
	}
	h2_span(h, c->pos, NULL, NULL);
	s->begun = false;
	if (s->n_head == HTTP2_PREFACE) {
		s->state = H2_FRAME;
		s->n_head = 0;
	} else if (cur_left(c) > 0) {
		be_opaque(h, dir);
	}
}

/* ------------------------------------------------------------------ payload */

static void
take_prefix(struct http2 *h, int dir, struct cur *c)
{
	struct h2_side *s = &h->side[dir];
	uint8_t byte;

	while (s->n_prefix < s->prefix_len && cur_u8(c, &byte)) {
		s->prefix[s->n_prefix++] = byte;
		s->left--;
	}
	if (s->n_prefix == s->prefix_len)
		prefix_end(h, dir);
}

static struct chunk
piece_of_turn(const struct http2 *h, struct slice in)
{
	struct chunk c = *h->turn;

	c.off += (uint64_t)(in.p - c.bytes.p);
	c.bytes = in;
	return c;
}

/* Data of a stream that is a WebSocket: that tells its spans itself. */
static void
take_ws(struct http2 *h, struct h2_stream *x, struct slice in)
{
	struct chunk c = piece_of_turn(h, in);

	if (h->replayed) {
		websocket_gap(x->ws, c.dir, &(struct gap){ .off = c.off });
		return;
	}
	frame_span(h, in.p, NULL);
	h->told += in.n;
	websocket_put(x->ws, &c);
	h2_stream_count_ws(h, x);
	h->side[c.dir].begun = false;
}

static void
take_data(struct http2 *h, int dir, struct slice in)
{
	struct h2_stream *x = h2_data_stream(h, dir);
	struct h2_message *o = NULL;

	if (x != NULL && x->cancelled) {
		h2_stream_abort(h, x);
		x = NULL;
	}
	if (x != NULL)
		o = h2_stream_message(h, dir, x);
	if (x != NULL && x->ws != NULL) {
		take_ws(h, x, in);
		return;
	}
	frame_span(h, in.p + in.n, o != NULL ? &o->m : NULL);
	if (o == NULL)
		return;
	o->m.sent += in.n;
	o->m.last_ns = h->last_ns;
	h->events->body(h->owner, &o->m, in);
}

static void
take_payload(struct http2 *h, int dir, struct cur *c)
{
	struct h2_side *s = &h->side[dir];
	size_t most = cur_left(c);
	struct slice in = { c->pos, 0 };

	if (s->n_prefix < s->prefix_len) {
		take_prefix(h, dir, c);
		if (s->n_prefix < s->prefix_len || s->state != H2_PAYLOAD)
			return;
		most = cur_left(c);
	}
	/* What is padding is told with what comes before it. */
	if (most > s->left - s->pad)
		most = s->left - s->pad;
	cur_take(c, most, &in);
	s->left -= (uint32_t)in.n;
	if (in.n > 0 && s->frame.type == H2_DATA)
		take_data(h, dir, in);
	else if (in.n > 0 && h2_frame_has_block(&s->frame) && s->block != 0)
		h2_block_put(s, in, false);
	if (s->left == s->pad && s->pad > 0) {
		most = cur_left(c) < s->pad ? cur_left(c) : s->pad;
		cur_skip(c, most);
		s->left -= (uint32_t)most;
		s->pad -= (uint32_t)most;
	}
	frame_span(h, c->pos, body_of_frame(h, dir));
	if (s->left == 0)
		h2_frame_end(h, dir);
}

/* ------------------------------------------------------------ what is called */

static void take_part(struct http2 *h, int dir, struct cur *c);

/* ------------------------------------------------- behind what is not there */

/* The highest stream that there can be behind the hole. */
static uint32_t
highest(const struct http2 *h, const struct h2_side *s)
{
	uint32_t top = h->last[0] > h->last[1] ? h->last[0] : h->last[1];
	uint64_t more = s->missing / H2_HEADER + 1;

	return more < (INT32_MAX - top) / 2 ? top + 2 * (uint32_t)more :
					      INT32_MAX;
}

/* Whether a frame stands at p, and another behind it; *more when that cannot be
 * said yet. */
static bool
chains(const struct h2_side *s, uint32_t top, bool *more)
{
	const uint8_t *p = s->seek.p + s->seek_at;
	size_t left = s->seek.n - s->seek_at;
	struct h2_frame f;

	*more = left < H2_HEADER;
	if (*more)
		return false;
	h2_frame_read(&f, p);
	if (!h2_frame_is_likely(&f, top))
		return false;
	*more = left - H2_HEADER < f.len + (size_t)H2_HEADER;
	if (*more)
		return false;
	h2_frame_read(&f, p + H2_HEADER + f.len);
	return h2_frame_is_likely(&f, top);
}

/* Frames begin at seek_at: reads what has come of them.  The spans are told. */
static void
resume(struct http2 *h, int dir)
{
	struct h2_side *s = &h->side[dir];
	const struct chunk *turn = h->turn;
	struct buf held = s->seek;
	struct chunk c = *turn;
	struct cur in = cur_of(held.p + s->seek_at, held.n - s->seek_at);

	c.bytes = (struct slice){ in.pos, cur_left(&in) };
	c.off = turn->off + turn->bytes.n - c.bytes.n;
	s->seek = (struct buf){ 0 };
	s->state = H2_FRAME;
	s->n_head = 0;
	h->turn = &c;
	h->told = c.bytes.n;
	h->replayed = true;
	while (cur_left(&in) > 0)
		take_part(h, dir, &in);
	h->replayed = false;
	h->turn = turn;
	h->told = turn->bytes.n;
	buf_free(&held);
}

static void
take_seek(struct http2 *h, int dir, struct cur *c)
{
	struct h2_side *s = &h->side[dir];
	uint32_t top = highest(h, s);
	struct slice in;
	bool found, more;

	cur_take(c, cur_left(c), &in);
	h2_span(h, c->pos, NULL, "h2 behind a hole");
	buf_put(&s->seek, in.p, in.n);
	while (!(found = chains(s, top, &more)) && !more)
		s->seek_at++;
	if (found) {
		resume(h, dir);
		return;
	}
	buf_drop(&s->seek, s->seek_at);
	s->seek_at = 0;
}

static void
take_part(struct http2 *h, int dir, struct cur *c)
{
	switch (h->side[dir].state) {
	case H2_PREFACE:
		take_preface(h, dir, c);
		break;
	case H2_FRAME:
		take_frame_header(h, dir, c);
		break;
	case H2_PAYLOAD:
		take_payload(h, dir, c);
		break;
	case H2_SEEK:
		take_seek(h, dir, c);
		break;
	case H2_OPAQUE:
		cur_skip(c, cur_left(c));
		break;
	}
}

void
http2_put(struct http2 *h, const struct chunk *turn)
{
	struct h2_side *s = &h->side[turn->dir];
	struct cur c = cur_of(turn->bytes.p, turn->bytes.n);

	h->turn = turn;
	h->told = 0;
	h->last_ns = turn->ts_ns;
	while (cur_left(&c) > 0)
		take_part(h, turn->dir, &c);
	if (s->state == H2_PAYLOAD)
		frame_span(h, c.pos,
		    s->n_prefix == s->prefix_len ? body_of_frame(h, turn->dir) :
						   NULL);
	else
		h2_span(h, c.pos, NULL,
		    s->state == H2_FRAME ? "h2 frame" : NULL);
	h->turn = NULL;
	s->pos += turn->bytes.n;
}

void
http2_finish(struct http2 *h, const struct message_close *how)
{
	h2_streams_finish(h, how);
}
