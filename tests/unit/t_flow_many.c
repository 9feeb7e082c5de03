/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_flow_many.c: time, numbers and memory: when records go, and how. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/net.h"
#include "flow/conn.h"
#include "reassembly/stream_parts.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HELLO "> S; < SA; >; "

static void
vlans(void **state)
{
	struct model_config cfg;

	(void)state;
	net_config(&cfg);
	for (int split = 0; split < 2; split++) {
		struct segment s = { .window = 1,
			.flags = TCP_SYN,
			.wscale = SEGMENT_NO_WSCALE };
		struct talk t = talk_of(5, 1, 2, false);
		struct net n;

		cfg.split_vlan = split;
		net_init(&n, &cfg);
		s.src = t.ep[0];
		s.dst = t.ep[1];
		for (uint32_t i = 0; i < 6; i++) {
			s.hop.vlan = i % 3;
			net_give(&n, &s);
		}
		net_end(&n);
		assert_int_equal(n.rec.n, split ? 3 : 1);
		net_free(&n);
	}
}

/* ---- time ---- */

static void
round_trip_time(void **state)
{
	static const struct {
		const char *packets;
		int64_t ms; /* -1: not known */
	} v[] = {
		{ HELLO "> 'q'", 2 },
		{ "> S; < SA; > 'q'", 2 },
		{ "> S; > S; < SA; > S; >", 3 },
		{ "> S; < SA; < SA; >", 3 },
		{ "^> S; < SA; !; >", 1 },
		{ "> S; < SA", -1 },
		{ "~> S; < SA; >; > 'q'", -1 },
		{ "> S; < S; > SA; < SA", 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		struct talk t = talk_of(5, 1000, 2000, false);
		struct net n;

		net_init(&n, NULL);
		net_play(&n, &t, v[i].packets);
		net_end(&n);
		if (n.rec.v[0]->s.rtt_ns !=
		    (v[i].ms < 0 ? -1 : v[i].ms * 1000000))
			fail_msg("%s: %" PRId64 " ns", v[i].packets,
			    n.rec.v[0]->s.rtt_ns);
		net_free(&n);
	}
}

static void
closed_ones_linger(void **state)
{
	struct talk a = talk_of(5, 1000, 2000, false);
	struct talk b = talk_of(6, 1000, 2000, false);
	struct net n;

	(void)state;
	net_init(&n, NULL);
	net_play(&n, &a, HELLO "> 'abc'; > F; < F; >; +100; -> 'abc' @0");
	net_play(&n, &b, "+19; > S");
	assert_int_equal(n.rec.n_closed, 0);
	assert_int_equal(n.rec.v[0]->settled, 1);
	net_play(&n, &b, "+2; > S");
	assert_int_equal(n.rec.n_closed, 1);
	assert_int_equal(flows_stats(n.flows).live, 1);
	net_play(&n, &a, "-> 'again' @0");
	net_end(&n);
	net_story(&n, "linger",
	    "0 SF ShADFfT fin/both syn/full c:abc c again 3\n"
	    "1 S0 S end/none syn/partial\n"
	    "2 OTH D end/none syn/none c:again +midstream +one_sided "
	    "+continued\n");
	net_free(&n);
}

/* Backscatter: what is closed by its first packet goes like the others. */
static void
closed_at_once(void **state)
{
	struct talk b = talk_of(6, 1000, 2000, false);
	struct net n;

	(void)state;
	net_init(&n, NULL);
	for (unsigned port = 100; port < 110; port++) {
		struct talk a = talk_of(port, 1000, 2000, false);

		net_play(&n, &a, "< R");
	}
	net_play(&n, &b, "+121; > S");
	assert_int_equal(n.rec.n_closed, 10);
	net_end(&n);
	net_free(&n);
}

static void
idle_ones_end(void **state)
{
	struct model_config cfg;
	struct talk a = talk_of(5, 1000, 2000, false);
	struct talk b = talk_of(6, 1000, 2000, false);
	struct talk c = talk_of(7, 1000, 2000, false);
	struct net n;

	(void)state;
	net_config(&cfg);
	cfg.idle_ns = 60 * (int64_t)1000000000;
	net_init(&n, &cfg);
	net_play(&n, &a, HELLO "> 'q'; +50; < 'a'");
	net_play(&n, &b, "> S; +50; > S; +20");
	net_play(&n, &c, "> S");
	assert_int_equal(n.rec.n_closed, 1);
	net_play(&n, &c, "+50; > S");
	net_play(&n, &a, "> 'b'");
	net_end(&n);
	net_story(&n, "idle",
	    "0 S1 ShADd idle/none syn/full c:q s:a\n"
	    "1 S0 S idle/none syn/partial\n"
	    "2 S0 S end/none syn/partial\n"
	    "3 OTH D end/none syn/none c:b +midstream +one_sided "
	    "+continued\n");
	net_free(&n);
}

/* Those that are packed end like the others. */
static void
idle_ones_that_are_packed_end(void **state)
{
	static struct talk t[9];
	struct model_config cfg;
	struct net n;

	(void)state;
	net_config(&cfg);
	cfg.idle_ns = 60 * (int64_t)1000000000;
	cfg.whole_max = 3;
	net_init(&n, &cfg);
	for (unsigned i = 0; i < COUNT(t); i++) {
		t[i] = talk_of(100 + i, 1000, 2000, i & 1);
		net_play(&n, &t[i], HELLO "> 'q'; < 'a'");
	}
	net_play(&n, &t[1], "+40; > 'r'");
	/* The first time so far ahead is not believed by itself. */
	net_play(&n, &t[0], "+62; > 'late'");
	assert_int_equal(n.rec.n_closed, 0);
	net_play(&n, &t[0], "> 'too'");
	assert_int_equal(n.rec.n_closed, COUNT(t));
	for (unsigned i = 0; i < COUNT(t); i++)
		assert_int_equal(record_find(&n.rec, i)->s.close, CLOSE_IDLE);
	net_end(&n);
	assert_int_equal(n.rec.n, COUNT(t) + 1);
	net_free(&n);
}

/* Where time goes on though nothing comes. */
static void
ticks(void **state)
{
	struct model_config cfg;
	struct talk a = talk_of(5, 1000, 2000, false);
	struct talk b = talk_of(6, 1000, 2000, false);
	struct net n;

	(void)state;
	net_config(&cfg);
	cfg.idle_ns = 60 * (int64_t)1000000000;
	cfg.linger_ns = 5 * (int64_t)1000000000;
	net_init(&n, &cfg);
	flows_tick(n.flows, n.now_ns);
	net_play(&n, &a, HELLO "> 'q'; < 'a'");
	net_play(&n, &b, HELLO "> F; < F; >");
	flows_tick(n.flows, n.now_ns + 4 * (int64_t)1000000000);
	assert_int_equal(n.rec.n_closed, 0);
	flows_tick(n.flows, n.now_ns + 6 * (int64_t)1000000000);
	assert_int_equal(n.rec.n_closed, 1);
	flows_tick(n.flows, n.now_ns);
	flows_tick(n.flows, INT64_MIN);
	assert_int_equal(n.rec.n_closed, 1);
	/* A time alone that is so far ahead may be wrong. */
	flows_tick(n.flows, n.now_ns + 67 * (int64_t)1000000000);
	assert_int_equal(n.rec.n_closed, 1);
	flows_pass(n.flows, 50 * (int64_t)1000000000);
	assert_int_equal(n.rec.n_closed, 1);
	flows_pass(n.flows, 10 * (int64_t)1000000000);
	assert_int_equal(n.rec.n_closed, 2);
	net_end(&n);
	net_story(&n, "ticks",
	    "1 SF ShAFf fin/both syn/full\n"
	    "0 S1 ShADd idle/none syn/full c:q s:a\n");
	net_free(&n);
}

/* A clock that goes back, or far beyond anything, ends nothing too early. */
static void
odd_clocks(void **state)
{
	struct model_config cfg;
	struct talk a = talk_of(5, 1000, 2000, false);
	struct net n;

	(void)state;
	net_config(&cfg);
	cfg.idle_ns = INT64_MAX / 16;
	net_init(&n, &cfg);
	n.now_ns = INT64_MIN;
	net_play(&n, &a, "> S; < SA");
	n.now_ns = 0;
	net_play(&n, &a, ">; > 'q'");
	n.now_ns = -1000;
	net_play(&n, &a, "< 'a'; > F; < F; >");
	n.now_ns = INT64_MAX - 100000000;
	a = talk_of(6, 1000, 2000, false);
	net_play(&n, &a, "> S");
	n.now_ns = INT64_MIN + 5;
	net_play(&n, &a, "< SA");
	net_end(&n);
	assert_int_equal(n.rec.n, 3);
	net_free(&n);
}

/* ---- many ---- */

/* Numbers go by the first packet, lines by the last. */
static void
numbers(void **state)
{
	struct talk t[6];
	struct net n;

	(void)state;
	net_init(&n, NULL);
	for (unsigned i = 0; i < 6; i++) {
		t[i] = talk_of(100 + i, 1000, 2000, i & 1);
		net_play(&n, &t[i], "> S");
	}
	for (unsigned i = 6; i-- > 0;)
		if (i != 2 && i != 5)
			net_play(&n, &t[i], "< SA; >; > 'x'");
	net_play(&n, &t[3], "> F; < F; >");
	net_play(&n, &t[1], "> R");
	assert_int_equal(n.rec.n_closed, 0);
	net_end(&n);

	static const uint64_t order[] = { 3, 1, 0, 2, 4, 5 };

	assert_int_equal(n.rec.n_closed, 6);
	for (size_t i = 0; i < 6; i++) {
		struct rec_session *rs = record_find(&n.rec, i);

		assert_int_equal(n.rec.closed[i], order[i]);
		assert_int_equal(rs->s.first_packet, i + 1);
		assert_int_equal(rs->s.client.port, 100 + i);
	}
	assert_int_equal(flows_stats(n.flows).sessions, 6);
	net_free(&n);
}

static void
sides(void **state)
{
	struct talk t = talk_of(5, 1000, 2000, false);
	struct net n;
	const struct session *s;

	(void)state;
	net_init(&n, NULL);
	net_play(&n, &t, HELLO "> 'abc'; < w0; -> 'abc' @0; < 'de'; > R");
	net_end(&n);
	s = &n.rec.v[0]->s;
	assert_int_equal(s->side[0].packets, 5);
	assert_int_equal(s->side[1].packets, 3);
	assert_int_equal(s->side[0].bytes, 3);
	assert_int_equal(s->side[1].bytes, 2);
	assert_int_equal(s->side[0].flags, TCP_SYN | TCP_ACK | TCP_RST);
	assert_int_equal(s->side[1].flags, TCP_SYN | TCP_ACK);
	assert_int_equal(s->side[0].retransmitted, 3);
	assert_int_equal(s->side[1].zero_window, 1);
	assert_int_equal(s->first_packet, 1);
	assert_int_equal(s->last_packet, 8);
	assert_int_equal(s->end_ns - s->start_ns, 7000000);
	net_free(&n);
}

static void
give_syn(struct net *n, uint32_t i)
{
	struct segment s = {
		.src = { { 11, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
			     (uint8_t)i },
		    1024, 4 },
		.dst = { { 10, 0, 0, 5 }, 80, 4 },
		.flags = TCP_SYN,
		.seq = i,
		.window = 1000,
		.wscale = SEGMENT_NO_WSCALE,
	};

	net_give(n, &s);
}

/* Every session that was begun is told of exactly once (record.c aborts on a
 * second time). */
static void
all_told_once(struct net *n)
{
	net_end(n);
	assert_int_equal(n->rec.n, flows_stats(n->flows).sessions);
	for (size_t i = 0; i < n->rec.n; i++)
		assert_true(n->rec.v[i]->closed);
}

static void
half_open_ones_are_evicted_first(void **state)
{
	struct model_config cfg;
	struct talk t = talk_of(5, 1000, 2000, false);
	struct flows_stats st;
	struct net n;

	(void)state;
	net_config(&cfg);
	cfg.max_memory = (size_t)200 << 10;
	net_init(&n, &cfg);
	net_play(&n, &t, HELLO "> 'q'; < 'a'");
	for (uint32_t i = 0; i < 5000; i++) {
		give_syn(&n, i);
		st = flows_stats(n.flows);
		assert_true(st.live * 64 <= cfg.max_memory);
	}
	assert_true(st.evicted_half_open > 2000);
	assert_int_equal(st.evicted, 0);
	/* The one with data lives. */
	net_play(&n, &t, "> 'more'; > F; < F; >");
	all_told_once(&n);

	const struct rec_session *first = record_find(&n.rec, 0);

	assert_string_equal(first->state, "SF");
	assert_int_equal(first->data[0].n, 5);
	assert_int_equal(record_find(&n.rec, 1)->s.close, CLOSE_EVICTED);
	assert_int_equal(record_find(&n.rec, 5000)->s.close, CLOSE_END);
	net_free(&n);
}

static void
the_silent_are_evicted(void **state)
{
	struct model_config cfg;
	struct net n;
	static struct talk t[300];

	(void)state;
	net_config(&cfg);
	cfg.max_memory = (size_t)100 << 10;
	net_init(&n, &cfg);
	for (unsigned i = 0; i < COUNT(t); i++) {
		t[i] = talk_of(1000 + i, i, 2 * i, i & 1);
		net_play(&n, &t[i], HELLO "> 'hello'; ~> 'hole'; > 'held'");
		assert_true(flows_stats(n.flows).live * sizeof(struct conn) <=
		    cfg.max_memory);
	}
	assert_true(flows_stats(n.flows).evicted > 200);
	assert_int_equal(n.rec.closed[0], 0);
	net_play(&n, &t[0], "> 'back'; < 'yes'; > F; < F; >");
	all_told_once(&n);

	struct rec_session *rs = record_find(&n.rec, 0);

	assert_int_equal(rs->s.close, CLOSE_EVICTED);
	assert_string_equal(buf_cstr(&rs->turns), "c:hello c!4 c:held");
	rs = n.rec.v[n.rec.n - 1];
	assert_int_equal(rs->s.notes & (NOTE_CONTINUED | NOTE_MIDSTREAM),
	    NOTE_CONTINUED | NOTE_MIDSTREAM);
	assert_string_equal(buf_cstr(&rs->turns), "c:back s:yes");
	net_free(&n);
}

/* Memory that a connection has beside its record counts, whatever for. */
static void
assert_few_live(const char *packets, const char *end, size_t each)
{
	struct model_config cfg;
	struct net n;

	net_config(&cfg);
	cfg.max_memory = (size_t)1 << 20;
	net_init(&n, &cfg);
	for (unsigned i = 0; i < 600; i++) {
		struct talk t = talk_of(1000 + i, i, 2 * i, i & 1);

		net_play(&n, &t, HELLO);
		for (unsigned k = 0; k < 10; k++)
			net_play(&n, &t, packets);
		net_play(&n, &t, end);
		if (flows_stats(n.flows).live * each > cfg.max_memory)
			fail_msg("%.20s: %" PRIu64 " live", packets,
			    flows_stats(n.flows).live);
	}
	all_told_once(&n);
	net_free(&n);
}

static void
everything_counts(void **state)
{
	char text[1100], end[1100];

	(void)state;
	/* The bytes delivered last. */
	snprintf(text, sizeof(text), "> '%0500d'; < '%0500d'", 0, 0);
	assert_few_live(text, "", 2 * HISTORY_MAX);
	/* A next connection, perhaps, with text. */
	snprintf(end, sizeof(end), "-> S =5 '%01000d'", 0);
	assert_few_live("", end, 1000 + sizeof(struct conn));
	/* Holes that are listed. */
	assert_few_live("> 'ab' c2; < 'ab' c2", "",
	    sizeof(struct conn) + 2 * sizeof(struct stream_rare) +
		20 * sizeof(struct gap));
}

/* A single connection must keep to the limit as well. */
static void
one_that_holds_too_much(void **state)
{
	struct model_config cfg;
	struct talk t = talk_of(5, 1000, 2000, false);
	struct net n;

	(void)state;
	net_config(&cfg);
	cfg.max_memory = (size_t)100 << 10;
	net_init(&n, &cfg);
	net_play(&n, &t, HELLO "> 'q'");
	for (unsigned i = 0; i < 5000; i++) {
		char packet[32];

		snprintf(packet, sizeof(packet), "> 'x' @%u", 3 + 2 * i);
		net_play(&n, &t, packet);
	}
	assert_true(flows_stats(n.flows).evicted >= 1);
	all_told_once(&n);

	size_t bytes = 0;

	for (size_t i = 0; i < n.rec.n; i++)
		bytes += n.rec.v[i]->data[0].n;
	assert_int_equal(bytes, 5001);
	net_free(&n);
}

/* Random beginnings of many connections, with little memory. */
static void
few_at_a_time(void **state)
{
	static const char *const says[] = { "> S", "< SA", ">", "> 'abc'",
		"< 'de'", "~> 'xy'; > 'z'", "> F", "< F", "< R", "^> 'o'; !" };
	static struct talk t[40];
	struct model_config cfg;
	uint32_t x = 12345;

	(void)state;
	net_config(&cfg);
	for (size_t limit = 1; limit <= (size_t)1 << 17; limit *= 8) {
		struct net n;

		cfg.max_memory = limit;
		net_init(&n, &cfg);
		for (unsigned i = 0; i < COUNT(t); i++)
			t[i] = talk_of(1000 + i, i, 2 * i, i & 1);
		for (unsigned i = 0; i < 4000; i++) {
			x = x * 1664525 + 1013904223;
			net_play(&n, &t[(x >> 24) % COUNT(t)],
			    says[(x >> 16) % COUNT(says)]);
			assert_true(
			    flows_stats(n.flows).live <= 1 + limit / 64);
		}
		all_told_once(&n);
		net_free(&n);
	}
}

/* What is open is dropped without a word. */
static void
thrown_away(void **state)
{
	struct talk t = talk_of(5, 1000, 2000, false);
	struct net n;

	(void)state;
	net_init(&n, NULL);
	net_end(&n);
	net_play(&n, &t, "> S; > S");
	net_free(&n);
	flows_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vlans),
		cmocka_unit_test(round_trip_time),
		cmocka_unit_test(closed_ones_linger),
		cmocka_unit_test(closed_at_once),
		cmocka_unit_test(idle_ones_end),
		cmocka_unit_test(idle_ones_that_are_packed_end),
		cmocka_unit_test(ticks),
		cmocka_unit_test(odd_clocks),
		cmocka_unit_test(numbers),
		cmocka_unit_test(sides),
		cmocka_unit_test(half_open_ones_are_evicted_first),
		cmocka_unit_test(the_silent_are_evicted),
		cmocka_unit_test(everything_counts),
		cmocka_unit_test(one_that_holds_too_much),
		cmocka_unit_test(few_at_a_time),
		cmocka_unit_test(thrown_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
