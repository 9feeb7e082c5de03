/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* search.c: searches strings that come in pieces, as if each came whole. */
#include "inspect/search.h"

#include <assert.h>
#include <string.h>

/* Bytes by which what is kept of a long match grows, at most, before the next
 * look at it. */
#define GROWTH_MAX ((size_t)16 << 10)
/* Beginnings of a match that is too long which are tried one by one. */
#define TRIES_MAX 16
/* Kept memory below which it is not given back. */
#define MEMORY_EASY ((size_t)4096)

void
searcher_init(struct searcher *sr, const struct pattern *p)
{
	*sr = (struct searcher){
		.matcher = matcher_new(p),
		.behind = pattern_behind(p),
	};
}

void
searcher_fini(struct searcher *sr)
{
	matcher_free(sr->matcher);
	buf_free(&sr->work);
}

/* ------------------------------------------------------------------- lines */

/* Where the line ends in a text that begins at s->at, its LF or what is most;
 * UINT64_MAX when that is not there yet. */
static uint64_t
line_end(struct search *s, struct slice text)
{
	uint64_t end = s->at + text.n;
	uint64_t stop = end < s->line_most ? end : s->line_most;
	const uint8_t *from = text.p + (s->line_looked - s->at);
	const uint8_t *lf = NULL;

	if (stop > s->line_looked)
		lf = memchr(from, '\n', (size_t)(stop - s->line_looked));
	if (lf != NULL)
		return s->line_looked += (uint64_t)(lf - from);
	s->line_looked = stop;
	return stop == s->line_most ? stop : UINT64_MAX;
}

static void
tell_line(struct searcher *sr, struct search *s, struct slice text,
    uint64_t end)
{
	struct found_line l = {
		.off = s->line,
		.bytes = { text.p + (s->line - s->at),
		    (size_t)(end - s->line) },
		.matches = (const struct found *)(const void *)s->matches.p,
		.n = s->matches.n / sizeof(struct found),
	};

	s->in_line = false;
	sr->line(s->owner, &l);
	buf_reset(&s->matches);
}

/* Tells the line when no match can begin in it any more: none is before
 * `next`. */
static void
close_line(struct searcher *sr, struct search *s, struct slice text,
    uint64_t next)
{
	uint64_t end;

	if (!s->in_line)
		return;
	end = line_end(s, text);
	/* An LF belongs to the line that it ends. */
	if (end != UINT64_MAX && next >= end + (end < s->line_most))
		tell_line(sr, s, text, end);
}

/* A line is shown from its beginning, or from SEARCH_AROUND before. */
static void
open_line(struct search *s, struct slice text, const struct found *f)
{
	size_t at = (size_t)(f->begin - s->at);
	size_t first = at > SEARCH_AROUND ? at - SEARCH_AROUND : 0;
	const uint8_t *lf = memrchr(text.p + first, '\n', at - first);
	uint64_t len = f->end - f->begin;

	s->in_line = true;
	s->line =
	    lf != NULL ? s->at + (uint64_t)(lf + 1 - text.p) : s->at + first;
	s->line_looked = f->begin;
	s->line_most = f->begin + SEARCH_AROUND +
	    (len < SEARCH_SHOWN ? len : SEARCH_SHOWN);
}

/* ----------------------------------------------------------------- matches */

static void
move_on(struct search *s, size_t to)
{
	if (to != s->from)
		s->after_empty = false;
	s->from = to;
}

static void
take_match(struct searcher *sr, struct search *s, struct slice text,
    const size_t span[2])
{
	struct found f = { s->at + span[0], s->at + span[1] };
	enum search_verdict v = sr->found(s->owner, &f);

	if (v != SEARCH_PASS && sr->line != NULL) {
		close_line(sr, s, text, f.begin);
		if (!s->in_line)
			open_line(s, text, &f);
		buf_put(&s->matches, &f, sizeof f);
	}
	s->is_over = v == SEARCH_ENOUGH;
	s->from = span[1];
	s->after_empty = span[0] == span[1];
}

/*
 * A match that begins at `begin` is too long to wait for its end.  It is taken
 * as far as it is there, if that matches; else what begins behind it is tried,
 * and after a few of those what lies so far back is passed over.
 */
static void
take_long_match(struct searcher *sr, struct search *s, struct slice text,
    size_t begin, unsigned *tries)
{
	const struct subject x = {
		.text = text,
		.from = begin,
		.is_cut = true,
		.here = true,
		.not_empty = begin == s->from && s->after_empty,
	};
	size_t span[2];
	size_t to = begin + 1;

	if (matcher_find(sr->matcher, &x, span, &s->patience) == MATCHED) {
		take_match(sr, s, text, span);
		return;
	}
	if (++*tries > TRIES_MAX && to < text.n - SEARCH_PART_MAX)
		to = text.n - SEARCH_PART_MAX;
	move_on(s, to);
}

