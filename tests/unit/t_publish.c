/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_publish.c: what stands at a place is whole, ours, and never a trap. */
#include "store/fs_tree.h"
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

static void
sweeps_what_killed_runs_left(void **state)
{
	struct fixture *f = *state;
	struct store *s;

	assert_int_equal(mkdir(".x.sessions.abC_-9", 0700), 0);
	assert_int_equal(mkdir(".x.sessions.abC_-9/sub", 0700), 0);
	put(".x.sessions.abC_-9/sub/a", "a");
	assert_int_equal(mkdir(".x.sessions.000000", 0700), 0);
	assert_int_equal(mkdir(".x.sessions.toolong", 0700), 0);
	assert_int_equal(mkdir(".y.sessions.abcdef", 0700), 0);
	put(".x.sessions.notdir", "a");
	s = new_store(f, "x.sessions");
	assert_int_equal(count("."), 4);
	store_free(s);
	assert_int_equal(count("."), 3);
}

static void
sweeps_many_at_once(void **state)
{
	static const char *const names[] = {
		"b/y.sessions",
		"z.sessions",
		"b/x.sessions",
		"a",
		"no/such",
		"link/x.sessions",
		"../x",
		"b/a/x",
	};
	struct fixture *f = *state;

	assert_int_equal(mkdir("b", 0700), 0);
	assert_int_equal(mkdir("real", 0700), 0);
	assert_int_equal(symlink("real", "link"), 0);
	assert_int_equal(mkdir(".z.sessions.123456", 0700), 0);
	assert_int_equal(mkdir(".x.sessions.123456", 0700), 0);
	assert_int_equal(mkdir(".a.123456", 0700), 0);
	assert_int_equal(mkdir("b/.x.sessions.123456", 0700), 0);
	assert_int_equal(mkdir("b/.y.sessions.123456", 0700), 0);
	assert_int_equal(mkdir("b/.z.sessions.123456", 0700), 0);
	assert_int_equal(mkdir("real/.x.sessions.123456", 0700), 0);
	tree_sweep(f->fd, names, sizeof(names) / sizeof(names[0]));
	tree_sweep(f->fd, NULL, 0);
	assert_int_equal(count("."), 4);
	assert_int_equal(access(".x.sessions.123456", F_OK), 0);
	assert_int_equal(count("b"), 1);
	assert_int_equal(access("b/.z.sessions.123456", F_OK), 0);
	assert_int_equal(count("real"), 1);
	f->options.swept = true;
	publish(new_store(f, "x.sessions"));
	assert_int_equal(access(".x.sessions.123456", F_OK), 0);
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
	    store_dir_new(f->fd, "sub/x", &f->options, f->message);
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
			if (access("sub/x", F_OK) == 0) {
				assert_int_equal(count("sub/x"), 5);
				check_file("sub/x/d", "firstsecond");
				check_file("sub/x/capture.jsonl", MARK);
			} else {
				assert_false(done);
			}
			/* Left-overs are for the next run to sweep. */
			fault_at = -fault_at;
		}
		fault_at = 0;
		assert_true(small_run(f));
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

	fd = store_open_dir("made/of/parts", &made);
	assert_true(fd >= 0 && made);
	close(fd);
	check_mode("made/of/parts", 0700);
	assert_int_equal(symlink("made/of", "link"), 0);
	fd = store_open_dir("link", &made);
	assert_true(fd >= 0 && !made);
	close(fd);
	fd = store_open_dir("link/new/", &made);
	assert_true(fd >= 0 && made);
	close(fd);
	check_mode("made/of/new", 0700);
	put("file", "");
	assert_int_equal(store_open_dir("file", NULL), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(store_open_dir("file/x", NULL), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(store_open_dir("", NULL), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(count(f->dir), 3);
}

static void
long_names(void **state)
{
	struct fixture *f = *state;
	char name[301];

	memset(name, 'a', sizeof(name) - 1);
	name[300] = '\0';
	refuse(f, name, "too long");
	name[250] = '\0';
	refuse(f, name, "too long");
	name[247] = '\0';
	publish(new_store(f, name));
	check_mode(name, 0700);
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
		TEST(sweeps_many_at_once),
		TEST(file_system_without_exchange),
		TEST(every_call_fails_once),
		TEST(nothing_is_published_without_a_call),
		TEST(output_directories),
		TEST(long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
