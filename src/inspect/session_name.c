/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* session_name.c: what the server of a session is called. */
#include "inspect/session_name.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "proto/http_head.h"

/* A name is looked for in so many bytes of a direction. */
#define LOOK_BYTES ((uint64_t)16 << 10)
/* A head that has not ended then names nobody. */
#define HEAD_BYTES ((size_t)8 << 10)

/* What is being looked at: the head of a request. */
struct name_look {
	int dir;
	uint64_t next; /* offset of the byte that continues it */
	struct buf head;
};

struct session_name {
	char *text; /* n bytes; NULL: none is known */
	size_t n;
	uint8_t asked; /* enum upgrade_asked */
	struct name_look *look;
};

static void
look_end(struct session_name *x)
{
	if (x->look == NULL)
		return;
	buf_free(&x->look->head);
	free(x->look);
	x->look = NULL;
}

static void
look_begin(struct session_name *x, const struct chunk *c)
{
	look_end(x);
	x->look = xcalloc(1, sizeof *x->look);
	x->look->dir = c->dir;
	x->look->next = c->off;
}

static void
name_set(struct session_name *x, const void *p, size_t n)
{
	if (n == 0 || n > SESSION_NAME_MAX)
		return;
	free(x->text);
	x->text = xmalloc(n);
	memcpy(x->text, p, n);
	x->n = n;
}

/* Reads the head of a request as far as it is there; true when no more of it
 * is needed. */
static bool
read_request(struct session_name *x, struct slice s)
{
	struct http_head head = { .side = HTTP_RESPONSE };
	enum http_answer method = http_method_at(s);
	enum http_answer whole;
	size_t used;

	if (method != HTTP_CONSUMED)
		return method == HTTP_BAD;
	whole = http_head_parse(s, &head, &used);
	if (whole == HTTP_NEED_MORE && !http_head_part(s, &head))
		return s.n >= HEAD_BYTES;
	if (whole != HTTP_BAD && head.side == HTTP_REQUEST) {
		name_set(x, head.host.p, head.host.n);
		x->asked = slice_is(head.upgrade, "websocket") ?
		    UPGRADE_WEBSOCKET :
		    slice_is(head.upgrade, "h2c") ? UPGRADE_HTTP2 :
						    UPGRADE_NONE;
	}
	return whole != HTTP_NEED_MORE || s.n >= HEAD_BYTES;
}

/* Goes on with the head; it is read again with each line that ends. */
static void
take_head(struct session_name *x, struct slice s)
{
	struct buf *b = &x->look->head;
	size_t n = s.n < HEAD_BYTES - b->n ? s.n : HEAD_BYTES - b->n;

	buf_put(b, s.p, n);
	if (b->n < HEAD_BYTES && b->n >= HTTP_METHOD_ROOM &&
	    memchr(s.p, '\n', n) == NULL)
		return;
	if (read_request(x, (struct slice){ b->p, b->n }))
		look_end(x);
}

static bool
is_blank(const struct session_name *x)
{
	return x->look == NULL && x->n == 0;
}

void
session_name_data(struct session_name **n, const struct chunk *c)
{
	struct session_name none = { 0 };
	struct session_name *x = *n != NULL ? *n : &none;
	struct name_look *l = x->look;

	if (l == NULL && (c->off > 0 || x->n > 0))
		return;
	if (l != NULL && l->dir == c->dir &&
	    (c->off >= LOOK_BYTES || c->off != l->next))
		look_end(x);
	if (x->look == NULL && c->off == 0 && x->n == 0 &&
	    !read_request(x, c->bytes))
		look_begin(x, c);
	l = x->look;
	if (l != NULL && l->dir == c->dir) {
		l->next += c->bytes.n;
		take_head(x, c->bytes);
	}
	if (x == &none && !is_blank(x)) {
		*n = xmalloc(sizeof none);
		**n = none;
	}
}

struct slice
session_name_get(const struct session_name *n)
{
	if (n == NULL)
		return (struct slice){ NULL, 0 };
	return (struct slice){ (const uint8_t *)n->text, n->n };
}

enum upgrade_asked
session_name_upgrade(const struct session_name *n)
{
	return n != NULL ? (enum upgrade_asked)n->asked : UPGRADE_NONE;
}

size_t
session_name_memory(const struct session_name *n)
{
	size_t memory = 0;

	if (n == NULL)
		return 0;
	memory = sizeof *n + n->n;
	if (n->look != NULL)
		memory += sizeof *n->look + n->look->head.cap;
	return memory;
}

void
session_name_free(struct session_name *n)
{
	if (n == NULL)
		return;
	look_end(n);
	free(n->text);
	free(n);
}
