/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* deliver.c: what of a stream is certain goes on, in order. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "reassembly/stream_parts.h"

uint64_t
stream_offset(const struct stream *s, uint64_t pos)
{
	uint64_t off = pos - s->base;

	return pos > s->fin ? off - s->phantom : off;
}

void
stream_emit_gap(struct stream *s, const struct stream_env *env, uint64_t off,
    uint64_t len, enum gap_reason reason)
{
	struct stream_rare *r = stream_rare(s, env);
	struct gap *last = r->n_gaps > 0 ? &r->gaps[r->n_gaps - 1] : NULL;
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
	r->missing += len;
	if (reason == GAP_NOT_CAPTURED)
		r->skipped += len;
	if (last != NULL && last->off + last->len == off &&
	    last->reason == reason) {
		last->len += len;
	} else if (r->n_gaps < SESSION_LIST_MAX) {
		r->gaps = xreallocarray(r->gaps, r->n_gaps + 1, sizeof(g));
		r->gaps[r->n_gaps++] = g;
		*env->memory += sizeof(g);
	} else {
		r->lists_cut = true;
	}
	env->ops->gap(env->owner, env->e, s->next, &g);
}

void
stream_pass_gap(struct stream *s, const struct stream_env *env, uint64_t end,
    enum gap_reason reason)
{
	uint64_t pos = s->next;

	s->next = end;
	history_break(&s->recent);
	stream_emit_gap(s, env, stream_offset(s, pos), end - pos, reason);
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

/* The peer acknowledged the hole's end, and enough has come since. */
static bool
hole_is_certain(const struct stream *s, const struct queued_segment *n)
{
	return s->acked >= n->pos && s->rare->held.bytes >= MODEL_HOLE_BYTES;
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

	if (copy.form == QUEUED_CUT) {
		stream_pass_gap(s, env, copy.pos + copy.len, GAP_SNAPLEN);
		return;
	}
	stream_deliver(s, env, segment_queue_read(env->keep, &copy, &into),
	    &copy.stamp);
	segment_queue_drop(env->keep, &copy);
	buf_free(&into);
}

/* The FIN used a number and the sender went on behind it all the same. */
static bool
follows_fin(const struct stream *s, const struct queued_segment *n)
{
	return s->fin >= s->next && n->pos == s->fin + 1 && !s->phantom;
}

static void
pass_fin(struct stream *s, const struct stream_env *env)
{
	s->phantom = 1;
	s->next++;
	history_break(&s->recent);
	env->ops->skip(env->owner, env->e, s->next);
}

/* Passes over what is missing before n; the FIN's number is no byte. */
static void
pass_hole(struct stream *s, const struct stream_env *env,
    const struct queued_segment *n)
{
	bool fin = follows_fin(s, n);
	uint64_t end = fin ? s->fin : n->pos;

	if (end > s->next)
		stream_pass_gap(s, env, end, GAP_NOT_CAPTURED);
	if (fin)
		pass_fin(s, env);
}

void
stream_drain(struct stream *s, const struct stream_env *env, bool final)
{
	struct queued_segment *n;

	if (s->rare == NULL || !s->settled)
		return;
	while ((n = segment_queue_first(&s->rare->held)) != NULL) {
		if (n->pos > s->next) {
			bool only_fin = s->fin == s->next && follows_fin(s, n);

			if (!only_fin && !final && !hole_is_certain(s, n))
				break;
			pass_hole(s, env, n);
			continue;
		}
		if (!final && must_wait(s, env, n))
			break;
		release(s, env, n);
	}
}

void
stream_settle(struct stream *s, const struct stream_env *env)
{
	if (s->settled)
		return;
	s->settled = true;
	s->base = s->low > 0 ? s->low : s->first_ack;
	if (s->base == 0)
		s->base = STREAM_ORIGIN;
	s->next = s->base;
	env->ops->settled(env->owner, env->e);
	stream_drain(s, env, false);
}

void
stream_give_up_hole(struct stream *s, const struct stream_env *env)
{
	const struct queued_segment *n;

	if (!s->settled || s->rare == NULL)
		return;
	n = segment_queue_first(&s->rare->held);
	if (n == NULL || n->pos <= s->next)
		return;
	pass_hole(s, env, n);
	stream_drain(s, env, false);
}
