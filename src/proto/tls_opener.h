/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_opener.h: a session's turns with TLS opened, as far as there are secrets
 * for it (RFC 8446, RFC 5246).
 *
 * Turns and gaps of the wire go in, in causal order, and the same events of
 * what was said come out: what was in the clear before a hello, then the text of
 * records, each with the packet that completed it.  Offsets are those of the
 * text.  A session in which nothing can be opened passes as it is; as long as
 * that is not known, it waits: LIMIT_TLS_WAIT of a direction at most.
 *
 * Nothing is told that did not verify.  Memory and work are bounded: what is
 * tried in vain is a part of what all sessions may, and a multiple of what was
 * opened, or waits (base/limit.h).
 */
#ifndef PROTO_TLS_OPENER_H
#define PROTO_TLS_OPENER_H

#include "base/attr.h"
#include "proto/tls_secrets.h"
#include "reassembly/types.h"

struct tls_opener_events {
	void (*turn)(void *owner, const struct chunk *c);
	/* GAP_NOT_CAPTURED: exactly so many; GAP_ABOUT: at most, about so many;
	 * GAP_NOT_DECRYPTED. */
	void (*gap)(void *owner, int dir, const struct gap *g);
	/* A message of the handshake, put together; sealed: it came encrypted.
	 * Only of a session that is opened.  May be NULL. */
	void (*message)(void *owner, int dir, uint8_t type, struct slice body,
	    bool sealed);
};

struct tls_opener_setup {
	const struct tls_opener_events *events; /* borrowed */
	void *owner;
	const struct tls_secrets *secrets; /* borrowed */
	bool grows;	/* more of them may come while the session lasts */
	bool midstream; /* its beginning was not captured */
	uint64_t *vain; /* bytes that all sessions tried in vain; borrowed, or
			 * NULL: there is no other */
};

/* How much of the session was opened: every whole record that was captured, or
 * not. */
enum tls_decrypted {
	TLS_DECRYPTED_NO,
	TLS_DECRYPTED_PARTLY,
	TLS_DECRYPTED_YES
};

/* Why not all; of several the first. */
enum tls_reason {
	TLS_REASON_NONE,
	TLS_NO_KEYS,
	TLS_WRONG_KEYS,	  /* for this random; none opens a record */
	TLS_NO_HANDSHAKE, /* what of it must be known was not captured */
	TLS_UNKNOWN_SUITE,
	TLS_BROKEN, /* a header that cannot be one, a record that does not open */
	TLS_LIMIT, /* too much would have to be tried */
};

enum tls_early {
	TLS_EARLY_NONE,
	TLS_EARLY_OFFERED, /* nobody knows whether it was read */
	TLS_EARLY_ACCEPTED,
	TLS_EARLY_REFUSED,
};

/* Of the text of a direction. */
struct tls_opened_side {
	uint64_t bytes;
	uint64_t missing;	/* bytes of all gaps */
	const struct gap *gaps; /* LIMIT_LIST of them at most; borrowed */
	size_t n_gaps;
	bool gaps_cut;
	uint64_t records_lost; /* numbers that were passed over */
};

struct tls_opened {
	bool seen; /* there was TLS, as far as can be told here */
	enum tls_decrypted decrypted;
	enum tls_reason reason;
	enum tls_early early;
	uint64_t early_bytes; /* that were opened of it */
	int client;	  /* the direction of the client; -1: nobody knows */
	uint16_t version; /* of the first handshake; 0: not known */
	uint16_t suite;
	struct tls_opened_side side[2];
};

/* "no keys" as in the index; NULL for none. */
const char *tls_reason_name(enum tls_reason reason);

struct tls_opener;

struct tls_opener *tls_opener_new(
    const struct tls_opener_setup *setup) ATTR_NONNULL;
/* Wipes keys; o may be NULL. */
void tls_opener_free(struct tls_opener *o);
/* Bytes of memory that it takes now. */
size_t tls_opener_memory(const struct tls_opener *o);

void tls_opener_turn(struct tls_opener *o, const struct chunk *turn);
void tls_opener_gap(struct tls_opener *o, int dir, const struct gap *g);
/* The session is over: what waits is told. */
void tls_opener_finish(struct tls_opener *o);

/* What is known now; borrowed until the next call. */
const struct tls_opened *tls_opener_facts(struct tls_opener *o);

#endif
