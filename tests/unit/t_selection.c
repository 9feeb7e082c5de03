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
	struct shard one = { shard, shards };
	const struct selection s = { .shards = &one, .n_shards = shards > 0 };
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
	const struct endpoint_pattern
	    any = { .has_port = false },
	    one = { { { 192, 0, 2, 1 }, 0, 4 }, 32, false },
	    one_1024 = { { { 192, 0, 2, 1 }, 1024, 4 }, 32, true },
	    one_80 = { { { 192, 0, 2, 1 }, 80, 4 }, 32, true },
	    two = { { { 192, 0, 2, 2 }, 0, 4 }, 32, false },
	    two_80 = { { { 192, 0, 2, 2 }, 80, 4 }, 32, true },
	    two_0 = { { { 192, 0, 2, 2 }, 0, 4 }, 32, true },
	    six = { { { 192, 0, 2, 1 }, 0, 6 }, 128, false },
	    of_80 = { { { 0 }, 80, 0 }, 0, true },
	    /* 192.0.2.1 is in the first, 192.0.2.2 in the second of these. */
	    first = { { { 192, 0, 2, 0 }, 0, 4 }, 31, false },
	    second = { { { 192, 0, 2, 3 }, 0, 4 }, 31, false },
	    both = { { { 192, 0, 3, 9 }, 0, 4 }, 23, false },
	    all_four = { { { 1 }, 0, 4 }, 0, false };
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
		{ any, of_80, true, true },
		{ of_80, any, true, false },
		{ first, second, true, true },
		{ second, first, true, false },
		{ first, first, false, false },
		{ both, both, true, true },
		{ all_four, two_80, true, true },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct endpoint_pattern client = rows[i].client;
		struct endpoint_pattern server = rows[i].server;
		const struct selection s = { .client = { &client, 1 },
			.server = { &server, 1 } };

		for (int swapped = 0; swapped < 2; swapped++) {
			assert_int_equal(of_session(&s, swapped, false),
			    rows[i].before);
			assert_int_equal(of_session(&s, swapped, true),
			    rows[i].after);
		}
	}
}

/* Of an IPv6 address the bits up to any count. */
static void
so_many_bits(void **state)
{
	struct endpoint ep[2] = { { .addr = { 0 }, .family = 6 },
		{ .addr = { 0xff }, .family = 6 } };
	const struct prospect p = { .proto = PROTO_TCP, .ep = ep, .client = 0 };
	struct endpoint_pattern want = { .ep.family = 6 };
	const struct selection s = { .client = { &want, 1 } };

	(void)state;
	for (unsigned bit = 0; bit < 128; bit++) {
		ep[0].addr[bit / 8] = (uint8_t)(0x80 >> bit % 8);
		for (unsigned bits = 0; bits <= 128; bits++) {
			want.bits = (uint8_t)bits;
			assert_int_equal(selection_admits(&s, &p), bits <= bit);
		}
		ep[0].addr[bit / 8] = 0;
	}
}

/* Any of a list is enough; of two lists one of each. */
static void
any_of_a_list(void **state)
{
	struct endpoint_pattern hosts[] = {
		{ { { 192, 0, 2, 9 }, 0, 4 }, 32, false },
		{ { { 192, 0, 2, 2 }, 80, 4 }, 32, true },
	};
	struct endpoint_pattern clients[] = {
		{ { { 192, 0, 2, 1 }, 0, 4 }, 32, false },
		{ { { 192, 0, 2, 9 }, 0, 4 }, 32, false },
	};
	struct selection s = { .host = { hosts, 2 } };

	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		s.host.n = 2;
		s.client = (struct endpoint_patterns){ 0 };
		assert_true(of_session(&s, swapped, true));
		s.host.n = 1;
		assert_false(of_session(&s, swapped, true));
		s.host.n = 2;
		s.client = (struct endpoint_patterns){ clients, 2 };
		assert_true(of_session(&s, swapped, true));
		s.client = (struct endpoint_patterns){ clients + 1, 1 };
		assert_false(of_session(&s, swapped, true));
	}
}

