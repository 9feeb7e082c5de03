/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* websocket.c: frames of WebSocket, and the messages that they make. */
#include "proto/websocket.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "proto/ws_inflate.h"

/* The longest header of a frame: two bytes, a length, a mask. */
#define WS_HEADER_MAX 14
/* Payload is unmasked in pieces of so many bytes. */
#define WS_PIECE ((size_t)4096)
/* RFC 6455, 5.5. */
#define WS_CONTROL_MAX 125

enum ws_state { WS_HEADER, WS_PAYLOAD, WS_OPAQUE };

/* A message at hand: of text or data, or one for control in between. */
struct ws_message {
	struct message m;
	bool open;
	bool deflated;
	bool stuck;		    /* nothing more of it can be inflated */
	enum message_reason reason; /* why it is not whole */
};

struct ws_side {
	enum ws_state state;
	uint8_t head[WS_HEADER_MAX];
	size_t n_head;
	struct chunk from; /* of the frame at hand: where it began */
	bool begun;	   /* its first span was told */
	uint64_t left;	   /* of its payload */
	uint8_t mask[4];
	size_t mask_at;
	bool fin;
	struct ws_message *frame; /* which message it is of */
	struct ws_message data;
	struct ws_message control;
	struct ws_inflate *inflate; /* NULL before it is needed */
	/* Why messages cannot be inflated any more. */
	enum message_reason lost;
};

struct websocket {
	const struct message_events *events;
	void *owner;
	struct ws_opening how;
	struct decode_budget *budget;
	struct http_head none[2]; /* of the directions' messages */
	struct ws_side side[2];
	/* While a turn is taken. */
	const struct chunk *turn;
	size_t told;
};

const char *
ws_opcode_name(uint8_t opcode)
{
	switch (opcode) {
	case WS_TEXT:
		return "text";
	case WS_BINARY:
		return "binary";
	case WS_CLOSE:
		return "close";
	case WS_PING:
		return "ping";
	case WS_PONG:
		return "pong";
	default:
		return NULL;
	}
}

struct websocket *
websocket_new(const struct message_events *events, void *owner,
    const struct ws_opening *how, struct decode_budget *budget)
{
	struct websocket *w = xcalloc(1, sizeof *w);

	w->events = events;
	w->owner = owner;
	w->how = *how;
	w->budget = budget;
	w->none[how->client].side = HTTP_REQUEST;
	w->none[!how->client].side = HTTP_RESPONSE;
	return w;
}

void
websocket_free(struct websocket *w)
{
	if (w == NULL)
		return;
	ws_inflate_free(w->side[0].inflate);
	ws_inflate_free(w->side[1].inflate);
	free(w);
}

size_t
websocket_memory(const struct websocket *w)
{
	size_t n = sizeof *w;

	for (int dir = 0; dir < 2; dir++)
		if (w->side[dir].inflate != NULL)
			n += ws_inflate_memory();
	return n;
}

/* ------------------------------------------------------------------- spans */

/* What of the turn at hand comes before `to' and has not been told: of the
 * frame, or of nothing that is known. */
static void
ws_span(struct websocket *w, const uint8_t *to)
{
	struct ws_side *s = &w->side[w->turn->dir];
	struct chunk c = *w->turn;
	struct span span = { .kind = SPAN_AS_IS };
	const uint8_t *from = c.bytes.p + w->told;

	if (to == from)
		return;
	c.off += w->told;
	c.bytes = (struct slice){ from, (size_t)(to - from) };
	w->told += c.bytes.n;
	if (s->state == WS_HEADER) {
		span.kind = SPAN_OPAQUE;
		span.label = "websocket frame";
	} else if (s->state == WS_PAYLOAD) {
		span.kind = SPAN_BODY;
		span.m = &s->frame->m;
	}
	span.begins = !s->begun;
	s->begun = true;
	if (w->events->span != NULL)
		w->events->span(w->owner, &c, &span);
}

/* ---------------------------------------------------------------- messages */

static void
message_end(struct websocket *w, struct ws_message *x, enum message_reason why)
{
	if (!x->open)
		return;
	x->open = false;
	w->events->end(w->owner, &x->m, why);
}

static void
message_begin(struct websocket *w, int dir, struct ws_message *x,
    uint8_t opcode)
{
	struct ws_side *s = &w->side[dir];

	*x = (struct ws_message){
		.m = {
			.protocol = MESSAGE_WEBSOCKET,
			.dir = dir,
			.exchange = w->how.exchange,
			.stream = w->how.stream,
			.has_stream = w->how.has_stream,
			.opcode = opcode,
			.off = s->from.off,
			.packet = s->from.packet,
			.ts_ns = s->from.ts_ns,
			.last_ns = w->turn->ts_ns,
			.head = &w->none[dir],
			.request = w->how.request,
		},
		.open = true,
		.reason = MESSAGE_COMPLETE,
	};
	x->m.kept = w->events->head(w->owner, &x->m);
}

