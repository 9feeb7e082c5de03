/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_flow_flood.c: segments by the thousand: in batches, chosen to hurt, and of
 * more sessions than are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limit.h"
#include "flow/pair.h"
#include "lib/net.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HELLO "> S; < SA; >; "

/* Segments of few connections, any of which may close, in any order. */
static void
any_segments(struct segment *v, size_t n)
{
	static const uint8_t flags[] = { TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK,
		TCP_ACK, TCP_ACK, TCP_ACK | TCP_FIN, TCP_RST };
	static const uint8_t text[] = "any text at all";
	uint32_t x = 4711;

	for (size_t i = 0; i < n; i++) {
		uint16_t port;

		x = x * 1664525 + 1013904223;
		port = (uint16_t)((x >> 20) % (i / 2000 % 2 ? 20 : 700));
		v[i] = (struct segment){
			.src = { { 10, 0, 0, 1 }, port, 4 },
			.dst = { { 10, 0, 0, 2 }, 80, 4 },
			.seq = (x >> 4) % 40,
			.ack = (x >> 9) % 40,
			.flags = flags[(x >> 14) % COUNT(flags)],
			.window = 1000,
			.wscale = SEGMENT_NO_WSCALE,
			.payload = { text, (x >> 17) % sizeof(text) },
			.packet = i + 1,
			.ts_ns = (int64_t)i * 1000000,
			.ts_digits = 6,
		};
		v[i].payload_len = (uint32_t)v[i].payload.n;
		if (x >> 31) {
			v[i].src = v[i].dst;
			v[i].dst =
			    (struct endpoint){ { 10, 0, 0, 1 }, port, 4 };
		}
	}
}

/* Many at a time make what one after the other makes. */
static void
many_at_a_time(void **state)
{
	static struct segment v[8000];
	struct model_config cfg;

	(void)state;
	any_segments(v, COUNT(v));
	net_config(&cfg);
	for (size_t limit = 4096; limit <= (size_t)1 << 20; limit *= 16) {
		struct buf one = { 0 }, many = { 0 };
		struct net n;

		cfg.max_memory = limit;
		net_init(&n, &cfg);
		for (size_t i = 0; i < COUNT(v); i++)
			flows_segment(n.flows, &v[i]);
		net_end(&n);
		record_story(&n.rec, &one);
		net_free(&n);
		net_init(&n, &cfg);
		for (size_t i = 0; i < COUNT(v); i++) {
			if (i / 500 % 2 == 0 && i * i % 7 == 1)
				flows_flush(n.flows);
			flows_put(n.flows, &v[i]);
			if (i % 1000 == 750)
				flows_tick(n.flows, v[i].ts_ns);
		}
		net_end(&n);
		record_story(&n.rec, &many);
		net_free(&n);
		assert_true(one.n > 1000);
		assert_string_equal(buf_cstr(&many), buf_cstr(&one));
		buf_free(&one);
		buf_free(&many);
	}
}

static void
count_close(void *ctx, void *handle, const struct session *s)
{
	size_t *told = ctx;

	assert_null(handle);
	assert_true(s->end_ns >= s->start_ns);
	++*told;
}

/* Sessions without data are only counted. */
static void
net_count(struct net *n, size_t *told)
{
	net_init(n, NULL);
	n->rec.events.ctx = told;
	n->rec.events.close = count_close;
	*told = 0;
}

/* Addresses chosen so that sums and differences of them are all the same. */
static void
chosen_addresses(void **state)
{
	struct net n;
	size_t told;

	(void)state;
	net_count(&n, &told);
	for (uint32_t i = 0; i < 40000; i++) {
		struct segment s = {
			.src = { { 11, 0, (uint8_t)(i >> 8), (uint8_t)i }, 1024,
			    4 },
			.dst = { { 10, 0, (uint8_t)(i >> 8), (uint8_t)i }, 80,
			    4 },
			.flags = TCP_SYN,
			.seq = i,
			.window = 1000,
			.wscale = SEGMENT_NO_WSCALE,
		};

		net_give(&n, &s);
	}
	assert_int_equal(flows_stats(n.flows).live, 40000);
	flows_end(n.flows);
	assert_int_equal(told, 40000);
	net_free(&n);
}

