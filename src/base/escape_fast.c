/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * escape_fast.c: the inner loop of escape.c and json.c: what each byte of a
 * text becomes.
 *
 * Text is mostly plain and goes sixteen bytes at a time.  Binary data has no
 * pattern that a branch predictor could learn: there each byte's form is
 * written whole and its length is added, and what is UTF-8 is found for a
 * block of bytes at once, without a branch for sequences of two and three
 * bytes, which chance makes often.
 */
#include "base/escape_fast.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

static_assert(sizeof(struct escape_fast_form) == ESCAPE_FAST_FORM, "one store");

#define BLOCK ((size_t)256)
/* What follows the first byte of the longest sequence. */
#define REST ((size_t)3)

/* So many bytes at once, whatever the machine has for that. */
#define LANES ((size_t)16)
typedef uint8_t lanes __attribute__((vector_size(16)));
typedef int8_t signs __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

/* A byte as vectors of signs have it: bytes that continue a sequence are the
 * least of all, and those that begin one are below all of ASCII. */
#define SIGN(c) ((int8_t)((c)-256))

static inline lanes
load(const uint8_t *p)
{
	lanes v;

	memcpy(&v, p, sizeof v);
	return v;
}

static inline bool
any(lanes v)
{
	halves h = (halves)v;

	return (h[0] | h[1]) != 0;
}

/* Where v is not what it becomes. */
static inline lanes
special(lanes v, const uint8_t other[2])
{
	return (lanes)(v - 0x20 >= 0x5f) | (lanes)(v == other[0]) |
	    (lanes)(v == other[1]);
}

/* What comes next need not wait until it is known where each of these ends. */
static inline uint8_t *
put_four(uint8_t *w, const struct escape_fast_form *const f[4])
{
	size_t two = (size_t)f[0]->len + f[1]->len;
	size_t three = two + f[2]->len;

	memcpy(w, f[0], ESCAPE_FAST_FORM);
	memcpy(w + f[0]->len, f[1], ESCAPE_FAST_FORM);
	memcpy(w + two, f[2], ESCAPE_FAST_FORM);
	memcpy(w + three, f[3], ESCAPE_FAST_FORM);
	return w + three + f[3]->len;
}

static inline uint8_t *
put_form(uint8_t *w, const struct escape_fast_form *form)
{
	memcpy(w, form, ESCAPE_FAST_FORM);
	return w + form->len;
}

/* Sixteen bytes, each by itself. */
static inline uint8_t *
put_each(uint8_t *w, const uint8_t *p, const struct escape_fast_form *forms)
{
	for (size_t i = 0; i < LANES; i += 4) {
		const struct escape_fast_form *const f[4] = { &forms[p[i]],
			&forms[p[i + 1]], &forms[p[i + 2]], &forms[p[i + 3]] };

		w = put_four(w, f);
	}
	return w;
}

/* Goes as far as there is nothing to be looked at. */
static uint8_t *
put_ascii(uint8_t *w, struct cur *c, const struct escape_fast_table *t,
    enum escape_fast_mode mode)
{
	const uint8_t most = mode == ESCAPE_FAST_ASCII ? 0xff : 0x7f;
	const uint8_t *p = c->pos;
	const uint8_t *end = c->end;

	while ((size_t)(end - p) >= LANES) {
		lanes v = load(p);

		if (!any(special(v, t->other))) {
			memcpy(w, &v, sizeof v);
			w += LANES;
		} else if (!any((lanes)(v > most))) {
			w = put_each(w, p, t->forms);
		} else {
			c->pos = p;
			return w;
		}
		p += LANES;
	}
	while (p < end && *p <= most)
		w = put_form(w, &t->forms[*p++]);
	c->pos = p;
	return w;
}

/*
 * What is known of a block's bytes.  two and three are not 0 where two and
 * three bytes are shown from there on; behind REST that are no part of the
 * block.  rest: where it takes a closer look.
 */
struct scanned {
	uint8_t two[REST + BLOCK + REST];
	uint8_t three[REST + BLOCK + REST];
	uint8_t rest[BLOCK];
	uint16_t forms[BLOCK];
};

/*
 * Looks at the bytes from p on; false when that was enough.  It is not for
 * those of four bytes, and those of two and three that begin with a byte with
 * which some are not valid, or not shown.
 */
