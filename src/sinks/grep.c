/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * grep.c: --grep: what of a session's conversation matches.
 *
 * Each direction is a string.  A line that matches waits in a log until the
 * session ends, with its place in the transcript: a match may end, and so be
 * known, after the other side has spoken.
 */
#include "sinks/grep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/record_log.h"
#include "base/xalloc.h"
#include "inspect/search.h"
#include "sinks/color.h"
#include "sinks/external_sort.h"

/* Of the whole capture. */
struct grep_run {
	struct searcher searcher;
	struct buf line;
};

/* From offset off of a string on, until the other side speaks, its bytes stand
 * in the transcript from pos on. */
struct stretch {
	uint64_t off;
	uint64_t pos;
};

struct grep;

/* A string that is searched. */
struct grep_string {
	struct grep *grep;
	int dir;
	struct search search;
	uint64_t end;	      /* offset of what comes next */
	struct buf stretches; /* struct stretch, of what may still match */
};

struct grep {
	struct sink_session *ss;
	struct grep_run *run;
	struct grep_string wire[2];
	int dir;		/* who spoke last; -1: nobody, or a gap came */
	uint64_t pos;		/* bytes in the transcript so far */
	struct spill_log lines; /* records: place, then the text */
	uint64_t last;		/* place of the last of them */
	bool unsorted;		/* not all lie behind each other */
	size_t counted;		/* in ss->env->memory */
};

static bool
is_alone(const struct grep *g)
{
	return g->ss->env->console != NULL &&
	    g->ss->env->console->product == CONSOLE_GREP;
}

/* -------------------------------------------------------------------- lines */

/* A part of a line as grep colours it; NULL: not. */
static void
put_part(struct buf *b, const char *color, struct slice text, bool ascii)
{
	if (color != NULL)
		buf_str(b, color);
	escape_text(b, text, ascii);
	if (color != NULL)
		buf_str(b, COLOR_END);
}

static void
put_separator(struct buf *b, const struct console *c, char separator)
{
	const char text[] = { separator, '\0' };

	put_part(b, c->color ? COLOR_GREP_SEPARATOR : NULL,
	    (struct slice){ (const uint8_t *)text, 1 }, false);
}

static void
put_field(struct buf *b, const struct console *c, const char *color,
    const char *text)
{
	put_part(b, c->color ? color : NULL,
	    (struct slice){ (const uint8_t *)text, strlen(text) }, c->ascii);
	put_separator(b, c, ':');
}

/* "capture:session:direction:offset:" */
static void
put_place(struct buf *b, const struct grep_string *t, uint64_t off)
{
	const struct sink_session *ss = t->grep->ss;
	const struct console *c = ss->env->console;
	char number[24];

	put_field(b, c, COLOR_GREP_NAME, ss->env->capture);
	snprintf(number, sizeof number, "%" PRIu64, ss->number);
	put_field(b, c, COLOR_GREP_NUMBER, number);
	put_field(b, c, COLOR_GREP_NUMBER, t->dir == 0 ? "c2s" : "s2c");
	snprintf(number, sizeof number, "%" PRIu64, off);
	put_field(b, c, COLOR_GREP_NUMBER, number);
}

/* Bytes [from, to) of the line. */
static struct slice
part_of(const struct found_line *l, uint64_t from, uint64_t to)
{
	return (
	    struct slice){ l->bytes.p + (from - l->off), (size_t)(to - from) };
}

/* The line, with its matches coloured when anything is. */
static void
put_line(struct buf *b, const struct console *c, const struct found_line *l)
{
	uint64_t done = l->off, end = l->off + l->bytes.n;

	for (size_t i = 0; c->color && i < l->n; i++) {
		uint64_t from = l->matches[i].begin, to = l->matches[i].end;

		to = to < end ? to : end;
		if (from < done || to <= from)
			continue;
		put_part(b, NULL, part_of(l, done, from), c->ascii);
		put_part(b, COLOR_GREP_MATCH, part_of(l, from, to), c->ascii);
		done = to;
	}
	put_part(b, NULL, part_of(l, done, end), c->ascii);
	buf_byte(b, '\n');
}

/* Where byte off of the string is in the transcript.  What lies before it is
 * not asked for again. */
static uint64_t
place_of(struct grep_string *t, uint64_t off)
{
	const struct stretch *v =
	    (const struct stretch *)(const void *)t->stretches.p;
	size_t n = t->stretches.n / sizeof *v, i = 0;
	uint64_t pos;

	while (i + 1 < n && v[i + 1].off <= off)
		i++;
	pos = v[i].pos + (off - v[i].off);
	buf_drop(&t->stretches, i * sizeof *v);
	return pos;
}

static void
on_line(void *owner, const struct found_line *l)
{
	struct grep_string *t = owner;
	struct grep *g = t->grep;
	struct buf *b = &g->run->line;
	uint64_t off = l->matches[0].begin;
	uint64_t place = place_of(t, off);

	buf_reset(b);
	put_place(b, t, off);
	put_line(b, g->ss->env->console, l);
	record_log_put(g->ss->env->spill, &g->lines,
	    (struct slice){ (const uint8_t *)&place, sizeof place },
	    (struct slice){ b->p, b->n });
	g->unsorted |= place < g->last;
	g->last = place;
}

