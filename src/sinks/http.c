/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * http.c: http.jsonl, a line for each exchange: a request and its response.
 *
 * The lines of a session come in the order of its requests, and wait for its
 * end.  An exchange of which nothing more can come is formatted at once.
 */
#include <stdlib.h>

#include "base/fmt.h"
#include "base/xalloc.h"
#include "proto/http.h"
#include "sinks/body.h"
#include "sinks/list_file.h"
#include "sinks/request_url.h"

/* So many wait for their responses; of those beyond, the requests alone are
 * told, behind all others of the session. */
#define EXCHANGES_MAX HTTP_QUEUE_MAX

enum exchange_side { SIDE_REQUEST, SIDE_RESPONSE };

struct exchange {
	struct exchange *next;
	uint64_t number;
	bool extra;   /* beyond EXCHANGES_MAX */
	bool open[2]; /* a message of that side has not ended */
	bool alone;   /* no response will come */
	uint16_t status;
	int64_t start_ns;
	int64_t end_ns;
	struct buf asked;   /* method and url, in JSON */
	struct buf side[2]; /* in JSON; nothing: there was none */
};

struct http_lines {
	struct sink_session *ss;
	struct list_file *list;
	struct exchange *first; /* by number */
	struct exchange *last;
	struct exchange *extra; /* that are open */
	size_t n;
	size_t counted;
	struct spill_log lines;
	struct spill_log extra_lines;
	struct buf url;
};

/* ---------------------------------------------------------------- exchanges */

static size_t
exchange_size(const struct exchange *e)
{
	return sizeof *e + e->asked.cap + e->side[0].cap + e->side[1].cap;
}

static void
count_exchanges(struct http_lines *h, size_t more, size_t less)
{
	h->counted += more - less;
	*h->ss->env->memory += more - less;
}

static void
put_asked(struct http_lines *h, struct exchange *e, const struct message *m)
{
	struct json j = json_on(&e->asked);

	/* The object around them is the line's. */
	j.depth = 1;
	j.comma[1] = false;
	request_url(&h->url, m, h->ss);
	json_key(&j, "method");
	json_bytes(&j, m->request->method);
	json_key(&j, "url");
	json_bytes(&j, (struct slice){ h->url.p, h->url.n });
}

static struct exchange *
exchange_new(struct http_lines *h, const struct message *m)
{
	struct exchange *e = xcalloc(1, sizeof *e);

	e->number = m->exchange;
	e->start_ns = m->ts_ns;
	e->end_ns = m->last_ns;
	if (m->request != NULL)
		put_asked(h, e, m);
	e->extra = h->n >= EXCHANGES_MAX;
	if (e->extra) {
		e->next = h->extra;
		h->extra = e;
	} else {
		if (h->last != NULL)
			h->last->next = e;
		else
			h->first = e;
		h->last = e;
		h->n++;
	}
	count_exchanges(h, exchange_size(e), 0);
	return e;
}

static struct exchange *
exchange_find(struct http_lines *h, uint64_t number)
{
	struct exchange *e = h->first;

	if (h->last == NULL || h->last->number < number)
		return NULL;
	while (e != NULL && e->number < number)
		e = e->next;
	return e != NULL && e->number == number ? e : NULL;
}

static bool
exchange_is_over(const struct exchange *e)
{
	if (e->open[SIDE_REQUEST] || e->open[SIDE_RESPONSE])
		return false;
	return e->alone || e->extra || e->side[SIDE_RESPONSE].n > 0;
}

/* ----------------------------------------------------------------- the line */

static void
put_part_of_line(struct buf *b, const struct buf *side)
{
	if (side->n > 0)
		buf_put(b, side->p, side->n);
	else
		buf_str(b, "null");
}

static void
put_line(struct http_lines *h, struct buf *b, const struct exchange *e)
{
	const struct sink_session *ss = h->ss;
	struct json j = json_on(b);
	char time[FMT_TIME_LEN], seconds[FMT_SECONDS_LEN];
	int64_t ns = fmt_since(e->end_ns, e->start_ns);

	json_object(&j);
	json_key(&j, "session");
	json_u64(&j, ss->number);
	json_key(&j, "stream");
	json_null(&j);
	json_key(&j, "kind");
	json_string(&j, "http");
	buf_byte(b, ',');
	if (e->asked.n > 0)
		buf_put(b, e->asked.p, e->asked.n);
	else
		buf_str(b, "\"method\":null,\"url\":null");
	json_key(&j, "status");
	if (e->status > 0)
		json_u64(&j, e->status);
	else
		json_null(&j);
	json_key(&j, "request");
	json_value(&j);
	put_part_of_line(b, &e->side[SIDE_REQUEST]);
	json_key(&j, "response");
	json_value(&j);
	put_part_of_line(b, &e->side[SIDE_RESPONSE]);
	fmt_time(time, e->start_ns, ss->ts_digits);
	list_text(&j, "time", time);
	json_key(&j, "duration");
	fmt_seconds(seconds, ns > 0 ? ns : 0, ss->ts_digits);
	json_number(&j, seconds);
	json_object_end(&j);
	buf_byte(b, '\n');
}

