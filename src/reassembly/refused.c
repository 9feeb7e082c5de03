/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * refused.c: bytes that no receiver would have taken, as far as we can tell.
 *
 * They wait apart from all others, at their positions, and move nothing.  A
 * tap sees less than a receiver: where the peer acknowledged such bytes and no
 * other copy of them was captured, they were taken after all.
 */
#include "base/buf.h"
#include "reassembly/stream_parts.h"

/* Keeps the bytes [from, to) of n. */
static void
put(struct stream_rare *r, const struct stream_env *env,
    const struct queued_segment *n, struct slice bytes, uint64_t from,
    uint64_t to)
{
	for (uint64_t at = from, end; at < to; at = end) {
		struct queued_segment part = *n;

		end =
		    to - at < QUEUED_SEGMENT_MAX ? to : at + QUEUED_SEGMENT_MAX;
		part.pos = at;
		part.len = (uint32_t)(end - at);
		segment_queue_insert(&r->refused, env->keep, &part,
		    (struct slice){ bytes.p + (at - n->pos), part.len });
	}
}

void
stream_put_refused(struct stream *s, const struct stream_env *env,
    const struct queued_segment *n, struct slice bytes)
{
	struct stream_rare *r = stream_rare(s, env);
	uint64_t at = n->pos, end = n->pos + n->len;

	while (at < end) {
		struct segment_queue_place place;
		const struct queued_segment *next =
		    segment_queue_find(&r->refused, at, &place);
		uint64_t to = end;

		if (next != NULL && next->pos <= at) {
			at = next->pos + next->len;
			continue;
		}
		if (next != NULL && next->pos < end)
			to = next->pos;
		put(r, env, n, bytes, at, to);
		at = to;
	}
}

void
stream_purge_refused(struct stream_rare *r, const struct stream_env *env,
    uint64_t pos)
{
	struct queued_segment *n;

	while ((n = segment_queue_first(&r->refused)) != NULL && n->pos < pos) {
		uint64_t end = n->pos + n->len;

		segment_queue_carve(&r->refused, env->keep, n, n->pos,
		    end < pos ? end : pos);
	}
}

bool
stream_may_use(const struct stream *s, const struct queued_segment *n,
    bool final)
{
	/* An octet that was set aside lies within the stream after all. */
	if (n->why == REFUSAL_NONE)
		return true;
	/* The last number that was acknowledged is the FIN's, and no byte. */
	if (s->acked == s->fin + 1 && s->fin != STREAM_NO_FIN &&
	    n->pos + n->len > s->fin)
		return false;
	return s->acked >= n->pos + n->len ||
	    (final && s->rare->peer_packet < n->stamp.packet);
}

uint64_t
stream_refused_end(const struct stream *s)
{
	const struct segment_queue_leaf *last;

	if (s->rare == NULL || s->rare->refused.n == 0)
		return 0;
	last = s->rare->refused.last;
	return last->v[last->end - 1].pos + last->v[last->end - 1].len;
}

void
stream_peer_spoke(struct stream *s, uint64_t packet)
{
	if (s->rare != NULL)
		s->rare->peer_packet = packet;
}

bool
stream_lives_on_refused(const struct stream *s)
{
	struct segment_queue_place place;
	const struct queued_segment *n;

	if (s->rare == NULL || s->rare->refused.n == 0)
		return false;
	n = segment_queue_find(&s->rare->refused, s->seen_end, &place);
	return n != NULL && stream_may_use(s, n, false);
}

/* Takes one segment out of those that wait in order. */
static void
move(struct stream *s, const struct stream_env *env, struct queued_segment *n)
{
	struct queued_segment copy = segment_queue_take(&s->rare->held, n);
	struct buf into = { 0 };

	copy.why = REFUSAL_PAST_FIN;
	if (copy.pos == copy.orig_pos)
		stream_count_refused(s, env, REFUSAL_PAST_FIN);
	if (copy.form != QUEUED_CUT)
		stream_put_refused(s, env, &copy,
		    segment_queue_read(env->keep, &copy, &into));
	segment_queue_drop(env->keep, &copy);
	buf_free(&into);
}

void
stream_refuse_past_fin(struct stream *s, const struct stream_env *env)
{
	struct segment_queue_place place;
	struct queued_segment *n;

	if (s->seen_end <= s->fin || (s->settled && s->next > s->fin))
		return;
	while ((n = segment_queue_find(&s->rare->held, s->fin, &place)) != NULL)
		if (n->pos < s->fin)
			segment_queue_carve(&s->rare->held, env->keep, n,
			    s->fin, n->pos + n->len);
		else
			move(s, env, n);
	s->seen_end = s->fin;
	if (s->low > s->fin)
		s->low = s->fin;
}
