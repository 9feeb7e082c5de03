/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_order_long.c: thousands of turns that wait all keep their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/net.h"

static void
play_pairs(struct net *n, struct talk *t, unsigned pairs)
{
	for (unsigned i = 0; i < pairs; i++)
		net_play(n, t, "> 'question'; < 'answer'");
}

/* The one session's turns: `pairs` times a question and its answer, of which
 * none crossed another, behind what `first` says. */
static void
check_turns(const struct net *n, const char *first, unsigned pairs)
{
	const struct rec_session *s = record_find(&n->rec, 0);
	struct buf want = { 0 };

	buf_printf(&want, "%s", first);
	for (unsigned i = 0; i < pairs; i++)
		buf_printf(&want, "%sc:question s:answer",
		    want.n > 0 ? " " : "");
	assert_non_null(s);
	assert_int_equal(s->turns.n, want.n);
	assert_memory_equal(s->turns.p, want.p, want.n);
	buf_free(&want);
}

/* Both sides wait until it is known where they begin. */
static void
session_without_syn(void **state)
{
	struct net n;
	struct talk t = talk_of(1, 77, 4000000000U, false);

	(void)state;
	net_init(&n, NULL);
	play_pairs(&n, &t, 1500);
	net_end(&n);
	check_turns(&n, "", 1500);
	net_free(&n);
}

/* All of it waits for a packet that was never captured. */
static void
behind_a_lost_packet(void **state)
{
	struct net n;
	struct talk t = talk_of(1, 77, 4000000000U, true);

	(void)state;
	net_init(&n, NULL);
	net_play(&n, &t, "> S; < S A; >; ~> 'GET'; < 'OK'");
	play_pairs(&n, &t, 5000);
	net_end(&n);
	check_turns(&n, "c!3 s:OK", 5000);
	net_free(&n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_without_syn),
		cmocka_unit_test(behind_a_lost_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
