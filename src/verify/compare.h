/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* compare.h: this program, tcpflow and tshark on the same capture, timed. */
#ifndef VERIFY_COMPARE_H
#define VERIFY_COMPARE_H

#include "verify/verify.h"

/* Times each program env->rounds times on the capture at path and writes a
 * table.  One that only fd can read (below 0: it is not so) is copied.  False, after a message, when there is no place for what they write,
 * or when this program fails. */
bool compare_capture(const struct verify_env *env, const char *shown,
    const char *path, int fd);

#endif
