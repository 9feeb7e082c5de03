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

/* ------------------------------------------------- behind what is not there */

/* The highest stream that there can be behind the hole. */
static uint32_t
highest(const struct http2 *h, const struct h2_side *s)
{
	uint32_t top = h->last[0] > h->last[1] ? h->last[0] : h->last[1];
	uint64_t more = s->missing / H2_HEADER + 1;

	return more < (INT32_MAX - top) / 2 ? top + 2 * (uint32_t)more :
					      INT32_MAX;
}

/* Whether a frame stands at p, and another behind it; *more when that cannot be
 * said yet. */
static bool
chains(const struct h2_side *s, uint32_t top, bool *more)
{
	const uint8_t *p = s->seek.p + s->seek_at;
	size_t left = s->seek.n - s->seek_at;
	struct h2_frame f;

	*more = left < H2_HEADER;
	if (*more)
		return false;
	h2_frame_read(&f, p);
	if (!h2_frame_is_likely(&f, top))
		return false;
	*more = left - H2_HEADER < f.len + (size_t)H2_HEADER;
	if (*more)
		return false;
	h2_frame_read(&f, p + H2_HEADER + f.len);
	return h2_frame_is_likely(&f, top);
}

/* Frames begin at seek_at: reads what has come of them.  The spans are told. */
static void
resume(struct http2 *h, int dir)
{
	struct h2_side *s = &h->side[dir];
	const struct chunk *turn = h->turn;
	struct buf held = s->seek;
	struct chunk c = *turn;
	struct cur in = cur_of(held.p + s->seek_at, held.n - s->seek_at);

	c.bytes = (struct slice){ in.pos, cur_left(&in) };
	c.off = turn->off + turn->bytes.n - c.bytes.n;
	s->seek = (struct buf){ 0 };
	s->state = H2_FRAME;
	s->n_head = 0;
	h->turn = &c;
	h->told = c.bytes.n;
	h->replayed = true;
	while (cur_left(&in) > 0)
		h2_take(h, dir, &in);
	h->replayed = false;
	h->turn = turn;
	h->told = turn->bytes.n;
	buf_free(&held);
}

void
h2_take_seek(struct http2 *h, int dir, struct cur *c)
{
	struct h2_side *s = &h->side[dir];
	uint32_t top = highest(h, s);
	struct slice in;
	bool found, more;

	cur_take(c, cur_left(c), &in);
	h2_span(h, c->pos, NULL, "h2 behind a hole");
	buf_put(&s->seek, in.p, in.n);
	while (!(found = chains(s, top, &more)) && !more)
		s->seek_at++;
	if (found) {
		resume(h, dir);
		return;
	}
	buf_drop(&s->seek, s->seek_at);
	s->seek_at = 0;
}
