/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_copies.c: what a mirror port copied, and what was sent again. */
#include "decode/copies.h"
#include "lib/frames.h"

#define MS (INT64_C(1000) * 1000)

static enum outcome
feed_ip(struct decoder *d, int64_t ts_ns, const char *text)
{
	uint8_t frame[FRAME_MAX];
	size_t n = frame_of(frame, text);

	return feed_at(d, 101, ts_ns, (struct slice){ frame, n }, n);
}

/* A first packet and one after it; whether that is a copy. */
static const struct {
	const char *name;
	int64_t after_ns;
	bool is_copy;
	const char *first;
	const char *second;
} rows[] = {
#define ID(id) "4500 @4 " id " 0000 40 06 0000 0a000001 0a000002 "
#define SEG(seq, sum) "9c40 0050 " seq " 000000c8 5018 1000 " sum " 0000 "
	{ "the same", 0, true, IP4, IP4 },
	{ "3 ms later", 3 * MS, true, IP4, IP4 },
	{ "more than 3 ms later", 3 * MS + 1, false, IP4, IP4 },
	{ "a clock that steps back", -MS, true, IP4, IP4 },
	{ "another identification", MS, false, ID("0001") TCP4,
	    ID("0002") TCP4 },
	{ "other numbers", MS, false,
	    ID("0001") SEG("00000064", "1547") "64617461",
	    ID("0001") SEG("00000065", "1546") "64617461" },
	{ "less of it", MS, false, ID("0001") TCP4,
	    ID("0001") SEG("00000064", "1547") "646174" },
	{ "another hop", MS, true, ID("0001") TCP4,
	    "4500 @4 0001 0000 3f 06 0000 0a000001 0a000002 " TCP4 },
	{ "no identification, the same bytes", MS, true, ID("0000") TCP4,
	    ID("0000") TCP4 },
	{ "no identification, other bytes", MS, false, ID("0000") TCP4,
	    ID("0000") SEG("00000064", "1546") "64617462" },
	{ "IPv6", MS, true, IP6, IP6 },
	{ "IPv6, another flow label", MS, false, IP6,
	    "60000001 @-34 06 40 " ADDRESSES6 TCP6 },
	{ "in a tunnel and outside", MS, true, IP4, OUTER4("04") IP4 },
};

static void
pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct seen seen = { .n = 0 };
		struct decoder *d = decoder_new(seen_segment, &seen);

		feed_ip(d, 1000 * MS, rows[i].first);
		feed_ip(d, 1000 * MS + rows[i].after_ns, rows[i].second);
		assert_int_equal(seen.n, 2);
		assert_false(seen.s[0].copy);
		if (seen.s[1].copy != rows[i].is_copy)
			fail_msg("%s", rows[i].name);
		decoder_free(d);
	}
}

/* Whatever was between them, as long as it was little. */
static void
between(void **state)
{
	struct copies *c = copies_new();
	struct segment s = { .src.family = 4, .dst.family = 4, .ip_id = 7 };
	unsigned found = 0;

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		s.seq = i * 1000;
		assert_false(copies_take(c, &s));
	}
	for (uint32_t i = 0; i < 200; i++) {
		s.seq = i * 1000;
		found += copies_take(c, &s);
	}
	assert_int_equal(found, 200);
	copies_free(c);
	copies_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs),
		cmocka_unit_test(between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
