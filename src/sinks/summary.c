/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* summary.c: --summary: a line for each session and flow of a capture. */
#include "sinks/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/xalloc.h"

/* A session on its way. */
struct summed {
	struct summary *summary;
	struct sink_session *ss;
};

/* ----------------------------------------------------------------- what is in */

static void
summary_count(struct summary_totals *t, const struct summary_item *it)
{
	const struct session *s = it->s;
	bool none = summary_is_empty(t);
	unsigned troubles = diagnose(s, it->f);

	if (s->proto == PROTO_TCP)
		t->sessions++;
	else
		t->flows++;
	for (int dir = 0; dir < 2; dir++) {
		t->packets[dir] += s->side[dir].packets;
		t->bytes[dir] += s->side[dir].bytes;
	}
	if (none || s->start_ns < t->first_ns)
		t->first_ns = s->start_ns;
	if (none || s->end_ns > t->last_ns)
		t->last_ns = s->end_ns;
	if (s->ts_digits > t->ts_digits)
		t->ts_digits = s->ts_digits;
	for (unsigned i = 0; i < TROUBLES; i++)
		t->troubles[i] += troubles >> i & 1;
}

/* What comes first is smallest. */
static int64_t
descending(int64_t v)
{
	return v == INT64_MIN ? INT64_MAX : -v;
}

static int64_t
descending_count(uint64_t a, uint64_t b)
{
	uint64_t v;

	if (__builtin_add_overflow(a, b, &v) || v > INT64_MAX)
		v = INT64_MAX;
	return -(int64_t)v;
}

static int64_t
sort_key(enum console_sort sort, const struct session *s)
{
	const struct side *side = s->side;

	switch (sort) {
	case SORT_BYTES:
		return descending_count(side[0].bytes, side[1].bytes);
	case SORT_PACKETS:
		return descending_count(side[0].packets, side[1].packets);
	case SORT_DURATION:
		return descending(fmt_since(s->end_ns, s->start_ns));
	case SORT_RTT:
		return descending(s->rtt_ns);
	case SORT_WAIT:
		return descending(s->wait_ns[1]);
	default:
		return s->start_ns;
	}
}

/* ---------------------------------------------------------------- what is out */

/* Tells the run, with the record if it is a row. */
static void
tell_run(struct summary *m, struct summary_head *h, struct slice record)
{
	h->waited_for = m->waited_for;
	h->len = record.n;
	buf_reset(&m->said);
	buf_put(&m->said, h, sizeof *h);
	buf_put(&m->said, record.p, record.n);
	out_write(m->env->console->file, m->said.p, m->said.n);
}

static void
tell_totals(struct summary *m, bool end)
{
	struct summary_head h;

	/* Also what lies between its members is written. */
	memset(&h, 0, sizeof h);
	h.kind = end ? SUMMARY_END : SUMMARY_BEGIN;
	h.totals = m->totals;
	memcpy(h.width, m->width, sizeof h.width);
	tell_run(m, &h, (struct slice){ NULL, 0 });
}

/* The record behind its key. */
static void
tell_row(void *arg, struct slice keyed)
{
	struct summary_head h;

	memset(&h, 0, sizeof h);
	h.kind = SUMMARY_ROW;
	memcpy(&h.key, keyed.p, sizeof h.key);
	tell_run(arg, &h,
	    (struct slice){ keyed.p + sizeof h.key, keyed.n - sizeof h.key });
}

static void
begin_output(struct summary *m)
{
	if (!m->begun)
		tell_totals(m, false);
	m->begun = true;
}

/* Somebody waits for the rows: those that there are, in their order, and then
 * each as it comes. */
static void
stop_sorting(struct summary *m)
{
	m->waited_for = true;
	begin_output(m);
	external_sort_tell(&m->sorted, tell_row, m);
	m->sort = SORT_NONE;
}

static void
summary_take(struct summary *m, const struct summary_item *it)
{
	struct buf *b = m->env->scratch;
	int64_t key = sort_key(m->sort, it->s);
	struct slice keyed;

	summary_count(&m->totals, it);
	buf_reset(b);
	buf_put(b, &key, sizeof key);
	m->format->put(m, b, it);
	keyed = (struct slice){ b->p, b->n };
	if (m->sort != SORT_NONE) {
		/* Sessions are numbered by their first packets. */
		external_sort_put(&m->sorted, key, it->s->first_packet, keyed);
		return;
	}
	begin_output(m);
	tell_row(m, keyed);
}

