/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_loss.c: the words of incompleteness and the counters that lead to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/incomplete.h"
#include "base/loss.h"

static struct incomplete_set
only(enum incomplete w)
{
	struct incomplete_set s = { 0 };

	incomplete_add(&s, w);
	return s;
}

/* Who reads ledgers relies on the words and on their order. */
static void
words_in_their_order(void **state)
{
	static const char *const words[] = { "cut", "corrupt", "read",
		"changed", "link type", "frames", "filter", "window",
		"expansion", "dropped", "interrupted", "memory", "fragments",
		"jumps", "streams", "library", "search", "ratio", "files",
		"output", "name", "no memory", "write" };

	(void)state;
	assert_int_equal(sizeof(words) / sizeof(words[0]), INCOMPLETE_WORDS);
	for (int w = 0; w < INCOMPLETE_WORDS; w++)
		assert_string_equal(incomplete_word((enum incomplete)w),
		    words[w]);
}

/* What follows from each word. */
static void
consequences(void **state)
{
	(void)state;
	for (int i = 0; i < INCOMPLETE_WORDS; i++) {
		enum incomplete w = (enum incomplete)i;
		struct incomplete_set s = only(w);
		bool fails = w == INCOMPLETE_WRITE || w == INCOMPLETE_NO_MEMORY;

		assert_false(incomplete_is_empty(s));
		assert_int_equal(incomplete_is_failure(s), fails);
		assert_int_equal(incomplete_may_pass(s),
		    fails || w == INCOMPLETE_READ || w == INCOMPLETE_CHANGED ||
			w == INCOMPLETE_INTERRUPTED);
		assert_int_equal(incomplete_is_of_memory(s),
		    w == INCOMPLETE_MEMORY || w == INCOMPLETE_FRAGMENTS);
	}
}

static void
sets(void **state)
{
	struct incomplete_set s = { 0 };

	(void)state;
	assert_true(incomplete_is_empty(s));
	assert_false(incomplete_is_failure(s));
	incomplete_add(&s, INCOMPLETE_CUT);
	incomplete_join(&s, only(INCOMPLETE_WRITE));
	assert_true(incomplete_has(s, INCOMPLETE_CUT));
	assert_true(incomplete_has(s, INCOMPLETE_WRITE));
	assert_false(incomplete_has(s, INCOMPLETE_READ));
	assert_true(incomplete_is_failure(s));
}

/* No counter without a key, a word and something to say. */
static void
every_counter_is_told(void **state)
{
	(void)state;
	for (int i = 0; i < LOSSES; i++) {
		const struct loss_row *row = loss_row((enum loss)i);
		struct losses l = { 0 };

		assert_true(strlen(row->key) > 0 && strlen(row->text) > 10);
		assert_true(row->word < INCOMPLETE_WORDS);
		assert_non_null(row->help);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(row->key,
			    loss_row((enum loss)k)->key);
		assert_true(incomplete_is_empty(losses_words(&l)));
		loss_add(&l, (enum loss)i, 2);
		loss_detail(&l, (enum loss)i, "a");
		loss_detail(&l, (enum loss)i, "b");
		assert_int_equal(losses_words(&l).bits, only(row->word).bits);
		losses_free(&l);
	}
	loss_add(NULL, LOSS_WILD, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_in_their_order),
		cmocka_unit_test(consequences),
		cmocka_unit_test(sets),
		cmocka_unit_test(every_counter_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
