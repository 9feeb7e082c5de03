/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * inflate_layer.h: what the decoders of inflate.h are made of.
 *
 * A body is pulled through layers: the first gives the bytes of the wire, and
 * each of the others decodes what the one below gives.
 */
#ifndef PROTO_INFLATE_LAYER_H
#define PROTO_INFLATE_LAYER_H

#include "base/cur.h"
#include "proto/inflate.h"

struct layer;

struct layer_ops {
	/* The next bytes, never none, valid until the next call; false at the
	 * end, with layer.end set. */
	bool (*next)(struct layer *l, struct slice *piece);
	/* Frees the layer, not those below. */
	void (*free)(struct layer *l);
};

/* Every decoder's struct begins with this. */
struct layer {
	const struct layer_ops *ops;
	struct layer *below; /* borrowed */
	enum inflate_end end;
};

static inline bool
layer_next(struct layer *l, struct slice *piece)
{
	return l->ops->next(l, piece);
}

/* How zlib shall read: its windowBits. */
enum zlib_format { ZLIB_GZIP = 15 + 16, ZLIB_ZLIB = 15, ZLIB_RAW = -15 };

/* Never NULL, except where the library is not there. */
struct layer *layer_zlib(struct layer *below, enum zlib_format format);
struct layer *layer_zstd(struct layer *below);
struct layer *layer_brotli(struct layer *below);

/* Decoders that hold a large window are not for bodies (RFC 9659); a later
 * frame that wants one ends the layer with INFLATE_UNKNOWN. */
#define ZSTD_WINDOW_MAX ((uint64_t)8 << 20)
/* Of the frame that s begins with. */
uint64_t zstd_window(struct slice s);

enum stream_is { STREAM_NOT, STREAM_BEGUN, STREAM_WHOLE };

/* Whether s is such a stream, or may be the beginning of one. */
enum stream_is zlib_is(struct slice s, enum zlib_format format);
enum stream_is brotli_is(struct slice s);

#endif