static void *
summary_begin(const struct sink_env *env, const struct summary_format *format)
{
	struct summary *m = xcalloc(1, sizeof *m);

	m->env = env;
	m->format = format;
	m->sort = env->console->sort;
	if (m->sort == SORT_NONE)
		m->sort = format->sort;
	m->sorted.spill = env->spill;
	return m;
}

static void
put_troubles(struct buf *remark, const struct summary_totals *t)
{
	const char *comma = "";

	for (unsigned i = 0; i < TROUBLES; i++) {
		if (t->troubles[i] == 0)
			continue;
		buf_printf(remark, "%s%s: %llu", comma,
		    trouble_name((enum trouble)i),
		    (unsigned long long)t->troubles[i]);
		comma = ", ";
	}
}

static void
summary_end(void *run, struct buf *remark)
{
	struct summary *m = run;

	if (!summary_is_empty(&m->totals))
		begin_output(m);
	external_sort_tell(&m->sorted, tell_row, m);
	tell_totals(m, true);
	put_troubles(remark, &m->totals);
	external_sort_fini(&m->sorted);
	buf_free(&m->said);
	free(m);
}

static void
summary_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct summed *summed = st;

	(void)s;
	*summed = (struct summed){ ss->run, ss };
}

/* ---------------------------------------------------------------------- json */

static void
json_put(struct summary *m, struct buf *b, const struct summary_item *it)
{
	size_t from = b->n;

	index_object(b, it->ss, it->s);
	buf_byte(b, '\n');
	console_json(m->env->console, b, from);
}

const struct summary_format summary_json = { .put = json_put };

/* -------------------------------------------------------------------- sessions */

/* What is sorted as asked is shown at the end.  An index object names the
 * files, which are not all there yet. */
static bool
summary_show(void *st, const struct session *s)
{
	struct summed *summed = st;
	struct summary *m = summed->summary;
	struct summary_item it = { s, summed->ss, summed->ss->facts };

	if (m->env->console->sort != SORT_NONE ||
	    (m->format == &summary_json && m->env->out != NULL))
		return false;
	if (m->sort != SORT_NONE)
		stop_sorting(m);
	summary_take(m, &it);
	return true;
}

static void
summary_close(void *st, const struct session *s)
{
	struct summed *summed = st;
	struct summary_item it = { s, summed->ss, summed->ss->facts };

	if (!summed->ss->unwanted && !s->shown)
		summary_take(summed->summary, &it);
}

static void
summary_datagrams(void *run, const struct session *s,
    const struct slice first[2])
{
	struct summary *m = run;
	struct session_probe f = { 0 };
	struct sink_session ss = {
		.env = m->env,
		.client = s->client,
		.server = s->server,
		.number = s->number,
		.start_ns = s->start_ns,
		.ts_digits = s->ts_digits,
		.facts = &f,
	};
	struct summary_item it = { s, &ss, &f };

	session_probe_datagrams(&f, s, first);
	summary_take(m, &it);
}

/* --------------------------------------------------------------------- table */

static void *
begin_table(const struct sink_env *env)
{
	return summary_begin(env, &summary_table);
}

static void *
begin_csv(const struct sink_env *env)
{
	return summary_begin(env, &summary_csv);
}

static void *
begin_json(const struct sink_env *env)
{
	return summary_begin(env, &summary_json);
}

static void *
begin_zeek(const struct sink_env *env)
{
	return summary_begin(env, &summary_zeek);
}

static void *
begin_zeek_json(const struct sink_env *env)
{
	return summary_begin(env, &summary_zeek_json);
}

#define SUMMARY_SINK(format, begins)                                           \
	const struct sink sink_summary_##format = {                            \
		.name = "summary",                                             \
		.size = sizeof(struct summed),                                 \
		.bare = true,                                                  \
		.wants_datagrams = true,                                       \
		.begin = (begins),                                             \
		.end = summary_end,                                            \
		.open = summary_open,                                          \
		.show = summary_show,                                          \
		.datagrams = summary_datagrams,                                \
		.close = summary_close,                                        \
	}

SUMMARY_SINK(table, begin_table);
SUMMARY_SINK(csv, begin_csv);
SUMMARY_SINK(json, begin_json);
SUMMARY_SINK(zeek, begin_zeek);
SUMMARY_SINK(zeek_json, begin_zeek_json);
