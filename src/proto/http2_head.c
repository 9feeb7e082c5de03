/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http2_head.c: from header blocks to heads (RFC 9113, 8.2 and 8.3). */
#include "base/limit.h"
#include "proto/http2_parts.h"

/* The lengths before a name and its value. */
#define FIELD_HEAD 8

static void
on_field(void *arg, struct slice name, struct slice value)
{
	struct buf *b = arg;
	size_t n = FIELD_HEAD + name.n + value.n;

	if (n > LIMIT_HTTP2_FIELDS || b->n + n > LIMIT_HTTP2_FIELDS)
		return;
	buf_be(b, name.n, 4);
	buf_be(b, value.n, 4);
	buf_put(b, name.p, name.n);
	buf_put(b, value.p, value.n);
}

void
h2_block_put(struct h2_side *s, struct slice piece, bool last)
{
	if (s->lost || s->block_bad)
		return;
	if (s->hpack == NULL)
		s->hpack = hpack_new();
	s->block_bad = s->hpack == NULL ||
	    !hpack_put(s->hpack, piece, last, on_field, &s->fields);
}

/* The next field of those in c; false at the end. */
static bool
next_field(struct cur *c, struct slice *name, struct slice *value)
{
	uint32_t n_name, n_value;

	return cur_be32(c, &n_name) && cur_be32(c, &n_value) &&
	    cur_take(c, n_name, name) && cur_take(c, n_value, value);
}

static uint16_t
read_status(struct slice s)
{
	unsigned v = 0;

	if (s.n != 3)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 0;
		v = v * 10 + (s.p[i] - (unsigned)'0');
	}
	return (uint16_t)v;
}

struct h2_pseudo {
	struct slice scheme;
	struct slice authority;
	struct slice path;
	struct slice protocol;
	struct slice status;
};

static void
take_pseudo(struct h2_pseudo *p, struct http_head *head, struct slice name,
    struct slice value)
{
	if (slice_is(name, ":method"))
		head->method = value;
	else if (slice_is(name, ":scheme"))
		p->scheme = value;
	else if (slice_is(name, ":authority"))
		p->authority = value;
	else if (slice_is(name, ":path"))
		p->path = value;
	else if (slice_is(name, ":protocol"))
		p->protocol = value;
	else if (slice_is(name, ":status"))
		p->status = value;
}

/* RFC 8441, 4: what is asked for is a URL, as in other requests. */
static void
put_target(struct buf *b, const struct h2_pseudo *p)
{
	buf_put(b, p->scheme.p, p->scheme.n);
	buf_str(b, "://");
	buf_put(b, p->authority.p, p->authority.n);
	buf_put(b, p->path.p, p->path.n);
}

/* True when it asks for a WebSocket. */
static bool
settle_request(struct h2_message *m, const struct h2_pseudo *p)
{
	struct http_head *head = &m->head;

	head->https = slice_is(p->scheme, "https");
	head->target = p->path;
	if (p->authority.n > 0)
		head->host = p->authority;
	if (!slice_is(head->method, "CONNECT"))
		return false;
	head->target = p->authority;
	if (p->protocol.n == 0)
		return false;
	put_target(&m->target, p);
	head->target = (struct slice){ m->target.p, m->target.n };
	return slice_is(p->protocol, "websocket");
}

bool
h2_head_read(struct h2_message *m, enum http_side side)
{
	struct cur c = cur_of(m->fields.n > 0 ? (const char *)m->fields.p : "",
	    m->fields.n);
	struct h2_pseudo p = { 0 };
	struct slice name, value;

	m->head = (struct http_head){ .side = side };
	while (next_field(&c, &name, &value)) {
		if (name.n > 0 && name.p[0] == ':')
			take_pseudo(&p, &m->head, name, value);
		else
			http_field_take(&m->head, slice_trim(name),
			    slice_trim(value));
	}
	if (side == HTTP_REQUEST)
		return settle_request(m, &p);
	m->head.status = read_status(p.status);
	return false;
}

/* No field can look like another: a line end in it is followed by a blank. */
static void
put_field_word(struct buf *b, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		buf_byte(b, s.p[i]);
		if (s.p[i] == '\n')
			buf_byte(b, ' ');
	}
}

void
h2_fields_text(const struct buf *fields, struct buf *out)
{
	struct cur c =
	    cur_of(fields->n > 0 ? (const char *)fields->p : "", fields->n);
	struct slice name, value;

	buf_reset(out);
	while (next_field(&c, &name, &value)) {
		put_field_word(out, name);
		buf_str(out, ": ");
		put_field_word(out, value);
		buf_byte(out, '\n');
	}
}
