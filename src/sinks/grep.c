/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * grep.c: --grep: what of a session's conversation matches.
 *
 * Each direction is a string, and each body that is not on the wire as it was
 * meant.  A line that matches waits in a log until the session ends, with its
 * place in the transcript: a match may end, and so be known, after the other side
 * has spoken.
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
#include "sinks/marks.h"

/* Of the whole capture. */
struct grep_run {
	struct searcher searcher;
	struct buf line;
};

/* From offset off of a string on, until the other side speaks, its bytes stand
 * in the transcript from pos on. */
struct grep_place {
	uint64_t off;
	uint64_t pos;
};

struct grep;

/* A string that is searched: a direction, or a body. */
struct grep_string {
	struct grep *grep;
	int dir;
	uint64_t marks; /* marks_of_... it */
	bool is_body;
	uint64_t begin; /* of a body: where it begins in its direction */
	uint64_t turns; /* the grep's, when something came */
	/* Of a direction: what was last told as a body, whose matches are left
	 * to that. */
	struct found body;
	struct search search;
	size_t counted;	   /* in ss->env->memory */
	uint64_t end;	   /* offset of what comes next */
	struct buf places; /* struct grep_place, of what may still match */
};

struct grep {
	struct sink_session *ss;
	struct grep_run *run;
	struct grep_string wire[2];
	int dir;		/* who spoke last */
	uint64_t turns;		/* how often another did, or a gap came */
	bool limited;		/* a search was */
	uint64_t pos;		/* bytes in the transcript so far */
	uint64_t judged;	/* one more than that, then */
	struct spill_log lines; /* records: place, then the text */
	uint64_t last;		/* place of the last of them */
	bool unsorted;		/* not all lie behind each other */
	size_t counted;		/* of the marks, in ss->env->memory */
};

static bool
is_alone(const struct grep *g)
{
	return g->ss->env->console != NULL &&
	    g->ss->env->console->product == CONSOLE_GREP;
}

/* Transcripts are shown in colour, and what matches in them. */
static bool
wants_marks(const struct console *c)
{
	return c != NULL && c->product == CONSOLE_PRINT && c->color &&
	    c->format == FORMAT_TEXT;
}

