/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * summary_table.c: the summary as a table with a heading and totals.
 *
 * On a terminal no line is longer than it is wide: remarks are shortened, then
 * columns left out, the least important first.
 */
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "sinks/summary.h"

#define BIT(column) (1u << (column))
/* A remark or a name shorter than this says nothing. */
#define REMARK_LEAST 10
#define NAME_LEAST 16
/* "2026-11-20T" before the time of day, and "Z" or "+01:00" behind it. */
#define DATE_LEN 11
#define ZONE_LEN 1
#define LOCAL_ZONE_LEN 6
/* Columns of what is still to come are as wide as most of it. */
#define END_LEAST (sizeof "255.255.255.255:65535" - 1)
#define TIME_LEAST (sizeof "1000.000000" - 1)
#define COUNT_LEAST (sizeof "1000000" - 1)
/* What stands where something was left out. */
#define CUT "~"
#define CUT_LEN 1

#define SGR_HEADING "\033[1m"
#define SGR_REMARK "\033[33m"
#define SGR_END "\033[0m"
#define SGR_MAX (sizeof SGR_REMARK)

/* Columns that go together, those that are missed least first. */
static const unsigned dispensable[] = {
	BIT(COLUMN_START),
	BIT(COLUMN_FLAGS_C2S) | BIT(COLUMN_FLAGS_S2C),
	BIT(COLUMN_RTT) | BIT(COLUMN_WAIT),
	BIT(COLUMN_PACKETS_C2S) | BIT(COLUMN_PACKETS_S2C),
	BIT(COLUMN_DURATION),
	BIT(COLUMN_PROTO),
	BIT(COLUMN_NAME),
	BIT(COLUMN_REMARK),
	BIT(COLUMN_SERVICE),
	BIT(COLUMN_STATE),
	BIT(COLUMN_NUMBER),
};

/* A record is the columns' ends, then the text of a struct row. */
#define ENDS_LEN (sizeof(uint16_t) * COLUMNS)

static void
table_put(struct summary *m, struct buf *b, const struct summary_item *it)
{
	const struct row_of x = { it->s, it->f, m->env->services,
		m->env->console->local_time };
	struct row r;

	row_make(&r, &x);
	for (enum column c = 0; c < COLUMNS; c++) {
		size_t len = r.end[c] - row_begin(r.end, c);

		if (len > m->width[c])
			m->width[c] = len;
	}
	buf_put(b, r.end, ENDS_LEN);
	buf_put(b, r.text, r.end[COLUMNS - 1]);
}

/* -------------------------------------------------------------------- fitting */

static size_t
line_len(const size_t width[COLUMNS])
{
	size_t len = 0;

	for (enum column c = 0; c < COLUMNS; c++)
		if (width[c] > 0)
			len += width[c] + ROW_PARTING;
	return len - ROW_PARTING;
}

/* Leaves columns out until the line fits. */
static void
leave_out(size_t width[COLUMNS], size_t room)
{
	size_t n = sizeof dispensable / sizeof dispensable[0];

	for (size_t i = 0; i < n && line_len(width) > room; i++)
		for (enum column c = 0; c < COLUMNS; c++)
			if ((dispensable[i] & BIT(c)) != 0)
				width[c] = 0;
}

/* The addresses are all that is left to shorten. */
static void
shorten_ends(size_t width[COLUMNS], size_t room)
{
	size_t least = strlen("client") + CUT_LEN;

	while (line_len(width) > room) {
		enum column c = width[COLUMN_CLIENT] > width[COLUMN_SERVER] ?
		    COLUMN_CLIENT :
		    COLUMN_SERVER;

		if (width[c] <= least)
			return;
		width[c]--;
	}
}

/* What room is left goes to the column, if it is there, up to that width. */
static void
widen(size_t width[COLUMNS], size_t room, enum column c, size_t most)
{
	size_t len = line_len(width);

	if (width[c] == 0 || len >= room)
		return;
	width[c] += room - len;
	if (width[c] > most)
		width[c] = most;
}

static size_t
around_time(const struct summary *m)
{
	return DATE_LEN +
	    (m->env->console->local_time ? LOCAL_ZONE_LEN : ZONE_LEN);
}

static void
fit(struct summary *m, size_t room)
{
	size_t *width = m->width;
	size_t remark = width[COLUMN_REMARK];
	size_t name = width[COLUMN_NAME];

	if (line_len(width) <= room)
		return;
	m->short_start = true;
	width[COLUMN_START] -= around_time(m);
	if (remark > REMARK_LEAST)
		width[COLUMN_REMARK] = REMARK_LEAST;
	if (name > NAME_LEAST)
		width[COLUMN_NAME] = NAME_LEAST;
	leave_out(width, room);
	shorten_ends(width, room);
	widen(width, room, COLUMN_NAME, name);
	widen(width, room, COLUMN_REMARK, remark);
}

