/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * inflate_layer.h: what the decoders of inflate.h are to it.
 *
 * A decoder undoes one coding.  Each call of step takes some of the input and
 * yields some output.
 */
#ifndef PROTO_INFLATE_LAYER_H
#define PROTO_INFLATE_LAYER_H

#include "base/cur.h"
#include "proto/inflate.h"

struct body_decoder;

struct decoder_ops {
	/*
	 * One call of the library, with what is left in d->in; returns how
	 * many bytes are in out then.  Ends the decoder with decoder_end.
	 */
	size_t (*step)(struct body_decoder *d, uint8_t *out, size_t room);
	/* What it means when the input ends here. */
	enum inflate_end (*cut)(const struct body_decoder *d);
	size_t (*memory)(const struct body_decoder *d);
	void (*free)(struct body_decoder *d);
};

/* Every decoder's struct begins with this. */
struct body_decoder {
	const struct decoder_ops *ops;
	struct slice in;
	bool more; /* output may wait in the library: step before more input */
	bool over; /* nothing more is taken */
	enum inflate_end end; /* of one that is over */
};

static inline void
decoder_end(struct body_decoder *d, enum inflate_end end)
{
	d->over = true;
	d->end = end;
}

/* How zlib shall read: its windowBits. */
enum zlib_format { ZLIB_GZIP = 15 + 16, ZLIB_ZLIB = 15, ZLIB_RAW = -15 };

/* Never NULL, except where the library is not there.  They end with
 * INFLATE_WINDOW at a zstd frame that wants a window of more than 8 MiB
 * (RFC 9659), and brotli's that wants a large one. */
struct body_decoder *decoder_zlib(enum zlib_format format);
struct body_decoder *decoder_zstd(void);
struct body_decoder *decoder_brotli(void);

enum stream_is { STREAM_NOT, STREAM_BEGUN, STREAM_WHOLE };

/* Whether s is such a stream, or may be the beginning of one. */
enum stream_is zlib_is(struct slice s, enum zlib_format format);
enum stream_is brotli_is(struct slice s);
/* What has zstd's magic number: INFLATE_WHOLE when its first frame can be
 * decoded, else why not. */
enum inflate_end zstd_begins(struct slice s);

#endif
