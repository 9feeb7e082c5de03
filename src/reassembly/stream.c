/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * stream.c: one direction: where its numbers lie, how it begins and ends, and
 * what goes on in order.
 *
 * In-order payload goes straight on; everything else is held, sorted by
 * position, until what is before it has come or is known to be missing.
 */
#include "reassembly/stream.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "reassembly/stream_parts.h"

void
stream_init(struct stream *s)
{
	*s = (struct stream){ .fin = STREAM_NO_FIN };
}

void
stream_fini(struct stream *s, const struct stream_env *env)
{
	stream_forget_recent(s, env);
	if (s->rare != NULL)
		stream_rare_free(s, env);
}

/* ---- numbers ---- */

uint64_t
stream_known_end(const struct stream *s)
{
	uint64_t end = s->seen_end > s->acked ? s->seen_end : s->acked;

	if (s->settled && s->base > end)
		end = s->base;
	return end > 0 ? end : STREAM_ORIGIN;
}

uint64_t
stream_position(const struct stream *s, uint32_t seq)
{
	uint64_t known = stream_known_end(s);
	uint32_t known_seq = s->origin_seq + (uint32_t)(known - STREAM_ORIGIN);

	return known + (uint64_t)(int64_t)(int32_t)(seq - known_seq);
}

uint64_t
stream_place_of(const struct stream *s, const struct stream_env *env,
    uint32_t seq)
{
	uint64_t pos = stream_position(s, seq), first = stream_known_end(s);

	if (s->settled)
		first = s->base;
	else if (s->low > 0)
		first = s->low;
	if (env->far && pos + env->cfg->max_gap < first)
		pos += (uint64_t)1 << 32;
	return pos;
}

bool
stream_near(const struct stream *s, const struct stream_env *env, uint64_t pos,
    uint64_t len)
{
	uint64_t known = stream_known_end(s), max_gap = env->cfg->max_gap;

	if (env->far)
		return true;
	if (pos > known && pos - known > max_gap)
		return false;
	if (s->settled || s->low == 0)
		return true;
	return pos + len >= s->low || s->low - (pos + len) <= max_gap;
}

uint64_t
stream_skipped(const struct stream *s)
{
	uint64_t known = stream_known_end(s), at = known;
	uint64_t skipped = s->rare != NULL ? s->rare->skipped : 0;

	if (s->settled)
		at = s->next;
	else if (s->low > 0)
		at = s->low;
	if (known > at)
		skipped += known - at;
	at = stream_held(s);
	return skipped > at ? skipped - at : 0;
}

void
stream_lost(struct stream *s, const struct stream_env *env, uint32_t seq,
    uint32_t len)
{
	if (s->has_origin && len > 0)
		stream_add_lost(stream_rare(s, env), env,
		    (struct range){ stream_position(s, seq), len });
}

void
stream_hear(struct stream *s, uint32_t seq)
{
	if (s->has_origin)
		return;
	s->has_origin = true;
	s->origin_seq = seq;
}

/* ---- what goes on in order ---- */

uint64_t
stream_offset(const struct stream *s, uint64_t pos)
{
	uint64_t off = pos - s->base;

	return pos > s->fin ? off - s->phantom : off;
}

/* Tells of a hole that ends at next. */
static void
emit_gap(struct stream *s, const struct stream_env *env, uint64_t off,
    uint64_t len, enum gap_reason reason)
{
	struct stream_rare *r = stream_rare(s, env);
	uint64_t max = env->cfg->max_bytes;
	struct gap g;

	if (reason != GAP_MAX_BYTES && (off >= max || len > max - off)) {
		uint64_t keep = off < max ? max - off : 0;

		r->cut += len - keep;
		len = keep;
		if (len == 0) {
			env->ops->skip(env->owner, env->e, s->next);
			return;
		}
	}
	g = (struct gap){ .off = off, .len = len, .reason = reason };
	stream_add_gap(r, env, &g);
	env->ops->gap(env->owner, env->e, s->next, &g);
}

/* Goes on to end, over a hole. */
static void
pass_gap(struct stream *s, const struct stream_env *env, uint64_t end,
    enum gap_reason reason)
{
	uint64_t pos = s->next;

	if (reason == GAP_NOT_CAPTURED && stream_has_lost(s, pos, end))
		reason = GAP_MEMORY;
	s->next = end;
	history_break(&s->recent);
	emit_gap(s, env, stream_offset(s, pos), end - pos, reason);
}

