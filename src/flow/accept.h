/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * accept.h: whether a receiver would take a segment, as far as a tap can tell
 * (RFC 1122, RFC 9293 3.10.7.4, RFC 5961, RFC 7323).
 *
 * A tap sees less than the receiver: no rule may refuse what only lacks what
 * was not captured.
 */
#ifndef FLOW_ACCEPT_H
#define FLOW_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"
#include "reassembly/types.h"

struct conn;

/* What is remembered of an end to judge its next segments by. */
struct accept_side {
	uint32_t ts_recent; /* RFC 7323 TS.Recent of its peer, when has_ts */
	uint32_t ts_front;  /* of its foremost data, which may become that */
	uint8_t window_log; /* its greatest window is at most 2^this; 0: none */
	bool has_ts;
	bool has_front;
	bool good_ip; /* a good IPv4 header checksum has been seen */
};

/*
 * Why the peer of end e would not take that end's segment, or REFUSAL_NONE.
 * `flags` are those that count.  Changes nothing.
 */
enum refusal accept_judge(const struct conn *c, int e,
    const struct segment *seg, uint8_t flags);

/* The segment was taken: notes what it tells for those to come.  Before its
 * payload is placed. */
void accept_learn(struct conn *c, int e, const struct segment *seg,
    uint8_t flags);

/* The peer acknowledged what was refused: its time stamps were wrong. */
void accept_unlearn(struct accept_side *a);
/* Forgets a time stamp that may have become the recent one. */
void accept_forget_front(struct accept_side *a);

#endif
