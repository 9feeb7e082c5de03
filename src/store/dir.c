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

#include "base/xalloc.h"
#include "store/dir_backend.h"
#include "store/file_buffer.h"
#include "store/fs_tree.h"

/* How a ledger of ours begins, and what it was called in earlier versions. */
#define LEDGER_BEFORE "capture.json"
#define MARK "{\"program\":\"tcpsession\""
#define TRIES 100

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* temporary is NULL when nothing of that name is there (any more).  In place
 * there is never one. */
struct dir_store {
	struct store base;
	struct store_options options;
	int parent;
	int dir;
	char *place;	 /* name in parent */
	char *temporary; /* name in parent */
	struct dir_backend backend;
	struct file_buffers *files;
};

enum place_state {
	PLACE_FREE,
	PLACE_OURS,
	PLACE_FOREIGN,
	PLACE_UNKNOWN, /* errno tells why */
};

/* Nothing of that name, or nothing that we would have made, is there. */
static bool
is_absent(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP ||
	    errnum == ENXIO || errnum == ENAMETOOLONG;
}

/* Whether the directory has a ledger of ours with that name. */
static enum store_owner
owner_by(int dirfd, const char *name)
{
	char head[sizeof(MARK) - 1];
	struct stat st;
	ssize_t n = -1;
	int errnum, fd;

	fd =
	    openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return is_absent(errno) ? STORE_FOREIGN : STORE_UNKNOWN;
	if (fstat(fd, &st) == 0)
		n = S_ISREG(st.st_mode) ? tree_read(fd, head, sizeof(head), 0) :
					  0;
	errnum = errno;
	close(fd);
	errno = errnum;
	if (n < 0)
		return STORE_UNKNOWN;
	return n == sizeof(head) && memcmp(head, MARK, sizeof(head)) == 0 ?
	    STORE_OURS :
	    STORE_FOREIGN;
}

enum store_owner
store_dir_owner(int dirfd)
{
	enum store_owner owner = owner_by(dirfd, STORE_LEDGER_NAME);

	return owner == STORE_FOREIGN ? owner_by(dirfd, LEDGER_BEFORE) : owner;
}

/* What stands at the place now; under a name that is too long nothing can
 * stand. */
static enum place_state
examine(int parent, const char *name)
{
	struct stat st;
	enum store_owner owner;
	int dir, errnum;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT || errno == ENAMETOOLONG ? PLACE_FREE :
								  PLACE_UNKNOWN;
	dir = openat(parent, name, DIR_FLAGS | O_NOFOLLOW);
	if (dir < 0)
		return is_absent(errno) ? PLACE_FOREIGN : PLACE_UNKNOWN;
	owner = store_dir_owner(dir);
	errnum = errno;
	close(dir);
	errno = errnum;
	return owner == STORE_OURS ? PLACE_OURS :
	    owner == STORE_FOREIGN ? PLACE_FOREIGN :
				     PLACE_UNKNOWN;
}

/* Makes and opens the temporary directory. */
static int
make_temporary(struct dir_store *s)
{
	int errnum;

	for (int i = 0; i < TRIES; i++) {
		char *name = tree_temporary_name(s->place);

		if (mkdirat(s->parent, name, 0700) == 0) {
			s->temporary = name;
			s->dir =
			    openat(s->parent, name, DIR_FLAGS | O_NOFOLLOW);
			return s->dir >= 0 ? 0 : -1;
		}
		errnum = errno;
		free(name);
		errno = errnum;
		if (errnum != EEXIST)
			break;
	}
	return -1;
}

/* Makes and opens the place itself. */
static int
make_place(struct dir_store *s)
{
	if (mkdirat(s->parent, s->place, 0700) != 0)
		return -1;
	s->dir = openat(s->parent, s->place, DIR_FLAGS | O_NOFOLLOW);
	return s->dir >= 0 ? 0 : -1;
}

