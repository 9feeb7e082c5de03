/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_packet.c: what is told of a session's packets: each one once, with its
 * numbers as the two sides count them and with what it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/net.h"
#include "flow/flow_save.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HELLO "> S; < SA; >; "
#define TOLD "> S 0; < S 0 a1; > 1 a1; "

static const uint32_t isns[][2] = {
	{ 1000, 700000000 },
	{ UINT32_MAX, 0 },
	{ UINT32_MAX - 3, UINT32_MAX - 10 },
	{ INT32_MAX, UINT32_MAX },
};

struct script {
	const char *packets;
	const char *told; /* of session 0 */
};

static void
check(const struct net *n, const char *packets, uint64_t number,
    const char *want)
{
	struct rec_session *rs = record_find(&n->rec, number);
	const char *got = rs != NULL ? buf_cstr(&rs->told) : "no session";

	if (strcmp(got, want) == 0)
		return;
	fprintf(stderr, "%s\n%s\nnot\n%s\n", packets, got, want);
	abort();
}

static void
run_script(const struct script *s, const struct model_config *cfg, size_t i,
    bool swap)
{
	struct talk t = talk_of(40000, isns[i][0], isns[i][1], swap);
	struct net n;

	net_init(&n, cfg);
	net_want_packets(&n);
	net_play(&n, &t, s->packets);
	net_end(&n);
	check(&n, s->packets, 0, s->told);
	net_free(&n);
}

static void
run_with(const struct script *v, size_t n, const struct model_config *cfg)
{
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < COUNT(isns); i++)
			for (int swap = 0; swap < 2; swap++)
				run_script(&v[k], cfg, i, swap);
}

static void
numbers(void **state)
{
	static const struct script v[] = {
		{ HELLO "> 'GET'; <; < 'OK'; >; > F; < F; >",
		    TOLD "> 1+3 a1; < 1 a4; < 1+2 a4; > 4 a3; > F 4 a3; "
			 "< F 3 a5; > 5 a4" },
		/* Nothing but a SYN, and a handshake with nothing in it. */
		{ "> S", "> S 0" },
		{ HELLO, "> S 0; < S 0 a1; > 1 a1" },
		{ "> S; < R A", "> S 0; < R 1 a1" },
		/* Without a SYN the first number heard counts as 1, ... */
		{ "> 'abc'; < 'de'; > 'f'", "> 1+3 a1; < 1+2 a4; > 4+1 a3" },
		/* ... also when it was an ACK's, and what is before it. */
		{ "> a0; < 'de'", "> 1 a1; < 1+2 a1" },
		{ "~> 'abc'; > 'def'; > 'abc' @0; < a6",
		    "> 1+3 a1; > -2+3 a1 late; < 1 a4" },
		/* A SYN that comes late makes the numbers right. */
		{ "^> S; < SA; >; !; > 'x'",
		    "< S 0 a1; > 1 a1; > S 0; > 1+1 a1" },
		{ "> S 'early'; < SA; >; < 'OK'",
		    "> S 0+5; < S 0 a6; > 6 a1; < 1+2 a6" },
		/* A SYN that begins nothing is the old session's. */
		{ HELLO "> 'ab'; -> S =123456789; < 'cd'; > 'ef'",
		    TOLD "> 1+2 a1; < 1+2 a3; > 3+2 a3; > S 0 wild" },
	};

	(void)state;
	run_with(v, COUNT(v), NULL);
}

static void
windows(void **state)
{
	static const struct script v[] = {
		{ "> S w100 k3; < SA w200 k14; > w300; < w400",
		    "> S 0 w100; < S 0 a1 w200; > 1 a1 w2400; "
		    "< 1 a1 w6553600" },
		/* Both must say it; 14 is the most (RFC 7323, 2.3). */
		{ "> S w100 k3; < SA w200; > w300",
		    "> S 0 w100; < S 0 a1 w200; > 1 a1 w300" },
		{ "> S k15; < SA k0; > w1", "> S 0; < S 0 a1; > 1 a1 w16384" },
		{ HELLO "< w0", TOLD "< 1 a1 w0 zero" },
		{ HELLO "> R w0", TOLD "> R 1 a1 w0" },
	};

	(void)state;
	run_with(v, COUNT(v), NULL);
}

