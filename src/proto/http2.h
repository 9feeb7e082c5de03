/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * http2.h: HTTP/2 over the turns of a session (RFC 9113).
 *
 * Takes frames apart, undoes the compression of heads (hpack.h), and tells the
 * messages of each stream.  What is lost takes with it what the heads behind it
 * are compressed with: from there on no head of that direction is believed, but
 * bodies go on where frames can be told again.  LIMIT_HTTP2_STREAMS are followed
 * at a time, and of a head LIMIT_HTTP2_FIELDS are read.
 */
#ifndef PROTO_HTTP2_H
#define PROTO_HTTP2_H

#include "base/attr.h"
#include "proto/decode_budget.h"
#include "proto/message.h"

/* What begins with a side's first bytes. */
enum http2_begin {
	HTTP2_NOT,
	HTTP2_PERHAPS, /* more bytes are needed */
	HTTP2_CLIENT,  /* RFC 9113, 3.4: the client's preface, */
	HTTP2_SERVER,  /* ... or the server's, a SETTINGS frame */
};
/* The longest that is looked at. */
#define HTTP2_PREFACE 24
/* first: in is what the side began with; a server's preface is only known
 * there. */
enum http2_begin http2_begins(struct slice in, bool first);

struct http2;

/* How it was begun. */
struct http2_opening {
	int client; /* its direction */
	/* The request that was upgraded is the first stream, or NULL; borrowed
	 * while it lives. */
	struct http_request *request;
	uint64_t exchanges; /* number of the next request */
};

/* events is borrowed as long as it lives; budget, which may be NULL, too. */
struct http2 *http2_new(const struct message_events *events, void *owner,
    const struct http2_opening *how, struct decode_budget *budget) ATTR_NONNULL;
/* h may be NULL. */
void http2_free(struct http2 *h);
/* Bytes of memory that it takes now. */
size_t http2_memory(const struct http2 *h);
/* Whether there were more streams at a time than are followed. */
bool http2_is_cut(const struct http2 *h);

void http2_put(struct http2 *h, const struct chunk *c);
void http2_gap(struct http2 *h, int dir, const struct gap *g);
/* The session is over. */
void http2_finish(struct http2 *h, const struct message_close *how);

#endif
