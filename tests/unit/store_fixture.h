/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * store_fixture.h: a directory of its own below TMPDIR for each test of the
 * store, and calls into the system that can be made to fail.
 */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "store/store.h"

#define MARK "{\"program\":\"tcpsession\",\"x\":1}\n"

/*
 * These stand before those of the C library: the fault_at'th call of them
 * fails with EIO, no_flags makes renameat2 that of an old file system, and
 * close_fails makes each close tell of a write that was lost.
 */
static atomic_long calls;
static long fault_at;
static bool no_flags;
static bool close_fails;

static bool
fault(void)
{
	errno = EIO;
	return ++calls == fault_at;
}

int
openat(int dirfd, const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, int) : 0;
	va_end(ap);
	return fault() ? -1 :
			 (int)syscall(SYS_openat, dirfd, path, flags, mode);
}

int
mkdirat(int dirfd, const char *path, mode_t mode)
{
	return fault() ? -1 : (int)syscall(SYS_mkdirat, dirfd, path, mode);
}

ssize_t
pwritev(int fd, const struct iovec *v, int n, off_t off)
{
	if (fault())
		return -1;
	/* Every second one writes less than asked for: the rest must follow. */
	if (calls % 2 == 0 && v->iov_len > 1)
		return pwrite(fd, v->iov_base, v->iov_len - 1, off);
	return syscall(SYS_pwritev, fd, v, n, (long)off,
	    (long)((uint64_t)off >> 32));
}

int
futimens(int fd, const struct timespec times[2])
{
	return fault() ? -1 : (int)syscall(SYS_utimensat, fd, NULL, times, 0);
}

int
fsync(int fd)
{
	return fault() ? -1 : (int)syscall(SYS_fsync, fd);
}

int
close(int fd)
{
	int rc = (int)syscall(SYS_close, fd);

	return fault() || close_fails ? -1 : rc;
}

int
renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	if (flags != 0 && no_flags) {
		errno = EINVAL;
		return -1;
	}
	return fault() ? -1 :
			 (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

int
renameat(int from, const char *old, int to, const char *new)
{
	return renameat2(from, old, to, new, 0);
}

struct fixture {
	char dir[256];
	int fd;
	struct store_options options;
	char message[STORE_MESSAGE_LEN];
};

static inline int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	const char *tmp = getenv("TMPDIR");

	umask(022);
	fault_at = 0;
	no_flags = false;
	close_fails = false;
	signal(SIGXFSZ, SIG_IGN);
	snprintf(f->dir, sizeof(f->dir), "%s/t_store-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(f->dir) == NULL || chdir(f->dir) != 0)
		return -1;
	f->fd = store_open_dir(f->dir, false, NULL);
	f->options =
	    (struct store_options){ .buffer = 1 << 20, .max_open = 64 };
	*state = f;
	return f->fd >= 0 ? 0 : -1;
}

static inline int
teardown(void **state)
{
	struct fixture *f = *state;
	char *cmd = xasprintf("rm -rf '%s'", f->dir);
	int rc = chdir("/") != 0 || system(cmd) != 0;

	close(f->fd);
	free(cmd);
	free(f);
	return rc;
}

static inline struct store *
new_store(struct fixture *f, const char *name)
{
	struct store *s = store_dir_new(f->fd, name, &f->options, f->message);

	if (s == NULL)
		fail_msg("%s", f->message);
	return s;
}

static inline void
put_file(struct store *s, const char *name, const char *bytes)
{
	struct out_file *file = out_create(store_out(s), name, 0);

	out_write(file, bytes, strlen(bytes));
	out_close(file);
}

static inline void
put(const char *path, const char *bytes)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(bytes, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Caller frees; NULL when there is no such file. */
static inline uint8_t *
slurp(const char *path, size_t *n)
{
	FILE *file = fopen(path, "r");
	struct stat st;
	uint8_t *p;

	*n = 0;
	if (file == NULL)
		return NULL;
	assert_int_equal(fstat(fileno(file), &st), 0);
	*n = (size_t)st.st_size;
	p = xmalloc(*n + 1);
	assert_int_equal(fread(p, 1, *n, file), *n);
	p[*n] = '\0';
	fclose(file);
	return p;
}

static inline void
check_file(const char *path, const char *want)
{
	size_t n;
	uint8_t *p = slurp(path, &n);

	assert_non_null(p);
	assert_string_equal((char *)p, want);
	assert_int_equal(n, strlen(want));
	free(p);
}

/* Entries of the directory, hidden ones too. */
static inline int
count(const char *path)
{
	DIR *d = opendir(path);
	int n = -2;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static inline void
check_mode(const char *path, mode_t want)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, want);
}

static inline void
publish(struct store *s)
{
	const char *what;

	if (store_publish(s) != 0) {
		store_error(s, &what);
		fail_msg("%s", what);
	}
	assert_int_equal(store_error(s, &what), 0);
	store_free(s);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif
