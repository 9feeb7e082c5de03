/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* conversation.c: numbers messages, undoes the codings of their bodies. */
#include "proto/conversation.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "proto/hpack.h"
#include "proto/http.h"
#include "proto/http2.h"
#include "proto/inflate.h"
#include "proto/opaque.h"
#include "proto/websocket.h"

struct conversation {
	const struct message_events *events;
	void *owner;
	struct opaque *opaque;
	struct http *http;
	/* What it has switched to; NULL: nothing so far. */
	struct http2 *http2;
	struct websocket *websocket;
	uint64_t n_messages;
	uint64_t n_made;
	struct decode_budget *budget; /* or NULL */
	bool limited;		      /* by that */
	size_t decoders;	      /* bytes of memory that they take */
	struct message_coded *first;  /* bodies that are being decoded */
};

/* A body that is in a coding. */
struct message_coded {
	struct conversation *c;
	struct message *m;
	struct inflater *inflater; /* NULL behind a hole */
	bool as_sent;		   /* nothing is left to decode it */
	size_t memory;		   /* that is counted */
	struct message_coded *prev;
	struct message_coded *next;
};

static void *
on_head(void *owner, struct message *m)
{
	struct conversation *c = owner;

	m->number = c->n_messages++;
	return c->events->head(c->owner, m);
}

/* ------------------------------------------------------------------ codings */

static void
on_decoded(void *arg, struct slice bytes)
{
	struct message_coded *x = arg;

	x->c->events->body(x->c->owner, x->m, bytes);
}

static void
count_decoder(struct message_coded *x, size_t memory)
{
	x->c->decoders += memory - x->memory;
	x->memory = memory;
}

static struct message_coded *
coded_new(struct conversation *c, struct message *m)
{
	struct message_coded *x = xcalloc(1, sizeof *x);

	x->c = c;
	x->m = m;
	x->as_sent = decode_budget_is_spent(c->budget);
	x->inflater = inflater_new(&m->codings, on_decoded, x);
	inflater_budget(x->inflater, c->budget);
	m->coded = x;
	x->next = c->first;
	if (c->first != NULL)
		c->first->prev = x;
	c->first = x;
	return x;
}

static void
coded_free(struct message_coded *x)
{
	inflater_free(x->inflater);
	free(x);
}

static void
coded_end(struct message_coded *x)
{
	if (x->prev != NULL)
		x->prev->next = x->next;
	else
		x->c->first = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
	count_decoder(x, 0);
	coded_free(x);
}

static void
coded_put(struct message_coded *x, struct slice bytes)
{
	if (x->as_sent)
		on_decoded(x, bytes);
	if (x->inflater == NULL || x->as_sent)
		return;
	inflater_put(x->inflater, bytes);
	count_decoder(x, sizeof *x + inflater_memory(x->inflater));
}

/* No more of it can be decoded. */
static enum inflate_end
coded_finish(struct message_coded *x)
{
	enum inflate_end end = INFLATE_WHOLE;

	if (x->inflater != NULL)
		end = inflater_finish(x->inflater);
	if (x->as_sent)
		end = INFLATE_RATIO;
	x->c->limited |=
	    end == INFLATE_RATIO && decode_budget_is_spent(x->c->budget);
	inflater_free(x->inflater);
	x->inflater = NULL;
	count_decoder(x, sizeof *x);
	return end;
}

static void
on_body(void *owner, struct message *m, struct slice bytes)
{
	struct conversation *c = owner;

	if (m->kept == NULL)
		return;
	if (message_is_coded(m))
		coded_put(m->coded != NULL ? m->coded : coded_new(c, m), bytes);
	else
		c->events->body(c->owner, m, bytes);
}

static void
on_hole(void *owner, struct message *m, const struct gap *g)
{
	struct conversation *c = owner;

	if (m->kept == NULL)
		return;
	if (message_is_coded(m))
		coded_finish(m->coded != NULL ? m->coded : coded_new(c, m));
	c->events->hole(c->owner, m, g);
}

/* Limits say why bytes are missing that were there to be had; else what
 * happened to the message comes before what is the matter with its coding. */
static enum message_reason
worse(enum message_reason reason, enum inflate_end end)
{
	static const enum message_reason reasons[] = {
		[INFLATE_WHOLE] = MESSAGE_COMPLETE,
		[INFLATE_CUT] = MESSAGE_BAD_CODING,
		[INFLATE_CORRUPT] = MESSAGE_BAD_CODING,
		[INFLATE_UNKNOWN] = MESSAGE_UNKNOWN_CODING,
		[INFLATE_WINDOW] = MESSAGE_WINDOW,
		[INFLATE_RATIO] = MESSAGE_RATIO,
	};

	if (end == INFLATE_WINDOW || end == INFLATE_RATIO ||
	    reason == MESSAGE_COMPLETE)
		return reasons[end];
	return reason;
}

static void
on_end(void *owner, struct message *m, enum message_reason reason)
{
	struct conversation *c = owner;

	if (m->holed && reason == MESSAGE_COMPLETE)
		reason = MESSAGE_HOLE;
	if (m->coded != NULL) {
		reason = worse(reason, coded_finish(m->coded));
		coded_end(m->coded);
		m->coded = NULL;
	}
	if (m->kept != NULL)
		c->events->end(c->owner, m, reason);
}

static void
on_span(void *owner, const struct chunk *piece, const struct span *what)
{
	struct conversation *c = owner;

	if (c->events->span != NULL)
		c->events->span(c->owner, piece, what);
}

