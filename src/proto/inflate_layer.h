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

struct coding_layer;

struct coding_layer_ops {
	/* The next bytes, never none, valid until the next call; false at the
	 * end, with layer.end set. */
	bool (*next)(struct coding_layer *l, struct slice *piece);
	/* Frees the layer, not those below. */
	void (*free)(struct coding_layer *l);
};

struct coding_layer {
	const struct coding_layer_ops *ops;
	struct coding_layer *below; /* borrowed */
	enum inflate_end end;
};

static inline bool
layer_next(struct coding_layer *l, struct slice *piece)
{
	return l->ops->next(l, piece);
}

/*
 * A layer that decodes with a library.  step makes one call of it, with what is
 * left of `in`, and returns how many bytes are in `out` then; it ends the layer
 * with decoder_layer_end.  Every decoder's struct begins with this.
 */
struct decoder_layer {
	struct coding_layer layer;
	size_t (*step)(struct decoder_layer *l);
	struct slice in; /* of the layer below */
	/* What it means when the layer below ends first. */
	enum inflate_end at_end;
	bool more; /* output may wait in the library: step before more input */
	bool over;
	uint8_t out[32768];
};

/* The next of any decoder. */
bool decoder_layer_next(struct coding_layer *layer, struct slice *piece);
/* There is more in l->in; false when the layer below has ended. */
bool decoder_layer_refill(struct decoder_layer *l);
void decoder_layer_end(struct decoder_layer *l, enum inflate_end end);

/* How zlib shall read: its windowBits. */
enum zlib_format { ZLIB_GZIP = 15 + 16, ZLIB_ZLIB = 15, ZLIB_RAW = -15 };

/* Never NULL, except where the library is not there.  zstd_next ends with
 * INFLATE_UNKNOWN at a frame that wants a window of more than 8 MiB (RFC 9659)
 * or a dictionary. */
struct coding_layer *layer_zlib(struct coding_layer *below,
    enum zlib_format format);
struct coding_layer *layer_zstd(struct coding_layer *below);
struct coding_layer *layer_brotli(struct coding_layer *below);

enum stream_is { STREAM_NOT, STREAM_BEGUN, STREAM_WHOLE };

/* Whether s is such a stream, or may be the beginning of one.  zstd_is only
 * says so of what has zstd's magic number, and STREAM_NOT when the first frame
 * wants what is not given to bodies. */
enum stream_is zlib_is(struct slice s, enum zlib_format format);
enum stream_is brotli_is(struct slice s);
enum stream_is zstd_is(struct slice s);

#endif
