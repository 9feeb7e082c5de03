/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* inflate_zstd.c: zstd (RFC 8878), where configure found the library. */
#include "base/limit.h"
#include "proto/inflate_layer.h"

#ifdef HAVE_ZSTD

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/xalloc.h"

/* The magic number and the longest header; a block's (RFC 8878, 3.1.1). */
#define HEAD_MAX 18
#define BLOCK_HEAD 3

/* A decoder, and where in a frame it is. */
struct frames {
	ZSTD_DCtx *ctx; /* owned */
	size_t given;	/* bytes of the frame's head, HEAD_MAX at most */
	size_t want;	/* what the last call said; 0: the frame is over */
};

struct zstd_decoder {
	struct body_decoder base;
	struct frames frames;
};

static struct frames
frames_new(void)
{
	struct frames f = { .given = 0 };

	do
		f.ctx = ZSTD_createDCtx();
	while (f.ctx == NULL && xalloc_again());
	if (f.ctx == NULL)
		xalloc_fail();
	/* A decoder of bodies need have no larger one (RFC 9659). */
	ZSTD_DCtx_setParameter(f.ctx, ZSTD_d_windowLogMax,
	    63 - __builtin_clzll(LIMIT_ZSTD_WINDOW));
	return f;
}

/*
 * How much of the input is given at once.  The head of a frame goes byte by
 * byte: when a small frame is there as a whole the library does not look at
 * its window, and it reads what zstd wrote before there was a standard.  Then
 * no call gets bytes of two blocks, as what the first yields would be lost
 * with a second that is corrupt.  So the result does not depend on the pieces
 * in which a body comes.
 */
static size_t
portion(const struct frames *f, size_t n)
{
	size_t max = f->given < HEAD_MAX || f->want <= BLOCK_HEAD ?
	    1 :
	    f->want - BLOCK_HEAD;

	return n < max ? n : max;
}

/* One call of the decoder; INFLATE_WHOLE as long as all is well. */
static enum inflate_end
frames_step(struct frames *f, struct slice *in, ZSTD_outBuffer *out)
{
	ZSTD_inBuffer some = { in->p, portion(f, in->n), 0 };

	f->given += f->given < HEAD_MAX ? some.size : 0;
	f->want = ZSTD_decompressStream(f->ctx, out, &some);
	*in = (struct slice){ in->p + some.pos, in->n - some.pos };
	if (f->want == 0)
		f->given = 0;
	switch (ZSTD_getErrorCode(f->want)) {
	case ZSTD_error_no_error:
		return INFLATE_WHOLE;
	case ZSTD_error_frameParameter_windowTooLarge:
		return INFLATE_WINDOW;
	case ZSTD_error_dictionary_wrong:
		return INFLATE_UNKNOWN;
	case ZSTD_error_memory_allocation:
		/* It cannot be asked again, but others may need it. */
		xalloc_again();
		xalloc_fail();
	default:
		return INFLATE_CORRUPT;
	}
}

static size_t
zstd_step(struct body_decoder *d, uint8_t *out, size_t room)
{
	struct zstd_decoder *l = (struct zstd_decoder *)d;
	ZSTD_outBuffer o = { out, room, 0 };
	enum inflate_end end = frames_step(&l->frames, &d->in, &o);

	d->more = o.pos == o.size;
	if (end != INFLATE_WHOLE)
		decoder_end(d, end);
	return o.pos;
}

static enum inflate_end
zstd_cut(const struct body_decoder *d)
{
	const struct zstd_decoder *l = (const struct zstd_decoder *)d;

	return l->frames.given > 0 ? INFLATE_CUT : INFLATE_WHOLE;
}

static size_t
zstd_memory(const struct body_decoder *d)
{
	const struct zstd_decoder *l = (const struct zstd_decoder *)d;

	return sizeof *l + ZSTD_sizeof_DCtx(l->frames.ctx);
}

static void
zstd_free(struct body_decoder *d)
{
	struct zstd_decoder *l = (struct zstd_decoder *)d;

	ZSTD_freeDCtx(l->frames.ctx);
	free(l);
}

struct body_decoder *
decoder_zstd(void)
{
	static const struct decoder_ops ops = { zstd_step, zstd_cut,
		zstd_memory, zstd_free };
	struct zstd_decoder *l = xcalloc(1, sizeof *l);

	l->base.ops = &ops;
	l->frames = frames_new();
	return &l->base;
}

enum inflate_end
zstd_begins(struct slice s)
{
	struct frames f = frames_new();
	enum inflate_end end = INFLATE_WHOLE;
	uint8_t byte;

	if (s.n > HEAD_MAX)
		s.n = HEAD_MAX;
	while (end == INFLATE_WHOLE && s.n > 0)
		end = frames_step(&f, &s, &(ZSTD_outBuffer){ &byte, 0, 0 });
	ZSTD_freeDCtx(f.ctx);
	return end == INFLATE_CORRUPT ? INFLATE_WHOLE : end;
}

bool
inflate_has_zstd(void)
{
	return true;
}

#else

struct body_decoder *
decoder_zstd(void)
{
	return NULL;
}

enum inflate_end
zstd_begins(struct slice s)
{
	(void)s;
	return INFLATE_UNKNOWN;
}

bool
inflate_has_zstd(void)
{
	return false;
}

#endif
