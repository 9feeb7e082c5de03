/* pool.h: several captures at once, each in a thread. */
#ifndef APP_POOL_H
#define APP_POOL_H

#include "app/worklist.h"
#include "app/run.h"

/* The threads that --jobs allows, at least 1. */
unsigned pool_jobs(const struct config *cfg);

/*
 * Calls one() for each capture that is to be read, in their order, in up to
 * r->jobs threads: each with a run of its own, which shares with *r what may
 * be shared, and with a tally that is added to *t.  In one thread when the
 * captures' output must come in order: in a tar, on standard output.
 */
void pool_run(const struct run *r, const struct inputs *in,
    const struct plan *plan,
    void (*one)(const struct run *r, const struct input *in, struct tally *t),
    struct tally *t);

#endif
