/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* privileges.c: from root to a user that may do less. */
#include "app/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
fail(char message[static PRIVILEGES_MESSAGE_LEN], const char *why)
{
	snprintf(message, PRIVILEGES_MESSAGE_LEN, "%s", why);
	return false;
}

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
find(const char *text, struct user *u)
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
privileges_find(const char *text, struct user *u,
    char message[static PRIVILEGES_MESSAGE_LEN])
{
	if (geteuid() != 0)
		return fail(message, "only root can become another user");
	if (!find(text, u))
		return fail(message,
		    "there is no such user; a number without a name is "
		    "written UID:GID");
	if (u->uid == 0 || u->gid == 0)
		return fail(message, "that would not give up root's rights");
	return true;
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

bool
privileges_drop(const struct user *u,
    char message[static PRIVILEGES_MESSAGE_LEN])
{
	int rc = u->name[0] != '\0' ? initgroups(u->name, u->gid) :
				      setgroups(0, NULL);

	if (rc != 0 || setresgid(u->gid, u->gid, u->gid) != 0 ||
	    setresuid(u->uid, u->uid, u->uid) != 0)
		return fail(message, strerror(errno));
	if (!is_final(u))
		return fail(message, "root's rights could be had back");
	return true;
}
