/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * summary.h: what summary.c and the formats of the summary share.
 *
 * summary.c takes sessions and flows and puts them in order; a format makes a
 * record of each and writes it when its time has come.
 */
#ifndef SINKS_SUMMARY_H
#define SINKS_SUMMARY_H

#include "inspect/row.h"
#include "sinks/sink.h"
#include "sinks/external_sort.h"

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

struct summary;

struct summary_format {
	enum console_sort sort; /* without --sort; none: as sessions end */
	/* Appends an item's record to b, which is empty. */
	void (*put)(struct summary *m, struct buf *b,
	    const struct summary_item *it);
	/* Before the first record is written, or the end without one. */
	void (*begin)(struct summary *m);
	/* Writes a record; NULL: as it is. */
	void (*write)(struct summary *m, struct slice record);
	void (*end)(struct summary *m);
};

struct summary {
	const struct sink_env *env;
	const struct summary_format *format;
	enum console_sort sort;
	bool begun;
	bool waited_for; /* rows come as sessions end */
	struct external_sort sorted;
	struct summary_totals totals;
	size_t width[COLUMNS]; /* table: of the widest value, or as shown */
	bool short_start;      /* table: without the date */
	struct buf out;	       /* what is being written */
};

extern const struct summary_format summary_table;
extern const struct summary_format summary_csv;
extern const struct summary_format summary_zeek;
extern const struct summary_format summary_zeek_json;

/* Writes m->out and empties it. */
static inline void
summary_flush(struct summary *m)
{
	if (m->out.n > 0)
		out_write(m->env->console->file, m->out.p, m->out.n);
	buf_reset(&m->out);
}

static inline bool
summary_is_empty(const struct summary *m)
{
	return m->totals.sessions + m->totals.flows == 0;
}

#endif
