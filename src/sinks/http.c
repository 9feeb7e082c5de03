/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * http.c: http.jsonl, a line for each exchange, a request and its response, and
 * for each WebSocket message.
 *
 * A line is formatted as soon as nothing more of its exchange can come.  Those
 * of a session wait for its end, and then come in the order of its requests.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/limit.h"
#include "base/record_log.h"
#include "base/xalloc.h"
#include "proto/http.h"
#include "proto/websocket.h"
#include "sinks/body.h"
#include "sinks/external_sort.h"
#include "sinks/list_file.h"
#include "sinks/request_url.h"

#define EXCHANGES_BUCKETS 64

enum exchange_side { SIDE_REQUEST, SIDE_RESPONSE };

struct exchange {
	struct exchange *next; /* in order of their beginnings */
	struct exchange *prev;
	struct exchange *chain; /* in its bucket */
	uint64_t number;
	enum message_protocol protocol;
	uint64_t stream;
	bool has_stream;
	bool extra;   /* beyond LIMIT_HTTP_QUEUE */
	bool open[2]; /* a message of that side has not ended */
	bool alone;   /* no response will come */
	uint16_t status;
	int64_t start_ns;
	int64_t end_ns;
	struct buf asked;   /* method and url, in JSON */
	struct buf side[2]; /* in JSON; nothing: there was none */
};

/* Where a line belongs: its exchange, and what of it comes first. */
struct line_key {
	uint64_t exchange;
	uint64_t tie;
};