/* One pair of endpoints that never tires. */
static void
one_tuple(void **state)
{
	struct net n;
	size_t told;

	(void)state;
	net_count(&n, &told);
	for (uint32_t i = 0; i < 100000; i++) {
		struct segment s = {
			.src = { { 11 }, 1024, 4 },
			.dst = { { 10 }, 80, 4 },
			.flags = TCP_SYN,
			.seq = i * 1000000,
			.window = 1000,
			.wscale = SEGMENT_NO_WSCALE,
		};

		net_give(&n, &s);
		s.flags = TCP_RST;
		s.seq++;
		net_give(&n, &s);
	}
	assert_int_equal(flows_stats(n.flows).sessions, 100000);
	assert_int_equal(flows_stats(n.flows).live, LIMIT_TUPLE_RECORDS);
	flows_end(n.flows);
	assert_int_equal(told, 100000);
	net_free(&n);
}

/* SYNs that come again and again, more than a small record counts, and over
 * more packets. */
static void
syns_for_ever(void **state)
{
	struct talk t = talk_of(5, 1000, 2000, false);
	struct rec_session *rs;
	struct net n;

	(void)state;
	net_init(&n, NULL);
	for (unsigned i = 0; i < 70000; i++)
		net_play(&n, &t, "> S");
	n.packet += (uint64_t)1 << 33;
	net_play(&n, &t, "> S");
	t = talk_of(6, 1000, 2000, false);
	net_play(&n, &t, "> S");
	n.packet += (uint64_t)1 << 33;
	net_play(&n, &t, "> S; > S");
	net_end(&n);
	rs = record_find(&n.rec, 0);
	assert_int_equal(rs->s.side[0].packets, 70001);
	assert_true(rs->s.last_packet == 70001 + ((uint64_t)1 << 33));
	assert_string_equal(rs->state, "S0");
	assert_string_equal(rs->history, "S");
	rs = record_find(&n.rec, 1);
	assert_int_equal(rs->s.side[0].packets, 3);
	assert_true(rs->s.last_packet == 70004 + ((uint64_t)1 << 34));
	assert_string_equal(rs->state, "S0");
	assert_string_equal(rs->history, "S");
	net_free(&n);
}

static void
close_others(struct net *n, unsigned sessions)
{
	for (unsigned i = 0; i < sessions; i++) {
		struct segment s = {
			.src = { { 11, 0, (uint8_t)(i >> 8), (uint8_t)i }, 1024,
			    4 },
			.dst = { { 10 }, 80, 4 },
			.flags = TCP_RST,
			.window = 1000,
			.wscale = SEGMENT_NO_WSCALE,
		};

		net_give(n, &s);
	}
}

/* A closed session whose record had to make room is known all the same, for
 * as long as if it had not. */
static void
more_than_linger(void **state)
{
	static const char *const late[] = {
		"-> 'abc' @0",
		"-< 'de' @0",
		"-< 'e' @1",
		"-> @3",
		"-> F @3",
	};
	struct talk t = talk_of(5, UINT32_MAX - 1, 2000, false);
	struct net n;
	struct rec_session *rs;

	(void)state;
	net_init(&n, NULL);
	net_play(&n, &t, HELLO "> 'abc'; < 'de'; > F; < F; >");
	close_others(&n, MODEL_LINGER_MAX - 1);
	assert_int_equal(n.rec.n_closed, 0);
	net_play(&n, &t, late[0]);
	close_others(&n, MODEL_LINGER_MAX);
	assert_int_equal(flows_stats(n.flows).live, MODEL_LINGER_MAX);
	assert_int_equal(n.rec.closed[0], 0);
	rs = record_find(&n.rec, 0);
	assert_string_equal(rs->state, "SF");
	assert_int_equal(rs->s.side[0].retransmitted, 3);
	for (size_t i = 0; i < COUNT(late); i++)
		net_play(&n, &t, late[i]);
	assert_int_equal(flows_stats(n.flows).echoes, COUNT(late));
	assert_int_equal(flows_stats(n.flows).sessions, MODEL_LINGER_MAX + 1);
	/* More than the session had is no copy. */
	net_play(&n, &t, "-< 'def' @1");
	assert_int_equal(flows_stats(n.flows).sessions, MODEL_LINGER_MAX + 2);
	net_end(&n);
	net_free(&n);
}

