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
/* The name of a capture: its part of a line, and bytes of it. */
#define CAPTURE_PART 4
#define CAPTURE_LEAST 12
#define CAPTURE_MOST 40
#define CAPTURE_HEADING "capture"
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
/* To be read on black and on white, as blue and yellow cannot. */
#define SGR_REMARK "\033[35m"
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

/* A record is the columns' ends, then the text of a struct row, then, of many
 * captures, this one's name. */
#define ENDS_LEN (sizeof(uint16_t) * COLUMNS)

static void
put_capture_word(struct buf *b, const char *name)
{
	struct buf text = { 0 };

	escape_text(&text,
	    (struct slice){ (const uint8_t *)name, strlen(name) }, true);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == ' ')
			buf_str(b, "\\x20");
		else
			buf_byte(b, text.p[i]);
	buf_free(&text);
}

size_t
summary_capture_width(const char *name)
{
	struct buf b = { 0 };
	size_t n;

	put_capture_word(&b, name);
	n = b.n;
	buf_free(&b);
	return n;
}

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
	if (m->env->console->many)
		put_capture_word(b, m->env->capture);
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
around_time(const struct summary_run *r)
{
	return DATE_LEN + (r->console.local_time ? LOCAL_ZONE_LEN : ZONE_LEN);
}

/* Of a terminal, what the captures' names leave. */
static void
fit(struct summary_run *r, size_t room)
{
	size_t *width = r->width;
	size_t remark = r->more ? room : width[COLUMN_REMARK];
	size_t name = width[COLUMN_NAME];

	if (line_len(width) > room) {
		r->short_start = true;
		width[COLUMN_START] -= around_time(r);
		if (width[COLUMN_REMARK] > REMARK_LEAST)
			width[COLUMN_REMARK] = REMARK_LEAST;
		if (name > NAME_LEAST)
			width[COLUMN_NAME] = NAME_LEAST;
		leave_out(width, room);
		shorten_ends(width, room);
	}
	widen(width, room, COLUMN_NAME, name);
	widen(width, room, COLUMN_REMARK, remark);
}

