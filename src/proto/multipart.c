/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* multipart.c: finds the delimiters in a multipart body, and reads the heads
 * behind them. */
#include "proto/multipart.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limit.h"
#include "base/xalloc.h"
#include "proto/coding.h"
#include "proto/parameter.h"

/* RFC 2046, 5.1.1 allows 70 characters. */
#define BOUNDARY_MAX 200
/* Blanks behind a boundary. */
#define PADDING_MAX 64
/* An end of line, two dashes, the boundary, two dashes, padding. */
#define PEND_MAX (2 + 2 + BOUNDARY_MAX + 2 + PADDING_MAX + 2)

enum multipart_state { MP_PREAMBLE, MP_HEAD, MP_BODY, MP_EPILOGUE };

/* What the bytes that wait are. */
enum multipart_line {
	LINE_IN,       /* none: not at the beginning of a line */
	LINE_CR,       /* a CR */
	LINE_BEGIN,    /* an end of line, and so much of a delimiter */
	LINE_BOUNDARY, /* all of it, and so many dashes */
	LINE_PADDING,  /* ... and blanks */
};

struct multipart {
	const struct multipart_events *events;
	void *owner;
	enum multipart_state state;
	char delimiter[2 + BOUNDARY_MAX];
	size_t n_delimiter;
	unsigned parts;
	bool told; /* the part at hand is told */
	enum multipart_line line;
	size_t matched; /* LINE_BEGIN: bytes of the delimiter */
	unsigned dashes;
	/* Bytes that are a delimiter, or of the part. */
	uint8_t pend[PEND_MAX];
	size_t n_pend;
	struct buf head;
	/* Of the head's last line, however much of it is kept. */
	size_t line_len;
	bool line_cr; /* it begins with CR */
};

struct multipart *
multipart_new(struct slice type, const struct multipart_events *events,
    void *owner)
{
	struct buf boundary = { 0 };
	struct multipart *m = NULL;

	if (slice_begins(type, "multipart/") &&
	    parameter_get(type, "boundary", &boundary) && boundary.n > 0 &&
	    boundary.n <= BOUNDARY_MAX &&
	    memchr(boundary.p, '\r', boundary.n) == NULL &&
	    memchr(boundary.p, '\n', boundary.n) == NULL) {
		m = xcalloc(1, sizeof *m);
		m->events = events;
		m->owner = owner;
		memcpy(m->delimiter, "--", 2);
		memcpy(m->delimiter + 2, boundary.p, boundary.n);
		m->n_delimiter = boundary.n + 2;
		m->line = LINE_BEGIN;
	}
	buf_free(&boundary);
	return m;
}

void
multipart_free(struct multipart *m)
{
	if (m == NULL)
		return;
	buf_free(&m->head);
	free(m);
}

size_t
multipart_memory(const struct multipart *m)
{
	return sizeof *m + m->head.cap;
}

/* ------------------------------------------------------------------- heads */

static void
take_disposition(struct multipart_head *head, struct slice value,
    struct buf *name, struct buf *filename)
{
	if (parameter_get(value, "name", name))
		head->name = (struct slice){ name->p, name->n };
	if (parameter_get(value, "filename", filename))
		head->filename = (struct slice){ filename->p, filename->n };
}

static void
begin_part(struct multipart *m)
{
	struct multipart_head head = { .number = ++m->parts };
	struct http_head fields = { 0 };
	struct buf name = { 0 }, filename = { 0 };

	http_fields_parse((struct slice){ m->head.p, m->head.n }, &fields);
	head.type = fields.type;
	head.range = fields.range;
	take_disposition(&head, fields.disposition, &name, &filename);
	m->told = m->parts <= LIMIT_PARTS;
	if (m->told)
		m->events->begin(m->owner, &head);
	buf_free(&name);
	buf_free(&filename);
	buf_free(&m->head);
	m->state = MP_BODY;
	m->line = LINE_BEGIN;
	m->matched = 0;
}

