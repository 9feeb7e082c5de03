/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_fragments.c: fragments in packets: plain, tagged, tunnelled, nested. */
#include "lib/frames.h"

/* TCP4 in three fragments of 8 bytes; V4 with identifier and offset. */
#define PART(id, word) "4500 @4 " id " " word " 40 06 0000 0a000001 0a000002 "
#define PART1(id) PART(id, "2000") "9c40 0050 00000064 "
#define PART2(id) PART(id, "2001") "000000c8 5018 1000 "
#define PART3(id) PART(id, "0002") "1547 0000 64617461 "
#define PART6(word) "60000000 @-34 2c 40 " ADDRESSES6 "0600 " word " 00000001 "

/* Feeds frames with the given link type; the last completes a segment. */
static void
assert_segment(const uint16_t *linktypes, const char *const *frames, size_t n,
    uint8_t family)
{
	struct seen seen = { .n = 0 };
	struct decoder *d = decoder_new(seen_segment, &seen);

	for (size_t i = 0; i < n; i++) {
		uint8_t frame[FRAME_MAX];
		size_t len = frame_of(frame, frames[i]);
		enum outcome o = feed_at(d, linktypes[i], (int64_t)i,
		    (struct slice){ frame, len }, len);

		assert_int_equal(o, i + 1 < n ? DECODE_FRAGMENT : DECODE_TCP);
	}
	assert_int_equal(seen.n, 1);
	check_segment(&seen.s[0], family);
	assert_int_equal(seen.s[0].ts_ns, n - 1);
	assert_int_equal(seen.s[0].checksum, CHECKSUM_GOOD);
	assert_memory_equal(seen.payload[0], "data", 4);
	decoder_free(d);
}

static void
in_packets(void **state)
{
	static const uint16_t raw[] = { 101, 101, 101, 101 };
	static const uint16_t ether[] = { 1, 1, 1 };
	static const char *const v4[] = {
		PART3("0001"),
		PART1("0001"),
		PART2("0001"),
	};
	static const char *const tagged[] = {
		MACS "8100 0005 0800 " PART3("0001"),
		MACS "8100 0006 0800 " PART1("0001"),
		MACS "0800 " PART2("0001") "0000 0000",
	};
	static const char *const v6[] = {
		PART6("0001") "9c40 0050 00000064",
		PART6("0009") "000000c8 5018 1000",
		PART6("0010") "cdd4 0000 64617461",
	};
	static const char *const extended[] = {
		"60000000 @-34 2c 40 " ADDRESSES6 "3c00 0001 00000001 "
		"0600 0104 00000000",
		PART6("0008") TCP6,
	};
	static const char *const tunnel[] = {
		OUTER4("2f") "0000 0800 " PART1("0001"),
		OUTER4("2f") "0000 0800 " PART2("0001"),
		OUTER4("2f") "0000 0800 " PART3("0001"),
	};

	(void)state;
	assert_segment(raw, v4, 3, 4);
	assert_segment(ether, tagged, 3, 4);
	assert_segment(raw, v6, 3, 6);
	assert_segment(raw, extended, 2, 6);
	assert_segment(raw, tunnel, 3, 4);
}

/* Fragments of the inner datagram within fragments of the outer one. */
static void
nested(void **state)
{
	static const uint16_t raw[] = { 101, 101, 101, 101 };
	static const char *const frames[] = {
		"4500 @4 0009 2000 40 04 0000 c0000201 c0000202 "
		"4500 0024 0001 2000 40 06 0000 0a000001",
		"4500 @4 0009 0002 40 04 0000 c0000201 c0000202 "
		"0a000002 9c40 0050 00000064 000000c8 5018 1000",
		"4500 @4 000a 2000 40 04 0000 c0000201 c0000202 "
		"4500 001c 0001 0002 40 06 0000 0a000001",
		"4500 @4 000a 0002 40 04 0000 c0000201 c0000202 "
		"0a000002 1547 0000 64617461",
	};

	(void)state;
	assert_segment(raw, frames, 4, 4);
}

/* A whole datagram with the identifier of a waiting one is not kept by it. */
static void
reuse_between(void **state)
{
	static const char *const frames[] = {
		PART1("0001"),
		PART2("0001"),
		IP4,
		PART3("0001"),
	};
	struct seen seen = { .n = 0 };
	struct decoder *d = decoder_new(seen_segment, &seen);
	struct defrag_counts counts;

	(void)state;
	for (size_t i = 0; i < COUNT(frames); i++) {
		uint8_t frame[FRAME_MAX];
		size_t n = frame_of(frame, frames[i]);

		feed_at(d, 101, 1, (struct slice){ frame, n }, n);
	}
	assert_int_equal(seen.n, 2);
	for (size_t i = 0; i < 2; i++) {
		check_segment(&seen.s[i], 4);
		assert_int_equal(seen.s[i].checksum, CHECKSUM_GOOD);
	}
	decoder_fragments(d, &counts);
	assert_int_equal(counts.fragments, 3);
	assert_int_equal(counts.completed, 1);
	decoder_free(d);
}

/* The same inner fragments in two tunnels do not mix. */
static void
tunnels_apart(void **state)
{
	static const char *const frames[] = {
		OUTER4("04") PART1("0001"),
		OUTER4("04") PART2("0001"),
		"4500 @4 0002 0000 40 04 0000 c0000201 c0000203 " PART3("0001"),
	};
	struct seen seen = { .n = 0 };
	struct decoder *d = decoder_new(seen_segment, &seen);

	(void)state;
	for (size_t i = 0; i < COUNT(frames); i++) {
		uint8_t frame[FRAME_MAX];
		size_t n = frame_of(frame, frames[i]);

		assert_int_equal(feed_at(d, 101, 1, (struct slice){ frame, n },
				     n),
		    DECODE_FRAGMENT);
	}
	assert_int_equal(seen.n, 0);
	decoder_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_packets),
		cmocka_unit_test(nested),
		cmocka_unit_test(reuse_between),
		cmocka_unit_test(tunnels_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
