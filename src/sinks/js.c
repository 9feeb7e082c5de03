/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * js.c: every script that crossed the wire in HTTP, each in a file.
 *
 * A script is a body that is JavaScript, or the text of a script element in a
 * body that is a page.  Bodies that are coded wait, in memory or the scratch
 * file, until they are there: so one decoder is at work at a time, however
 * many sessions there are.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/xalloc.h"
#include "flow/session.h"
#include "proto/html.h"
#include "proto/http.h"
#include "proto/inflate.h"
#include "proto/jstype.h"
#include "sinks/scripts.h"
#include "inspect/enum_names.h"

/* The body at hand of one direction. */
struct object {
	struct js *js;
	enum jstype kind; /* JSTYPE_NONE: not of interest */
	struct codings codings;
	struct script_origin origin;
	struct buf url; /* what origin points to */
	struct buf page_url;
	struct buf type;
	struct buf method;
	const char *reason; /* why it is not complete, NULL so far */
	bool seen;	    /* some of it has come */
	bool holed;	    /* ... and what follows cannot be decoded */
	struct spill_log coded;
	struct html *html;
	struct script *script; /* that is being written, or NULL */
};

struct js {
	struct sink_session *ss;
	struct scripts *scripts;
	struct http *http;
	struct script_group group;
	size_t counted; /* of its memory */
	struct object object[2];
};

/* ------------------------------------------------------------ what to write */

static void
on_inline(void *owner, uint64_t offset)
{
	struct object *o = owner;

	o->origin.offset = offset;
	o->script =
	    script_begin(o->js->scripts, o->js->ss, &o->js->group, &o->origin);
}

static void
on_inline_text(void *owner, struct slice bytes)
{
	struct object *o = owner;

	script_put(o->script, bytes);
}

static void
on_inline_end(void *owner, bool closed)
{
	struct object *o = owner;

	script_end(o->script,
	    closed		  ? NULL :
		o->reason != NULL ? o->reason :
				    "not closed");
	o->script = NULL;
}

/* The file of an external script. */
static struct script *
external(struct object *o)
{
	if (o->script == NULL)
		o->script = script_begin(o->js->scripts, o->js->ss,
		    &o->js->group, &o->origin);
	return o->script;
}

static bool
is_page(const struct object *o)
{
	return o->kind == JSTYPE_HTML || o->kind == JSTYPE_XML;
}

/* Decoded bytes of the body. */
static void
give(void *arg, struct slice bytes)
{
	struct object *o = arg;

	if (is_page(o))
		html_put(o->html, bytes);
	else if (bytes.n > 0)
		script_put(external(o), bytes);
}

/* ------------------------------------------------------------- coded bodies */

struct unspool {
	struct object *object;
	size_t block;
	struct buf buf;
};

static bool
next_block(void *arg, struct slice *piece)
{
	struct unspool *u = arg;
	const struct spill_log *s = &u->object->coded;

	if (u->block < s->n_blocks)
		*piece = spill_block_read(u->object->js->ss->env->spill,
		    s->blocks[u->block], &u->buf);
	else if (u->block == s->n_blocks)
		*piece = (struct slice){ s->tail, s->n_tail };
	else
		return false;
	u->block++;
	return true;
}

static void
give_decoded(void *arg, struct slice bytes)
{
	give(((struct unspool *)arg)->object, bytes);
}

static void
decode(struct object *o)
{
	static const char *const reasons[] = {
		[INFLATE_WHOLE] = NULL,
		[INFLATE_CUT] = "coding cut",
		[INFLATE_CORRUPT] = "coding corrupt",
		[INFLATE_UNKNOWN] = "coding unknown",
		[INFLATE_SIZE] = "bomb: size limit",
		[INFLATE_RATIO] = "bomb: ratio limit",
	};
	struct unspool u = { .object = o };
	struct inflate_io io = { next_block, give_decoded, &u };
	enum inflate_end end = inflate_run(&o->codings, &io);

	if (o->reason == NULL)
		o->reason = reasons[end];
	buf_free(&u.buf);
	spill_log_free(o->js->ss->env->spill, &o->coded);
}