void
stream_deliver(struct stream *s, const struct stream_env *env, struct slice b,
    const struct stamp *st)
{
	uint64_t pos = s->next;
	uint64_t off = stream_offset(s, pos);
	uint64_t max = env->cfg->max_bytes;
	size_t n = b.n;

	s->next += n;
	if (!env->blank) {
		*env->memory -= history_cost(&s->recent);
		history_put(&s->recent, pos, b);
		*env->memory += history_cost(&s->recent);
	}
	if (off + n > max) {
		size_t keep = off < max ? (size_t)(max - off) : 0;

		stream_rare(s, env)->cut += n - keep;
		b.n = keep;
	}
	s->bytes += b.n;
	if (b.n > 0)
		env->ops->data(env->owner, env->e, pos, off, b, st);
	if (b.n < n)
		env->ops->skip(env->owner, env->e, s->next);
}

/* What waits first is a copy of which no byte is there. */
static bool
is_cut(const struct stream *s, const struct queued_segment *n)
{
	return n->form == QUEUED_CUT && n->pos == s->next;
}

/*
 * What lies before n, or what is not there of n itself, will not come: the
 * peer acknowledged it, and enough has come since.  Of what the snap length
 * cut this is so, too, where nothing of the peer is heard: it was captured,
 * and all that is missing is a better copy.
 */
static bool
gap_is_certain(const struct stream *s, const struct queued_segment *n)
{
	const struct stream_rare *r = s->rare;
	bool cut = is_cut(s, n);

	if (r->held.bytes + r->refused.bytes < MODEL_HOLE_BYTES)
		return false;
	return s->acked >= (cut ? n->pos + n->len : n->pos) ||
	    (cut && s->acked == 0);
}

/* Whether a node at next must still wait for a better copy of its bytes. */
static bool
must_wait(const struct stream *s, const struct stream_env *env,
    const struct queued_segment *n)
{
	if (env->cfg->overlap == OVERLAP_FIRST && !n->weak)
		return false;
	return s->acked < n->pos + n->len &&
	    s->rare->held.bytes < MODEL_SETTLE_BYTES;
}

static void
release(struct stream *s, const struct stream_env *env,
    struct queued_segment *n)
{
	struct queued_segment copy = segment_queue_take(&s->rare->held, n);
	struct buf into = { 0 };

	stream_deliver(s, env, segment_queue_read(env->keep, &copy, &into),
	    &copy.stamp);
	segment_queue_drop(env->keep, &copy);
	buf_free(&into);
}

/* The same of refused bytes, up to position end: they were taken after all.
 * What is behind it may still be wanted. */
static void
release_refused(struct stream *s, const struct stream_env *env,
    struct queued_segment *n, uint64_t end)
{
	const struct queued_segment copy = *n;
	struct buf into = { 0 };
	struct slice b = segment_queue_read(env->keep, n, &into);

	if (end - copy.pos < b.n)
		b.n = (size_t)(end - copy.pos);
	end = copy.pos + b.n;
	if (copy.pos == copy.orig_pos && copy.why != REFUSAL_NONE)
		s->rare->refusals[copy.why]--;
	if (end > s->seen_end)
		s->seen_end = end;
	env->ops->arrived(env->owner, env->e, end, &copy.stamp);
	stream_deliver(s, env, b, &copy.stamp);
	segment_queue_carve(&s->rare->refused, env->keep, n, copy.pos, end);
	buf_free(&into);
}

/* The FIN used a number and the sender went on behind it all the same. */
static bool
follows_fin(const struct stream *s, uint64_t pos)
{
	return s->fin >= s->next && pos == s->fin + 1 && !s->phantom;
}

/* Passes over what is missing before pos; the FIN's number is no byte. */
static void
pass_to(struct stream *s, const struct stream_env *env, uint64_t pos,
    enum gap_reason reason)
{
	bool fin = follows_fin(s, pos);
	uint64_t end = fin ? s->fin : pos;

	if (end > s->next)
		pass_gap(s, env, end, reason);
	if (!fin)
		return;
	s->phantom = 1;
	s->next++;
	history_break(&s->recent);
	env->ops->skip(env->owner, env->e, s->next);
}

/* Uses what refused bytes there are before end; those that may not be used,
 * and will be passed, go. */
static void
use_refused(struct stream *s, const struct stream_env *env, uint64_t end,
    enum gap_reason reason, bool final)
{
	struct segment_queue *q = &s->rare->refused;
	struct queued_segment *n;

	stream_purge_refused(s->rare, env, s->next);
	while ((n = segment_queue_first(q)) != NULL && n->pos < end) {
		if (stream_may_use(s, n, final)) {
			pass_to(s, env, n->pos, reason);
			release_refused(s, env, n, end);
		} else if (final ||
		    (end != UINT64_MAX && n->pos + n->len <= end)) {
			segment_queue_carve(q, env->keep, n, n->pos,
			    n->pos + n->len);
		} else {
			break;
		}
	}
}

/* Passes what is missing before n, or what is not there of n itself. */
static void
pass_missing(struct stream *s, const struct stream_env *env,
    struct queued_segment *n, bool final)
{
	enum gap_reason reason = GAP_NOT_CAPTURED;
	uint64_t end = n->pos;

