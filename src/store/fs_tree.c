/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* fs_tree.c: making, sweeping and removing directories. */
#include "store/fs_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

/* kind: S_IFDIR or S_IFREG. */
static void
sweep(int dirfd, const char *const *names, size_t n, mode_t kind)
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

void
tree_sweep(int dirfd, const char *const *names, size_t n)
{
	sweep(dirfd, names, n, S_IFDIR);
}

void
tree_sweep_files(int dirfd, const char *const *names, size_t n)
{
	sweep(dirfd, names, n, S_IFREG);
}
