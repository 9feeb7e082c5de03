/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_publish.c: what stands at a place is whole, ours, and never a trap. */
#include "store/fs_tree.h"
#include "store/temporary.h"
#include "store_fixture.h"

static void
replaces_its_own(void **state)
{
	struct fixture *f = *state;
	struct store *s = new_store(f, "x.sessions");

	put_file(s, "capture.jsonl", MARK);
	put_file(s, "old", "old");
	publish(s);
	f->options.sync = true;
	s = new_store(f, "x.sessions");
	put_file(s, "capture.jsonl", MARK);
	put_file(s, "new", "new");
	check_file("x.sessions/old", "old");
	publish(s);
	check_file("x.sessions/new", "new");
	assert_int_equal(count("x.sessions"), 2);
	assert_int_equal(count("."), 1);
}

static void
refuse(struct fixture *f, const char *name, const char *why)
{
	int before = count(".");

	assert_null(store_dir_new(f->fd, name, &f->options, f->message));
	assert_non_null(strstr(f->message, why));
	assert_int_equal(count("."), before);
}

static void
refuses_what_is_foreign(void **state)
{
	struct fixture *f = *state;
	struct store *s;

	assert_int_equal(mkdir("empty", 0700), 0);
	refuse(f, "empty", "empty: exists and is not output of this program");
	put("file", "precious");
	refuse(f, "file", "--force");
	assert_int_equal(mkdir("other", 0700), 0);
	put("other/capture.jsonl", "{\"program\":\"another\"}");
	refuse(f, "other", "--force");
	put("mark", MARK);
	assert_int_equal(mkdir("linked", 0700), 0);
	assert_int_equal(symlink("../mark", "linked/capture.jsonl"), 0);
	refuse(f, "linked", "--force");
	assert_int_equal(mkdir("ours", 0700), 0);
	put("ours/capture.jsonl", MARK);
	assert_int_equal(symlink("ours", "link"), 0);
	refuse(f, "link", "--force");

	f->options.force = true;
	assert_int_equal(mkdir("other/deep", 0700), 0);
	assert_int_equal(symlink("../../ours", "other/deep/link"), 0);
	s = new_store(f, "other");
	put_file(s, "a", "a");
	publish(s);
	assert_int_equal(count("other"), 1);
	s = new_store(f, "link");
	put_file(s, "a", "a");
	publish(s);
	check_mode("link", 0700);
	check_file("ours/capture.jsonl", MARK);
	assert_int_equal(count("."), 7);
}

/* Until version 0.1 the ledger was called capture.json. */
static void
ledger_of_before(void **state)
{
	struct fixture *f = *state;
	struct store *s;

	assert_int_equal(mkdir("x", 0700), 0);
	put("x/capture.json", "{\"program\":\"another\"}");
	refuse(f, "x", "--force");
	put("x/capture.json", MARK);
	s = new_store(f, "x");
	put_file(s, "capture.jsonl", MARK);
	publish(s);
	check_file("x/capture.jsonl", MARK);
	assert_int_equal(count("x"), 1);
}

static void
place_taken_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct store *s = new_store(f, "x");
	const char *what;

	put_file(s, "a", "a");
	assert_int_equal(mkdir("x", 0700), 0);
	assert_int_equal(store_publish(s), -1);
	assert_int_equal(store_error(s, &what), ENOTEMPTY);
	assert_string_equal(what, "publish x");
	store_free(s);
	assert_int_equal(count("."), 1);
	assert_int_equal(count("x"), 0);
}

static void
links_on_the_way(void **state)
{
	struct fixture *f = *state;
	struct store *s;

	assert_int_equal(mkdir("real", 0700), 0);
	assert_int_equal(symlink("real", "link"), 0);
	put("file", "");
	refuse(f, "link/x", "symbolic link");
	refuse(f, "file/x", "symbolic link or a file");
	refuse(f, "../x", "not a name");
	refuse(f, "a//x", "not a name");
	refuse(f, "/x", "not a name");
	refuse(f, "", "not a name");
	refuse(f, "real/", "not a name");
	refuse(f, "real/..", "not a name");
	assert_int_equal(count("real"), 0);
	/* A link planted where a product goes is not followed. */
	s = new_store(f, "x");
	put_file(s, "a", "a");
	publish(s);
	check_file("x/a", "a");
}

