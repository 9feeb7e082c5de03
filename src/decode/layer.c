/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* layer.c: how one protocol's layer hands on to the next, and what layers know
 * of the decoder. */
#include "decode/copies.h"
#include "decode/decode_parts.h"

enum outcome
layer_skip_to(struct layer *l, size_t n, layer_fn *next)
{
	struct slice skipped;

	if (!layer_take(l, n, &skipped))
		return layer_short(l, n);
	return layer_go(l, next);
}

enum outcome
layer_by_key(struct layer *l, const struct layer_row *rows, size_t n,
    unsigned key, enum outcome otherwise)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].key == key)
			return layer_skip_to(l, rows[i].skip, rows[i].fn);
	}
	return otherwise;
}

enum outcome
layer_run(struct layer *l)
{
	enum outcome o;

	do {
		if (l->depth == DECODE_DEPTH_MAX)
			return DECODE_TOO_DEEP;
		l->depth++;
		o = l->next(l);
	} while (o == LAYER_NEXT);
	return o;
}

void
layer_emit(struct layer *l)
{
	l->seg.copy = copies_take(l->decoder->copies, &l->seg);
	l->decoder->emit(l->decoder->arg, &l->seg);
}

void
layer_note_datagram(const struct layer *l, const uint8_t *h)
{
	struct decoder *d = l->decoder;
	struct datagram *g = &d->datagram;
	size_t len = get_be16(h + 4);

	d->reached_udp = true;
	if (d->on_datagram == NULL)
		return;
	/* Length 0 is that of a jumbogram (RFC 2675 4). */
	len = len == 0 || len - 8 > l->len ? l->len : len - 8;
	*g = (struct datagram){
		.src = l->seg.src,
		.dst = l->seg.dst,
		.hop = l->seg.hop,
		.ip_len = l->seg.ip_len,
		.payload_len = (uint32_t)len,
		.payload = { l->cur.pos, cur_left(&l->cur) },
		.packet = l->packet->number,
		.ts_ns = l->packet->ts_ns,
		.ts_digits = l->packet->ts_digits,
	};
	g->src.port = get_be16(h);
	g->dst.port = get_be16(h + 2);
	if (g->payload.n > len)
		g->payload.n = len;
	d->has_datagram = true;
}

struct defrag *
layer_defrag(struct layer *l)
{
	return l->decoder->defrag;
}

struct teredo *
layer_teredo(struct layer *l)
{
	struct decoder *d = l->decoder;

	if (d->teredo == NULL)
		d->teredo = teredo_new();
	return d->teredo;
}

bool
layer_knows_teredo(const struct layer *l)
{
	return l->decoder->teredo != NULL;
}

struct ipcomp *
layer_ipcomp(struct layer *l)
{
	struct decoder *d = l->decoder;

	if (d->ipcomp == NULL)
		d->ipcomp = ipcomp_new();
	return d->ipcomp;
}
