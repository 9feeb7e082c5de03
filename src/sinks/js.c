/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * js.c: every script that crossed the wire in HTTP and that a browser would
 * run, each in a file.
 *
 * A script is a body that is JavaScript, by its type or because a page has it
 * fetched as such, or the text of a script element in a body that is a page.
 * What pages name is known for the whole capture (script_urls.h).  A body that
 * may be named yet waits for the end of its session in the scratch file, within
 * SCRIPT_WAIT_MAX, SCRIPT_WAIT_SESSION, SCRIPT_WAIT_ALL and WAITING_MAX; after
 * that it is listed only.  What begins as markup never waits.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "flow/session.h"
#include "proto/message.h"
#include "proto/mime.h"
#include "proto/url.h"
#include "sinks/body.h"
#include "sinks/js_parts.h"
#include "inspect/enum_names.h"

/* ------------------------------------------------------------------- memory */

/* What messages that are not over take can be a thousand times what a
 * session does. */
static void
count_reading(struct js_reading *r, size_t now)
{
	*r->js->ss->env->memory += now - r->counted;
	r->counted = now;
}

static void
recount(struct js_reading *r)
{
	size_t n = sizeof *r + r->url.cap + r->page_url.cap +
	    r->media_type.cap + r->method.cap + r->place.cap + r->base.cap +
	    r->first.cap;

	if (r->html != NULL)
		n += html_memory(r->html);
	n += r->text != NULL ? script_memory() : 0;
	n += r->body != NULL ? script_memory() : 0;
	count_reading(r, n);
}

static void
reading_free(struct js_reading *r)
{
	count_reading(r, 0);
	html_free(r->html);
	buf_free(&r->url);
	buf_free(&r->page_url);
	buf_free(&r->media_type);
	buf_free(&r->method);
	buf_free(&r->place);
	buf_free(&r->base);
	buf_free(&r->first);
	free(r);
}

/* ------------------------------------------------------------ what to write */

static void
on_inline(void *owner, uint64_t offset, const char *why)
{
	struct js_reading *r = owner;
	bool run = why == NULL && r->page_why == NULL;

	r->page.offset = offset;
	r->text = script_begin(r->js->run->scripts, r->js->ss, &r->js->group,
	    &r->page, run ? SCRIPT_RUN : SCRIPT_LISTED);
	script_why(r->text, why != NULL ? why : r->page_why);
}

static void
on_inline_text(void *owner, struct slice bytes)
{
	struct js_reading *r = owner;

	script_put(r->text, bytes);
}

static void
on_inline_end(void *owner, bool closed)
{
	struct js_reading *r = owner;

	script_end(r->text,
	    closed		  ? NULL :
		r->reason != NULL ? r->reason :
				    "not closed");
	r->text = NULL;
}

static void
on_base(void *owner, struct slice url)
{
	struct js_reading *r = owner;
	struct buf base = { 0 };

	if (url_resolve(url, buf_slice(&r->place), &base)) {
		buf_free(&r->base);
		r->base = base;
	}
}

static void
on_fetch(void *owner, struct slice url, enum html_script_kind kind)
{
	struct js_reading *r = owner;
	struct buf place = { 0 };

	if (r->page_why == NULL &&
	    url_resolve(url, buf_slice(&r->base), &place))
		js_name(r->js->run, buf_slice(&place),
		    kind == HTML_MODULE ? JSTYPE_AS_MODULE : JSTYPE_AS_CLASSIC);
	buf_free(&place);
}

/* The body as a script. */
static struct script *
external(struct js_reading *r)
{
	enum script_how how = r->type.waits ? SCRIPT_WAITS :
	    r->type.why != NULL		    ? SCRIPT_LISTED :
					      SCRIPT_RUN;

	if (r->body == NULL) {
		r->body = script_begin(r->js->run->scripts, r->js->ss,
		    &r->js->group, &r->origin, how);
		script_why(r->body, r->type.why);
	}
	return r->body;
}

/* -------------------------------------------------- what it is, by its bytes */

