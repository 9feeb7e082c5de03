/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* json.c: a JSON writer that appends to a buffer (RFC 8259). */
#include "base/json.h"

#include <assert.h>
#include <string.h>

#include "base/fmt.h"
#include "base/escape_fast.h"
#include "base/utf8.h"

#define PIECE ((size_t)8192)
/* A control becomes \uNNNN; longer sequences need less for each byte. */
#define WORST 6

#define CONTROL(c)                                                             \
	{                                                                      \
		{ '\\', 'u', '0', '0', ESCAPE_FAST_DIGIT((c) >> 4),            \
			ESCAPE_FAST_DIGIT((c)&15) },                           \
		    6                                                          \
	}
/* The text \xNN, whose backslash JSON doubles. */
#define BAD(c)                                                                 \
	{                                                                      \
		{ '\\', '\\', 'x', ESCAPE_FAST_DIGIT((c) >> 4),                \
			ESCAPE_FAST_DIGIT((c)&15) },                           \
		    5                                                          \
	}

/* clang-format off */
static const struct escape_fast_table table = {
	.forms = {
		ESCAPE_FAST_ROW8(CONTROL, 0x00),
		CONTROL(0x08), { "\\t", 2 }, { "\\n", 2 }, CONTROL(0x0b),
		CONTROL(0x0c), { "\\r", 2 }, CONTROL(0x0e), CONTROL(0x0f),
		ESCAPE_FAST_ROW16(CONTROL, 0x10),
		ESCAPE_FAST_AS_IS(0x20), ESCAPE_FAST_AS_IS(0x21), { "\\\"", 2 },
		ESCAPE_FAST_AS_IS(0x23), ESCAPE_FAST_ROW4(ESCAPE_FAST_AS_IS, 0x24),
		ESCAPE_FAST_ROW8(ESCAPE_FAST_AS_IS, 0x28),
		ESCAPE_FAST_FROM_ZERO,
		CONTROL(0x7f),
		ESCAPE_FAST_HIGH(BAD),
	},
	.other = { '"', '\\' },
};
/* clang-format on */

struct json
json_on(struct buf *b)
{
	return (struct json){ .b = b };
}

void
json_value(struct json *j)
{
	if (j->after_key) {
		j->after_key = false;
		return;
	}
	if (j->comma[j->depth])
		buf_byte(j->b, ',');
	j->comma[j->depth] = true;
}

static void
json_begin(struct json *j, uint8_t c)
{
	json_value(j);
	buf_byte(j->b, c);
	assert(j->depth + 1 < JSON_DEPTH);
	j->comma[++j->depth] = false;
}

static void
json_end(struct json *j, uint8_t c)
{
	assert(j->depth > 0 && !j->after_key);
	j->depth--;
	buf_byte(j->b, c);
}

void
json_object(struct json *j)
{
	json_begin(j, '{');
}

void
json_object_end(struct json *j)
{
	json_end(j, '}');
}

void
json_array(struct json *j)
{
	json_begin(j, '[');
}

void
json_array_end(struct json *j)
{
	json_end(j, ']');
}

/* What a value begins with, if anything; w has room for it. */
static uint8_t *
part(struct json *j, uint8_t *w)
{
	*w = ',';
	w += !j->after_key && j->comma[j->depth];
	j->comma[j->depth] = true;
	j->after_key = false;
	return w;
}

static uint8_t *
quoted(uint8_t *w, const char *s, size_t n)
{
	*w++ = '"';
	memcpy(w, s, n);
	w[n] = '"';
	return w + n + 1;
}

void
json_key_n(struct json *j, const char *key, size_t n)
{
	/* A comma, two quotes, a colon. */
	uint8_t *w = buf_room(j->b, n + 4);

	assert(!j->after_key);
	w = part(j, w);
	w = quoted(w, key, n);
	*w++ = ':';
	j->b->n = (size_t)(w - j->b->p);
	j->after_key = true;
}

void
json_string_begin(struct json *j)
{
	json_value(j);
	buf_byte(j->b, '"');
}

void
json_string_end(struct json *j)
{
	buf_byte(j->b, '"');
}

void
json_string(struct json *j, const char *s)
{
	json_bytes(j, (struct slice){ (const uint8_t *)s, strlen(s) });
}

void
json_bytes(struct json *j, struct slice s)
{
	json_string_begin(j);
	json_escape(j->b, s, false);
	json_string_end(j);
}

void
json_u64(struct json *j, uint64_t v)
{
	/* A comma and 20 digits. */
	uint8_t *w = part(j, buf_room(j->b, 21));

	j->b->n = (size_t)((uint8_t *)fmt_put_u64((char *)w, v) - j->b->p);
}

void
json_bool(struct json *j, bool v)
{
	json_number(j, v ? "true" : "false");
}

void
json_null(struct json *j)
{
	json_number(j, "null");
}

