/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* fs_tree.c: makes, opens, sweeps and removes directories. */
#include "store/fs_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random_name.h"
#include "base/str_list.h"
#include "base/sys.h"
#include "base/xalloc.h"

/* Each level holds a descriptor while what is below it goes. */
#define DEPTH_MAX 128
#define RANDOM_LEN 6
/* NAME_MAX of Linux's file systems. */
#define NAME_BYTES_MAX 255
/* Of the names that are read at once. */
#define ENTRIES_SIZE 2048

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static bool
is_dots(const char *s)
{
	return strcmp(s, ".") == 0 || strcmp(s, "..") == 0;
}

bool
tree_is_plain_path(const char *path)
{
	for (;;) {
		size_t n = strcspn(path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') ||
		    (n == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[n] == '\0')
			return true;
		path += n + 1;
	}
}

bool
tree_name_fits(const char *path)
{
	for (;;) {
		size_t n = strcspn(path, "/");

		if (n > NAME_BYTES_MAX)
			return false;
		if (path[n] == '\0')
			return true;
		path += n + 1;
	}
}

static int remove_entry(int dirfd, const char *name, dev_t dev, int depth);

/* What is in a directory goes also where there is no memory left: readdir
 * would need some.  Takes ownership of fd. */
static int
remove_entries(int fd, dev_t dev, int depth)
{
	_Alignas(struct dirent64) char block[ENTRIES_SIZE];
	ssize_t n;
	int errnum = 0;

	while ((n = getdents64(fd, block, sizeof(block))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *e = (const void *)(block + at);

			at += e->d_reclen;
			if (!is_dots(e->d_name) &&
			    remove_entry(fd, e->d_name, dev, depth) != 0)
				errnum = errno;
		}
	}
	if (n < 0)
		errnum = errno;
	close(fd);
	errno = errnum;
	return errnum == 0 ? 0 : -1;
}

static int
remove_entry(int dirfd, const char *name, dev_t dev, int depth)
{
	struct stat st;
	int fd;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		return unlinkat(dirfd, name, 0);
	if (st.st_dev != dev || depth >= DEPTH_MAX) {
		errno = st.st_dev != dev ? EXDEV : ELOOP;
		return -1;
	}
	fd = sys_openat(dirfd, name, DIR_FLAGS, 0);
	if (fd < 0 || remove_entries(fd, dev, depth + 1) != 0)
		return -1;
	return unlinkat(dirfd, name, AT_REMOVEDIR);
}

int
tree_remove(int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	return remove_entry(dirfd, name, st.st_dev, 0);
}

static int
open_below(int dirfd, const char *name, enum tree_missing missing)
{
	if (missing != TREE_FAIL) {
		if (mkdirat(dirfd, name, 0700) == 0) {
			if (missing == TREE_MAKE_SYNC && sys_fsync(dirfd) != 0)
				return -1;
		} else if (errno != EEXIST) {
			return -1;
		}
	}
	return sys_openat(dirfd, name, DIR_FLAGS, 0);
}

int
tree_open_parent(int dirfd, const char *path, enum tree_missing missing)
{
	char *copy = xstrdup(path);
	char *name = copy;
	char *slash;
	int fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	int errnum;

	while (fd >= 0 && (slash = strchr(name, '/')) != NULL) {
		int parent = fd;

		*slash = '\0';
		fd = open_below(parent, name, missing);
		errnum = errno;
		close(parent);
		errno = errnum;
		name = slash + 1;
	}
	errnum = errno;
	free(copy);
	errno = errnum;
	return fd;
}

int
tree_open(int dirfd, const char *path)
{
	const char *slash = strrchr(path, '/');
	int parent, fd, errnum;

	if (!tree_is_plain_path(path)) {
		errno = ENOENT;
		return -1;
	}
	parent = tree_open_parent(dirfd, path, TREE_FAIL);
	if (parent < 0)
		return -1;
	fd = sys_openat(parent, slash != NULL ? slash + 1 : path, DIR_FLAGS, 0);
	errnum = errno;
	close(parent);
	errno = errnum;
	return fd;
}

/* 64 characters, all good in file names. */
/* How much of a name fits in a temporary one, before what it ends with: not a
 * part of a character. */
static size_t
kept_len(const char *name, const char **end)
{
	static const char ending[] = ".sessions";
	size_t n = strlen(name), n_end = sizeof(ending) - 1;
	size_t most = NAME_BYTES_MAX - 2 - RANDOM_LEN;

	*end = "";
	if (n >= n_end && strcmp(name + n - n_end, ending) == 0) {
		*end = ending;
		n -= n_end;
		most -= n_end;
	}
	if (n <= most)
		return n;
	for (n = most; n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80; n--)
		continue;
	return n;
}

char *
tree_temporary_name(const char *name)
{
	char suffix[RANDOM_LEN + 1] = { 0 };
	const char *end;
	size_t n;

	random_name(suffix, RANDOM_LEN);
	n = kept_len(name, &end);
	return xasprintf(".%.*s%s.%s", (int)n, name, end, suffix);
}

static int
write_all(int fd, struct slice s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		s.p += n;
		s.n -= (size_t)n;
	}
	return 0;
}

int
tree_replace(int dirfd, const char *name, struct slice bytes, bool sync)
{
	char *temporary = tree_temporary_name(name);
	int fd = sys_openat(dirfd, temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc = -1;
	int errnum;

	if (fd >= 0) {
		rc = write_all(fd, bytes);
		if (rc == 0 && sync)
			rc = sys_fsync(fd);
		if (sys_close(fd) != 0)
			rc = -1;
		if (rc == 0)
			rc = renameat(dirfd, temporary, dirfd, name);
		errnum = errno;
		if (rc != 0)
			(void)unlinkat(dirfd, temporary, 0);
		errno = errnum;
		if (rc == 0 && sync)
			rc = sys_fsync(dirfd);
	}
	errnum = errno;
	free(temporary);
	errno = errnum;
	return rc;
}

bool
tree_is_temporary(const char *s)
{
	const char *suffix = strrchr(s, '.');

	return s[0] == '.' && suffix != s && strlen(suffix + 1) == RANDOM_LEN &&
	    strspn(suffix + 1, random_name_letters) == RANDOM_LEN;
}

void
tree_sweep_files(int dirfd, const char *name)
{
	struct str_list l = { 0 };
	const char *end;
	size_t n = kept_len(name, &end), n_end = strlen(end);
	struct stat st;

	(void)str_list_directory(&l, dirfd);
	for (size_t i = 0; i < l.n; i++)
		if (tree_is_temporary(l.v[i]) &&
		    strlen(l.v[i]) == 1 + n + n_end + 1 + RANDOM_LEN &&
		    strncmp(l.v[i] + 1, name, n) == 0 &&
		    strncmp(l.v[i] + 1 + n, end, n_end) == 0 &&
		    fstatat(dirfd, l.v[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			(void)unlinkat(dirfd, l.v[i], 0);
	str_list_free(&l);
}
