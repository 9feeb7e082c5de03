/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_conn_pack.c: connections that are packed between their packets come to the
 * same as those that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/net.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define STEPS_MAX 16

/* Conversations, packet by packet. */
static const char *const talks[][STEPS_MAX] = {
	{ "> S", "< SA", ">", "> 'one'", "< 'two'", "> 'three'", "<", "> F",
	    "< F", ">" },
	{ "> S k7", "> S k7", "< SA k3", "> w9", "> 'abc' w0", "< 'def'",
	    "> w5", "< 'ghi' F", "> F", "<" },
	{ "> S", "< SA", ">", "-> @3 'def'", "> 'abcdef'", "<", "> R" },
	{ "> S", "< SA", ">", "> 'abc'", "-> @0 'abc'", "< 'x'", "< 'yz'" },
	{ "> 'mid'", "< 'stream'", "> 'more'", "< 'words'" },
	{ "~> 'unseen'", "< 'only'", "< 'one'", "< 'side'" },
	{ "> S", "> S", "> S", "> S" },
	{ "> S", "< R" },
	{ "> S", "~< SA", ">", "> 'asked'", "< 'answered'", "> F" },
	{ "> S 'early'", "< SA", ">", "< 'late'", "< F", "> 'on'", "> F", "<" },
	{ "> S b", "< SA g", "> b", "> 'bad' b", "< 'good' g" },
	{ "> S", "< SA", ">", "~> 'hole'", "> 'after'", "< 'x'", "+3", "< 'y'",
	    "+70", "> 'z'", "+900", "> 'late'" },
	{ "> S", "< SA", ">", "> 'abc' c20", "< 'd' c7", "> 'efg'" },
	{ "> S", "+6", "< SA", "+6", ">", "+6", "> 'slow'", "+6", "< 'so'" },
	/* What no receiver takes, by what is remembered of earlier ones. */
	{ "> S t100", "< SA t50", "> t101", "-> 'old' t9", "> 'one' t102",
	    "< 'two' t51", "> t103", "-< 'old' t1", "< 'three' t52", "> t104" },
	{ "> S I", "< SA I", "> I", "-> 'bad' i", "> 'good' I", "< 'yes' i",
	    "<" },
	{ "> S w5", "< SA w5", "> w5", "> 'abcdefghijkl' w5", "<",
	    "< 'x' a12 w5", "-< 'y' a1 w5", "< 'z' a12 w5" },
	{ "> S", "< SA", ">", "> F", "< 'half'", "< 'closed'", "< F", ">",
	    "-> @0 F", "-> @0 R" },
};

/* All of them at the same time, three of each; the story is appended. */
static void
all_at_once(const struct model_config *cfg, struct buf *story)
{
	static struct talk t[COUNT(talks)][3];
	struct net n;

	net_init(&n, cfg);
	for (unsigned k = 0; k < COUNT(talks); k++)
		for (unsigned i = 0; i < 3; i++)
			t[k][i] =
			    talk_of(1000 + 3 * k + i, 0U - k, 77 * i, i == 1);
	for (size_t step = 0; step < STEPS_MAX; step++)
		for (size_t k = 0; k < COUNT(talks); k++)
			for (size_t i = 0; i < 3; i++)
				if (talks[k][step] != NULL)
					net_play(&n, &t[k][i], talks[k][step]);
	net_end(&n);
	record_story(&n.rec, story);
	for (size_t i = 0; i < n.rec.n_closed; i++) {
		const struct session *s =
		    &record_find(&n.rec, n.rec.closed[i])->s;

		buf_printf(story, "%" PRId64 " %" PRId64 " %" PRId64 "\n",
		    s->rtt_ns, s->wait_ns[0], s->wait_ns[1]);
	}
	net_free(&n);
}

static void
same_story(void **state)
{
	struct buf whole = { 0 };
	struct model_config cfg;

	(void)state;
	net_config(&cfg);
	all_at_once(&cfg, &whole);
	assert_true(whole.n > 1000);
	for (uint32_t most = 1; most < 40; most += 7) {
		struct buf packed = { 0 };

		cfg.whole_max = most;
		all_at_once(&cfg, &packed);
		assert_string_equal(buf_cstr(&packed), buf_cstr(&whole));
		buf_free(&packed);
	}
	buf_free(&whole);
}

/* n connections that stay open; returns how many were given up. */
static uint64_t
given_up(uint32_t n_talks, uint32_t whole_max)
{
	static struct talk t[5000];
	struct model_config cfg;
	struct net n;
	uint64_t lost;

	assert_true(n_talks <= COUNT(t));
	net_config(&cfg);
	cfg.whole_max = whole_max;
	cfg.max_memory = n_talks * (size_t)250;
	net_init(&n, &cfg);
	n.rec.events.wants_turns = false;
	for (uint32_t i = 0; i < n_talks; i++) {
		t[i] = talk_of(1024 + i, i, ~i, false);
		net_play(&n, &t[i],
		    "> S I t1; < SA I t1; > t2; > 'some words' t3");
	}
	for (uint32_t i = 0; i < n_talks; i++)
		net_play(&n, &t[i], "< 'and others' t2; > t4");
	lost = flows_stats(n.flows).evicted;
	net_end(&n);
	net_free(&n);
	return lost;
}

static void
many_take_little(void **state)
{
	(void)state;
	assert_int_equal(given_up(5000, 100), 0);
	assert_true(given_up(5000, 5000) > 1000);
}

/* One whose packets are counted beyond what a small form can hold, and whose
 * numbers run through all there are. */
static void
large_numbers(void **state)
{
	struct buf stories[2] = { { 0 }, { 0 } };

	(void)state;
	for (uint32_t k = 0; k < 2; k++) {
		struct model_config cfg;
		struct talk t[2];
		struct net n;

		net_config(&cfg);
		cfg.whole_max = 1;
		cfg.stream.max_gap = (uint64_t)1 << 30;
		net_init(&n, k == 0 ? &cfg : NULL);
		if (k == 1)
			n.cfg.stream.max_gap = cfg.stream.max_gap;
		for (unsigned i = 0; i < 2; i++) {
			t[i] = talk_of(5000 + i, 1, 2, i == 1);
			net_play(&n, &t[i], "> S; < SA; >");
		}
		/* Nine steps of half a gigabyte. */
		for (unsigned step = 0; step < 9; step++)
			for (unsigned i = 0; i < 2; i++) {
				t[i].sent[0] += (uint64_t)1 << 29;
				net_play(&n, &t[i], "<; > 'x'; < 'y'");
			}
		net_end(&n);
		record_story(&n.rec, &stories[k]);
		net_free(&n);
	}
	assert_true(stories[0].n > 0);
	assert_string_equal(buf_cstr(&stories[0]), buf_cstr(&stories[1]));
	buf_free(&stories[0]);
	buf_free(&stories[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_story),
		cmocka_unit_test(many_take_little),
		cmocka_unit_test(large_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
