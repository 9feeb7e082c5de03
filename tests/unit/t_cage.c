/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_cage.c: each layer in a process of its own: what may still be done, and
 * what not. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/cage_parts.h"

#define NOT_HERE 99

/* Each answers a line's number when it is wrong, 0 when all is right. */
#define WRONG_UNLESS(x)                                                        \
	do {                                                                   \
		if (!(x)) {                                                    \
			fprintf(stderr, "line %d: %s\n", __LINE__, #x);        \
			return 1;                                              \
		}                                                              \
	} while (0)

/* Denied by the system call filter. */
#define IS_REFUSED(call) ((call) < 0 && errno == EPERM)

static bool
can_make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool
can_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* -- Landlock ------------------------------------------------------------ */

static int
files(void)
{
	struct cage_rules rules;

	if (!cage_landlock_new(&rules))
		return NOT_HERE;
	cage_landlock_allow_path(&rules, "in", CAGE_READ | CAGE_WRITE);
	cage_landlock_allow_path(&rules, "out/old", CAGE_READ);
	cage_landlock_allow_path(&rules, "nowhere", CAGE_READ);
	cage_landlock_allow(&rules, -1, CAGE_WRITE);
	WRONG_UNLESS(cage_landlock_close(&rules) == 0);
	WRONG_UNLESS(can_make("in/new"));
	WRONG_UNLESS(mkdir("in/dir", 0700) == 0);
	WRONG_UNLESS(can_make("in/dir/new"));
	WRONG_UNLESS(rename("in/dir/new", "in/dir/other") == 0);
	WRONG_UNLESS(unlink("in/dir/other") == 0);
	WRONG_UNLESS(rmdir("in/dir") == 0);
	WRONG_UNLESS(can_read("out/old"));
	WRONG_UNLESS(!can_read("out/secret") && errno == EACCES);
	WRONG_UNLESS(!can_read("out") && errno == EACCES);
	WRONG_UNLESS(!can_read("in/planted") && errno == EACCES);
	WRONG_UNLESS(!can_make("out/new") && errno == EACCES);
	WRONG_UNLESS(open("out/old", O_WRONLY | O_CLOEXEC) < 0);
	WRONG_UNLESS(unlink("out/old") != 0);
	WRONG_UNLESS(mkdir("out/dir", 0700) != 0);
	WRONG_UNLESS(rename("in/new", "out/new") != 0);
	WRONG_UNLESS(symlink("x", "in/link") != 0);
	return 0;
}

/* Scratch files, which have no names, and the directory's own end. */
static int
scratch(void)
{
	struct cage_rules rules;
	int dir = open("in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd;

	if (!cage_landlock_new(&rules))
		return NOT_HERE;
	cage_landlock_allow(&rules, dir, CAGE_READ | CAGE_FILES);
	cage_landlock_allow_path(&rules, ".", CAGE_RMDIR);
	WRONG_UNLESS(cage_landlock_close(&rules) == 0);
	fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	WRONG_UNLESS(fd >= 0 || errno == EOPNOTSUPP);
	WRONG_UNLESS(can_make("in/named") && unlink("in/named") == 0);
	WRONG_UNLESS(mkdir("in/dir", 0700) != 0);
	WRONG_UNLESS(!can_make("beside"));
	WRONG_UNLESS(rmdir("in") == 0);
	return 0;
}

static int
programs(void)
{
	struct cage_rules rules;

	if (!cage_landlock_new(&rules))
		return NOT_HERE;
	cage_landlock_allow_path(&rules, "/", CAGE_READ);
	WRONG_UNLESS(cage_landlock_close(&rules) == 0);
	execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
	WRONG_UNLESS(errno == EACCES);
	return 0;
}

static int
open_ones(void)
{
	struct cage_rules rules;
	int fd = open("out/old", O_WRONLY | O_CLOEXEC);

	if (!cage_landlock_new(&rules))
		return NOT_HERE;
	WRONG_UNLESS(cage_landlock_close(&rules) == 0);
	WRONG_UNLESS(write(fd, "x", 1) == 1);
	return 0;
}

/* -- seccomp ------------------------------------------------------------- */

static void *
nothing(void *arg)
{
	return arg;
}

/* What a run needs. */
static int
calls(void)
{
	static const struct timespec times[2];
	int fd = open("out/old", O_RDWR | O_CLOEXEC);
	struct rlimit limit;
	struct stat st;
	pthread_t t;

	if (cage_seccomp_close(CAGE_RUN_SELF, -1) != 0)
		return NOT_HERE;
	WRONG_UNLESS(pthread_create(&t, NULL, nothing, NULL) == 0);
	WRONG_UNLESS(pthread_join(t, NULL) == 0);
	WRONG_UNLESS(futimens(fd, times) == 0 && fchmod(fd, 0600) == 0);
	WRONG_UNLESS(pwrite(fd, "x", 1, 4) == 1 && ftruncate(fd, 2) == 0);
	WRONG_UNLESS(stat("out/old", &st) == 0 && st.st_size == 2);
	WRONG_UNLESS(fcntl(fd, F_DUPFD_CLOEXEC, 10) >= 10);
	WRONG_UNLESS(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	WRONG_UNLESS(isatty(fd) == 0 && errno == ENOTTY);
	WRONG_UNLESS(kill(getpid(), 0) == 0);
	free(malloc((size_t)8 << 20));
	return 0;
}

static int
refused_calls(void)
{
	static const struct timespec times[2];
	int fd = open("out/old", O_RDWR | O_CLOEXEC);
	const struct rlimit limit = { 0, 0 };

	if (cage_seccomp_close(CAGE_RUN_SELF, -1) != 0)
		return NOT_HERE;
	WRONG_UNLESS(IS_REFUSED(socket(AF_UNIX, SOCK_STREAM, 0)));
	WRONG_UNLESS(IS_REFUSED(fork()));
	WRONG_UNLESS(syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS);
	WRONG_UNLESS(IS_REFUSED(execl("/bin/true", "true", (char *)NULL)));
	WRONG_UNLESS(IS_REFUSED(kill(getppid(), 0)));
	WRONG_UNLESS(IS_REFUSED(kill(-1, 0)));
	WRONG_UNLESS(IS_REFUSED(utimensat(AT_FDCWD, "out/old", times, 0)));
	WRONG_UNLESS(IS_REFUSED(chmod("out/old", 0777)));
	WRONG_UNLESS(IS_REFUSED(fchmod(fd, 04700)));
	WRONG_UNLESS(IS_REFUSED(fcntl(fd, F_SETOWN, 1)));
	WRONG_UNLESS(IS_REFUSED(prctl(PR_SET_NAME, "x", 0, 0, 0)));
	WRONG_UNLESS(IS_REFUSED(setrlimit(RLIMIT_NOFILE, &limit)));
	WRONG_UNLESS(mmap(NULL, 1, PROT_READ | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	return 0;
}

/* A socket that is to be read from only. */
static int
muted(void)
{
	int pair[2];
	char byte = 'x';

	WRONG_UNLESS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	if (cage_seccomp_close(CAGE_RUN_SELF | CAGE_LIVE, pair[0]) != 0)
		return NOT_HERE;
	WRONG_UNLESS(write(pair[1], &byte, 1) == 1);
	WRONG_UNLESS(recv(pair[0], &byte, 1, 0) == 1);
	WRONG_UNLESS(IS_REFUSED(write(pair[0], &byte, 1)));
	WRONG_UNLESS(IS_REFUSED(send(pair[0], &byte, 1, 0)));
	WRONG_UNLESS(IS_REFUSED(dup(pair[0])));
	WRONG_UNLESS(IS_REFUSED(dup2(pair[0], 100)));
	WRONG_UNLESS(IS_REFUSED(fcntl(pair[0], F_DUPFD_CLOEXEC, 100)));
	WRONG_UNLESS(dup(pair[1]) >= 0);
	return 0;
}

/* -- capabilities -------------------------------------------------------- */

static uint64_t
status_number(const char *key)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	uint64_t n = UINT64_MAX;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			n = strtoull(line + strlen(key) + 1, NULL, 16);
	if (f != NULL)
		fclose(f);
	return n;
}

static int
capabilities(void)
{
	if (status_number("CapEff") == 0)
		return NOT_HERE;
	cage_caps_effective(0);
	WRONG_UNLESS(status_number("CapEff") == 0);
	WRONG_UNLESS(status_number("CapPrm") != 0);
	cage_caps_effective(UINT64_MAX);
	WRONG_UNLESS(cage_caps_bound() == 0);
	WRONG_UNLESS(status_number("CapBnd") == 0);
	WRONG_UNLESS(cage_caps_keep(CAGE_DAC_OVERRIDE) == 0);
	WRONG_UNLESS(status_number("CapEff") == CAGE_DAC_OVERRIDE);
	WRONG_UNLESS(cage_caps_keep(0) == 0);
	WRONG_UNLESS(status_number("CapEff") == 0);
	WRONG_UNLESS(status_number("CapPrm") == 0);
	return 0;
}

/* ------------------------------------------------------------------------ */

static void
in_child(int (*what)(void))
{
	char dir[] = "/tmp/t_cage-XXXXXX";
	char command[64];
	int status;
	pid_t pid;

	if (CAGE_INSTRUMENTED)
		skip();
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("in", 0700), 0);
	assert_int_equal(mkdir("out", 0700), 0);
	assert_true(can_make("out/old") && can_make("out/secret"));
	assert_int_equal(symlink("../out/secret", "in/planted"), 0);
	if (what == scratch)
		assert_int_equal(unlink("in/planted"), 0);
	pid = fork();
	if (pid == 0)
		_exit(what());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_HERE)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(what)                                                             \
	static void test_##what(void **state)                                  \
	{                                                                      \
		(void)state;                                                   \
		in_child(what);                                                \
	}

TEST(files)
TEST(scratch)
TEST(programs)
TEST(open_ones)
TEST(calls)
TEST(refused_calls)
TEST(muted)
TEST(capabilities)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_scratch),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_open_ones),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_refused_calls),
		cmocka_unit_test(test_muted),
		cmocka_unit_test(test_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
