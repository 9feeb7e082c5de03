/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * summary.h: what summary.c and the formats of the summary share.
 *
 * summary.c takes the sessions and flows of a capture and puts them in order; a
 * format makes a record of each.  summary_run.c has the summary of the run, to
 * which the captures' records come one capture after the other, and which has
 * them written when their time has come.
 */
#ifndef SINKS_SUMMARY_H
#define SINKS_SUMMARY_H

#include "inspect/row.h"
#include "sinks/sink.h"
#include "sinks/external_sort.h"
#include "sinks/summary_run.h"

/* A session, or a flow of datagrams. */
struct summary_item {
	const struct session *s;
	struct sink_session *ss;
	const struct session_probe *f; /* or NULL */
};

struct summary_totals {
	uint64_t sessions;
	uint64_t flows;
	uint64_t packets[2];
	uint64_t bytes[2];
	int64_t first_ns; /* of the first packet; valid when there is any */
	int64_t last_ns;
	uint8_t ts_digits;
	uint64_t troubles[TROUBLES];
};

/* What a capture's summary writes to the run's: a head, and with a row its
 * record behind it. */
struct summary_head {
	enum { SUMMARY_BEGIN, SUMMARY_ROW, SUMMARY_END } kind;
	bool waited_for;	      /* rows come as sessions end */
	size_t len;		      /* of the record */
	int64_t key;		      /* by which it is sorted */
	struct summary_totals totals; /* so far; at the end all */
	size_t width[COLUMNS];	      /* of the table: of the widest value */
};

struct summary;
struct summary_run;

struct summary_format {
	enum console_sort sort; /* without --sort; none: as sessions end */
	/* Appends an item's record to b. */
	void (*put)(struct summary *m, struct buf *b,
	    const struct summary_item *it);
	/* Before the first record is written, or the end without one. */
	void (*begin)(struct summary_run *r);
	/* Writes a record; NULL: as it is. */
	void (*write)(struct summary_run *r, struct slice record);
	void (*end)(struct summary_run *r);
};

/* Of a capture. */
struct summary {
	const struct sink_env *env;
	const struct summary_format *format;
	enum console_sort sort;
	bool begun;
	bool waited_for;
	struct external_sort sorted;
	struct summary_totals totals;
	size_t width[COLUMNS];
	struct buf said; /* what is being told to the run */
};

/* Of all captures. */
struct summary_run {
	struct out_file file; /* to which they write */
	struct out out;
	struct console console; /* with the file to write to */
	const struct summary_format *format;
	bool begun;
	bool any;		     /* a capture has rows */
	bool ended;		     /* a capture has come to its end */
	bool more;		     /* than the rows that widths are of */
	bool sorts;		     /* rows wait until all have come */
	struct external_sort sorted; /* those */
	uint64_t rows;
	struct spill *spill;
	struct summary_totals totals;
	int64_t first_ns;      /* of the first capture with rows, or all */
	size_t width[COLUMNS]; /* of the table: of the widest, or shown */
	size_t capture_width;  /* 0: captures have no column */
	bool short_start;      /* the table has no date */
	struct buf text;       /* what is being written */
};

extern const struct summary_format summary_table;
extern const struct summary_format summary_csv;
extern const struct summary_format summary_json;
extern const struct summary_format summary_zeek;
extern const struct summary_format summary_zeek_json;

/* Also of a run without a capture. */
void summary_csv_heading(struct out_file *f);

/* Writes r->text and empties it. */
static inline void
summary_flush(struct summary_run *r)
{
	if (r->text.n > 0)
		out_write(r->console.file, r->text.p, r->text.n);
	buf_reset(&r->text);
}

static inline bool
summary_is_empty(const struct summary_totals *t)
{
	return t->sessions + t->flows == 0;
}

#endif
