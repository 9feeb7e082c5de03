/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_rfc3339.c: times as they are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fmt.h"
#include "base/rfc3339.h"

#define S ((int64_t)1000000000)

static void
times(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01t00:00:01z", S },
		{ "1970-01-01 00:01:00.5Z", 60 * S + S / 2 },
		{ "1969-12-31T23:59:59Z", -S },
		{ "1969-12-31T23:59:59.999999999Z", -1 },
		{ "2018-09-26T11:51:02.883718124Z", 1537962662883718124 },
		{ "2018-09-26T11:51:02.8837181249Z", 1537962662883718124 },
		{ "2018-09-26T13:51:02.883718124+02:00", 1537962662883718124 },
		{ "2018-09-26T07:21:02.883718124-04:30", 1537962662883718124 },
		{ "2000-02-29T00:00:00Z", 951782400 * S },
		{ "2016-12-31T23:59:60Z", 1483228800 * S },
		{ "2100-03-01T00:00:00Z", 4107542400 * S },
		{ "1677-09-21T00:12:43.145224192Z", INT64_MIN },
		{ "2262-04-11T23:47:16.854775807Z", INT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ns = 1;

		if (!rfc3339_parse(rows[i].text, &ns) || ns != rows[i].ns)
			fail_msg("%s", rows[i].text);
	}
}

static void
no_times(void **state)
{
	static const char *const bad[] = { "", "x", "2018", "2018-09-26",
		"2018-09-26T11:51Z", "2018-09-26T11:51:02",
		"2018-9-26T11:51:02Z", "2018-09-26T11:51:02Z ",
		"2018-09-26T11:51:02.Z", "2018-09-26T11:51:02,5Z",
		"2018-09-26T24:00:00Z", "2018-09-26T23:60:00Z",
		"2018-09-26T23:00:61Z", "2018-13-01T00:00:00Z",
		"2018-00-01T00:00:00Z", "2018-09-31T00:00:00Z",
		"2018-09-00T00:00:00Z", "2018-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z", "2018-09-26T11:51:02+2:00",
		"2018-09-26T11:51:02+24:00", "2018-09-26T11:51:02+02:60",
		"2018-09-26T11:51:02+0200", "1677-09-21T00:12:43.145224191Z",
		"2262-04-11T23:47:16.854775808Z", "9999-12-31T23:59:59Z",
		"0000-01-01T00:00:00Z", "-018-09-26T11:51:02Z" };
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (rfc3339_parse(bad[i], &ns))
			fail_msg("%s", bad[i]);
}

/* What fmt_time writes is read back, over all years. */
static void
there_and_back(void **state)
{
	char text[FMT_TIME_LEN];
	int64_t step = INT64_MAX / 9973;

	(void)state;
	for (int64_t i = -9973; i <= 9973; i++) {
		int64_t ns;

		fmt_time(text, i * step, 9);
		assert_true(rfc3339_parse(text, &ns));
		assert_int_equal(ns, i * step);
	}
}

static void
seconds(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = { { "0", 0 }, { "1.5", S + S / 2 }, { "007", 7 * S },
		{ "0.0000000019", 1 }, { "1000000000", 1000000000 * S } };
	static const char *const bad[] = { "", "-1", "+1", ".5", "1.", "1e3",
		"nan", "1000000000.1", "1000000001",
		"99999999999999999999999999", "5s" };
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!seconds_parse(good[i].text, &ns) || ns != good[i].ns)
			fail_msg("%s", good[i].text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (seconds_parse(bad[i], &ns))
			fail_msg("%s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(no_times),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
