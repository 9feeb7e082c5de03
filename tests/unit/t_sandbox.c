/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_sandbox.c: in a process of its own: what may still be written, and what
 * not. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/sandbox.h"

#define NOT_HERE 99

/* Each answers a line's number when it is wrong, 0 when all is right. */
#define WRONG_UNLESS(x)                                                        \
	do {                                                                   \
		if (!(x))                                                      \
			return __LINE__ % 90;                                  \
	} while (0)

static bool
can_make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int
files_in(int in)
{
	const int dirs[] = { in, -1 };

	if (!sandbox_enter(dirs, 2))
		return NOT_HERE;
	WRONG_UNLESS(can_make("in/new"));
	WRONG_UNLESS(mkdir("in/dir", 0700) == 0);
	WRONG_UNLESS(can_make("in/dir/new"));
	WRONG_UNLESS(rename("in/dir/new", "in/dir/other") == 0);
	WRONG_UNLESS(unlink("in/dir/other") == 0);
	WRONG_UNLESS(rmdir("in/dir") == 0);
	WRONG_UNLESS(open("out/old", O_RDONLY | O_CLOEXEC) >= 0);
	WRONG_UNLESS(!can_make("out/new") && errno == EACCES);
	WRONG_UNLESS(open("out/old", O_WRONLY | O_CLOEXEC) < 0);
	WRONG_UNLESS(unlink("out/old") != 0);
	WRONG_UNLESS(mkdir("out/dir", 0700) != 0);
	WRONG_UNLESS(rename("in/new", "out/new") != 0);
	WRONG_UNLESS(symlink("x", "out/link") != 0);
	WRONG_UNLESS(open("in/planted", O_WRONLY | O_CLOEXEC) < 0);
	return 0;
}

static int
programs_in(int in)
{
	if (!sandbox_enter(&in, 1))
		return NOT_HERE;
	execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
	WRONG_UNLESS(errno == EACCES);
	return 0;
}

static int
open_ones_in(int in)
{
	int fd = open("out/old", O_WRONLY | O_CLOEXEC);

	if (!sandbox_enter(&in, 1))
		return NOT_HERE;
	WRONG_UNLESS(write(fd, "x", 1) == 1);
	return 0;
}

static void
in_child(int (*what)(int in))
{
	char dir[] = "/tmp/t_sandbox-XXXXXX";
	char command[64];
	int status, in;
	pid_t pid;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("in", 0700), 0);
	assert_int_equal(mkdir("out", 0700), 0);
	assert_true(can_make("out/old"));
	assert_int_equal(symlink("../out/old", "in/planted"), 0);
	in = open("in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(in >= 0);
	pid = fork();
	if (pid == 0)
		_exit(what(in));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(in);
	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_HERE)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
files(void **state)
{
	(void)state;
	in_child(files_in);
}

static void
programs(void **state)
{
	(void)state;
	in_child(programs_in);
}

static void
open_ones(void **state)
{
	(void)state;
	in_child(open_ones_in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(programs),
		cmocka_unit_test(open_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
