/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_name.c: names of files from templates, each taken once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/name.h"
#include "base/name_set.h"
#include "base/xalloc.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t v4[2][4] = { { 10, 9, 0, 1 }, { 192, 168, 101, 254 } };
static const uint8_t v6[2][16] = {
	{ 0x20, 0x01, 0x0d, 0xb8, [15] = 1 },
	{ [10] = 0xff, [11] = 0xff, [12] = 255, 255, 255, 255 },
};

static const struct name_facts plain = {
	.from = { v4[0], 4, 36118 },
	.to = { v4[1], 4, 80 },
	.start_ns = 1537962662883718124,
	.number = 1234567890123,
};

static const struct name_facts tagged = {
	.from = { v6[0], 6, 65535 },
	.to = { v6[1], 6, 0 },
	.start_ns = -1,
	.number = 0,
	.vlan = 4095,
};

static void
check(const char *fmt, const struct name_facts *f, uint32_t count,
    const char *want)
{
	char *name;

	assert_null(name_template_fault(fmt));
	name = name_from_template(fmt, f, count);
	assert_string_equal(name, want);
	free(name);
}

static void
letters(void **state)
{
	static const struct {
		const char *fmt;
		const struct name_facts *facts;
		uint32_t count;
		const char *want;
	} rows[] = {
		{ "x", &plain, 0, "x" },
		{ "x", &plain, 1, "xc1" },
		{ "x", &plain, UINT32_MAX, "xc4294967295" },
		{ "%A", &plain, 0, "010.009.000.001" },
		{ "%A.%a-%B.%b", &plain, 0,
		    "010.009.000.001.36118-192.168.101.254.00080" },
		{ "%A.%a-%B.%b", &tagged, 0,
		    "2001:db8::1.65535-::ffff:255.255.255.255.00000" },
		{ "%T", &plain, 0, "2018-09-26T11:51:02Z" },
		{ "%T", &tagged, 0, "1969-12-31T23:59:59Z" },
		{ "%t", &plain, 0, "1537962662" },
		{ "at%t", &tagged, 0, "at-1" },
		{ "%S", &plain, 0, "00000001234567890123" },
		{ "%G:%M:%K:%N", &plain, 0, "234:567:890:123" },
		{ "%G:%M:%K:%N", &tagged, 0, "000:000:000:000" },
		{ "x%Vy%v", &plain, 0, "xy" },
		{ "x%Vy%v", &tagged, 0, "x--y4095" },
		{ "x%C%c", &plain, 0, "x" },
		{ "x%C%c", &plain, 7, "xc7" },
		{ "%c_%A", &plain, 7, "7_010.009.000.001" },
		{ "x%#", &plain, 0, "x0" },
		{ "x%#", &plain, 7, "x7" },
		{ "x%Cy", &plain, 7, "xcyc7" },
		{ "100%%", &plain, 0, "100%" },
		{ "a+b,c=d@e:f_g.h-i", &plain, 0, "a+b,c=d@e:f_g.h-i" },
		{ NAME_TCPFLOW, &plain, 0,
		    "010.009.000.001.36118-192.168.101.254.00080" },
		{ NAME_TCPFLOW, &tagged, 2,
		    "2001:db8::1.65535-::ffff:255.255.255.255.00000--4095c2" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(rows[i].fmt, rows[i].facts, rows[i].count, rows[i].want);
}

/* What a letter stands for never hides a file or looks like an option. */
static void
beginnings(void **state)
{
	(void)state;
	check("%t", &tagged, 0, "_1");
	check("%V", &tagged, 0, "_-");
	check("%V-x", &plain, 0, "_x");
	check("%v..", &plain, 0, "_.");
	check("%C%c", &plain, 0, "_");
	check("%v", &plain, 0, "_");
}

static void
faults(void **state)
{
	static const char *const rows[] = { "", ".", "..", ".x", "-x", "/x",
		"a/b", "../x", "%", "%A%", "x%", "%z", "%E", "%e", "%/", "% ",
		"%5d", "a b", "a\n", "a\x1b", "a\x7f", "\xff", "$x", "a*", "'",
		"%A%A%A%A%A%A" };
	char fmt[NAME_TEMPLATE_MOST + 2] = { 0 };
	char *name;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_non_null(name_template_fault(rows[i]));
	memset(fmt, 'x', sizeof(fmt) - 1);
	while (name_template_fault(fmt) != NULL)
		fmt[strlen(fmt) - 1] = '\0';
	name = name_from_template(fmt, &plain, UINT32_MAX);
	assert_in_range(strlen(name), NAME_TEMPLATE_MOST - 10,
	    NAME_TEMPLATE_MOST);
	free(name);
}

static char *
make(const void *arg, uint32_t count)
{
	return count == 0 ? xstrdup(arg) :
			    xasprintf("%sc%u", (const char *)arg, count);
}

static void
takes(struct name_set *n, const char *base, const char *want)
{
	char *name = name_set_take(n, make, base);

	assert_string_equal(name, want);
	free(name);
}

static void
each_once(void **state)
{
	struct name_set *n = name_set_new(1000);

	(void)state;
	name_set_reserve(n, "index");
	name_set_reserve(n, "index");
	takes(n, "a", "a");
	takes(n, "b", "b");
	takes(n, "a", "ac1");
	takes(n, "a", "ac2");
	takes(n, "ac3", "ac3");
	takes(n, "a", "ac4");
	takes(n, "ac1", "ac1c1");
	takes(n, "index", "indexc1");
	name_set_free(n);
	name_set_free(NULL);
}

/* As many as there are, however they are asked for. */
static void
many(void **state)
{
	struct name_set *n = name_set_new(100000);
	char base[16], want[32];

	(void)state;
	for (unsigned i = 0; i < 30000; i++) {
		snprintf(base, sizeof(base), "s%u", i);
		takes(n, base, base);
		snprintf(want, sizeof(want), i == 0 ? "same" : "samec%u", i);
		takes(n, "same", want);
	}
	takes(n, "s0", "s0c1");
	takes(n, "s29999", "s29999c1");
	name_set_free(n);
}

/* When no more can be remembered names still come once. */
static void
forgetful(void **state)
{
	struct name_set *n = name_set_new(3);

	(void)state;
	takes(n, "a", "a");
	takes(n, "a", "ac1");
	takes(n, "ac6", "ac6");
	takes(n, "b", "bc4");
	takes(n, "a", "ac5");
	takes(n, "a", "ac7");
	takes(n, "new", "newc8");
	name_set_free(n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters),
		cmocka_unit_test(beginnings),
		cmocka_unit_test(faults),
		cmocka_unit_test(each_once),
		cmocka_unit_test(many),
		cmocka_unit_test(forgetful),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
