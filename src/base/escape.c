/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * escape.c: captured bytes as text that cannot forge a record or drive a
 * terminal.
 *
 * Input is taken in pieces, each of which has room for the worst case before
 * it is written, so that the loops only move a pointer.
 */
#include "base/escape.h"

#include <assert.h>
#include <string.h>

#include "base/escape_fast.h"
#include "base/utf8.h"

#define PIECE ((size_t)8192)
/* What a byte becomes at most. */
#define WORST 4

#define CODE(c)                                                                \
	{                                                                      \
		{ '\\', 'x', ESCAPE_FAST_DIGIT((c) >> 4),                      \
			ESCAPE_FAST_DIGIT((c)&15) },                           \
		    4                                                          \
	}
/* lf: what a line feed becomes. */
#define FORMS(lf)                                                              \
	{                                                                      \
		ESCAPE_FAST_ROW8(CODE, 0x00), CODE(0x08), { "\\t", 2 }, lf,    \
		    CODE(0x0b), CODE(0x0c), { "\\r", 2 }, CODE(0x0e),          \
		    CODE(0x0f), ESCAPE_FAST_ROW16(CODE, 0x10),                 \
		    ESCAPE_FAST_ROW16(ESCAPE_FAST_AS_IS, 0x20),                \
		    ESCAPE_FAST_FROM_ZERO, CODE(0x7f), ESCAPE_FAST_HIGH(CODE)  \
	}

/* clang-format off */
static const struct escape_fast_table one_line = {
	.forms = FORMS(ESCAPE_FAST_PAIR("\\n")),
	.other = { '\\', '\\' },
};

/* The end of a line, and the next one begins; of payload, and of what it was
 * decoded to. */
static const struct escape_fast_table many_lines[2] = {
	{ .forms = FORMS(ESCAPE_FAST_PAIR("\n|")), .other = { '\\', '\\' } },
	{ .forms = FORMS(ESCAPE_FAST_PAIR("\n+")), .other = { '\\', '\\' } },
};
/* clang-format on */

static uint8_t *
put_escaped(uint8_t *w, uint8_t c)
{
	static const char digits[] = "0123456789abcdef";

	*w++ = '\\';
	*w++ = 'x';
	*w++ = (uint8_t)digits[c >> 4];
	*w++ = (uint8_t)digits[c & 15];
	return w;
}

static void
begin_escaped_line(struct escape_lines *e, struct buf *b)
{
	if (e->before != NULL)
		buf_str(b, e->before);
	buf_byte(b, e->decoded ? '+' : '|');
	if (e->mark != NULL)
		buf_str(b, e->mark);
	e->in_line = true;
}

static void
end_escaped_line(struct escape_lines *e, struct buf *b)
{
	if (e->before != NULL)
		buf_str(b, e->after);
	buf_byte(b, '\n');
	e->in_line = false;
}

/* Writes s, in which no sequence is cut. */
static void
put_whole(struct buf *b, struct slice s, const struct escape_fast_table *t,
    bool ascii)
{
	enum escape_fast_mode mode =
	    ascii ? ESCAPE_FAST_ASCII : ESCAPE_FAST_BY_BYTE;

	while (s.n > 0) {
		struct slice piece = { s.p, s.n < PIECE ? s.n : PIECE };
		uint8_t *w = buf_room(b, piece.n * WORST + ESCAPE_FAST_FORM);
		struct cur c;

		if (piece.n < s.n)
			piece.n -= escape_fast_cut(piece);
		c = cur_of(piece.p, piece.n);
		w = escape_fast_put(w, &c, t, mode);
		b->n = (size_t)(w - b->p);
		s = (struct slice){ c.pos, s.n - piece.n };
	}
}

/* Writes s, which ends whole, as lines that nothing else is in. */
static void
put_bare(struct escape_lines *e, struct buf *b, struct slice s)
{
	if (!e->in_line)
		buf_byte(b, e->decoded ? '+' : '|');
	put_whole(b, s, &many_lines[e->decoded], e->ascii);
	e->in_line = s.n == 0 || s.p[s.n - 1] != '\n';
	/* No other line has begun. */
	if (!e->in_line)
		b->n--;
}

/* The same with what the caller has before and after each line. */
static void
put_dressed(struct escape_lines *e, struct buf *b, struct slice s)
{
	do {
		const uint8_t *lf = s.n > 0 ? memchr(s.p, '\n', s.n) : NULL;
		struct slice line = { s.p,
			lf != NULL ? (size_t)(lf - s.p) : s.n };

		if (!e->in_line)
			begin_escaped_line(e, b);
		put_whole(b, line, &one_line, e->ascii);
		if (lf == NULL)
			return;
		end_escaped_line(e, b);
		s = (struct slice){ lf + 1, s.n - line.n - 1 };
	} while (s.n > 0);
}

