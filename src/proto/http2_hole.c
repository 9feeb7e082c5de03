/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http2_hole.c: what is missing in HTTP/2, and where it goes on behind it. */
#include "proto/http2_parts.h"

/* Whether the gap costs nothing but bytes of the payload at hand: what of them
 * is data is told, and of a block what would have been in the table. */
static bool
bridge(struct http2 *h, int dir, const struct gap *g)
{
	struct h2_side *s = &h->side[dir];
	struct gap part = *g;
	struct h2_stream *x;
	struct h2_message *o;

	if (s->state != H2_PAYLOAD || s->n_prefix < s->prefix_len ||
	    g->len > s->left || !gap_is_exact(g))
		return false;
	s->lost |= h2_frame_has_block(&s->frame);
	x = h2_data_stream(h, dir);
	o = x != NULL ? h2_stream_message(h, dir, x) : NULL;
	if (part.len > s->left - s->pad)
		part.len = s->left - s->pad;
	if (x != NULL && x->ws != NULL && part.len > 0)
		websocket_gap(x->ws, dir, &part);
	if (o != NULL && part.len > 0) {
		o->m.holed = true;
		h->events->hole(h->owner, &o->m, &part);
	}
	s->left -= (uint32_t)g->len;
	if (s->pad > s->left)
		s->pad = s->left;
	if (s->left == 0)
		h2_frame_end(h, dir);
	return true;
}

/* What of the frame at hand is missing for sure. */
static void
lose_rest(struct http2 *h, int dir, const struct gap *g)
{
	struct h2_side *s = &h->side[dir];
	struct h2_stream *x;
	struct h2_message *o;
	struct gap part = *g;

	if (s->state != H2_PAYLOAD || s->frame.type != H2_DATA ||
	    s->left == s->pad)
		return;
	x = h2_stream_find(h, s->frame.stream);
	o = x != NULL ? h2_stream_message(h, dir, x) : NULL;
	if (part.len > s->left - s->pad)
		part.len = s->left - s->pad;
	if (o == NULL)
		return;
	o->m.holed = true;
	h->events->hole(h->owner, &o->m, &part);
}

void
http2_gap(struct http2 *h, int dir, const struct gap *g)
{
	struct h2_side *s = &h->side[dir];

	s->pos += g->len;
	if (s->state == H2_OPAQUE || bridge(h, dir, g))
		return;
	if (s->state != H2_SEEK) {
		lose_rest(h, dir, g);
		s->missing = 0;
		if (s->lost_pos == 0)
			s->lost_at = h->last[1];
	}
	s->lost = true;
	s->lost_pos = s->pos;
	s->missing += g->len + s->seek.n;
	s->block = s->promised = 0;
	s->begun = false;
	buf_free(&s->seek);
	s->seek_at = 0;
	s->greeted = true;
	s->state = H2_SEEK;
	h2_streams_hole(h, dir, g);
}
