/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* signals.h: signals as flags that the run looks at between packets. */
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

#include <stdbool.h>

/* SIGINT, SIGTERM and SIGHUP ask the run to stop (a second one ends it at
 * once), SIGUSR1 asks for a line of status; SIGPIPE and SIGXFSZ are
 * ignored, so that writing fails instead. */
void signals_init(void);
/* The signal that asked the run to stop, or 0. */
int signals_stop(void);
/* It was SIGINT or SIGTERM, which are the end of what is live. */
bool signals_end_input(void);
/* The run has ended as that signal asked: it counts as if it had not come,
 * and the next ends the run at once. */
void signals_settle(void);
/* True once after each SIGUSR1. */
bool signals_status(void);
/* Ends the process as that signal would have. */
void signals_raise(int signum);

#endif
