/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_inplace.c: a directory that is filled under its own name. */
#include "store_fixture.h"

static const char *const at_once[] = { "list", NULL };

static struct store *
new_in_place(struct fixture *f)
{
	f->options.in_place = true;
	f->options.at_once = at_once;
	return new_store(f, "x.sessions");
}

/* Entries whose names begin with a point. */
static int
hidden(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	int n = -2;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] == '.';
	closedir(d);
	return n;
}

static void
names_come_at_the_end(void **state)
{
	struct store *s = new_in_place(*state);
	struct out_file *a = out_create(store_out(s), "a", 0);
	struct out_file *b = out_create(store_out(s), "b", 0);

	assert_int_equal(count("."), 1);
	out_write(a, "one", 3);
	out_settle(a);
	assert_int_equal(count("x.sessions"), 1);
	assert_int_equal(hidden("x.sessions"), 1);
	out_write(a, "two", 3);
	out_close(a);
	check_file("x.sessions/a", "onetwo");
	check_mode("x.sessions/a", 0600);
	out_write(b, "late", 4);
	assert_int_equal(count("x.sessions"), 1);
	publish(s);
	check_file("x.sessions/b", "late");
	assert_int_equal(hidden("x.sessions"), 0);
	check_mode("x.sessions", 0700);
}

static void
lists_are_there_at_once(void **state)
{
	struct store *s = new_in_place(*state);
	struct out_file *list = out_create(store_out(s), "list", 0);

	check_file("x.sessions/list", "");
	out_write(list, "a\n", 2);
	out_settle(list);
	check_file("x.sessions/list", "a\n");
	out_write(list, "b\n", 2);
	out_settle(list);
	check_file("x.sessions/list", "a\nb\n");
	out_close(list);
	publish(s);
	assert_int_equal(count("x.sessions"), 1);
}

static void
few_descriptors(void **state)
{
	struct fixture *f = *state;
	struct out_file *files[5];
	struct store *s;

	f->options.max_open = 1;
	f->options.buffer = 1;
	s = new_in_place(f);
	for (int i = 0; i < 5; i++) {
		char name[] = { (char)('a' + i), '\0' };

		files[i] = out_create(store_out(s), name, 0);
	}
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 5; i++) {
			out_write(files[i], "xyz", 3);
			out_settle(files[i]);
		}
	assert_int_equal(hidden("x.sessions"), 5);
	for (int i = 0; i < 5; i++)
		out_close(files[i]);
	publish(s);
	assert_int_equal(hidden("x.sessions"), 0);
	check_file("x.sessions/c", "xyzxyzxyz");
}

static void
complete_ones_stay(void **state)
{
	struct store *s = new_in_place(*state);
	struct out_file *open = out_create(store_out(s), "open", 0);

	put_file(s, "done", "done");
	out_write(open, "some", 4);
	out_settle(open);
	store_free(s);
	check_file("x.sessions/done", "done");
	assert_int_equal(count("x.sessions"), 1);
}

static void
discarded_ones_go(void **state)
{
	struct store *s = new_in_place(*state);
	struct out_file *a = out_create(store_out(s), "a", 0);
	struct out_file *b = out_create(store_out(s), "b", 0);

	out_write(a, "some", 4);
	out_settle(a);
	out_discard(a);
	out_discard(b);
	put_file(s, "c", "c");
	publish(s);
	assert_int_equal(count("x.sessions"), 1);
}

static void
empty_one_goes(void **state)
{
	store_free(new_in_place(*state));
	assert_int_equal(count("."), 0);
}

static void
earlier_output_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct store *s = new_in_place(f);

	put_file(s, "capture.jsonl", MARK);
	publish(s);
	f->options.force = true;
	assert_null(
	    store_dir_new(f->fd, "x.sessions", &f->options, f->message));
	assert_non_null(strstr(f->message, "File exists"));
	assert_int_equal(count("."), 1);
}

/* What somebody has put in the way is not replaced. */
static void
name_taken_meanwhile(void **state)
{
	struct store *s = new_in_place(*state);
	struct out_file *a = out_create(store_out(s), "a", 0);
	const char *what;

	out_write(a, "ours", 4);
	put("x.sessions/a", "theirs");
	out_close(a);
	assert_int_equal(store_error(s, &what), EEXIST);
	assert_string_equal(what, "publish x.sessions/a");
	store_free(s);
	check_file("x.sessions/a", "theirs");
	assert_int_equal(count("x.sessions"), 1);
}

static bool
small_run(struct fixture *f)
{
	struct store *s = store_dir_new(f->fd, "x", &f->options, f->message);
	struct out_file *a;
	bool ok;

	if (s == NULL)
		return false;
	a = out_create(store_out(s), "a", 0);
	out_write(a, "first", 5);
	out_settle(a);
	out_write(a, "second", 6);
	out_close(a);
	put_file(s, "list", "b\n");
	put_file(s, "last", "last");
	ok = store_publish(s) == 0;
	store_free(s);
	return ok;
}

/* Each call fails in turn: a file that has its name is whole. */
static void
every_call_fails_once(void **state)
{
	struct fixture *f = *state;

	f->options.in_place = true;
	f->options.at_once = at_once;
	f->options.sync = true;
	for (fault_at = 1;; fault_at++) {
		bool done;

		calls = 0;
		done = small_run(f);
		if (calls < fault_at)
			break;
		fault_at = -fault_at;
		if (access("x/a", F_OK) == 0)
			check_file("x/a", "firstsecond");
		if (access("x/last", F_OK) == 0)
			check_file("x/last", "last");
		else
			assert_false(done);
		assert_int_equal(system("rm -rf x"), 0);
		fault_at = -fault_at;
	}
	assert_in_range(fault_at, 10, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_come_at_the_end),
		TEST(lists_are_there_at_once),
		TEST(few_descriptors),
		TEST(complete_ones_stay),
		TEST(discarded_ones_go),
		TEST(empty_one_goes),
		TEST(earlier_output_is_left_alone),
		TEST(name_taken_meanwhile),
		TEST(every_call_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