static void
exchange_end(struct http_lines *h, struct exchange *e)
{
	struct buf *b = h->ss->env->scratch;

	buf_reset(b);
	put_line(h, b, e);
	spill_log_put(h->ss->env->spill, e->extra ? &h->extra_lines : &h->lines,
	    b->p, b->n);
	count_exchanges(h, 0, exchange_size(e));
	buf_free(&e->asked);
	buf_free(&e->side[0]);
	buf_free(&e->side[1]);
	free(e);
}

/* Those at the front of which nothing more can come. */
static void
end_those_over(struct http_lines *h)
{
	struct exchange *e;
	struct exchange **at = &h->extra;

	while ((e = h->first) != NULL && exchange_is_over(e)) {
		h->first = e->next;
		if (h->first == NULL)
			h->last = NULL;
		h->n--;
		exchange_end(h, e);
	}
	while ((e = *at) != NULL) {
		if (exchange_is_over(e)) {
			*at = e->next;
			exchange_end(h, e);
		} else {
			at = &e->next;
		}
	}
}

/* ----------------------------------------------------------------- messages */

static void *
exchanges_head(void *st, const struct message *m)
{
	struct http_lines *h = st;
	enum exchange_side side =
	    message_is_request(m) ? SIDE_REQUEST : SIDE_RESPONSE;
	struct exchange *e = exchange_find(h, m->exchange);

	/* Responses come in the order of their requests. */
	if (side == SIDE_RESPONSE && m->protocol == MESSAGE_HTTP1)
		for (struct exchange *x = h->first;
		     x != NULL && x->number < m->exchange; x = x->next)
			x->alone |= !x->open[SIDE_RESPONSE];
	if (e == NULL)
		e = exchange_new(h, m);
	e->open[side] = true;
	if (side == SIDE_RESPONSE)
		e->status = m->head->status;
	return e;
}

static void
put_message(struct http_lines *h, struct buf *b, const struct message *m,
    bool complete)
{
	const struct body_facts *body = body_of(m);
	struct json j = json_on(b);

	json_object(&j);
	list_slice(&j, "type", message_type(&h->url, m->head->type));
	json_key(&j, "bytes");
	json_u64(&j, body->bytes);
	if (body->bytes > 0)
		list_hex(&j, "sha256", body->digest, sizeof body->digest);
	else
		list_text(&j, "sha256", NULL);
	list_text(&j, "file", body->file);
	json_key(&j, "complete");
	json_bool(&j, complete);
	json_object_end(&j);
}

static void
exchanges_end(void *st, void *x, const struct message *m,
    enum message_reason reason)
{
	struct http_lines *h = st;
	struct exchange *e = x;
	enum exchange_side side =
	    message_is_request(m) ? SIDE_REQUEST : SIDE_RESPONSE;
	size_t before = exchange_size(e);

	put_message(h, &e->side[side], m, reason == MESSAGE_COMPLETE);
	count_exchanges(h, exchange_size(e), before);
	e->open[side] = false;
	if (fmt_since(m->last_ns, e->end_ns) > 0)
		e->end_ns = m->last_ns;
	end_those_over(h);
}

/* --------------------------------------------------------------------- sink */

static void *
exchanges_begin(const struct sink_env *env)
{
	struct list_file *l = xcalloc(1, sizeof *l);

	l->env = env;
	l->name = "http.jsonl";
	return l;
}

static void
exchanges_finish(void *run, struct buf *remark)
{
	(void)remark;
	list_file_end(run);
	free(run);
}

static void
exchanges_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct http_lines *h = st;

	(void)s;
	h->ss = ss;
	h->list = ss->run;
}

static void
exchanges_close(void *st, const struct session *s)
{
	struct http_lines *h = st;

	(void)s;
	for (struct exchange *e = h->first; e != NULL; e = e->next)
		e->alone = true;
	end_those_over(h);
	list_file_take(h->list, h->ss, &h->lines);
	list_file_take(h->list, h->ss, &h->extra_lines);
	buf_free(&h->url);
}

const struct sink sink_http = {
	.name = "http",
	.size = sizeof(struct http_lines),
	.cost = SINK_COST,
	.wants_bodies = true,
	.begin = exchanges_begin,
	.end = exchanges_finish,
	.open = exchanges_open,
	.message_head = exchanges_head,
	.message_end = exchanges_end,
	.close = exchanges_close,
};
