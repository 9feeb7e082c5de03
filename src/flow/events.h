/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * events.h: what the model tells those who write.
 *
 * For each session: at most one open, then data, turns and gaps, then exactly
 * one close.  A session that never had a byte, a hole or anything else to
 * write gets a close alone, with a NULL handle.
 *
 * data and gap come in stream order within each direction, as soon as they
 * are certain.  turn and turn_gap carry the same bytes and holes once more in
 * causal order over both directions, and come only when wants_turns is set.
 */
#ifndef FLOW_EVENTS_H
#define FLOW_EVENTS_H

#include "flow/session.h"

struct events {
	void *ctx; /* first argument of every function */
	bool wants_turns;
	bool wants_packets;
	bool wants_datagrams;
	size_t session_cost;  /* memory an open session takes here, about */
	const size_t *memory; /* what is taken beyond that; may be NULL */
	/*
	 * No SYN says who is the client.  Of what is held of both ends, in the
	 * order of its packets, dir is the end, and off counts from that end's
	 * lowest byte.  Returns the end that is the client by what was said, or
	 * -1.  May be NULL.
	 */
	int (*client)(void *ctx, const struct chunk *v, size_t n);
	/* Roles and endpoints are settled.  Returns the handle for the rest. */
	void *(*open)(void *ctx, const struct session *s);
	void (*data)(void *ctx, void *handle, const struct chunk *c);
	void (*gap)(void *ctx, void *handle, int dir, const struct gap *g);
	/* Bytes of a gap that was told of.  True when a product takes them:
	 * then they are none of the gap's any more.  May be NULL. */
	bool (*late)(void *ctx, void *handle, const struct chunk *c);
	void (*turn)(void *ctx, void *handle, const struct chunk *c);
	void (*turn_gap)(void *ctx, void *handle, int dir, const struct gap *g);
	/* Every packet of the session, in the order of the capture as far as
	 * is known whose it is.  Only when wants_packets is set. */
	void (*packet)(void *ctx, void *handle, const struct packet_event *p);
	/* A flow of datagrams has ended.  first: the bytes that each
	 * direction's first datagram began with, borrowed for the call.  Only
	 * when wants_datagrams is set. */
	void (*datagrams)(void *ctx, const struct session *s,
	    const struct slice first[2]);
	/* Both sides have ended: nothing is expected, late data may come. */
	void (*settle)(void *ctx, void *handle);
	/* The session is over, and somebody waits for it: s is as if it were
	 * closed now, which comes later.  False when nothing was shown; may be
	 * NULL.  handle may be NULL as at close. */
	bool (*show)(void *ctx, void *handle, const struct session *s);
	/* The last word on the session; the handle is gone afterwards. */
	void (*close)(void *ctx, void *handle, const struct session *s);
};

#endif
