/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* compare.h: this program, tcpflow and tshark on the same capture, timed. */
#ifndef VERIFY_COMPARE_H
#define VERIFY_COMPARE_H

#include <stdbool.h>

#include "app/run.h"
#include "capture/walk.h"

/* Times each program on each capture as often as the configuration says and
 * writes a table to the run's console file.  False, after a message, when
 * there is no place for what they write, or this program fails. */
bool compare_run(const struct run *r, const struct inputs *in);

#endif