/* The rest of the line takes too long: the next is tried. */
static void
give_up_line(struct search *s, struct slice text)
{
	const uint8_t *lf = memchr(text.p + s->from, '\n', text.n - s->from);

	s->limited = true;
	move_on(s, lf != NULL ? (size_t)(lf + 1 - text.p) : text.n);
}

/* One match, or none; true when there may be more. */
static bool
look_once(struct searcher *sr, struct search *s, struct slice text,
    bool goes_on, unsigned *tries)
{
	const struct subject x = {
		.text = text,
		.from = s->from,
		.goes_on = goes_on,
		.not_empty = s->after_empty,
	};
	size_t span[2];

	switch (matcher_find(sr->matcher, &x, span, &s->patience)) {
	case MATCHED:
		take_match(sr, s, text, span);
		return true;
	case MATCHED_TO_LIMIT:
		give_up_line(s, text);
		return s->from < text.n;
	case MATCHED_IN_PART:
		if (text.n - span[0] > SEARCH_PART_MAX) {
			take_long_match(sr, s, text, span[0], tries);
			return true;
		}
		move_on(s, span[0]);
		return false;
	default:
		move_on(s, text.n);
		return false;
	}
}

/* All matches of a text that begins at s->at. */
static void
search_all(struct searcher *sr, struct search *s, struct slice text,
    bool goes_on)
{
	unsigned tries = 0;

	while (look_once(sr, s, text, goes_on, &tries) && !s->is_over)
		continue;
	close_line(sr, s, text, s->at + s->from);
	if (s->in_line && !goes_on)
		tell_line(sr, s, text, s->line_looked);
}

/* ------------------------------------------------------------------ pieces */

/* Of the text, which begins at s->at and is not s->kept, what may be needed
 * again. */
static void
keep(const struct searcher *sr, struct search *s, struct slice text)
{
	size_t back = sr->behind;
	size_t first, n;

	if (sr->line != NULL && back < SEARCH_AROUND)
		back = SEARCH_AROUND;
	first = s->from > back ? s->from - back : 0;
	if (s->in_line && s->line - s->at < first)
		first = (size_t)(s->line - s->at);
	n = text.n - first;
	if (s->kept.cap > MEMORY_EASY && n < s->kept.cap / 4)
		buf_free(&s->kept);
	buf_reset(&s->kept);
	buf_put(&s->kept, text.p + first, n);
	s->at += first;
	s->from -= first;
	/* The more is kept, the more must come before it is worth a look. */
	n = (text.n - first - s->from) / 2;
	s->wake = s->kept.n + (n < GROWTH_MAX ? n : GROWTH_MAX);
}

void
search_init(struct search *s, void *owner)
{
	*s = (struct search){ .owner = owner, .patience = MATCHER_PATIENCE };
}

void
search_put(struct searcher *sr, struct search *s, struct slice bytes)
{
	struct buf *w = &sr->work;

	if (s->is_over || bytes.n == 0)
		return;
	s->patience += bytes.n * MATCHER_PATIENCE_PER_BYTE;
	if (bytes.n < s->wake - s->kept.n) {
		buf_put(&s->kept, bytes.p, bytes.n);
		return;
	}
	buf_reset(w);
	buf_put(w, s->kept.p, s->kept.n);
	buf_put(w, bytes.p, bytes.n);
	search_all(sr, s, (struct slice){ w->p, w->n }, true);
	if (s->is_over)
		search_fini(s);
	else
		keep(sr, s, (struct slice){ w->p, w->n });
}

void
search_end(struct searcher *sr, struct search *s, uint64_t off)
{
	if (!s->is_over && s->kept.n > 0)
		search_all(sr, s, (struct slice){ s->kept.p, s->kept.n },
		    false);
	if (s->is_over || s->kept.cap > MEMORY_EASY)
		search_fini(s);
	buf_reset(&s->kept);
	s->at = off;
	s->from = s->wake = 0;
	s->after_empty = false;
}

uint64_t
search_first(const struct search *s)
{
	const struct found *f = (const void *)s->matches.p;

	return s->in_line ? f->begin : s->at + s->from;
}

size_t
search_memory(const struct search *s)
{
	return s->kept.cap + s->matches.cap;
}

void
search_fini(struct search *s)
{
	buf_free(&s->kept);
	buf_free(&s->matches);
}
