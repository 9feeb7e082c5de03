/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* output_dir.h: the directory of -o, locked for one run at a time. */
#ifndef APP_OUTPUT_DIR_H
#define APP_OUTPUT_DIR_H

#include "app/run.h"
#include "app/status.h"
#include "capture/walk.h"

/* How many product files may be open at once, with the limit raised as far as
 * that makes sense. */
unsigned output_dir_max_open(void);

/* Opens the output directory and locks it for as long as the process lives.
 * *made: it was not there before.  -1 after a message, with *status set. */
int output_dir_open(const struct run *r, bool *made, enum status *status);

/* Whether the name still is that of the directory that was opened; else a
 * message. */
bool output_dir_is_there(const struct run *r);

/* name, or name.2 and so on: the first whose directory NAME.sessions is not
 * there yet.  Caller frees. */
char *output_dir_free_name(const struct run *r, const char *name);

/* Removes what killed runs left in it, whatever they read. */
void output_dir_sweep(const struct run *r);

#endif
