/*
 * seglog.h: segments as bytes, to be told again later.
 *
 * A connection whose end is not reached in a run is kept as the segments it
 * had: told again, they make the same connection.  Endpoints are not part of
 * a record; the connection has them.
 */
#ifndef MODEL_SEGLOG_H
#define MODEL_SEGLOG_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/cur.h"
#include "base/keep.h"
#include "decode/segment.h"

/* Appends seg, which end e sent. */
void seglog_put(struct buf *b, int e, const struct segment *seg);

/*
 * Reads one record.  seg->payload points into c's bytes; src and dst come
 * from ep.  False when c does not hold a whole, sane one.
 */
bool seglog_get(struct cur *c, const struct endpoint ep[2], int *e,
    struct segment *seg);

/* Tells every segment of a spool to fn, in order; each is borrowed for the
 * call, which may use k.  False when the spool holds anything else. */
bool seglog_replay(struct keep *k, const struct spool *log,
    const struct endpoint ep[2],
    void (*fn)(void *arg, int e, const struct segment *seg), void *arg);

#endif
