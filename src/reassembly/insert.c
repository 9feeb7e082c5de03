/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* insert.c: payload on its way into a stream: trimmed, compared with what is
 * there already, delivered or held. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "reassembly/stream_parts.h"

/* A piece of payload on its way in. */
struct piece {
	uint64_t pos;
	uint64_t len;
	struct slice bytes; /* n == len, or 0 when cut by the snap length */
	struct extent orig;
	const struct stamp *stamp;
	bool weak;
};

static void
note_conflict(struct stream *s, const struct stream_env *env, uint64_t from,
    uint64_t to)
{
	struct stream_rare *r = stream_rare(s, env);

	r->conflicting += to - from;
	if (r->n_conflicts == SESSION_LIST_MAX) {
		r->lists_cut = true;
		return;
	}
	r->conflicts = xreallocarray(r->conflicts, r->n_conflicts + 1,
	    sizeof(*r->conflicts));
	r->conflicts[r->n_conflicts++] =
	    (struct range){ .off = from, .len = to - from };
	*env->memory += sizeof(*r->conflicts);
}

/* The part [from, to) of a piece. */
static struct piece
piece_part(const struct piece *p, uint64_t from, uint64_t to)
{
	struct piece part = *p;

	part.pos = from;
	part.len = to - from;
	if (p->bytes.n > 0)
		part.bytes = (struct slice){ p->bytes.p + (from - p->pos),
			(size_t)(to - from) };
	return part;
}

static void
hold_one(struct stream *s, const struct stream_env *env, const struct piece *p)
{
	const struct queued_segment n = {
		.pos = p->pos,
		.len = (uint32_t)p->len,
		.orig_pos = p->orig.pos,
		.orig_end = p->orig.end,
		.stamp = *p->stamp,
		.weak = p->weak,
	};

	segment_queue_insert(&stream_rare(s, env)->held, env->keep, &n,
	    p->bytes);
}

/* Holds the part [from, to) of a piece. */
static void
hold(struct stream *s, const struct stream_env *env, const struct piece *p,
    uint64_t from, uint64_t to)
{
	uint64_t most = p->bytes.n > 0 ? QUEUED_SEGMENT_MAX : UINT32_MAX;

	for (uint64_t at = from, end; at < to; at = end) {
		struct piece part;

		end = to - at < most ? to : at + most;
		part = piece_part(p, at, end);
		hold_one(s, env, &part);
	}
}

/* Whether the piece's bytes replace those of a held node. */
static bool
replaces(const struct stream_env *env, const struct piece *p,
    const struct queued_segment *n)
{
	if (n->form == QUEUED_CUT || p->bytes.n == 0)
		return n->form == QUEUED_CUT && p->bytes.n > 0;
	if (n->weak != p->weak)
		return n->weak;
	return overlap_new_wins(env->cfg->overlap, p->orig,
	    (struct extent){ n->orig_pos, n->orig_end });
}

static void
compare_held(struct stream *s, const struct stream_env *env,
    const struct piece *p, const struct queued_segment *n, uint64_t from,
    uint64_t to)
{
	struct buf into = { 0 };
	struct slice old;
	size_t f, t;

	if (env->blank || p->bytes.n == 0 || n->form == QUEUED_CUT)
		return;
	/* There may be as many as the piece has bytes. */
	if (n->form == QUEUED_SHORT && to - from == 1 &&
	    n->few[n->skip + (from - n->pos)] == p->bytes.p[from - p->pos])
		return;
	old = segment_queue_read(env->keep, n, &into);
	if (bytes_differ(old.p + (from - n->pos), p->bytes.p + (from - p->pos),
		(size_t)(to - from), &f, &t))
		note_conflict(s, env, from + f, from + t);
	buf_free(&into);
}

/*
 * Puts a piece that lies at or after next among the held segments.  What it
 * brings goes in in runs, from one segment that stays to the next.  Returns
 * true when any of it was not there before.
 */
static bool
insert(struct stream *s, const struct stream_env *env, const struct piece *p)
{
	struct segment_queue *h = &stream_rare(s, env)->held;
	uint64_t at = p->pos, end = p->pos + p->len, run = at, to;
	struct segment_queue_place place;
	struct queued_segment *n = segment_queue_find(h, at, &place);
	bool any = false;

	for (; at < end; at = to) {
		if (n == NULL || n->pos > at) {
			to = n == NULL || n->pos > end ? end : n->pos;
			any = true;
			continue;
		}
		to = n->pos + n->len < end ? n->pos + n->len : end;
		s->rare->retransmitted += to - at;
		compare_held(s, env, p, n, at, to);
		if (replaces(env, p, n)) {
			any |= n->form == QUEUED_CUT;
			segment_queue_carve(h, env->keep, n, at, to);
			n = segment_queue_find(h, to, &place);
			continue;
		}
		if (run < at) {
			hold(s, env, p, run, at);
			n = segment_queue_find(h, to, &place);
		} else {
			n = segment_queue_next(&place);
		}
		run = to;
	}
	hold(s, env, p, run, end);
	return any;
}

/* Counts and compares what lies before next; leaves the rest in *p. */
static void
take_delivered(struct stream *s, const struct stream_env *env, struct piece *p)
{
	uint64_t end = p->pos + p->len, from, to;
	uint64_t upto = end < s->next ? end : s->next;

	stream_rare(s, env)->retransmitted += upto - p->pos;
	if (p->bytes.n > 0 &&
	    history_differs(&s->recent, s->next, p->pos,
		piece_part(p, p->pos, upto).bytes, &from, &to))
		note_conflict(s, env, from, to);
	*p = piece_part(p, upto, end);
}

