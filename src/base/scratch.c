/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * scratch.c: makes a directory for scratch files, and these.
 *
 * It has a name as long as the run lasts: in one that has none any more, ext4
 * makes no file.
 */
#include "base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/xalloc.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

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

void
scratch_open(void)
{
	char *path = xasprintf("%s/tcpsession-XXXXXX", scratch_top());

	scratch.error = 0;
	if (mkdtemp(path) != NULL) {
		scratch.fd = open(path, DIR_FLAGS);
		if (scratch.fd >= 0) {
			scratch.path = path;
			return;
		}
		scratch.error = errno;
		rmdir(path);
	} else {
		scratch.error = errno;
	}
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
