/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * segment_log.h: segments as bytes, to be told again later.
 *
 * A connection whose end is not reached in a run is kept as the segments it
 * had: told again, they make the same connection.  Endpoints are not part of
 * a record; the connection has them.  A segment with its frame is kept with
 * all of its frames.
 */
#ifndef FLOW_SEGMENT_LOG_H
#define FLOW_SEGMENT_LOG_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/cur.h"
#include "decode/segment.h"

/* A record is this long, and its captured payload and frames; never longer
 * than _MAX. */
#define SEGMENT_LOG_HEADER 62
#define SEGMENT_LOG_MAX ((size_t)1 << 25)

/* What a segment was for its connection. */
enum segment_log_as {
	SEGMENT_LOG_OWN,
	SEGMENT_LOG_FAR,  /* its own, and its numbers are believed though they
			   * are far ahead */
	SEGMENT_LOG_WILD, /* counted, and nothing else */
	SEGMENT_LOG_AS
};

struct segment_log_entry {
	int e; /* the end that sent it */
	enum segment_log_as as;
};

void segment_log_put(struct buf *b, struct segment_log_entry x,
    const struct segment *seg);

/* What seg->frame and seg->earlier of the record read last point to.
 * Zero-initialise; free with segment_log_frames_free. */
struct segment_log_frames {
	struct packet last;
	struct packet *earlier;
	size_t cap;
};
void segment_log_frames_free(struct segment_log_frames *f);

/*
 * Reads one record.  seg->payload and the frames' bytes point into c's; src
 * and dst come from ep.  False when c does not hold a whole, sane one.
 */
bool segment_log_get(struct cur *c, const struct endpoint ep[2],
    struct segment_log_entry *x, struct segment *seg,
    struct segment_log_frames *f);

/* Bytes of records in pieces of any size, to segments.  Zero-initialise, set
 * ep, fn and arg. */
struct segment_log_feed {
	struct buf rest; /* of a record that is not whole yet */
	struct segment_log_frames frames;
	const struct endpoint *ep;
	void (*fn)(void *arg, struct segment_log_entry x,
	    const struct segment *seg);
	void *arg;
};

/* Tells fn every segment that the bytes complete; each is borrowed for that
 * call. */
void segment_log_feed_put(struct segment_log_feed *f, struct slice bytes);
/* Frees what f holds; false when the last record was not whole or sane. */
bool segment_log_feed_end(struct segment_log_feed *f);

#endif
