/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * summary_run.h: the summary of a run: one for all its captures, with one
 * heading and one sum.
 */
#ifndef SINKS_SUMMARY_RUN_H
#define SINKS_SUMMARY_RUN_H

#include "base/attr.h"
#include "base/out.h"
#include "sinks/console.h"

struct summary_run;

/* *c is copied, c->file borrowed: that is where it goes.  What comes before any
 * session is written at once. */
struct summary_run *summary_run_new(const struct console *c) ATTR_NONNULL;
/* What the captures' summaries write to, one capture after the other, each call
 * of out_write with all of a record; lives as long as r. */
struct out_file *summary_run_file(struct summary_run *r);
/* All captures have been told: writes what waits, and the totals.  The errno of
 * the scratch file, in which rows wait that are sorted, or 0. */
int summary_run_end(struct summary_run *r) ATTR_NODISCARD;
/* r may be NULL. */
void summary_run_free(struct summary_run *r);

/* How much of the table a capture of that name takes: its name without a blank,
 * in ASCII. */
size_t summary_capture_width(const char *name);

#endif