static void
take_part_head(struct multipart *m, struct cur *c)
{
	const uint8_t *lf = memchr(c->pos, '\n', cur_left(c));
	size_t n = lf != NULL ? (size_t)(lf + 1 - c->pos) : cur_left(c);
	size_t room = MULTIPART_HEAD_MAX - m->head.n;

	if (m->line_len == 0)
		m->line_cr = c->pos[0] == '\r';
	m->line_len += n;
	/* The end of a long head is still found. */
	buf_put(&m->head, c->pos, n < room ? n : room);
	cur_skip(c, n);
	if (lf == NULL)
		return;
	if (m->line_len == 1 || (m->line_len == 2 && m->line_cr))
		begin_part(m);
	m->line_len = 0;
}

/* -------------------------------------------------------------- delimiters */

static void
give(struct multipart *m, struct slice bytes)
{
	if (bytes.n > 0 && m->state == MP_BODY && m->told)
		m->events->body(m->owner, bytes);
}

/* What waited is no delimiter. */
static void
give_pend(struct multipart *m)
{
	give(m, (struct slice){ m->pend, m->n_pend });
	m->n_pend = 0;
	m->line = LINE_IN;
}

static void
end_part(struct multipart *m, bool whole)
{
	if (m->state == MP_BODY && m->told)
		m->events->end(m->owner, whole);
}

static void
take_delimiter(struct multipart *m, bool last)
{
	end_part(m, true);
	m->n_pend = 0;
	m->line = LINE_IN;
	m->line_len = 0;
	m->state = last ? MP_EPILOGUE : MP_HEAD;
}

/* A byte that may go on with what waits; false when it cannot. */
static bool
goes_on(struct multipart *m, uint8_t c)
{
	switch (m->line) {
	case LINE_IN:
		return false;
	case LINE_CR:
		m->line = LINE_BEGIN;
		m->matched = 0;
		return c == '\n';
	case LINE_BEGIN:
		if (c != (uint8_t)m->delimiter[m->matched])
			return false;
		m->dashes = 0;
		if (++m->matched == m->n_delimiter)
			m->line = LINE_BOUNDARY;
		return true;
	case LINE_BOUNDARY:
		if (c == '-') {
			m->dashes++;
			return true;
		}
		m->line = LINE_PADDING;
		/* FALLTHROUGH */
	case LINE_PADDING:
		return m->dashes == 0 &&
		    (c == ' ' || c == '\t' || c == '\r' || c == '\n') &&
		    m->n_pend < PEND_MAX - 1;
	}
	return false;
}

/* An end of line begins here, or one byte of it. */
static void
begin_line(struct multipart *m, uint8_t c)
{
	m->pend[0] = c;
	m->n_pend = 1;
	m->line = c == '\r' ? LINE_CR : LINE_BEGIN;
	m->matched = 0;
}

static void
take_pend(struct multipart *m, struct cur *c)
{
	uint8_t byte = *c->pos;

	if (!goes_on(m, byte)) {
		give_pend(m);
		return;
	}
	c->pos++;
	m->pend[m->n_pend++] = byte;
	if (m->line == LINE_PADDING && byte == '\n')
		take_delimiter(m, false);
	else if (m->line == LINE_BOUNDARY && m->dashes == 2)
		take_delimiter(m, true);
}

/* Bytes up to the next end of line. */
static void
take_bytes(struct multipart *m, struct cur *c)
{
	const uint8_t *p = c->pos;

	while (p < c->end && *p != '\r' && *p != '\n')
		p++;
	give(m, (struct slice){ c->pos, (size_t)(p - c->pos) });
	c->pos = p;
	if (p < c->end) {
		begin_line(m, *p);
		c->pos++;
	}
}

void
multipart_put(struct multipart *m, struct slice bytes)
{
	struct cur c = cur_of(bytes.p, bytes.n);

	while (cur_left(&c) > 0 && m->state != MP_EPILOGUE) {
		if (m->state == MP_HEAD)
			take_part_head(m, &c);
		else if (m->line != LINE_IN)
			take_pend(m, &c);
		else
			take_bytes(m, &c);
	}
}

/* Delimiters may be among what is missing: then two parts are one. */
void
multipart_gap(struct multipart *m, uint64_t n)
{
	give_pend(m);
	if (m->state == MP_HEAD) {
		buf_free(&m->head);
		m->state = MP_PREAMBLE;
	} else if (m->state == MP_BODY && m->told) {
		m->events->hole(m->owner, n);
	}
}

void
multipart_finish(struct multipart *m)
{
	give_pend(m);
	end_part(m, false);
	m->state = MP_EPILOGUE;
}