void
json_number(struct json *j, const char *text)
{
	json_value(j);
	buf_str(j->b, text);
}

static const char digits[] = "0123456789abcdef";

/* \uNNNN */
static uint8_t *
put_unit(uint8_t *w, uint32_t unit)
{
	*w++ = '\\';
	*w++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*w++ = (uint8_t)digits[unit >> shift & 15];
	return w;
}

static uint8_t *
put_code(uint8_t *w, uint32_t cp)
{
	if (cp < 0x10000)
		return put_unit(w, cp);
	cp -= 0x10000;
	w = put_unit(w, 0xd800 + (cp >> 10));
	return put_unit(w, 0xdc00 + (cp & 0x3ff));
}

/* Writes the sequence at c->pos, which is not shown. */
static uint8_t *
put_hidden(uint8_t *w, struct cur *c)
{
	uint32_t cp;
	int len = utf8_decode((struct slice){ c->pos, cur_left(c) }, &cp);

	assert(len > 1);
	c->pos += len;
	return put_code(w, cp);
}

/* Writes s, in which no sequence is cut. */
static void
put_whole(struct buf *b, struct slice s)
{
	while (s.n > 0) {
		struct slice piece = { s.p, s.n < PIECE ? s.n : PIECE };
		uint8_t *w = buf_room(b, piece.n * WORST + ESCAPE_FAST_FORM);
		struct cur c;

		if (piece.n < s.n)
			piece.n -= escape_fast_cut(piece);
		c = cur_of(piece.p, piece.n);
		while (cur_left(&c) > 0) {
			w = escape_fast_put(w, &c, &table,
			    ESCAPE_FAST_BY_CALLER);
			if (cur_left(&c) > 0)
				w = put_hidden(w, &c);
		}
		b->n = (size_t)(w - b->p);
		s = (struct slice){ c.pos, s.n - piece.n };
	}
}

size_t
json_escape(struct buf *b, struct slice s, bool more)
{
	if (more)
		s.n -= escape_fast_cut(s);
	put_whole(b, s);
	return s.n;
}

/* Goes on with the sequence that the last call left. */
static void
finish_carry(struct json_text *t, struct buf *b, struct slice *s)
{
	while (t->n_carry > 0 && s->n > 0) {
		struct slice seq = { t->carry, t->n_carry + 1u };
		uint32_t cp;

		t->carry[t->n_carry] = s->p[0];
		switch (utf8_decode(seq, &cp)) {
		case 0:
			seq.n--;
			put_whole(b, seq);
			t->n_carry = 0;
			return;
		case -1:
			t->n_carry++;
			break;
		default:
			put_whole(b, seq);
			t->n_carry = 0;
		}
		*s = (struct slice){ s->p + 1, s->n - 1 };
	}
}

void
json_text_put(struct json_text *t, struct buf *b, struct slice s)
{
	size_t used;

	finish_carry(t, b, &s);
	if (s.n == 0)
		return;
	used = json_escape(b, s, true);
	t->n_carry = (uint8_t)(s.n - used);
	if (t->n_carry > 0)
		memcpy(t->carry, s.p + used, t->n_carry);
}

void
json_text_end(struct json_text *t, struct buf *b)
{
	put_whole(b, (struct slice){ t->carry, t->n_carry });
	t->n_carry = 0;
}

void
json_ascii(struct buf *b, size_t from)
{
	struct buf out = { 0 };
	size_t i = from;

	while (i < b->n && b->p[i] < 0x80)
		i++;
	if (i == b->n)
		return;
	while (i < b->n) {
		uint32_t cp;
		int len =
		    utf8_decode((struct slice){ b->p + i, b->n - i }, &cp);
		/* Two units of six characters, at most. */
		uint8_t *w = buf_room(&out, 12);

		assert(len > 0);
		if (len == 1)
			*w++ = b->p[i];
		else
			w = put_code(w, cp);
		out.n = (size_t)(w - out.p);
		i += (size_t)len;
	}
	for (i = from; b->p[i] < 0x80;)
		i++;
	b->n = i;
	buf_put(b, out.p, out.n);
	buf_free(&out);
}

static bool
is_markup(uint8_t c)
{
	return c == '<' || c == '>' || c == '&';
}

void
json_inert(struct buf *b, size_t from)
{
	struct buf out = { 0 };
	size_t i = from, begin;

	while (i < b->n && !is_markup(b->p[i]))
		i++;
	if (i == b->n)
		return;
	for (begin = i; i < b->n; i++) {
		/* Six characters, at most. */
		uint8_t *w = buf_room(&out, 6);

		if (is_markup(b->p[i]))
			w = put_unit(w, b->p[i]);
		else
			*w++ = b->p[i];
		out.n = (size_t)(w - out.p);
	}
	b->n = begin;
	buf_put(b, out.p, out.n);
	buf_free(&out);
}
