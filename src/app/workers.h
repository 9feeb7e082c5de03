/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* workers.h: reads several captures at once, each in a thread. */
#ifndef APP_WORKERS_H
#define APP_WORKERS_H

#include "app/run.h"
#include "app/worklist.h"

/*
 * Calls one() for each capture that is to be read, in their order, in up to
 * r->jobs threads: each with a run of its own, which shares with *r what may
 * be shared, and with a tally that is added to *t.  Notes in the inputs which have output.  What they
 * show comes in their order.  In one thread when all is in one tar.
 */
void workers_run(const struct run *r, struct inputs *in,
    const struct worklist *worklist,
    void (*one)(const struct run *r, const struct input *in, struct tally *t),
    struct tally *t);

#endif
