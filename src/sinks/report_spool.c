/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * report_spool.c: rows and records of sessions until the capture has ended.
 *
 * There may be more sessions than a report has room for, and those that stay
 * are known at the end only.  So twice as many wait at most; then the half that
 * certainly does not stay goes, and what is no better than those is not taken.
 */
#include <stdlib.h>

#include "base/limit.h"
#include "base/record_log.h"
#include "base/xalloc.h"
#include "sinks/report_parts.h"

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Leaves the least. */
static void
lowest_cut(struct lowest *l)
{
	qsort(l->v, l->n, sizeof *l->v, by_value);
	l->n = l->most;
	l->last = l->v[l->n - 1];
	l->is_full = true;
}

bool
lowest_put(struct lowest *l, uint64_t key)
{
	if (l->is_full && key > l->last)
		return false;
	if (l->n == l->cap) {
		l->cap = l->cap * 2 + 64;
		l->v = xreallocarray(l->v, l->cap, sizeof *l->v);
	}
	l->v[l->n++] = key;
	if (l->n == 2 * l->most)
		lowest_cut(l);
	return true;
}

/* ------------------------------------------------------------------------ rows */

/* TCP sessions are in the order of their numbers, then come flows. */
void
report_spool_row(struct report_spool *p, const struct report_line *row,
    uint64_t first_packet, struct slice text)
{
	const uint64_t half = UINT64_C(1) << 63;
	uint64_t key = row->is_tcp ? row->number : half | first_packet;
	struct buf b = { 0 };

	p->row_keys.most = LIMIT_REPORT_ROWS;
	p->n_rows++;
	if (!lowest_put(&p->row_keys, key))
		return;
	buf_put(&b, row, sizeof *row);
	buf_put(&b, text.p, text.n);
	p->rows.spill = p->spill;
	external_sort_put(&p->rows, row->is_tcp ? 0 : 1, key,
	    (struct slice){ b.p, b.n });
	p->bytes += b.n;
	buf_free(&b);
}

/* --------------------------------------------------------------------- records */

static int
by_key(const void *a, const void *b)
{
	const struct report_entry *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static int
by_session(const void *a, const void *b)
{
	const struct report_entry *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* Leaves the first. */
static void
entries_drop(struct report_spool *p, size_t most)
{
	while (p->n > most) {
		const struct report_entry *e = &p->entries[--p->n];

		for (int i = 0; i < REPORT_PARTS; i++)
			p->bytes -= e->head.len[i];
		spill_block_free(p->spill, e->block);
	}
}

static void
entries_cut(struct report_spool *p)
{
	qsort(p->entries, p->n, sizeof *p->entries, by_key);
	entries_drop(p, LIMIT_REPORT_SESSIONS);
	p->last = p->entries[p->n - 1].key;
	p->is_full = true;
}

bool
report_spool_wants(const struct report_spool *p, uint64_t key)
{
	return (!p->is_full || key < p->last) &&
	    p->bytes < LIMIT_REPORT_SCRATCH;
}

void
report_spool_record(struct report_spool *p, uint64_t key, uint64_t number,
    struct slice record)
{
	struct report_entry *e;
	struct slice head = record;

	if (p->n == p->cap) {
		p->cap = p->cap * 2 + 64;
		p->entries =
		    xreallocarray(p->entries, p->cap, sizeof *p->entries);
	}
	e = &p->entries[p->n];
	*e = (struct report_entry){ .key = key, .number = number };
	if (!record_take_head(&head, &e->head, sizeof e->head))
		return;
	e->block = spill_put(p->spill, record);
	p->bytes += head.n;
	if (++p->n == 2 * LIMIT_REPORT_SESSIONS)
		entries_cut(p);
}

/* How many of the first have no more text than there is room for. */
static size_t
with_room(const struct report_spool *p)
{
	uint64_t room = LIMIT_REPORT_TEXT;
	size_t n = 0;

	for (; n < p->n && n < LIMIT_REPORT_SESSIONS; n++) {
		uint32_t len = p->entries[n].head.len[REPORT_TEXT];

		if (len > room)
			break;
		room -= len;
	}
	return n;
}

void
report_spool_end(struct report_spool *p)
{
	if (p->n > 1)
		qsort(p->entries, p->n, sizeof *p->entries, by_key);
	entries_drop(p, with_room(p));
	if (p->n > 1)
		qsort(p->entries, p->n, sizeof *p->entries, by_session);
}

void
report_spool_fini(struct report_spool *p)
{
	for (size_t i = 0; i < p->n; i++)
		spill_block_free(p->spill, p->entries[i].block);
	free(p->entries);
	free(p->row_keys.v);
	external_sort_fini(&p->rows);
}

void
report_count(struct report *r)
{
	const struct report_spool *p = &r->spool;
	size_t now = spill_excess(r->spill) + p->cap * sizeof *p->entries +
	    p->row_keys.cap * sizeof *p->row_keys.v;

	*r->env->memory += now - r->counted;
	r->counted = now;
}
