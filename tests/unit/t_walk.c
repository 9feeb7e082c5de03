/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_walk.c: which files of a tree are captures, in which order, by which
 * names.  Works in a directory of its own below TMPDIR. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "capture/walk.h"

static const char pcap[] =
    "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0";
#define PCAP_LEN (sizeof(pcap) - 1)

struct fixture {
	char dir[256];
	struct inputs in;
	char warned[2048]; /* "PATH below dir:ERRNO " of each */
};

static void
warn(void *arg, const char *path, int errnum)
{
	struct fixture *f = arg;
	size_t n = strlen(f->warned);
	const char *shown =
	    strstr(path, f->dir) == path ? path + strlen(f->dir) : path;

	snprintf(f->warned + n, sizeof(f->warned) - n, "%.40s:%d ", shown,
	    errnum);
}

static void
put(const char *name, const void *p, size_t n)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	const char *tmp = getenv("TMPDIR");

	snprintf(f->dir, sizeof(f->dir), "%s/t_walk-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(f->dir) == NULL || chdir(f->dir) != 0)
		return -1;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char *cmd =
	    xasprintf("chmod -R u+rwx '%s'; rm -rf '%s'", f->dir, f->dir);
	int rc = chdir("/") != 0 || system(cmd) != 0;

	inputs_free(&f->in);
	free(cmd);
	free(f);
	return rc;
}

static int
add(struct fixture *f, const char *path, bool recursive)
{
	return walk_add(&f->in, path, recursive, warn, f);
}

static void
check_names(const struct fixture *f, const char *const *want)
{
	size_t n = 0;

	for (; want[n] != NULL; n++) {
		assert_true(n < f->in.n);
		assert_string_equal(f->in.v[n].name, want[n]);
	}
	assert_int_equal(f->in.n, n);
}

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
make_tree(void)
{
	assert_int_equal(mkdir("t", 0700), 0);
	assert_int_equal(mkdir("t/b", 0700), 0);
	assert_int_equal(mkdir("t/b/c", 0700), 0);
	put("t/z", pcap, PCAP_LEN);
	put("t/a.pcap", pcap, PCAP_LEN);
	put("t/B.pcap", pcap, PCAP_LEN);
	put("t/\xc3\xa9.pcap", pcap, PCAP_LEN);
	put("t/b/2.pcap", pcap, PCAP_LEN);
	put("t/b/10.pcap", pcap, PCAP_LEN);
	put("t/b/c/x", pcap, PCAP_LEN);
}

static void
order_is_bytewise_and_flat_without_recursion(void **state)
{
	struct fixture *f = *state;

	make_tree();
	assert_int_equal(add(f, "t", false), 0);
	check_names(f, NAMES("B.pcap", "a.pcap", "z", "\xc3\xa9.pcap"));
	assert_string_equal(f->in.v[0].path, "t/B.pcap");
	assert_false(f->in.v[0].named);
}

static void
recursion_descends_in_order(void **state)
{
	struct fixture *f = *state;

	make_tree();
	assert_int_equal(add(f, "t/", true), 0);
	check_names(f,
	    NAMES("B.pcap", "a.pcap", "b/10.pcap", "b/2.pcap", "b/c/x", "z",
		"\xc3\xa9.pcap"));
	assert_string_equal(f->in.v[4].path, "t/b/c/x");
	assert_string_equal(f->warned, "");
}

static void
content_or_name_decides(void **state)
{
	struct fixture *f = *state;

	put("notes.txt", "hello, world, hello", 19);
	put("empty", "", 0);
	put("short", pcap, 2);
	put("looks", pcap, PCAP_LEN);
	put("packed", "\x1f\x8b\x08\0\0\0\0\0\0\0\0\0", 12);
	put("bad.pcap", "hello, world, hello", 19);
	put("bad.PCAPNG.gz", "hello", 5);
	put("empty.cap", "", 0);
	put(".pcap", "hello, world, hello", 19);
	assert_int_equal(add(f, ".", false), 0);
	check_names(f,
	    NAMES("bad.PCAPNG.gz", "bad.pcap", "empty.cap", "looks", "packed"));
}

static void
only_regular_files_are_touched(void **state)
{
	struct fixture *f = *state;

	put("real.pcap", pcap, PCAP_LEN);
	assert_int_equal(mkfifo("fifo.pcap", 0600), 0);
	assert_int_equal(symlink("real.pcap", "link.pcap"), 0);
	assert_int_equal(symlink("/dev/zero", "zero.pcap"), 0);
	assert_int_equal(symlink("nowhere", "dangling.pcap"), 0);
	assert_int_equal(mkdir("dir.pcap", 0700), 0);
	assert_int_equal(symlink(".", "loop"), 0);
	assert_int_equal(symlink("..", "dir.pcap/up"), 0);
	assert_int_equal(add(f, ".", true), 0);
	check_names(f, NAMES("real.pcap"));
	assert_string_equal(f->warned, "");
}

static void
own_output_is_passed_over(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir("x.pcap.sessions", 0700), 0);
	put("x.pcap.sessions/capture.jsonl", "{}", 2);
	put("x.pcap.sessions/s.pcap", pcap, PCAP_LEN);
	assert_int_equal(mkdir(".x.pcap.sessions.abc123", 0700), 0);
	put(".x.pcap.sessions.abc123/s.pcap", pcap, PCAP_LEN);
	assert_int_equal(mkdir("not.sessions", 0700), 0);
	put("not.sessions/s.pcap", pcap, PCAP_LEN);
	assert_int_equal(mkdir(".hidden", 0700), 0);
	put(".hidden/s.pcap", pcap, PCAP_LEN);
	assert_int_equal(add(f, ".", true), 0);
	check_names(f, NAMES(".hidden/s.pcap", "not.sessions/s.pcap"));
	/* Named, it is read. */
	assert_int_equal(add(f, "x.pcap.sessions", false), 0);
	assert_int_equal(f->in.n, 3);
	assert_string_equal(f->in.v[2].name, "s.pcap");
}

