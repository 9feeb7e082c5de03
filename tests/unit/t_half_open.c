/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_half_open.c: connections that are nothing but SYNs cost little, whatever
 * the SYNs are like, and nobody can tell from what is said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/net.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The facts of all sessions; `whole`: none is ever half-open. */
static void
tell(const char *packets, enum checksum_policy policy, bool whole,
    struct buf *out)
{
	struct talk t = talk_of(40000, 70000, 90000, false);
	struct model_config cfg;
	struct net n;

	net_config(&cfg);
	cfg.checksum = policy;
	net_init(&n, &cfg);
	/* Who wants packets gets no half-open records. */
	if (whole)
		net_want_packets(&n);
	net_play(&n, &t, packets);
	net_end(&n);
	record_story(&n.rec, out);
	for (size_t i = 0; i < n.rec.n; i++) {
		const struct session *s = &n.rec.v[i]->s;

		buf_printf(out, "%d %d %d:", (int)s->start_ns, (int)s->end_ns,
		    (int)s->rtt_ns);
		for (int d = 0; d < 2; d++)
			buf_printf(out, " %d %d %d %x", (int)s->side[d].packets,
			    (int)s->side[d].bad_checksum,
			    (int)s->side[d].ip_bytes, s->side[d].flags);
		buf_byte(out, '\n');
	}
	net_free(&n);
}

static void
facts_are_the_same(void **state)
{
	static const char *const v[] = {
		"> S",
		"> S; > S",
		"> S w0; > S w0",
		"> S w0; > S w0; < SA; > 'abc'",
		"> S b",
		"> S b; > S b; > S b",
		("> S b; > S b; > S b; > S b; > S b; > S b; > S b; > S b; "
		 "> S b; > S b; > S b"),
		"> S b; > S",
		"> S; > S b",
		"> S b; > S b; > S g; > S b; < SA; >; > 'abc'",
		"> S b; > S b; +2; < SA; >; > 'abc'; < 'de'; > F; < F; >",
		"> S b; < R A",
		"> S b; > S b =123; < SA",
		"> S b; < S b; < SA; > A",
		"> S g; > S g; < SA g; > g; > 'evil' b; -> 'good' @0 g; < a4",
		"> S; < SA g; >; > 'evil' b; -> 'good' @0 g; < a4",
		"> S b; < SA g; > g; > 'abc' b; < a3",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		for (int p = CHECKSUMS_AUTO; p <= CHECKSUMS_DROP; p++) {
			enum checksum_policy policy = (enum checksum_policy)p;
			struct buf small = { 0 }, whole = { 0 };

			tell(v[i], policy, false, &small);
			tell(v[i], policy, true, &whole);
			if (strcmp(buf_cstr(&small), buf_cstr(&whole)) != 0)
				fail_msg("%s\n%snot\n%s", v[i],
				    buf_cstr(&small), buf_cstr(&whole));
			buf_free(&small);
			buf_free(&whole);
		}
	}
}

/* So many bytes are enough for a record and too few for a connection. */
static void
records_are_small(void **state)
{
	static const char *const v[] = { "> S", "> S g", "> S b", "> S w0",
		"> S b; > S b" };

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		struct model_config cfg;
		struct net n;

		net_config(&cfg);
		cfg.max_memory = (uint64_t)128 * 1000;
		net_init(&n, &cfg);
		for (unsigned port = 1; port <= 1000; port++) {
			struct talk t = talk_of(port, 5, 6, false);

			net_play(&n, &t, v[i]);
		}
		assert_int_equal(flows_stats(n.flows).live, 1000);
		net_end(&n);
		net_free(&n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_are_the_same),
		cmocka_unit_test(records_are_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
