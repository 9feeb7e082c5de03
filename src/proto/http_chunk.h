/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http_chunk.h: the chunks of a body (RFC 9112, 7.1). */
#ifndef PROTO_HTTP_CHUNK_H
#define PROTO_HTTP_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cur.h"

enum chunk_state {
	CHUNK_SIZE, /* digits */
	CHUNK_EXTENSION,
	CHUNK_DATA,
	CHUNK_DATA_END, /* CR LF or LF behind the data */
	CHUNK_TRAILER,
};

/* Zero-initialised is before the first chunk. */
struct http_chunk {
	enum chunk_state state;
	uint64_t left;	/* CHUNK_SIZE: the size so far; CHUNK_DATA: to come */
	bool digits;	/* of the size have been seen */
	bool line_full; /* the trailer's line is not empty */
};

enum chunk_answer {
	CHUNK_MORE,  /* everything was consumed */
	CHUNK_BYTES, /* *data holds bytes of the body */
	CHUNK_LAST,  /* the body and its trailers have ended */
	CHUNK_BROKEN,
};

/* Consumes what comes before the next bytes of the body, and these. */
enum chunk_answer http_chunk_next(struct http_chunk *k, struct cur *c,
    struct slice *data);

/* n bytes are missing; false when the framing is lost with them. */
bool http_chunk_skip(struct http_chunk *k, uint64_t n);

#endif
