/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * websocket.h: WebSocket in both directions of a session, or of a stream of
 * HTTP/2 (RFC 6455, RFC 7692, RFC 8441).
 *
 * Undoes masks, joins fragments, inflates.  What cannot be a frame ends it for
 * that direction; so does a hole, unless it lies within the payload of one
 * frame.
 */
#ifndef PROTO_WEBSOCKET_H
#define PROTO_WEBSOCKET_H

#include "base/attr.h"
#include "proto/decode_budget.h"
#include "proto/message.h"

/* Opcodes (RFC 6455, 11.8). */
enum ws_opcode {
	WS_CONTINUATION = 0x0,
	WS_TEXT = 0x1,
	WS_BINARY = 0x2,
	WS_CLOSE = 0x8,
	WS_PING = 0x9,
	WS_PONG = 0xa,
};

/* How it was opened. */
struct ws_opening {
	int client; /* its direction */
	uint64_t exchange;
	uint64_t stream; /* with has_stream: HTTP/2's */
	bool has_stream;
	const struct http_request *request; /* or NULL; lives as long */
	struct ws_extensions extensions;
};

struct websocket;

/* events is borrowed as long as it lives; budget, which may be NULL, too. */
struct websocket *websocket_new(const struct message_events *events,
    void *owner, const struct ws_opening *how,
    struct decode_budget *budget) ATTR_NONNULL;
/* w may be NULL. */
void websocket_free(struct websocket *w);
/* Bytes of memory that it takes now. */
size_t websocket_memory(const struct websocket *w);

void websocket_put(struct websocket *w, const struct chunk *c);
void websocket_gap(struct websocket *w, int dir, const struct gap *g);
/* Nothing more comes of either side: why messages are not whole. */
void websocket_finish(struct websocket *w, const enum message_reason why[2]);

/* text, binary, close, ping, pong; NULL for others. */
const char *ws_opcode_name(uint8_t opcode);

#endif