/* The captures' column, and the room that it takes. */
static size_t
fit_capture(struct summary_run *r)
{
	size_t most = r->console.width / CAPTURE_PART;

	if (!r->console.many)
		return 0;
	r->capture_width = r->console.capture_width;
	if (most == 0 || most > CAPTURE_MOST)
		most = CAPTURE_MOST;
	else if (most < CAPTURE_LEAST)
		most = CAPTURE_LEAST;
	if (r->capture_width > most)
		r->capture_width = most;
	if (r->capture_width < strlen(CAPTURE_HEADING))
		r->capture_width = strlen(CAPTURE_HEADING);
	return r->capture_width + ROW_PARTING;
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

/* A line on its way. */
struct table_line {
	const struct summary_run *r;
	char *p;
	char *end;   /* of a terminal's line; NULL: of any length */
	size_t over; /* what came took so much more than its columns */
	bool cuts;   /* what is wider than its column is cut */
};

/* The text in at most `width` bytes: without its middle, or its end. */
static void
put_cut(struct table_line *l, struct slice text, size_t width, bool middle)
{
	size_t tail = middle ? (width - CUT_LEN) / 2 : 0;

	if (text.n <= width) {
		l->p = put_bytes(l->p, text.p, text.n);
		return;
	}
	l->p = put_bytes(l->p, text.p, width - CUT_LEN - tail);
	l->p = put_bytes(l->p, CUT, CUT_LEN);
	l->p = put_bytes(l->p, text.p + text.n - tail, tail);
}

/* How many spaces fill the column up, after what was too wide before. */
static size_t
filling(struct table_line *l, size_t n, size_t width)
{
	size_t pad = n < width ? width - n : 0;
	size_t saved = pad < l->over ? pad : l->over;

	l->over += n > width ? n - width : 0;
	l->over -= saved;
	return pad - saved;
}

/* What is shown of the column; its width is not 0. */
static void
put_cell(struct table_line *l, enum column c, struct slice text, bool last)
{
	size_t room = l->r->width[c];
	bool is_text = c == COLUMN_NAME || c == COLUMN_REMARK;
	bool cuts = l->cuts || (is_text && l->end != NULL);
	bool number = column_is_number(c);
	size_t width, pad;

	if (cuts && last && l->p < l->end && room > (size_t)(l->end - l->p))
		room = (size_t)(l->end - l->p);
	width = text.n > room && cuts ? room : text.n;
	pad = filling(l, width, room);
	if (number)
		l->p = put_spaces(l->p, pad);
	put_cut(l, text, width, is_end(c));
	if (!number && !last)
		l->p = put_spaces(l->p, pad);
}

/* The first column, if there is one. */
static void
put_capture(struct table_line *l, struct slice name)
{
	size_t room = l->r->capture_width;
	bool cuts = l->end != NULL && name.n > room;
	size_t width = cuts ? room : name.n;

	if (room == 0)
		return;
	put_cut(l, name, width, true);
	l->p = put_spaces(l->p, filling(l, width, room) + ROW_PARTING);
}

/* It takes no room on the screen. */
static void
put_color(struct table_line *l, const char *sgr)
{
	size_t n = strlen(sgr);

	l->p = put_bytes(l->p, sgr, n);
	if (l->end != NULL)
		l->end += n;
}

/* Room for a line and what colours it; name is of its capture. */
static struct table_line
begin_line(struct summary_run *r, struct slice name)
{
	size_t most = line_len(r->width) + ROW_MAX + r->capture_width + name.n +
	    ROW_PARTING + 2 * SGR_MAX + sizeof "\n";
	struct table_line l = { .r = r, .p = (char *)buf_room(&r->text, most) };

	if (r->console.width > 0)
		l.end = l.p + r->console.width;
	return l;
}

static void
end_row(struct summary_run *r, char *p)
{
	*p++ = '\n';
	r->text.n = (size_t)(p - (char *)r->text.p);
	summary_flush(r);
}

static enum column
last_column(const struct summary_run *r)
{
	enum column last = COLUMN_CLIENT;

	for (enum column c = 0; c < COLUMNS; c++)
		if (r->width[c] > 0)
			last = c;
	return last;
}

static struct slice
heading_of(const char *text)
{
	return (struct slice){ (const uint8_t *)text, strlen(text) };
}

static void
put_heading(struct summary_run *r)
{
	bool color = r->console.color;
	enum column last = last_column(r);
	struct table_line l = begin_line(r, heading_of(CAPTURE_HEADING));

	l.cuts = r->console.width > 0;
	if (color)
		put_color(&l, SGR_HEADING);
	put_capture(&l, heading_of(CAPTURE_HEADING));
	for (enum column c = 0; c <= last; c++) {
		if (r->width[c] == 0)
			continue;
		put_cell(&l, c, heading_of(column_heading(c)), c == last);
		if (c < last)
			l.p = put_spaces(l.p, ROW_PARTING);
	}
	if (color)
		put_color(&l, SGR_END);
	end_row(r, l.p);
}

/* More rows come, and nobody knows what is in them.  On a terminal room is
 * dear, and what is wider takes it from what comes behind. */
static void
widen_for_more(struct summary_run *r)
{
	bool fits = r->console.width > 0;

	for (enum column c = 0; c < COLUMNS; c++) {
		size_t least = c == COLUMN_NAME || c == COLUMN_REMARK ?
		    NAME_LEAST :
		    fits || c == COLUMN_NUMBER ? 0 :
		    is_end(c)		       ? END_LEAST :
		    c == COLUMN_DURATION       ? TIME_LEAST :
		    column_is_number(c)	       ? COUNT_LEAST :
						 0;

		if (r->width[c] < least)
			r->width[c] = least;
	}
}

static void
table_begin(struct summary_run *r)
{
	/* Nothing is wrong with any, none has a name: a terminal has better
	 * use for the room. */
	bool fits = r->console.width > 0 && !r->more;
	bool quiet = fits && r->width[COLUMN_REMARK] == 0;
	bool nameless = fits && r->width[COLUMN_NAME] <= 1;
	size_t taken = fit_capture(r);

	if (r->more)
		widen_for_more(r);
	for (enum column c = 0; c < COLUMNS; c++) {
		size_t len = strlen(column_heading(c));

		if (r->width[c] < len)
			r->width[c] = len;
	}
	if (quiet)
		r->width[COLUMN_REMARK] = 0;
	if (nameless)
		r->width[COLUMN_NAME] = 0;
	if (!r->any)
		r->width[COLUMN_START] = around_time(r) + 1;
	if (r->console.width > 0)
		fit(r, r->console.width > taken ? r->console.width - taken : 0);
	put_heading(r);
}

/* The column of a row with these ends, which are followed by its text. */
static struct slice
cell(const struct summary_run *r, enum column c, const uint16_t ends[COLUMNS],
    const uint8_t *row)
{
	size_t begin = row_begin(ends, c);
	struct slice text = { row + begin, ends[c] - begin };

	if (c == COLUMN_START && r->short_start) {
		text.p += DATE_LEN;
		text.n -= around_time(r);
	}
	return text;
}

static void
put_column(struct table_line *l, enum column c, struct slice text, bool last)
{
	bool colored = l->r->console.color && c == COLUMN_REMARK && text.n > 0;

	if (colored)
		put_color(l, SGR_REMARK);
	put_cell(l, c, text, last);
	if (colored)
		put_color(l, SGR_END);
	if (!last)
		l->p = put_spaces(l->p, ROW_PARTING);
}

/* The end of the line of that record; false when a terminal has no room for
 * it. */
static bool
fit_line(struct summary_run *r, struct slice record, bool cuts, char **end)
{
	uint16_t ends[COLUMNS];
	enum column last = last_column(r);
	struct slice name = record;
	struct table_line l;
	char *from;

	memcpy(ends, record.p, ENDS_LEN);
	name.p += ENDS_LEN + ends[COLUMNS - 1];
	name.n -= ENDS_LEN + ends[COLUMNS - 1];
	l = begin_line(r, name);
	l.cuts = cuts;
	from = l.p;
	put_capture(&l, name);
	for (enum column c = 0; c <= last; c++) {
		struct slice text = cell(r, c, ends, record.p + ENDS_LEN);

		if (r->width[c] > 0)
			put_column(&l, c, text, c == last);
	}
	while (l.p > from && l.p[-1] == ' ')
		l.p--;
	*end = l.p;
	return l.end == NULL || l.p <= l.end;
}

static void
table_tell(struct summary_run *r, struct slice record)
{
	bool cuts = r->console.width > 0 && !r->more;
	char *end;

	if (!fit_line(r, record, cuts, &end))
		(void)fit_line(r, record, true, &end);
	end_row(r, end);
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
table_end(struct summary_run *r)
{
	const struct summary_totals *t = &r->totals;
	struct lines l = { .b = &r->text, .width = r->console.width };

	put_many(&l, t->sessions, "session");
	put_many(&l, t->flows, "UDP flow");
	put_both(&l, "packets", t->packets);
	put_both(&l, "bytes", t->bytes);
	end_table_line(&l);
	if (!summary_is_empty(t)) {
		put_times(&l, t, r->console.local_time);
		end_table_line(&l);
	}
	summary_flush(r);
}

const struct summary_format summary_table = {
	.sort = SORT_START,
	.put = table_put,
	.begin = table_begin,
	.write = table_tell,
	.end = table_end,
};