static const char *
why(int errnum)
{
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
why_not(const struct dir_store *s)
{
	switch (examine(s->parent, s->place)) {
	case PLACE_FREE:
	case PLACE_OURS:
		break;
	case PLACE_FOREIGN:
		return "exists and is not output of this program (--force "
		       "replaces it)";
	case PLACE_UNKNOWN:
		return strerror(errno);
	}
	return NULL;
}

/* Opens all that the store needs.  NULL, or why not. */
static const char *
prepare(struct dir_store *s, int dirfd, const char *name)
{
	const char *base = s->place;
	const char *reason;

	if (!tree_is_plain_path(name))
		return "not a name for an output directory";
	s->parent = tree_open_parent(dirfd, name,
	    s->options.sync ? TREE_MAKE_SYNC : TREE_MAKE);
	if (s->parent < 0)
		return why(errno);
	if (s->options.in_place)
		return make_place(s) == 0 ? NULL : why(errno);
	reason = s->options.force ? NULL : why_not(s);
	if (reason != NULL)
		return reason;
	if (!s->options.swept)
		tree_sweep(s->parent, &base, 1);
	if (make_temporary(s) != 0)
		return why(errno);
	return NULL;
}

/* The name still is that of the directory that we have filled. */
static bool
is_still_there(const struct dir_store *s)
{
	struct stat by_name, by_fd;

	return fstatat(s->parent, s->temporary, &by_name,
		   AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstat(s->dir, &by_fd) == 0 && by_name.st_dev == by_fd.st_dev &&
	    by_name.st_ino == by_fd.st_ino;
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

static void
remove_temporary(struct dir_store *s)
{
	/* What stays of it is swept by the next run. */
	if (s->temporary != NULL)
		(void)tree_remove(s->parent, s->temporary);
	free(s->temporary);
	s->temporary = NULL;
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
	if (!s->options.sync || fsync(s->parent) == 0)
		return 0;
	file_buffers_fail(s->files, errno, "sync", NULL);
	return -1;
}

static int
dir_publish(struct store *base)
{
	struct dir_store *s = dir_of(base);
	const char *what;

	file_buffers_finish(s->files);
	if (file_buffers_error(s->files, &what) != 0)
		return -1;
	if (s->options.sync && fsync(s->dir) != 0) {
		file_buffers_fail(s->files, errno, "sync", NULL);
		return -1;
	}
	if (s->options.in_place)
		return sync_parent(s);
	if (!is_still_there(s)) {
		file_buffers_fail(s->files, ENOENT, "publish", NULL);
		return -1;
	}
	if (swap_in(s) != 0)
		return -1;
	remove_temporary(s);
	return sync_parent(s);
}

static void
dir_free(struct store *base)
{
	struct dir_store *s = dir_of(base);

	if (s->files != NULL) {
		file_buffers_free(s->files);
		dir_backend_fini(&s->backend);
	}
	remove_temporary(s);
	/* Fails when there is something in it. */
	if (s->options.in_place && s->dir >= 0)
		(void)unlinkat(s->parent, s->place, AT_REMOVEDIR);
	if (s->dir >= 0)
		close(s->dir);
	if (s->parent >= 0)
		close(s->parent);
	free(s->place);
	free(s);
}

static const struct store_ops dir_ops = {
	.out = dir_out,
	.error = dir_error,
	.outputs = dir_outputs,
	.publish = dir_publish,
	.free = dir_free,
};

struct store *
store_dir_new(int dirfd, const char *name, const struct store_options *options,
    char message[static STORE_MESSAGE_LEN])
{
	struct dir_store *s = xcalloc(1, sizeof(*s));
	const char *reason;

	s->base.ops = &dir_ops;
	s->options = *options;
	s->parent = -1;
	s->dir = -1;
	s->place = xstrdup(base_name(name));
	reason = prepare(s, dirfd, name);
	if (reason != NULL) {
		/* The reason is what must not be cut. */
		snprintf(message, STORE_MESSAGE_LEN, "%.380s: %.120s", name,
		    reason);
		dir_free(&s->base);
		return NULL;
	}
	message[0] = '\0';
	dir_backend_init(&s->backend, s->dir, s->place, options);
	s->files = file_buffers_new(&s->backend.backend, options);
	return &s->base;
}

/* Makes the directory with all on the way to it.  False, with errno, when it
 * is not this call that has made it. */
static bool
make_all(const char *path)
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
		(void)mkdir(copy, 0700);
		*p = '/';
	}
	made = mkdir(copy, 0700) == 0;
	errnum = errno;
	free(copy);
	errno = errnum;
	return made;
}

int
store_open_dir(const char *path, bool *made)
{
	int fd = open(path, DIR_FLAGS);
	bool is_new = false;

	if (fd < 0 && errno == ENOENT && path[0] != '\0') {
		is_new = make_all(path);
		/* What was made is no link, unless it was replaced. */
		if (is_new || errno == EEXIST)
			fd = open(path, DIR_FLAGS | (is_new ? O_NOFOLLOW : 0));
	}
	if (made != NULL)
		*made = is_new && fd >= 0;
	return fd;
}
