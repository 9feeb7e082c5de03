/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* continuous.h: --continuous: all captures of a run as one; with --state, from
 * where the last run ended. */
#ifndef APP_CONTINUOUS_H
#define APP_CONTINUOUS_H

#include "app/run.h"
#include "app/worklist.h"

/* Reads the captures of the list in the order of their first packets into one
 * output directory; reports in *t how that went, t->name is the caller's to
 * free. */
void continuous_run(struct run *r, const struct inputs *in,
    const struct worklist *list, struct tally *t);

#endif
