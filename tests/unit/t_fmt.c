/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_fmt.c: numbers, times and addresses as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/fmt.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
times(void **state)
{
	static const struct {
		int64_t ts_ns;
		int digits;
		const char *text;
	} rows[] = {
		{ 0, 6, "1970-01-01T00:00:00.000000Z" },
		{ 1537962662883718124, 6, "2018-09-26T11:51:02.883718Z" },
		{ 1537962662883718124, 9, "2018-09-26T11:51:02.883718124Z" },
		{ 1537962662999999999, 6, "2018-09-26T11:51:02.999999Z" },
		{ -1, 9, "1969-12-31T23:59:59.999999999Z" },
		{ -1, 6, "1969-12-31T23:59:59.999999Z" },
		{ -1000000000, 6, "1969-12-31T23:59:59.000000Z" },
		{ 951782400000000000, 6, "2000-02-29T00:00:00.000000Z" },
		{ 4294967295000000000, 6, "2106-02-07T06:28:15.000000Z" },
		{ INT64_MAX, 9, "2262-04-11T23:47:16.854775807Z" },
		{ INT64_MIN, 9, "1677-09-21T00:12:43.145224192Z" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[FMT_TIME_LEN];

		fmt_time(out, rows[i].ts_ns, rows[i].digits);
		assert_string_equal(out, rows[i].text);
	}
}

/* Every day that there is, and the last moment of each. */
static void
dates(void **state)
{
	const int64_t day_ns = 86400 * INT64_C(1000000000);

	(void)state;
	for (int64_t d = INT64_MIN / day_ns; d < INT64_MAX / day_ns; d++) {
		time_t secs = d * 86400 + (d & 1) * 86399;
		char out[FMT_TIME_LEN], want[FMT_TIME_LEN];
		struct tm tm;

		gmtime_r(&secs, &tm);
		strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
		fmt_time(out, secs * 1000000000, 6);
		assert_string_equal(out, want);
	}
}

static void
local_times(void **state)
{
	static const struct {
		const char *zone;
		int64_t ts_ns;
		const char *text;
	} rows[] = {
		{ "UTC", 1537962662883718999,
		    "2018-09-26T11:51:02.883718999+00:00" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 1537962662883718999,
		    "2018-09-26T13:51:02.883718999+02:00" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 0,
		    "1970-01-01T01:00:00.000000000+01:00" },
		{ "NST3:30", -1, "1969-12-31T20:29:59.999999999-03:30" },
		{ "XXX-14", INT64_MAX, "2262-04-12T13:47:16.854775807+14:00" },
		{ "XXX12", INT64_MIN, "1677-09-20T12:12:43.145224192-12:00" },
		{ "XXX0:00:30", 0, "1969-12-31T23:59:30.000000000-00:00" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[FMT_TIME_LEN];
		const char *end;

		setenv("TZ", rows[i].zone, 1);
		tzset();
		end = fmt_time_local(out, rows[i].ts_ns, 9);
		assert_string_equal(out, rows[i].text);
		assert_ptr_equal(end, out + strlen(out));
	}
	setenv("TZ", "UTC", 1);
	tzset();
}

static void
numbers(void **state)
{
	(void)state;
	for (uint64_t v = 1; v <= UINT64_MAX / 10; v *= 10) {
		for (uint64_t n = v - 1; n <= v + 1; n++) {
			char out[21], want[21];

			*fmt_put_u64(out, n) = '\0';
			snprintf(want, sizeof want, "%llu",
			    (unsigned long long)n);
			assert_string_equal(out, want);
		}
	}
}

static void
ends(void **state)
{
	static const uint8_t addr[16] = { 10, 99, 100, 255 };
	char out[FMT_ENDPOINT_LEN];
	const char *end;

	_Static_assert(sizeof out >= FMT_TIME_LEN, "it has room for all");
	(void)state;
	end = fmt_time(out, 1, 9);
	assert_ptr_equal(end, out + strlen(out));
	end = fmt_seconds(out, -1, 9);
	assert_ptr_equal(end, out + strlen(out));
	end = fmt_addr(out, addr, 6);
	assert_ptr_equal(end, out + strlen(out));
	end = fmt_endpoint(out, addr, 4, 9);
	assert_ptr_equal(end, out + strlen(out));
	assert_string_equal(out, "10.99.100.255:9");
}

static void
time_names(void **state)
{
	char out[FMT_TIME_LEN];

	(void)state;
	fmt_time_name(out, 1768936860123456789);
	assert_string_equal(out, "20260120T192100.123456789Z");
	fmt_time_name(out, 0);
	assert_string_equal(out, "19700101T000000.000000000Z");
}

static void
seconds(void **state)
{
	static const struct {
		int64_t ns;
		int digits;
		const char *text;
	} rows[] = {
		{ 0, 6, "0.000000" },
		{ 0, 9, "0.000000000" },
		{ 1, 9, "0.000000001" },
		{ 61440295000, 6, "61.440295" },
		{ 61440294788, 9, "61.440294788" },
		{ 61440294788, 6, "61.440294" },
		{ 10000000000, 6, "10.000000" },
		{ -1000, 6, "-0.000001" },
		{ -999, 6, "0.000000" },
		{ -1, 9, "-0.000000001" },
		{ -1500000000, 6, "-1.500000" },
		{ INT64_MAX, 9, "9223372036.854775807" },
		{ INT64_MIN, 9, "-9223372036.854775808" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[FMT_SECONDS_LEN];

		fmt_seconds(out, rows[i].ns, rows[i].digits);
		assert_string_equal(out, rows[i].text);
	}
}

static void
since_saturates(void **state)
{
	(void)state;
	assert_int_equal(fmt_since(5, 7), -2);
	assert_true(fmt_since(INT64_MIN, 1) == INT64_MIN);
	assert_true(fmt_since(INT64_MAX, -1) == INT64_MAX);
	assert_true(fmt_since(INT64_MIN, INT64_MIN) == 0);
}

static void
addresses(void **state)
{
	static const uint8_t v4[16] = { 192, 0, 2, 1 };
	static const uint8_t doc[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
	static const uint8_t longest[16] = { 0xfe, 0x80, 0x12, 0x34, 0x12, 0x34,
		0x12, 0x34, 0x12, 0x34, 0x12, 0x34, 0x12, 0x34, 0x12, 0x34 };
	char out[FMT_ADDR_LEN];
	char ep[FMT_ENDPOINT_LEN];

	(void)state;
	fmt_addr(out, v4, 4);
	assert_string_equal(out, "192.0.2.1");
	fmt_addr(out, doc, 6);
	assert_string_equal(out, "2001:db8::1");
	fmt_endpoint(ep, v4, 4, 80);
	assert_string_equal(ep, "192.0.2.1:80");
	fmt_endpoint(ep, doc, 6, 0);
	assert_string_equal(ep, "[2001:db8::1]:0");
	fmt_endpoint(ep, longest, 6, 65535);
	assert_string_equal(ep,
	    "[fe80:1234:1234:1234:1234:1234:1234:1234]:65535");
}

static void
sizes(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		uint64_t value;
	} rows[] = {
		{ "0", true, 0 },
		{ "00012", true, 12 },
		{ "1", true, 1 },
		{ "1k", true, 1024 },
		{ "64K", true, 65536 },
		{ "3m", true, 3145728 },
		{ "512M", true, 536870912 },
		{ "5G", true, 5368709120 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 },
		{ "17179869183G", true, 17179869183u * 1073741824ull },
		{ "17179869184G", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "K", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1KB", false, 0 },
		{ "1T", false, 0 },
		{ "1.5G", false, 0 },
		{ "0x10", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t v = 77;

		if (fmt_parse_size(rows[i].text, &v) != rows[i].ok)
			fail_msg("\"%s\"", rows[i].text);
		assert_true(v == (rows[i].ok ? rows[i].value : 77));
	}
}

static void
human(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KB" },
		{ 1048575, "1023.9 KB" },
		{ 1048576, "1.0 MB" },
		{ 1288490189, "1.2 GB" },
		{ UINT64_MAX, "15.9 EB" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[16];

		fmt_human(out, rows[i].bytes);
		assert_string_equal(out, rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),
		cmocka_unit_test(dates),
		cmocka_unit_test(local_times),
		cmocka_unit_test(numbers),
		cmocka_unit_test(ends),
		cmocka_unit_test(time_names),
		cmocka_unit_test(seconds),
		cmocka_unit_test(since_saturates),
		cmocka_unit_test(addresses),
		cmocka_unit_test(sizes),
		cmocka_unit_test(human),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
