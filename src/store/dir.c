/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * dir.c: the store that publishes a directory whole or not at all.  Product
 * files go to a temporary directory beside its place; publishing exchanges the
 * two.
 */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/xalloc.h"
#include "store/dir_backend.h"
#include "store/file_buffer.h"
#include "store/fs_tree.h"
#include "store/temporary.h"

#define TRIES 100

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* temporary is NULL when nothing of that name is there (any more).  In place
 * there is never one. */
struct dir_store {
	struct store base;
	struct store_options options;
	int dirfd;  /* borrowed */
	char *path; /* below it */
	int parent;
	int dir;
	char *place;	 /* name in parent */
	char *temporary; /* name in parent */
	int errnum;	 /* why it cannot be made */
	struct dir_backend backend;
	struct file_buffers *files;
};

enum place_state {
	PLACE_FREE,
	PLACE_OURS,
	PLACE_FOREIGN,
	PLACE_UNKNOWN, /* errno tells why */
};

/* What stands at the place now. */
static enum place_state
examine(int parent, const char *name)
{
	struct stat st;
	enum store_owner owner;
	int dir, errnum;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? PLACE_FREE : PLACE_UNKNOWN;
	dir = sys_openat(parent, name, DIR_FLAGS | O_NOFOLLOW, 0);
	if (dir < 0)
		return errno == ENOTDIR || errno == ELOOP ? PLACE_FOREIGN :
							    PLACE_UNKNOWN;
	owner = store_dir_owner(dir);
	errnum = errno;
	close(dir);
	errno = errnum;
	return owner == STORE_OURS ? PLACE_OURS :
	    owner == STORE_FOREIGN ? PLACE_FOREIGN :
				     PLACE_UNKNOWN;
}

/* Makes and opens the place itself. */
static int
make_place(struct dir_store *s)
{
	if (mkdirat(s->parent, s->place, 0700) != 0)
		return -1;
	s->dir = sys_openat(s->parent, s->place, DIR_FLAGS | O_NOFOLLOW, 0);
	return s->dir >= 0 ? 0 : -1;
}

static const char *
why(struct dir_store *s, int errnum)
{
	s->errnum = errnum;
	switch (errnum) {
	case ENAMETOOLONG:
		return "the name is too long for an output directory";
	case ELOOP:
	case ENOTDIR:
		return "a directory on the way is a symbolic link or a file";
	default:
		return strerror(errnum);
	}
}

static const char *
base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash != NULL ? slash + 1 : name;
}

/* NULL, or why nothing may be put in the place. */
static const char *
why_not(struct dir_store *s)
{
	switch (examine(s->parent, s->place)) {
	case PLACE_FREE:
	case PLACE_OURS:
		break;
	case PLACE_FOREIGN:
		s->errnum = EEXIST;
		return "exists and is not output of this program (--force "
		       "replaces it)";
	case PLACE_UNKNOWN:
		return why(s, errno);
	}
	return NULL;
}

/* Opens all that the store needs.  NULL, or why not. */
static const char *
prepare(struct dir_store *s, int dirfd, const char *name)
{
	const char *reason;
	struct stat st;

	if (!tree_is_plain_path(name)) {
		s->errnum = EINVAL;
		return "not a name for an output directory";
	}
	s->parent = tree_open_parent(dirfd, name,
	    s->options.sync ? TREE_MAKE_SYNC : TREE_MAKE);
	if (s->parent < 0)
		return why(s, errno);
	if (s->options.in_place)
		return make_place(s) == 0 ? NULL : why(s, errno);
	if (fstatat(s->parent, s->place, &st, AT_SYMLINK_NOFOLLOW) != 0 &&
	    errno == ENAMETOOLONG)
		return why(s, errno);
	reason = s->options.force ? NULL : why_not(s);
	if (reason != NULL)
		return reason;
	s->dir = temporary_make(s->parent, s->place, &s->temporary);
	return s->dir >= 0 ? NULL : why(s, errno);
}

static bool
is_same(int fd, const struct stat *by_name)
{
	struct stat by_fd;

	return fstat(fd, &by_fd) == 0 && by_name->st_dev == by_fd.st_dev &&
	    by_name->st_ino == by_fd.st_ino;
}

/* The names still are those of the directories that we have filled. */
static bool
is_still_there(const struct dir_store *s)
{
	const char *name = s->options.in_place ? s->place : s->temporary;
	struct stat above, st;
	int parent = tree_open_parent(s->dirfd, s->path, TREE_FAIL);
	bool same = parent >= 0 && fstat(parent, &above) == 0 &&
	    is_same(s->parent, &above) &&
	    fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    is_same(s->dir, &st);

	if (parent >= 0)
		close(parent);
	return same;
}

