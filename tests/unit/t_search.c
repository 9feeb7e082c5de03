/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_search.c: expressions, and strings that are searched in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "inspect/search.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What is told, as text: "2-5 " for a match or, when lines are asked for,
 * "|line@offset 2-5 " for a line with the matches in it. */
struct trace {
	bool lines;
	char text[4096];
	size_t n;
	enum search_verdict verdict;
};

ATTR_PRINTF(2, 3)
static void
say(struct trace *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	t->n +=
	    (size_t)vsnprintf(t->text + t->n, sizeof t->text - t->n, fmt, args);
	va_end(args);
	assert_true(t->n < sizeof t->text);
}

static enum search_verdict
on_found(void *owner, const struct found *f)
{
	struct trace *t = owner;

	if (!t->lines)
		say(t, "%d-%d ", (int)f->begin, (int)f->end);
	return t->verdict;
}

static void
on_line(void *owner, const struct found_line *l)
{
	say(owner, "|%.*s@%d ", (int)l->bytes.n, (const char *)l->bytes.p,
	    (int)l->off);
	for (size_t i = 0; i < l->n; i++)
		say(owner, "%d-%d ", (int)l->matches[i].begin,
		    (int)l->matches[i].end);
}

/* An expression of one or more, and all that searches with it. */
struct rig {
	struct pattern *pattern;
	struct searcher sr;
	struct search s;
	struct trace t;
};

static struct pattern *
compiled(const char *const *expressions, size_t n, char *message)
{
	struct str_list l = { 0 };
	struct pattern *p;

	for (size_t i = 0; i < n; i++)
		str_list_add(&l, expressions[i]);
	p = pattern_new(&l, message);
	str_list_free(&l);
	return p;
}

static void
rig_open(struct rig *r, const char *expression, bool lines)
{
	char message[PATTERN_MESSAGE_LEN];

	memset(r, 0, sizeof *r);
	r->pattern = compiled(&expression, 1, message);
	assert_non_null(r->pattern);
	searcher_init(&r->sr, r->pattern);
	r->sr.found = on_found;
	r->sr.line = lines ? on_line : NULL;
	r->t.lines = lines;
	search_init(&r->s, &r->t);
}

static void
rig_close(struct rig *r)
{
	search_fini(&r->s);
	searcher_fini(&r->sr);
	pattern_free(r->pattern);
}

static void
put(struct rig *r, const char *text, size_t n)
{
	search_put(&r->sr, &r->s, (struct slice){ (const uint8_t *)text, n });
}

/* What is found in a text that comes in pieces of n bytes. */
static void
expect(const char *expression, const char *text, size_t n, const char *wanted)
{
	size_t left = strlen(text);
	struct rig r;

	rig_open(&r, expression, false);
	for (; left > n; left -= n, text += n)
		put(&r, text, n);
	put(&r, text, left);
	search_end(&r.sr, &r.s, 0);
	if (strcmp(r.t.text, wanted) != 0)
		print_error("%s, pieces of %zu\n", expression, n);
	assert_string_equal(r.t.text, wanted);
	assert_false(r.s.limited);
	rig_close(&r);
}

static void
test_any_pieces_are_the_whole(void **st)
{
	static const struct {
		const char *expression;
		const char *text;
		const char *found;
	} rows[] = {
		{ "needle", "hay needle hayneedlehay", "4-10 14-20 " },
		{ "(?i)needle", "hay NeEdLe", "4-10 " },
		{ "n+e", "nnnne", "0-5 " },
		{ "\\d+", "12345 67", "0-5 6-8 " },
		{ "^b.*$", "ab\nbc\nb", "3-5 6-7 " },
		{ "$", "a\nb", "1-1 3-3 " },
		{ "a*", "baac", "0-0 1-3 3-3 4-4 " },
		{ "(?<=abc)d", "xabcd abd", "4-5 " },
		{ "(?<=(?<=a)b)c", "abc xbc", "2-3 " },
		{ "\\bcat\\b", "cat concat cat", "0-3 11-14 " },
		{ "cat(?!s)", "cats cat", "5-8 " },
		{ "\\Aa|b", "aab", "0-1 2-3 " },
		{ "a\\Kb", "abab", "1-2 3-4 " },
		{ "(?s)a.*?b", "a\n\n\nb b", "0-5 " },
		{ "(..)\\1", "abcabab", "3-7 " },
		{ "\\Qa.b\\E", "axb a.b", "4-7 " },
		{ "\xff[^\n]", "a\xff\xfe", "1-3 " },
		{ "(*NO_JIT)n+e", "nnnne ne", "0-5 6-8 " },
		{ "(*ANYCRLF)a$", "a\r\nba\r", "0-1 4-5 " },
	};

	(void)st;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t n = 1; n <= strlen(rows[i].text); n++)
			expect(rows[i].expression, rows[i].text, n,
			    rows[i].found);
}

static void
test_bytes_may_be_nul(void **st)
{
	struct rig r;

	(void)st;
	rig_open(&r, "\\x00b", false);
	put(&r, "a\0", 2);
	put(&r, "b\0b", 3);
	search_end(&r.sr, &r.s, 0);
	assert_string_equal(r.t.text, "1-3 3-5 ");
	rig_close(&r);
}

