/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* inflate_zlib.c: decodes gzip of one or more members, zlib, raw deflate. */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/xalloc.h"
#include "proto/inflate_layer.h"

#define OUT_SIZE 32768
/* First byte of a gzip member (RFC 1952, 2.3.1). */
#define GZIP_ID1 0x1f

struct zlib_layer {
	struct layer layer;
	z_stream z;
	struct slice in; /* of the layer below, not yet given to zlib */
	enum zlib_format format;
	bool begun;    /* this member has yielded bytes */
	bool complete; /* a member has ended, another may follow */
	bool over;
	uint8_t out[OUT_SIZE];
};

/* zlib's pointer to input is not const in older versions. */
static Bytef *
input(const uint8_t *p)
{
	return (Bytef *)(uintptr_t)p;
}

static bool
refill(struct zlib_layer *l)
{
	if (l->in.n == 0 && !layer_next(l->layer.below, &l->in))
		return false;
	return true;
}

static void
stop(struct zlib_layer *l, enum inflate_end end)
{
	l->over = true;
	l->layer.end = end;
}

/* What stands behind the last member, such as zeros, is no part of it. */
static void
member_ended(struct zlib_layer *l)
{
	l->complete = true;
	l->begun = false;
	if (l->format != ZLIB_GZIP || !refill(l) || l->in.p[0] != GZIP_ID1)
		stop(l, INFLATE_WHOLE);
	else if (inflateReset(&l->z) != Z_OK)
		stop(l, INFLATE_CORRUPT);
}

/* One call of zlib; returns how many bytes came out. */
static size_t
step(struct zlib_layer *l)
{
	uInt n = l->in.n < INT_MAX ? (uInt)l->in.n : INT_MAX;
	size_t made;
	int rc;

	l->z.next_in = input(l->in.p);
	l->z.avail_in = n;
	l->z.next_out = l->out;
	l->z.avail_out = sizeof l->out;
	rc = inflate(&l->z, Z_NO_FLUSH);
	n -= l->z.avail_in;
	l->in.p += n;
	l->in.n -= n;
	made = sizeof l->out - l->z.avail_out;
	l->begun |= made > 0;
	if (rc == Z_STREAM_END)
		member_ended(l);
	else if (rc != Z_OK && rc != Z_BUF_ERROR)
		stop(l,
		    l->complete && !l->begun ? INFLATE_WHOLE : INFLATE_CORRUPT);
	return made;
}

static bool
zlib_next(struct layer *layer, struct slice *piece)
{
	struct zlib_layer *l = (struct zlib_layer *)layer;

	while (!l->over) {
		size_t made;

		if (!refill(l)) {
			stop(l, INFLATE_CUT);
			break;
		}
		made = step(l);
		if (made > 0) {
			*piece = (struct slice){ l->out, made };
			return true;
		}
	}
	return false;
}

static void
zlib_free(struct layer *layer)
{
	struct zlib_layer *l = (struct zlib_layer *)layer;

	inflateEnd(&l->z);
	free(l);
}

struct layer *
layer_zlib(struct layer *below, enum zlib_format format)
{
	static const struct layer_ops ops = { zlib_next, zlib_free };
	struct zlib_layer *l = xcalloc(1, sizeof *l);

	l->layer = (struct layer){ .ops = &ops, .below = below };
	l->format = format;
	if (inflateInit2(&l->z, (int)format) != Z_OK)
		stop(l, INFLATE_CORRUPT);
	return &l->layer;
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