static void
tell_payload(struct websocket *w, struct ws_message *x, struct slice bytes)
{
	if (bytes.n > 0)
		w->events->body(w->owner, &x->m, bytes);
}

static void
on_inflated(void *arg, struct slice bytes)
{
	struct websocket *w = arg;

	tell_payload(w, &w->side[w->turn->dir].data, bytes);
}

/* No more of the message can be inflated, and of others only when they begin
 * anew. */
static void
lose_inflate(struct ws_side *s, enum message_reason why)
{
	s->data.deflated = false;
	s->data.stuck = true;
	if (s->data.reason == MESSAGE_COMPLETE)
		s->data.reason = why;
	s->lost = why;
}

static void
check_inflate(struct ws_side *s, enum inflate_end end)
{
	if (end != INFLATE_WHOLE)
		lose_inflate(s,
		    end == INFLATE_RATIO ? MESSAGE_RATIO : MESSAGE_BAD_CODING);
}

/* A message that is compressed begins: inflates it if that can be. */
static void
begin_inflate(struct websocket *w, int dir)
{
	struct ws_side *s = &w->side[dir];
	bool client = dir == w->how.client;
	bool takeover = !w->how.extensions.no_takeover[client ? 0 : 1];

	if (s->lost != MESSAGE_COMPLETE && takeover) {
		s->data.reason = s->lost;
		return;
	}
	s->lost = MESSAGE_COMPLETE;
	if (s->inflate == NULL) {
		s->inflate = ws_inflate_new(on_inflated, w);
		ws_inflate_budget(s->inflate, w->budget);
	}
	ws_inflate_begin(s->inflate, takeover);
	s->data.deflated = true;
}

/* ------------------------------------------------------------------ frames */

static bool
is_control(uint8_t opcode)
{
	return (opcode & 0x8) != 0;
}

/* How many bytes the header has, by what of it is there. */
static size_t
header_length(const struct ws_side *s)
{
	size_t n = 2;
	uint8_t len;

	if (s->n_head < 2)
		return n;
	len = s->head[1] & 0x7f;
	n += len == 126 ? 2 : len == 127 ? 8 : 0;
	return n + ((s->head[1] & 0x80) != 0 ? 4 : 0);
}

/* Sets what the header says; false when it cannot be one. */
static bool
read_header(const struct websocket *w, struct ws_side *s)
{
	const uint8_t *p = s->head;
	uint8_t opcode = p[0] & 0x0f, len = p[1] & 0x7f;
	bool compressed = (p[0] & 0x40) != 0;

	s->fin = (p[0] & 0x80) != 0;
	s->left = len == 126 ? get_be16(p + 2) :
	    len == 127	     ? get_be64(p + 2) :
			       len;
	s->mask_at = 0;
	memset(s->mask, 0, sizeof s->mask);
	if ((p[1] & 0x80) != 0)
		memcpy(s->mask, p + s->n_head - 4, 4);
	if ((p[0] & 0x30) != 0 || s->left > INT64_MAX)
		return false;
	if (compressed &&
	    (!w->how.extensions.deflate || is_control(opcode) ||
		opcode == WS_CONTINUATION))
		return false;
	if (is_control(opcode))
		return s->fin && s->left <= WS_CONTROL_MAX;
	return s->data.open == (opcode == WS_CONTINUATION);
}

/* The direction holds nothing more that is known. */
static void
ws_give_up(struct websocket *w, int dir, enum message_reason why)
{
	struct ws_side *s = &w->side[dir];

	message_end(w, &s->control, why);
	message_end(w, &s->data, why);
	s->state = WS_OPAQUE;
	ws_inflate_free(s->inflate);
	s->inflate = NULL;
}

static void
frame_end(struct websocket *w, int dir)
{
	struct ws_side *s = &w->side[dir];
	struct ws_message *x = s->frame;

	s->state = WS_HEADER;
	s->n_head = 0;
	s->begun = false;
	if (!s->fin)
		return;
	if (x->deflated)
		check_inflate(s, ws_inflate_end(s->inflate));
	message_end(w, x, x->reason);
}

