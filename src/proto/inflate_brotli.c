/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* inflate_brotli.c: brotli (RFC 7932), where configure found the library. */
#include "proto/inflate_layer.h"

#ifdef HAVE_BROTLI

#include <brotli/decode.h>
#include <stdlib.h>

#include "base/xalloc.h"

struct brotli_decoder {
	struct body_decoder base;
	BrotliDecoderState *state;
	size_t taken; /* bytes of memory that the library has had */
};

/* The library frees pieces only when it is done, or grows its window. */
static void *
take_memory(void *arg, size_t n)
{
	*(size_t *)arg += n;
	return malloc_for(arg, n);
}

static void
give_memory(void *arg, void *p)
{
	(void)arg;
	free(p);
}

/* The library has no call that asks for just that. */
static bool
lacks_memory(const BrotliDecoderState *state)
{
	BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state);

	return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
	    code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
}

static size_t
brotli_step(struct body_decoder *d, uint8_t *out, size_t room)
{
	struct brotli_decoder *l = (struct brotli_decoder *)d;
	size_t left = room;

	d->more = false;
	switch (BrotliDecoderDecompressStream(l->state, &d->in.n, &d->in.p,
	    &left, &out, NULL)) {
	case BROTLI_DECODER_RESULT_SUCCESS:
		decoder_end(d, INFLATE_WHOLE);
		break;
	case BROTLI_DECODER_RESULT_ERROR:
		if (lacks_memory(l->state))
			xalloc_fail();
		decoder_end(d, INFLATE_CORRUPT);
		break;
	case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
		d->more = true;
		break;
	case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
		break;
	}
	return room - left;
}

static enum inflate_end
brotli_cut(const struct body_decoder *d)
{
	(void)d;
	return INFLATE_CUT;
}

static size_t
brotli_memory(const struct body_decoder *d)
{
	const struct brotli_decoder *l = (const struct brotli_decoder *)d;

	return sizeof *l + l->taken;
}

static void
brotli_free(struct body_decoder *d)
{
	struct brotli_decoder *l = (struct brotli_decoder *)d;

	BrotliDecoderDestroyInstance(l->state);
	free(l);
}

struct body_decoder *
decoder_brotli(void)
{
	static const struct decoder_ops ops = { brotli_step, brotli_cut,
		brotli_memory, brotli_free };
	struct brotli_decoder *l = xcalloc(1, sizeof *l);

	l->base.ops = &ops;
	l->state =
	    BrotliDecoderCreateInstance(take_memory, give_memory, &l->taken);
	if (l->state == NULL) {
		free(l);
		xalloc_fail();
	}
	return &l->base;
}

enum stream_is
brotli_is(struct slice s)
{
	size_t taken = 0;
	BrotliDecoderState *state =
	    BrotliDecoderCreateInstance(take_memory, give_memory, &taken);
	BrotliDecoderResult rc;
	uint8_t buf[4096];
	bool no_memory;

	if (state == NULL)
		xalloc_fail();
	do {
		uint8_t *out = buf;
		size_t room = sizeof buf;

		rc = BrotliDecoderDecompressStream(state, &s.n, &s.p, &room,
		    &out, NULL);
	} while (rc == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT);
	no_memory = rc == BROTLI_DECODER_RESULT_ERROR && lacks_memory(state);
	BrotliDecoderDestroyInstance(state);
	if (no_memory)
		xalloc_fail();
	if (rc == BROTLI_DECODER_RESULT_SUCCESS)
		return STREAM_WHOLE;
	return rc == BROTLI_DECODER_RESULT_ERROR ? STREAM_NOT : STREAM_BEGUN;
}

bool
inflate_has_brotli(void)
{
	return true;
}

#else

struct body_decoder *
decoder_brotli(void)
{
	return NULL;
}

enum stream_is
brotli_is(struct slice s)
{
	(void)s;
	return STREAM_NOT;
}

bool
inflate_has_brotli(void)
{
	return false;
}

#endif
