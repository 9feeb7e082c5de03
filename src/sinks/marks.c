/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * marks.c: where in a session --grep has found something.
 *
 * Of each match there is the distance from the one before it, and its length, in
 * groups of 7 bits, the lowest first.
 */
#include "sinks/marks.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "sinks/color.h"

/* The matches of one string. */
struct mark_list {
	uint64_t string;
	uint64_t end; /* of the last of them */
	struct buf groups;
};

struct marks {
	struct mark_list *v;
	size_t n;
	size_t cap;
	size_t memory;
};

struct marks *
marks_new(void)
{
	return xcalloc(1, sizeof(struct marks));
}

void
marks_free(struct marks *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		buf_free(&m->v[i].groups);
	free(m->v);
	free(m);
}

static void
put_groups(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_byte(b, (uint8_t)(v | 0x80));
	buf_byte(b, (uint8_t)v);
}

static uint64_t
take_groups(const struct buf *b, size_t *at)
{
	uint64_t v = 0;

	for (int shift = 0; *at < b->n && shift < 64; shift += 7) {
		uint8_t c = b->p[(*at)++];

		v |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80)
			break;
	}
	return v;
}

static struct mark_list *
list_of(struct marks *m, uint64_t string)
{
	/* Most are found in what was found in last. */
	for (size_t i = m->n; i > 0; i--)
		if (m->v[i - 1].string == string)
			return &m->v[i - 1];
	if (m->n == m->cap) {
		m->cap = m->cap * 2 + 4;
		m->v = xreallocarray(m->v, m->cap, sizeof *m->v);
		m->memory += (m->cap - m->n) * sizeof *m->v;
	}
	m->v[m->n] = (struct mark_list){ .string = string };
	return &m->v[m->n++];
}

void
marks_add(struct marks *m, uint64_t string, const struct found *f)
{
	struct mark_list *l;

	if (f->begin == f->end || marks_are_full(m))
		return;
	l = list_of(m, string);
	if (f->begin < l->end)
		return;
	m->memory -= l->groups.cap;
	put_groups(&l->groups, f->begin - l->end);
	put_groups(&l->groups, f->end - f->begin);
	m->memory += l->groups.cap;
	l->end = f->end;
}

bool
marks_are_full(const struct marks *m)
{
	return m->memory >= MARKS_MAX;
}

size_t
marks_memory(const struct marks *m)
{
	return sizeof *m + m->memory;
}

/* ----------------------------------------------------------------- showing */

static void
take_next(struct marked *x)
{
	const struct buf *b = &x->marks->v[x->list].groups;

	if (x->at == b->n) {
		x->next = (struct found){ UINT64_MAX, UINT64_MAX };
		return;
	}
	x->next.begin = x->next.end + take_groups(b, &x->at);
	x->next.end = x->next.begin + take_groups(b, &x->at);
}

void
marked_begin(struct marked *x, const struct marks *marks, uint64_t string)
{
	*x = (struct marked){ .marks = marks };
	while (marks != NULL && x->list < marks->n &&
	    marks->v[x->list].string != string)
		x->list++;
	if (marks == NULL || x->list == marks->n)
		x->marks = NULL;
	else
		take_next(x);
}

void
marked_put(struct marked *x, struct escape_lines *e, struct buf *b,
    uint64_t off, struct slice s)
{
	while (s.n > 0) {
		uint64_t to = UINT64_MAX;
		size_t n;

		while (x->marks != NULL && x->next.end <= off)
			take_next(x);
		if (x->marks != NULL)
			to = off < x->next.begin ? x->next.begin : x->next.end;
		escape_lines_mark(e, b,
		    x->marks != NULL && off >= x->next.begin ? COLOR_MARK :
							       NULL);
		n = to - off < s.n ? (size_t)(to - off) : s.n;
		escape_lines_put(e, b, (struct slice){ s.p, n });
		s = (struct slice){ s.p + n, s.n - n };
		off += n;
	}
}
