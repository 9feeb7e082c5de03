/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* output_dir.c: opens, locks and sweeps the output directory. */
#include "app/output_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/catalog.h"
#include "app/message.h"
#include "app/seen.h"
#include "base/sys.h"
#include "base/xalloc.h"
#include "store/fs_tree.h"
#include "store/store.h"
#include "store/tar.h"
#include "store/temporary.h"

/* Descriptors that are no product files: the standard three, the directories,
 * the capture, the scratch file, and some that libraries take. */
#define OTHER_DESCRIPTORS 10
#define MAX_OPEN 1000

unsigned
output_dir_max_open(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	if (limit.rlim_cur < limit.rlim_max &&
	    limit.rlim_cur < MAX_OPEN + OTHER_DESCRIPTORS) {
		limit.rlim_cur = limit.rlim_max < MAX_OPEN + OTHER_DESCRIPTORS ?
		    limit.rlim_max :
		    MAX_OPEN + OTHER_DESCRIPTORS;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur <= OTHER_DESCRIPTORS)
		return 1;
	return limit.rlim_cur - OTHER_DESCRIPTORS < MAX_OPEN ?
	    (unsigned)(limit.rlim_cur - OTHER_DESCRIPTORS) :
	    MAX_OPEN;
}

/* Where everybody may write, others could put a directory of theirs in the
 * place of one of ours. */
static bool
is_safe(const struct run *r, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || (st.st_mode & S_IWOTH) == 0 ||
	    (st.st_mode & S_ISVTX) != 0)
		return true;
	message_error(r->messages, r->cfg->output_dir,
	    "everybody may write here and replace what others have made; take "
	    "that away (chmod o-w) or restrict it (chmod +t)");
	return false;
}

/* Whether it could be locked; else a message. */
static bool
take_lock(const struct run *r, int fd, enum status *status)
{
	const char *path = r->cfg->output_dir;
	if (sys_flock(fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno == EWOULDBLOCK) {
		message_error(r->messages, path,
		    "another run is writing here; wait for "
		    "it or name another directory with -o");
		*status = STATUS_LOCKED;
	} else {
		message_error(r->messages, path, "cannot be locked: %s",
		    strerror(errno));
		*status = STATUS_INCOMPLETE;
	}
	return false;
}

int
output_dir_open(const struct run *r, bool *made, enum status *status)
{
	const char *path = r->cfg->output_dir;
	int fd = store_open_dir(path, r->cfg->sync, made);

	if (fd < 0) {
		message_error(r->messages, path,
		    "cannot be used for output: %s", strerror(errno));
		*status = STATUS_INCOMPLETE;
		return -1;
	}
	*status = STATUS_USAGE;
	if (is_safe(r, fd) && take_lock(r, fd, status))
		return fd;
	close(fd);
	return -1;
}

/* Another user may not find the way to it: then it is where it was. */
bool
output_dir_is_there(const struct run *r)
{
	struct stat by_name, by_fd;

	if (r->output_fd < 0 || fstat(r->output_fd, &by_fd) != 0)
		return true;
	if (stat(r->cfg->output_dir, &by_name) != 0 ?
		errno != ENOENT && errno != ENOTDIR :
		by_name.st_dev == by_fd.st_dev &&
		    by_name.st_ino == by_fd.st_ino)
		return true;
	message_error(r->messages, r->cfg->output_dir,
	    "is not the directory any more that was written to");
	return false;
}

char *
output_dir_free_name(const struct run *r, const char *name)
{
	char *own = xstrdup(name);
	char *dir = xasprintf("%s.sessions", own);
	struct stat st;

	for (unsigned i = 2;
	     fstatat(r->output_fd, dir, &st, AT_SYMLINK_NOFOLLOW) == 0; i++) {
		free(own);
		free(dir);
		own = xasprintf("%s.%u", name, i);
		dir = xasprintf("%s.sessions", own);
	}
	free(dir);
	return own;
}

void
output_dir_sweep(const struct run *r)
{
	temporary_sweep(r->output_fd);
	tree_sweep_files(r->output_fd, SEEN_NAME);
	tree_sweep_files(r->output_fd, CATALOG_NAME);
	tar_sweep(r->output_fd, r->cfg->tar_prefix);
}
