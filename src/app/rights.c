/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* rights.c: what a run gives up before it looks into a capture. */
#include "app/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/sandbox.h"
#include "base/xalloc.h"

bool
privileges_find_user(const struct config *cfg, struct messages *m,
    struct user *u)
{
	char message[PRIVILEGES_MESSAGE_LEN];

	if (cfg->user == NULL || privileges_find(cfg->user, u, message))
		return true;
	message_error(m, NULL, "--relinquish-privileges: %s: %s", cfg->user,
	    message);
	return false;
}

bool
privileges_give_up(const struct run *r, const struct user *u, bool made)
{
	char message[PRIVILEGES_MESSAGE_LEN];
	const char *path = r->cfg->output_dir;

	if (made && fchown(r->output_fd, u->uid, u->gid) != 0) {
		message_error(r->messages, path, "cannot be given to %s: %s",
		    r->cfg->user, strerror(errno));
		return false;
	}
	if (!privileges_drop(u, message)) {
		message_error(r->messages, r->cfg->user,
		    "cannot become this user: %s", message);
		return false;
	}
	if (r->output_fd >= 0 &&
	    faccessat(r->output_fd, ".", W_OK | X_OK, AT_EACCESS) != 0) {
		message_error(r->messages, path, "%s cannot write here: %s",
		    r->cfg->user, strerror(errno));
		return false;
	}
	return true;
}

/* Where a file of that name lies, or -1. */
static int
open_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ?
	    xstrdup(".") :
	    xasprintf("%.*s/", (int)(slash - path), path);
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	free(dir);
	return fd;
}

void
privileges_confine(const struct run *r)
{
	const struct config *cfg = r->cfg;
	const char *tmp = getenv("TMPDIR");
	int dirs[] = {
		r->output_fd,
		open(tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp",
		    O_PATH | O_DIRECTORY | O_CLOEXEC),
		cfg->state != NULL ? open_parent(cfg->state) : -1,
	};

	if (cfg->verify == 0 && cfg->compare == 0)
		(void)sandbox_enter(dirs, sizeof(dirs) / sizeof(dirs[0]));
	for (size_t i = 1; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (dirs[i] >= 0)
			close(dirs[i]);
}
