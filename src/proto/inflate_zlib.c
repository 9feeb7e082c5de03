/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* inflate_zlib.c: decodes gzip of one or more members, zlib, raw deflate. */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/xalloc.h"
#include "proto/inflate_layer.h"

/* First byte of a gzip member (RFC 1952, 2.3.1). */
#define GZIP_ID1 0x1f

struct zlib_layer {
	struct decoder_layer base;
	z_stream z;
	enum zlib_format format;
	bool begun;    /* this member has yielded bytes */
	bool complete; /* a member has ended, another may follow */
};

/* zlib's pointer to input is not const in older versions. */
static Bytef *
input(const uint8_t *p)
{
	return (Bytef *)(uintptr_t)p;
}

static size_t
zlib_step(struct decoder_layer *d)
{
	struct zlib_layer *l = (struct zlib_layer *)d;
	uInt n = d->in.n < INT_MAX ? (uInt)d->in.n : INT_MAX;
	size_t made;
	int rc;

	l->z.next_in = input(d->in.p);
	l->z.avail_in = n;
	l->z.next_out = d->out;
	l->z.avail_out = sizeof d->out;
	rc = inflate(&l->z, Z_NO_FLUSH);
	n -= l->z.avail_in;
	d->in.p += n;
	d->in.n -= n;
	made = sizeof d->out - l->z.avail_out;
	l->begun |= made > 0;
	if (rc == Z_STREAM_END) {
		/* What stands behind the last member, such as zeros, is no
		 * part of it. */
		l->complete = true;
		l->begun = false;
		if (l->format != ZLIB_GZIP || !decoder_layer_refill(d) ||
		    d->in.p[0] != GZIP_ID1)
			decoder_layer_end(d, INFLATE_WHOLE);
		else if (inflateReset(&l->z) != Z_OK)
			decoder_layer_end(d, INFLATE_CORRUPT);
	} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
		decoder_layer_end(d,
		    l->complete && !l->begun ? INFLATE_WHOLE : INFLATE_CORRUPT);
	}
	return made;
}

static void
zlib_free(struct coding_layer *layer)
{
	struct zlib_layer *l = (struct zlib_layer *)layer;

	inflateEnd(&l->z);
	free(l);
}

struct coding_layer *
layer_zlib(struct coding_layer *below, enum zlib_format format)
{
	static const struct coding_layer_ops ops = { decoder_layer_next,
		zlib_free };
	struct zlib_layer *l = xcalloc(1, sizeof *l);

	l->base.layer = (struct coding_layer){ .ops = &ops, .below = below };
	l->base.step = zlib_step;
	l->base.at_end = INFLATE_CUT;
	l->format = format;
	if (inflateInit2(&l->z, (int)format) != Z_OK)
		decoder_layer_end(&l->base, INFLATE_CORRUPT);
	return &l->base.layer;
}

enum stream_is
zlib_is(struct slice s, enum zlib_format format)
{
	z_stream z = { .next_in = input(s.p), .avail_in = (uInt)s.n };
	uint8_t out[4096];
	int rc;

	if (inflateInit2(&z, (int)format) != Z_OK)
		return STREAM_NOT;
	do {
		z.next_out = out;
		z.avail_out = sizeof out;
		rc = inflate(&z, Z_NO_FLUSH);
	} while (rc == Z_OK && (z.avail_in > 0 || z.avail_out == 0));
	inflateEnd(&z);
	if (rc == Z_STREAM_END)
		return STREAM_WHOLE;
	return rc == Z_OK || rc == Z_BUF_ERROR ? STREAM_BEGUN : STREAM_NOT;
}