	if (is_cut(s, n)) {
		struct queued_segment copy =
		    segment_queue_take(&s->rare->held, n);

		reason = GAP_SNAPLEN;
		end = copy.pos + copy.len;
	}
	if (s->rare->refused.n > 0)
		use_refused(s, env, end, reason, final);
	if (end > s->next)
		pass_to(s, env, end, reason);
}

void
stream_drain(struct stream *s, const struct stream_env *env, bool final)
{
	struct queued_segment *n;

	if (s->rare == NULL || !s->settled)
		return;
	while ((n = segment_queue_first(&s->rare->held)) != NULL) {
		if (n->pos == s->next && n->form != QUEUED_CUT) {
			if (!final && must_wait(s, env, n))
				break;
			release(s, env, n);
			continue;
		}
		if (!final && !gap_is_certain(s, n) &&
		    !(s->fin == s->next && follows_fin(s, n->pos)))
			break;
		pass_missing(s, env, n, final);
	}
	if (final && s->rare->refused.n > 0)
		use_refused(s, env, UINT64_MAX, GAP_NOT_CAPTURED, true);
	else if (s->rare->refused.n > 0)
		stream_purge_refused(s->rare, env, s->next);
}

/*
 * Where offset 0 is when no SYN was seen: at the peer's first ACK when that
 * lies before every byte seen (what is between was not captured), else at the
 * lowest byte.
 */
static uint64_t
first_byte(const struct stream *s, const struct stream_env *env)
{
	uint64_t base = s->low;
	const struct queued_segment *n =
	    s->rare != NULL ? segment_queue_first(&s->rare->refused) : NULL;

	if (n != NULL && n->why != REFUSAL_NONE &&
	    (base == 0 || n->pos < base) && stream_may_use(s, n, true))
		base = n->pos;
	if (s->first_ack > 0 &&
	    (base == 0 ||
		(s->first_ack < base &&
		    base - s->first_ack <= env->cfg->max_gap)))
		base = s->first_ack;
	return base > 0 ? base : STREAM_ORIGIN;
}

void
stream_settle(struct stream *s, const struct stream_env *env)
{
	if (s->settled)
		return;
	s->settled = true;
	s->base = first_byte(s, env);
	s->next = s->base;
	env->ops->settled(env->owner, env->e);
	stream_drain(s, env, false);
}

bool
stream_has_hole(const struct stream *s)
{
	const struct queued_segment *n;

	if (s->rare == NULL || !s->settled)
		return false;
	n = segment_queue_first(&s->rare->held);
	if (n != NULL)
		return n->pos > s->next || is_cut(s, n);
	n = segment_queue_first(&s->rare->refused);
	return n != NULL && stream_may_use(s, n, false);
}

void
stream_give_up_hole(struct stream *s, const struct stream_env *env)
{
	struct queued_segment *n;

	if (!stream_has_hole(s))
		return;
	n = segment_queue_first(&s->rare->held);
	if (n != NULL)
		pass_missing(s, env, n, false);
	else
		use_refused(s, env, UINT64_MAX, GAP_NOT_CAPTURED, false);
	stream_drain(s, env, false);
}

/* ---- how it begins and ends ---- */

void
stream_syn(struct stream *s, const struct stream_env *env, uint32_t isn)
{
	uint64_t pos;

	if (s->has_isn)
		return;
	stream_hear(s, isn + 1);
	s->has_isn = true;
	s->isn = isn;
	if (s->settled)
		return;
	pos = stream_position(s, isn + 1);
	s->settled = true;
	s->base = pos;
	s->next = pos;
	while (s->rare != NULL && segment_queue_first(&s->rare->held) != NULL &&
	    segment_queue_first(&s->rare->held)->pos < pos) {
		struct queued_segment *n = segment_queue_first(&s->rare->held);
		uint64_t end = n->pos + n->len;

		stream_count_wild(s, env, n->len);
		segment_queue_carve(&s->rare->held, env->keep, n, n->pos,
		    end < pos ? end : pos);
	}
	stream_drain(s, env, false);
}

void
stream_rebase(struct stream *s, const struct stream_env *env, uint32_t isn)
{
	assert(s->seen_end == 0);
	/* What waits has its place by the other number. */
	if (s->rare != NULL) {
		stream_purge_refused(s->rare, env, UINT64_MAX);
		s->rare->octet = s->rare->other_fin = 0;
	}
	s->isn = isn;
	s->origin_seq = isn + 1;
	s->base = STREAM_ORIGIN;
	s->next = STREAM_ORIGIN;
	s->acked = s->first_ack = 0;
	s->sent = s->low = s->window_end = 0;
	s->fin = STREAM_NO_FIN;
}