/* All that can be said has been said of the session. */
static bool
is_settled(const struct grep *g)
{
	return g->ss->found && !is_alone(g) &&
	    (g->ss->marks == NULL || marks_are_full(g->ss->marks));
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

/* "capture:session:direction:offset:", in a body "begin+offset:". */
static void
put_place(struct buf *b, const struct grep_string *t, uint64_t off)
{
	const struct sink_session *ss = t->grep->ss;
	const struct console *c = ss->env->console;
	char number[48];

	put_field(b, c, COLOR_GREP_NAME, ss->env->capture);
	snprintf(number, sizeof number, "%" PRIu64, ss->number);
	put_field(b, c, COLOR_GREP_NUMBER, number);
	put_field(b, c, COLOR_GREP_NUMBER, t->dir == 0 ? "c2s" : "s2c");
	if (t->is_body)
		snprintf(number, sizeof number, "%" PRIu64 "+%" PRIu64,
		    t->begin, off);
	else
		snprintf(number, sizeof number, "%" PRIu64, off);
	put_field(b, c, COLOR_GREP_NUMBER, number);
}

/* Bytes [from, to) of the line. */
static struct slice
line_part(const struct found_line *l, uint64_t from, uint64_t to)
{
	return (
	    struct slice){ l->bytes.p + (from - l->off), (size_t)(to - from) };
}

/* The line, with its matches coloured when anything is. */
static void
put_found_line(struct buf *b, const struct console *c,
    const struct found_line *l)
{
	uint64_t done = l->off, end = l->off + l->bytes.n;

	for (size_t i = 0; c->color && i < l->n; i++) {
		uint64_t from = l->matches[i].begin, to = l->matches[i].end;

		to = to < end ? to : end;
		if (from < done || to <= from)
			continue;
		put_part(b, NULL, line_part(l, done, from), c->ascii);
		put_part(b, COLOR_GREP_MATCH, line_part(l, from, to), c->ascii);
		done = to;
	}
	put_part(b, NULL, line_part(l, done, end), c->ascii);
	buf_byte(b, '\n');
}

/* Where byte off of the string is in the transcript: of a body, where it begins
 * or goes on.  What lies before it is not asked for again. */
static uint64_t
transcript_place(struct grep_string *t, uint64_t off)
{
	const struct grep_place *v =
	    (const struct grep_place *)(const void *)t->places.p;
	size_t n = t->places.n / sizeof *v, i = 0;
	uint64_t pos;

	while (i + 1 < n && v[i + 1].off <= off)
		i++;
	pos = v[i].pos + (t->is_body ? 0 : off - v[i].off);
	buf_drop(&t->places, i * sizeof *v);
	return pos;
}

static void
on_line(void *owner, const struct found_line *l)
{
	struct grep_string *t = owner;
	struct grep *g = t->grep;
	struct buf *b = &g->run->line;
	uint64_t off = l->matches[0].begin;
	uint64_t place = transcript_place(t, off);

	buf_reset(b);
	put_place(b, t, off);
	put_found_line(b, g->ss->env->console, l);
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

	if (g->ss->marks != NULL)
		marks_add(g->ss->marks, t->marks, f);
	if (f->begin >= t->body.begin && f->end <= t->body.end &&
	    t->body.begin < t->body.end)
		return SEARCH_PASS;
	g->ss->found = true;
	return is_settled(g) ? SEARCH_ENOUGH : SEARCH_TAKE;
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
string_init(struct grep_string *t, struct grep *g, int dir)
{
	t->grep = g;
	t->dir = dir;
	t->turns = UINT64_MAX;
	search_init(&t->search, t);
}

static void
grep_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct grep *g = st;

	(void)s;
	g->ss = ss;
	g->run = ss->run;
	for (int dir = 0; dir < 2; dir++) {
		string_init(&g->wire[dir], g, dir);
		g->wire[dir].marks = marks_of_direction(dir);
	}
	if (wants_marks(ss->env->console))
		ss->marks = marks_new();
}

static void
count_memory(struct grep_string *t, size_t now)
{
	*t->grep->ss->env->memory += now - t->counted;
	t->counted = now;
}

static void
count_marks(struct grep *g, size_t now)
{
	*g->ss->env->memory += now - g->counted;
	g->counted = now;
}

/* The string goes on, with what stands at pos in the transcript. */
static void
string_put(struct grep_string *t, uint64_t pos, struct slice bytes)
{
	struct grep *g = t->grep;
	struct grep_place at = { t->end, pos };

	if (is_settled(g))
		return;
	if (is_alone(g) && t->turns != g->turns) {
		if (t->places.n > 0)
			(void)transcript_place(t, search_first(&t->search));
		buf_put(&t->places, &at, sizeof at);
	}
	t->turns = g->turns;
	t->end += bytes.n;
	search_put(&g->run->searcher, &t->search, bytes);
	count_memory(t, search_memory(&t->search) + t->places.cap);
	if (g->ss->marks != NULL)
		count_marks(g, marks_memory(g->ss->marks));
}

/* The string ends; another begins at off. */
static void
string_end(struct grep_string *t, uint64_t off)
{
	if (!is_settled(t->grep))
		search_end(&t->grep->run->searcher, &t->search, off);
	t->end = off;
	t->grep->limited |= t->search.limited;
}

static void
string_fini(struct grep_string *t)
{
	count_memory(t, 0);
	search_fini(&t->search);
	buf_free(&t->places);
}

/* -------------------------------------------------------------------- bodies */

/* Whether the body, in one piece and decoded, is not what is on the wire. */
static bool
body_differs(const struct message *m)
{
	return m->protocol != MESSAGE_HTTP1 || message_is_chunked(m) ||
	    m->codings.n > 0;
}

static void *
grep_head(void *st, const struct message *m)
{
	struct grep *g = st;
	struct grep_string *t;

	if (is_settled(g) || !body_differs(m))
		return NULL;
	t = xcalloc(1, sizeof *t);
	string_init(t, g, m->dir);
	t->marks = marks_of_body(m->number);
	t->is_body = true;
	t->begin = UINT64_MAX;
	return t;
}

/* What matches in a body that is only in pieces on the wire would be told of
 * both. */
static void
leave_to_body(struct grep_string *t, const struct chunk *c)
{
	if (t->body.end != c->off)
		t->body.begin = c->off;
	t->body.end = c->off + c->bytes.n;
}

static void
grep_span(void *st, void *x, const struct chunk *c, const struct span *what)
{
	struct grep *g = st;
	struct grep_string *t = &g->wire[c->dir], *body = x;

	if (c->dir != g->dir)
		g->turns++;
	g->dir = c->dir;
	if (body != NULL && what->kind == SPAN_BODY) {
		if (body->begin == UINT64_MAX)
			body->begin = c->off;
	}
	if (what->retold ||
	    (body != NULL && what->kind == SPAN_BODY &&
		what->m->codings.n == 0))
		leave_to_body(t, c);
	string_put(t, g->pos, c->bytes);
	g->pos += c->bytes.n;
}

static void
grep_gap(void *st, int dir, const struct gap *gap)
{
	struct grep *g = st;

	string_end(&g->wire[dir], gap->off + gap->len);
	g->turns++;
}

static void
grep_body(void *st, void *x, const struct message *m, struct slice bytes)
{
	struct grep *g = st;

	(void)m;
	string_put(x, g->pos, bytes);
}

static void
grep_hole(void *st, void *x, const struct message *m, const struct gap *gap)
{
	struct grep_string *t = x;

	(void)st;
	(void)m;
	string_end(t, t->end + gap->len);
}

static void
grep_body_end(void *st, void *x, const struct message *m,
    enum message_reason reason)
{
	(void)st;
	(void)m;
	(void)reason;
	string_end(x, 0);
	string_fini(x);
	free(x);
}

/* A string of its own. */
static void
grep_made(void *st, const struct made_text *m)
{
	struct grep *g = st;
	struct grep_string *t;

	if (is_settled(g))
		return;
	t = xcalloc(1, sizeof *t);
	string_init(t, g, m->dir);
	t->marks = marks_of_made(m->number);
	t->is_body = true;
	t->begin = m->off;
	string_put(t, g->pos, m->text);
	string_end(t, 0);
	string_fini(t);
	free(t);
}

/* Once more, if more came after it was shown. */
static void
grep_judge(void *st)
{
	struct grep *g = st;

	if (g->judged == g->pos + 1)
		return;
	g->judged = g->pos + 1;
	for (int dir = 0; dir < 2; dir++)
		string_end(&g->wire[dir], 0);
	if (g->limited) {
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

static bool
grep_show(void *st, const struct session *s)
{
	struct grep *g = st;

	(void)s;
	if (g->lines.size > 0)
		write_lines(g);
	spill_log_free(g->ss->env->spill, &g->lines);
	g->lines = (struct spill_log){ 0 };
	g->unsorted = false;
	return is_alone(g);
}

static void
grep_close(void *st, const struct session *s)
{
	struct grep *g = st;

	if (!g->ss->unwanted)
		(void)grep_show(st, s);
	spill_log_free(g->ss->env->spill, &g->lines);
	for (int dir = 0; dir < 2; dir++)
		string_fini(&g->wire[dir]);
	count_marks(g, 0);
}

const struct sink sink_grep = {
	.name = "grep",
	.shows_wire = true,
	.size = sizeof(struct grep),
	.cost = SINK_COST,
	.begin = grep_begin,
	.end = grep_end,
	.open = grep_open,
	.turn_gap = grep_gap,
	.message_head = grep_head,
	.message_body = grep_body,
	.message_hole = grep_hole,
	.message_end = grep_body_end,
	.span = grep_span,
	.made = grep_made,
	.judge = grep_judge,
	.show = grep_show,
	.close = grep_close,
};