/* Those whose last ACK is yet to come are not given up for newer ones. */
static void
unfinished_linger(void **state)
{
	static struct talk t[MODEL_LINGER_MAX + 300];
	struct talk late = talk_of(7, 1000, 2000, false);
	struct net n;

	(void)state;
	net_init(&n, NULL);
	for (unsigned i = 0; i < COUNT(t); i++) {
		t[i] = talk_of(1000 + i, i, 2 * i, i & 1);
		net_play(&n, &t[i], HELLO "> F; < F");
	}
	assert_int_equal(flows_stats(n.flows).live, COUNT(t));
	for (unsigned i = 0; i < COUNT(t); i++)
		net_play(&n, &t[i], ">");
	assert_int_equal(flows_stats(n.flows).sessions, COUNT(t));
	assert_int_equal(flows_stats(n.flows).echoes, 0);
	assert_int_equal(n.rec.n_closed, 0);
	net_play(&n, &late, "+121; > S");
	assert_int_equal(n.rec.n_closed, COUNT(t));
	for (unsigned i = 0; i < COUNT(t); i++)
		assert_int_equal(n.rec.closed[i], i);
	net_end(&n);
	net_free(&n);
}

static void
too_late(void **state)
{
	struct talk t = talk_of(5, 1000, 2000, false);
	struct net n;

	(void)state;
	net_init(&n, NULL);
	net_play(&n, &t, HELLO "> 'abc'; < 'de'; > F; < F; >");
	close_others(&n, MODEL_LINGER_MAX);
	net_play(&n, &t, "-> 'bc' @1; +120; -> 'bc' @1");
	assert_int_equal(flows_stats(n.flows).echoes, 1);
	assert_int_equal(flows_stats(n.flows).sessions, MODEL_LINGER_MAX + 2);
	net_end(&n);
	net_free(&n);
}

/* A copy of what was sent long before the end is no late copy: it begins. */
static void
too_far_behind(void **state)
{
	struct talk t = talk_of(5, 1000, 2000, false);
	struct model_config cfg;
	char text[400];
	struct net n;

	(void)state;
	net_config(&cfg);
	cfg.stream.max_gap = 100;
	net_init(&n, &cfg);
	snprintf(text, sizeof(text),
	    HELLO "> '%0100d'; > '%0100d'; > F; < F; >", 0, 0);
	net_play(&n, &t, text);
	close_others(&n, MODEL_LINGER_MAX);
	/* The FIN's number counts. */
	net_play(&n, &t, "-> '000' @101");
	assert_int_equal(flows_stats(n.flows).echoes, 1);
	assert_int_equal(flows_stats(n.flows).sessions, MODEL_LINGER_MAX + 1);
	net_play(&n, &t, "-> '000' @100");
	assert_int_equal(flows_stats(n.flows).echoes, 1);
	assert_int_equal(flows_stats(n.flows).sessions, MODEL_LINGER_MAX + 2);
	net_end(&n);
	net_free(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_at_a_time),
		cmocka_unit_test(chosen_addresses),
		cmocka_unit_test(one_tuple),
		cmocka_unit_test(syns_for_ever),
		cmocka_unit_test(more_than_linger),
		cmocka_unit_test(unfinished_linger),
		cmocka_unit_test(too_late),
		cmocka_unit_test(too_far_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
