/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_diagnosis.c: what went wrong in a session, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/diagnosis.h"

#define MS ((int64_t)1000000)

/* A session that nothing is wrong with. */
static const struct session good = {
	.proto = PROTO_TCP,
	.close = CLOSE_FIN,
	.closed_by = CLOSED_BY_BOTH,
	.state = CONN_STATE_SF,
	.history = "ShADadFf",
	.handshake = HANDSHAKE_FULL,
	.rtt_ns = 20 * MS,
	.wait_ns = { 5 * MS, 30 * MS },
	.side = { { .packets = 6, .bytes = 1000, .flags = TCP_ACK | TCP_FIN },
	    { .packets = 6, .bytes = 1000, .flags = TCP_ACK | TCP_FIN } },
};

static void
check(const struct session *s, const char *want)
{
	char text[DIAGNOSIS_MAX];

	*diagnosis_put(text, diagnose(s, NULL), ", ", s) = '\0';
	assert_string_equal(text, want);
}

static void
nothing(void **state)
{
	struct session s = good;

	(void)state;
	s.rtt_ns = 1000 * MS;
	check(&s, "");
	s.wait_ns[0] = 10000 * MS;
	s.wait_ns[1] = 1000 * MS;
	check(&s, "");
	s.proto = PROTO_UDP;
	s.state = CONN_STATE_S0;
	s.close = CLOSE_END;
	check(&s, "");
}

static void
without_connection(void **state)
{
	struct session s = good;

	(void)state;
	s.state = CONN_STATE_S0;
	s.close = CLOSE_END;
	check(&s, "no answer");
	s.close = CLOSE_IDLE;
	check(&s, "no answer");
	s.state = CONN_STATE_REJ;
	s.close = CLOSE_RST;
	s.closed_by = CLOSED_BY_SERVER;
	check(&s, "refused");
}

static void
slow(void **state)
{
	struct session s = good;

	(void)state;
	s.rtt_ns = 1001 * MS;
	check(&s, "handshake took 1.0 s");
	s.rtt_ns = -1;
	s.wait_ns[1] = 3299 * MS;
	check(&s, "server took 3.2 s");
	s.rtt_ns = 61999 * MS;
	check(&s, "handshake took 61.9 s, server took 3.2 s");
}

static void
endings(void **state)
{
	struct session s = good;

	(void)state;
	s.close = CLOSE_RST;
	s.state = CONN_STATE_RSTO;
	s.closed_by = CLOSED_BY_CLIENT;
	/* The server had said that it was done. */
	check(&s, "");
	s.side[1].flags = TCP_ACK;
	check(&s, "reset by client");
	s.side[0].flags = TCP_ACK;
	s.closed_by = CLOSED_BY_SERVER;
	check(&s, "reset by server");
	s.closed_by = CLOSED_BY_BOTH;
	check(&s, "reset by both");

	s.state = CONN_STATE_S2;
	s.close = CLOSE_END;
	s.closed_by = CLOSED_BY_CLIENT;
	check(&s, "closed by client only");
	s.close = CLOSE_IDLE;
	s.closed_by = CLOSED_BY_SERVER;
	check(&s, "closed by server only");
	s.closed_by = CLOSED_BY_NONE;
	check(&s, "fell silent");
	s.close = CLOSE_END;
	check(&s, "open at the end");
	s.close = CLOSE_EVICTED;
	check(&s, "evicted");
	s.close = CLOSE_REUSE;
	check(&s, "addresses reused");
}

static void
sides(void **state)
{
	struct session s = good;

	(void)state;
	/* 52 of 1052 are less than a twentieth, 53 of 1053 more. */
	s.side[0].retransmitted = 52;
	check(&s, "");
	s.side[0].retransmitted = 53;
	check(&s, "client repeats 5%");
	s.side[1].retransmitted = 1000;
	check(&s, "server repeats 50%");
	s.side[0].retransmitted = s.side[1].retransmitted = 0;
	s.side[0].missing = 5;
	s.side[1].missing = 6;
	check(&s, "11 bytes missing");
	s.side[0].missing = s.side[1].missing = 0;
	s.side[0].zero_window = 2;
	check(&s, "zero window of client");
	s.side[1].zero_window = 1;
	check(&s, "zero window of both");
	s.side[0].zero_window = 0;
	s.close = CLOSE_END;
	s.closed_by = CLOSED_BY_NONE;
	check(&s, "open at the end, zero window of server");
}

/* Every trouble has a name of its own. */
static void
names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TROUBLES; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(trouble_name((enum trouble)i),
			    trouble_name((enum trouble)j));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),
		cmocka_unit_test(without_connection),
		cmocka_unit_test(slow),
		cmocka_unit_test(endings),
		cmocka_unit_test(sides),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
