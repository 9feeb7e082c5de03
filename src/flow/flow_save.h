/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow_save.h: connections that are not over, from one run to the next.
 *
 * What is written are the segments that each has had; told again they make
 * the same connection.  Nothing depends on the machine or the build.
 */
#ifndef FLOW_FLOW_SAVE_H
#define FLOW_FLOW_SAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/flow.h"

/* Numbers that go on from run to run. */
struct flow_save {
	uint64_t packets; /* read so far, in all runs */
};

/*
 * Tells of connections that are over, and of all flows of datagrams, which no
 * run leaves to the next; writes all others to `write` and forgets them;
 * nothing is told about those.  Only after flows_defer.
 */
void flow_save_save(struct flows *f, const struct flow_save *st,
    void (*write)(void *arg, const void *p, size_t n), void *arg);

/*
 * Takes in what flow_save_save wrote.  `read` fills p or answers false.
 * False when that is not what comes; f is of no use then.  Before any
 * segment, after flows_defer.
 */
bool flow_save_load(struct flows *f, struct flow_save *st,
    bool (*read)(void *arg, void *p, size_t n), void *arg);

#endif
