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

/* What is open, so that it can be told before it is saved: sessions, and the
 * time of the last segment.  Segments that wait are taken first. */
uint64_t flow_save_open(struct flows *f);
int64_t flow_save_time_ns(const struct flows *f);

/*
 * Writes all that a run without an end here would still know of connections to
 * `write`, and forgets it; nothing is told about those.  Tells of the flows of
 * datagrams, which no run leaves to the next.  Only after flows_defer.
 */
void flow_save_save(struct flows *f,
    void (*write)(void *arg, const void *p, size_t n), void *arg);

/*
 * Takes in what flow_save_save wrote.  `read` fills p or answers false.
 * False when that is not what comes; f is of no use then.  Before any
 * segment, after flows_defer.
 */
bool flow_save_load(struct flows *f, bool (*read)(void *arg, void *p, size_t n),
    void *arg);

#endif
