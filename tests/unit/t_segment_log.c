/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_segment_log.c: a segment that was kept comes back with all it had. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "flow/segment_log.h"

static const struct endpoint ends[2] = {
	{ .addr = { 10, 0, 0, 1 }, .port = 40000, .family = 4 },
	{ .addr = { 10, 0, 0, 2 }, .port = 80, .family = 4 },
};

static struct segment
full_segment(void)
{
	return (struct segment){
		.src = ends[1],
		.dst = ends[0],
		.seq = 0xfedcba98,
		.ack = 0x12345678,
		.window = 0xfffe,
		.flags = TCP_ACK | TCP_PSH,
		.wscale = 9,
		.checksum = CHECKSUM_GOOD,
		.ip_checksum = CHECKSUM_BAD,
		.flaws = SEGMENT_SHORT_FRAME | SEGMENT_BAD_IP_OPTIONS,
		.ts_digits = 9,
		.copy = true,
		.tcp_sum = 0xfeed,
		.has_tsopt = true,
		.tsval = 0x9abcdef0,
		.hop.vlan = 0x112233,
		.tunnel = 0x55667788,
		.interface = 0x99aabbcc,
		.ip_id = 0xddeeff01,
		.hop.has_src = true,
		.hop.has_dst = true,
		.hop.src_mac = { 2, 0, 0, 0, 0, 1 },
		.hop.dst_mac = { 2, 0, 0, 0, 0, 2 },
		.payload_len = 1000,
		.ip_len = 1040,
		.payload = { (const uint8_t *)"data", 4 },
		.packet = UINT64_C(0x1122334455667788),
		.ts_ns = INT64_C(-5),
	};
}

/* The fields that decide whose a segment is and whether it is taken. */
static void
check_identity(const struct segment *a, const struct segment *b)
{
	assert_int_equal(a->checksum, b->checksum);
	assert_int_equal(a->ip_checksum, b->ip_checksum);
	assert_int_equal(a->flaws, b->flaws);
	assert_int_equal(a->hop.vlan, b->hop.vlan);
	assert_int_equal(a->tunnel, b->tunnel);
	assert_int_equal(a->interface, b->interface);
	assert_int_equal(a->ip_id, b->ip_id);
	assert_int_equal(a->hop.has_src, b->hop.has_src);
	assert_int_equal(a->copy, b->copy);
	assert_int_equal(a->tcp_sum, b->tcp_sum);
	assert_memory_equal(a->hop.src_mac, b->hop.src_mac, 6);
	assert_memory_equal(a->hop.dst_mac, b->hop.dst_mac, 6);
}

static void
check_rest(const struct segment *a, const struct segment *b)
{
	assert_true(endpoint_equal(&a->src, &b->src));
	assert_true(endpoint_equal(&a->dst, &b->dst));
	assert_int_equal(a->seq, b->seq);
	assert_int_equal(a->ack, b->ack);
	assert_int_equal(a->window, b->window);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->wscale, b->wscale);
	assert_int_equal(a->ts_digits, b->ts_digits);
	assert_int_equal(a->has_tsopt, b->has_tsopt);
	assert_int_equal(a->tsval, b->tsval);
	assert_int_equal(a->payload_len, b->payload_len);
	assert_int_equal(a->ip_len, b->ip_len);
	assert_int_equal(a->payload.n, b->payload.n);
	assert_memory_equal(a->payload.p, b->payload.p, a->payload.n);
	assert_int_equal(a->packet, b->packet);
	assert_int_equal(a->ts_ns, b->ts_ns);
}

static void
check_both_ways(const struct segment *s)
{
	struct buf b = { 0 };
	struct segment_log_reader reader = { .ep = ends };
	struct segment_log_entry x;
	struct segment back;

	segment_log_put_bare(&b,
	    (struct segment_log_entry){ 1, SEGMENT_LOG_FAR }, s);
	assert_true(
	    segment_log_get(&reader, (struct slice){ b.p, b.n }, &x, &back));
	assert_int_equal(x.e, 1);
	assert_int_equal(x.as, SEGMENT_LOG_FAR);
	check_identity(s, &back);
	check_rest(s, &back);
	segment_log_reader_fini(&reader);
	buf_free(&b);
}

static void
all_fields(void **state)
{
	struct segment s = full_segment();

	(void)state;
	check_both_ways(&s);
	s.hop.has_src = s.hop.has_dst = false;
	memset(s.hop.src_mac, 0, 6);
	memset(s.hop.dst_mac, 0, 6);
	check_both_ways(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
