/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_match.c: which lines are wanted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "inspect/match.h"

static void
text_and_expression(void **state)
{
	static const char line[] = "3  tcp  192.0.2.1:1024  [::1]:80  http";
	static const struct {
		const char *text;
		const char *expression;
		bool wanted;
	} rows[] = {
		{ NULL, NULL, true },
		{ "", NULL, true },
		{ "  http", NULL, true },
		{ "192.0.2.1:1024  [::1]", NULL, true },
		{ "192.0.2.1:1024 [", NULL, false },
		{ "HTTP", NULL, false },
		{ "t.p", NULL, false },
		{ line, NULL, true },
		{ NULL, "", true },
		{ NULL, "^3  ", true },
		{ NULL, "^[0-9]*[02468]  ", false },
		{ NULL, "http$", true },
		{ NULL, "(udp|tcp)  192", true },
		{ NULL, "\\[::1\\]:80", true },
		{ NULL, "http.", false },
		{ "tcp", "udp", false },
		{ "udp", "tcp", false },
		{ "tcp", "tcp", true },
	};
	char message[MATCH_MESSAGE_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct match m = { 0 };

		if (rows[i].text != NULL)
			match_add_text(&m, rows[i].text);
		if (rows[i].expression != NULL)
			assert_true(
			    match_add_regex(&m, rows[i].expression, message));
		assert_int_equal(match_is_set(&m), i > 0);
		assert_int_equal(match_line(&m, line), rows[i].wanted);
		match_fini(&m);
		assert_false(match_is_set(&m));
	}
}

static void
expressions_that_are_none(void **state)
{
	static const char *const bad[] = { "(", "[a", "a{2,1}", "*a\\" };
	char message[MATCH_MESSAGE_LEN];
	struct match m = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		message[0] = '\0';
		assert_false(match_add_regex(&m, bad[i], message));
		assert_true(message[0] != '\0');
		assert_false(match_is_set(&m));
		match_fini(&m);
	}
}

/* Any text counts, and any expression; both must. */
static void
several(void **state)
{
	char message[MATCH_MESSAGE_LEN];
	struct match m = { 0 };

	(void)state;
	assert_true(match_add_regex(&m, "a", message));
	assert_true(match_add_regex(&m, "^b", message));
	assert_false(match_add_regex(&m, "(", message));
	assert_true(match_line(&m, "xa"));
	assert_true(match_line(&m, "bx"));
	assert_false(match_line(&m, "xb"));
	match_add_text(&m, "1");
	match_add_text(&m, "2");
	assert_false(match_line(&m, "xa"));
	assert_true(match_line(&m, "xa2"));
	assert_true(match_line(&m, "b1"));
	assert_false(match_line(&m, "x1"));
	match_fini(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_expression),
		cmocka_unit_test(expressions_that_are_none),
		cmocka_unit_test(several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
