/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * report.c: report.html, the capture to look at in a browser.
 *
 * While sessions live, the beginning of what they say is kept, and some of their
 * packets; of one that has ended a row, and a record.  When all have ended it is
 * known how much of each there is room for, and the page is written.
 */
#include <stdlib.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "sinks/report_parts.h"

/* Memory for what waits, when there is no other word; the rest goes to a
 * scratch file. */
#define SPILL_BYTES ((size_t)4 << 20)

static void *
report_begin(const struct sink_env *env)
{
	struct report *r = xcalloc(1, sizeof *r);

	r->env = env;
	r->spill = spill_new(
	    env->spill_bytes > 0 ? env->spill_bytes / 2 : SPILL_BYTES);
	r->spool.spill = r->spill;
	report_shares_init(r);
	return r;
}

static int
report_conclude(void *run, const struct sink_record *record, const char **what)
{
	struct report *r = run;
	int error = 0;

	*what = "write " REPORT_NAME;
	if (record != NULL && spill_error(r->spill) == 0)
		error = report_page_write(r, record);
	report_spool_fini(&r->spool);
	if (spill_error(r->spill) != 0) {
		*what = "scratch file in TMPDIR";
		error = spill_error(r->spill);
	}
	*r->env->memory -= r->counted;
	report_shares_fini(r);
	spill_free(r->spill);
	free(r);
	return error;
}

static void
report_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct report_session *x = st;

	(void)s;
	x->ss = ss;
	x->report = ss->run;
}

static void
report_packet(void *st, const struct packet_event *e)
{
	struct report_session *x = st;

	report_packets_put(&x->packets, x->report->spill, e);
	report_count(x->report);
}

/* ----------------------------------------------------------------------- rows */

static enum report_grade
grade_of(unsigned troubles)
{
	const unsigned lost = 1u << TROUBLE_NO_ANSWER | 1u << TROUBLE_REFUSED |
	    1u << TROUBLE_RESET | 1u << TROUBLE_EVICTED | 1u << TROUBLE_MISSING;

	if ((troubles & lost) != 0)
		return GRADE_LOST;
	return (troubles & ~(1u << TROUBLE_OPEN)) != 0 ? GRADE_LOOK :
							 GRADE_PLAIN;
}

static void
put_report_row(struct report *r, const struct session *s,
    const struct session_probe *f)
{
	const struct row_of of = { s, f, r->env->services, false };
	bool tcp = s->proto == PROTO_TCP;
	struct report_line row;
	struct row text;

	row_make(&text, &of);
	memset(&row, 0, sizeof row);
	row.number = tcp ? s->number : 0;
	for (int dir = 0; dir < 2; dir++) {
		row.packets[dir] = s->side[dir].packets;
		row.bytes[dir] = s->side[dir].bytes;
		row.missing += s->side[dir].missing;
		r->conflicting += s->side[dir].conflicting;
	}
	row.start_ns = s->start_ns;
	row.end_ns = s->end_ns;
	row.rtt_ns = s->rtt_ns;
	row.wait_ns = s->wait_ns[1];
	row.is_tcp = tcp;
	row.grade = (uint8_t)grade_of(diagnose(s, f));
	memcpy(row.end, text.end, sizeof row.end);
	report_spool_row(&r->spool, &row, s->first_packet,
	    (struct slice){ (const uint8_t *)text.text,
		text.end[COLUMNS - 1] });
}

/* ------------------------------------------------------------------- sessions */

/*
 * Where there are too many, those stay in which something was said, before them
 * those to which there is a remark: a flood pushes out no conversation.
 */
static uint64_t
record_key(const struct report_session *x, const struct session *s)
{
	uint64_t class = 2 * (x->n_turns == 0);

	class += diagnose(s, x->ss->facts) == 0;
	return class << 62 | (s->number & UINT64_MAX >> 2);
}

static void
keep_record(struct report_session *x, const struct session *s)
{
	struct report *r = x->report;
	uint64_t key = record_key(x, s);
	struct report_record h;
	struct buf b = { 0 };

	if (!report_spool_wants(&r->spool, key))
		return;
	report_record_make(&b, &h, x, s);
	/* Beyond that number some go, and how much they had is in no sum. */
	if (!r->spool.is_full && r->spool.n < LIMIT_REPORT_SESSIONS)
		report_shares_add(r, &h);
	report_spool_record(&r->spool, key, s->number,
	    (struct slice){ b.p, b.n });
	buf_free(&b);
}

static void
report_close(void *st, const struct session *s)
{
	struct report_session *x = st;
	struct report *r = x->report;
	bool empty;

	report_turn_end(x);
	report_messages_close(x);
	empty = x->n_turns == 0 &&
	    x->packets.plain.seen + x->packets.noted.seen == 0;
	if (!x->ss->unwanted) {
		put_report_row(r, s, x->ss->facts);
		if (!empty)
			keep_record(x, s);
	}
	spill_log_free(r->spill, &x->log);
	spill_log_free(r->spill, &x->said[0]);
	spill_log_free(r->spill, &x->said[1]);
	spill_log_free(r->spill, &x->exchanges);
	spill_log_free(r->spill, &x->stretches);
	report_packets_free(&x->packets, r->spill);
	report_count(r);
}

static void
report_datagrams(void *run, const struct session *s,
    const struct slice first[2])
{
	struct session_probe f = { 0 };

	session_probe_datagrams(&f, s, first);
	put_report_row(run, s, &f);
	session_probe_fini(&f);
}

const struct sink sink_report = {
	.name = "report",
	.size = sizeof(struct report_session),
	.cost = SINK_COST,
	.bare = true,
	.wants_packets = true,
	.wants_datagrams = true,
	.begin = report_begin,
	.conclude = report_conclude,
	.open = report_open,
	.turn = report_turn,
	.turn_gap = report_gap,
	.wants_bodies = true,
	.is_excerpt = true,
	.message_head = report_head,
	.message_body = report_body,
	.message_end = report_message_end,
	.span = report_span,
	.made = report_made,
	.packet = report_packet,
	.datagrams = report_datagrams,
	.close = report_close,
};
