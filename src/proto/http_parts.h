/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http_parts.h: what http.c, http_message.c and http_bytes.c share. */
#ifndef PROTO_HTTP_PARTS_H
#define PROTO_HTTP_PARTS_H

#include "base/buf.h"
#include "proto/http.h"
#include "proto/http_chunk.h"
#include "proto/http_queue.h"

enum http_state {
	ST_SEEK,  /* a start line */
	ST_HEAD,  /* the rest of a head */
	ST_PROBE, /* a body, unless a start line stands in its place */
	ST_LENGTH,
	ST_CHUNKED,
	ST_CLOSE,
	ST_OPAQUE, /* no HTTP follows */
};

/* Where bytes are from. */
struct http_place {
	uint64_t off;
	uint64_t packet;
	int64_t ts_ns;
};

/* One direction. */
struct http_reader {
	enum http_state state;
	enum http_state body; /* behind ST_PROBE */
	/* ST_SEEK: a line; ST_HEAD: the head so far; a message's head, until
	 * it ends. */
	struct buf head;
	struct http_place at; /* of head's first byte */
	size_t line;	      /* where in head its last line begins */
	bool torn;	      /* ST_SEEK: the line's beginning was dropped */
	bool strict;	      /* ST_SEEK: nothing may come before it */
	/* ST_SEEK: offset of what was said first since the other side spoke,
	 * empty lines left out; and whether it ever did before. */
	uint64_t turn_off;
	bool first_turn;
	size_t n_probe; /* of the bytes that were seen */
	uint8_t probe[HTTP_METHOD_ROOM];
	uint64_t left; /* ST_LENGTH: bytes of the body to come */
	struct http_chunk chunk;
	uint64_t pos; /* bytes that have come or are missing */

	/* The message at hand. */
	struct message m;
	struct http_head parsed;
	struct http_request *request; /* owned, or NULL */
	bool bad_framing;
	/* Why the end of its head is missing; MESSAGE_COMPLETE: it is not. */
	enum message_reason head_lost;
	bool undecided; /* whether the body can be read as it is */
	bool continued; /* a request's: 100 (Continue) was sent */
};

struct http {
	const struct message_events *events;
	void *owner;
	struct http_reader dir[2];
	struct http_queue queue;
	uint64_t exchanges;
	bool settled; /* who is the server is known */
	int server;
	/* What comes next may not answer the request whose turn it is: of
	 * impossible framing, or a hole, where responses may have been. */
	bool broken;
	bool holed;
	struct http_place hole;
	uint64_t hole_pos;
	const struct chunk *turn; /* that is being taken, or NULL */
	int last_dir;		  /* of the turn before it; -1: none */
	size_t told;		  /* bytes of it whose span was told */
	struct http_place last;	  /* of the last turn */
	struct http_switched switched;
};

/* What bytes are of: the body at hand, a head, or neither. */
enum http_piece { PIECE_BODY, PIECE_HEAD, PIECE_OTHER };

/* http_message.c */
void http_seek(struct http_reader *r);
/* What of the turn at hand comes before `to' and has not been told. */
void http_span(struct http *h, const uint8_t *to, enum http_piece what);
void http_end(struct http *h, int dir, enum message_reason reason);
/* The head in r->head is whole. */
void http_take_head(struct http *h, int dir);
/* The end of a head does not come: what was before it is told. */
void http_lose_head(struct http *h, int dir, enum message_reason why);

/* The answers to all that was asked before the hole are not to be had. */
void http_lose_responses(struct http *h, struct http_queue *lost);

/* http_bytes.c: it was a body.  to: what of the turn at hand comes before is
 * the body's; NULL without one. */
void http_leave_probe(struct http *h, int dir, const uint8_t *to);

#endif