/* -------------------------------------------------------------------- writing */

/* These write at p and return the end. */

static char *
put_spaces(char *p, size_t n)
{
	memset(p, ' ', n);
	return p + n;
}

static char *
put_bytes(char *p, const void *text, size_t n)
{
	memcpy(p, text, n);
	return p + n;
}

static bool
is_end(enum column c)
{
	return c == COLUMN_CLIENT || c == COLUMN_SERVER;
}

/* The text in at most `width` bytes: of an endpoint the middle goes. */
static char *
put_cut(char *p, enum column c, struct slice text, size_t width)
{
	size_t tail = is_end(c) ? (width - CUT_LEN) / 2 : 0;

	if (text.n <= width)
		return put_bytes(p, text.p, text.n);
	p = put_bytes(p, text.p, width - CUT_LEN - tail);
	p = put_bytes(p, CUT, CUT_LEN);
	return put_bytes(p, text.p + text.n - tail, tail);
}

/* Where there is room, what is wider than expected is not cut. */
static bool
cuts(const struct summary *m)
{
	return m->env->console->width > 0 || !m->waited_for;
}

/* What is shown of the column; its width is not 0. */
static char *
put_cell(char *p, const struct summary *m, enum column c, struct slice text,
    bool last)
{
	size_t room = m->width[c];
	size_t width = text.n > room && !cuts(m) ? text.n : room;
	size_t pad = text.n < width ? width - text.n : 0;
	bool number = column_is_number(c);

	if (number)
		p = put_spaces(p, pad);
	p = put_cut(p, c, text, width);
	return number || last ? p : put_spaces(p, pad);
}

/* Room for a line and what colours it. */
static char *
line_room(struct summary *m)
{
	return (char *)buf_room(&m->out,
	    line_len(m->width) + ROW_MAX + 2 * SGR_MAX + sizeof "\n");
}

static void
end_row(struct summary *m, char *p)
{
	*p++ = '\n';
	m->out.n = (size_t)(p - (char *)m->out.p);
}

static enum column
last_column(const struct summary *m)
{
	enum column last = COLUMN_CLIENT;

	for (enum column c = 0; c < COLUMNS; c++)
		if (m->width[c] > 0)
			last = c;
	return last;
}

static void
put_heading(struct summary *m)
{
	bool color = m->env->console->color;
	enum column last = last_column(m);
	char *p = line_room(m);

	if (color)
		p = put_bytes(p, SGR_HEADING, strlen(SGR_HEADING));
	for (enum column c = 0; c <= last; c++) {
		const char *text = column_heading(c);

		if (m->width[c] == 0)
			continue;
		p = put_cell(p, m, c,
		    (struct slice){ (const uint8_t *)text, strlen(text) },
		    c == last);
		if (c < last)
			p = put_spaces(p, ROW_PARTING);
	}
	if (color)
		p = put_bytes(p, SGR_END, strlen(SGR_END));
	end_row(m, p);
}

/* More rows come, and nobody knows what is in them. */
static void
widen_for_more(struct summary *m)
{
	for (enum column c = 0; c < COLUMNS; c++) {
		size_t least = is_end(c)		      ? END_LEAST :
		    c == COLUMN_DURATION		      ? TIME_LEAST :
		    c == COLUMN_NAME || c == COLUMN_REMARK    ? NAME_LEAST :
		    column_is_number(c) && c != COLUMN_NUMBER ? COUNT_LEAST :
								0;

		if (m->width[c] < least)
			m->width[c] = least;
	}
}

static void
table_begin(struct summary *m)
{
	const struct console *console = m->env->console;

	/* Nothing is wrong with any, none has a name: a terminal has better
	 * use for the room. */
	bool fits = console->width > 0 && !m->waited_for;
	bool quiet = fits && m->width[COLUMN_REMARK] == 0;
	bool nameless = fits && m->width[COLUMN_NAME] <= 1;

	if (m->waited_for)
		widen_for_more(m);
	for (enum column c = 0; c < COLUMNS; c++) {
		size_t len = strlen(column_heading(c));

		if (m->width[c] < len)
			m->width[c] = len;
	}
	if (quiet)
		m->width[COLUMN_REMARK] = 0;
	if (nameless)
		m->width[COLUMN_NAME] = 0;
	if (summary_is_empty(m))
		m->width[COLUMN_START] = around_time(m) + 1;
	if (console->width > 0)
		fit(m, console->width);
	if (console->many) {
		console_name(console, &m->out, m->env->capture);
		buf_str(&m->out, ":\n");
	}
	put_heading(m);
	summary_flush(m);
}

