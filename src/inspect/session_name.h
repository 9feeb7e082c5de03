/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * session_name.h: what the server of a session is called by the Host of the first
 * HTTP request.
 *
 * Only the beginning of each direction is looked at, and what has to be
 * gathered for that is freed when it has said what it can.
 */
#ifndef INSPECT_SESSION_NAME_H
#define INSPECT_SESSION_NAME_H

#include <stddef.h>

#include "flow/session.h"

/* A longer one is none. */
#define SESSION_NAME_MAX 255

/* NULL when nothing is known and nothing is looked at. */
struct session_name;

/* Data as it is delivered, each direction in its order; *n is begun, and ended,
 * as is needed. */
void session_name_data(struct session_name **n, const struct chunk *c);
/* As it was said, any bytes; empty when there is none.  Lives until the next
 * call with n, which may be NULL. */
struct slice session_name_get(const struct session_name *n);
/* What the first request asked to go on with (RFC 9110, 7.8). */
enum upgrade_asked { UPGRADE_NONE, UPGRADE_WEBSOCKET, UPGRADE_HTTP2 };
/* n may be NULL. */
enum upgrade_asked session_name_upgrade(const struct session_name *n);
/* Bytes of memory that it takes now. */
size_t session_name_memory(const struct session_name *n);
/* n may be NULL. */
void session_name_free(struct session_name *n);

#endif