/* The header is whole. */
static void
frame_begin(struct websocket *w, int dir, const uint8_t *to)
{
	struct ws_side *s = &w->side[dir];
	uint8_t opcode = s->head[0] & 0x0f;

	if (!read_header(w, s)) {
		ws_give_up(w, dir, MESSAGE_BAD_FRAMING);
		ws_span(w, to);
		return;
	}
	s->frame = is_control(opcode) ? &s->control : &s->data;
	s->state = WS_PAYLOAD;
	if (opcode != WS_CONTINUATION)
		message_begin(w, dir, s->frame, opcode);
	if ((s->head[0] & 0x40) != 0)
		begin_inflate(w, dir);
	if (s->left > 0)
		return;
	ws_span(w, to);
	frame_end(w, dir);
}

static void
take_ws_header(struct websocket *w, int dir, struct cur *c)
{
	struct ws_side *s = &w->side[dir];
	struct slice byte;

	if (s->n_head == 0) {
		s->from = *w->turn;
		s->from.off += (uint64_t)(c->pos - w->turn->bytes.p);
	}
	cur_take(c, 1, &byte);
	s->head[s->n_head++] = byte.p[0];
	if (s->n_head >= 2 && s->n_head == header_length(s))
		frame_begin(w, dir, c->pos);
}

/* Why a message closes the connection stands before what else it says. */
static void
note_code(struct message *m, struct slice bytes)
{
	if (m->opcode != WS_CLOSE)
		return;
	for (size_t i = 0; i < bytes.n && m->sent + i < 2; i++)
		m->code = (uint16_t)(m->code << 8 | bytes.p[i]);
}

static void
take_unmasked(struct ws_side *s, struct slice in, uint8_t *out)
{
	for (size_t i = 0; i < in.n; i++)
		out[i] = in.p[i] ^ s->mask[(s->mask_at + i) & 3];
	s->mask_at += in.n;
}

static void
take_piece(struct websocket *w, int dir, struct slice in)
{
	struct ws_side *s = &w->side[dir];
	struct ws_message *x = s->frame;
	uint8_t own[WS_PIECE];
	struct slice bytes = { own, in.n };

	take_unmasked(s, in, own);
	note_code(&x->m, bytes);
	x->m.sent += in.n;
	if (x->deflated)
		check_inflate(s, ws_inflate_put(s->inflate, bytes));
	else if (!x->stuck)
		tell_payload(w, x, bytes);
}

static void
take_ws_payload(struct websocket *w, int dir, struct cur *c)
{
	struct ws_side *s = &w->side[dir];
	struct cur payload = *c;
	struct slice in;

	if (cur_left(c) > s->left)
		cur_limit(&payload, (size_t)s->left);
	cur_skip(c, cur_left(&payload));
	s->left -= cur_left(&payload);
	ws_span(w, c->pos);
	s->frame->m.last_ns = w->turn->ts_ns;
	while (cur_left(&payload) > 0) {
		size_t n = cur_left(&payload);

		cur_take(&payload, n < WS_PIECE ? n : WS_PIECE, &in);
		take_piece(w, dir, in);
	}
	if (s->left == 0)
		frame_end(w, dir);
}

void
websocket_put(struct websocket *w, const struct chunk *turn)
{
	struct ws_side *s = &w->side[turn->dir];
	struct cur c = cur_of(turn->bytes.p, turn->bytes.n);

	w->turn = turn;
	w->told = 0;
	while (cur_left(&c) > 0) {
		if (s->state == WS_HEADER)
			take_ws_header(w, turn->dir, &c);
		else if (s->state == WS_PAYLOAD)
			take_ws_payload(w, turn->dir, &c);
		else
			cur_skip(&c, cur_left(&c));
	}
	ws_span(w, c.pos);
	w->turn = NULL;
}

/* ------------------------------------------------------- what is not there */

void
websocket_gap(struct websocket *w, int dir, const struct gap *g)
{
	struct ws_side *s = &w->side[dir];

	if (s->state == WS_OPAQUE)
		return;
	if (s->state != WS_PAYLOAD || g->len == 0 || g->len > s->left ||
	    !gap_is_exact(g)) {
		ws_give_up(w, dir, MESSAGE_HOLE);
		return;
	}
	s->left -= g->len;
	s->mask_at += (size_t)(g->len & 3);
	s->frame->m.holed = true;
	if (s->frame->deflated)
		lose_inflate(s, MESSAGE_HOLE);
	if (s->frame->reason == MESSAGE_COMPLETE)
		s->frame->reason = MESSAGE_HOLE;
	w->events->hole(w->owner, &s->frame->m, g);
	if (s->left == 0)
		frame_end(w, dir);
}

void
websocket_finish(struct websocket *w, const enum message_reason why[2])
{
	for (int dir = 0; dir < 2; dir++)
		ws_give_up(w, dir, why[dir]);
}