/* The column of a row with these ends, which are followed by its text. */
static struct slice
cell(const struct summary *m, enum column c, const uint16_t ends[COLUMNS],
    const uint8_t *row)
{
	size_t begin = row_begin(ends, c);
	struct slice text = { row + begin, ends[c] - begin };

	if (c == COLUMN_START && m->short_start) {
		text.p += DATE_LEN;
		text.n -= around_time(m);
	}
	return text;
}

static char *
put_remark(char *p, const struct summary *m, struct slice text, bool last)
{
	bool colored = m->env->console->color && text.n > 0;

	if (colored)
		p = put_bytes(p, SGR_REMARK, strlen(SGR_REMARK));
	p = put_cell(p, m, COLUMN_REMARK, text, last);
	return colored ? put_bytes(p, SGR_END, strlen(SGR_END)) : p;
}

static void
table_tell(struct summary *m, struct slice record)
{
	uint16_t ends[COLUMNS];
	enum column last = last_column(m);
	char *line = line_room(m);
	char *p = line;

	memcpy(ends, record.p, ENDS_LEN);
	for (enum column c = 0; c <= last; c++) {
		struct slice text = cell(m, c, ends, record.p + ENDS_LEN);

		if (m->width[c] == 0)
			continue;
		p = c == COLUMN_REMARK ? put_remark(p, m, text, c == last) :
					 put_cell(p, m, c, text, c == last);
		if (c < last)
			p = put_spaces(p, ROW_PARTING);
	}
	while (p > line && p[-1] == ' ')
		p--;
	end_row(m, p);
	summary_flush(m);
}

/* ---------------------------------------------------------------------- totals */

/* Lines of items; a terminal's width ends one. */
struct lines {
	struct buf *b;
	size_t begin; /* of the line at hand */
	size_t width; /* 0: of any length */
};

static void
end_table_line(struct lines *l)
{
	buf_byte(l->b, '\n');
	l->begin = l->b->n;
}

static void
put_item(struct lines *l, const char *item)
{
	size_t len = l->b->n - l->begin;

	if (len > 0 && l->width > 0 &&
	    len + strlen(", ") + strlen(item) > l->width)
		end_table_line(l);
	else if (len > 0)
		buf_str(l->b, ", ");
	buf_str(l->b, item);
}

/* "2 sessions" */
static void
put_many(struct lines *l, uint64_t n, const char *what)
{
	char text[ROW_DIGITS + 16];

	snprintf(text, sizeof text, "%llu %s%s", (unsigned long long)n, what,
	    n == 1 ? "" : "s");
	put_item(l, text);
}

/* "bytes >622 <11925" */
static void
put_both(struct lines *l, const char *what, const uint64_t n[2])
{
	char text[2 * ROW_DIGITS + 16];

	snprintf(text, sizeof text, "%s >%llu <%llu", what,
	    (unsigned long long)n[0], (unsigned long long)n[1]);
	put_item(l, text);
}

static void
put_times(struct lines *l, const struct summary_totals *t, bool local)
{
	char time[FMT_TIME_LEN]; /* longer than FMT_SECONDS_LEN */
	char text[FMT_TIME_LEN + 8];

	_Static_assert(FMT_SECONDS_LEN <= FMT_TIME_LEN, "seconds fit");
	fmt_time_as(time, t->first_ns, t->ts_digits, local);
	snprintf(text, sizeof text, "from %s", time);
	put_item(l, text);
	fmt_time_as(time, t->last_ns, t->ts_digits, local);
	snprintf(text, sizeof text, "to %s", time);
	put_item(l, text);
	fmt_seconds(time, fmt_since(t->last_ns, t->first_ns), t->ts_digits);
	snprintf(text, sizeof text, "%s s", time);
	put_item(l, text);
}

static void
table_end(struct summary *m)
{
	const struct summary_totals *t = &m->totals;
	struct lines l = { .b = &m->out, .width = m->env->console->width };

	put_many(&l, t->sessions, "session");
	put_many(&l, t->flows, "UDP flow");
	put_both(&l, "packets", t->packets);
	put_both(&l, "bytes", t->bytes);
	end_table_line(&l);
	if (!summary_is_empty(m)) {
		put_times(&l, t, m->env->console->local_time);
		end_table_line(&l);
	}
	if (m->env->console->many)
		end_table_line(&l);
	summary_flush(m);
}

const struct summary_format summary_table = {
	.sort = SORT_START,
	.put = table_put,
	.begin = table_begin,
	.write = table_tell,
	.end = table_end,
};
