/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_script_urls.c: which URLs pages name as scripts, and how many are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sinks/script_urls.h"

static uint64_t
digest(const char *url)
{
	return script_url_digest(
	    (struct slice){ (const uint8_t *)url, strlen(url) });
}

static void
names(void **state)
{
	struct script_urls *u = script_urls_new();

	(void)state;
	assert_int_equal(script_urls_find(u, digest("a")), JSTYPE_UNNAMED);
	script_urls_add(u, digest("a"), JSTYPE_AS_MODULE);
	script_urls_add(u, digest("b"), JSTYPE_AS_CLASSIC);
	assert_int_equal(script_urls_find(u, digest("a")), JSTYPE_AS_MODULE);
	assert_int_equal(script_urls_find(u, digest("b")), JSTYPE_AS_CLASSIC);
	script_urls_add(u, digest("a"), JSTYPE_AS_CLASSIC);
	script_urls_add(u, digest("b"), JSTYPE_AS_MODULE);
	assert_int_equal(script_urls_find(u, digest("a")), JSTYPE_AS_CLASSIC);
	assert_int_equal(script_urls_find(u, digest("b")), JSTYPE_AS_CLASSIC);
	/* No digest is one that cannot be found. */
	for (uint64_t d = 0; d < 2; d++) {
		script_urls_add(u, d, JSTYPE_AS_CLASSIC);
		assert_int_equal(script_urls_find(u, d), JSTYPE_AS_CLASSIC);
	}
	script_urls_free(u);
}

static void
digests(void **state)
{
	static uint8_t text[2000];

	(void)state;
	assert_true(digest("http://h/a") != digest("http://h/b"));
	assert_true(digest("") != digest("x"));
	/* Length counts, and each byte of a long one. */
	for (size_t n = 1; n < sizeof text; n++) {
		uint64_t zeros = script_url_digest((struct slice){ text, n });

		assert_true(
		    zeros != script_url_digest((struct slice){ text, n - 1 }));
		text[n - 1] = 1;
		assert_true(
		    zeros != script_url_digest((struct slice){ text, n }));
		text[n - 1] = 0;
	}
}

/* The last ones are known, the first go, and memory ends. */
static void
many(void **state)
{
	struct script_urls *u = script_urls_new();
	const uint64_t n = 5 * SCRIPT_URLS_MAX;
	size_t known = 0, most = 0;

	(void)state;
	for (uint64_t i = 0; i < n; i++) {
		script_urls_add(u, i << 8, JSTYPE_AS_CLASSIC);
		if (script_urls_memory(u) > most)
			most = script_urls_memory(u);
	}
	for (uint64_t i = n - SCRIPT_URLS_MAX; i < n; i++)
		assert_int_equal(script_urls_find(u, i << 8),
		    JSTYPE_AS_CLASSIC);
	for (uint64_t i = 0; i < n; i++)
		known += script_urls_find(u, i << 8) != JSTYPE_UNNAMED;
	assert_true(known <= 2 * SCRIPT_URLS_MAX);
	assert_true(most <= 64 * SCRIPT_URLS_MAX);
	script_urls_free(u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(digests),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
