/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_ledger.c: what is read of a capture.jsonl, whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/ledger.h"
#include "base/buf.h"

#define S ((int64_t)1000000000)

static const char ledger[] =
    "{\"program\":\"tcpsession\",\"complete\":false,"
    "\"incomplete\":[\"cut\",\"memory\",\"no such\"],"
    "\"capture\":\"a\\\"},{\\\\\",\"files\":[\"size\",\"]\",{\"size\":7}],"
    "\"size\":18446744073709551615,\"packets\":12,"
    "\"first\":\"1970-01-01T00:00:01.5Z\",\"last\":\"1970-01-01T00:00:02Z\","
    "\"lost\":{\"sessions\":3},\"warnings\":[\"one\",\"two, \\u003c\"],"
    "\"options\":{\"packets\":1,\"filter\":null},"
    "\"totals\":{\"sessions\":9,\"selected\":8,\"bytes\":700,\"missing\":5,"
    "\"fragments\":{\"bytes\":1}}}\n";

static struct slice
text_of(const char *text)
{
	return (struct slice){ (const uint8_t *)text, strlen(text) };
}

static void
whole(void **state)
{
	struct ledger_facts f;

	(void)state;
	assert_true(ledger_parse(text_of(ledger), &f));
	assert_true(f.size == UINT64_MAX && f.packets == 12);
	assert_true(f.sessions == 8 && f.bytes == 700 && f.missing == 5);
	assert_true(f.warnings == 3);
	assert_true(f.first_ns == S * 3 / 2 && f.last_ns == 2 * S);
	assert_true(
	    f.words.bits == (1u << INCOMPLETE_CUT | 1u << INCOMPLETE_MEMORY));
}

/* No part of it is one, and none is read beyond its end. */
static void
cut(void **state)
{
	struct ledger_facts f;

	(void)state;
	for (size_t n = 0; n < sizeof ledger - 2; n++) {
		struct buf b = { 0 };

		buf_put(&b, ledger, n);
		assert_false(ledger_parse((struct slice){ b.p, n }, &f));
		assert_true(f.packets == 0 && f.words.bits == 0);
		buf_free(&b);
	}
}

static void
strange(void **state)
{
	static const char *const none[] = { "", "null", "{", "[", "}", "{]",
		"{\"a\"}", "{\"a\":}", "{\"a\":1", "{\"a\":1,}", "{\"\\",
		"\"packets\"" };
	struct ledger_facts f;

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		if (ledger_parse(text_of(none[i]), &f))
			fail_msg("%s", none[i]);
	assert_true(ledger_parse(text_of("{}"), &f));
	assert_true(
	    ledger_parse(text_of(
			     "{\"packets\":18446744073709551616,\"size\":-1,"
			     "\"first\":\"yesterday\",\"incomplete\":7}"),
		&f));
	assert_true(f.packets == 0 && f.size == 0 && f.first_ns == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(cut),
		cmocka_unit_test(strange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