struct http_lines {
	struct sink_session *ss;
	struct list_file *list;
	struct exchange *first; /* that is open */
	struct exchange *last;
	struct exchange **buckets; /* or NULL: no exchange so far */
	size_t n;
	size_t counted;
	struct spill_log lines; /* records: a line_key, then the line */
	struct line_key newest; /* of the last of them */
	bool unsorted;		/* one of them is out of order */
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

static struct exchange **
bucket_of(struct http_lines *h, uint64_t number)
{
	return &h->buckets[number % EXCHANGES_BUCKETS];
}

static struct exchange *
exchange_new(struct http_lines *h, const struct message *m)
{
	struct exchange *e = xcalloc(1, sizeof *e);
	struct exchange **bucket;

	if (h->buckets == NULL) {
		h->buckets = xcalloc(EXCHANGES_BUCKETS, sizeof(void *));
		count_exchanges(h, EXCHANGES_BUCKETS * sizeof(void *), 0);
	}
	bucket = bucket_of(h, m->exchange);
	e->number = m->exchange;
	e->start_ns = m->ts_ns;
	e->end_ns = m->last_ns;
	if (m->request != NULL)
		put_asked(h, e, m);
	e->extra = h->n >= LIMIT_HTTP_QUEUE;
	e->chain = *bucket;
	*bucket = e;
	e->prev = h->last;
	if (h->last != NULL)
		h->last->next = e;
	else
		h->first = e;
	h->last = e;
	h->n++;
	count_exchanges(h, exchange_size(e), 0);
	return e;
}

static struct exchange *
exchange_find(struct http_lines *h, uint64_t number)
{
	struct exchange *e = h->buckets != NULL ? *bucket_of(h, number) : NULL;

	while (e != NULL && e->number != number)
		e = e->chain;
	return e;
}

static void
exchange_unlink(struct http_lines *h, struct exchange *e)
{
	struct exchange **at = bucket_of(h, e->number);

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	if (e->prev != NULL)
		e->prev->next = e->next;
	else
		h->first = e->next;
	if (e->next != NULL)
		e->next->prev = e->prev;
	else
		h->last = e->prev;
	h->n--;
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

/* What every line begins with. */
static void
put_kind(struct http_lines *h, struct json *j, enum message_protocol protocol,
    bool has_stream, uint64_t stream)
{
	static const char *const kinds[] = {
		[MESSAGE_HTTP1] = "http",
		[MESSAGE_HTTP2] = "http2",
		[MESSAGE_WEBSOCKET] = "websocket",
	};

	json_object(j);
	json_key(j, "session");
	json_u64(j, h->ss->number);
	json_key(j, "stream");
	if (has_stream)
		json_u64(j, stream);
	else
		json_null(j);
	json_key(j, "kind");
	json_string(j, kinds[protocol]);
}

static void
put_line(struct http_lines *h, struct buf *b, const struct exchange *e)
{
	const struct sink_session *ss = h->ss;
	struct json j = json_on(b);
	char time[FMT_TIME_LEN], seconds[FMT_SECONDS_LEN];
	int64_t ns = fmt_since(e->end_ns, e->start_ns);

	put_kind(h, &j, e->protocol, e->has_stream, e->stream);
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

/* The line in b waits for the end of the session. */
static void
keep_line(struct http_lines *h, const struct buf *b, struct line_key key)
{
	const struct line_key *last = &h->newest;

	h->unsorted |= h->lines.size > 0 &&
	    (key.exchange < last->exchange ||
		(key.exchange == last->exchange && key.tie < last->tie));
	h->newest = key;
	record_log_put(h->ss->env->spill, &h->lines,
	    (struct slice){ (const uint8_t *)&key, sizeof key },
	    (struct slice){ b->p, b->n });
}

static void
exchange_end(struct http_lines *h, struct exchange *e)
{
	struct buf *b = h->ss->env->scratch;

	buf_reset(b);
	put_line(h, b, e);
	keep_line(h, b, (struct line_key){ .exchange = e->number });
	exchange_unlink(h, e);
	count_exchanges(h, 0, exchange_size(e));
	buf_free(&e->asked);
	buf_free(&e->side[0]);
	buf_free(&e->side[1]);
	free(e);
}

/* Responses of HTTP/1 come in the order of their requests: those before the
 * one with that number will have none. */
static void
end_those_before(struct http_lines *h, uint64_t number)
{
	for (struct exchange *e = h->first, *next;
	     e != NULL && e->number < number; e = next) {
		next = e->next;
		e->alone |= !e->open[SIDE_RESPONSE];
		if (exchange_is_over(e))
			exchange_end(h, e);
	}
}

/* ----------------------------------------------------------------- messages */

static void *
exchanges_head(void *st, const struct message *m)
{
	struct http_lines *h = st;
	enum exchange_side side =
	    message_is_request(m) ? SIDE_REQUEST : SIDE_RESPONSE;
	struct exchange *e;

	if (m->protocol == MESSAGE_WEBSOCKET)
		return h;
	if (side == SIDE_RESPONSE && m->protocol == MESSAGE_HTTP1)
		end_those_before(h, m->exchange);
	e = exchange_find(h, m->exchange);
	if (e == NULL)
		e = exchange_new(h, m);
	/* A request that was upgraded is its response's. */
	e->protocol = m->protocol;
	e->stream = m->stream;
	e->has_stream = m->has_stream;
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
put_opcode(struct json *j, uint8_t opcode)
{
	const char *name = ws_opcode_name(opcode);

	json_key(j, "opcode");
	if (name != NULL)
		json_string(j, name);
	else
		json_u64(j, opcode);
}

static void
websocket_line(struct http_lines *h, const struct message *m, bool complete)
{
	const struct body_facts *body = body_of(m);
	struct buf *b = h->ss->env->scratch;
	struct json j = json_on(b);
	char time[FMT_TIME_LEN];

	buf_reset(b);
	put_kind(h, &j, MESSAGE_WEBSOCKET, m->has_stream, m->stream);
	list_text(&j, "direction", message_direction(m));
	put_opcode(&j, m->opcode);
	json_key(&j, "bytes");
	json_u64(&j, body->bytes);
	list_hex(&j, "sha256", body->digest, sizeof body->digest);
	list_text(&j, "file", NULL);
	json_key(&j, "complete");
	json_bool(&j, complete);
	fmt_time(time, m->ts_ns, h->ss->ts_digits);
	list_text(&j, "time", time);
	json_object_end(&j);
	buf_byte(b, '\n');
	keep_line(h, b, (struct line_key){ m->exchange, m->number + 1 });
}

static void
exchanges_end(void *st, void *x, const struct message *m,
    enum message_reason reason)
{
	struct http_lines *h = st;
	struct exchange *e = x;
	enum exchange_side side =
	    message_is_request(m) ? SIDE_REQUEST : SIDE_RESPONSE;
	size_t before;

	if (m->protocol == MESSAGE_WEBSOCKET) {
		websocket_line(h, m, reason == MESSAGE_COMPLETE);
		return;
	}
	before = exchange_size(e);
	put_message(h, &e->side[side], m, reason == MESSAGE_COMPLETE);
	count_exchanges(h, exchange_size(e), before);
	e->open[side] = false;
	if (fmt_since(m->last_ns, e->end_ns) > 0)
		e->end_ns = m->last_ns;
	if (exchange_is_over(e))
		exchange_end(h, e);
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

/* A record of the lines on its way out: to the sorter, or to what takes them in
 * their order. */
struct line_way {
	struct http_lines *h;
	struct external_sort *sorter;
	struct spill_log out;
};

static void
put_out_line(void *arg, struct slice line)
{
	struct line_way *w = arg;

	spill_log_put(w->h->ss->env->spill, &w->out, line.p, line.n);
}

static void
pass_line(void *arg, struct slice record)
{
	struct line_way *w = arg;
	struct line_key key;

	if (!record_take_head(&record, &key, sizeof key))
		return;
	if (w->sorter != NULL)
		external_sort_put(w->sorter, (int64_t)key.exchange, key.tie,
		    record);
	else
		put_out_line(w, record);
}

static void
end_lines(struct http_lines *h)
{
	struct spill *spill = h->ss->env->spill;
	struct external_sort sorter = { .spill = spill };
	struct line_way w = { .h = h, .sorter = h->unsorted ? &sorter : NULL };

	record_log_replay(spill, &h->lines, pass_line, &w);
	spill_log_free(spill, &h->lines);
	if (h->unsorted)
		external_sort_tell(&sorter, put_out_line, &w);
	external_sort_fini(&sorter);
	list_file_take(h->list, h->ss, &w.out);
}

static void
exchanges_close(void *st, const struct session *s)
{
	struct http_lines *h = st;

	(void)s;
	while (h->first != NULL)
		exchange_end(h, h->first);
	end_lines(h);
	count_exchanges(h, 0, h->counted);
	free(h->buckets);
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
