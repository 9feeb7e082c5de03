/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* buf.h: a byte string that grows; everything that is formatted goes here. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/cur.h"

/* Zero-initialised is empty.  p[0..n) are the bytes; not NUL-terminated. */
struct buf {
	uint8_t *p;
	size_t n;
	size_t cap;
};

void buf_free(struct buf *b);
/* Empties the buffer and leaves its memory. */
void buf_reset(struct buf *b);
/* Behind buf_room. */
void buf_grow(struct buf *b, size_t n);
/* Takes away the first n bytes, n <= b->n. */
void buf_drop(struct buf *b, size_t n);
/* The n lowest bytes of v, big-endian; n is at most 8. */
void buf_be(struct buf *b, uint64_t v, int n);
/* The same, little-endian. */
void buf_le(struct buf *b, uint64_t v, int n);
void buf_printf(struct buf *b, const char *fmt, ...) ATTR_PRINTF(2, 3);
/* The bytes as a C string that lives until the next change of the buffer. */
const char *buf_cstr(struct buf *b) ATTR_NONNULL;

/* Room for n more bytes at the end; returns where they go (b->n unchanged). */
ATTR_NONNULL static inline uint8_t *
buf_room(struct buf *b, size_t n)
{
	if (n > b->cap - b->n || b->cap == 0)
		buf_grow(b, n);
	return b->p + b->n;
}

static inline void
buf_put(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_room(b, n), p, n);
	b->n += n;
}

static inline void
buf_byte(struct buf *b, uint8_t c)
{
	*buf_room(b, 1) = c;
	b->n++;
}

static inline void
buf_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

#endif
