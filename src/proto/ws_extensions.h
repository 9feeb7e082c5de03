/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* ws_extensions.h: what a server has agreed to in Sec-WebSocket-Extensions
 * (RFC 6455, 9.1; RFC 7692). */
#ifndef PROTO_WS_EXTENSIONS_H
#define PROTO_WS_EXTENSIONS_H

#include <stdbool.h>

#include "base/cur.h"

/* Zero-initialised is none. */
struct ws_extensions {
	bool deflate; /* permessage-deflate */
	/* ... where each message of the client's, or the server's, begins with
	 * an empty window.  A window of 15 bits reads all. */
	bool no_takeover[2];
};

/* Adds those of a field's value. */
void ws_extensions_add(struct ws_extensions *x, struct slice list);

#endif
