/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * opaque.h: tells turns that nobody reads from those that are in the clear:
 * records of TLS, packets of SSH; and where HTTP/2 begins in these.
 *
 * TLS begins with a hello, HTTP/2 with a preface, at the beginning of a turn or
 * of a segment; SSH behind its identification.  A side whose beginning was not
 * captured is TLS when its first bytes are two records, or one that fills the
 * turn.  What may be a beginning waits until it is known whether it is one, at
 * most until something else happens.
 */
#ifndef PROTO_OPAQUE_H
#define PROTO_OPAQUE_H

#include "base/attr.h"
#include "proto/http2.h"
#include "proto/opaque_piece.h"
#include "proto/tls_records.h"
#include "reassembly/types.h"

/* Each byte is told of once, in the order of turns, as a piece of a turn. */
struct opaque_events {
	void (*clear)(void *owner, const struct chunk *c);
	/* what->n is c->bytes.n. */
	void (*opaque)(void *owner, const struct chunk *c,
	    const struct opaque_piece *what);
	/* HTTP/2 begins with what side dir says next in the clear. */
	void (*http2)(void *owner, int dir, enum http2_begin how);
};

struct opaque;

/* events is borrowed as long as it lives. */
struct opaque *opaque_new(const struct opaque_events *events,
    void *owner) ATTR_NONNULL;
/* o may be NULL. */
void opaque_free(struct opaque *o);
/* Bytes of memory that it takes now. */
size_t opaque_memory(const struct opaque *o);

/* reading: the turn goes on with a message that somebody reads, so that nothing
 * else begins in it. */
void opaque_turn(struct opaque *o, const struct chunk *turn, bool reading);
/* To be called before others hear of the gap. */
void opaque_gap(struct opaque *o, int dir, const struct gap *g);
/* Nothing waits any longer: the session is over. */
void opaque_finish(struct opaque *o);

/* What is known of TLS in the session; NULL when none was seen. */
const struct tls_facts *opaque_tls(const struct opaque *o);

#endif
