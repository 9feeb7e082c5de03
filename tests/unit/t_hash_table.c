/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_hash_table.c: the hash table against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rng.h"
#include "base/hash_table.h"

#define RECORDS 6000

/* Record i has hash[i]; it is in the table when in[i]. */
struct naive {
	uint64_t hash[RECORDS];
	bool in[RECORDS];
	size_t n;
};

static bool
has(const struct hash_table *t, const struct naive *v, uint32_t record)
{
	size_t at = hash_table_begin(t, v->hash[record]);
	uint32_t i;

	while (hash_table_next(t, v->hash[record], &at, &i)) {
		assert_true(i < RECORDS && v->in[i]);
		assert_int_equal((uint32_t)v->hash[i],
		    (uint32_t)v->hash[record]);
		if (i == record)
			return true;
	}
	return false;
}

static void
check_same(const struct hash_table *t, const struct naive *v)
{
	assert_int_equal(t->n, v->n);
	assert_true(t->n * 4 <= (t->mask + 1) * 3);
	for (uint32_t i = 0; i < RECORDS; i++)
		assert_int_equal(has(t, v, i), v->in[i]);
}

static void
toggle(struct hash_table *t, struct naive *v, uint32_t i)
{
	if (v->in[i]) {
		hash_table_remove(t, v->hash[i], i);
		v->in[i] = false;
		v->n--;
	} else {
		v->in[i] = true;
		v->n++;
		hash_table_insert(t, v->hash[i], i);
	}
}

/* bits of the hash are random, in its lower and its upper half. */
static void
random_work(struct rng *r, unsigned low_bits, unsigned high_bits,
    uint32_t records)
{
	static struct naive v;
	struct hash_table t;

	memset(&v, 0, sizeof(v));
	hash_table_init(&t);
	for (uint32_t i = 0; i < RECORDS; i++)
		v.hash[i] = (rng_next(r) & ((1ULL << low_bits) - 1)) |
		    (rng_next(r) & ((1ULL << high_bits) - 1)) << 32;
	for (uint32_t i = 0; i < records; i++)
		toggle(&t, &v, i);
	check_same(&t, &v);
	for (unsigned i = 0; i < 4 * records; i++)
		toggle(&t, &v, rng_below(r, records));
	check_same(&t, &v);
	for (uint32_t i = 0; i < records; i++)
		if (v.in[i])
			toggle(&t, &v, i);
	check_same(&t, &v);
	for (size_t i = 0; i <= t.mask; i++)
		assert_int_equal(t.slots[i].record, 0);
	hash_table_fini(&t);
}

static void
spread_out(void **state)
{
	struct rng r = { rng_seed() };

	(void)state;
	random_work(&r, 32, 32, RECORDS);
	random_work(&r, 32, 0, RECORDS);
	random_work(&r, 20, 2, RECORDS);
}

static void
collisions(void **state)
{
	struct rng r = { rng_seed() };

	(void)state;
	random_work(&r, 0, 0, 500);
	random_work(&r, 3, 1, 700);
	random_work(&r, 0, 32, 700);
}

/* A run of taken slots that goes round the end of the array. */
static void
wraps_around(void **state)
{
	static struct naive v;
	struct hash_table t;

	(void)state;
	memset(&v, 0, sizeof(v));
	hash_table_init(&t);
	for (uint32_t i = 0; i < 20; i++) {
		v.hash[i] = t.mask - 5 + i % 8;
		toggle(&t, &v, i);
	}
	for (uint32_t i = 20; i < RECORDS; i++)
		v.hash[i] = (uint64_t)1 << 32;
	check_same(&t, &v);
	for (uint32_t i = 0; i < 20; i++) {
		toggle(&t, &v, (i * 7) % 20);
		check_same(&t, &v);
	}
	hash_table_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spread_out),
		cmocka_unit_test(collisions),
		cmocka_unit_test(wraps_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