/* The digest of the vector, and one beside it. */
static void
community_ids(void **state)
{
	uint8_t ids[2][COMMUNITY_DIGEST_LEN];
	const struct peer a = { vector[0].addr, 4, vector[0].port };
	const struct peer b = { vector[1].addr, 4, vector[1].port };
	struct selection s = { .ids = ids, .n_ids = 2 };
	struct prospect p = { .proto = PROTO_TCP, .ep = vector, .client = -1 };

	(void)state;
	community_digest(ids[0], &a, &b, PROTO_UDP);
	community_digest(ids[1], &a, &b, PROTO_TCP);
	assert_true(selection_admits(&s, &p));
	s.n_ids = 1;
	assert_false(selection_admits(&s, &p));
	p.proto = PROTO_UDP;
	assert_true(selection_admits(&s, &p));
}

static void
between_times(void **state)
{
	static const struct {
		int64_t from, to, first, last;
		bool wanted;
	} rows[] = {
		{ INT64_MIN, INT64_MAX, 5, 5, true },
		{ 5, INT64_MAX, 1, 5, true },
		{ 6, INT64_MAX, 1, 5, false },
		{ INT64_MIN, 5, 5, 9, false },
		{ INT64_MIN, 6, 5, 9, true },
		{ 3, 4, 1, 9, true },
		{ 3, 4, 3, 3, true },
		{ 3, 4, 4, 4, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct time_span t = { rows[i].from, rows[i].to };

		assert_int_equal(time_span_admits(&t, rows[i].first,
				     rows[i].last),
		    rows[i].wanted);
	}
}

static void
port_of_either(void **state)
{
	static const uint16_t ports[] = { 80, 1024, 81, 8080, 65535, 0 };
	struct selection s = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		uint16_t list[2] = { ports[i], 9 };

		s.ports = list;
		for (int settled = 0; settled < 2; settled++) {
			for (s.n_ports = 1; s.n_ports < 3; s.n_ports++) {
				assert_int_equal(of_session(&s, false, settled),
				    i < 2);
				assert_int_equal(of_session(&s, true, settled),
				    i < 2);
			}
			s.ports = (uint16_t[]){ 9, ports[i] };
			s.n_ports = 2;
			assert_int_equal(of_session(&s, true, settled), i < 2);
			s.ports = list;
		}
	}
}

static void
numbers_in_ranges(void **state)
{
	struct number_range ranges[] = { { 3, 3 }, { 7, 9 }, { 0, 0 },
		{ UINT64_MAX - 1, UINT64_MAX } };
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
	struct number_range all = { 0, UINT64_MAX };
	uint16_t number = 1122;
	const struct selection s = { .numbers = &all, .n_numbers = 1 };
	const struct selection port = { .ports = &number, .n_ports = 1 };
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
	struct number_range seven = { 7, 7 };
	struct endpoint_pattern client = { { { 192, 0, 2, 1 }, 0, 4 }, 32, 0 };
	struct endpoint_pattern other = { { { 192, 0, 2, 3 }, 0, 4 }, 32, 0 };
	struct shard none = { 1000, 1000 };
	uint16_t port[2] = { 80, 81 };
	const struct selection s = {
		.client = { &client, 1 },
		.ports = port,
		.n_ports = 1,
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
	wrong.ports = port + 1;
	assert_false(selection_admits(&wrong, &p));
	wrong = s;
	wrong.client.v = &other;
	assert_false(selection_admits(&wrong, &p));
	wrong = s;
	wrong.shards = &none;
	wrong.n_shards = 1;
	assert_false(selection_admits(&wrong, &p));
	assert_false(selection_is_empty(&s));
	assert_true(selection_is_empty(&(struct selection){ 0 }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_without_criteria),
		cmocka_unit_test(shard_of_the_vector),
		cmocka_unit_test(each_falls_to_one_shard),
		cmocka_unit_test(ends_by_their_roles),
		cmocka_unit_test(so_many_bits),
		cmocka_unit_test(any_of_a_list),
		cmocka_unit_test(community_ids),
		cmocka_unit_test(between_times),
		cmocka_unit_test(port_of_either),
		cmocka_unit_test(numbers_in_ranges),
		cmocka_unit_test(datagrams_have_no_number),
		cmocka_unit_test(every_criterion_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
