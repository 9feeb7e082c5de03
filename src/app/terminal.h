/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* terminal.h: standard output: what it can show, and whether all arrived. */
#ifndef APP_TERMINAL_H
#define APP_TERMINAL_H

#include <stdbool.h>

#include "app/config.h"
#include "app/run.h"
#include "app/status.h"
#include "sinks/console.h"

/* Makes r->console and the standard output behind it, and begins what is to be
 * written there. */
void terminal_open(struct run *r, const struct inputs *in);
/* What was asked for on standard output must have arrived, unless its reader
 * has gone.  The status, after that. */
enum status terminal_close(struct run *r, enum status status);
/* Standard output is lost, and nothing else is written. */
bool terminal_is_lost(const struct run *r);
/* For what was printed without a run: it must have arrived, too. */
int terminal_flush(enum status status);

#endif