static void
begin_page(struct js_reading *r)
{
	static const struct html_events events = { on_inline, on_inline_text,
		on_inline_end, on_base, on_fetch };

	r->page = r->origin;
	r->page.is_inline = true;
	r->page.page_url = r->origin.url;
	buf_put(&r->base, r->place.p, r->place.n);
	r->html = html_new(r->type.page == JSTYPE_XML, r->m->head->mime.charset,
	    &events, r);
}

static void
js_take(struct js_reading *r, struct slice bytes)
{
	if (r->html != NULL)
		html_put(r->html, bytes);
	if (r->type.script || r->type.waits)
		script_put(external(r), bytes);
}

/* Whether a script is a page after all, and a page no script; false when more
 * bytes are needed. */
static bool
js_decide(struct js_reading *r, bool whole)
{
	struct slice first = buf_slice(&r->first);
	enum mime_sniffed sniffed = MIME_OTHER;
	enum jstype_start start;
	struct jstype *t = &r->type;

	start = jstype_start_of(first, whole);
	if (t->page == JSTYPE_SNIFF)
		sniffed = mime_sniff(first, whole);
	if (start == JSTYPE_MORE || sniffed == MIME_MORE)
		return false;
	if (t->page == JSTYPE_SNIFF)
		t->page = sniffed == MIME_HTML ? JSTYPE_HTML :
		    sniffed == MIME_XML	       ? JSTYPE_XML :
						 JSTYPE_NO_PAGE;
	if (start == JSTYPE_MARKUP)
		t->script = t->waits = false;
	else if (t->script)
		t->page = JSTYPE_NO_PAGE;
	return true;
}

static void
settle_type(struct js_reading *r, bool whole)
{
	if (r->settled || !js_decide(r, whole))
		return;
	r->settled = true;
	if (r->type.page != JSTYPE_NO_PAGE)
		begin_page(r);
	if (r->first.n > 0)
		js_take(r, buf_slice(&r->first));
	buf_free(&r->first);
}

static void
js_body(void *st, void *x, const struct message *m, struct slice bytes)
{
	struct js_reading *r = x;

	(void)st;
	r->seen = true;
	r->decoded += message_is_coded(m) ? bytes.n : 0;
	if (r->decoded > LIMIT_SCRIPT && !r->too_large)
		loss_add(r->js->ss->env->losses, LOSS_BODIES_RATIO, 1);
	if (r->decoded > LIMIT_SCRIPT) {
		r->too_large = true;
		r->reason = "bomb: size limit";
	} else if (r->settled) {
		js_take(r, bytes);
	} else {
		buf_put(&r->first, bytes.p, bytes.n);
		settle_type(r, false);
	}
	recount(r);
}

/* ------------------------------------------------------------------- messages */

static void *
js_head(void *st, const struct message *m)
{
	struct js *x = st;
	struct js_reading *r;
	const struct jstype *t;

	if (m->protocol == MESSAGE_WEBSOCKET)
		return NULL;
	r = xcalloc(1, sizeof *r);
	t = &r->type;
	r->js = x;
	r->m = m;
	js_read_head(r);
	if (!t->script && t->page == JSTYPE_NO_PAGE && !t->waits) {
		reading_free(r);
		return NULL;
	}
	r->settled = t->typed;
	recount(r);
	return r;
}

static void
js_hole(void *st, void *x, const struct message *m, const struct gap *g)
{
	struct js_reading *r = x;

	(void)st;
	settle_type(r, true);
	if (r->reason == NULL)
		r->reason = enum_name_gap(g->reason);
	r->seen = true;
	if (r->html != NULL && !message_is_coded(m))
		html_gap(r->html, g->len);
	recount(r);
}

