/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* read_ahead.h: a thread that reads a source ahead of who wants its bytes. */
#ifndef CAPTURE_READ_AHEAD_H
#define CAPTURE_READ_AHEAD_H

#include "base/attr.h"
#include "capture/source.h"

struct read_ahead;

/*
 * Makes out the bytes of in: it ends as in ends, and calls its wait function
 * while there are none yet.  A thread of its own reads in, and the file below
 * it, raw: nobody else may do so, nor look at them, until read_ahead_free.
 * NULL, and nothing is changed, when there can be no further thread.  Free it
 * before in, after out.
 */
struct read_ahead *read_ahead_new(struct source *in, struct source *raw,
    struct source *out) ATTR_NODISCARD;
/* a may be NULL. */
void read_ahead_free(struct read_ahead *a);
/* Bytes that had been taken from raw for what has been handed out. */
uint64_t read_ahead_bytes_in(const struct read_ahead *a);

#endif
