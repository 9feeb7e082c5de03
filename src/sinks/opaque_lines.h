/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* opaque_lines.h: items that nobody reads, as lines of a transcript: equal ones
 * behind each other share a line. */
#ifndef SINKS_OPAQUE_LINES_H
#define SINKS_OPAQUE_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "proto/message.h"

/* n items, or the one that some bytes of are here. */
struct opaque_line {
	uint64_t off;
	uint64_t len;
	uint64_t n;
	struct buf label;
};

/* Zero-initialised is none. */
struct opaque_lines {
	struct opaque_line last; /* the item at hand, whose label may change */
	struct opaque_line line; /* those before it that it may join */
	struct opaque_line done; /* what was ended last; its reader's */
};

/* A piece of an item; true when that ends a line, which is in done until the
 * next call. */
bool opaque_lines_put(struct opaque_lines *o, const struct chunk *c,
    const struct span *what);
/* No more of these come: true when done has a line; to be called until none is
 * left. */
bool opaque_lines_end(struct opaque_lines *o);
/* Appends its words: "tls application data x4". */
void opaque_line_put(const struct opaque_line *l, struct buf *b);

#endif
