/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* timing.c: when each packet came, and what had come before it; a line a
 * packet, tab-separated. */
#include "base/fmt.h"
#include "sinks/fields.h"
#include "sinks/sink.h"

struct timing {
	struct sink_session *ss;
	struct spill_log lines; /* until the session has ended */
	uint64_t bytes[2];
	int64_t last_ns[2]; /* when has_last */
	bool has_last[2];
	int last_dir;
	int64_t first_ns;
};

static void
timing_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct timing *t = st;

	(void)s;
	t->ss = ss;
}

/* The time since the last packet of dir; none when there was none. */
static void
put_since_last(const struct timing *t, const struct fields *f, int64_t now_ns,
    int dir)
{
	if (t->has_last[dir])
		fields_seconds(f, fmt_since(now_ns, t->last_ns[dir]),
		    t->ss->ts_digits);
	else
		fields_none(f);
}

static void
put_timing_line(const struct timing *t, struct buf *b,
    const struct packet_event *p)
{
	const struct fields f = { .b = b, .separator = '\t', .none = "-" };
	int64_t now_ns = p->seg->ts_ns;

	fields_time(&f, now_ns, t->ss->ts_digits, false);
	fields_u64(&f, (uint64_t)p->dir);
	fields_u64(&f, p->seg->payload_len);
	fields_u64(&f, t->bytes[0]);
	fields_u64(&f, t->bytes[1]);
	fields_u64(&f, t->bytes[0] + t->bytes[1]);
	put_since_last(t, &f, now_ns, t->last_dir);
	put_since_last(t, &f, now_ns, 0);
	put_since_last(t, &f, now_ns, 1);
	fields_seconds(&f, fmt_since(now_ns, t->first_ns), t->ss->ts_digits);
	fields_end(&f, "\n");
}

static void
timing_packet(void *st, const struct packet_event *p)
{
	struct timing *t = st;
	struct buf *b = t->ss->env->scratch;

	if (t->lines.size == 0)
		t->first_ns = p->seg->ts_ns;
	t->bytes[p->dir] += p->seg->payload_len;
	buf_reset(b);
	put_timing_line(t, b, p);
	spill_log_put(t->ss->env->spill, &t->lines, b->p, b->n);
	t->last_ns[p->dir] = p->seg->ts_ns;
	t->has_last[p->dir] = true;
	t->last_dir = p->dir;
}

static void
write_file(struct timing *t)
{
	static const char header[] =
	    "time\tdirection\tpayload\tclient_bytes\tserver_bytes\t"
	    "total_bytes\tsince_last\tsince_client\tsince_server\t"
	    "since_first\n";
	struct out_file *f = sink_create(t->ss, ".timing");

	out_write(f, header, sizeof header - 1);
	spill_log_write(t->ss->env->spill, &t->lines, f);
	sink_close(t->ss, f);
}

static void
timing_close(void *st, const struct session *s)
{
	struct timing *t = st;

	if (session_has_packet_files(s) && t->lines.size > 0 &&
	    !t->ss->unwanted)
		write_file(t);
	spill_log_free(t->ss->env->spill, &t->lines);
}

const struct sink sink_timing = {
	.name = "timing",
	.size = sizeof(struct timing),
	.cost = SINK_COST,
	.wants_packets = true,
	.open = timing_open,
	.packet = timing_packet,
	.close = timing_close,
};
