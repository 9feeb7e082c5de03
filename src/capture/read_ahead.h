/* ahead.h: a thread that reads a source ahead of who wants its bytes. */
#ifndef DECODE_AHEAD_H
#define DECODE_AHEAD_H

#include "base/attr.h"
#include "capture/source.h"

struct ahead;

/*
 * Makes out the bytes of in, ends as it ends, and tells out's owner of
 * waiting.  A thread of its own reads in, and the file below it, raw: nobody
 * else may do so, nor look at them, until ahead_free.  NULL, and nothing is
 * changed, when there can be no further thread.  Free it before in, after
 * out.
 */
struct ahead *ahead_new(struct source *in, struct source *raw,
    struct source *out) ATTR_NODISCARD;
/* a may be NULL. */
void ahead_free(struct ahead *a);
/* Bytes that had been taken from raw for what has been handed out. */
uint64_t ahead_bytes_in(const struct ahead *a);

#endif
