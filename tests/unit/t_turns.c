/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_turns.c: captures that are read at once are shown one after the other. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/signals.h"
#include "app/turns.h"
#include "base/thread.h"
#include "memout.h"

struct screen {
	struct memout out;
	struct console console;
	struct console_start start;
	struct messages messages;
	struct turns turns;
	struct capture_turn *of[3];
};

/* Three captures have begun, of which `most' bytes may wait. */
static void
begin_three(struct screen *s, size_t most)
{
	memset(s, 0, sizeof *s);
	pthread_mutex_init(&s->messages.lock, NULL);
	s->console.file = out_create(memout_init(&s->out), "", 0);
	s->console.start = &s->start;
	turns_init(&s->turns, &s->messages, &s->console, 3, most);
	for (size_t i = 0; i < 3; i++) {
		s->of[i] = turns_new(&s->turns);
		turns_begin(s->of[i], i);
	}
}

static const char *
shown(struct screen *s)
{
	return buf_cstr(&s->out.files[0]->data);
}

/* A session is shown. */
static void
show_one(struct capture_turn *u, const char *text)
{
	console_begin(&u->console, true);
	out_write(u->console.file, text, strlen(text));
}

static void
end_three(struct screen *s)
{
	turns_fini(&s->turns);
	out_close(s->console.file);
	memout_free(&s->out);
	pthread_mutex_destroy(&s->messages.lock);
}

/* Also the empty line between two sessions. */
static void
in_order(void **state)
{
	struct screen s;

	(void)state;
	begin_three(&s, 1000);
	show_one(s.of[2], "e");
	show_one(s.of[1], "c");
	out_settle(s.of[1]->console.file);
	assert_string_equal(shown(&s), "");
	assert_true(turns_end(s.of[2]));
	show_one(s.of[0], "a");
	assert_string_equal(shown(&s), "a");
	assert_true(turns_end(s.of[0]));
	assert_string_equal(shown(&s), "a");
	assert_int_equal(s.turns.waiting, 2);
	show_one(s.of[1], "d");
	assert_string_equal(shown(&s), "a\nc\nd");
	assert_true(turns_end(s.of[1]));
	assert_string_equal(shown(&s), "a\nc\nd\ne");
	assert_int_equal(s.turns.waiting, 0);
	end_three(&s);
}

/* What shows nothing parts nothing. */
static void
with_nothing(void **state)
{
	struct screen s;

	(void)state;
	begin_three(&s, 1000);
	assert_true(turns_end(s.of[0]));
	out_settle(s.of[1]->console.file);
	show_one(s.of[1], "c");
	assert_true(turns_end(s.of[1]));
	out_settle(s.of[2]->console.file);
	show_one(s.of[2], "e");
	assert_string_equal(shown(&s), "c\ne");
	assert_true(turns_end(s.of[2]));
	end_three(&s);
}

static void *
show_much(void *arg)
{
	struct capture_turn *u = arg;

	show_one(u, "123");
	show_one(u, "456");
	show_one(u, "789");
	assert_true(turns_end(u));
	return NULL;
}

/* Whoever has shown as much as may wait goes on when the turn has come. */
static void
waits_for_turn(void **state)
{
	struct screen s;
	pthread_t thread;

	(void)state;
	begin_three(&s, 5);
	assert_true(thread_start(&thread, show_much, s.of[1]));
	show_one(s.of[0], "more than may wait");
	assert_true(turns_end(s.of[0]));
	pthread_join(thread, NULL);
	assert_string_equal(shown(&s), "more than may wait\n123\n456\n789");
	assert_true(turns_end(s.of[2]));
	end_three(&s);
}

/* What comes after a capture that a signal has stopped would not be there with
 * one thread. */
static void
stopped(void **state)
{
	struct screen s;

	(void)state;
	signals_init();
	begin_three(&s, 1000);
	show_one(s.of[0], "a");
	show_one(s.of[1], "c");
	show_one(s.of[2], "e");
	assert_true(turns_end(s.of[2]));
	raise(SIGTERM);
	assert_true(turns_end(s.of[0]));
	show_one(s.of[1], "d");
	out_settle(s.of[1]->console.file);
	assert_true(turns_end(s.of[1]));
	assert_string_equal(shown(&s), "a");
	end_three(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(with_nothing),
		cmocka_unit_test(waits_for_turn),
		cmocka_unit_test(stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
