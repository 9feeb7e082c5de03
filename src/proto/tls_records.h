/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_records.h: one direction of TLS that nobody opens: its records, and what
 * can be read in them (RFC 8446, 5.1).
 *
 * Records are cut by their lengths alone, in pieces of any size.  Messages of
 * the handshake are put together across records as long as they are in the
 * clear; of one that says something LIMIT_TLS_MESSAGE bytes at most are read.
 * Behind a header that cannot be one, nothing is a record any more.
 */
#ifndef PROTO_TLS_RECORDS_H
#define PROTO_TLS_RECORDS_H

#include "base/cur.h"
#include "proto/opaque_piece.h"
#include "proto/tls_facts.h"

#define TLS_HEADER 5
/* What a record holds at most (RFC 5246, 6.2.3). */
#define TLS_RECORD_MAX (((size_t)1 << 14) + 2048)

struct tls_records;

/* facts are the connection's: borrowed, written to when a message that says some
 * was read. */
struct tls_records *tls_records_new(struct tls_facts *facts);
/* t may be NULL. */
void tls_records_free(struct tls_records *t);
/* Bytes of memory that it takes now. */
size_t tls_records_memory(const struct tls_records *t);

/* The handshake was not captured; lost: nor where a record begins. */
void tls_records_midstream(struct tls_records *t, bool lost);

enum tls_begin { TLS_NONE, TLS_PERHAPS, TLS_BEGINS };
/*
 * Whether a hello begins in at the beginning: TLS_PERHAPS when it is too short
 * to know.  after_hello: the peer has said one, so that any record will do.
 */
enum tls_begin tls_begins(struct slice in, bool after_hello);

/*
 * Whether in begins with a record without a hello before it: another follows it
 * (TLS_BEGINS), or it is all there is (*whole), or more must come (both
 * TLS_PERHAPS).
 */
enum tls_begin tls_chains(struct slice in, bool *whole);

/* The next piece of in, which is not empty, and its bytes never none. */
struct opaque_piece tls_records_take(struct tls_records *t, struct slice in);
/* No more messages come in the clear that say something of the connection. */
bool tls_records_has_said(const struct tls_records *t);
/* So many bytes are missing. */
void tls_records_gap(struct tls_records *t, uint64_t len);

#endif
