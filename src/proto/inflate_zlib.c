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
/* What zlib takes for its state, and its window. */
#define ZLIB_STATE ((size_t)40 << 10)

struct zlib_decoder {
	struct body_decoder base;
	z_stream z;
	enum zlib_format format;
	bool begun;    /* this member has yielded bytes */
	bool complete; /* a member has ended, another may follow */
	bool between;  /* ... and nothing has come behind it */
};

/* zlib's pointer to input is not const in older versions. */
static Bytef *
input(const uint8_t *p)
{
	return (Bytef *)(uintptr_t)p;
}

/* What stands behind the last member, such as zeros, is no part of it. */
static void
begin_member(struct zlib_decoder *l)
{
	l->between = false;
	l->begun = false;
	if (l->base.in.p[0] != GZIP_ID1)
		decoder_end(&l->base, INFLATE_WHOLE);
	else if (inflateReset(&l->z) != Z_OK)
		decoder_end(&l->base, INFLATE_CORRUPT);
}

static void
end_member(struct zlib_decoder *l)
{
	l->complete = l->between = true;
	l->base.more = false;
	if (l->format != ZLIB_GZIP)
		decoder_end(&l->base, INFLATE_WHOLE);
}

static size_t
zlib_step(struct body_decoder *d, uint8_t *out, size_t room)
{
	struct zlib_decoder *l = (struct zlib_decoder *)d;
	uInt n = d->in.n < INT_MAX ? (uInt)d->in.n : INT_MAX;
	size_t made;
	int rc;

	if (l->between)
		begin_member(l);
	if (d->over)
		return 0;
	l->z.next_in = input(d->in.p);
	l->z.avail_in = n;
	l->z.next_out = out;
	l->z.avail_out = (uInt)room;
	rc = inflate(&l->z, Z_NO_FLUSH);
	n -= l->z.avail_in;
	d->in.p += n;
	d->in.n -= n;
	made = room - l->z.avail_out;
	d->more = l->z.avail_out == 0;
	l->begun |= made > 0;
	if (rc == Z_MEM_ERROR)
		xalloc_fail();
	if (rc == Z_STREAM_END)
		end_member(l);
	else if (rc != Z_OK && rc != Z_BUF_ERROR)
		decoder_end(d,
		    l->complete && !l->begun ? INFLATE_WHOLE : INFLATE_CORRUPT);
	return made;
}

static enum inflate_end
zlib_cut(const struct body_decoder *d)
{
	return ((const struct zlib_decoder *)d)->between ? INFLATE_WHOLE :
							   INFLATE_CUT;
}

static size_t
zlib_memory(const struct body_decoder *d)
{
	(void)d;
	return sizeof(struct zlib_decoder) + ZLIB_STATE;
}

static void
zlib_free(struct body_decoder *d)
{
	struct zlib_decoder *l = (struct zlib_decoder *)d;

	inflateEnd(&l->z);
	free(l);
}

struct body_decoder *
decoder_zlib(enum zlib_format format)
{
	static const struct decoder_ops ops = { zlib_step, zlib_cut,
		zlib_memory, zlib_free };
	struct zlib_decoder *l = xcalloc(1, sizeof *l);

	l->base.ops = &ops;
	l->format = format;
	l->z.zalloc = calloc_for;
	l->z.zfree = free_for;
	/* With a zlib that fits, memory is all that it may lack. */
	if (inflateInit2(&l->z, (int)format) != Z_OK) {
		free(l);
		xalloc_fail();
	}
	return &l->base;
}

enum stream_is
zlib_is(struct slice s, enum zlib_format format)
{
	z_stream z = { .next_in = input(s.p),
		.avail_in = (uInt)s.n,
		.zalloc = calloc_for,
		.zfree = free_for };
	uint8_t out[4096];
	int rc;

	if (inflateInit2(&z, (int)format) != Z_OK)
		xalloc_fail();
	do {
		z.next_out = out;
		z.avail_out = sizeof out;
		rc = inflate(&z, Z_NO_FLUSH);
	} while (rc == Z_OK && (z.avail_in > 0 || z.avail_out == 0));
	inflateEnd(&z);
	if (rc == Z_MEM_ERROR)
		xalloc_fail();
	if (rc == Z_STREAM_END)
		return STREAM_WHOLE;
	return rc == Z_OK || rc == Z_BUF_ERROR ? STREAM_BEGUN : STREAM_NOT;
}