static bool
is_coded(const struct object *o)
{
	return o->codings.n > 0 || o->codings.unknown;
}

/* ----------------------------------------------------------- where it is from */

static struct slice
keep_copy(struct buf *b, struct slice s)
{
	buf_reset(b);
	buf_put(b, s.p, s.n);
	return (struct slice){ b->p, b->n };
}

static bool
has_scheme(struct slice target)
{
	return slice_begins(target, "http://") ||
	    slice_begins(target, "https://");
}

/* http:// and the host, or where the session goes. */
static void
put_site(struct object *o, struct slice host, const struct endpoint *server)
{
	char place[FMT_ENDPOINT_LEN];

	buf_str(&o->url, "http://");
	if (host.n > 0) {
		buf_put(&o->url, host.p, host.n);
		return;
	}
	fmt_endpoint(place, server->addr, server->family, server->port);
	buf_str(&o->url, place);
}

static void
set_urls(struct object *o, const struct http_request *r,
    const struct endpoint *server)
{
	struct script_origin *from = &o->origin;

	buf_reset(&o->url);
	if (!has_scheme(r->target))
		put_site(o, r->host, server);
	buf_put(&o->url, r->target.p, r->target.n);
	from->url = (struct slice){ o->url.p, o->url.n };
	from->method = keep_copy(&o->method, r->method);
	if (is_page(o))
		from->page_url = from->url;
	else if (r->referer.n > 0)
		from->page_url = keep_copy(&o->page_url, r->referer);
}

/* A decimal number that c begins with. */
static bool
take_number(struct cur *c, uint64_t *v)
{
	const uint8_t *from = c->pos;

	*v = 0;
	while (cur_left(c) > 0 && *c->pos >= '0' && *c->pos <= '9' &&
	    *v < UINT64_MAX / 16)
		*v = *v * 10 + (uint64_t)(*c->pos++ - '0');
	return c->pos > from;
}

/* Whether "bytes 0-99/100" is all there is (RFC 9110, 14.4). */
static bool
is_all(struct slice range)
{
	struct cur c = cur_of(range.p, range.n);
	uint64_t first, last, total;
	uint8_t mark;

	return slice_begins(range, "bytes ") && cur_skip(&c, 6) &&
	    take_number(&c, &first) && cur_u8(&c, &mark) && mark == '-' &&
	    take_number(&c, &last) && cur_u8(&c, &mark) && mark == '/' &&
	    take_number(&c, &total) && first == 0 && last + 1 == total;
}

/* ------------------------------------------------------------------- messages */

/* Of a request only its own word counts: its target names what it is sent
 * to. */
static enum jstype
kind_of(const struct http_message *m)
{
	const struct http_request *r = m->request;
	struct slice none = { NULL, 0 };
	bool named = m->head->side == HTTP_RESPONSE && r != NULL;

	return jstype_of(m->head->type, named ? r->target : none,
	    named ? r->dest : none);
}

static void
on_begin(void *owner, const struct http_message *m)
{
	static const struct html_events inline_events = { on_inline,
		on_inline_text, on_inline_end };
	struct js *x = owner;
	struct object *o = &x->object[m->dir];
	const struct http_head *head = m->head;
	bool response = head->side == HTTP_RESPONSE;

	o->kind = kind_of(m);
	if (o->kind == JSTYPE_NONE)
		return;
	o->seen = o->holed = false;
	o->codings = head->content;
	o->reason = head->status == 206 && !is_all(head->range) ? "part" : NULL;
	codings_join(&o->codings, &head->transfer);
	o->origin = (struct script_origin){
		.is_inline = is_page(o),
		.guess = o->kind == JSTYPE_GUESS,
		.status = head->status,
		.ts_ns = m->ts_ns,
	};
	if (head->type.n > 0)
		o->origin.type = keep_copy(&o->type, head->type);
	if (m->request != NULL)
		set_urls(o, m->request,
		    (m->dir == 1) == response ? &x->ss->server :
						&x->ss->client);
	if (is_page(o))
		o->html = html_new(o->kind == JSTYPE_XML, &inline_events, o);
}

