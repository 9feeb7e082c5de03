/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* privileges.c: what this process may do, and how it gives that up before it
 * looks into a capture. */
#include "app/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/run_tar.h"
#include "app/input.h"
#include "app/message.h"
#include "app/output_dir.h"

/* ------------------------------------------------------------- another user */

/* A number up to the end or a colon; (id_t)-1 is none. */
static bool
parse_id(const char *text, id_t *id, const char **end)
{
	unsigned long long n;
	char *after;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	n = strtoull(text, &after, 10);
	*end = after;
	*id = (id_t)n;
	return errno == 0 && n < UINT32_MAX &&
	    (*after == '\0' || *after == ':');
}

/* By name first: a name may be digits. */
static bool
look_up_user(const char *text, struct user *u)
{
	const struct passwd *entry = getpwnam(text);
	const char *end;
	id_t uid, gid;

	if (entry == NULL && parse_id(text, &uid, &end)) {
		if (*end == ':') {
			if (!parse_id(end + 1, &gid, &end) || *end != '\0')
				return false;
			*u = (struct user){ .uid = uid, .gid = gid };
			return true;
		}
		entry = getpwuid(uid);
	}
	if (entry == NULL)
		return false;
	*u = (struct user){ .uid = entry->pw_uid, .gid = entry->pw_gid };
	return (size_t)snprintf(u->name, sizeof(u->name), "%s",
		   entry->pw_name) < sizeof(u->name);
}

bool
privileges_find_user(const struct config *cfg, struct messages *m,
    struct user *u)
{
	const char *why = NULL;

	if (cfg->user == NULL)
		return true;
	if (geteuid() != 0)
		why = "only root can become another user";
	else if (!look_up_user(cfg->user, u))
		why = "there is no such user; a number without a name is "
		      "written UID:GID";
	else if (u->uid == 0 || u->gid == 0)
		why = "that would not give up root's rights";
	if (why != NULL)
		message_error(m, NULL, "--relinquish-privileges: %s: %s",
		    cfg->user, why);
	return why == NULL;
}

/* Every id is the user's, and none of root's can be had back. */
static bool
is_final(const struct user *u)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 ||
	    getresgid(&gid[0], &gid[1], &gid[2]) != 0)
		return false;
	for (int i = 0; i < 3; i++)
		if (uid[i] != u->uid || gid[i] != u->gid)
			return false;
	return setuid(0) != 0 && setgid(0) != 0 && seteuid(0) != 0;
}

/* NULL, or why this process is not that user's for good. */
static const char *
become(const struct user *u)
{
	int rc = u->name[0] != '\0' ? initgroups(u->name, u->gid) :
				      setgroups(0, NULL);

	if (rc != 0 || setresgid(u->gid, u->gid, u->gid) != 0 ||
	    setresuid(u->uid, u->uid, u->uid) != 0)
		return strerror(errno);
	return is_final(u) ? NULL : "root's rights could be had back";
}

/* Becomes that user, who gets the output directory if this run has made it and
 * must be able to write there.  False after a message. */
static bool
give_up(const struct run *r, const struct user *u, bool made)
{
	const char *path = r->cfg->output_dir;
	const char *why;

	if (made && fchown(r->output_fd, u->uid, u->gid) != 0) {
		message_error(r->messages, path, "cannot be given to %s: %s",
		    r->cfg->user, strerror(errno));
		return false;
	}
	why = become(u);
	if (why != NULL) {
		message_error(r->messages, r->cfg->user,
		    "cannot become this user: %s", why);
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

enum status
privileges_settle(struct run *r, struct run_inputs *s)
{
	const struct config *cfg = r->cfg;
	enum status status = STATUS_OK;
	bool made = false;
	int named = 0;

	r->max_open = output_dir_max_open();
	if (cfg->user != NULL)
		named = inputs_hold(&s->in, r->messages);
	if (named < 0)
		return STATUS_USAGE;
	r->max_open =
	    (unsigned)named < r->max_open ? r->max_open - (unsigned)named : 1;
	if (cfg->files && !run_tar_is_stream(cfg)) {
		r->output_fd = output_dir_open(r, &made, &status);
		if (r->output_fd < 0)
			return status;
	}
	if (cfg->user != NULL && !give_up(r, &s->user, made))
		return STATUS_INCOMPLETE;
	if (r->output_fd >= 0)
		output_dir_sweep(r);
	return STATUS_OK;
}
