/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* ws_inflate.c: permessage-deflate, whose window may go from message to
 * message. */
#include "proto/ws_inflate.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/xalloc.h"
#include "proto/inflate_layer.h"

/* Its state and its window, about. */
#define WS_ZLIB ((size_t)40 << 10)

struct ws_inflate {
	void (*put)(void *arg, struct slice bytes);
	void *arg;
	struct decode_budget *budget;
	z_stream z;
	uint64_t given; /* bytes of the message at hand, */
	uint64_t made;	/* ... and of what it is decoded to */
};

struct ws_inflate *
ws_inflate_new(void (*put)(void *arg, struct slice bytes), void *arg)
{
	struct ws_inflate *x = xcalloc(1, sizeof *x);

	x->put = put;
	x->arg = arg;
	x->z.zalloc = calloc_for;
	x->z.zfree = free_for;
	if (inflateInit2(&x->z, ZLIB_RAW) != Z_OK) {
		free(x);
		xalloc_fail();
	}
	return x;
}

void
ws_inflate_budget(struct ws_inflate *x, struct decode_budget *b)
{
	x->budget = b;
}

void
ws_inflate_free(struct ws_inflate *x)
{
	if (x == NULL)
		return;
	inflateEnd(&x->z);
	free(x);
}

size_t
ws_inflate_memory(void)
{
	return sizeof(struct ws_inflate) + WS_ZLIB;
}

void
ws_inflate_begin(struct ws_inflate *x, bool takeover)
{
	x->given = x->made = 0;
	if (!takeover)
		inflateReset(&x->z);
}

/* Whether so many bytes more may be made. */
static bool
may_make(struct ws_inflate *x, size_t n)
{
	uint64_t ratio = decode_budget_ratio(x->budget);

	x->made += n;
	if (x->made > LIMIT_RATIO_FROM && x->made / ratio > x->given)
		return false;
	return decode_budget_take(x->budget, n);
}

enum inflate_end
ws_inflate_put(struct ws_inflate *x, struct slice payload)
{
	uint8_t out[16384];
	int rc;

	x->given += payload.n;
	/* zlib's pointer to input is not const in older versions. */
	x->z.next_in = (Bytef *)(uintptr_t)payload.p;
	x->z.avail_in = (uInt)payload.n;
	do {
		size_t n;

		x->z.next_out = out;
		x->z.avail_out = sizeof out;
		rc = inflate(&x->z, Z_SYNC_FLUSH);
		n = sizeof out - x->z.avail_out;
		if (rc == Z_MEM_ERROR)
			xalloc_fail();
		if (n > 0 && !may_make(x, n))
			return INFLATE_RATIO;
		if (n > 0)
			x->put(x->arg, (struct slice){ out, n });
		/* A last block may be followed by more (RFC 7692, 7.2.3.4). */
		if (rc == Z_STREAM_END && inflateResetKeep(&x->z) != Z_OK)
			return INFLATE_CORRUPT;
	} while ((rc == Z_OK && x->z.avail_out == 0) ||
	    (rc == Z_STREAM_END && x->z.avail_in > 0));
	return rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR ?
	    INFLATE_WHOLE :
	    INFLATE_CORRUPT;
}

enum inflate_end
ws_inflate_end(struct ws_inflate *x)
{
	/* What the sender has left out of the end. */
	static const uint8_t tail[] = { 0x00, 0x00, 0xff, 0xff };

	return ws_inflate_put(x, (struct slice){ tail, sizeof tail });
}