static void
notes(void **state)
{
	static const struct script v[] = {
		/* Once more, whole or of two pieces; in part it is new. */
		{ HELLO "*> 'abc'; > 'bc' @1; > 'bcde' @1",
		    TOLD "> 1+3 a1; > 1+3 a1 again; > 2+2 a1 again; "
			 "> 2+4 a1" },
		{ "*> S; *< SA; >; *> F",
		    "> S 0; > S 0 again; < S 0 a1; < S 0 a1 again; "
		    "> 1 a1; > F 1 a1; > F 1 a1 again" },
		{ HELLO "^> 'abc'; > 'def'; !; < 'x'",
		    TOLD "> 4+3 a1 hole; > 1+3 a1 late; < 1+1 a7" },
		/* Keep-alives: without an octet, with garbage, with the last
		 * one that the peer has; one that it has not is no such. */
		{ HELLO "> 'abc'; < a3; > @2; > 'z' @2; > 'c' @2",
		    TOLD "> 1+3 a1; < 1 a4; > 3 a1 alive; > 3+1 a1 alive; "
			 "> 3+1 a1 alive" },
		{ HELLO "> 'abc'; > 'c' @2", TOLD "> 1+3 a1; > 3+1 a1 again" },
		/* RFC 5681: data is on the way, and nothing is new. */
		{ HELLO "> 'abc'; > 'def'; < a3; < a3; < a3 w9; < a6; < a6",
		    TOLD "> 1+3 a1; > 4+3 a1; < 1 a4; < 1 a4 dup; "
			 "< 1 a4 w9; < 1 a7; < 1 a7" },
		{ HELLO "> 'abc'; <  a0; < 'x' a0; < F a0",
		    TOLD "> 1+3 a1; < 1 a1 dup; < 1+1 a1; < F 2 a1" },
		{ HELLO "~> 'abc'; > 'def'; > F; < a0",
		    TOLD "> 4+3 a1 hole; > F 7 a1; < 1 a1 dup" },
		{ HELLO "~> 'abc'; > F", TOLD "> F 4 a1 hole" },
		{ HELLO "> 'abc' g; > 'def' b", TOLD "> 1+3 a1; > 4+3 a1 bad" },
		{ HELLO "-> 'far' @90000000; > 'near'",
		    TOLD "> 1+4 a1; > 90000001+3 a1 wild" },
		{ HELLO "> 'abc'; -> 'old' @-3; > 'x'",
		    TOLD "> 1+3 a1; > 4+1 a1; > -2+3 a1 wild" },
		{ HELLO "> 'abc'; < a3; -> R @-50; > 'x'",
		    TOLD "> 1+3 a1; < 1 a4; > R -49 a1 wild; > 4+1 a1" },
	};

	(void)state;
	run_with(v, COUNT(v), NULL);
}

/* What of a session is kept, or believed, changes nothing about its packets;
 * a session that is not wanted has none. */
static void
limits(void **state)
{
	static const struct script strict[] = {
		{ HELLO "> 'abcdef'", TOLD "> 1+6 a1" },
		{ HELLO "< w3; > 'abcdef'; > 'x' @9",
		    TOLD "< 1 a1 w3; > 1+6 a1; > 10+1 a1 hole" },
		{ "> 'abcdef'; < 'x'", "no session" },
	};
	static const struct script cut[] = {
		{ HELLO "> 'abcdef'; > 'ghi'", TOLD "> 1+6 a1; > 7+3 a1" },
	};
	uint16_t other = 81;
	struct model_config cfg;

	(void)state;
	net_config(&cfg);
	cfg.stream.strict = true;
	run_with(strict, COUNT(strict), &cfg);
	net_config(&cfg);
	cfg.stream.max_bytes = 2;
	run_with(cut, COUNT(cut), &cfg);
	cfg.selection.ports = &other;
	cfg.selection.n_ports = 1;
	run_with(&strict[2], 1, &cfg);
}

