/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* inflate_layer.c: what the decoders of zlib, brotli and zstd have in common. */
#include "proto/inflate_layer.h"

bool
decoder_layer_refill(struct decoder_layer *l)
{
	return l->in.n > 0 || layer_next(l->layer.below, &l->in);
}

void
decoder_layer_end(struct decoder_layer *l, enum inflate_end end)
{
	l->over = true;
	l->layer.end = end;
}

bool
decoder_layer_next(struct coding_layer *layer, struct slice *piece)
{
	struct decoder_layer *l = (struct decoder_layer *)layer;

	while (!l->over) {
		size_t made;

		if (!l->more && !decoder_layer_refill(l)) {
			decoder_layer_end(l, l->at_end);
			break;
		}
		made = l->step(l);
		if (made > 0) {
			*piece = (struct slice){ l->out, made };
			return true;
		}
	}
	return false;
}
