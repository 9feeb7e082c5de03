/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* run_inputs.h: what a run reads: captures found by their PATHs, or an
 * interface. */
#ifndef APP_RUN_INPUTS_H
#define APP_RUN_INPUTS_H

#include <sys/types.h>

#include "app/run.h"
#include "app/status.h"
#include "capture/live.h"
#include "capture/walk.h"

/* LOGIN_NAME_MAX of Linux. */
#define USER_NAME_LEN 256

/* See --relinquish-privileges. */
struct user {
	uid_t uid;
	gid_t gid;
	char name[USER_NAME_LEN]; /* whose groups are taken; or empty */
};

/* What is to be read, for whom, and how that went. */
struct run_inputs {
	struct inputs in;
	bool is_tree;	   /* of more than one capture, as it was asked for */
	struct live *live; /* or NULL */
	struct user user;  /* to become before anything is read */
	unsigned programs; /* enum peer_program: that output is compared with */
	int starter;	   /* of these programs; -1: there is none */
	struct tally tally;
};

/* Finds the captures or opens the interface, and makes r->filter.  Anything
 * but STATUS_OK comes after a message; run_inputs_close in any case. */
enum status run_inputs_open(struct run *r, struct run_inputs *s);
void run_inputs_close(struct run_inputs *s);

#endif
