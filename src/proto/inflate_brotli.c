/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* inflate_brotli.c: brotli (RFC 7932), where configure found the library. */
#include "proto/inflate_layer.h"

#ifdef HAVE_BROTLI

#include <brotli/decode.h>
#include <stdlib.h>

#include "base/xalloc.h"

struct brotli_layer {
	struct decoder_layer base;
	BrotliDecoderState *state;
};

static size_t
brotli_step(struct decoder_layer *d)
{
	struct brotli_layer *l = (struct brotli_layer *)d;
	uint8_t *out = d->out;
	size_t room = sizeof d->out;

	d->more = false;
	switch (BrotliDecoderDecompressStream(l->state, &d->in.n, &d->in.p,
	    &room, &out, NULL)) {
	case BROTLI_DECODER_RESULT_SUCCESS:
		decoder_layer_end(d, INFLATE_WHOLE);
		break;
	case BROTLI_DECODER_RESULT_ERROR:
		decoder_layer_end(d, INFLATE_CORRUPT);
		break;
	case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
		d->more = true;
		break;
	case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
		break;
	}
	return sizeof d->out - room;
}

static void
brotli_free(struct coding_layer *layer)
{
	struct brotli_layer *l = (struct brotli_layer *)layer;

	BrotliDecoderDestroyInstance(l->state);
	free(l);
}

struct coding_layer *
layer_brotli(struct coding_layer *below)
{
	static const struct coding_layer_ops ops = { decoder_layer_next,
		brotli_free };
	struct brotli_layer *l = xcalloc(1, sizeof *l);

	l->base.layer = (struct coding_layer){ .ops = &ops, .below = below };
	l->base.step = brotli_step;
	l->base.at_end = INFLATE_CUT;
	l->state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	if (l->state == NULL)
		decoder_layer_end(&l->base, INFLATE_CORRUPT);
	return &l->base.layer;
}

enum stream_is
brotli_is(struct slice s)
{
	BrotliDecoderState *state =
	    BrotliDecoderCreateInstance(NULL, NULL, NULL);
	BrotliDecoderResult rc;
	uint8_t buf[4096];

	if (state == NULL)
		return STREAM_NOT;
	do {
		uint8_t *out = buf;
		size_t room = sizeof buf;

		rc = BrotliDecoderDecompressStream(state, &s.n, &s.p, &room,
		    &out, NULL);
	} while (rc == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT);
	BrotliDecoderDestroyInstance(state);
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

struct coding_layer *
layer_brotli(struct coding_layer *below)
{
	(void)below;
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
