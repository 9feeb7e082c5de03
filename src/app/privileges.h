/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* privileges.h: giving up root, for good. */
#ifndef APP_PRIVILEGES_H
#define APP_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attr.h"

#define PRIVILEGES_MESSAGE_LEN 160
/* LOGIN_NAME_MAX of Linux. */
#define PRIVILEGES_NAME_LEN 256

struct user {
	uid_t uid;
	gid_t gid;
	char name[PRIVILEGES_NAME_LEN]; /* whose groups are taken; or empty */
};

/*
 * Finds the user of that name, of that number, or of UID:GID, which need not
 * be known to the system.  False, with a message, when there is none, when it
 * is root, or when this process is not root's.
 */
bool privileges_find(const char *text, struct user *u,
    char message[static PRIVILEGES_MESSAGE_LEN]) ATTR_NODISCARD;

/* Becomes that user and makes sure that there is no way back.  False, with a
 * message, when not: the process is not to go on. */
bool privileges_drop(const struct user *u,
    char message[static PRIVILEGES_MESSAGE_LEN]) ATTR_NODISCARD;

#endif