static void
test_a_hole_ends_a_string(void **st)
{
	struct rig r;

	(void)st;
	rig_open(&r, "ab|^c$|(?<=b)d", false);
	put(&r, "xa", 2);
	search_end(&r.sr, &r.s, 10);
	put(&r, "b", 1);
	search_end(&r.sr, &r.s, 20);
	put(&r, "c", 1);
	search_end(&r.sr, &r.s, 30);
	put(&r, "d", 1);
	search_end(&r.sr, &r.s, 40);
	search_end(&r.sr, &r.s, 50);
	assert_string_equal(r.t.text, "20-21 ");
	rig_close(&r);
}

static void
test_enough_ends_the_search(void **st)
{
	struct rig r;

	(void)st;
	rig_open(&r, "a", false);
	r.t.verdict = SEARCH_ENOUGH;
	put(&r, "aaa", 3);
	put(&r, "a", 1);
	search_end(&r.sr, &r.s, 0);
	put(&r, "a", 1);
	assert_string_equal(r.t.text, "0-1 ");
	assert_int_equal(search_memory(&r.s), 0);
	rig_close(&r);
}

static void
test_what_is_passed_over_makes_no_line(void **st)
{
	struct rig r;

	(void)st;
	rig_open(&r, "a", true);
	r.t.verdict = SEARCH_PASS;
	put(&r, "xax", 3);
	search_end(&r.sr, &r.s, 0);
	assert_string_equal(r.t.text, "");
	rig_close(&r);
}

/* ------------------------------------------------------------------- lines */

static void
expect_lines(const char *expression, const char *text, const char *wanted)
{
	for (size_t n = 1; n <= strlen(text); n++) {
		struct rig r;

		rig_open(&r, expression, true);
		for (size_t at = 0; at < strlen(text); at += n)
			put(&r, text + at,
			    n < strlen(text + at) ? n : strlen(text + at));
		search_end(&r.sr, &r.s, 0);
		assert_string_equal(r.t.text, wanted);
		rig_close(&r);
	}
}

static void
test_lines(void **st)
{
	(void)st;
	expect_lines("b", "abc\n", "|abc@0 1-2 ");
	expect_lines("b", "xx\nabcb\nb", "|abcb@3 4-5 6-7 |b@8 8-9 ");
	expect_lines("b\n+d", "ab\n\nd\n", "|ab@0 1-5 ");
	expect_lines("\n", "ab\nc\n", "|ab@0 2-3 |c@3 4-5 ");
	expect_lines("^$", "a\n\nb\n", "|@2 2-2 ");
	expect_lines("b*", "a\nb", "|a@0 0-0 1-1 |b@2 2-3 3-3 ");
}

/* n times c. */
static char *
many(char c, size_t n)
{
	char *p = malloc(n + 1);

	assert_non_null(p);
	memset(p, c, n);
	p[n] = '\0';
	return p;
}

/* What is shown of the line in which a text lies between before and after. */
static void
expect_shown(size_t before, const char *match, size_t after, size_t from,
    size_t len)
{
	char *a = many('-', before), *b = many('-', after);
	const char *at;
	struct rig r;

	rig_open(&r, "X+", true);
	put(&r, a, before);
	put(&r, match, strlen(match));
	put(&r, b, after);
	search_end(&r.sr, &r.s, 0);
	at = strchr(r.t.text, '@');
	assert_non_null(at);
	assert_int_equal(strtoul(at + 1, NULL, 10), from);
	assert_int_equal(at - r.t.text - 1, len);
	rig_close(&r);
	free(a);
	free(b);
}

static void
test_long_lines_are_cut(void **st)
{
	char *x = many('X', 3000);

	(void)st;
	expect_shown(256, "XX", 256, 0, 514);
	expect_shown(257, "XX", 257, 1, 514);
	expect_shown(100000, "X", 100000, 99744, 513);
	expect_shown(0, x, 1000, 0, 3256);
	free(x);
}

static void
test_a_far_match_has_a_line_of_its_own(void **st)
{
	char *gap = many('-', 300);
	struct rig r;

	(void)st;
	rig_open(&r, "X", true);
	put(&r, "XX", 2);
	put(&r, gap, 300);
	put(&r, "X\n", 2);
	search_end(&r.sr, &r.s, 0);
	assert_non_null(strstr(r.t.text, "@0 0-1 1-2 |---"));
	assert_string_equal(strrchr(r.t.text, '@'), "@46 302-303 ");
	rig_close(&r);
	free(gap);
}

/* ------------------------------------------------------------------ limits */

static void
test_a_long_match_is_found_as_far_as_it_is_there(void **st)
{
	char *part = many('b', 1000);
	struct rig r;

	(void)st;
	/* The greedy part has no end; the short match is there all the same. */
	rig_open(&r, "(?s)begin.*end|other", false);
	put(&r, "begin...end other", 17);
	for (int i = 0; i < 200; i++) {
		put(&r, part, 1000);
		assert_true(search_memory(&r.s) < 300000);
	}
	search_end(&r.sr, &r.s, 0);
	assert_string_equal(r.t.text, "0-11 12-17 ");
	rig_close(&r);
	free(part);
}