static void
on_made_text(void *owner, const struct made_text *t)
{
	struct conversation *c = owner;
	struct made_text own = *t;

	own.number = c->n_made++;
	if (c->events->made != NULL)
		c->events->made(c->owner, &own);
}

static const struct message_events own_events = { on_head, on_body, on_hole,
	on_end, on_span, on_made_text };

/* ------------------------------------------------------------ who reads what */

static void
begin_http2(struct conversation *c, const struct http2_opening *how)
{
	if (c->http2 == NULL)
		c->http2 = http2_new(&own_events, c, how, c->budget);
}

/* A response has switched to another protocol. */
static void
begin_switched(struct conversation *c, const struct http_switched *to)
{
	const struct http2_opening http2 = {
		.client = to->client,
		.request = to->request,
		.exchanges = to->exchanges,
	};
	const struct ws_opening websocket = {
		.client = to->client,
		.exchange = to->exchange,
		.request = to->request,
		.extensions = to->extensions,
	};

	if (to->to == HTTP_TO_HTTP2)
		begin_http2(c, &http2);
	else if (to->to == HTTP_TO_WEBSOCKET && c->websocket == NULL)
		c->websocket =
		    websocket_new(&own_events, c, &websocket, c->budget);
}

/* Whether what a side says next is no HTTP/1 any more. */
static bool
has_switched(const struct conversation *c, int dir)
{
	return (c->http2 != NULL || c->websocket != NULL) &&
	    !http_is_reading(c->http, dir);
}

static void
on_http2(void *owner, int dir, enum http2_begin how)
{
	struct conversation *c = owner;
	const struct http2_opening opening = {
		.client = how == HTTP2_CLIENT ? dir : !dir,
		.exchanges = http_exchanges(c->http),
	};

	http_leave(c->http);
	begin_http2(c, &opening);
}

static void
on_clear(void *owner, const struct chunk *piece)
{
	struct conversation *c = owner;
	struct chunk rest = *piece;
	size_t n = 0;

	if (!has_switched(c, piece->dir))
		n = http_put(c->http, piece);
	begin_switched(c, http_switched(c->http));
	rest.off += n;
	rest.bytes = (struct slice){ piece->bytes.p + n, piece->bytes.n - n };
	if (rest.bytes.n == 0)
		return;
	if (c->http2 != NULL)
		http2_put(c->http2, &rest);
	else
		websocket_put(c->websocket, &rest);
}

/* --------------------------------------------------------- what nobody reads */

static void
on_opaque(void *owner, const struct chunk *piece,
    const struct opaque_piece *what)
{
	struct conversation *c = owner;
	const struct span span = {
		.kind = SPAN_OPAQUE,
		.label = what->label,
		.begins = what->begins,
		.tls = opaque_tls(c->opaque),
	};

	on_span(c, piece, &span);
}

/* ----------------------------------------------------------- what is called */

struct conversation *
conversation_new(const struct message_events *events, void *owner)
{
	static const struct opaque_events clear = { on_clear, on_opaque,
		on_http2 };
	struct conversation *c = xcalloc(1, sizeof *c);

	c->events = events;
	c->owner = owner;
	c->http = http_new(&own_events, c);
	c->opaque = opaque_new(&clear, c);
	return c;
}

void
conversation_budget(struct conversation *c, struct decode_budget *b)
{
	c->budget = b;
}

bool
conversation_is_cut(const struct conversation *c)
{
	return c->http2 != NULL && http2_is_cut(c->http2);
}

bool
conversation_lacks_heads(const struct conversation *c)
{
	return c->http2 != NULL && !hpack_is_there();
}

bool
conversation_is_limited(const struct conversation *c)
{
	return c->limited;
}

void
conversation_free(struct conversation *c)
{
	if (c == NULL)
		return;
	for (struct message_coded *x = c->first, *next; x != NULL; x = next) {
		next = x->next;
		coded_free(x);
	}
	http_free(c->http);
	http2_free(c->http2);
	websocket_free(c->websocket);
	opaque_free(c->opaque);
	free(c);
}

size_t
conversation_memory(const struct conversation *c)
{
	size_t n = sizeof *c + http_memory(c->http) + opaque_memory(c->opaque) +
	    c->decoders;

	if (c->http2 != NULL)
		n += http2_memory(c->http2);
	if (c->websocket != NULL)
		n += websocket_memory(c->websocket);
	return n;
}

void
conversation_turn(struct conversation *c, const struct chunk *turn)
{
	decode_budget_add(c->budget, turn->bytes.n);
	opaque_turn(c->opaque, turn,
	    http_is_reading(c->http, turn->dir) || has_switched(c, turn->dir));
}

void
conversation_gap(struct conversation *c, int dir, const struct gap *g)
{
	opaque_gap(c->opaque, dir, g);
	if (!has_switched(c, dir))
		http_gap(c->http, dir, g);
	else if (c->http2 != NULL)
		http2_gap(c->http2, dir, g);
	else
		websocket_gap(c->websocket, dir, g);
}

void
conversation_finish(struct conversation *c, const struct message_close *how)
{
	enum message_reason why[2];

	opaque_finish(c->opaque);
	http_finish(c->http, how);
	if (c->http2 != NULL)
		http2_finish(c->http2, how);
	for (int dir = 0; dir < 2; dir++)
		why[dir] =
		    how->fin[dir] || how->reset ? MESSAGE_ABORTED : MESSAGE_CUT;
	if (c->websocket != NULL)
		websocket_finish(c->websocket, why);
}
