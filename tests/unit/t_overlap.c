/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_overlap.c: which copy of a byte wins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/picture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define F (1U << OVERLAP_FIRST)
#define L (1U << OVERLAP_LAST)
#define B (1U << OVERLAP_BSD)
#define X (1U << OVERLAP_LINUX)
#define W (1U << OVERLAP_WINDOWS)
#define S (1U << OVERLAP_SOLARIS)

/* The old segment is [4, 8); for whom do the bytes of the new one win? */
static const struct {
	uint64_t from;
	uint64_t to;
	unsigned new_wins;
} overlaps[] = {
	{ 2, 6, L | B | X | W },
	{ 2, 8, L | B | X | W | S },
	{ 2, 10, L | B | X | W | S },
	{ 4, 6, L },
	{ 4, 8, L | S },
	{ 4, 10, L | X | S },
	{ 5, 7, L },
	{ 5, 8, L },
	{ 6, 10, L | S },
};

#undef F
#undef L
#undef B
#undef X
#undef W
#undef S

static void
overlap_case(enum overlap policy, size_t i, uint32_t isn)
{
	struct script sc = { .name = overlap_name(policy), .overlap = policy };
	uint64_t from = overlaps[i].from, to = overlaps[i].to;
	uint64_t end = to > 8 ? to : 8;
	bool wins = (overlaps[i].new_wins & 1U << policy) != 0;
	char want[16] = { 0 }, newer[16] = { 0 };
	struct buf facts = { 0 };

	for (uint64_t p = 0; p < end; p++) {
		bool is_old = p >= 4 && p < 8, is_new = p >= from && p < to;

		want[p] = is_new && (wins || !is_old) ? 'n' :
		    is_old			      ? 'O' :
							'.';
	}
	memset(newer, 'n', (size_t)(to - from));
	sc.steps[0] = (struct step){ DATA, 4, "OOOO", "", "....OOOO" };
	sc.steps[1] = (struct step){ DATA, from, newer, "", want };

	uint64_t lo = from > 4 ? from : 4, hi = to < 8 ? to : 8;

	buf_printf(&facts,
	    "retransmitted %" PRIu64 "%s, "
	    "conflicting %" PRIu64 " at %" PRIu64 "+%" PRIu64,
	    hi - lo, from < 4 && to <= 8 ? ", out of order 1" : "", hi - lo, lo,
	    hi - lo);
	/* Conflicts are positions until the end: so end, and see the rest. */
	char all[32];
	size_t hole = strspn(want, ".");

	snprintf(all, sizeof(all), "%.*s%s", (int)hole, "~~~~", want + hole);
	buf_printf(&facts, ", missing %zu at 0+%zu", hole, hole);
	sc.steps[2] = (struct step){ END, 0, 0, all, "" };
	sc.facts = buf_cstr(&facts);
	picture_at(&sc, isn);
	buf_free(&facts);
}

static void
overlap_policies(void **state)
{
	(void)state;
	for (enum overlap p = OVERLAP_FIRST; p <= OVERLAP_SOLARIS; p++)
		for (size_t i = 0; i < COUNT(overlaps); i++)
			for (size_t j = 0; j < PICTURE_ISNS; j++)
				overlap_case(p, i, picture_isns[j]);
}

static void
overlap_names(void **state)
{
	static const char *const names[] = { "first", "last", "bsd", "linux",
		"windows", "solaris" };
	enum overlap p = OVERLAP_SOLARIS;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_true(overlap_parse(names[i], &p));
		assert_int_equal(p, i);
		assert_string_equal(overlap_name(p), names[i]);
	}
	assert_false(overlap_parse("", &p));
	assert_false(overlap_parse("firs", &p));
	assert_false(overlap_parse("FIRST", &p));
	assert_int_equal(p, OVERLAP_SOLARIS);
}

static const struct script whole_segments_v[] = {
	{ .name = "what is left of a segment keeps its extent",
	    .overlap = OVERLAP_BSD,
	    .facts = "retransmitted 5, "
		     "conflicting 5 at 4+2 5+1 6+2, missing 4 at 0+4",
	    .steps = { { DATA, 4, "AA", "", "....AA" },
		{ DATA, 4, "BBBB", "", "....AABB" },
		{ DATA, 5, "nnnn", "", "....AABBn" },
		{ END, 0, 0, "~~~~AABBn", "" } } },
	{ .name = "in order, they wait for the ACK",
	    .overlap = OVERLAP_LAST,
	    .facts = "retransmitted 4, conflicting 4 at 1+2 1+2",
	    .steps = { { DATA, 0, "abcd", "", "abcd" },
		{ DATA, 1, "XY", "", "aXYd" }, { ACK, 3, 0, "aXY", "...d" },
		{ DATA, 1, "Zc", "aXY", "...d" }, { ACK, 4, 0, "aXYd", "" },
		{ END, 0, 0, 0, 0 } } },
};

static void
policies_judge_whole_segments(void **state)
{
	(void)state;
	picture_run(whole_segments_v, COUNT(whole_segments_v));
}

static const struct script weak_copies_v[] = {
	{ .name = "yields",
	    .facts = "retransmitted 2, conflicting 2 at 0+2",
	    .steps = { { WEAK, 0, "xy", "", "xy" }, { DATA, 0, "ab", "ab", "" },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "acknowledged",
	    .steps = { { WEAK, 0, "xy", "", "xy" }, { ACK, 1, 0, "", "xy" },
		{ ACK, 2, 0, "xy", "" }, { DATA, 2, "c", "xyc", "" },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "nothing better came",
	    .steps = { { WEAK, 0, "xy", "", "xy" }, { DATA, 2, "c", "", "xyc" },
		{ END, 0, 0, "xyc", "" } } },
	{ .name = "yields in its middle",
	    .facts = "retransmitted 2, conflicting 2 at 1+2",
	    .steps = { { WEAK, 0, "wxyz", "", "wxyz" },
		{ DATA, 1, "bc", "", "wbcz" }, { ACK, 4, 0, "wbcz", "" },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "does not replace",
	    .overlap = OVERLAP_LAST,
	    .facts = "retransmitted 2, out of order 1, "
		     "conflicting 2 at 2+2",
	    .steps = { { DATA, 2, "cd", "", "..cd" },
		{ WEAK, 0, "wxyz", "", "wxcd" }, { ACK, 4, 0, "wxcd", "" },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "weak against weak: the policy",
	    .overlap = OVERLAP_LAST,
	    .facts = "retransmitted 2, conflicting 2 at 0+2",
	    .steps = { { WEAK, 0, "vw", "", "vw" }, { WEAK, 0, "xy", "", "xy" },
		{ ACK, 2, 0, "xy", "" }, { END, 0, 0, 0, 0 } } },
};

static void
weak_copies(void **state)
{
	(void)state;
	picture_run(weak_copies_v, COUNT(weak_copies_v));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overlap_policies),
		cmocka_unit_test(overlap_names),
		cmocka_unit_test(policies_judge_whole_segments),
		cmocka_unit_test(weak_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