/* Whether the piece can go straight on without being held. */
static bool
is_next(const struct stream *s, const struct stream_env *env,
    const struct piece *p)
{
	const struct queued_segment *first;

	if (!s->settled || p->pos != s->next || p->weak ||
	    env->cfg->overlap != OVERLAP_FIRST)
		return false;
	if (s->rare == NULL)
		return true;
	first = segment_queue_first(&s->rare->held);
	return first == NULL || first->pos >= p->pos + p->len;
}

/* Returns true when any of the piece was new. */
static bool
place(struct stream *s, const struct stream_env *env, struct piece p)
{
	env->ops->arrived(env->owner, env->e, p.pos + p.len, p.stamp);
	if (s->settled && p.pos < s->next)
		take_delivered(s, env, &p);
	if (p.len == 0)
		return false;
	if (p.pos + p.len > s->seen_end)
		s->seen_end = p.pos + p.len;
	if (s->low == 0 || p.pos < s->low)
		s->low = p.pos;
	if (is_next(s, env, &p)) {
		if (p.bytes.n > 0)
			stream_deliver(s, env, p.bytes, p.stamp);
		else
			stream_pass_gap(s, env, p.pos + p.len, GAP_SNAPLEN);
		return true;
	}
	return insert(s, env, &p);
}

bool
stream_place(struct stream *s, const struct stream_env *env, uint64_t pos,
    struct slice bytes, uint64_t len, const struct stamp *st, bool weak)
{
	struct piece p = {
		.pos = pos,
		.len = bytes.n,
		.bytes = bytes,
		.orig = { pos, pos + len },
		.stamp = st,
		.weak = weak,
	};
	bool any = false;

	if (bytes.n > 0)
		any = place(s, env, p);
	if (bytes.n < len) {
		p.pos = pos + bytes.n;
		p.len = len - bytes.n;
		p.bytes = (struct slice){ NULL, 0 };
		any |= place(s, env, p);
	}
	if (!s->settled && stream_held(s) >= MODEL_SETTLE_BYTES)
		stream_settle(s, env);
	else
		stream_drain(s, env, false);
	return any;
}

/* RFC 9293, 3.8.4: a keep-alive repeats the last number with an octet that
 * means nothing. */
static bool
is_last_octet(const struct stream *s, uint64_t pos, uint64_t len)
{
	return len == 1 &&
	    ((s->seen_end > 0 && pos + 1 == s->seen_end) ||
		(s->seen_end == 0 && s->settled && pos + 1 == s->base));
}

/* The same octet once more is a retransmission. */
static bool
repeats_last_octet(struct stream *s, const struct stream_env *env, uint64_t pos,
    struct slice bytes)
{
	uint64_t from, to;

	if (bytes.n == 0 || s->recent.n == 0 || !s->settled ||
	    s->next != pos + 1 ||
	    history_differs(&s->recent, s->next, pos, bytes, &from, &to))
		return false;
	stream_rare(s, env)->retransmitted++;
	return true;
}

/* Cuts off what lies before the base; false when nothing is left. */
static bool
trim_front(struct stream *s, const struct stream_env *env, uint64_t *pos,
    struct slice *bytes, uint64_t *len)
{
	uint64_t before = s->base - *pos;
	uint64_t cut = before < *len ? before : *len;

	if (s->has_isn) {
		if (cut == *len)
			stream_count(s, env, COUNT_OUT_OF_WINDOW);
	} else {
		stream_rare(s, env)->late += cut;
	}
	*pos += cut;
	*len -= cut;
	cut = cut < bytes->n ? cut : bytes->n;
	bytes->p += cut;
	bytes->n -= (size_t)cut;
	return *len > 0;
}

/* --strict: keeps what the receiver had room for; false when nothing. */
static bool
trim_window(struct stream *s, const struct stream_env *env, uint64_t pos,
    struct slice *bytes, uint64_t *len)
{
	if (s->window_end == 0 || pos + *len <= s->window_end)
		return true;
	stream_count(s, env, COUNT_OUT_OF_WINDOW);
	if (pos >= s->window_end)
		return false;
	*len = s->window_end - pos;
	if (bytes->n > *len)
		bytes->n = (size_t)*len;
	return true;
}

enum push
stream_push(struct stream *s, const struct stream_env *env, uint32_t seq,
    struct slice bytes, uint64_t len, const struct stamp *st, bool weak)
{
	uint64_t pos, seen_before;
	bool is_new;

	if (len == 0)
		return PUSH_NOTHING;
	stream_hear(s, seq);
	pos = stream_place_of(s, env, seq);
	if (is_last_octet(s, pos, len)) {
		env->ops->arrived(env->owner, env->e, pos + len, st);
		return repeats_last_octet(s, env, pos, bytes) ? PUSH_OLD :
								PUSH_KEEPALIVE;
	}
	if (s->settled && pos < s->base &&
	    !trim_front(s, env, &pos, &bytes, &len))
		return PUSH_OLD;
	if (env->cfg->strict && !trim_window(s, env, pos, &bytes, &len))
		return PUSH_NOTHING;
	if (!stream_near(s, env, pos, len)) {
		stream_count(s, env, COUNT_OUT_OF_WINDOW);
		return PUSH_WILD;
	}
	seen_before = s->seen_end;
	is_new = stream_place(s, env, pos, bytes, len, st, weak);
	if (is_new && pos + len <= seen_before)
		stream_rare(s, env)->out_of_order++;
	return is_new ? PUSH_NEW : PUSH_OLD;
}
