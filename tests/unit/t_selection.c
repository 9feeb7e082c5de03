/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_selection.c: which sessions are wanted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/selection.h"
#include "flow/session.h"

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
	const struct prospect p = { .proto = PROTO_TCP,
		.ep = ep,
		.client = client };

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

/* Client 192.0.2.1:1024, server 192.0.2.2:80, in both orders of the key, with
 * roles settled or not. */
static bool
of_session(const struct selection *s, bool swapped, bool settled)
{
	static const struct endpoint ep[2][2] = {
		{ { .addr = { 192, 0, 2, 1 }, .port = 1024, .family = 4 },
		    { .addr = { 192, 0, 2, 2 }, .port = 80, .family = 4 } },
		{ { .addr = { 192, 0, 2, 2 }, .port = 80, .family = 4 },
		    { .addr = { 192, 0, 2, 1 }, .port = 1024, .family = 4 } },
	};
	const struct prospect p = {
		.proto = PROTO_TCP,
		.ep = ep[swapped],
		.client = settled ? swapped : -1,
	};

	return selection_admits(s, &p);
}

static void
ends_by_their_roles(void **state)
{
	/* clang-format off */
	static const struct endpoint_pattern
	    any = { .has_addr = false },
	    one = { { { 192, 0, 2, 1 }, 0, 4 }, true, false },
	    one_1024 = { { { 192, 0, 2, 1 }, 1024, 4 }, true, true },
	    one_80 = { { { 192, 0, 2, 1 }, 80, 4 }, true, true },
	    two = { { { 192, 0, 2, 2 }, 0, 4 }, true, false },
	    two_80 = { { { 192, 0, 2, 2 }, 80, 4 }, true, true },
	    two_0 = { { { 192, 0, 2, 2 }, 0, 4 }, true, true },
	    six = { { { 192, 0, 2, 1 }, 0, 6 }, true, false };
	const struct {
		struct endpoint_pattern client, server;
		bool before, after; /* roles are settled */
	} rows[] = {
		{ any, any, true, true },
		{ one, any, true, true },
		{ one_1024, any, true, true },
		{ one_80, any, false, false },
		{ two, any, true, false },
		{ six, any, false, false },
		{ any, two, true, true },
		{ any, two_80, true, true },
		{ any, two_0, false, false },
		{ any, one, true, false },
		{ one, two, true, true },
		{ two, one, true, false },
		{ one, one, false, false },
		{ one_1024, two_80, true, true },
		{ two_80, one_1024, true, false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct selection s = { .client = rows[i].client,
			.server = rows[i].server };

		for (int swapped = 0; swapped < 2; swapped++) {
			assert_int_equal(of_session(&s, swapped, false),
			    rows[i].before);
			assert_int_equal(of_session(&s, swapped, true),
			    rows[i].after);
		}
	}
}

static void
port_of_either(void **state)
{
	static const uint32_t ports[] = { 0, 80, 1024, 81, 8080, 65535 };

	(void)state;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		const struct selection s = { .port = ports[i] };

		for (int settled = 0; settled < 2; settled++) {
			assert_int_equal(of_session(&s, false, settled), i < 3);
			assert_int_equal(of_session(&s, true, settled), i < 3);
		}
	}
}

static void
numbers_in_ranges(void **state)
{
	static const struct number_range ranges[] = { { 3, 3 }, { 7, 9 },
		{ 0, 0 }, { UINT64_MAX - 1, UINT64_MAX } };
	static const uint64_t in[] = { 0, 3, 7, 8, 9, UINT64_MAX - 1 };
	static const uint64_t out[] = { 1, 2, 4, 6, 10, UINT64_MAX - 2 };
	const struct selection s = { .numbers = ranges, .n_numbers = 4 };
	struct prospect p = { .proto = PROTO_TCP, .ep = vector, .client = -1 };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		p.number = in[i];
		assert_true(selection_admits(&s, &p));
		p.number = out[i];
		assert_false(selection_admits(&s, &p));
	}
}

/* They have none, whatever the number that stands for it. */
static void
datagrams_have_no_number(void **state)
{
	static const struct number_range all = { 0, UINT64_MAX };
	const struct selection s = { .numbers = &all, .n_numbers = 1 };
	const struct selection port = { .port = 1122 };
	const struct prospect p = { .number = SESSION_NO_NUMBER,
		.proto = PROTO_UDP,
		.ep = vector,
		.client = 0 };

	(void)state;
	assert_false(selection_admits(&s, &p));
	assert_true(selection_admits(&port, &p));
}

static void
every_criterion_counts(void **state)
{
	static const struct number_range seven = { 7, 7 };
	static const struct selection s = {
		.client = { { { 192, 0, 2, 1 }, 0, 4 }, true, false },
		.port = 80,
		.numbers = &seven,
		.n_numbers = 1,
	};
	struct selection wrong = s;
	struct prospect p = { .number = 7, .proto = PROTO_TCP };
	const struct endpoint ep[2] = {
		{ .addr = { 192, 0, 2, 1 }, .port = 1024, .family = 4 },
		{ .addr = { 192, 0, 2, 2 }, .port = 80, .family = 4 },
	};

	(void)state;
	p.ep = ep;
	assert_true(selection_admits(&s, &p));
	p.number = 8;
	assert_false(selection_admits(&s, &p));
	p.number = 7;
	wrong.port = 81;
	assert_false(selection_admits(&wrong, &p));
	wrong = s;
	wrong.client.ep.addr[3] = 3;
	assert_false(selection_admits(&wrong, &p));
	wrong = s;
	wrong.shards = 1000;
	wrong.shard = 1000;
	assert_false(selection_admits(&wrong, &p));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_without_criteria),
		cmocka_unit_test(shard_of_the_vector),
		cmocka_unit_test(each_falls_to_one_shard),
		cmocka_unit_test(ends_by_their_roles),
		cmocka_unit_test(port_of_either),
		cmocka_unit_test(numbers_in_ranges),
		cmocka_unit_test(datagrams_have_no_number),
		cmocka_unit_test(every_criterion_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
