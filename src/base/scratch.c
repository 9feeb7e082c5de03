/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * scratch.c: makes a directory for scratch files, and these.
 *
 * It has a name as long as the run lasts: in one that has none any more, ext4
 * makes no file.  It is locked as long, so that what a killed run left is known
 * by its lock, and goes with the next run.
 */
#include "base/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random_name.h"
#include "base/sys.h"
#include "base/xalloc.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define PREFIX "tcpsession-"
#define RANDOM "XXXXXX"
/* The sticky bit, of no use there, is our mark.  It is there from the first
 * moment, or a run that is killed leaves what none may remove. */
#define MODE 01700
/* Entries of TMPDIR that are looked at, and attempts at a directory. */
#define ENTRIES_MAX 4096
#define TRIES 8

/* Of the process, as TMPDIR is: set before there are threads, and then left
 * alone. */
static struct {
	char *path;
	int fd;	   /* valid with path */
	int error; /* why there is no path */
} scratch;

const char *
scratch_top(void)
{
	const char *top = getenv("TMPDIR");

	return top != NULL && top[0] != '\0' ? top : "/tmp";
}

/* Whether a run of this user's has left it there. */
static bool
is_left(int at, const char *name, int fd)
{
	struct stat st;

	return sys_flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    sys_has_name(at, name, fd) && fstat(fd, &st) == 0 &&
	    st.st_uid == geteuid() && (st.st_mode & 07777) == MODE;
}

void
scratch_empty(const char *path)
{
	char *const paths[] = { (char *)(uintptr_t)path, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *e;

	while (tree != NULL && (e = fts_read(tree)) != NULL) {
		if (e->fts_level == 0 || e->fts_info == FTS_D)
			continue;
		if (e->fts_info == FTS_DP)
			rmdir(e->fts_path);
		else
			unlink(e->fts_path);
	}
	if (tree != NULL)
		fts_close(tree);
}

static void
remove_left(int at, const char *name)
{
	char *path = xasprintf("%s/%s", scratch_top(), name);

	scratch_empty(path);
	(void)unlinkat(at, name, AT_REMOVEDIR);
	free(path);
}

/* Removes what killed runs left. */
static void
sweep(DIR *top)
{
	const size_t len = sizeof PREFIX RANDOM - 1;
	const struct dirent *d;

	for (int n = 0; n < ENTRIES_MAX && (d = readdir(top)) != NULL; n++) {
		int at = dirfd(top), fd;

		if (strncmp(d->d_name, PREFIX, sizeof PREFIX - 1) != 0 ||
		    strlen(d->d_name) != len)
			continue;
		fd = openat(at, d->d_name, DIR_FLAGS);
		if (fd >= 0 && is_left(at, d->d_name, fd))
			remove_left(at, d->d_name);
		if (fd >= 0)
			close(fd);
	}
}

/* Whether no other run sweeps it: where nothing can be locked, none does. */
static bool
is_safe(const char *path, int fd)
{
	if (sys_flock(fd, LOCK_EX | LOCK_NB) != 0)
		return errno != EWOULDBLOCK;
	return sys_has_name(AT_FDCWD, path, fd);
}

/* A new one; -1, with errno, when there can be none.  path, which ends in
 * RANDOM, becomes its own. */
static int
make_locked(char *path)
{
	char *end = path + strlen(path) - strlen(RANDOM);

	for (int i = 0; i < TRIES; i++) {
		int fd;

		random_name(end, strlen(RANDOM));
		if (mkdir(path, MODE) != 0) {
			if (errno == EEXIST)
				continue;
			return -1;
		}
		fd = open(path, DIR_FLAGS);
		if (fd < 0 && errno != ENOENT) {
			int error = errno;

			rmdir(path);
			errno = error;
			return -1;
		}
		if (fd >= 0 && is_safe(path, fd))
			return fd;
		if (fd >= 0)
			close(fd);
		rmdir(path);
	}
	errno = EBUSY;
	return -1;
}

void
scratch_open(void)
{
	char *path = xasprintf("%s/" PREFIX RANDOM, scratch_top());
	DIR *top = opendir(scratch_top());

	if (top != NULL) {
		sweep(top);
		closedir(top);
	}
	scratch.fd = make_locked(path);
	scratch.error = scratch.fd < 0 ? errno : 0;
	if (scratch.fd >= 0)
		scratch.path = path;
	else
		free(path);
}

int
scratch_close(void)
{
	if (scratch.path == NULL)
		return 0;
	close(scratch.fd);
	scratch.fd = -1;
	if (rmdir(scratch.path) != 0)
		return -1;
	free(scratch.path);
	scratch.path = NULL;
	return 0;
}

const char *
scratch_path(void)
{
	return scratch.path;
}

int
scratch_dir(void)
{
	return scratch.path != NULL ? scratch.fd : -1;
}

/* A file that has a name for a moment only. */
static int
scratch_named(const char *dir)
{
	char *name = xasprintf("%s/scratch-XXXXXX", dir);
	int fd = mkostemp(name, O_CLOEXEC);

	if (fd >= 0)
		unlink(name);
	free(name);
	return fd;
}

int
scratch_file(void)
{
	const char *dir = scratch.path != NULL ? scratch.path : scratch_top();
	int at = scratch.path != NULL ? scratch.fd : AT_FDCWD;
	int fd;

	if (scratch.error != 0) {
		errno = scratch.error;
		return -1;
	}
	fd = openat(at, at == AT_FDCWD ? dir : ".",
	    O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	return fd >= 0 ? fd : scratch_named(dir);
}
