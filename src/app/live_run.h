/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* live_run.h: reads a network interface until a signal ends the run. */
#ifndef APP_LIVE_RUN_H
#define APP_LIVE_RUN_H

#include "app/run.h"
#include "capture/live.h"

/* The interface of the configuration, with a filter that suits it.  NULL
 * after a message, reported in *t. */
struct live *live_run_open(const struct run *r, struct tally *t) ATTR_NODISCARD;

/*
 * Reads the interface until SIGINT, SIGTERM or SIGHUP, which are the normal
 * end and count as not having come, or until it goes away.  Everything that
 * was captured by then is written.
 */
void run_live(struct run *r, struct live *l, struct tally *t);

#endif
