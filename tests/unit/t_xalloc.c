/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_xalloc.c: the reserve, and where one goes when there is no memory. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/thread.h"
#include "base/xalloc.h"

/* A sanitizer's malloc answers NULL like any other; who jumps leaves memory. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1:detect_leaks=0";
}

/* More than any address space has. */
#define FAR_TOO_MUCH (SIZE_MAX / 2)

static void
take_too_much(void *arg)
{
	int *steps = arg;

	steps[0]++;
	free(xmalloc(FAR_TOO_MUCH));
	steps[1]++;
}

static void
take_little(void *arg)
{
	free(xmalloc(1));
	++*(int *)arg;
}

static void
guard_within(void *arg)
{
	int *steps = arg;

	assert_false(xalloc_guard(take_too_much, steps));
	steps[2]++;
	xalloc_fail();
}

static void
t_guard(void **state)
{
	int steps[3] = { 0 };

	(void)state;
	assert_true(xalloc_guard(take_little, &steps[2]));
	assert_int_equal(steps[2], 1);
	assert_false(xalloc_guard(take_too_much, steps));
	assert_int_equal(steps[0], 1);
	assert_int_equal(steps[1], 0);
	/* The inner one first, then the outer one. */
	assert_false(xalloc_guard(guard_within, steps));
	assert_int_equal(steps[0], 2);
	assert_int_equal(steps[2], 2);
}

static void
t_reserve(void **state)
{
	int steps[3] = { 0 };

	(void)state;
	assert_true(xalloc_reserve());
	assert_false(xalloc_is_short());
	/* What lacked memory gave it back, and was not helped by that. */
	assert_false(xalloc_guard(take_too_much, steps));
	assert_true(xalloc_is_short());
	assert_false(xalloc_again());
	assert_true(xalloc_reserve());
	assert_false(xalloc_is_short());
	assert_true(xalloc_again());
	assert_true(xalloc_is_short());
	assert_true(xalloc_reserve());
}

/* For libraries: NULL, and nobody leaves. */
static void
t_library(void **state)
{
	void *p;

	(void)state;
	assert_null(malloc_for(NULL, FAR_TOO_MUCH));
	assert_null(calloc_for(NULL, UINT32_MAX, UINT32_MAX));
	p = calloc_for(NULL, 3, 4);
	assert_non_null(p);
	assert_memory_equal(p, "\0\0\0\0\0\0\0\0\0\0\0", 12);
	free_for(NULL, p);
	assert_true(xalloc_reserve());
}

static void
grow(void *arg)
{
	char **s = arg;

	*s = xreallocarray(*s, 2, FAR_TOO_MUCH / 2);
}

static void
grow_over(void *arg)
{
	char **s = arg;

	*s = xreallocarray(*s, SIZE_MAX, 2);
}

/* What could not be made larger is as it was. */
static void
t_realloc(void **state)
{
	char *s = xstrdup("kept");

	(void)state;
	assert_false(xalloc_guard(grow, &s));
	assert_string_equal(s, "kept");
	assert_false(xalloc_guard(grow_over, &s));
	assert_string_equal(s, "kept");
	free(s);
	assert_true(xalloc_reserve());
}

static void *
in_thread(void *arg)
{
	int *steps = arg;

	assert_false(xalloc_guard(take_too_much, steps));
	steps[2]++;
	return NULL;
}

/* Each thread has guards of its own. */
static void
t_threads(void **state)
{
	int steps[4][3] = { { 0 } };
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_true(thread_start(&threads[i], in_thread, steps[i]));
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(steps[i][1], 0);
		assert_int_equal(steps[i][2], 1);
	}
	assert_true(xalloc_reserve());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_guard),
		cmocka_unit_test(t_reserve),
		cmocka_unit_test(t_library),
		cmocka_unit_test(t_realloc),
		cmocka_unit_test(t_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
