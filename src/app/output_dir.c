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

#include "app/message.h"
#include "app/seen.h"
#include "base/xalloc.h"
#include "store/fs_tree.h"
#include "store/store.h"
#include "store/tar.h"

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

int
output_dir_open(const struct run *r, bool *made, enum status *status)
{
	const char *path = r->cfg->output_dir;
	struct messages *m = r->messages;
	int fd = store_open_dir(path, made);

	if (fd < 0) {
		message_error(m, path, "cannot be used for output: %s",
		    strerror(errno));
		*status = STATUS_INCOMPLETE;
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK) {
		message_error(m, path,
		    "another run is writing here; wait for "
		    "it or name another directory with -o");
		*status = STATUS_LOCKED;
	} else {
		message_error(m, path, "cannot be locked: %s", strerror(errno));
		*status = STATUS_INCOMPLETE;
	}
	close(fd);
	return -1;
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
output_dir_sweep(const struct run *r, const struct inputs *in)
{
	static const char *const seen[] = { SEEN_NAME };
	char **names = xcalloc(in->n + 1, sizeof(*names));

	for (size_t i = 0; i < in->n; i++)
		names[i] = xasprintf("%s.sessions", in->v[i].name);
	names[in->n] = xstrdup(RUN_CONTINUOUS_NAME ".sessions");
	tree_sweep(r->output_fd, (const char *const *)names, in->n + 1);
	for (size_t i = 0; i <= in->n; i++)
		free(names[i]);
	free(names);
	tree_sweep_files(r->output_fd, seen, 1);
	tar_sweep(r->output_fd, r->cfg->tar_prefix);
}
