/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * js.c: every script that crossed the wire in HTTP, each in a file.
 *
 * A script is a body that is JavaScript, or the text of a script element in a
 * body that is a page.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/xalloc.h"
#include "flow/session.h"
#include "proto/html.h"
#include "proto/message.h"
#include "proto/jstype.h"
#include "sinks/body.h"
#include "sinks/scripts.h"
#include "inspect/enum_names.h"

/* Of a coded body so much is looked at. */
#define DECODED_MAX ((uint64_t)64 << 20)

/* The body at hand of one direction. */
struct object {
	struct js *js;
	enum jstype kind; /* JSTYPE_NONE: not of interest */
	struct script_origin origin;
	struct buf url; /* what origin points to */
	struct buf page_url;
	struct buf type;
	struct buf method;
	const char *reason; /* why it is not complete, NULL so far */
	bool seen;	    /* some of it has come */
	uint64_t decoded;   /* bytes of a coded body */
	struct html *html;
	struct script *script; /* that is being written, or NULL */
};

struct js {
	struct sink_session *ss;
	struct scripts *scripts;
	struct script_group group;
	size_t counted; /* of its memory */
	struct object object[2];
};

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
	    object_memory(&x->object[0]) + object_memory(&x->object[1]));
}

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

	script_end(o->script, NULL,
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

static void
js_body(void *st, void *x, const struct message *m, struct slice bytes)
{
	struct object *o = x;

	o->seen = true;
	o->decoded += message_is_coded(m) ? bytes.n : 0;
	if (o->decoded > DECODED_MAX)
		o->reason = "bomb: size limit";
	else if (is_page(o))
		html_put(o->html, bytes);
	else if (bytes.n > 0)
		script_put(external(o), bytes);
	count_messages(st);
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
kind_of(const struct message *m)
{
	const struct http_request *r = m->request;
	struct slice none = { NULL, 0 };
	bool named = m->head->side == HTTP_RESPONSE && r != NULL;

	return jstype_of(m->head->type, named ? r->target : none,
	    named ? r->dest : none);
}

static void *
js_head(void *st, const struct message *m)
{
	static const struct html_events inline_events = { on_inline,
		on_inline_text, on_inline_end };
	struct js *x = st;
	struct object *o = &x->object[m->dir];
	const struct http_head *head = m->head;

	o->kind = kind_of(m);
	if (o->kind == JSTYPE_NONE)
		return NULL;
	o->seen = false;
	o->decoded = 0;
	o->reason = head->status == 206 && !is_all(head->range) ? "part" : NULL;
	o->origin = (struct script_origin){
		.is_inline = is_page(o),
		.guess = o->kind == JSTYPE_GUESS,
		.status = head->status,
		.ts_ns = m->last_ns,
	};
	if (head->type.n > 0)
		o->origin.type = keep_copy(&o->type, head->type);
	if (m->request != NULL)
		set_urls(o, m->request,
		    (m->dir == 1) != message_is_request(m) ? &x->ss->server :
							     &x->ss->client);
	if (is_page(o))
		o->html = html_new(o->kind == JSTYPE_XML, &inline_events, o);
	count_messages(x);
	return o;
}

static void
js_hole(void *st, void *x, const struct message *m, const struct gap *g)
{
	struct object *o = x;

	(void)st;
	if (o->reason == NULL)
		o->reason = enum_name_gap(g->reason);
	o->seen = true;
	if (is_page(o) && !message_is_coded(m))
		html_gap(o->html, g->len);
}

static void
js_message_end(void *st, void *x, const struct message *m,
    enum message_reason reason)
{
	static const char *const reasons[MESSAGE_REASONS] = {
		[MESSAGE_CUT] = "cut",
		[MESSAGE_ABORTED] = "cut",
		[MESSAGE_HOLE] = "not captured",
		[MESSAGE_HEAD_LOST] = "not captured",
		[MESSAGE_BAD_FRAMING] = "bad chunk",
		[MESSAGE_BAD_CODING] = "coding corrupt",
		[MESSAGE_UNKNOWN_CODING] = "coding unknown",
		[MESSAGE_WINDOW] = "coding unknown",
		[MESSAGE_RATIO] = "bomb: ratio limit",
	};
	struct object *o = x;

	if (o->reason == NULL)
		o->reason = reasons[reason];
	o->seen |= m->sent > 0;
	if (is_page(o)) {
		html_finish(o->html);
		html_free(o->html);
		o->html = NULL;
	} else if (o->script != NULL || (o->seen && o->reason != NULL)) {
		script_end(external(o), body_of(m)->file, o->reason);
		o->script = NULL;
	}
	o->kind = JSTYPE_NONE;
	count_messages(st);
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
	struct js *x = st;

	(void)s;
	x->ss = ss;
	x->scripts = ss->run;
	x->object[0].js = x->object[1].js = x;
}

static void
js_close(void *st, const struct session *s)
{
	struct js *x = st;

	(void)s;
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
	.begin = js_begin,
	.end = js_end,
	.open = js_open,
	.message_head = js_head,
	.message_body = js_body,
	.message_hole = js_hole,
	.message_end = js_message_end,
	.close = js_close,
};
