/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_stream_long.c: streams of many bytes: what settles when, and limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limit.h"
#include "lib/picture.h"

static uint8_t
byte_at(uint64_t off)
{
	return (uint8_t)(off * 7 + (off >> 8));
}

/* Bytes [from, to) in segments of `size`. */
static void
push_many(struct rig *r, uint64_t from, uint64_t to, size_t size, bool weak)
{
	uint8_t bytes[2048];

	while (from < to) {
		size_t n = to - from < size ? (size_t)(to - from) : size;

		for (size_t i = 0; i < n; i++)
			bytes[i] = byte_at(from + i);
		rig_push(r, from, (struct slice){ bytes, n }, n, weak);
		from += n;
	}
}

static void
assert_bytes(const struct rig *r, size_t at, uint64_t off, size_t n)
{
	assert_true(at + n <= r->raw.n);
	for (size_t i = 0; i < n; i++)
		if (r->raw.p[at + i] != byte_at(off + i))
			fail_msg("byte %zu of the output is wrong", at + i);
}

static void
base_settles_at_64k(void **state)
{
	struct stream_rules cfg = rig_default_config();
	struct rig r;

	(void)state;
	for (size_t j = 0; j < PICTURE_ISNS; j++) {
		rig_init(&r, picture_isns[j], &cfg);
		push_many(&r, 10000, 40000, 1000, false);
		push_many(&r, 9000, 10000, 1000, false);
		assert_int_equal(r.settled, 0);
		assert_int_equal(r.raw.n, 0);
		push_many(&r, 40000, 9000 + 65536, 1000, false);
		assert_int_equal(r.settled, 1);
		assert_int_equal(r.raw.n, 65536);
		assert_bytes(&r, 0, 9000, 65536);
		/* Before the base, and over it. */
		push_many(&r, 8000, 9000, 1000, false);
		push_many(&r, 8900, 9200, 300, false);
		push_many(&r, 74536, 75000, 500, false);
		rig_end(&r, false);
		assert_int_equal(r.raw.n, 66000);
		assert_int_equal(r.s.rare->late, 1100);
		assert_int_equal(r.s.rare->retransmitted, 200);
		assert_int_equal(r.s.rare->refusals[REFUSAL_WILD], 0);
		rig_fini(&r);
	}
}

/* What waits for a better copy, or under another policy for the ACK, waits
 * for 64 KiB at most. */
static void
copies_wait_64k(void **state)
{
	struct stream_rules cfg = rig_default_config();
	struct rig r;

	(void)state;
	for (int weak = 0; weak < 2; weak++) {
		cfg.overlap = weak ? OVERLAP_FIRST : OVERLAP_LINUX;
		rig_init(&r, UINT32_MAX - 30000, &cfg);
		rig_syn(&r);
		push_many(&r, 0, 65535, 1500, weak);
		assert_int_equal(r.raw.n, 0);
		push_many(&r, 65535, 100000, 1500, weak);
		assert_in_range(r.raw.n, 100000 - 65536, 100000 - 64000);
		rig_ack(&r, 100000);
		assert_int_equal(r.raw.n, 100000);
		assert_bytes(&r, 0, 0, 100000);
		rig_end(&r, false);
		rig_fini(&r);
	}
}

/* A hole is one when the peer acknowledged past it and 1 MiB more has come,
 * in whichever order. */
static void
holes_become_certain(void **state)
{
	const uint64_t mib = 1 << 20;
	struct rig r;

	(void)state;
	for (int ack_first = 0; ack_first < 2; ack_first++) {
		rig_init(&r, UINT32_MAX - 5000, NULL);
		rig_syn(&r);
		push_many(&r, 0, 1000, 1000, false);
		if (ack_first)
			rig_ack(&r, 3000);
		push_many(&r, 3000, 3000 + mib - 1, 2000, false);
		assert_int_equal(r.raw.n, 1000);
		push_many(&r, 3000 + mib - 1, 4000 + mib, 2000, false);
		if (!ack_first) {
			assert_int_equal(r.raw.n, 1000);
			rig_ack(&r, 2999);
			assert_int_equal(r.raw.n, 1000);
			rig_ack(&r, 3000);
		}
		assert_int_equal(r.raw.n, 2000 + mib);
		assert_int_equal(r.gap_bytes, 2000);
		/* Too late. */
		push_many(&r, 1000, 3000, 1000, false);
		assert_int_equal(r.s.rare->retransmitted, 0);
		assert_int_equal(r.s.rare->late, 2000);
		rig_end(&r, false);
		assert_int_equal(r.s.rare->n_gaps, 1);
		rig_fini(&r);
	}
}

/* Hardly anything captured of 5 GB: the ACKs say where it lies. */
static void
anchored_by_acks(void **state)
{
	const uint64_t end = 5416666670;
	uint64_t off = 0, data = 0;
	struct rig r;

	(void)state;
	for (size_t j = 0; j < PICTURE_ISNS; j++) {
		rig_init(&r, picture_isns[j], NULL);
		rig_syn(&r);
		data = 0;
		for (off = 0; off < end - 1000; off += 1000000) {
			if (off % 900000000 == 0) {
				push_many(&r, off, off + 100, 100, false);
				data += 100;
			}
			rig_ack(&r, off + 1000);
		}
		push_many(&r, end - 10, end, 10, false);
		rig_fin(&r, end);
		rig_ack(&r, end + 1);
		rig_end(&r, true);
		assert_int_equal(r.raw.n, data + 10);
		assert_int_equal(r.told, end);
		assert_int_equal(r.s.rare->refusals[REFUSAL_WILD], 0);
		rig_fini(&r);
	}
}

