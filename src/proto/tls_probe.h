/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_probe.h: finds TLS in a session's bytes, at its beginning or behind what
 * is in the clear, and keeps what its handshake says (tls_facts.h).
 *
 * It takes each direction's bytes in their order, in pieces of any size, whatever
 * the order of the two.  When the handshake has been read, what had to be
 * gathered for it is freed.
 */
#ifndef PROTO_TLS_PROBE_H
#define PROTO_TLS_PROBE_H

#include "proto/tls_facts.h"
#include "reassembly/types.h"

/* In so many bytes of a direction whose beginning was not captured, records
 * are looked for: two, one behind the other. */
#define TLS_PROBE_MIDSTREAM ((uint64_t)64 << 10)

/* NULL when there is nothing to tell and nothing is looked at. */
struct tls_probe;

/* *p is begun as is needed.  known: its first bytes say that it is something
 * else. */
void tls_probe_data(struct tls_probe **p, const struct chunk *c, bool known);
/* NULL when no TLS was seen; p may be NULL. */
const struct tls_facts *tls_probe_facts(const struct tls_probe *p);
/* A message of the handshake that was opened. */
void tls_probe_message(struct tls_probe *p, bool from_client, uint8_t type,
    struct slice body);
/* Bytes of memory that it takes now; p may be NULL. */
size_t tls_probe_memory(const struct tls_probe *p);
/* p may be NULL. */
void tls_probe_free(struct tls_probe *p);

#endif
