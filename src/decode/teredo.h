/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * teredo.h: which UDP endpoints are Teredo clients (RFC 4380).
 *
 * Only the server's port is fixed.  Relays and other clients talk to the port
 * that a client's exchange with its server was seen on, or that its address
 * tells.
 */
#ifndef DECODE_TEREDO_H
#define DECODE_TEREDO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/endpoint.h"

#define TEREDO_PORT 3544

/* The endpoints learnt last, as many as a table of fixed size takes. */
struct teredo;

struct teredo *teredo_new(void);
/* t may be NULL. */
void teredo_free(struct teredo *t);
/* Notes an IPv4 endpoint that a Teredo server talked with. */
void teredo_learn(struct teredo *t, const struct endpoint *e);
bool teredo_knows(const struct teredo *t, const struct endpoint *e);
/* Whether the 16 bytes of an IPv6 address are those of the Teredo client that
 * is seen as e from outside (RFC 4380 4: port and IPv4 address, inverted). */
bool teredo_is_address_of(const uint8_t *addr, const struct endpoint *e);

#endif
