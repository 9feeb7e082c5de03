/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * report_messages.c: what a report keeps of the messages of a session while it
 * lives: its exchanges, how decoded bodies begin, and what stretches nobody can
 * read.
 *
 * Exchanges have numbers in the order of their requests.  Those beyond the
 * limit are not looked at, so a list of those that are open stays short.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/limit.h"
#include "base/record_log.h"
#include "base/xalloc.h"
#include "proto/media.h"
#include "proto/websocket.h"
#include "sinks/body.h"
#include "sinks/report_parts.h"
#include "sinks/request_url.h"

/* Of what others chose: of words that is shown. */
#define WORD_SHOWN ((size_t)80)
#define HOST_SHOWN ((size_t)256)

/* An exchange that is not over; texts: method, host, URL and type. */
struct report_open {
	struct report_open *next;
	struct report_exchange e;
	struct buf text[REPORT_EXCHANGE_TEXTS];
	int64_t asked_ns; /* the last byte of the request so far */
	bool asked;
	bool open[2]; /* its request, its response */
};

/* Of a message; freed at its end. */
struct report_message {
	struct report_open *exchange; /* or NULL */
	bool decodes;		      /* its body is not as it is sent */
	uint64_t off;		      /* of the first run of its body, */
	uint64_t len;		      /* ... so long */
	struct buf bytes;	      /* decoded, the first */
};

static void
report_hold(struct report_session *x, size_t more, size_t less)
{
	*x->report->env->memory += more - less;
}

/* ------------------------------------------------------------------- exchanges */

/* As much of s as is shown: not a part of a character. */
static struct slice
cut_text(struct slice s, size_t most)
{
	if (s.n <= most)
		return s;
	for (s.n = most; s.n > 0 && (s.p[s.n] & 0xc0) == 0x80; s.n--)
		continue;
	return s;
}

static void
keep_text(struct report_session *x, struct report_open *o,
    enum report_exchange_text which, struct slice s)
{
	buf_reset(&o->text[which]);
	report_hold(x, 0, o->text[which].cap);
	buf_put(&o->text[which], s.p, s.n);
	report_hold(x, o->text[which].cap, 0);
}

/* What stands between the scheme and the path. */
static struct slice
host_of(struct slice url)
{
	static const char mark[] = "://";
	const uint8_t *p = memmem(url.p, url.n, mark, sizeof mark - 1);
	struct slice host = { 0 };

	if (p == NULL)
		return host;
	host.p = p + sizeof mark - 1;
	while (host.p + host.n < url.p + url.n && host.p[host.n] != '/')
		host.n++;
	return host;
}

static void
keep_request(struct report_session *x, struct report_open *o,
    const struct message *m)
{
	struct slice url;

	request_url(&x->text, m, x->ss);
	url = (struct slice){ x->text.p, x->text.n };
	keep_text(x, o, EXCHANGE_METHOD,
	    cut_text(m->request->method, WORD_SHOWN));
	keep_text(x, o, EXCHANGE_HOST, cut_text(host_of(url), HOST_SHOWN));
	keep_text(x, o, EXCHANGE_URL, cut_text(url, REPORT_URL_SHOWN));
	o->e.url_cut = url.n > REPORT_URL_SHOWN;
}

static struct report_open *
open_exchange(struct report_session *x, const struct message *m)
{
	struct report_open *o = x->open;

	if (m->protocol == MESSAGE_WEBSOCKET ||
	    m->exchange >= LIMIT_REPORT_SESSION_EXCHANGES)
		return NULL;
	while (o != NULL && o->e.number != m->exchange)
		o = o->next;
	if (o != NULL)
		return o;
	o = xcalloc(1, sizeof *o);
	report_hold(x, sizeof *o, 0);
	o->e.number = m->exchange;
	o->e.start_ns = m->ts_ns;
	o->e.end_ns = m->last_ns;
	o->e.wait_ns = -1;
	if (m->request != NULL)
		keep_request(x, o, m);
	o->next = x->open;
	x->open = o;
	return o;
}

static void
end_exchange(struct report_session *x, struct report_open *o)
{
	struct report_open **at = &x->open;
	struct buf texts = { 0 };

	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	for (int i = 0; i < REPORT_EXCHANGE_TEXTS; i++) {
		o->e.len[i] = (uint32_t)o->text[i].n;
		buf_put(&texts, o->text[i].p, o->text[i].n);
		report_hold(x, 0, o->text[i].cap);
		buf_free(&o->text[i]);
	}
	record_log_put(x->report->spill, &x->exchanges,
	    (struct slice){ (const uint8_t *)&o->e, sizeof o->e },
	    (struct slice){ texts.p, texts.n });
	buf_free(&texts);
	report_hold(x, 0, sizeof *o);
	free(o);
}

