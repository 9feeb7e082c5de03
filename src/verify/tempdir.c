/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tempdir.c: made, measured, and removed with all that is in it. */
#include "verify/tempdir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

/* Deeper than any of the programs that write there goes. */
#define DEPTH_MAX 64

char *
tempdir_new(void)
{
	const char *top = getenv("TMPDIR");
	char *path = xasprintf("%s/tcpsession-XXXXXX",
	    top != NULL && top[0] != '\0' ? top : "/tmp");

	if (mkdtemp(path) != NULL)
		return path;
	free(path);
	return NULL;
}

struct visit {
	bool removes;
	const char *without;
	struct tempdir_size size;
};

/* Takes fd. */
static void
visit_dir(struct visit *v, int fd, int depth)
{
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;
	struct stat st;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		const char *name = e->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			visit_dir(v,
			    openat(fd, name,
				O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
				    O_CLOEXEC),
			    depth + 1);
		if (!S_ISDIR(st.st_mode) && !v->removes &&
		    strstr(name, v->without) == NULL) {
			v->size.files++;
			v->size.bytes += (uint64_t)st.st_size;
		}
		if (v->removes)
			unlinkat(fd, name,
			    S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
	}
	closedir(d);
}

static int
open_top(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

void
tempdir_empty(const char *path)
{
	struct visit v = { .removes = true };

	if (path != NULL)
		visit_dir(&v, open_top(path), 0);
}

void
tempdir_free(char *path)
{
	if (path == NULL)
		return;
	tempdir_empty(path);
	rmdir(path);
	free(path);
}

struct tempdir_size
tempdir_size(const char *path, const char *without)
{
	struct visit v = { .without = without };

	visit_dir(&v, open_top(path), 0);
	return v.size;
}
