/* t_selection.c: which sessions are wanted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/selection.h"
#include "model/session.h"

/* The vector that the authors of the Community ID publish: its digest begins
 * with c026f7386ef20055. */
static const struct endpoint vector[2] = {
	{ .addr = { 1, 2, 3, 4 }, .port = 1122, .family = 4 },
	{ .addr = { 5, 6, 7, 8 }, .port = 3344, .family = 4 },
};

static bool
admits(uint64_t shard, uint64_t shards, const struct endpoint ep[2], int client)
{
	const struct selection s = { .shard = shard, .shards = shards };
	const struct prospect p = {
		.proto = PROTO_TCP,
		.ep = ep,
		.client = client,
	};

	return selection_admits(&s, &p);
}

static void
all_without_criteria(void **state)
{
	(void)state;
	assert_true(admits(0, 0, vector, -1));
	assert_true(admits(0, 1, vector, 0));
}

static void
shard_of_the_vector(void **state)
{
	static const uint64_t want[][2] = {
		{ 1, 2 },
		{ 1, 3 },
		{ 5, 7 },
		{ 5, 16 },
		{ 445, 1000 },
		{ 0xc026f7386ef20055U, UINT64_MAX },
	};
	const struct endpoint swapped[2] = { vector[1], vector[0] };

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		uint64_t n = want[i][1];

		for (int client = -1; client < 2; client++) {
			assert_true(admits(want[i][0], n, vector, client));
			assert_true(admits(want[i][0], n, swapped, client));
		}
		for (uint64_t s = 0; s < n && s < 1000; s++)
			assert_int_equal(admits(s, n, vector, -1),
			    s == want[i][0]);
	}
}

static void
each_falls_to_one_shard(void **state)
{
	struct endpoint ep[2] = {
		{ .addr = { 0x20, 1, 0x0d, 0xb8 }, .port = 443, .family = 6 },
		{ .addr = { 0x20, 1, 0x0d, 0xb9 }, .family = 6 },
	};
	unsigned in[7] = { 0 };

	(void)state;
	for (uint16_t port = 1; port <= 7000; port++) {
		unsigned n = 0;

		ep[1].port = port;
		for (unsigned s = 0; s < 7; s++) {
			bool here = admits(s, 7, ep, -1);

			n += here;
			in[s] += here;
		}
		assert_int_equal(n, 1);
	}
	for (unsigned s = 0; s < 7; s++)
		assert_in_range(in[s], 900, 1100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_without_criteria),
		cmocka_unit_test(shard_of_the_vector),
		cmocka_unit_test(each_falls_to_one_shard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
