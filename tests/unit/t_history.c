/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_history.c: the last bytes delivered, against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rng.h"
#include "reassembly/history.h"

#define SPAN 30000
#define START ((uint64_t)1 << 40)

static struct slice
str(const char *s)
{
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}

static void
spans(void **state)
{
	size_t from = 7, to = 7;

	(void)state;
	assert_false(bytes_differ(NULL, NULL, 0, &from, &to));
	assert_false(bytes_differ(str("abc").p, str("abc").p, 3, &from, &to));
	assert_int_equal(from, 7);
	assert_true(
	    bytes_differ(str("abcde").p, str("aXcYe").p, 5, &from, &to));
	assert_int_equal(from, 1);
	assert_int_equal(to, 4);
	assert_true(bytes_differ(str("a").p, str("b").p, 1, &from, &to));
	assert_int_equal(from, 0);
	assert_int_equal(to, 1);
}

static void
only_what_is_there(void **state)
{
	struct history r = { 0 };
	uint64_t from, to;

	(void)state;
	assert_false(history_differs(&r, 100, 50, str("abc"), &from, &to));
	history_put(&r, 100, str(""));
	history_put(&r, 100, str("abcdef"));
	assert_false(history_differs(&r, 106, 100, str("abcdef"), &from, &to));
	/* Over both edges. */
	assert_false(
	    history_differs(&r, 106, 98, str("??abcdef??"), &from, &to));
	assert_true(
	    history_differs(&r, 106, 98, str("??abXdYf??"), &from, &to));
	assert_int_equal(from, 102);
	assert_int_equal(to, 105);
	assert_false(history_differs(&r, 106, 106, str("x"), &from, &to));
	assert_false(history_differs(&r, 106, 90, str("xyz"), &from, &to));
	history_break(&r);
	assert_false(history_differs(&r, 106, 100, str("xyz"), &from, &to));
	history_put(&r, 200, str("uv"));
	assert_false(history_differs(&r, 202, 198, str("??uv"), &from, &to));
	assert_true(history_differs(&r, 202, 200, str("uX"), &from, &to));
	assert_int_equal(from, 201);
	history_free(&r);
	assert_int_equal(r.cap, 0);
}

static void
compare_some(struct rng *g, const struct history *r, const uint8_t *all,
    size_t end, size_t begin)
{
	uint8_t copy[6000];
	size_t n = 1 + rng_below(g, rng_one_in(g, 4) ? 5999 : 60);
	size_t pos =
	    end > 5000 ? end - rng_below(g, 5000) : rng_below(g, end + 1);
	size_t known = end - begin < HISTORY_MAX ? begin : end - HISTORY_MAX;
	uint64_t from, to;
	size_t want_from = SIZE_MAX, want_to = 0;

	if (pos + n > SPAN)
		n = SPAN - pos;
	if (n == 0)
		return;
	memcpy(copy, all + pos, n);
	for (unsigned i = rng_below(g, 3); i > 0; i--)
		copy[rng_below(g, n)] ^= 0x55;
	for (size_t i = 0; i < n; i++) {
		if (pos + i < known || pos + i >= end ||
		    copy[i] == all[pos + i])
			continue;
		if (want_from == SIZE_MAX)
			want_from = pos + i;
		want_to = pos + i + 1;
	}
	assert_int_equal(history_differs(r, START + end, START + pos,
			     (struct slice){ copy, n }, &from, &to),
	    want_to > 0);
	if (want_to > 0) {
		assert_int_equal(from, START + want_from);
		assert_int_equal(to, START + want_to);
	}
}

static void
against_an_array(void **state)
{
	struct rng g = { rng_seed() };
	uint8_t *all = malloc(SPAN);

	(void)state;
	assert_non_null(all);
	for (size_t i = 0; i < SPAN; i++)
		all[i] = (uint8_t)rng_next(&g);
	for (unsigned round = 0; round < 30; round++) {
		struct history r = { 0 };
		size_t end = 0, begin = 0;
		size_t most = round % 2 ? 100 : 6000;

		while (end < SPAN) {
			size_t n = 1 + rng_below(&g, most);

			if (n > SPAN - end)
				n = SPAN - end;
			history_put(&r, START + end,
			    (struct slice){ all + end, n });
			end += n;
			assert_true(r.n <= HISTORY_MAX && r.cap <= HISTORY_MAX);
			compare_some(&g, &r, all, end, begin);
			if (rng_one_in(&g, 60) && end + 50 < SPAN) {
				history_break(&r);
				end += rng_below(&g, 50);
				begin = end;
			}
		}
		history_free(&r);
	}
	free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans),
		cmocka_unit_test(only_what_is_there),
		cmocka_unit_test(against_an_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
