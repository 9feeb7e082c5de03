/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * record_log.h: records in a spill log, stored and replayed one by one.
 *
 * A record is a header, whose form is its owner's business, and bytes behind
 * it.  In the log its length stands before it.
 */
#ifndef BASE_RECORD_LOG_H
#define BASE_RECORD_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cur.h"
#include "base/spill.h"

/* A record is never empty and never longer. */
#define RECORD_MAX ((size_t)1 << 25)

/* Appends a record: head, then bytes, both copied. */
void record_log_put(struct spill *k, struct spill_log *log, struct slice head,
    struct slice bytes);
/*
 * Gives every record to fn, borrowed for that call, which may use k but not
 * the log.  False when the log did not end with a whole record: the scratch
 * file has failed, and what is read from it are zeros.
 */
bool record_log_replay(struct spill *k, const struct spill_log *log,
    void (*fn)(void *arg, struct slice record), void *arg);

/* Copies the header from the beginning of the record to head, which has n
 * bytes, and leaves the bytes behind it; false when it is not that long. */
bool record_take_head(struct slice *record, void *head, size_t n);

/* A record that is built in a buffer, as the log has it: between the two the
 * caller appends it.  record_begin returns what record_end wants. */
size_t record_begin(struct buf *b);
void record_end(struct buf *b, size_t begin);

/* Records on their way back, in pieces of any size.  Zero-initialise and set
 * fn and arg. */
struct record_feed {
	void (*fn)(void *arg, struct slice record);
	void *arg;
	struct buf rest; /* of a record that is not whole yet */
	bool bad;	 /* what comes is none; the rest is passed over */
};

/* Gives fn every record that the bytes complete, borrowed for that call. */
void record_feed_put(struct record_feed *f, struct slice bytes);
/* Frees what f has; false when the last record was not whole or none. */
bool record_feed_end(struct record_feed *f);

#endif
