/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* sandbox.h: what this process may still do to the rest of the system. */
#ifndef APP_SANDBOX_H
#define APP_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/*
 * From now on this process, and the threads that it starts, can make, change
 * and remove files below the directories dirs[0..n) alone, can run no program,
 * and can neither listen to nor connect to a TCP port.  Reading, and what is
 * open already, goes on as before.  There is no way back.  Descriptors below 0
 * are passed over.
 *
 * False when the kernel has no Landlock: then nothing has changed.  One that
 * has an early version does as much of this as it can.
 */
bool sandbox_enter(const int *dirs, size_t n);

#endif
