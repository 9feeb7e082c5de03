/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* run_inputs.h: what a run reads: captures found by their PATHs, or an
 * interface. */
#ifndef APP_RUN_INPUTS_H
#define APP_RUN_INPUTS_H

#include "app/privileges.h"
#include "app/run.h"
#include "app/status.h"
#include "capture/live.h"
#include "capture/walk.h"

/* What is to be read, for whom, and how that went. */
struct run_inputs {
	struct inputs in;
	struct live *live; /* or NULL */
	struct user user;  /* with --relinquish-privileges */
	struct tally tally;
};

/* Finds the captures or opens the interface, and makes r->filter.  Anything
 * but STATUS_OK comes after a message; run_inputs_close in any case. */
enum status run_inputs_open(struct run *r, struct run_inputs *s);
void run_inputs_close(struct run_inputs *s);

#endif
