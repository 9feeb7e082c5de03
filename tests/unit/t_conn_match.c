/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_conn_match.c: whether numbers fit, and which of two they fit better. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/conn_match.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define GAP 1000

/* Numbers 5000 to 5499 were used. */
static struct seq_space
space_of(uint32_t delta, bool has_isn)
{
	return (struct seq_space){ .known = true,
		.has_isn = has_isn,
		.isn = 4999 + delta,
		.end = 5500 + delta,
		.span = 500 };
}

static void
places(void **state)
{
	static const struct {
		uint32_t seq;
		int64_t with_isn;
		int64_t without;
	} v[] = {
		{ 5500, 0, 0 },
		{ 5600, 100, 100 },
		{ 5400, -100, -100 },
		{ 5000, -500, -500 },
		{ 4999, -501, -501 },
		/* Nobody has been there: it lies ahead. */
		{ 4998, 0xfffffe0a, -502 },
		{ 4000, 0xfffffa24, -1500 },
		{ 3999, 0xfffffa23, 0xfffffa23 },
		{ 5500 + 3000000000U, 3000000000, 3000000000 },
	};
	static const uint32_t deltas[] = { 0, 1, 0xffffeb00, 0x7fffffff };

	(void)state;
	for (size_t k = 0; k < COUNT(deltas); k++) {
		struct seq_space a = space_of(deltas[k], true);
		struct seq_space b = space_of(deltas[k], false);

		for (size_t i = 0; i < COUNT(v); i++) {
			uint32_t seq = v[i].seq + deltas[k];

			assert_true(
			    seq_space_place(&a, seq, GAP) == v[i].with_isn);
			assert_true(
			    seq_space_place(&b, seq, GAP) == v[i].without);
		}
	}
}

static struct seq_match
match_of(uint32_t seq, uint32_t ack, uint8_t flags)
{
	const struct conn_numbers n = { .space = { space_of(0, true),
					    space_of(70000, false) } };
	const struct segment seg = {
		.seq = seq,
		.ack = ack,
		.flags = flags,
	};

	return conn_match(&n, 0, &seg, GAP);
}

static void
both_numbers_decide(void **state)
{
	struct seq_match m;

	(void)state;
	m = match_of(5500, 75500, TCP_ACK);
	assert_true(match_fits(&m));
	m = match_of(6500, 76500, TCP_ACK);
	assert_true(match_fits(&m));
	m = match_of(6501, 75500, TCP_ACK);
	assert_true(!m.seq_fits && m.ack_fits && !match_fits(&m));
	m = match_of(5500, 76501, TCP_ACK);
	assert_true(m.seq_fits && !m.ack_fits && !match_fits(&m));
	/* Without the flag there is one number. */
	m = match_of(5500, 0, TCP_RST);
	assert_true(match_fits(&m) && !m.ack_known);
}

static void
the_nearer_is_better(void **state)
{
	const struct seq_match here = { .seq_known = true, .ack_known = true };
	struct seq_match far = here, half = here, way = here;

	(void)state;
	far.ack = -10;
	assert_true(match_is_better(&here, &far));
	assert_false(match_is_better(&far, &here));
	/* What only one of them knows says nothing of the other. */
	half.ack_known = false;
	half.seq = 3;
	far.seq = 4;
	assert_true(match_is_better(&half, &far));
	half.seq = 4;
	assert_true(match_is_better(&far, &half));
	way.path = 1;
	assert_true(match_is_better(&way, &here));
	assert_false(match_is_better(&here, &here));
}

static void
ways(void **state)
{
	struct segment a = { .hop.vlan = 7,
		.tunnel = 9,
		.hop.has_src = true,
		.hop.has_dst = true,
		.hop.src_mac = { 2, 0, 0, 0, 0, 1 },
		.hop.dst_mac = { 2, 0, 0, 0, 0, 2 } };
	struct segment b = a;

	(void)state;
	assert_int_equal(segment_path_in_common(segment_path(&a),
			     segment_path(&b)),
	    4);
	/* The same two, in the other direction. */
	for (int i = 0; i < 6; i++) {
		b.hop.src_mac[i] = a.hop.dst_mac[i];
		b.hop.dst_mac[i] = a.hop.src_mac[i];
	}
	assert_int_equal(segment_path_in_common(segment_path(&a),
			     segment_path(&b)),
	    4);
	b.hop.vlan = 8;
	assert_int_equal(segment_path_in_common(segment_path(&a),
			     segment_path(&b)),
	    3);
	b.tunnel = 10;
	b.interface = 1;
	assert_int_equal(segment_path_in_common(segment_path(&a),
			     segment_path(&b)),
	    1);
	assert_int_equal(segment_path_in_common(segment_path(&a), 0), 0);
}

static void
beginnings(void **state)
{
	const struct segment syn = {
		.src = { .port = 1 },
		.seq = 50,
		.flags = TCP_SYN,
	};
	struct conn_numbers n = conn_numbers_of_first(0, &syn);
	struct segment seg = { .seq = 70,
		.ack = 51,
		.flags = TCP_SYN | TCP_ACK };

	(void)state;
	assert_true(conn_match_syn_ack(&n, 1, &seg, GAP));
	seg.ack = 52;
	assert_false(conn_match_syn_ack(&n, 1, &seg, GAP));
	assert_true(conn_match_syn(&n, 0, &syn, GAP));
	seg = (struct segment){ .seq = 51, .flags = TCP_SYN };
	assert_false(conn_match_syn(&n, 0, &seg, GAP));
	/* All there is are SYNs that nobody answered: the next may begin. */
	n.space[0].syn_seen = 1;
	assert_true(conn_may_be_followed(&n, 0, &seg));
	n.space[1].syn_seen = 2;
	assert_false(conn_may_be_followed(&n, 0, &seg));
	n.space[0].fin = true;
	assert_true(conn_may_be_followed(&n, 0, &seg));
	assert_false(conn_may_be_followed(&n, 1, &seg));
	n.closed = true;
	assert_true(conn_may_be_followed(&n, 1, &seg));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(both_numbers_decide),
		cmocka_unit_test(the_nearer_is_better),
		cmocka_unit_test(ways),
		cmocka_unit_test(beginnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
