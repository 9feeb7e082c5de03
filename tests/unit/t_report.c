/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_report.c: what a report keeps of sessions, and the page made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "lib/rng.h"
#include "memout.h"
#include "sinks/report_parts.h"
#include "sinks/sinks.h"

#define START (1537962662 * INT64_C(1000000000))

/* ---- shares ---- */

/* The largest share for which all sizes together keep the budget. */
static uint32_t
share_by_trying(const uint32_t *v, size_t n, uint64_t budget, uint32_t most)
{
	for (uint32_t share = most;; share--) {
		uint64_t sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += v[i] < share ? v[i] : share;
		if (sum <= budget || share == 0)
			return share;
	}
}

static void
shares(void **state)
{
	struct rng rng;

	(void)state;
	rng = (struct rng){ rng_seed() };
	for (int run = 0; run < 200; run++) {
		uint32_t most = 1 + rng_below(&rng, 40), v[60];
		uint64_t budget = rng_below(&rng, 300);
		struct budget b;

		budget_init(&b, budget, most);
		for (size_t i = 0; i < 60; i++) {
			uint32_t before = b.share;

			v[i] = rng_below(&rng, most + 5);
			budget_add(&b, v[i]);
			v[i] = v[i] < most ? v[i] : most;
			assert_true(b.share <= before);
			assert_int_equal(b.share,
			    share_by_trying(v, i + 1, budget, most));
		}
		budget_lower(&b, budget / 2);
		assert_int_equal(b.share,
		    share_by_trying(v, 60, budget / 2, most));
		budget_fini(&b);
	}
}

/* ---- packets ---- */

static size_t
noted_of(const struct report_packet *v, size_t n)
{
	size_t noted = 0;

	for (size_t i = 0; i < n; i++)
		noted += v[i].notes != 0;
	return noted;
}

/* n packets, every so many of which has a note; how many are left. */
static void
put_packets(struct report_packets *p, struct spill *k, uint64_t n,
    uint64_t every)
{
	struct segment seg = { .payload_len = 1 };

	for (uint64_t i = 1; i <= n; i++) {
		struct packet_event e = { .ordinal = i, .seg = &seg };

		seg.packet = i;
		e.notes = every > 0 && i % every == 0;
		report_packets_put(p, k, &e);
		assert_true(
		    p->plain.n + p->noted.n <= LIMIT_REPORT_SESSION_PACKETS);
	}
}

static void
packets_of_a_long_session(void **state)
{
	struct spill *k = spill_new(1 << 20);
	struct report_packets p = { 0 };
	struct buf b = { 0 };
	const struct report_packet *v;
	size_t n, noted;

	(void)state;
	put_packets(&p, k, 50000, 100);
	assert_int_equal(p.plain.seen + p.noted.seen, 50000);
	report_packets_take(&p, k, LIMIT_REPORT_SESSION_PACKETS, &b);
	v = (const void *)b.p;
	n = b.n / sizeof *v;
	noted = noted_of(v, n);
	/* All that have a note, and no less than a quarter of the room. */
	assert_int_equal(noted, 500);
	assert_in_range(n, 1000, LIMIT_REPORT_SESSION_PACKETS);
	assert_int_equal(v[0].ordinal, 1);
	for (size_t i = 1; i < n; i++) {
		assert_true(v[i - 1].ordinal < v[i].ordinal);
		assert_true(v[i].ordinal - v[i - 1].ordinal <= 64);
	}
	buf_reset(&b);
	report_packets_take(&p, k, 60, &b);
	v = (const void *)b.p;
	assert_int_equal(b.n / sizeof *v, 60);
	assert_int_equal(noted_of(v, 60), 20);
	assert_int_equal(v[0].ordinal, 1);
	buf_free(&b);
	report_packets_free(&p, k);
	assert_int_equal(spill_memory(k), 0);
	spill_free(k);
}

static void
packets_that_fit(void **state)
{
	struct report_packet v[30];

	(void)state;
	for (size_t most = 0; most <= 31; most++)
		for (size_t every = 1; every <= 31; every++) {
			size_t n;

			for (size_t i = 0; i < 30; i++)
				v[i] = (struct report_packet){
					.ordinal = i + 1,
					.notes = i % every == every - 1,
				};
			n = report_packets_thin(v, 30, most);
			assert_int_equal(n, most < 30 ? most : 30);
			for (size_t i = 1; i < n; i++)
				assert_true(v[i - 1].ordinal < v[i].ordinal);
			if (n > 0 && every > 1)
				assert_int_equal(v[0].ordinal, 1);
		}
}