/* True when the body is kept, for a page that may name it. */
static bool
end_body(struct js_reading *r)
{
	struct js *x = r->js;
	const struct jstype *t = &r->type;

	if (t->waits && r->body != NULL) {
		*x->waiting_end = r;
		x->waiting_end = &r->next;
		x->n_waiting++;
		return true;
	}
	if (t->script && (r->body != NULL || (r->seen && r->reason != NULL)))
		script_end(external(r), r->reason);
	r->body = NULL;
	return false;
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
		[MESSAGE_WINDOW] = "bomb: window limit",
		[MESSAGE_SIZE] = "bomb: size limit",
		[MESSAGE_RATIO] = "bomb: ratio limit",
	};
	struct js_reading *r = x;

	(void)st;
	settle_type(r, true);
	if (r->reason == NULL)
		r->reason = reasons[reason];
	r->seen |= m->sent > 0;
	if (r->html != NULL) {
		html_finish(r->html);
		html_free(r->html);
		r->html = NULL;
	}
	if (r->body != NULL)
		script_share(r->body, body_of(m)->file);
	r->m = NULL;
	if (end_body(r))
		recount(r);
	else
		reading_free(r);
}

/* ------------------------------------------------------- what waits to be named */

/* What no page has named so far: the digest of its URL, and the length of its
 * line, which follows. */
#define LATE_HEAD 12

static void
put_late(struct js *x, struct js_reading *r)
{
	struct buf *b = x->ss->env->scratch;
	uint64_t digest = script_url_digest(buf_slice(&r->place));
	struct buf head = { 0 };

	buf_reset(b);
	script_line(r->body, "named too late", b);
	buf_be(&head, digest, 8);
	buf_be(&head, b->n, 4);
	spill_log_put(x->run->env->spill, &x->run->late, head.p, head.n);
	spill_log_put(x->run->env->spill, &x->run->late, b->p, b->n);
	buf_free(&head);
}

static void
end_waiting(struct js *x, struct js_reading *r)
{
	const char *why = r->why_if_named;
	enum jstype_named named = script_urls_find(x->run->urls,
	    script_url_digest(buf_slice(&r->place)));

	if (named == JSTYPE_UNNAMED && !x->ss->unwanted && why == NULL) {
		put_late(x, r);
	} else if (named == JSTYPE_UNNAMED || x->ss->unwanted) {
		script_drop(r->body);
	} else {
		if (named == JSTYPE_AS_MODULE)
			why = "type";
		script_settle(r->body,
		    why == NULL ? SCRIPT_RUN : SCRIPT_LISTED);
		script_why(r->body, why);
		script_end(r->body, r->reason);
	}
	reading_free(r);
}

struct late {
	struct js_run *run;
	struct buf text; /* a record that is not whole */
};

static void
take_late(void *arg, struct slice bytes)
{
	struct late *l = arg;
	size_t at = 0;

	buf_put(&l->text, bytes.p, bytes.n);
	while (l->text.n - at >= LATE_HEAD) {
		const uint8_t *p = l->text.p + at;
		struct slice line = { p + LATE_HEAD, get_be32(p + 8) };

		if (line.n > l->text.n - at - LATE_HEAD)
			break;
		if (script_urls_find(l->run->urls, get_be64(p)) ==
		    JSTYPE_AS_CLASSIC)
			scripts_late(l->run->scripts, line);
		at += LATE_HEAD + line.n;
	}
	buf_drop(&l->text, at);
}

/* ----------------------------------------------------------------------- sink */

static void *
js_begin(const struct sink_env *env)
{
	struct js_run *run = xcalloc(1, sizeof *run);

	run->env = env;
	run->scripts = scripts_new(env);
	run->urls = script_urls_new();
	js_count_run(run, script_urls_memory(run->urls));
	return run;
}

static void
js_end(void *arg, struct buf *remark)
{
	struct js_run *run = arg;
	struct late l = { .run = run };

	if (run->late.size > 0) {
		spill_log_read(run->env->spill, &run->late, 0, take_late, &l);
		spill_log_free(run->env->spill, &run->late);
	}
	buf_free(&l.text);
	scripts_end(run->scripts, remark);
	script_urls_free(run->urls);
	js_count_run(run, 0);
	free(run);
}

static void
js_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct js *x = st;

	(void)s;
	x->ss = ss;
	x->run = ss->run;
	x->waiting_end = &x->waiting;
}

static void
js_close(void *st, const struct session *s)
{
	struct js *x = st;

	(void)s;
	for (struct js_reading *r = x->waiting, *next; r != NULL; r = next) {
		next = r->next;
		end_waiting(x, r);
	}
	scripts_close(x->run->scripts, x->ss, &x->group);
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
