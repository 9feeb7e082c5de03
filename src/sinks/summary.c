/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* summary.c: --summary: a line for each session and flow on standard output. */
#include "sinks/summary.h"

#include <stdlib.h>

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
	bool none = t->sessions + t->flows == 0;
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

static void
summary_write(void *arg, struct slice record)
{
	struct summary *m = arg;

	if (m->format->write != NULL)
		m->format->write(m, record);
	else
		out_write(m->env->console->file, record.p, record.n);
}

static void
begin_output(struct summary *m)
{
	if (!m->begun && m->format->begin != NULL)
		m->format->begin(m);
	m->begun = true;
}

/* Somebody waits for the rows: those that there are, in their order, and then
 * each as it comes. */
static void
stop_sorting(struct summary *m)
{
	m->waited_for = true;
	begin_output(m);
	external_sort_tell(&m->sorted, summary_write, m);
	m->sort = SORT_NONE;
}

static void
summary_take(struct summary *m, const struct summary_item *it)
{
	struct buf *b = m->env->scratch;
	struct slice record;

	summary_count(&m->totals, it);
	buf_reset(b);
	m->format->put(m, b, it);
	record = (struct slice){ b->p, b->n };
	if (m->sort != SORT_NONE) {
		/* Sessions are numbered by their first packets. */
		external_sort_put(&m->sorted, sort_key(m->sort, it->s),
		    it->s->first_packet, record);
		return;
	}
	begin_output(m);
	summary_write(m, record);
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

	/* Of many captures, one without a session is no table. */
	if (!m->env->console->many || !summary_is_empty(m) ||
	    m->format != &summary_table) {
		begin_output(m);
		external_sort_tell(&m->sorted, summary_write, m);
		if (m->format->end != NULL)
			m->format->end(m);
	}
	put_troubles(remark, &m->totals);
	external_sort_fini(&m->sorted);
	buf_free(&m->out);
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

static const struct summary_format summary_json = { .put = json_put };

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
