/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow.h: from segments to connections: which one, when it begins, when its
 * record goes.
 *
 * A flow is one pair of endpoints; it has at most one connection at a time.
 * A connection that is nothing but SYNs costs a small record only.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdint.h>

#include "base/spill.h"
#include "decode/datagram.h"
#include "decode/segment.h"
#include "flow/events.h"
#include "flow/model.h"

struct flows;

/* Everything is borrowed until flows_free. */
struct flows *flows_new(const struct model_config *cfg, struct spill *keep,
    const struct events *events);
/* Without flows_end what is open is dropped without a word. */
void flows_free(struct flows *f);

void flows_segment(struct flows *f, const struct segment *seg);
/* The same, perhaps later: faster, as the memory that each segment needs is
 * fetched while others come.  Its frame is not looked at; its payload must
 * stay until flows_flush.  All other functions that change f flush first. */
void flows_put(struct flows *f, const struct segment *seg);
/* Nothing waits any longer. */
void flows_flush(struct flows *f);
/* Ends sessions early until half of the memory is free that they take; false
 * when there was none to end.  Nothing may wait: see flows_flush. */
bool flows_give_up_half(struct flows *f);
/* Passed over unless events->wants_datagrams. */
void flows_datagram(struct flows *f, const struct datagram *d);
/* A segment was given up for memory before it was whole: of seg only endpoints,
 * number and the length of its payload are looked at.  If its bytes do not come
 * again, that is why they are missing. */
void flows_lost(struct flows *f, const struct segment *seg);
/* It is that late, though no segment came; nothing happens when it was later
 * already, or when that is farther ahead than a segment alone may say. */
void flows_tick(struct flows *f, int64_t now_ns);
/* So much time has passed in which nothing came. */
void flows_pass(struct flows *f, int64_t ns);
/* Shows, through events->show, each session that is over, and has been for a
 * while, and of which nothing but late copies can come; passed_ns is how long
 * no segment has come.  Its end is told as ever. */
void flows_show(struct flows *f, int64_t passed_ns);
/* The capture is over: ends all connections, in the order of their numbers
 * but for those that closed before, then all flows of datagrams. */
void flows_end(struct flows *f);

/* fn is told each segment that connections of an earlier run had, borrowed for
 * that call, while they are loaded. */
void flows_on_saved(struct flows *f,
    void (*fn)(void *arg, const struct segment *seg), void *arg);
/* From now on a connection is told of only when it has ended: all its events
 * come then.  Before the first segment. */
void flows_defer(struct flows *f);

struct flows_stats {
	uint64_t sessions;	    /* begun so far */
	uint64_t told;		    /* those that are wanted, closed so far */
	uint64_t live;		    /* records now */
	uint64_t evicted_half_open; /* given up for memory */
	uint64_t evicted;	    /* likewise, with more than SYNs */
	uint64_t evicted_udp;	    /* likewise, flows of datagrams */
	uint64_t echoes;	    /* packets of sessions long closed */
	uint64_t wild; /* of sessions told, segments with payload that are
			* nowhere: REFUSAL_WILD */
};
struct flows_stats flows_stats(const struct flows *f);

#endif