static inline bool
look(struct scanned *b, size_t i, const uint8_t *p)
{
	signs v = (signs)load(p);
	signs next = (signs)load(p + 1);
	signs follows = next < SIGN(0xc0);
	signs both = follows & ((signs)load(p + 2) < SIGN(0xc0));
	signs low = follows & (v == SIGN(0xc2));
	signs two = (follows & (v > SIGN(0xc2)) & (v < SIGN(0xe0))) |
	    (low & (next >= SIGN(0xa0)));
	signs three = both & (v >= SIGN(0xe0)) & (v < 0);
	signs doubt = (v == SIGN(0xe0)) | (v == SIGN(0xe2)) |
	    (v == SIGN(0xed)) | (v >= SIGN(0xef));
	signs rest = (three & doubt) | (low & (next < SIGN(0xa0)));

	three &= ~doubt;
	two |= three;
	memcpy(b->two + REST + i, &two, sizeof two);
	memcpy(b->three + REST + i, &three, sizeof three);
	memcpy(b->rest + i, &rest, sizeof rest);
	return any((lanes)rest);
}

/* The sequence at p, if it is one; false when it is the caller's. */
static bool
look_closer(struct scanned *b, size_t i, const uint8_t *p,
    enum escape_fast_mode mode)
{
	uint32_t cp;
	int len = utf8_decode((struct slice){ p, 1 + REST }, &cp);

	if (len <= 0)
		return true;
	if (!utf8_printable(cp))
		return mode != ESCAPE_FAST_BY_CALLER;
	/* Its first two bytes and its last two. */
	b->two[REST + i] = UINT8_MAX;
	b->two[REST + i + (size_t)len - 2] = UINT8_MAX;
	return true;
}

/* Looks at n bytes; returns how many there are before what is the caller's. */
static size_t
look_at_all(struct scanned *b, const uint8_t *p, size_t n,
    enum escape_fast_mode mode)
{
	bool more = false;

	memset(b->two, 0, REST);
	memset(b->three, 0, REST);
	for (size_t i = 0; i < n; i += LANES)
		more |= look(b, i, p + i);
	for (size_t i = 0; more && i < n; i += LANES) {
		if (!any(load(b->rest + i)))
			continue;
		for (size_t k = i; k < i + LANES && k < n; k++)
			if (b->rest[k] != 0 && !look_closer(b, k, p + k, mode))
				return k;
	}
	return n;
}

/* Which form each of n bytes has; for LANES at a time. */
static void
choose_forms(struct scanned *b, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i += LANES) {
		const uint8_t *two = b->two + REST + i;
		const uint8_t *three = b->three + REST + i;

		for (size_t k = 0; k < LANES; k++) {
			uint8_t shown = two[k] | (two - 1)[k] | (three - 2)[k];

			b->forms[i + k] =
			    (uint16_t)(p[i + k] + (shown & ESCAPE_FAST_SHOWN));
		}
	}
}

/*
 * Writes *n bytes, none of which is of a sequence that goes on beyond them,
 * or as many as there are before what is the caller's, and sets *n to that.
 * LANES + REST bytes can be read behind them.
 */
static uint8_t *
put_looked_at(uint8_t *w, const uint8_t *p, const struct escape_fast_table *t,
    enum escape_fast_mode mode, size_t *n)
{
	struct scanned b;
	size_t most = look_at_all(&b, p, *n, mode);
	size_t i = 0;

	choose_forms(&b, p, most);
	for (; i + 4 <= most; i += 4) {
		const struct escape_fast_form *const f[4] = {
			&t->forms[b.forms[i]], &t->forms[b.forms[i + 1]],
			&t->forms[b.forms[i + 2]], &t->forms[b.forms[i + 3]]
		};

		w = put_four(w, f);
	}
	for (; i < most; i++)
		w = put_form(w, &t->forms[b.forms[i]]);
	*n = most;
	return w;
}

/* Writes a block, or what is left; false at what is the caller's. */
static bool
put_some(uint8_t **w, struct cur *c, const struct escape_fast_table *t,
    enum escape_fast_mode mode)
{
	uint8_t room[BLOCK + LANES + REST];
	struct slice s = { c->pos, BLOCK };
	size_t n;

	if (cur_left(c) < BLOCK + LANES + REST) {
		s.n = cur_left(c) < BLOCK ? cur_left(c) : BLOCK;
		memcpy(room, s.p, s.n);
		memset(room + s.n, 0, LANES + REST);
		s.p = room;
	}
	if (s.n < cur_left(c))
		s.n -= escape_fast_cut(s);
	n = s.n;
	*w = put_looked_at(*w, s.p, t, mode, &n);
	c->pos += n;
	return n == s.n;
}

uint8_t *
escape_fast_put(uint8_t *w, struct cur *c, const struct escape_fast_table *t,
    enum escape_fast_mode mode)
{
	do {
		w = put_ascii(w, c, t, mode);
	} while (cur_left(c) > 0 && put_some(&w, c, t, mode));
	return w;
}

size_t
escape_fast_cut(struct slice s)
{
	for (size_t n = 1; n <= REST && n <= s.n; n++) {
		struct slice end = { s.p + s.n - n, n };
		uint32_t cp;

		if ((end.p[0] & 0xc0) != 0x80)
			return utf8_decode(end, &cp) < 0 ? n : 0;
	}
	return 0;
}