static void
unreadable_things(void **state)
{
	struct fixture *f = *state;

	make_tree();
	assert_int_equal(chmod("t/a.pcap", 0), 0);
	assert_int_equal(chmod("t/z", 0), 0);
	assert_int_equal(chmod("t/b", 0), 0);
	if (access("t/z", R_OK) == 0)
		skip(); /* root reads everything */
	assert_int_equal(add(f, "t", true), 0);
	check_names(f, NAMES("B.pcap", "a.pcap", "\xc3\xa9.pcap"));
	assert_string_equal(f->warned, "t/b:13 ");
}

static void
named_inputs(void **state)
{
	struct fixture *f = *state;

	put("notes.txt", "hello", 5);
	put("real.pcap", pcap, PCAP_LEN);
	assert_int_equal(mkdir("sub", 0700), 0);
	assert_int_equal(symlink("../real.pcap", "sub/link"), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(symlink("sub", "dirlink"), 0);
	put("sub/in.pcap", pcap, PCAP_LEN);

	assert_int_equal(add(f, "notes.txt", false), 0);
	assert_int_equal(add(f, "sub/link", false), 0);
	assert_int_equal(add(f, "./fifo", false), 0);
	assert_int_equal(add(f, "-", false), 0);
	assert_int_equal(add(f, "dirlink", false), 0);
	check_names(f, NAMES("notes.txt", "link", "fifo", "stdin", "in.pcap"));
	assert_true(f->in.v[3].named);
	assert_string_equal(f->in.v[3].path, "-");
	assert_false(f->in.v[4].named);

	assert_int_equal(add(f, "missing", false), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(add(f, "notes.txt/x", false), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(add(f, "", false), -1);
	assert_int_equal(f->in.n, 5);
}

static void
no_two_inputs_share_a_name(void **state)
{
	struct fixture *f = *state;

	make_tree();
	put("z", pcap, PCAP_LEN);
	put("z.2", pcap, PCAP_LEN);
	assert_int_equal(add(f, "z", false), 0);
	assert_int_equal(add(f, "t/z", false), 0);
	assert_int_equal(add(f, "z.2", false), 0);
	assert_int_equal(add(f, "t", false), 0);
	assert_int_equal(add(f, "t/b/", true), 0);
	assert_int_equal(add(f, "t/b", true), 0);
	check_names(f,
	    NAMES("z", "z.2", "z.2.2", "B.pcap", "a.pcap", "z.3",
		"\xc3\xa9.pcap", "10.pcap", "2.pcap", "c/x", "10.pcap.2",
		"2.pcap.2", "c/x.2"));
}

static void
many_that_want_one_name(void **state)
{
	struct fixture *f = *state;

	put("x", pcap, PCAP_LEN);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(add(f, "x", false), 0);
	assert_int_equal(f->in.n, 20000);
	assert_string_equal(f->in.v[0].name, "x");
	assert_string_equal(f->in.v[19999].name, "x.20000");
}

/* Whether they differ before or behind what fits in the name of one file. */
static void
long_names_differ(void **state)
{
	struct fixture *f = *state;
	const char *const tops[] = { "a", "c" };
	char *want[4], *sub;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(mkdir(tops[i], 0700), 0);
		sub = xasprintf("%s/%0200d", tops[i], 0);
		assert_int_equal(mkdir(sub, 0700), 0);
		for (int k = 0; k < 2; k++) {
			want[2 * i + k] = xasprintf("%s/%0200d%d", sub, 0, k);
			put(want[2 * i + k], pcap, PCAP_LEN);
		}
		free(sub);
	}
	assert_int_equal(add(f, ".", true), 0);
	assert_int_equal(f->in.n, 4);
	for (int i = 0; i < 4; i++) {
		assert_string_equal(f->in.v[i].name, want[i]);
		free(want[i]);
	}
}

static void
depth_is_limited(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < WALK_DEPTH_MAX + 2; i++) {
		put("p", pcap, PCAP_LEN);
		assert_int_equal(mkdir("d", 0700), 0);
		assert_int_equal(chdir("d"), 0);
	}
	assert_int_equal(chdir(f->dir), 0);
	assert_int_equal(add(f, ".", true), 0);
	assert_int_equal(f->in.n, WALK_DEPTH_MAX + 1);
	assert_non_null(strstr(f->warned, ":40 "));
}

static void
capture_names(void **state)
{
	(void)state;
	assert_true(walk_is_capture_name("x.pcap"));
	assert_true(walk_is_capture_name("a.b/x.dmp.zst"));
	assert_true(walk_is_capture_name("X.CAP.BZ2"));
	assert_true(walk_is_capture_name("x.pcapng.xz"));
	assert_true(walk_is_capture_name("x.pcap.lz4"));
	assert_false(walk_is_capture_name("x.pcap.gz.gz"));
	assert_false(walk_is_capture_name("x.gz"));
	assert_false(walk_is_capture_name("x.pcap/y"));
	assert_false(walk_is_capture_name("pcap"));
	assert_false(walk_is_capture_name(""));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(order_is_bytewise_and_flat_without_recursion),
		TEST(recursion_descends_in_order),
		TEST(content_or_name_decides),
		TEST(only_regular_files_are_touched),
		TEST(own_output_is_passed_over),
		TEST(unreadable_things),
		TEST(named_inputs),
		TEST(no_two_inputs_share_a_name),
		TEST(many_that_want_one_name),
		TEST(long_names_differ),
		TEST(depth_is_limited),
		cmocka_unit_test(capture_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