static int
rename_flags(struct dir_store *s, unsigned flags)
{
	return renameat2(s->parent, s->temporary, s->parent, s->place, flags);
}

/* For file systems that cannot exchange: the old aside, the new in. */
static int
aside_and_in(struct dir_store *s)
{
	char *aside = tree_temporary_name(s->place);
	int errnum;

	if (renameat(s->parent, s->place, s->parent, aside) != 0)
		goto out;
	if (renameat(s->parent, s->temporary, s->parent, s->place) != 0) {
		errnum = errno;
		(void)renameat(s->parent, aside, s->parent, s->place);
		errno = errnum;
		goto out;
	}
	free(s->temporary);
	s->temporary = aside;
	return 0;
out:
	errnum = errno;
	free(aside);
	errno = errnum;
	return -1;
}

static bool
lacks_flags(int errnum)
{
	return errnum == EINVAL || errnum == ENOSYS || errnum == EOPNOTSUPP;
}

/* One try.  Afterwards what s->temporary names, if anything, is old. */
static int
move_in(struct dir_store *s)
{
	enum place_state place = examine(s->parent, s->place);

	if (place == PLACE_FREE) {
		if (rename_flags(s, RENAME_NOREPLACE) == 0)
			return 0;
		return lacks_flags(errno) ? rename_flags(s, 0) : -1;
	}
	if (place == PLACE_UNKNOWN && !s->options.force)
		return -1;
	if (place == PLACE_FOREIGN && !s->options.force) {
		errno = ENOTEMPTY;
		return -1;
	}
	/* What is not ours is nobody's as soon as it has left its place. */
	if (place != PLACE_OURS)
		temporary_mark(s->parent, s->place);
	if (rename_flags(s, RENAME_EXCHANGE) == 0)
		return 0;
	return lacks_flags(errno) ? aside_and_in(s) : -1;
}

static int
swap_in(struct dir_store *s)
{
	int rc = -1;

	/* The place may change between the look at it and the move. */
	for (int i = 0; i < TRIES && rc != 0; i++) {
		rc = move_in(s);
		if (rc != 0 && errno != EEXIST && errno != ENOENT)
			break;
	}
	if (rc != 0)
		file_buffers_fail(s->files, errno, "publish", NULL);
	return rc;
}

/* 0 when nothing of that name is there any more, else an errno: the next run
 * sweeps it. */
static int
remove_temporary(struct dir_store *s)
{
	int errnum = 0;

	if (s->temporary != NULL) {
		temporary_mark(s->parent, s->temporary);
		/* What went wrong once need not go wrong again. */
		if (tree_remove(s->parent, s->temporary) != 0 &&
		    errno != ENOENT &&
		    tree_remove(s->parent, s->temporary) != 0 &&
		    errno != ENOENT)
			errnum = errno;
	}
	free(s->temporary);
	s->temporary = NULL;
	return errnum;
}

static struct dir_store *
dir_of(struct store *base)
{
	return (struct dir_store *)(void *)base;
}

static struct out *
dir_out(struct store *base)
{
	return file_buffers_out(dir_of(base)->files);
}

static void
dir_outputs(const struct store *base, struct store_outputs *o)
{
	file_buffers_outputs(((const struct dir_store *)(const void *)base)
				 ->files,
	    o);
}

static int
dir_error(const struct store *base, const char **what)
{
	const struct dir_store *s = (const void *)base;

	return file_buffers_error(s->files, what);
}

/* It is too late to take anything back, but not safe on disk. */
static int
sync_parent(struct dir_store *s)
{
	if (!s->options.sync || sys_fsync(s->parent) == 0)
		return 0;
	file_buffers_fail(s->files, errno, "sync", NULL);
	return -1;
}

static int
dir_publish(struct store *base)
{
	struct dir_store *s = dir_of(base);
	const char *what;
	int errnum;

	file_buffers_finish(s->files);
	if (file_buffers_error(s->files, &what) != 0)
		return -1;
	if (!s->options.in_place && temporary_settle(s->dir) != 0) {
		file_buffers_fail(s->files, errno, "publish", NULL);
		return -1;
	}
	if (s->options.sync && sys_fsync(s->dir) != 0) {
		file_buffers_fail(s->files, errno, "sync", NULL);
		return -1;
	}
	if (!is_still_there(s)) {
		file_buffers_fail(s->files, ENOENT, "publish", NULL);
		return -1;
	}
	if (s->options.in_place)
		return sync_parent(s);
	if (swap_in(s) != 0)
		return -1;
	s->base.published = true;
	errnum = remove_temporary(s);
	if (errnum != 0) {
		file_buffers_fail(s->files, errnum, "remove the earlier", NULL);
		return -1;
	}
	return sync_parent(s);
}

