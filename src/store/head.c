/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* head.c: how the capture.json of a published directory begins. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/fs_tree.h"

static ssize_t
read_up_to(int fd, char *p, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t r = pread(fd, p + have, n - have, (off_t)have);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		if (r == 0)
			break;
		have += (size_t)r;
	}
	return (ssize_t)have;
}

ssize_t
store_head(int dirfd, const char *name, char *out, size_t n)
{
	const char *slash = strrchr(name, '/');
	int parent, dir = -1, fd = -1;
	ssize_t got = -1;

	if (!tree_is_plain_path(name))
		return -1;
	parent = tree_open_parent(dirfd, name, TREE_FAIL);
	if (parent >= 0)
		dir = openat(parent, slash != NULL ? slash + 1 : name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir >= 0)
		fd = openat(dir, "capture.json",
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		got = read_up_to(fd, out, n);
		close(fd);
	}
	if (dir >= 0)
		close(dir);
	if (parent >= 0)
		close(parent);
	return got;
}