static enum search_verdict
on_found(void *owner, const struct found *f)
{
	struct grep_string *t = owner;
	struct grep *g = t->grep;

	(void)f;
	g->ss->found = true;
	return is_alone(g) ? SEARCH_TAKE : SEARCH_ENOUGH;
}

/* ------------------------------------------------------------------ strings */

static void *
grep_begin(const struct sink_env *env)
{
	struct grep_run *r = xcalloc(1, sizeof *r);

	searcher_init(&r->searcher, env->grep);
	r->searcher.found = on_found;
	if (env->console != NULL && env->console->product == CONSOLE_GREP)
		r->searcher.line = on_line;
	return r;
}

static void
grep_end(void *run, struct buf *remark)
{
	struct grep_run *r = run;

	(void)remark;
	searcher_fini(&r->searcher);
	buf_free(&r->line);
	free(r);
}

static void
grep_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct grep *g = st;

	(void)s;
	g->ss = ss;
	g->run = ss->run;
	g->dir = -1;
	for (int dir = 0; dir < 2; dir++) {
		g->wire[dir].grep = g;
		g->wire[dir].dir = dir;
		search_init(&g->wire[dir].search, &g->wire[dir]);
	}
}

/* All that can be said has been said of the session. */
static bool
is_settled(const struct grep *g)
{
	return g->ss->found && !is_alone(g);
}

static size_t
string_memory(const struct grep_string *t)
{
	return search_memory(&t->search) + t->stretches.cap;
}

static void
count_memory(struct grep *g)
{
	size_t now = string_memory(&g->wire[0]) + string_memory(&g->wire[1]);

	*g->ss->env->memory += now - g->counted;
	g->counted = now;
}

static void
string_put(struct grep_string *t, uint64_t pos, struct slice bytes)
{
	struct stretch at = { t->end, pos };
	bool speaks_on = t->grep->dir == t->dir;

	if (is_alone(t->grep) && (t->stretches.n == 0 || !speaks_on)) {
		if (t->stretches.n > 0)
			(void)place_of(t, search_first(&t->search));
		buf_put(&t->stretches, &at, sizeof at);
	}
	t->end += bytes.n;
	search_put(&t->grep->run->searcher, &t->search, bytes);
}

static void
grep_turn(void *st, const struct chunk *c)
{
	struct grep *g = st;

	if (is_settled(g))
		return;
	string_put(&g->wire[c->dir], g->pos, c->bytes);
	g->dir = c->dir;
	g->pos += c->bytes.n;
	count_memory(g);
}

static void
grep_gap(void *st, int dir, const struct gap *gap)
{
	struct grep *g = st;
	struct grep_string *t = &g->wire[dir];

	if (is_settled(g))
		return;
	t->end = gap->off + gap->len;
	search_end(&g->run->searcher, &t->search, t->end);
	g->dir = -1;
	count_memory(g);
}

static void
grep_judge(void *st)
{
	struct grep *g = st;

	for (int dir = 0; dir < 2 && !is_settled(g); dir++)
		search_end(&g->run->searcher, &g->wire[dir].search, 0);
	if (g->wire[0].search.limited || g->wire[1].search.limited) {
		g->ss->notes |= NOTE_GREP_LIMIT;
		loss_add(g->ss->env->losses, LOSS_SEARCHES, 1);
	}
}

/* ------------------------------------------------------------------ the end */

/* A record of the log on its way out: NULL, or the sorter that it goes to. */
struct way_out {
	struct out_file *file;
	struct external_sort *sorter;
};

static void
pass_line(void *arg, struct slice record)
{
	struct way_out *w = arg;
	uint64_t place;

	if (!record_take_head(&record, &place, sizeof place))
		return;
	if (w->sorter != NULL)
		external_sort_put(w->sorter, (int64_t)place, 0, record);
	else
		out_write(w->file, record.p, record.n);
}

static void
write_sorted(void *arg, struct slice text)
{
	out_write(arg, text.p, text.n);
}

static void
write_lines(struct grep *g)
{
	const struct sink_env *env = g->ss->env;
	struct external_sort sorter = { .spill = env->spill };
	struct way_out w = { env->console->file, g->unsorted ? &sorter : NULL };

	console_begin(env->console, false);
	record_log_replay(env->spill, &g->lines, pass_line, &w);
	if (g->unsorted)
		external_sort_tell(&sorter, write_sorted, w.file);
	external_sort_fini(&sorter);
}

static void
grep_close(void *st, const struct session *s)
{
	struct grep *g = st;

	(void)s;
	if (g->lines.size > 0 && !g->ss->unwanted)
		write_lines(g);
	spill_log_free(g->ss->env->spill, &g->lines);
	for (int dir = 0; dir < 2; dir++) {
		search_fini(&g->wire[dir].search);
		buf_free(&g->wire[dir].stretches);
	}
	*g->ss->env->memory -= g->counted;
}

const struct sink sink_grep = {
	.name = "grep",
	.size = sizeof(struct grep),
	.cost = SINK_COST,
	.wants_turns = true,
	.begin = grep_begin,
	.end = grep_end,
	.open = grep_open,
	.turn = grep_turn,
	.turn_gap = grep_gap,
	.judge = grep_judge,
	.close = grep_close,
};