/* ---- the least keys ---- */

static void
the_least(void **state)
{
	struct lowest l = { .most = 10 };
	size_t taken = 0;

	(void)state;
	/* The best come last. */
	for (uint64_t i = 1000; i > 0; i--)
		assert_true(lowest_put(&l, i));
	for (uint64_t i = 2000; i > 1000; i--)
		taken += lowest_put(&l, i);
	assert_int_equal(taken, 0);
	assert_true(lowest_put(&l, 0));
	assert_in_range(l.n, 10, 19);
	free(l.v);
}

/* ---- the page ---- */

struct run {
	struct memout out;
	struct spill *keep;
	struct sinks *sinks;
	struct events e;
};

static void
begin_report(struct run *r, const char *capture)
{
	struct sink_env env = {
		.out = memout_init(&r->out),
		.spill = spill_new(1 << 20),
		.capture = capture,
	};
	unsigned bits = 0;

	assert_true(sinks_parse_emit("report", &bits));
	r->keep = env.spill;
	r->sinks = sinks_new(&env, bits);
	r->e = sinks_events(r->sinks);
}

static const char *
end_report(struct run *r)
{
	const struct sink_record record = {
		.ledger = { (const uint8_t *)"{\"capture\":\"<&>\"}", 17 },
		.first_ns = START,
		.last_ns = START,
		.ts_digits = 6,
	};

	const char *what;

	assert_true(sinks_wants_record(r->sinks));
	sinks_finish(r->sinks);
	assert_null(memout_find(&r->out, "report.html"));
	assert_int_equal(sinks_conclude(r->sinks, &record, &what), 0);
	return memout_text(&r->out, "report.html");
}

static void
discard(struct run *r)
{
	sinks_free(r->sinks);
	assert_int_equal(spill_memory(r->keep), 0);
	spill_free(r->keep);
	memout_free(&r->out);
}

static struct session
session_number(uint64_t number)
{
	return (struct session){
		.number = number,
		.proto = PROTO_TCP,
		.client = { { 192, 0, 2, 1 }, 57080, 4 },
		.server = { { 192, 0, 2, 2 }, 80, 4 },
		.start_ns = START,
		.end_ns = START + 1000000,
		.ts_digits = 6,
		.state = CONN_STATE_SF,
		.history = "",
		.rtt_ns = -1,
		.wait_ns = { -1, -1 },
		.first_packet = number + 1,
	};
}

/* What one side says at once. */
static void
one_says(struct run *r, void *handle, int dir, uint64_t off, const void *p,
    size_t n)
{
	struct chunk c = {
		.dir = dir,
		.off = off,
		.bytes = { p, n },
		.packet = 1,
		.ordinal = 1,
		.ts_ns = START,
	};

	r->e.data(r->e.ctx, handle, &c);
	r->e.turn(r->e.ctx, handle, &c);
}

static void
session_says(struct run *r, uint64_t number, const char *text)
{
	struct session s = session_number(number);
	void *handle = r->e.open(r->e.ctx, &s);

	one_says(r, handle, 0, 0, text, strlen(text));
	s.side[0].bytes = strlen(text);
	r->e.close(r->e.ctx, handle, &s);
}

static void
has(const char *page, const char *text)
{
	if (strstr(page, text) == NULL)
		fail_msg("lacks %s", text);
}

static void
the_page(void **state)
{
	struct run r;
	const char *page, *one, *two;

	(void)state;
	begin_report(&r, "</title>&\xff.pcap");
	session_says(&r, 2, "</script>");
	session_says(&r, 1, "abc");
	page = end_report(&r);
	has(page, "<title>&#60;/title&#62;&#38;\\xff.pcap</title>");
	has(page, "\"record\":{\"capture\":\"\\u003c\\u0026\\u003e\"}");
	has(page, "[0,0,1,0,0,9,\"PC9zY3JpcHQ+\"]");
	one = strstr(page, "id=\"d1\"");
	two = strstr(page, "id=\"d2\"");
	assert_non_null(one);
	assert_true(one < two);
	assert_int_equal(memout_find(&r.out, "report.html")->mtime_ns, START);
	discard(&r);
}

