/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* summary_run.c: one summary of all captures, from what those of the captures
 * tell. */
#include "sinks/summary_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/xalloc.h"
#include "sinks/summary.h"

/* Memory for rows that wait to be sorted, beside what the sorter has. */
#define SORT_BYTES ((size_t)1 << 20)

static const struct summary_format *const formats[FORMATS] = {
	[FORMAT_TABLE] = &summary_table,
	[FORMAT_CSV] = &summary_csv,
	[FORMAT_JSON] = &summary_json,
	[FORMAT_ZEEK] = &summary_zeek,
	[FORMAT_ZEEK_JSON] = &summary_zeek_json,
};

static void
add_totals(struct summary_totals *to, const struct summary_totals *t)
{
	bool none = summary_is_empty(to);

	if (summary_is_empty(t))
		return;
	to->sessions += t->sessions;
	to->flows += t->flows;
	for (int dir = 0; dir < 2; dir++) {
		to->packets[dir] += t->packets[dir];
		to->bytes[dir] += t->bytes[dir];
	}
	if (none || t->first_ns < to->first_ns)
		to->first_ns = t->first_ns;
	if (none || t->last_ns > to->last_ns)
		to->last_ns = t->last_ns;
	if (t->ts_digits > to->ts_digits)
		to->ts_digits = t->ts_digits;
}

static void
begin_rows(struct summary_run *r)
{
	if (!r->begun && r->format->begin != NULL)
		r->format->begin(r);
	r->begun = true;
}

static void
write_row(void *arg, struct slice record)
{
	struct summary_run *r = arg;

	if (r->format->write != NULL)
		r->format->write(r, record);
	else
		out_write(r->console.file, record.p, record.n);
}

/* A capture has rows. */
static void
take_begin(struct summary_run *r, const struct summary_head *h)
{
	if (r->begun)
		return;
	if (!r->any || h->totals.first_ns < r->first_ns)
		r->first_ns = h->totals.first_ns;
	for (enum column c = 0; c < COLUMNS; c++)
		if (r->width[c] < h->width[c])
			r->width[c] = h->width[c];
	r->any = true;
	if (r->sorts)
		return;
	r->more = h->waited_for || r->console.many;
	begin_rows(r);
}

static void
take_row(struct summary_run *r, const struct summary_head *h,
    struct slice record)
{
	if (r->sorts)
		external_sort_put(&r->sorted, h->key, r->rows, record);
	else
		write_row(r, record);
	r->rows++;
}

/* Records, each of them whole. */
static void
take_records(struct out_file *f, const void *bytes, size_t n)
{
	struct summary_run *r = (struct summary_run *)f;
	const uint8_t *p = bytes, *end = p + n;
	struct summary_head h;

	for (; p < end; p += h.len) {
		memcpy(&h, p, sizeof h);
		p += sizeof h;
		if (h.kind == SUMMARY_BEGIN) {
			take_begin(r, &h);
		} else if (h.kind == SUMMARY_ROW) {
			take_row(r, &h, (struct slice){ p, h.len });
		} else {
			add_totals(&r->totals, &h.totals);
			r->ended = true;
		}
	}
}

static void
settle_under(struct out_file *f)
{
	out_settle(((struct summary_run *)f)->console.file);
}

static const struct out_ops ops = { .write = take_records,
	.settle = settle_under };

struct summary_run *
summary_run_new(const struct console *c)
{
	struct summary_run *r = xcalloc(1, sizeof *r);

	r->out.ops = &ops;
	r->file.out = &r->out;
	r->console = *c;
	r->format = formats[c->format];
	r->sorts = c->many && c->sort != SORT_NONE;
	if (r->sorts)
		r->sorted.spill = r->spill = spill_new(SORT_BYTES);
	if (c->format == FORMAT_CSV)
		summary_csv_heading(c->file);
	return r;
}

struct out_file *
summary_run_file(struct summary_run *r)
{
	return &r->file;
}

int
summary_run_end(struct summary_run *r)
{
	if (!r->ended && !r->begun)
		return 0;
	begin_rows(r);
	external_sort_tell(&r->sorted, write_row, r);
	if (r->format->end != NULL)
		r->format->end(r);
	return r->spill != NULL ? spill_error(r->spill) : 0;
}

void
summary_run_free(struct summary_run *r)
{
	if (r == NULL)
		return;
	external_sort_fini(&r->sorted);
	spill_free(r->spill);
	buf_free(&r->text);
	free(r);
}