static void
dir_fail(struct store *base, int errnum)
{
	file_buffers_fail(dir_of(base)->files, errnum, "write", NULL);
}

static void
dir_free(struct store *base)
{
	struct dir_store *s = dir_of(base);

	if (s->files != NULL) {
		file_buffers_free(s->files);
		dir_backend_fini(&s->backend);
	}
	(void)remove_temporary(s);
	/* Fails when there is something in it. */
	if (s->options.in_place && s->dir >= 0)
		(void)unlinkat(s->parent, s->place, AT_REMOVEDIR);
	if (s->dir >= 0)
		close(s->dir);
	if (s->parent >= 0)
		close(s->parent);
	free(s->place);
	free(s->path);
	free(s);
}

static const struct store_ops dir_ops = {
	.out = dir_out,
	.error = dir_error,
	.outputs = dir_outputs,
	.publish = dir_publish,
	.set_error = dir_fail,
	.free = dir_free,
};

struct making {
	struct dir_store *s;
	int dirfd;
	const char *name;
	const char *reason; /* why there is none, or NULL */
};

static void
make(void *arg)
{
	struct making *x = arg;
	struct dir_store *s = x->s;

	s->dirfd = x->dirfd;
	s->path = xstrdup(x->name);
	s->place = xstrdup(base_name(x->name));
	x->reason = prepare(s, x->dirfd, x->name);
	if (x->reason != NULL)
		return;
	dir_backend_init(&s->backend, s->dir, s->place, &s->options);
	s->files = file_buffers_new(&s->backend.backend, &s->options);
}

struct store *
store_dir_new(int dirfd, const char *name, const struct store_options *options,
    char message[static STORE_MESSAGE_LEN])
{
	struct dir_store *s = xcalloc(1, sizeof(*s));
	struct making x = { .s = s, .dirfd = dirfd, .name = name };
	int errnum;

	s->base.ops = &dir_ops;
	s->options = *options;
	s->parent = -1;
	s->dir = -1;
	if (!xalloc_guard(make, &x)) {
		dir_free(&s->base);
		xalloc_fail();
	}
	message[0] = '\0';
	if (x.reason == NULL)
		return &s->base;
	/* The reason is what must not be cut. */
	snprintf(message, STORE_MESSAGE_LEN, "%.380s: %.120s", name, x.reason);
	errnum = s->errnum;
	dir_free(&s->base);
	errno = errnum;
	return NULL;
}

/* Makes one directory; sync: flushes the one that it is in.  As mkdir. */
static int
make_dir(char *path, bool sync)
{
	char *slash = strrchr(path, '/');
	int rc = mkdir(path, 0700);
	int fd;

	if (rc != 0 || !sync)
		return rc;
	if (slash != NULL)
		*slash = '\0';
	fd = sys_open(slash == NULL ? "." :
		slash == path	    ? "/" :
				      path,
	    DIR_FLAGS);
	if (slash != NULL)
		*slash = '/';
	rc = fd >= 0 ? sys_fsync(fd) : -1;
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Makes the directory with all on the way to it.  False, with errno, when it
 * is not this call that has made it. */
static bool
make_all(const char *path, bool sync)
{
	char *copy = xstrdup(path);
	size_t n = strlen(copy);
	int errnum;
	bool made;

	while (n > 1 && copy[n - 1] == '/')
		copy[--n] = '\0';
	for (char *p = copy + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)make_dir(copy, sync);
		*p = '/';
	}
	made = make_dir(copy, sync) == 0;
	errnum = errno;
	free(copy);
	errno = errnum;
	return made;
}

int
store_open_dir(const char *path, bool sync, bool *made)
{
	int fd = sys_open(path, DIR_FLAGS);
	bool is_new = false;

	if (fd < 0 && errno == ENOENT && path[0] != '\0') {
		is_new = make_all(path, sync);
		/* What was made is no link, unless it was replaced. */
		if (is_new || errno == EEXIST)
			fd = sys_open(path,
			    DIR_FLAGS | (is_new ? O_NOFOLLOW : 0));
	}
	if (made != NULL)
		*made = is_new && fd >= 0;
	return fd;
}
