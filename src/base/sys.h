/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * sys.h: calls of the system that a signal may interrupt, until they are done.
 * Results and errno are those of the calls, but that there is no EINTR.
 */
#ifndef BASE_SYS_H
#define BASE_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static inline int
sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dirfd, path, flags, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

static inline int
sys_open(const char *path, int flags)
{
	return sys_openat(AT_FDCWD, path, flags, 0600);
}

static inline int
sys_flock(int fd, int how)
{
	int rc;

	do
		rc = flock(fd, how);
	while (rc != 0 && errno == EINTR);
	return rc;
}

static inline int
sys_fsync(int fd)
{
	int rc;

	do
		rc = fsync(fd);
	while (rc != 0 && errno == EINTR);
	return rc;
}

static inline int
sys_ftruncate(int fd, off_t n)
{
	int rc;

	do
		rc = ftruncate(fd, n);
	while (rc != 0 && errno == EINTR);
	return rc;
}

/* As many of n bytes as there are, not only as many as come at once; or -1. */
static inline ssize_t
sys_pread(int fd, void *p, size_t n, off_t off)
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

/* Whether name, which is no symbolic link, still is that of what fd is open
 * for. */
static inline bool
sys_has_name(int dirfd, const char *name, int fd)
{
	struct stat by_name, by_fd;

	return fstat(fd, &by_fd) == 0 &&
	    fstatat(dirfd, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
	    by_name.st_dev == by_fd.st_dev && by_name.st_ino == by_fd.st_ino;
}

/* Interrupted or not, Linux has closed it. */
static inline int
sys_close(int fd)
{
	int rc = close(fd);

	return rc != 0 && errno == EINTR ? 0 : rc;
}

#endif