/* One session that says more than a direction may show, in more records than
 * it may have. */
static void
a_long_session(void **state)
{
	static const char text[65] = "x";
	struct session s = session_number(0);
	uint64_t n = LIMIT_REPORT_SESSION_TURNS + 300;
	struct run r;
	const char *page;
	void *handle;

	(void)state;
	begin_report(&r, "x.pcap");
	handle = r.e.open(r.e.ctx, &s);
	for (uint64_t i = 0; i < n; i++)
		one_says(&r, handle, i & 1, i / 2 * sizeof text, text,
		    sizeof text);
	r.e.close(r.e.ctx, handle, &s);
	page = end_report(&r);
	has(page, "\"left\":{\"packets\":0,\"turns\":300,\"files\":0}");
	discard(&r);
}

/* More records than may stay: those of the least keys do, by number. */
static void
more_sessions_than_room(void **state)
{
	const size_t n = 2 * LIMIT_REPORT_SESSIONS + 10;
	struct spill *k = spill_new(1 << 20);
	struct report_spool p = { .spill = k };
	struct report_record h = { .len = { 1 } };
	uint8_t record[sizeof h + 1] = { 0 };
	size_t wanted = 0;

	(void)state;
	memcpy(record, &h, sizeof h);
	for (size_t i = 0; i < n; i++) {
		/* Better ones come last. */
		uint64_t key = n - i;

		if (!report_spool_wants(&p, key))
			continue;
		report_spool_record(&p, key, i,
		    (struct slice){ record, sizeof record });
		wanted++;
	}
	assert_int_equal(wanted, n);
	assert_false(report_spool_wants(&p, n));
	report_spool_end(&p);
	assert_int_equal(p.n, LIMIT_REPORT_SESSIONS);
	assert_int_equal(p.bytes, p.n);
	for (size_t i = 0; i < p.n; i++)
		assert_int_equal(p.entries[i].number, n - p.n + i);
	report_spool_fini(&p);
	assert_int_equal(spill_memory(k), 0);
	spill_free(k);
}

/* What is known of sessions is more than the page may have: shares fall, and
 * the last sessions have none. */
static void
more_text_than_room(void **state)
{
	const uint32_t text = LIMIT_REPORT_TEXT / 100;
	struct report r = { 0 };
	struct report_record h = { 0 };
	uint64_t before;

	(void)state;
	h.len[REPORT_TEXT] = text;
	h.len[REPORT_C2S] = LIMIT_REPORT_DIRECTION;
	h.len[REPORT_PACKETS] =
	    LIMIT_REPORT_SESSION_PACKETS * sizeof(struct report_packet);
	r.spool.n = 110;
	r.spool.entries = xcalloc(r.spool.n, sizeof *r.spool.entries);
	r.spool.spill = spill_new(1 << 20);
	for (size_t i = 0; i < r.spool.n; i++) {
		r.spool.entries[i].key = i;
		r.spool.entries[i].head = h;
		r.spool.bytes += text;
	}
	report_spool_end(&r.spool);
	assert_int_equal(r.spool.n, 100);
	report_shares_init(&r);
	report_shares_settle(&r);
	before = r.payload.share;
	assert_in_range(before, LIMIT_REPORT_DIRECTION / 2,
	    LIMIT_REPORT_DIRECTION);
	r.spool.n_rows = LIMIT_REPORT_ROWS;
	report_shares_settle(&r);
	assert_in_range(r.payload.share, 1, before - 1);
	assert_in_range(r.packets.share, 1, LIMIT_REPORT_SESSION_PACKETS - 1);
	report_shares_fini(&r);
	spill_free(r.spool.spill);
	free(r.spool.entries);
}

/* The ledger is never read, the spool is freed all the same. */
static void
unfinished(void **state)
{
	struct run r;

	(void)state;
	begin_report(&r, "x.pcap");
	session_says(&r, 0, "abc");
	sinks_finish(r.sinks);
	discard(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares),
		cmocka_unit_test(packets_of_a_long_session),
		cmocka_unit_test(packets_that_fit),
		cmocka_unit_test(the_least),
		cmocka_unit_test(the_page),
		cmocka_unit_test(a_long_session),
		cmocka_unit_test(more_sessions_than_room),
		cmocka_unit_test(more_text_than_room),
		cmocka_unit_test(unfinished),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
