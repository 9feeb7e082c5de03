/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_ack_floor.c: what a byte's sender knew, against the definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rng.h"
#include "reassembly/ack_floor.h"

#define ADDS_MAX 5000

/* Both grow along the list, no leaf is empty; how many steps there are. */
static size_t
check_steps(const struct ack_floor *nd)
{
	const struct ack_floor_step *last = NULL;
	size_t n = 0;

	for (size_t l = 0; l < nd->n; l++) {
		const struct ack_floor_leaf *leaf = &nd->leaf[nd->head + l];

		assert_true(leaf->n > 0 && leaf->head + leaf->n <= leaf->cap);
		assert_true(leaf->cap <= ACK_FLOOR_LEAF_MAX);
		for (uint32_t i = 0; i < leaf->n; i++, n++) {
			const struct ack_floor_step *v =
			    &leaf->step[leaf->head + i];

			assert_true(last == NULL ||
			    (last->end < v->end && last->ack < v->ack));
			last = v;
		}
	}
	assert_true(nd->head + nd->n <= nd->cap);
	return n;
}

static uint64_t
by_definition(const struct ack_floor_step *all, size_t n, uint64_t pos)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < n; i++)
		if (all[i].end > pos && all[i].ack < least)
			least = all[i].ack;
	return least == UINT64_MAX ? 0 : least;
}

/* Bytes from `from` to the end need no more than ack, the next one does. */
static void
check_end(const struct ack_floor *nd, uint64_t from, uint64_t ack)
{
	uint64_t end = ack_floor_end(nd, ack);

	for (uint64_t pos = from; pos < end && pos < from + 400; pos++)
		assert_true(ack_floor_at(nd, pos) <= ack);
	if (end != UINT64_MAX)
		assert_true(ack_floor_at(nd, end) > ack);
}

static void
a_few_steps(void **state)
{
	struct ack_floor nd = { 0 };

	(void)state;
	assert_int_equal(ack_floor_at(&nd, 0), 0);
	ack_floor_add(&nd, 10, 100);
	ack_floor_add(&nd, 20, 200);
	assert_int_equal(ack_floor_at(&nd, 0), 100);
	assert_int_equal(ack_floor_at(&nd, 9), 100);
	assert_int_equal(ack_floor_at(&nd, 10), 200);
	assert_int_equal(ack_floor_at(&nd, 19), 200);
	assert_int_equal(ack_floor_at(&nd, 20), 0);
	/* What comes later was sent with less: so was what is before it. */
	ack_floor_add(&nd, 30, 150);
	assert_int_equal(ack_floor_at(&nd, 9), 100);
	assert_int_equal(ack_floor_at(&nd, 10), 150);
	assert_int_equal(ack_floor_at(&nd, 29), 150);
	/* A retransmission with a newer ACK says nothing. */
	ack_floor_add(&nd, 10, 300);
	assert_int_equal(ack_floor_at(&nd, 5), 100);
	/* The same end, less. */
	ack_floor_add(&nd, 10, 50);
	assert_int_equal(ack_floor_at(&nd, 5), 50);
	assert_int_equal(ack_floor_end(&nd, 49), 0);
	assert_int_equal(ack_floor_end(&nd, 50), 10);
	assert_int_equal(ack_floor_end(&nd, 149), 10);
	assert_int_equal(ack_floor_end(&nd, 150), UINT64_MAX);
	ack_floor_add(&nd, 40, 0);
	assert_int_equal(check_steps(&nd), 1);
	assert_int_equal(ack_floor_at(&nd, 5), 0);
	ack_floor_add(&nd, 50, 500);
	ack_floor_forget(&nd, 39);
	assert_int_equal(ack_floor_at(&nd, 39), 0);
	ack_floor_forget(&nd, 40);
	assert_int_equal(check_steps(&nd), 1);
	assert_int_equal(ack_floor_at(&nd, 40), 500);
	ack_floor_forget(&nd, 1000);
	assert_int_equal(nd.n, 0);
	ack_floor_free(&nd);
}

static void
against_the_definition(void **state)
{
	struct rng r = { rng_seed() };
	static struct ack_floor_step all[ADDS_MAX];

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct ack_floor nd = { 0 };
		uint64_t forgotten = 0;
		size_t n = 0;

		while (n < 200) {
			struct ack_floor_step s = { 1 + rng_below(&r, 300),
				rng_below(&r, 300) };

			if (round % 2)
				s.ack = s.end + rng_below(&r, 40);
			s.end += forgotten;
			all[n++] = s;
			ack_floor_add(&nd, s.end, s.ack);
			check_steps(&nd);
			if (rng_one_in(&r, 20)) {
				forgotten += rng_below(&r, 30);
				ack_floor_forget(&nd, forgotten);
			}
			for (unsigned i = 0; i < 4; i++) {
				uint64_t pos = forgotten + rng_below(&r, 310);

				assert_int_equal(ack_floor_at(&nd, pos),
				    by_definition(all, n, pos));
				check_end(&nd, forgotten, rng_below(&r, 340));
			}
		}
		ack_floor_free(&nd);
	}
}

/* However many there are, and in whatever order they come. */
static void
many_steps(void **state)
{
	struct rng r = { rng_seed() };
	static struct ack_floor_step all[ADDS_MAX];

	(void)state;
	for (unsigned round = 0; round < 5; round++) {
		struct ack_floor nd = { 0 };
		uint64_t forgotten = 0;

		for (size_t n = 0; n < ADDS_MAX; n++) {
			uint64_t at = round == 0 ? n :
			    round == 1		 ? ADDS_MAX - n :
						   rng_below(&r, ADDS_MAX);
			struct ack_floor_step s = { 10 * at + 5, 7 * at + 1 };

			if (round == 3)
				s.ack += rng_below(&r, 30);
			all[n] = s;
			ack_floor_add(&nd, s.end, s.ack);
			if (round == 4 && n % 8 == 0)
				ack_floor_forget(&nd, forgotten += 40);
			if (n % 64 != 0)
				continue;
			assert_true(check_steps(&nd) <= n + 1);
			for (unsigned i = 0; i < 20; i++) {
				uint64_t pos =
				    forgotten + rng_below(&r, 10 * ADDS_MAX);

				assert_int_equal(ack_floor_at(&nd, pos),
				    by_definition(all, n + 1, pos));
			}
		}
		if (round < 2)
			assert_int_equal(check_steps(&nd), ADDS_MAX);
		ack_floor_free(&nd);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_few_steps),
		cmocka_unit_test(against_the_definition),
		cmocka_unit_test(many_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
