/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * report_rows.c: the table: as data for the page, and its beginning as text for
 * those who have no JavaScript.
 */
#include <string.h>

#include "base/limit.h"
#include "base/record_log.h"
#include "sinks/report_parts.h"

struct report_rows {
	struct report_page *p;
	struct json j;
	struct report_words *words;
	size_t at; /* of the entries that are left, the first */
};

/* The text of a column, with "-" for none. */
static struct slice
column_text(const struct report_line *row, struct slice text, enum column c)
{
	size_t begin = row_begin(row->end, c);

	return (struct slice){ text.p + begin, row->end[c] - begin };
}

/* --------------------------------------------------------------------- sorting */

static void
measure(struct report_page *p, const struct report_line *row)
{
	for (enum column c = 0; c < COLUMNS; c++) {
		size_t n = row->end[c] - row_begin(row->end, c);

		if (p->width[c] < n)
			p->width[c] = n;
	}
}

static void
take_row(void *arg, struct slice record)
{
	struct report_page *p = arg;
	struct slice whole = record;
	struct report_line row;
	size_t begin;

	if (p->n_rows == LIMIT_REPORT_ROWS ||
	    !record_take_head(&record, &row, sizeof row))
		return;
	budget_add(&p->names, column_text(&row, record, COLUMN_NAME).n);
	record_log_put(p->report->spill, &p->sorted, whole,
	    (struct slice){ 0 });
	if (p->n_rows++ >= REPORT_ROWS_AS_TEXT)
		return;
	measure(p, &row);
	begin = record_begin(&p->first);
	buf_put(&p->first, whole.p, whole.n);
	record_end(&p->first, begin);
}

void
report_rows_sort(struct report_page *p)
{
	for (enum column c = 0; c < COLUMNS; c++)
		p->width[c] = strlen(column_heading(c));
	budget_init(&p->names, LIMIT_REPORT_NAMES, ROW_NAME_MAX);
	external_sort_tell(&p->report->spool.rows, take_row, p);
}

/* ---------------------------------------------------------------------- as text */

static void
put_padded(struct buf *b, struct slice text, size_t width, bool right)
{
	size_t pad = width > text.n ? width - text.n : 0;

	for (size_t i = 0; right && i < pad; i++)
		buf_byte(b, ' ');
	report_escape(b, text);
	for (size_t i = 0; !right && i < pad; i++)
		buf_byte(b, ' ');
}

static void
end_text_line(struct buf *b)
{
	while (b->n > 0 && b->p[b->n - 1] == ' ')
		b->n--;
	buf_byte(b, '\n');
}

static void
put_cell_text(const struct report_page *p, struct buf *b, enum column c,
    struct slice text)
{
	put_padded(b, text, p->width[c], column_is_number(c));
	if (c + 1 < COLUMNS)
		buf_put(b, "  ", ROW_PARTING);
}

static void
put_row_text(void *arg, struct slice record)
{
	struct report_page *p = arg;
	struct report_line row;

	if (!record_take_head(&record, &row, sizeof row))
		return;
	for (enum column c = 0; c < COLUMNS; c++)
		put_cell_text(p, &p->b, c, column_text(&row, record, c));
	end_text_line(&p->b);
}

void
report_rows_text(struct report_page *p)
{
	struct record_feed feed = { .fn = put_row_text, .arg = p };

	for (enum column c = 0; c < COLUMNS; c++) {
		const char *text = column_heading(c);

		put_cell_text(p, &p->b, c,
		    (struct slice){ (const uint8_t *)text, strlen(text) });
	}
	end_text_line(&p->b);
	record_feed_put(&feed, (struct slice){ p->first.p, p->first.n });
	(void)record_feed_end(&feed);
}

/* ---------------------------------------------------------------------- as data */

static void
put_place_of(struct report_rows *r, struct slice text, bool dash)
{
	if (dash && text.n == 1 && text.p[0] == '-')
		text.n = 0;
	json_u64(&r->j, report_words_place(r->words, text));
}

/* What is cut ends in an ellipsis. */
static void
put_row_host(struct report_rows *r, struct slice text)
{
	struct buf b = { 0 };

	if (text.n <= r->p->names.share) {
		put_place_of(r, text, true);
		return;
	}
	buf_put(&b, text.p, r->p->names.share);
	buf_str(&b, "\xe2\x80\xa6");
	put_place_of(r, (struct slice){ b.p, b.n }, false);
	buf_free(&b);
}

/* The entries and the rows of TCP have the same order. */
static const struct report_entry *
record_of(struct report_rows *r, const struct report_line *row)
{
	const struct report_spool *s = &r->p->report->spool;

	if (!row->is_tcp)
		return NULL;
	while (r->at < s->n && s->entries[r->at].number < row->number)
		r->at++;
	return r->at < s->n && s->entries[r->at].number == row->number ?
	    &s->entries[r->at] :
	    NULL;
}

static void
put_row_data(void *arg, struct slice record)
{
	static const enum column words[] = { COLUMN_PROTO, COLUMN_CLIENT,
		COLUMN_SERVER, COLUMN_SERVICE, COLUMN_NAME, COLUMN_FLAGS_C2S,
		COLUMN_FLAGS_S2C };
	struct report_rows *r = arg;
	struct json *j = &r->j;
	const struct report_entry *e;
	struct report_line row;

	if (!record_take_head(&record, &row, sizeof row))
		return;
	json_array(j);
	json_u64(j, row.number);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (words[i] == COLUMN_NAME)
			put_row_host(r, column_text(&row, record, COLUMN_NAME));
		else
			put_place_of(r, column_text(&row, record, words[i]),
			    true);
	for (int dir = 0; dir < 2; dir++)
		json_u64(j, row.packets[dir]);
	for (int dir = 0; dir < 2; dir++)
		json_u64(j, row.bytes[dir]);
	report_page_tick(r->p, j, row.start_ns);
	report_page_tick(r->p, j, row.end_ns);
	report_page_span(r->p, j, row.rtt_ns);
	put_place_of(r, column_text(&row, record, COLUMN_STATE), false);
	put_place_of(r, column_text(&row, record, COLUMN_REMARK), false);
	json_u64(j, row.missing);
	json_u64(j, row.grade);
	e = record_of(r, &row);
	json_u64(j, e != NULL);
	json_u64(j, e != NULL ? report_exchanges_shown(r->p->report, e) : 0);
	report_page_span(r->p, j, row.wait_ns);
	json_array_end(j);
	report_page_data(r->p);
}

void
report_rows_write(struct report_page *p)
{
	struct report_rows r = {
		.p = p,
		.j = json_on(&p->b),
		.words = report_words_new(p->report->spill),
	};

	report_page_element(p, "rows");
	json_object(&r.j);
	json_key(&r.j, "rows");
	json_array(&r.j);
	(void)record_log_replay(p->report->spill, &p->sorted, put_row_data, &r);
	json_array_end(&r.j);
	json_key(&r.j, "words");
	json_value(&r.j);
	report_words_put(r.words, p);
	json_object_end(&r.j);
	report_page_element_end(p);
	report_words_free(r.words);
}