/* Steps of nearly 2^31, two times round: data and ACK confirm each other. */
static void
holes_of_two_gigabytes(void **state)
{
	const uint64_t step = INT32_MAX - (uint64_t)100;
	struct rig r;

	(void)state;
	for (size_t j = 0; j < PICTURE_ISNS; j++) {
		rig_init(&r, picture_isns[j], NULL);
		rig_syn(&r);
		r.env.far = true;
		for (uint64_t i = 0; i <= 4; i++) {
			push_many(&r, i * step, i * step + 10, 10, false);
			rig_ack(&r, i * step + 10);
		}
		rig_end(&r, false);
		assert_int_equal(r.raw.n, 50);
		assert_int_equal(r.told, 4 * step + 10);
		rig_fini(&r);
	}
}

static void
lists_have_an_end(void **state)
{
	struct rig r;
	struct side side;

	(void)state;
	rig_init(&r, 77, NULL);
	rig_syn(&r);
	for (uint64_t i = 0; i < 1100; i++) {
		picture_push(&r, 10 * i + 2, "abcd", false);
		picture_push(&r, 10 * i + 2, "abXd", false);
	}
	assert_false(stream_side(&r.s, &side) && side.n_gaps > 0);
	rig_end(&r, false);
	assert_true(stream_side(&r.s, &side));
	assert_int_equal(side.n_gaps, LIMIT_LIST);
	assert_int_equal(side.n_conflicts, LIMIT_LIST);
	assert_int_equal(side.conflicting, 1100);
	assert_int_equal(side.missing, 2 + 1099 * 6);
	assert_int_equal(side.conflicts[999].off, 9994);
	assert_int_equal(side.gaps[999].off, 9986);
	rig_fini(&r);
}

/* Copies are compared with the last 4 KiB delivered. */
static void
copies_of_what_is_gone(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, UINT32_MAX - 9000, NULL);
	rig_syn(&r);
	push_many(&r, 0, 20000, 1460, false);
	picture_push(&r, 20000 - HISTORY_MAX - 4, "wxyz", false);
	assert_int_equal(r.s.rare->retransmitted, 4);
	assert_int_equal(r.s.rare->conflicting, 0);
	picture_push(&r, 20000 - HISTORY_MAX - 2, "wxyz", false);
	rig_end(&r, false);
	assert_int_equal(r.s.rare->retransmitted, 8);
	assert_int_equal(r.s.rare->conflicting, 2);
	assert_int_equal(r.s.rare->conflicts[0].off, 20000 - HISTORY_MAX);
	rig_fini(&r);
}

static void
several_syn_acks(void **state)
{
	struct rig r;

	(void)state;
	for (size_t j = 0; j < PICTURE_ISNS; j++) {
		rig_init(&r, picture_isns[j], NULL);
		stream_syn(&r.s, &r.env, r.isn - 1000000000);
		rig_ack(&r, 0);
		stream_rebase(&r.s, &r.env, r.isn);
		rig_ack(&r, 0);
		picture_push(&r, 0, "abc", false);
		assert_string_equal(buf_cstr(&r.out), "abc");
		rig_end(&r, false);
		assert_int_equal(r.told, 3);
		rig_fini(&r);
	}
}

/* Where a copy wins over many, it is one segment and not as many as they. */
static void
winners_are_whole(void **state)
{
	struct stream_rules cfg = rig_default_config();
	struct rig r;
	char text[1001];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cfg.overlap = OVERLAP_LAST;
	rig_init(&r, 1000, &cfg);
	rig_syn(&r);
	for (uint64_t k = 0; k < 500; k++)
		picture_push(&r, 10 + 2 * k, "o", false);
	assert_int_equal(r.s.rare->held.n, 500);
	for (int again = 0; again < 3; again++) {
		picture_push(&r, 5, text, false);
		assert_int_equal(r.s.rare->held.n, 3);
	}
	picture_push(&r, 100, "y", false);
	assert_int_equal(r.s.rare->held.n, 5);
	picture_push(&r, 0, "abcde", false);
	rig_end(&r, false);
	assert_int_equal(r.raw.n, 1007);
	rig_fini(&r);
}

/* No node is large: one may be all that a piece is kept for. */
static void
large_segments_are_held_in_parts(void **state)
{
	const size_t n = 100000;
	uint8_t *bytes = malloc(n);
	struct segment_queue_place at;
	struct rig r;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < n; i++)
		bytes[i] = byte_at(i + 1);
	rig_init(&r, UINT32_MAX - 5, NULL);
	rig_syn(&r);
	rig_push(&r, 1, (struct slice){ bytes, n }, n, true);
	for (const struct queued_segment *p =
		 segment_queue_find(&r.s.rare->held, 0, &at);
	     p != NULL; p = segment_queue_next(&at))
		assert_true(p->len <= QUEUED_SEGMENT_MAX);
	picture_push(&r, 50001, "good", false);
	push_many(&r, 0, 1, 1, false);
	rig_end(&r, false);
	assert_int_equal(r.raw.n, n + 1);
	assert_bytes(&r, 0, 0, 50001);
	assert_memory_equal(r.raw.p + 50001, "good", 4);
	assert_bytes(&r, 50005, 50005, n + 1 - 50005);
	rig_fini(&r);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base_settles_at_64k),
		cmocka_unit_test(copies_wait_64k),
		cmocka_unit_test(holes_become_certain),
		cmocka_unit_test(anchored_by_acks),
		cmocka_unit_test(holes_of_two_gigabytes),
		cmocka_unit_test(lists_have_an_end),
		cmocka_unit_test(copies_of_what_is_gone),
		cmocka_unit_test(several_syn_acks),
		cmocka_unit_test(winners_are_whole),
		cmocka_unit_test(large_segments_are_held_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
