/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* rights.h: what a run gives up before it looks into a capture. */
#ifndef APP_RIGHTS_H
#define APP_RIGHTS_H

#include <stdbool.h>

#include "app/privileges.h"
#include "app/run.h"

/* The user of --relinquish-privileges, if there is one.  False after a
 * message. */
bool privileges_find_user(const struct config *cfg, struct messages *m,
    struct user *u) ATTR_NODISCARD;

/*
 * Becomes that user.  The output directory becomes the user's if this run has
 * made it, else it must be one where the user may write.  False after a
 * message: the run is not to go on.
 */
bool privileges_give_up(const struct run *r, const struct user *u,
    bool made) ATTR_NODISCARD;

/*
 * Whatever a capture may make of this process: it writes where output, scratch
 * files and --state belong, and runs nothing.  As far as the kernel can, and
 * not in runs that start other programs to compare with.
 */
void privileges_confine(const struct run *r);

#endif
