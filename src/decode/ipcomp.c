/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* ipcomp.c: DEFLATE, a packet at a time, through zlib. */
#include "decode/ipcomp.h"

#include <stdint.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/xalloc.h"

#define DATAGRAM_MAX 65535

struct ipcomp {
	z_stream z;
	uint8_t out[DATAGRAM_MAX];
};

struct ipcomp *
ipcomp_new(void)
{
	struct ipcomp *c = xcalloc(1, sizeof(*c));

	c->z.zalloc = calloc_for;
	c->z.zfree = free_for;
	/* With a zlib that fits, memory is all that it may lack. */
	if (inflateInit2(&c->z, -MAX_WBITS) != Z_OK) {
		free(c);
		xalloc_fail();
	}
	return c;
}

void
ipcomp_free(struct ipcomp *c)
{
	if (c == NULL)
		return;
	inflateEnd(&c->z);
	free(c);
}

/* The two bytes that zlib (RFC 1950) begins with. */
static bool
has_zlib_header(struct slice packed)
{
	return packed.n >= 2 && (packed.p[0] & 0xf) == 8 &&
	    packed.p[0] >> 4 <= 7 && get_be16(packed.p) % 31 == 0;
}

static bool
inflate_as(struct ipcomp *c, int window, struct slice packed, bool is_cut,
    struct slice *out)
{
	int rc;

	if (packed.n > UINT32_MAX || inflateReset2(&c->z, window) != Z_OK)
		return false;
	c->z.next_in = packed.p;
	c->z.avail_in = (uInt)packed.n;
	c->z.next_out = c->out;
	c->z.avail_out = sizeof(c->out);
	rc = inflate(&c->z, Z_FINISH);
	if (rc == Z_MEM_ERROR)
		xalloc_fail();
	*out = (struct slice){ c->out, sizeof(c->out) - c->z.avail_out };
	return rc == Z_STREAM_END ||
	    (rc == Z_BUF_ERROR && is_cut && c->z.avail_in == 0 && out->n > 0);
}

bool
ipcomp_inflate(struct ipcomp *c, struct slice packed, bool is_cut,
    struct slice *out)
{
	if (packed.n == 0)
		return false;
	if (has_zlib_header(packed) &&
	    inflate_as(c, MAX_WBITS, packed, is_cut, out))
		return true;
	return inflate_as(c, -MAX_WBITS, packed, is_cut, out);
}