/* Every name of a product is planted as a link in the temporary directory. */
static void
links_planted_for_products(void **state)
{
	struct fixture *f = *state;
	struct store *s = new_store(f, "x");
	DIR *d = opendir(".");
	struct dirent *e;
	const char *what;

	put("victim", "precious");
	while ((e = readdir(d)) != NULL)
		if (strncmp(e->d_name, ".x.", 3) == 0) {
			int fd = open(e->d_name, O_RDONLY | O_DIRECTORY);

			assert_int_equal(symlinkat("../victim", fd, "a"), 0);
			close(fd);
		}
	closedir(d);
	put_file(s, "a", "attack");
	assert_int_equal(store_error(s, &what), EEXIST);
	assert_string_equal(what, "create x/a");
	assert_int_equal(store_publish(s), -1);
	store_free(s);
	check_file("victim", "precious");
	assert_int_equal(count("."), 1);
}

/* A directory as a killed run leaves it. */
static void
leave(const char *name)
{
	char file[400];

	assert_int_equal(mkdir(name, 0700 | S_ISVTX), 0);
	snprintf(file, sizeof(file), "%s/sub", name);
	assert_int_equal(mkdir(file, 0700), 0);
	snprintf(file, sizeof(file), "%s/sub/a", name);
	put(file, "a");
}

static void
sweeps_what_killed_runs_left(void **state)
{
	struct fixture *f = *state;
	struct store *s;

	assert_int_equal(mkdir("a", 0700), 0);
	assert_int_equal(mkdir("a/b", 0755), 0);
	assert_int_equal(mkdir("real", 0700), 0);
	assert_int_equal(symlink("real", "link"), 0);
	/* Of whatever input, wherever. */
	leave(".x.sessions.abC_-9");
	leave("a/.y.sessions.000000");
	leave("a/b/.z.sessions.abcdef");
	leave("real/.z.sessions.abcdef");
	/* What was moved aside is known by its ledger. */
	assert_int_equal(mkdir(".old.sessions.abcdef", 0700), 0);
	put(".old.sessions.abcdef/capture.jsonl", MARK);
	temporary_sweep(f->fd);
	assert_int_equal(count("."), 3);
	assert_int_equal(count("a"), 1);
	assert_int_equal(count("a/b"), 0);
	assert_int_equal(count("real"), 0);

	/* Nothing else: not what has another name, no mark, or a holder. */
	leave(".x.sessions.toolong");
	leave(".x.abcdef");
	leave("x.sessions.abcdef");
	put(".x.sessions.notdir", "a");
	assert_int_equal(mkdir(".x.sessions.abcdef", 0700), 0);
	put(".x.sessions.abcdef/precious", "a");
	assert_int_equal(mkdir(".empty.sessions.abcdef", 0700), 0);
	assert_int_equal(symlink("x.sessions.abcdef", ".x.sessions.linked"), 0);
	s = new_store(f, "held.sessions");
	put_file(s, "a", "a");
	temporary_sweep(f->fd);
	assert_int_equal(count("."), 3 + 7 + 1);
	put_file(s, "capture.jsonl", MARK);
	publish(s);
	check_mode("held.sessions", 0700);
	assert_int_equal(count("held.sessions"), 2);
	temporary_sweep(f->fd);
	assert_int_equal(count("."), 3 + 7 + 1);
}

/* What is in output is none of its business. */
static void
sweeps_no_output(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir("x.sessions", 0700), 0);
	put("x.sessions/capture.jsonl", MARK);
	leave("x.sessions/.y.sessions.abcdef");
	assert_int_equal(mkdir("y.sessions", 0700), 0);
	leave("y.sessions/.y.sessions.abcdef");
	temporary_sweep(f->fd);
	assert_int_equal(count("x.sessions"), 2);
	assert_int_equal(count("y.sessions"), 0);
}

/* A name of 255 bytes has a place, though its temporary name is cut, in
 * front of a character and of ".sessions"; a longer one has none. */
static void
long_names(void **state)
{
	struct fixture *f = *state;
	char name[300];
	char *temporary;

	memset(name, 'n', sizeof(name));
	memcpy(name + 237, "\303\244", 2);
	strcpy(name + 246, ".sessions");
	assert_int_equal(strlen(name), 255);
	temporary = tree_temporary_name(name);
	assert_int_equal(strlen(temporary), 1 + 237 + 9 + 1 + 6);
	assert_true(tree_is_temporary(temporary));
	free(temporary);
	for (int i = 0; i < 2; i++) {
		struct store *s = new_store(f, name);

		put_file(s, "capture.jsonl", MARK);
		publish(s);
		assert_int_equal(count("."), 1);
		assert_int_equal(count(name), 1);
	}
	memset(name + 246, 'n', 20);
	strcpy(name + 247, ".sessions");
	f->options.force = true;
	refuse(f, name, "too long");
	assert_int_equal(errno, ENAMETOOLONG);
}

