/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http2_parts.h: what the files of http2 share. */
#ifndef PROTO_HTTP2_PARTS_H
#define PROTO_HTTP2_PARTS_H

#include "base/buf.h"
#include "proto/hpack.h"
#include "proto/http2.h"
#include "proto/websocket.h"

/* RFC 9113, 4.1. */
#define H2_HEADER 9
/* Pad length and priority, or pad length and promised stream. */
#define H2_PREFIX_MAX 6
#define H2_BUCKETS 64

/* RFC 9113, 6. */
enum h2_type {
	H2_DATA,
	H2_HEADERS,
	H2_PRIORITY,
	H2_RST_STREAM,
	H2_SETTINGS,
	H2_PUSH_PROMISE,
	H2_PING,
	H2_GOAWAY,
	H2_WINDOW_UPDATE,
	H2_CONTINUATION,
	H2_TYPES,
};

enum h2_flag {
	H2_ACK = 0x01, /* of SETTINGS and PING */
	H2_END_STREAM = 0x01,
	H2_END_HEADERS = 0x04,
	H2_PADDED = 0x08,
	H2_PRIORITY_FLAG = 0x20,
};

struct h2_frame {
	uint32_t len;
	uint8_t type;
	uint8_t flags;
	uint32_t stream;
};

enum h2_state {
	H2_PREFACE, /* the client's 24 bytes */
	H2_FRAME,   /* a frame's header */
	H2_PAYLOAD,
	H2_SEEK,  /* behind a hole, until two headers chain */
	H2_OPAQUE /* it was no HTTP/2 */
};

/* A message that is open. */
struct h2_message {
	struct message m;
	struct http_head head;
	struct buf fields; /* what head points to, */
	struct buf target; /* ... and of an extended CONNECT its URL */
	size_t size;	   /* that is counted */
};

enum h2_part { H2_REQUEST, H2_RESPONSE };

struct h2_stream {
	struct h2_stream *next; /* in its bucket */
	uint32_t id;
	uint64_t exchange;
	struct http_request *request; /* a share of it; NULL: not known */
	struct h2_message *open[2];   /* by part; NULL: none */
	bool told[2];		      /* the part has begun */
	bool over[2];		      /* ... and nothing more of it comes */
	/* The client wants no more of a response that is open: if nothing
	 * more of it comes, that was all. */
	bool cancelled;
	bool tunnel;	     /* CONNECT was agreed to */
	bool asks_ws;	     /* RFC 8441 */
	uint64_t server_pos; /* the server's when it was asked for */
	struct websocket *ws;
	size_t ws_size; /* that is counted */
};

/* One direction. */
struct h2_side {
	enum h2_state state;
	uint8_t head[H2_HEADER];
	size_t n_head; /* bytes of the header, or of the preface, so far */
	bool begun;    /* the first span of the frame at hand was told */
	bool greeted;  /* a frame has come: it was SETTINGS */
	struct h2_frame frame;
	struct chunk from; /* where it began; its bytes are gone */
	uint32_t left;	   /* of its payload, */
	uint32_t pad;	   /* ... of which so much at the end is nothing */
	uint8_t prefix[H2_PREFIX_MAX];
	size_t n_prefix;
	size_t prefix_len; /* that it has */

	/* A header block, until it ends. */
	struct hpack *hpack;
	uint32_t block;	   /* its stream; 0: none */
	uint32_t promised; /* by PUSH_PROMISE, or 0 */
	bool block_ends;   /* the stream's part, too */
	bool block_bad;	   /* it cannot be understood */
	struct chunk block_from;
	struct buf fields; /* lengths in 4 bytes, then name and value */
	bool lost;	   /* no head is believed any more */

	struct buf seek; /* H2_SEEK: what has come, */
	size_t seek_at;	 /* ... up to here with no frame in it */
	uint64_t missing;
	uint64_t pos;	   /* bytes that have come or are missing */
	uint64_t lost_pos; /* pos behind the last hole that took frames, */
	uint32_t lost_at;  /* ... and the highest odd stream before it */
};

struct http2 {
	const struct message_events *events;
	void *owner;
	struct decode_budget *budget;
	int client;
	struct h2_side side[2];
	struct h2_stream *bucket[H2_BUCKETS];
	size_t n_streams;
	size_t n_cancelled; /* of them */
	size_t memory;	    /* of streams and what they have */
	bool cut;
	uint32_t last[2]; /* highest stream: even, odd */
	uint64_t exchanges;
	/* While a turn is taken. */
	const struct chunk *turn;
	size_t told;
	bool replayed; /* its spans have been told */
	int64_t last_ns;
	struct buf made;
};

/* http2_frame.c */
void h2_frame_read(struct h2_frame *f, const uint8_t head[static H2_HEADER]);
/* Appends "h2 headers 1 end". */
const char *h2_frame_label(const struct h2_frame *f, char *out, size_t n);
/* Whether a frame's header can stand there behind a hole; no stream may be
 * above highest. */
bool h2_frame_is_likely(const struct h2_frame *f, uint32_t highest);
/* How many bytes stand before a frame's data or block. */
size_t h2_prefix_length(const struct h2_frame *f);

bool h2_frame_has_block(const struct h2_frame *f);

/* http2.c: what of the turn at hand comes before `to' and has not been told: of
 * m's body, or of what label names; with neither, of nothing that is known. */
void h2_span(struct http2 *h, const uint8_t *to, const struct message *m,
    const char *label);
/* The payload of the frame at hand is over. */
void h2_frame_end(struct http2 *h, int dir);

/* http2_head.c: a piece of a block goes to the table, and what it says to
 * side's fields. */
void h2_block_put(struct h2_side *s, struct slice piece, bool last);
/* Sets head, whose slices are of m->fields; side: of what.  True when it asks
 * for a WebSocket. */
bool h2_head_read(struct h2_message *m, enum http_side side);
/* The fields as text, in place of what out holds. */
void h2_fields_text(const struct buf *fields, struct buf *out);

/* http2_stream.c */
/* The stream that data of the frame at hand is of, or NULL. */
struct h2_stream *h2_data_stream(struct http2 *h, int dir);
struct h2_stream *h2_stream_find(const struct http2 *h, uint32_t id);
/* The stream, which begins if it may; NULL: it is none that is followed.
 * dir: whose frame it is. */
struct h2_stream *h2_stream_get(struct http2 *h, int dir, uint32_t id);
/* Side dir sends RST_STREAM. */
void h2_stream_reset(struct http2 *h, int dir, struct h2_stream *x);
/* More of what was cancelled comes: it was not all. */
void h2_stream_abort(struct http2 *h, struct h2_stream *x);
void h2_streams_free(struct http2 *h);
/* The request that was upgraded. */
void h2_stream_upgrade(struct http2 *h, struct http_request *q);
/* What of a stream a side says. */
enum h2_part h2_part_of(const struct http2 *h, int dir);
/* A head that has ended, of side s. */
void h2_stream_head(struct http2 *h, int dir, struct h2_stream *x);
void h2_stream_promise(struct http2 *h, int dir, uint32_t id);
/* The open message that data of that side is of, or NULL. */
struct h2_message *h2_stream_message(struct http2 *h, int dir,
    struct h2_stream *x);
void h2_stream_end(struct http2 *h, int dir, struct h2_stream *x);
/* What ws takes may be another amount now. */
void h2_stream_count_ws(struct http2 *h, struct h2_stream *x);
/* Frames of side dir are missing: its messages lack nobody knows what. */
void h2_streams_hole(struct http2 *h, int dir, const struct gap *g);
void h2_streams_finish(struct http2 *h, const struct message_close *how);

#endif
