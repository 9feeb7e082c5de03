/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* inflate_brotli.c: brotli (RFC 7932), where configure found the library. */
#include "proto/inflate_layer.h"

#ifdef HAVE_BROTLI

#include <brotli/decode.h>
#include <stdlib.h>

#include "base/xalloc.h"

#define OUT_SIZE 32768

struct brotli_layer {
	struct layer layer;
	BrotliDecoderState *state;
	struct slice in;
	bool more; /* output waits in the decoder */
	bool over;
	uint8_t out[OUT_SIZE];
};

static void
stop(struct brotli_layer *l, enum inflate_end end)
{
	l->over = true;
	l->layer.end = end;
}

/* One call of the decoder; returns how many bytes came out. */
static size_t
step(struct brotli_layer *l)
{
	uint8_t *out = l->out;
	size_t room = sizeof l->out;

	l->more = false;
	switch (BrotliDecoderDecompressStream(l->state, &l->in.n, &l->in.p,
	    &room, &out, NULL)) {
	case BROTLI_DECODER_RESULT_SUCCESS:
		stop(l, INFLATE_WHOLE);
		break;
	case BROTLI_DECODER_RESULT_ERROR:
		stop(l, INFLATE_CORRUPT);
		break;
	case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
		l->more = true;
		break;
	case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
		break;
	}
	return sizeof l->out - room;
}

static bool
brotli_next(struct layer *layer, struct slice *piece)
{
	struct brotli_layer *l = (struct brotli_layer *)layer;

	while (!l->over) {
		size_t made;

		if (!l->more && l->in.n == 0 &&
		    !layer_next(l->layer.below, &l->in)) {
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
brotli_free(struct layer *layer)
{
	struct brotli_layer *l = (struct brotli_layer *)layer;

	BrotliDecoderDestroyInstance(l->state);
	free(l);
}

struct layer *
layer_brotli(struct layer *below)
{
	static const struct layer_ops ops = { brotli_next, brotli_free };
	struct brotli_layer *l = xcalloc(1, sizeof *l);

	l->layer = (struct layer){ .ops = &ops, .below = below };
	l->state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	if (l->state == NULL)
		stop(l, INFLATE_CORRUPT);
	return &l->layer;
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

struct layer *
layer_brotli(struct layer *below)
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