/*
 * A sender has one FIN (RFC 9293, 3.6).  Of two that lie at different numbers
 * the one that the peer acknowledged holds; before that, the one that the bytes
 * reach, for what is between them and the other was seen by nobody.
 */
static bool
is_better_fin(const struct stream *s, uint64_t pos)
{
	if (s->phantom || s->acked == s->fin + 1 ||
	    (s->settled && pos < s->next))
		return false;
	if (s->acked == pos + 1)
		return true;
	if (pos > s->fin)
		return s->seen_end > s->fin || s->acked > s->fin + 1;
	return pos >= s->seen_end && pos >= s->acked;
}

/* False when the FIN at pos is not believed, or not yet. */
static bool
take_fin(struct stream *s, const struct stream_env *env, uint64_t pos,
    bool weak)
{
	if (pos == s->fin)
		return true;
	if (s->fin == STREAM_NO_FIN ? weak && s->acked != pos + 1 :
				      weak || !is_better_fin(s, pos))
		return false;
	if (s->fin != STREAM_NO_FIN)
		stream_rare(s, env)->other_fin = s->fin;
	s->fin = pos;
	return true;
}

/* The peer acknowledged more: it may have been a FIN that was not believed. */
static void
review_fin(struct stream *s)
{
	uint64_t pos = s->rare != NULL ? s->rare->other_fin : 0;

	if (pos == 0 || s->acked != pos + 1 ||
	    (s->fin != STREAM_NO_FIN && !is_better_fin(s, pos)))
		return;
	s->rare->other_fin = s->fin != STREAM_NO_FIN ? s->fin : 0;
	s->fin = pos;
}

uint64_t
stream_ack(struct stream *s, const struct stream_env *env, uint32_t ack)
{
	uint64_t pos;

	stream_hear(s, ack);
	pos = stream_place_of(s, env, ack);
	if (!stream_near(s, env, pos, 0))
		return stream_known_end(s);
	if (s->first_ack == 0)
		s->first_ack = pos;
	if (pos <= s->acked)
		return pos;
	s->ack_step_one = s->acked > 0 && pos == s->acked + 1;
	s->acked = pos;
	review_fin(s);
	if (pos == s->fin + 1)
		stream_refuse_past_fin(s, env);
	stream_drain(s, env, false);
	return pos;
}

void
stream_fin(struct stream *s, const struct stream_env *env, uint32_t seq,
    bool weak)
{
	uint64_t pos;

	stream_hear(s, seq);
	pos = stream_place_of(s, env, seq);
	if ((s->settled && pos < s->base) || !stream_near(s, env, pos, 0))
		return;
	if (!take_fin(s, env, pos, weak))
		stream_rare(s, env)->other_fin = pos;
	if (s->sent == s->fin + 1)
		s->sent = 0;
	if (s->acked == s->fin + 1)
		stream_refuse_past_fin(s, env);
	stream_drain(s, env, false);
}

bool
stream_saw(const struct stream *s, uint64_t pos)
{
	if (pos <= s->seen_end || (s->settled && pos <= s->base))
		return true;
	return (s->fin != STREAM_NO_FIN && pos == s->fin + 1) ||
	    (s->rare != NULL && s->rare->other_fin > 0 &&
		pos == s->rare->other_fin + 1);
}

bool
stream_finished(const struct stream *s)
{
	return s->settled && s->fin != STREAM_NO_FIN && s->next >= s->fin;
}

static void
end_tail(struct stream *s, const struct stream_env *env, bool fin_likely)
{
	uint64_t tail = s->acked;

	if (s->fin != STREAM_NO_FIN)
		tail = s->fin;
	else if (fin_likely && tail > s->next &&
	    (s->ack_step_one || tail == s->next + 1))
		tail--;
	if (tail > s->next)
		pass_gap(s, env, tail, GAP_NOT_CAPTURED);
	if (s->rare != NULL && s->rare->cut > 0)
		emit_gap(s, env, env->cfg->max_bytes, s->rare->cut,
		    GAP_MAX_BYTES);
}

void
stream_end(struct stream *s, const struct stream_env *env, bool fin_likely)
{
	if (s->ended)
		return;
	s->ended = true;
	stream_settle(s, env);
	stream_drain(s, env, true);
	end_tail(s, env, fin_likely);
	for (size_t i = 0; s->rare != NULL && i < s->rare->n_conflicts; i++)
		s->rare->conflicts[i].off =
		    stream_offset(s, s->rare->conflicts[i].off);
}

uint64_t
stream_held(const struct stream *s)
{
	return s->rare != NULL ? s->rare->held.bytes : 0;
}

void
stream_forget_recent(struct stream *s, const struct stream_env *env)
{
	*env->memory -= history_cost(&s->recent);
	history_free(&s->recent);
}
