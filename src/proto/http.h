/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * http.h: HTTP/1.x over the turns of a session (RFC 9112).
 *
 * Finds messages in both directions, undoes the framing of their bodies, and
 * says which request a response answers.  Bytes that are no HTTP are passed
 * over until a start line comes; so are those between a gap that took the
 * framing with it and the next start line.  Which side is the server shows
 * the first start line.  Behind an upgrade nothing is read here; in a tunnel
 * what begins with a start line.
 */
#ifndef PROTO_HTTP_H
#define PROTO_HTTP_H

#include "base/attr.h"
#include "proto/message.h"

/* Of a request so much of each field is copied, and so much of all that wait
 * for their response, LIMIT_HTTP_QUEUE; responses to those beyond have none. */
#define HTTP_FIELD_MAX ((size_t)8 << 10)
#define HTTP_QUEUE_BYTES ((size_t)1 << 20)

struct http;

/* What a response 101 has both sides go on with. */
enum http_switch { HTTP_NO_SWITCH, HTTP_TO_HTTP2, HTTP_TO_WEBSOCKET };

struct http_switched {
	enum http_switch to;
	int client;		      /* direction of the requests */
	struct http_request *request; /* that asked for it; the reader's; or
				       * NULL */
	uint64_t exchange;	      /* of it, */
	uint64_t exchanges;	      /* ... and of the next request */
	struct ws_extensions extensions;
};

/* events is borrowed as long as the reader lives. */
struct http *http_new(const struct message_events *events,
    void *owner) ATTR_NONNULL;
/* h may be NULL. */
void http_free(struct http *h);

/* Bytes of memory that it takes now. */
size_t http_memory(const struct http *h);

/* Whether what this side says next goes on with a message. */
bool http_is_reading(const struct http *h, int dir);
/* Takes all of c, or as much as comes before another protocol begins, which
 * http_switched tells: returns how many bytes. */
size_t http_put(struct http *h, const struct chunk *c);
const struct http_switched *http_switched(const struct http *h);
/* What comes next is no HTTP/1.x: somebody else knows it. */
void http_leave(struct http *h);
/* The number of the next request. */
uint64_t http_exchanges(const struct http *h);
void http_gap(struct http *h, int dir, const struct gap *g);
/* The session is over. */
void http_finish(struct http *h, const struct message_close *how);

#endif
