/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* js_head.c: where a body is from, and what its head makes of it. */
#include <string.h>

#include "proto/message.h"
#include "proto/url.h"
#include "sinks/js_parts.h"
#include "sinks/request_url.h"

void
js_count_run(struct js_run *run, size_t now)
{
	*run->env->memory += now - run->counted;
	run->counted = now;
}

void
js_name(struct js_run *run, struct slice place, enum jstype_named as)
{
	script_urls_add(run->urls, script_url_digest(place), as);
	js_count_run(run, script_urls_memory(run->urls));
}

/* ----------------------------------------------------------- where it is from */

static struct slice
keep_copy(struct buf *b, struct slice s)
{
	buf_reset(b);
	buf_put(b, s.p, s.n);
	return buf_slice(b);
}

static void
set_urls(struct js_reading *r, const struct message *m)
{
	const struct http_request *q = m->request;

	if (m->head->type.n > 0)
		r->origin.type = keep_copy(&r->media_type, m->head->type);
	if (q == NULL)
		return;
	request_url(&r->url, m, r->js->ss);
	r->origin.url = buf_slice(&r->url);
	r->origin.method = keep_copy(&r->method, q->method);
	if (q->referer.n > 0)
		r->origin.page_url = keep_copy(&r->page_url, q->referer);
	if (!message_is_request(m))
		url_resolve(r->origin.url, (struct slice){ NULL, 0 },
		    &r->place);
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

/* --------------------------------------------------------------- what it is */

static bool
is_redirect(const struct http_head *head)
{
	switch (head->status) {
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return head->location.n > 0;
	default:
		return false;
	}
}

/* What was named is now what it leads to. */
static void
follow(struct js_reading *r, enum jstype_named named)
{
	struct buf place = { 0 };

	if (url_resolve(r->m->head->location, buf_slice(&r->place), &place))
		js_name(r->js->run, buf_slice(&place), named);
	buf_free(&place);
}

/* Why no browser shows the page, or NULL. */
static const char *
page_why(const struct http_head *head)
{
	const uint8_t *end;
	struct slice s = head->disposition;

	if (is_redirect(head))
		return "redirect";
	end = s.n > 0 ? memchr(s.p, ';', s.n) : NULL;
	if (end != NULL)
		s.n = (size_t)(end - s.p);
	return slice_is(slice_trim(s), "attachment") ? "attachment" : NULL;
}

/* Of a request only its type counts: its target names what it is sent to. */
static void
classify(struct js_reading *r, const struct message *m)
{
	const struct http_head *head = m->head;
	const struct http_request *q = m->request;
	struct jstype_facts f = {
		.essence = head->mime.essence,
		.nosniff = head->nosniff,
		.status = head->status,
	};

	if (message_is_request(m)) {
		r->type.typed = jstype_is_script(f.essence);
		r->type.script = r->type.typed;
		return;
	}
	if (q != NULL) {
		f.target = q->target;
		f.dest = q->dest;
	}
	if (r->place.n > 0)
		f.named = script_urls_find(r->js->run->urls,
		    script_url_digest(buf_slice(&r->place)));
	if (f.named != JSTYPE_UNNAMED && is_redirect(head))
		follow(r, f.named);
	r->type = jstype_of(&f);
	r->page_why = page_why(head);
	r->type.waits =
	    r->type.waits && r->place.n > 0 && r->js->n_waiting < WAITING_MAX;
	f.named = JSTYPE_AS_CLASSIC;
	r->why_if_named = jstype_why_not(&f);
}

void
js_read_head(struct js_reading *r)
{
	const struct message *m = r->m;

	set_urls(r, m);
	classify(r, m);
	if (m->head->status == 206 && !is_all(m->head->range))
		r->reason = "part";
	r->origin.guess = r->type.guess;
	r->origin.status = m->head->status;
	r->origin.ts_ns = m->last_ns;
}
