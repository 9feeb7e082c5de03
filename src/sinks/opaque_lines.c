/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* opaque_lines.c: items that nobody reads, as lines of a transcript. */
#include "sinks/opaque_lines.h"

/* Of a longer label the rest is left out. */
#define LABEL_SHOWN 1000

static void
swap(struct opaque_line *a, struct opaque_line *b)
{
	struct opaque_line other = *a;

	*a = *b;
	*b = other;
}

static bool
is_like(const struct opaque_line *a, const struct opaque_line *b)
{
	return a->label.n == b->label.n &&
	    memcmp(a->label.p, b->label.p, a->label.n) == 0;
}

/* The line goes to done; false when there is none. */
static bool
finish_line(struct opaque_lines *o)
{
	swap(&o->line, &o->done);
	o->line.len = 0;
	return o->done.len > 0;
}

/* The item at hand is over: it joins the line, or begins one. */
static bool
finish_item(struct opaque_lines *o)
{
	bool ended = false;

	if (o->last.len == 0)
		return false;
	if (o->line.len > 0 && is_like(&o->line, &o->last)) {
		o->line.len += o->last.len;
		o->line.n++;
	} else {
		ended = finish_line(o);
		swap(&o->line, &o->last);
	}
	o->last.len = 0;
	return ended;
}

bool
opaque_lines_put(struct opaque_lines *o, const struct chunk *c,
    const struct span *what)
{
	bool ended = what->begins && finish_item(o);
	size_t n = strnlen(what->label, LABEL_SHOWN);

	if (o->last.len == 0) {
		o->last.off = c->off;
		o->last.n = 1;
	}
	o->last.len += c->bytes.n;
	buf_reset(&o->last.label);
	buf_put(&o->last.label, what->label, n);
	return ended;
}

bool
opaque_lines_end(struct opaque_lines *o)
{
	if (finish_item(o) || finish_line(o))
		return true;
	buf_free(&o->last.label);
	buf_free(&o->line.label);
	buf_free(&o->done.label);
	return false;
}

void
opaque_line_put(const struct opaque_line *l, struct buf *b)
{
	buf_put(b, l->label.p, l->label.n);
	if (l->n > 1)
		buf_printf(b, " x%llu", (unsigned long long)l->n);
}
