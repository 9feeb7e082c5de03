/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* temporary.c: makes, marks and sweeps temporary directories. */
#include "store/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str_list.h"
#include "base/sys.h"
#include "base/xalloc.h"
#include "store/fs_tree.h"
#include "store/store.h"

#define TRIES 100
/* As deep as captures are looked for. */
#define DEPTH_MAX 255

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const char ending[] = ".sessions";

/* False when somebody else has it.  A file system without locks has none that
 * anybody could hold. */
static bool
lock(int fd)
{
	return sys_flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

/* One try; -1 with EEXIST when another may go better. */
static int
make_one(int parent, const char *name)
{
	int errnum, fd;

	if (mkdirat(parent, name, 0700 | S_ISVTX) != 0)
		return -1;
	fd = sys_openat(parent, name, DIR_FLAGS, 0);
	errnum = fd < 0 && errno != ENOENT ? errno : EEXIST;
	/* Somebody else may sweep it between its making and the lock. */
	if (fd >= 0 && lock(fd) && sys_has_name(parent, name, fd))
		return fd;
	if (fd >= 0)
		close(fd);
	/* If it is there all the same: nobody else makes one of that name. */
	(void)unlinkat(parent, name, AT_REMOVEDIR);
	errno = errnum;
	return -1;
}

int
temporary_make(int parent, const char *name, char **made)
{
	for (int i = 0; i < TRIES; i++) {
		char *own = tree_temporary_name(name);
		int fd = make_one(parent, own);
		int errnum = errno;

		if (fd >= 0) {
			*made = own;
			return fd;
		}
		free(own);
		errno = errnum;
		if (errnum != EEXIST)
			break;
	}
	return -1;
}

static int
set_mark(int fd, bool on)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	return fchmod(fd,
	    on ? (st.st_mode & 07777) | S_ISVTX : st.st_mode & 06777);
}

int
temporary_settle(int fd)
{
	return set_mark(fd, false);
}

void
temporary_mark(int dirfd, const char *name)
{
	int fd = sys_openat(dirfd, name, DIR_FLAGS, 0);

	if (fd < 0)
		return;
	(void)set_mark(fd, true);
	close(fd);
}

/* ---------------------------------------------------------------- left-overs */

struct sweep {
	dev_t dev;
	uid_t owner; /* of the directory that is swept */
	size_t others;
};

static bool
is_of_us(const struct sweep *w, const struct stat *st)
{
	return st->st_uid == geteuid() || st->st_uid == w->owner;
}

/* ".NAME.sessions.XXXXXX", NAME perhaps cut. */
static bool
is_temporary_name(const char *s)
{
	return s[0] == '.' && tree_is_temporary(s) && strstr(s, ending) != NULL;
}

static void
remove_left_over(const struct sweep *w, int parent, const char *name)
{
	int fd = sys_openat(parent, name, DIR_FLAGS, 0);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && is_of_us(w, &st) && st.st_dev == w->dev &&
	    ((st.st_mode & S_ISVTX) != 0 ||
		store_dir_owner(fd) == STORE_OURS) &&
	    sys_flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    sys_has_name(parent, name, fd)) {
		/* Whatever is left of it if this run is killed, too. */
		(void)set_mark(fd, true);
		(void)tree_remove(parent, name);
	}
	close(fd);
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), n_end = strlen(end);

	return n >= n_end && strcmp(s + n - n_end, end) == 0;
}

/* Whether the sweep goes on in there. */
static bool
is_on_the_way(struct sweep *w, int fd, const char *name)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || st.st_dev != w->dev ||
	    (ends_with(name, ending) && store_dir_owner(fd) == STORE_OURS))
		return false;
	return ((st.st_mode & 0777) == 0700 && is_of_us(w, &st)) ||
	    w->others++ < TEMPORARY_OTHERS_MAX;
}

static void
sweep_in(struct sweep *w, int fd, int depth)
{
	struct str_list l = { 0 };
	struct stat st;

	(void)str_list_directory(&l, fd);
	for (size_t i = 0; i < l.n; i++) {
		int sub;

		if (fstatat(fd, l.v[i], &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISDIR(st.st_mode))
			continue;
		if (is_temporary_name(l.v[i])) {
			remove_left_over(w, fd, l.v[i]);
			continue;
		}
		sub = depth < DEPTH_MAX ? sys_openat(fd, l.v[i], DIR_FLAGS, 0) :
					  -1;
		if (sub >= 0 && is_on_the_way(w, sub, l.v[i]))
			sweep_in(w, sub, depth + 1);
		if (sub >= 0)
			close(sub);
	}
	str_list_free(&l);
}

void
temporary_sweep(int dirfd)
{
	struct sweep w = { .others = 0 };
	struct stat st;

	if (fstat(dirfd, &st) != 0)
		return;
	w.dev = st.st_dev;
	w.owner = st.st_uid;
	sweep_in(&w, dirfd, 0);
}