/* What stands under our name is not what we have filled: nothing is moved. */
static void
exchanged_under_the_run(void **state)
{
	struct fixture *f = *state;
	const char *what;
	struct store *s = new_store(f, "sub/x.sessions");

	put_file(s, "capture.jsonl", MARK);
	assert_int_equal(rename("sub", "gone"), 0);
	assert_int_equal(mkdir("sub", 0700), 0);
	assert_int_equal(store_publish(s), -1);
	assert_int_equal(store_error(s, &what), ENOENT);
	store_free(s);
	assert_int_equal(count("sub"), 0);
	assert_int_equal(count("gone"), 0);
}

static void
file_system_without_exchange(void **state)
{
	struct fixture *f = *state;
	struct store *s;

	no_flags = true;
	for (int i = 0; i < 3; i++) {
		char name[2] = { (char)('a' + i), '\0' };

		s = new_store(f, "x");
		put_file(s, "capture.jsonl", MARK);
		put_file(s, name, "bytes");
		publish(s);
		assert_int_equal(count("."), 1);
		assert_int_equal(count("x"), 2);
	}
	check_file("x/c", "bytes");
}

/* A run as it goes when nobody looks; true when it published. */
static bool
small_run(struct fixture *f)
{
	struct store *s =
	    store_dir_new(f->fd, "sub/x.sessions", &f->options, f->message);
	bool done;

	if (s == NULL)
		return false;
	for (int i = 0; i < 4; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		struct out_file *file = out_create(store_out(s), name, i);

		out_write(file, "first", 5);
		out_settle(file);
		out_write(file, "second", 6);
		if (i % 2 == 0)
			out_close(file);
	}
	put_file(s, "capture.jsonl", MARK);
	done = store_publish(s) == 0;
	store_free(s);
	return done;
}

/* Each call fails in turn: what stands at the place is whole, or nothing. */
static void
every_call_fails_once(void **state)
{
	struct fixture *f = *state;
	int failed = 0;

	f->options.sync = true;
	f->options.max_open = 2;
	for (int pass = 0; pass < 4; pass++) {
		no_flags = pass % 2 != 0;
		for (fault_at = 1;; fault_at++) {
			bool done;

			calls = 0;
			done = small_run(f);
			if (calls < fault_at)
				break;
			failed += !done;
			fault_at = -fault_at;
			if (access("sub/x.sessions", F_OK) == 0) {
				assert_int_equal(count("sub/x.sessions"), 5);
				check_file("sub/x.sessions/d", "firstsecond");
				check_file("sub/x.sessions/capture.jsonl",
				    MARK);
			} else {
				assert_false(done);
			}
			/* Left-overs are for the next run to sweep. */
			fault_at = -fault_at;
		}
		fault_at = 0;
		assert_true(small_run(f));
		temporary_sweep(f->fd);
		assert_int_equal(count("sub"), 1);
		if (pass < 2)
			assert_int_equal(system("rm -rf sub"), 0);
	}
	assert_in_range(failed, 100, 10000);
}

static void
nothing_is_published_without_a_call(void **state)
{
	struct fixture *f = *state;
	struct store *s = new_store(f, "deep/x");
	struct out_file *a = out_create(store_out(s), "a", 0);

	out_write(a, "a", 1);
	store_free(s);
	store_free(NULL);
	assert_int_equal(count("deep"), 0);
}

static void
output_directories(void **state)
{
	struct fixture *f = *state;
	bool made;
	int fd;

	fd = store_open_dir("made/of/parts", false, &made);
	assert_true(fd >= 0 && made);
	close(fd);
	check_mode("made/of/parts", 0700);
	assert_int_equal(symlink("made/of", "link"), 0);
	fd = store_open_dir("link", false, &made);
	assert_true(fd >= 0 && !made);
	close(fd);
	fd = store_open_dir("link/new/", false, &made);
	assert_true(fd >= 0 && made);
	close(fd);
	check_mode("made/of/new", 0700);
	put("file", "");
	assert_int_equal(store_open_dir("file", false, NULL), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(store_open_dir("file/x", false, NULL), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(store_open_dir("", false, NULL), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(count(f->dir), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(replaces_its_own),
		TEST(refuses_what_is_foreign),
		TEST(ledger_of_before),
		TEST(place_taken_meanwhile),
		TEST(links_on_the_way),
		TEST(links_planted_for_products),
		TEST(sweeps_what_killed_runs_left),
		TEST(sweeps_no_output),
		TEST(long_names),
		TEST(exchanged_under_the_run),
		TEST(file_system_without_exchange),
		TEST(every_call_fails_once),
		TEST(nothing_is_published_without_a_call),
		TEST(output_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
