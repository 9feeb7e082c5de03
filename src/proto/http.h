/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * http.h: HTTP/1.x over the turns of a session (RFC 9112).
 *
 * Finds messages in both directions, undoes the framing of their bodies, and
 * says which request a response answers.  Bytes that are no HTTP are passed
 * over until a start line comes; so are those between a gap that took the
 * framing with it and the next start line.  Which side is the server shows
 * the first start line.  Behind an upgrade or a tunnel nothing is read.
 */
#ifndef PROTO_HTTP_H
#define PROTO_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "flow/session.h"
#include "proto/http_head.h"

/* Of a request so much of each field is copied, and so much of all that wait
 * for their response; responses to those beyond have none. */
#define HTTP_FIELD_MAX ((size_t)8 << 10)
#define HTTP_QUEUE_MAX 1024
#define HTTP_QUEUE_BYTES ((size_t)1 << 20)

/* A copy of what a request said. */
struct http_request {
	struct http_request *next; /* http.c's */
	uint64_t peer_pos;	   /* http.c's */
	size_t size;		   /* http.c's */
	struct slice method;
	struct slice target;
	struct slice host;
	struct slice referer;
	struct slice dest;
	uint8_t bytes[];
};

/* Borrowed for the call, with all that it points to. */
struct http_message {
	int dir;
	int64_t ts_ns; /* of the end of its head */
	const struct http_head *head;
	/* A response's request; NULL when it is not known which.  A request's
	 * own. */
	const struct http_request *request;
};

enum http_outcome {
	HTTP_WHOLE,
	HTTP_CUT,	/* the session ended first */
	HTTP_LOST,	/* a gap took the framing with it */
	HTTP_BAD_CHUNK, /* no chunk size where one must be */
};

/*
 * What is reported, for each direction: begin of each message but interim
 * responses, its body's bytes and gaps, and its end.  Codings are not undone.
 */
struct http_events {
	void (*begin)(void *owner, const struct http_message *m);
	void (*body)(void *owner, int dir, struct slice bytes);
	void (*gap)(void *owner, int dir, const struct gap *g);
	void (*end)(void *owner, int dir, enum http_outcome outcome);
};

struct http;

/* events is borrowed as long as the reader lives. */
struct http *http_new(const struct http_events *events,
    void *owner) ATTR_NONNULL;
/* h may be NULL. */
void http_free(struct http *h);

/* Bytes of memory that it takes now. */
size_t http_memory(const struct http *h);

void http_put(struct http *h, int dir, struct slice bytes, int64_t ts_ns);
void http_gap(struct http *h, int dir, const struct gap *g);
/* The session is over; fin: which directions sent all they had, so that a
 * body without a length is whole. */
void http_finish(struct http *h, const bool fin[2]);

#endif
