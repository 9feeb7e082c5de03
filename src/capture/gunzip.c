/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* gunzip.c: undoes gzip with zlib, from one window straight into the next. */
#include "capture/gunzip.h"

#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/xalloc.h"

/* zlib's own offset to windowBits for a gzip header and trailer. */
#define GZIP_WINDOW (MAX_WBITS + 16)

static const uint8_t magic[] = { 0x1f, 0x8b, 0x08 };

struct gunzip {
	struct source *in;
	z_stream z;
	bool between; /* a member has just ended */
};

static uInt
at_most_uint(size_t n)
{
	return n < UINT_MAX ? (uInt)n : UINT_MAX;
}

/* Ends out because in has no more bytes. */
static void
stop_ended(const struct source *in, struct source *out,
    enum capture_status status, const char *why)
{
	if (in->state == CAPTURE_IO)
		source_stop(out, CAPTURE_IO, "%s", in->why);
	else
		source_stop(out, status, "%s", why);
}

/* True when a further member, or a piece of its magic, follows; otherwise out
 * has ended: zeros are padding, anything else is no part of the file. */
static bool
next_member(struct gunzip *g, struct source *out)
{
	struct source *in = g->in;
	size_t n = 0;

	while (n < sizeof(magic) && source_need(in, n + 1) != NULL &&
	    in->pos[n] == magic[n])
		n++;
	if (n == 0 || (n < sizeof(magic) && source_left(in) > n)) {
		while (source_need(in, 1) != NULL && *in->pos == 0)
			in->pos++;
		if (source_left(in) > 0)
			source_stop(out, CAPTURE_CORRUPT,
			    "gzip: garbage after the end");
		else
			stop_ended(in, out, CAPTURE_END, "");
		return false;
	}
	g->between = false;
	inflateReset(&g->z);
	return true;
}

/* Inflates what there is in the window; zlib's status. */
static int
inflate_some(struct gunzip *g)
{
	struct source *in = g->in;
	int rc;

	g->z.next_in = in->pos;
	g->z.avail_in = at_most_uint(source_left(in));
	rc = inflate(&g->z, Z_NO_FLUSH);
	in->pos = g->z.next_in;
	g->between = rc == Z_STREAM_END;
	return rc;
}

/* True when inflating can go on after rc; otherwise out has ended. */
static bool
can_go_on(struct gunzip *g, struct source *out, int rc)
{
	if (rc == Z_OK || rc == Z_STREAM_END)
		return true;
	if (rc == Z_MEM_ERROR)
		xalloc_fail();
	if (rc == Z_BUF_ERROR && g->z.avail_in == 0) {
		if (source_need(g->in, 1) != NULL)
			return true;
		stop_ended(g->in, out, CAPTURE_CUT, "gzip: ends too early");
		return false;
	}
	source_stop(out, CAPTURE_CORRUPT, "gzip: %s",
	    g->z.msg != NULL ? g->z.msg : "cannot be unpacked");
	return false;
}

/* What came before an error is handed out first: zlib repeats the error. */
static size_t
read_plain(struct source *out, uint8_t *p, size_t n)
{
	struct gunzip *g = out->ctx;

	g->z.next_out = p;
	g->z.avail_out = at_most_uint(n);
	while (g->z.next_out == p) {
		int rc;

		if (g->between && !next_member(g, out))
			return 0;
		rc = inflate_some(g);
		if (g->z.next_out == p && !can_go_on(g, out, rc))
			return 0;
	}
	return (size_t)(g->z.next_out - p);
}

struct gunzip *
gunzip_new(struct source *in, struct source *out)
{
	struct gunzip *g = xcalloc(1, sizeof(*g));

	g->in = in;
	g->z.zalloc = calloc_for;
	g->z.zfree = free_for;
	/* With a zlib that fits, memory is all that it may lack. */
	if (inflateInit2(&g->z, GZIP_WINDOW) != Z_OK) {
		free(g);
		xalloc_fail();
	}
	source_init_read(out, read_plain, g);
	return g;
}

void
gunzip_free(struct gunzip *g)
{
	if (g == NULL)
		return;
	inflateEnd(&g->z);
	free(g);
}