static void
test_a_match_that_never_ends_is_passed_over(void **st)
{
	char *part = many('a', 1000);
	struct rig r;

	(void)st;
	rig_open(&r, "(?s)a[^x]*x|b{3}", false);
	put(&r, "a..bbb..", 8);
	for (int i = 0; i < 200; i++)
		put(&r, part, 1000);
	put(&r, "bbb", 3);
	search_end(&r.sr, &r.s, 0);
	assert_false(r.s.limited);
	assert_string_equal(r.t.text, "3-6 200008-200011 ");
	rig_close(&r);
	free(part);
}

static void
test_64_kib_across_pieces(void **st)
{
	char *part = many('-', 1000);
	struct rig r;

	(void)st;
	rig_open(&r, "(?s)a-*b", false);
	put(&r, "..a", 3);
	for (int i = 0; i < 65; i++)
		put(&r, part, 1000);
	put(&r, "b", 1);
	search_end(&r.sr, &r.s, 0);
	assert_string_equal(r.t.text, "2-65004 ");
	rig_close(&r);
	free(part);
}

static void
expect_limit(const char *expression)
{
	char *line = many('a', 5000);
	struct rig r;

	line[4999] = '!';
	rig_open(&r, expression, false);
	put(&r, line, 5000);
	put(&r, "\naaa", 4);
	search_end(&r.sr, &r.s, 0);
	assert_true(r.s.limited);
	assert_string_equal(r.t.text, "5001-5004 ");
	rig_close(&r);
	free(line);
}

static void
test_what_takes_for_ever_is_given_up(void **st)
{
	(void)st;
	expect_limit("(a+)+$");
	expect_limit("(*NO_JIT)(a+)+$");
	expect_limit("^(a|aa)+$");
}

static void
test_patience_ends(void **st)
{
	char *line = many('a', 40);
	struct rig r;

	(void)st;
	line[39] = '\n';
	line[38] = '!';
	rig_open(&r, "^(a+)+$", false);
	for (int i = 0; i < 2000; i++)
		put(&r, line, 40);
	assert_true(r.s.limited);
	put(&r, "aaa\n", 4);
	search_end(&r.sr, &r.s, 0);
	/* What takes few steps is found all the same. */
	assert_string_equal(r.t.text, "80000-80003 ");
	rig_close(&r);
	free(line);
}

/* -------------------------------------------------------------- expressions */

static void
test_several_expressions(void **st)
{
	static const char *const both[] = { "(a)\\1", "(?<n>b)\\k<n>|\\Qc",
		"(?<n>d)\\1" };
	char message[PATTERN_MESSAGE_LEN];
	struct rig r;

	(void)st;
	rig_open(&r, "x", false);
	searcher_fini(&r.sr);
	pattern_free(r.pattern);
	r.pattern = compiled(both, COUNT(both), message);
	assert_non_null(r.pattern);
	searcher_init(&r.sr, r.pattern);
	r.sr.found = on_found;
	put(&r, "ab aa bb c dd", 13);
	search_end(&r.sr, &r.s, 0);
	assert_string_equal(r.t.text, "3-5 6-8 9-10 11-13 ");
	rig_close(&r);
}

static void
expect_fault(const char *a, const char *b, const char *wanted)
{
	const char *both[] = { a, b };
	char message[PATTERN_MESSAGE_LEN] = "";

	assert_null(compiled(both, b != NULL ? 2 : 1, message));
	assert_non_null(strstr(message, wanted));
}

static void
test_what_is_no_expression(void **st)
{
	(void)st;
	expect_fault("(a", NULL, "missing closing parenthesis, at character 3");
	expect_fault("a)", "(b", "unmatched closing parenthesis");
	expect_fault("a", "b)|(c", "unmatched closing parenthesis");
	expect_fault("(*UTF)a", NULL, "UTF");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_pieces_are_the_whole),
		cmocka_unit_test(test_bytes_may_be_nul),
		cmocka_unit_test(test_a_hole_ends_a_string),
		cmocka_unit_test(test_enough_ends_the_search),
		cmocka_unit_test(test_what_is_passed_over_makes_no_line),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_lines_are_cut),
		cmocka_unit_test(test_a_far_match_has_a_line_of_its_own),
		cmocka_unit_test(
		    test_a_long_match_is_found_as_far_as_it_is_there),
		cmocka_unit_test(test_a_match_that_never_ends_is_passed_over),
		cmocka_unit_test(test_64_kib_across_pieces),
		cmocka_unit_test(test_what_takes_for_ever_is_given_up),
		cmocka_unit_test(test_patience_ends),
		cmocka_unit_test(test_several_expressions),
		cmocka_unit_test(test_what_is_no_expression),
	};
	const char *const one = "a";
	char message[PATTERN_MESSAGE_LEN];
	struct pattern *p = compiled(&one, 1, message);

	/* Without PCRE2 there is nothing to test but that it is told. */
	if (p == NULL)
		return strstr(message, "without PCRE2") == NULL;
	pattern_free(p);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