static void
on_body(void *owner, int dir, struct slice bytes)
{
	struct js *x = owner;
	struct object *o = &x->object[dir];

	if (o->kind == JSTYPE_NONE || o->holed)
		return;
	o->seen = true;
	if (is_coded(o))
		spill_log_put(x->ss->env->spill, &o->coded, bytes.p, bytes.n);
	else
		give(o, bytes);
}

static void
on_hole(void *owner, int dir, const struct gap *g)
{
	struct object *o = &((struct js *)owner)->object[dir];

	if (o->kind == JSTYPE_NONE)
		return;
	if (o->reason == NULL)
		o->reason = enum_name_gap(g->reason);
	o->seen = true;
	if (is_coded(o))
		o->holed = true;
	else if (is_page(o))
		html_gap(o->html, g->len);
}

static void
on_end(void *owner, int dir, enum http_outcome outcome)
{
	static const char *const reasons[] = {
		[HTTP_WHOLE] = NULL,
		[HTTP_CUT] = "cut",
		[HTTP_LOST] = "not captured",
		[HTTP_BAD_CHUNK] = "bad chunk",
	};
	struct object *o = &((struct js *)owner)->object[dir];

	if (o->kind == JSTYPE_NONE)
		return;
	if (o->reason == NULL)
		o->reason = reasons[outcome];
	if (is_coded(o) && o->coded.size > 0)
		decode(o);
	if (is_page(o)) {
		html_finish(o->html);
		html_free(o->html);
		o->html = NULL;
	} else if (o->script != NULL || (o->seen && o->reason != NULL)) {
		script_end(external(o), o->reason);
		o->script = NULL;
	}
	o->kind = JSTYPE_NONE;
}

/* ----------------------------------------------------------------------- sink */

static void *
js_begin(const struct sink_env *env)
{
	return scripts_new(env);
}

static void
js_end(void *run, struct buf *remark)
{
	scripts_end(run, remark);
}

static void
js_open(void *st, struct sink_session *ss, const struct session *s)
{
	static const struct http_events events = { on_begin, on_body, on_hole,
		on_end };
	struct js *x = st;

	(void)s;
	x->ss = ss;
	x->scripts = ss->run;
	x->http = http_new(&events, x);
	x->object[0].js = x->object[1].js = x;
}

static size_t
object_memory(const struct object *o)
{
	return o->url.cap + o->page_url.cap + o->type.cap + o->method.cap +
	    (o->html != NULL ? html_memory() : 0) +
	    (o->script != NULL ? script_memory() : 0);
}

static void
count_memory(struct js *x, size_t now)
{
	*x->ss->env->memory += now - x->counted;
	x->counted = now;
}

/* What messages that are not over take can be a thousand times what a
 * session does. */
static void
count_messages(struct js *x)
{
	count_memory(x,
	    http_memory(x->http) + object_memory(&x->object[0]) +
		object_memory(&x->object[1]));
}

static void
js_turn(void *st, const struct chunk *c)
{
	struct js *x = st;

	http_put(x->http, c->dir, c->bytes, c->ts_ns);
	count_messages(x);
}

static void
js_gap(void *st, int dir, const struct gap *g)
{
	struct js *x = st;

	http_gap(x->http, dir, g);
	count_messages(x);
}

static void
js_close(void *st, const struct session *s)
{
	struct js *x = st;
	bool fin[2];

	for (int dir = 0; dir < 2; dir++)
		fin[dir] = (s->side[dir].flags & TCP_FIN) != 0;
	http_finish(x->http, fin);
	http_free(x->http);
	count_memory(x, 0);
	scripts_close(x->scripts, x->ss, &x->group);
	for (int dir = 0; dir < 2; dir++) {
		buf_free(&x->object[dir].url);
		buf_free(&x->object[dir].page_url);
		buf_free(&x->object[dir].type);
		buf_free(&x->object[dir].method);
	}
}

const struct sink sink_js = {
	.name = "js",
	.size = sizeof(struct js),
	.cost = SINK_COST,
	.wants_turns = true,
	.begin = js_begin,
	.end = js_end,
	.open = js_open,
	.turn = js_turn,
	.turn_gap = js_gap,
	.close = js_close,
};
