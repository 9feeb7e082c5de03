/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * message.h: what was said in a session, in messages: what the readers of
 * protocols tell, and what the conversation passes on.
 *
 * Everything is streamed: no body is waited for.  Of a stretch of bytes `span'
 * is told first, then what these bytes bring about.
 */
#ifndef PROTO_MESSAGE_H
#define PROTO_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/http_head.h"
#include "proto/tls_records.h"
#include "reassembly/types.h"

enum message_protocol { MESSAGE_HTTP1, MESSAGE_HTTP2, MESSAGE_WEBSOCKET };

/* Why a message ended. */
enum message_reason {
	MESSAGE_COMPLETE,
	MESSAGE_CUT,	     /* the capture ended, or gave the session up */
	MESSAGE_HOLE,	     /* bytes of it, or of its framing, are missing */
	MESSAGE_BAD_FRAMING, /* no chunk size where one must be, lengths that
			      * differ */
	MESSAGE_BAD_CODING,
	MESSAGE_UNKNOWN_CODING,
	MESSAGE_SIZE,	 /* more decoded bytes than a limit allows */
	MESSAGE_RATIO,	 /* ... in proportion to those that were sent */
	MESSAGE_WINDOW,	 /* its coding wants more memory than is given */
	MESSAGE_FILES,	 /* one file too many */
	MESSAGE_ABORTED, /* a side went away before the end */
	MESSAGE_HEAD_LOST,
	MESSAGE_REASONS,
};

/* As objects.jsonl has it; NULL when complete. */
const char *message_reason_name(enum message_reason reason);

/* What a request said, copied: at most HTTP_FIELD_MAX bytes of each field. */
struct http_request {
	struct http_request *next; /* http_queue.c's */
	unsigned refs;		   /* likewise */
	uint64_t peer_pos;	   /* likewise */
	size_t size;		   /* likewise */
	uint64_t exchange;	   /* as in struct message */
	struct slice method;
	struct slice target;
	struct slice host;
	struct slice referer;
	struct slice dest; /* Sec-Fetch-Dest */
	bool https;	   /* by its own word (RFC 9113, 8.3.1) */
	uint8_t bytes[];
};

/*
 * A message: it stays where it is, with all that it points to, from head to
 * end.  Numbers count from 0.
 */
struct message {
	enum message_protocol protocol;
	int dir;	   /* the wire's */
	uint64_t number;   /* of the session, by order of heads */
	uint64_t exchange; /* a request and its final response share one; by
			    * order of requests */
	uint64_t stream;   /* HTTP/2's, */
	bool has_stream;   /* ... which this is of */
	uint8_t opcode;	   /* a WebSocket message's (RFC 6455, 11.8) */
	uint16_t code;	   /* why it closes, of one that does; 0: it says not */
	uint64_t off;	   /* of its first byte, */
	uint64_t packet;   /* ... the packet that brought it, */
	int64_t ts_ns;	   /* ... and that packet's time */
	int64_t last_ns;   /* time of its last byte so far */
	const struct http_head *head; /* of a WebSocket message: nothing in it
				       * but whose it is */
	/* A response's request; NULL when it is not known which.  A request's
	 * own. */
	const struct http_request *request;
	struct codings codings; /* of the body, in the order of applying */
	uint64_t
	    sent;    /* bytes of the body so far, framing undone, codings not */
	bool holed;  /* some of its bytes are missing */
	bool as_is;  /* its body can be read as it is on the wire */
	bool unread; /* of HTTP/2: its head is missing, or not believed */
	void *kept;  /* what head returned */
	struct message_coded *coded; /* the conversation's */
};

static inline bool
message_is_request(const struct message *m)
{
	return m->head->side == HTTP_REQUEST;
}

/* Whether the body is in a coding, as its head says. */
static inline bool
message_is_coded(const struct message *m)
{
	return m->codings.n > 0 || m->codings.unknown;
}

/* RFC 9112, 6.1: HTTP/1.0 has no chunks. */
static inline bool
message_is_chunked(const struct message *m)
{
	return m->protocol == MESSAGE_HTTP1 && m->head->has_transfer &&
	    m->head->chunked && m->head->minor >= 1;
}

/* Whether its bytes are not, one behind the other, those of the wire. */
static inline bool
message_is_undone(const struct message *m)
{
	return m->protocol != MESSAGE_HTTP1 || message_is_chunked(m) ||
	    message_is_coded(m);
}

enum span_kind {
	SPAN_AS_IS,  /* heads, text in no coding, what nobody knows */
	SPAN_BODY,   /* of a body that is coded, in frames or chunks, or
		      * binary, with its framing */
	SPAN_OPAQUE, /* what label names */
};

struct span {
	enum span_kind kind;
	const struct message *m; /* SPAN_BODY: whose */
	bool known;		 /* SPAN_AS_IS: of a message: a head, or text */
	const char *label; /* SPAN_OPAQUE: what its item is, by all that is
			    * known: a later piece's stands for all of it */
	bool begins;	   /* SPAN_OPAQUE: the first piece of an item; of a
			    * body in frames: of a frame */
	bool retold;	   /* `made' tells what is in it */
	/* SPAN_OPAQUE, of TLS: what is known of it; else NULL. */
	const struct tls_facts *tls;
};

/* What HTTP/2 says in a form of its own, as text: fields of a head, in lines
 * of "name: value". */
struct made_text {
	int dir;
	uint64_t number; /* of the session's texts; the conversation's */
	uint64_t off;	 /* of the frame that begins it */
	struct slice text;
};

/*
 * What is told, in the order of turns.  Bodies: of what a protocol's reader
 * tells, the framing is undone; of what a conversation tells, the codings too.
 */
struct message_events {
	/* A message begins, whatever it is but an interim response.  What is
	 * returned is in m->kept; NULL: nothing more of it is told but its
	 * spans. */
	void *(*head)(void *owner, struct message *m);
	/* Never no bytes. */
	void (*body)(void *owner, struct message *m, struct slice bytes);
	/* Bytes of the body are missing, of length 0 when nobody knows how
	 * many; of one in a coding, where the decoder cannot go on, no more
	 * comes. */
	void (*hole)(void *owner, struct message *m, const struct gap *g);
	void (*end)(void *owner, struct message *m, enum message_reason reason);
	/* Each byte of the session passes here once: c is a piece of a turn,
	 * whose bytes are one behind the other.  May be NULL. */
	void (
	    *span)(void *owner, const struct chunk *c, const struct span *what);
	/* Behind the spans that it is made of.  May be NULL. */
	void (*made)(void *owner, const struct made_text *t);
};

/* How a session ended. */
struct message_close {
	bool fin[2]; /* which directions sent all they had */
	bool reset;
};

#endif