/* A candidate is the next session's, or nobody's twice. */
static void
next_session(void **state)
{
	static const char packets[] = HELLO "> 'a'; > S =5; < SA =9 a=6; "
					    "> 'b' =6 a=10";
	struct talk t = talk_of(40000, 70000, 90000, false);
	struct net n;

	(void)state;
	net_init(&n, NULL);
	net_want_packets(&n);
	net_play(&n, &t, packets);
	net_end(&n);
	check(&n, packets, 0, TOLD "> 1+1 a1");
	check(&n, packets, 1, "> S 0; < S 0 a1; > 1+1 a1");
	net_free(&n);
}

/* Half-open records are cheap as long as nobody wants their packets. */
static void
half_open_costs(void **state)
{
	uint16_t port = 81;
	struct selection other = { .ports = &port, .n_ports = 1 };

	(void)state;
	for (int wanted = 0; wanted < 2; wanted++) {
		struct talk t = talk_of(40000, 70000, 90000, false);
		struct model_config cfg;
		struct net n;

		net_config(&cfg);
		if (!wanted)
			cfg.selection = other;
		net_init(&n, &cfg);
		net_want_packets(&n);
		net_play(&n, &t, "> S");
		assert_int_equal(spill_memory(n.keep) > 0, wanted);
		net_end(&n);
		net_free(&n);
	}
}

struct bytes {
	struct buf b;
	size_t at;
};

static void
save(void *arg, const void *p, size_t n)
{
	buf_put(&((struct bytes *)arg)->b, p, n);
}

static bool
load(void *arg, void *p, size_t n)
{
	struct bytes *x = arg;

	if (n > x->b.n - x->at)
		return false;
	memcpy(p, x->b.p + x->at, n);
	x->at += n;
	return true;
}

/* Plays up to the '|', saves, and plays the rest in another run. */
static void
over_two_runs(const char *first, const char *second, bool first_wants,
    const char *want)
{
	struct talk t = talk_of(40000, UINT32_MAX - 2, 90000, false);
	struct bytes x = { 0 };
	struct net n;
	uint64_t packet;

	net_init(&n, NULL);
	flows_defer(n.flows);
	if (first_wants)
		net_want_packets(&n);
	net_play(&n, &t, first);
	packet = n.packet;
	flow_save_save(n.flows, save, &x);
	assert_int_equal(n.rec.n, 0);
	assert_int_equal(spill_memory(n.keep), 0);
	net_free(&n);

	net_init(&n, NULL);
	n.packet = packet;
	flows_defer(n.flows);
	net_want_packets(&n);
	if (!first_wants)
		n.rec.partly_told = true;
	assert_true(flow_save_load(n.flows, load, &x));
	assert_int_equal(x.at, x.b.n);
	net_play(&n, &t, second);
	net_end(&n);
	check(&n, first, 0, want);
	net_free(&n);
	buf_free(&x.b);
}

static void
saved(void **state)
{
	(void)state;
	over_two_runs(HELLO "> 'ab'; < 'c'", "> 'd'", true,
	    TOLD "> 1+2 a1; < 1+1 a3; > 3+1 a2");
	over_two_runs("> S", "> S", true, "> S 0; > S 0 again");
	over_two_runs(HELLO "-> S =777", "> 'd'", true,
	    TOLD "> 1+1 a1; > S 0 wild");
	/* Frames that nobody kept are not told. */
	over_two_runs(HELLO "> 'ab'; < 'c'", "> 'd'", false, "> 3+1 a2");
	over_two_runs("> S", "> S", false, "> S 0 again");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(windows),
		cmocka_unit_test(notes),
		cmocka_unit_test(limits),
		cmocka_unit_test(next_session),
		cmocka_unit_test(half_open_costs),
		cmocka_unit_test(saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
