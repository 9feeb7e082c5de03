/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* privileges.h: what this process may do, and how it gives that up before it
 * looks into a capture. */
#ifndef APP_PRIVILEGES_H
#define APP_PRIVILEGES_H

#include "app/run_inputs.h"
#include "app/status.h"
#include "base/attr.h"

/*
 * Finds the user of --relinquish-privileges, if there is one: that name, that
 * number, or UID:GID, which need not be known to the system.  False after a
 * message when there is no such user, when it is root, or when this process is
 * not root's.
 */
bool privileges_find_user(const struct config *cfg, struct messages *m,
    struct user *u) ATTR_NODISCARD;

/*
 * Opens what needs the rights that this process has now: the captures that are
 * named, with --relinquish-privileges, and the output directory, as
 * r->output_fd; r->max_open is how many more files may be open.  Then becomes
 * the user of that option, for good.
 * Anything but STATUS_OK comes after a message: the run is not to go on.
 */
enum status privileges_settle(struct run *r,
    struct run_inputs *s) ATTR_NODISCARD;

#endif
