/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_external_sort.c: texts in order, few and many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sinks/external_sort.h"

struct seen {
	unsigned n;
	int64_t last_key;
	unsigned last_number;
	size_t bytes;
};

static void
see(void *arg, struct slice text)
{
	struct seen *v = arg;
	char head[32] = { 0 };
	int64_t key;
	unsigned number;

	memcpy(head, text.p, text.n < 31 ? text.n : 31);
	assert_int_equal(sscanf(head, "%lld %u", (long long *)&key, &number),
	    2);
	if (v->n > 0) {
		assert_true(key >= v->last_key);
		assert_true(key > v->last_key || number > v->last_number);
	}
	v->n++;
	v->last_key = key;
	v->last_number = number;
	v->bytes += text.n;
}

/* n texts of len bytes with keys in no order, many of them alike; ties are
 * in order, or all the same. */
static void
try(size_t budget, unsigned n, size_t len, bool ties)
{
	struct spill *k = spill_new(budget);
	struct external_sort s = { .spill = k };
	struct seen seen = { 0 };
	static uint8_t text[40000];
	uint32_t random = 1;

	memset(text, ' ', sizeof text);
	for (unsigned i = 0; i < n; i++) {
		long long key;
		int head;

		random = random * 1664525 + 1013904223;
		key = (long long)(random >> 16 & 0xfff) - 2000;
		head = snprintf((char *)text, 32, "%lld %u ", key, i);
		text[head] = ' ';
		external_sort_put(&s, key, ties ? i : 7,
		    (struct slice){ text, len });
	}
	external_sort_tell(&s, see, &seen);
	assert_int_equal(seen.n, n);
	assert_int_equal(seen.bytes, (size_t)n * len);
	external_sort_fini(&s);
	assert_int_equal(spill_memory(k), 0);
	assert_int_equal(spill_error(k), 0);
	spill_free(k);
}

static void
nothing(void **state)
{
	(void)state;
	try(1 << 20, 0, 40, true);
}

static void
few(void **state)
{
	(void)state;
	try(1 << 20, 1, 40, true);
	try(1 << 20, 1000, 40, true);
	try(1 << 20, 1000, 40, false);
}

static void
many_runs(void **state)
{
	(void)state;
	try(64 << 20, 200000, 60, true);
	try(1 << 20, 200000, 60, false);
}

static void
longer_than_a_block(void **state)
{
	(void)state;
	try(1 << 20, 500, 40000, true);
}

/* What was not told is freed all the same. */
static void
untold(void **state)
{
	struct spill *k = spill_new(1 << 20);
	struct external_sort s = { .spill = k };
	static uint8_t text[1000];

	(void)state;
	for (int i = 0; i < 10000; i++)
		external_sort_put(&s, i, 0,
		    (struct slice){ text, sizeof text });
	external_sort_fini(&s);
	assert_int_equal(spill_memory(k), 0);
	spill_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),
		cmocka_unit_test(few),
		cmocka_unit_test(many_runs),
		cmocka_unit_test(longer_than_a_block),
		cmocka_unit_test(untold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