static void
begin_side(struct report_open *o, const struct message *m)
{
	bool request = message_is_request(m);
	int64_t wait;

	o->open[!request] = true;
	if (request) {
		o->asked = true;
		o->asked_ns = m->last_ns;
		return;
	}
	o->e.status = m->head->status;
	wait = fmt_since(m->ts_ns, o->asked_ns);
	if (o->asked)
		o->e.wait_ns = wait > 0 ? wait : 0;
}

static void
end_side(struct report_session *x, struct report_open *o,
    const struct message *m)
{
	const struct body_facts *body = body_of(m);
	bool request = message_is_request(m);

	o->open[!request] = false;
	if (fmt_since(m->last_ns, o->e.end_ns) > 0)
		o->e.end_ns = m->last_ns;
	if (request) {
		o->asked_ns = m->last_ns;
		return;
	}
	o->e.answered = 1;
	o->e.bytes = body->bytes;
	o->e.sent = m->sent;
	memcpy(o->e.sha256, body->digest, sizeof o->e.sha256);
	keep_text(x, o, EXCHANGE_TYPE,
	    cut_text(message_type(&x->text, m->head->type), WORD_SHOWN));
	if (!o->open[0])
		end_exchange(x, o);
}

/* -------------------------------------------------------------------- stretches */

/* What lies beyond what a direction shows is in no place of the page. */
static bool
stretch_is_shown(const struct report_session *x, uint64_t off)
{
	return off < x->report->payload.share &&
	    x->n_stretches < LIMIT_REPORT_SESSION_TURNS;
}

static void
keep_stretch(struct report_session *x, const struct report_stretch *s,
    const struct buf *text)
{
	if (!stretch_is_shown(x, s->off))
		return;
	x->n_stretches++;
	record_log_put(x->report->spill, &x->stretches,
	    (struct slice){ (const uint8_t *)s, sizeof *s },
	    (struct slice){ text->p, text->n });
}

static void
keep_opaque(struct report_session *x)
{
	const struct opaque_line *l = &x->opaque.done;
	struct report_stretch s;

	memset(&s, 0, sizeof s);
	s.off = l->off;
	s.len = l->len;
	s.dir = (uint8_t)x->opaque_dir;
	buf_reset(&x->text);
	opaque_line_put(l, &x->text);
	s.words = (uint32_t)x->text.n;
	keep_stretch(x, &s, &x->text);
}

static void
end_lines(struct report_session *x)
{
	while (opaque_lines_end(&x->opaque))
		keep_opaque(x);
}

static void
put_opaque(struct report_session *x, const struct chunk *c,
    const struct span *what)
{
	if (x->opaque_dir != c->dir)
		end_lines(x);
	x->opaque_dir = c->dir;
	if (opaque_lines_put(&x->opaque, c, what))
		keep_opaque(x);
}

/* "image/png", or of a frame that goes on what its first says. */
static void
put_body_label(struct buf *b, const struct message *m)
{
	struct slice type = media_essence(m->head->type);
	const char *opcode = ws_opcode_name(m->opcode);

	buf_reset(b);
	if (m->protocol == MESSAGE_HTTP2)
		buf_printf(b, "h2 data %llu", (unsigned long long)m->stream);
	else if (m->protocol == MESSAGE_WEBSOCKET)
		buf_printf(b, "websocket %s", opcode != NULL ? opcode : "");
	else if (type.n == 0)
		buf_str(b, "binary");
	else
		buf_put(b, type.p, type.n < WORD_SHOWN ? type.n : WORD_SHOWN);
}

static void
put_body_span(struct report_session *x, struct report_message *r,
    const struct chunk *c, const struct span *what)
{
	struct span part = { .kind = SPAN_OPAQUE, .begins = what->begins };

	if (r != NULL && r->decodes &&
	    (r->len == 0 || c->off == r->off + r->len)) {
		end_lines(x);
		if (r->len == 0)
			r->off = c->off;
		r->len += c->bytes.n;
		return;
	}
	if (!message_is_undone(what->m) && what->m->head->type.n == 0) {
		end_lines(x);
		return;
	}
	put_body_label(&x->label, what->m);
	part.label = buf_cstr(&x->label);
	put_opaque(x, c, &part);
}

void
report_span(void *st, void *own, const struct chunk *c, const struct span *what)
{
	struct report_session *x = st;

	x->span_end[c->dir] = c->off + c->bytes.n;
	if (what->kind == SPAN_OPAQUE)
		put_opaque(x, c, what);
	else if (what->kind == SPAN_BODY)
		put_body_span(x, own, c, what);
	else
		end_lines(x);
}

