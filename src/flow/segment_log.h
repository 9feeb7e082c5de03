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

/* Appends a record, with its length (record_log.h). */
void segment_log_put(struct buf *b, struct segment_log_entry x,
    const struct segment *seg);
/* The same without its length: for a record that has more. */
void segment_log_put_bare(struct buf *b, struct segment_log_entry x,
    const struct segment *seg);

/* The same of a frame alone, which no segment was in yet. */
void segment_log_put_frame(struct buf *b, const struct packet *p);
/* Its bytes are c's.  False when it is not sane. */
bool segment_log_get_frame(struct cur *c, struct packet *p);

/* What the link said: SEGMENT_LOG_HOP bytes. */
#define SEGMENT_LOG_HOP 21
void segment_log_put_hop(struct buf *b, const struct hop *x);
struct hop segment_log_get_hop(const uint8_t *p);

/* What reading needs; seg->frame and seg->earlier of the segment read last
 * point into it.  Zero-initialise and set ep, which is borrowed; free with
 * segment_log_reader_fini. */
struct segment_log_reader {
	const struct endpoint *ep;
	struct packet last;
	struct packet *earlier;
	size_t cap;
	/* For segment_log_take: who is told the segments, each borrowed for that
	 * call, and whether all records were sane. */
	void (*fn)(void *arg, struct segment_log_entry x,
	    const struct segment *seg);
	void *arg;
	bool bad;
};
void segment_log_reader_fini(struct segment_log_reader *r);

/*
 * Reads a record, without its length.  seg->payload and the frames' bytes
 * point into it; src and dst come from r->ep.  False when it is not sane.
 */
bool segment_log_get(struct segment_log_reader *r, struct slice record,
    struct segment_log_entry *x, struct segment *seg);
/* The same of a log that is replayed; reader is a struct segment_log_reader, whose
 * fn is told. */
void segment_log_take(void *reader, struct slice record);

#endif