static void
put_carry(struct escape_lines *e, struct buf *b)
{
	uint8_t *w = buf_room(b, sizeof e->carry * WORST);

	for (size_t i = 0; i < e->n_carry; i++)
		w = put_escaped(w, e->carry[i]);
	b->n = (size_t)(w - b->p);
	e->n_carry = 0;
}

/*
 * Goes on with the sequence that the last call left: takes bytes of s until
 * it is whole, or finds that it never will be.
 */
static void
finish_carry(struct escape_lines *e, struct buf *b, struct slice *s)
{
	while (e->n_carry > 0 && s->n > 0) {
		uint32_t cp;
		int len;

		e->carry[e->n_carry] = s->p[0];
		len = utf8_decode((struct slice){ e->carry, e->n_carry + 1u },
		    &cp);
		if (len == 0) {
			put_carry(e, b);
			return;
		}
		e->n_carry++;
		*s = (struct slice){ s->p + 1, s->n - 1 };
		if (len < 0)
			continue;
		if (!e->ascii && utf8_printable(cp))
			buf_put(b, e->carry, e->n_carry);
		else
			put_carry(e, b);
		e->n_carry = 0;
	}
}

static void
put_lines(struct escape_lines *e, struct buf *b, struct slice s)
{
	size_t cut;

	finish_carry(e, b, &s);
	if (s.n == 0)
		return;
	cut = e->ascii ? 0 : escape_fast_cut(s);
	s.n -= cut;
	if (e->before != NULL)
		put_dressed(e, b, s);
	else
		put_bare(e, b, s);
	if (cut == 0)
		return;
	if (!e->in_line)
		begin_escaped_line(e, b);
	memcpy(e->carry, s.p + s.n, cut);
	e->n_carry = (uint8_t)cut;
}

/* Length of what stands for a byte, at the backslash p; end is behind p. */
static size_t
escape_len(const uint8_t *p, const uint8_t *end)
{
	size_t left = (size_t)(end - p);

	if (left >= WORST && p[1] == 'x')
		return WORST;
	return left >= 2 && strchr("\\rtn", p[1]) != NULL ? 2 : 1;
}

/* Puts `around' around all that stands for other bytes from `from' on. */
static void
set_apart(const struct escape_lines *e, struct buf *b, size_t from)
{
	struct buf whole = { 0 };
	const uint8_t *p, *end, *at;

	if (e->around[0] == NULL || b->n == from ||
	    memchr(b->p + from, '\\', b->n - from) == NULL)
		return;
	p = b->p + from;
	end = b->p + b->n;
	while ((at = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		buf_put(&whole, p, (size_t)(at - p));
		buf_str(&whole, e->around[0]);
		for (p = at; p < end && *p == '\\'; p += escape_len(p, end))
			continue;
		buf_put(&whole, at, (size_t)(p - at));
		buf_str(&whole, e->around[1]);
		if (p == end)
			break;
	}
	buf_put(&whole, p, (size_t)(end - p));
	b->n = from;
	buf_put(b, whole.p, whole.n);
	buf_free(&whole);
}

void
escape_lines_put(struct escape_lines *e, struct buf *b, struct slice s)
{
	size_t from = b->n;

	put_lines(e, b, s);
	set_apart(e, b, from);
}

void
escape_lines_mark(struct escape_lines *e, struct buf *b, const char *mark)
{
	if (mark == e->mark)
		return;
	put_carry(e, b);
	if (e->in_line && e->mark != NULL) {
		buf_str(b, e->after);
		buf_str(b, e->before);
	}
	if (e->in_line && mark != NULL)
		buf_str(b, mark);
	e->mark = mark;
}

void
escape_lines_end(struct escape_lines *e, struct buf *b)
{
	size_t from = b->n;

	put_carry(e, b);
	escape_lines_mark(e, b, NULL);
	if (e->in_line) {
		buf_byte(b, '\\');
		end_escaped_line(e, b);
	}
	set_apart(e, b, from);
}

void
escape_text(struct buf *b, struct slice s, bool ascii)
{
	put_whole(b, s, &one_line, ascii);
}

void
escape_line(struct buf *b, struct slice s)
{
	escape_text(b, s, false);
}

void
escape_name(struct buf *b, const char *s)
{
	escape_line(b, (struct slice){ (const uint8_t *)s, strlen(s) });
}