/* ----------------------------------------------------------------------- bodies */

/* words is what was done to it and what it is, with a NUL between. */
static void
keep_body(struct report_session *x, struct report_stretch *s, struct buf *words,
    struct slice bytes)
{
	s->is_body = 1;
	s->words = (uint32_t)words->n;
	s->kept = (uint32_t)bytes.n;
	buf_put(words, bytes.p, bytes.n);
	keep_stretch(x, s, words);
}

/* How much more of decoded bytes is kept. */
static size_t
body_room(const struct report_session *x, size_t have)
{
	size_t all = LIMIT_REPORT_SESSION_BODIES - x->decoded;
	size_t own = LIMIT_REPORT_BODY - have;

	return all < own ? all : own;
}

static void
put_body_words(struct buf *b, const struct message *m)
{
	struct slice type = media_essence(m->head->type);

	if (m->protocol != MESSAGE_HTTP1)
		put_body_label(b, m);
	else
		buf_reset(b);
	if (message_is_chunked(m))
		buf_str(b, "chunked");
	for (int i = 0; i < m->codings.n_names; i++) {
		if (b->n > 0)
			buf_byte(b, ' ');
		buf_put(b, m->codings.names[i].p,
		    cut_text(m->codings.names[i], WORD_SHOWN).n);
	}
	buf_byte(b, '\0');
	if (m->protocol == MESSAGE_WEBSOCKET)
		buf_str(b, m->opcode == WS_TEXT ? "text" : "binary");
	else if (type.n == 0)
		buf_str(b, "no type");
	else
		buf_put(b, type.p, cut_text(type, WORD_SHOWN).n);
}

static void
end_message_body(struct report_session *x, struct report_message *r,
    const struct message *m)
{
	struct report_stretch s;

	if (r->len == 0)
		return;
	memset(&s, 0, sizeof s);
	s.off = r->off;
	s.len = r->len;
	s.decoded = body_of(m)->bytes;
	s.dir = (uint8_t)m->dir;
	put_body_words(&x->text, m);
	keep_body(x, &s, &x->text, (struct slice){ r->bytes.p, r->bytes.n });
}

void
report_made(void *st, const struct made_text *t)
{
	struct report_session *x = st;
	struct slice bytes = t->text;
	struct report_stretch s;

	if (x->span_end[t->dir] <= t->off)
		return;
	memset(&s, 0, sizeof s);
	s.off = t->off;
	s.len = x->span_end[t->dir] - t->off;
	s.decoded = bytes.n;
	s.dir = (uint8_t)t->dir;
	if (!stretch_is_shown(x, s.off))
		return;
	if (bytes.n > body_room(x, 0))
		bytes.n = body_room(x, 0);
	x->decoded += bytes.n;
	buf_reset(&x->text);
	buf_put(&x->text, "h2 headers\0text", sizeof "h2 headers\0text" - 1);
	keep_body(x, &s, &x->text, bytes);
}

/* --------------------------------------------------------------------- messages */

void *
report_head(void *st, const struct message *m)
{
	struct report_session *x = st;
	struct report_open *o = open_exchange(x, m);
	bool decodes =
	    message_is_undone(m) && x->n_stretches < LIMIT_REPORT_SESSION_TURNS;
	struct report_message *r;

	if (o == NULL && !decodes)
		return NULL;
	r = xcalloc(1, sizeof *r);
	report_hold(x, sizeof *r, 0);
	r->exchange = o;
	r->decodes = decodes;
	if (o != NULL)
		begin_side(o, m);
	return r;
}

void
report_body(void *st, void *own, const struct message *m, struct slice bytes)
{
	struct report_session *x = st;
	struct report_message *r = own;
	size_t room = body_room(x, r->bytes.n);

	(void)m;
	if (!r->decodes || !stretch_is_shown(x, r->off))
		return;
	if (bytes.n > room)
		bytes.n = room;
	report_hold(x, 0, r->bytes.cap);
	buf_put(&r->bytes, bytes.p, bytes.n);
	report_hold(x, r->bytes.cap, 0);
	x->decoded += bytes.n;
}

void
report_message_end(void *st, void *own, const struct message *m,
    enum message_reason reason)
{
	struct report_session *x = st;
	struct report_message *r = own;

	(void)reason;
	if (r->exchange != NULL)
		end_side(x, r->exchange, m);
	end_message_body(x, r, m);
	report_hold(x, 0, sizeof *r + r->bytes.cap);
	buf_free(&r->bytes);
	free(r);
}

void
report_messages_close(struct report_session *x)
{
	end_lines(x);
	while (x->open != NULL)
		end_exchange(x, x->open);
	buf_free(&x->text);
	buf_free(&x->label);
}
