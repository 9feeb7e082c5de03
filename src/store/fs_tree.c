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
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str_list.h"
#include "base/xalloc.h"

/* Each level holds a descriptor while what is below it goes. */
#define DEPTH_MAX 128
#define RANDOM_LEN 6

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

static int remove_entry(int dirfd, const char *name, dev_t dev, int depth);

/* Takes ownership of fd. */
static int
remove_entries(int fd, dev_t dev, int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int rc = 0;
	int errnum = 0;

	if (d == NULL) {
		errnum = errno;
		close(fd);
		errno = errnum;
		return -1;
	}
	while ((e = readdir(d)) != NULL)
		if (!is_dots(e->d_name) &&
		    remove_entry(dirfd(d), e->d_name, dev, depth) != 0) {
			errnum = errno;
			rc = -1;
		}
	closedir(d);
	errno = errnum;
	return rc;
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
	fd = openat(dirfd, name, DIR_FLAGS);
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
			if (missing == TREE_MAKE_SYNC && fsync(dirfd) != 0)
				return -1;
		} else if (errno != EEXIST) {
			return -1;
		}
	}
	return openat(dirfd, name, DIR_FLAGS);
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
	fd = openat(parent, slash != NULL ? slash + 1 : path, DIR_FLAGS);
	errnum = errno;
	close(parent);
	errno = errnum;
	return fd;
}

/* 64 characters, all good in file names. */
static const char letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

char *
tree_temporary_name(const char *name)
{
	unsigned char r[RANDOM_LEN];
	char suffix[RANDOM_LEN + 1];

	/* So few bytes are never cut; without them names could be guessed,
	 * but not used: the directory is made exclusively. */
	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		memset(r, 0, sizeof(r));
	for (size_t i = 0; i < RANDOM_LEN; i++)
		suffix[i] = letters[r[i] % 64];
	suffix[RANDOM_LEN] = '\0';
	return xasprintf(".%s.%s", name, suffix);
}

ssize_t
tree_read(int fd, void *p, size_t n, off_t off)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got =
		    pread(fd, (char *)p + have, n - have, off + (off_t)have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
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
	int fd = openat(dirfd, temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int rc = -1;
	int errnum;

	if (fd >= 0) {
		rc = write_all(fd, bytes);
		if (rc == 0 && sync)
			rc = fsync(fd);
		if (close(fd) != 0 && errno != EINTR)
			rc = -1;
		if (rc == 0)
			rc = renameat(dirfd, temporary, dirfd, name);
		errnum = errno;
		if (rc != 0)
			(void)unlinkat(dirfd, temporary, 0);
		errno = errnum;
		if (rc == 0 && sync)
			rc = fsync(dirfd);
	}
	errnum = errno;
	free(temporary);
	errno = errnum;
	return rc;
}

/* Whether s is a temporary name for one of names. */
static bool
is_temporary(const char *s, const char *const *names, size_t n)
{
	const char *suffix = strrchr(s, '.');
	char *middle;
	bool found;

	if (s[0] != '.' || suffix == s || strlen(suffix + 1) != RANDOM_LEN ||
	    strspn(suffix + 1, letters) != RANDOM_LEN)
		return false;
	middle = xstrdup(s + 1);
	middle[suffix - s - 1] = '\0';
	found = bsearch(&middle, names, n, sizeof(*names), str_compare) != NULL;
	free(middle);
	return found;
}

/* Removes from the directory what is temporary for one of names[0..n), sorted,
 * and of that kind: S_IFDIR or S_IFREG. */
static void
sweep_directory(int dirfd, const char *const *names, size_t n, mode_t kind)
{
	struct str_list l = { 0 };
	struct stat st;

	(void)str_list_directory(&l, dirfd);
	for (size_t i = 0; i < l.n; i++)
		if (is_temporary(l.v[i], names, n) &&
		    fstatat(dirfd, l.v[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (st.st_mode & S_IFMT) == kind)
			(void)tree_remove(dirfd, l.v[i]);
	str_list_free(&l);
}

/* Length of what goes before the last component, with its slash. */
static size_t
parent_len(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash != NULL ? (size_t)(slash - name) + 1 : 0;
}

static int
compare_parents(const char *a, const char *b)
{
	size_t n_a = parent_len(a);
	size_t n_b = parent_len(b);

	if (n_a != n_b)
		return n_a < n_b ? -1 : 1;
	return memcmp(a, b, n_a);
}

/* Those of one directory together, by last component within. */
static int
by_parent(const void *a, const void *b)
{
	const char *s = *(const char *const *)a;
	const char *t = *(const char *const *)b;
	int c = compare_parents(s, t);

	return c != 0 ? c : strcmp(s, t);
}

/* names[0..n) have one parent and are sorted; they are cut to their last
 * components. */
static void
sweep_parent(int dirfd, const char **names, size_t n)
{
	size_t len = parent_len(names[0]);
	int parent;

	if (!tree_is_plain_path(names[0]))
		return;
	parent = tree_open_parent(dirfd, names[0], TREE_FAIL);
	if (parent < 0)
		return;
	for (size_t i = 0; i < n; i++)
		names[i] += len;
	sweep_directory(parent, names, n, S_IFDIR);
	close(parent);
}

void
tree_sweep(int dirfd, const char *const *names, size_t n)
{
	const char **sorted = xcalloc(n, sizeof(*sorted));
	size_t end;

	if (n > 0) {
		memcpy(sorted, names, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), by_parent);
	}
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1;
		     end < n && compare_parents(sorted[i], sorted[end]) == 0;
		     end++)
			continue;
		sweep_parent(dirfd, sorted + i, end - i);
	}
	free(sorted);
}

void
tree_sweep_files(int dirfd, const char *const *names, size_t n)
{
	sweep_directory(dirfd, names, n, S_IFREG);
}
