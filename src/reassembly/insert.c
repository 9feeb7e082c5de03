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

	if (env->blank || p->bytes.n == 0 || n->form == QUEUED_CUT ||
	    n->pos == s->rare->octet)
		return;
	/* There may be as many as the piece has bytes. */
	if (n->form == QUEUED_SHORT && to - from == 1 &&
	    n->few[n->skip + (from - n->pos)] == p->bytes.p[from - p->pos])
		return;
	old = segment_queue_read(env->keep, n, &into);
	if (bytes_differ(old.p + (from - n->pos), p->bytes.p + (from - p->pos),
		(size_t)(to - from), &f, &t))
		stream_add_conflict(s, env, from + f, from + t);
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
		if ((n->form != QUEUED_CUT || p->bytes.n == 0) && !env->copy)
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

/*
 * The parts of a piece before next that lie in gaps already reported: bytes
 * that come late, and no copies.  Returns how many they are.
 */
static uint64_t
fill_gaps(struct stream *s, const struct stream_env *env, const struct piece *p)
{
	uint64_t off = stream_offset(s, p->pos), end = off + p->len, n = 0;
	struct stream_rare *r = s->rare;
	struct range part;

	/* One that runs over the FIN's number has no offsets of its own. */
	if (s->phantom && p->pos <= s->fin && p->pos + p->len > s->fin)
		return 0;
	for (uint64_t at = off;
	     at < end && stream_find_gap(r, at, end - at, &part);
	     at = part.off + part.len) {
		struct slice b = { p->bytes.p + (part.off - off),
			(size_t)part.len };

		n += part.len;
		if (env->ops->late == NULL ||
		    !env->ops->late(env->owner, env->e, part.off, b,
			p->stamp)) {
			r->late += part.len;
			continue;
		}
		s->bytes += part.len;
		stream_fill_gap(r, env, part);
	}
	return n;
}

/* Counts and compares what lies before next; leaves the rest in *p.  True when
 * any of it was new. */
static bool
take_delivered(struct stream *s, const struct stream_env *env, struct piece *p)
{
	uint64_t end = p->pos + p->len, from, to, late = 0;
	uint64_t upto = end < s->next ? end : s->next;
	struct piece old = piece_part(p, p->pos, upto);

	if (stream_rare(s, env)->n_gaps > 0 && p->bytes.n > 0)
		late = fill_gaps(s, env, &old);
	if (!env->copy)
		s->rare->retransmitted += old.len - late;
	if (p->bytes.n > 0 &&
	    history_differs(&s->recent, s->next, old.pos, old.bytes, &from,
		&to))
		stream_add_conflict(s, env, from, to);
	*p = piece_part(p, upto, end);
	return late > 0;
}

/* Whether the piece can go straight on without being held. */
static bool
is_next(const struct stream *s, const struct stream_env *env,
    const struct piece *p)
{
	const struct queued_segment *first;

	if (!s->settled || p->pos != s->next || p->weak || p->bytes.n == 0 ||
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
	bool any = false;

	env->ops->arrived(env->owner, env->e, p.pos + p.len, p.stamp);
	if (s->settled && p.pos < s->next)
		any = take_delivered(s, env, &p);
	if (p.len == 0)
		return any;
	if (p.pos + p.len > s->seen_end)
		s->seen_end = p.pos + p.len;
	if (s->seen_end >= s->sent)
		s->sent = 0;
	if (s->low == 0 || p.pos < s->low)
		s->low = p.pos;
	if (is_next(s, env, &p)) {
		stream_deliver(s, env, p.bytes, p.stamp);
		return true;
	}
	return insert(s, env, &p) || any;
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

/* ---- keep-alives (RFC 9293, 3.8.4) ---- */

/* SND.NXT as far as this side's segments tell; before any, what the peer
 * expected first.  0: nothing is known. */
static uint64_t
send_next(const struct stream *s)
{
	uint64_t n = s->sent > s->seen_end ? s->sent : s->seen_end;

	if (s->settled && s->base > n)
		n = s->base;
	return n > 0 ? n : s->first_ack;
}

/* Whether the byte at pos, which was sent, is not here. */
static bool
is_missing(const struct stream *s, uint64_t pos)
{
	uint64_t begin = s->settled ? s->next : s->low;
	struct segment_queue_place place;
	const struct queued_segment *n;

	if (begin == 0 ||
	    (!s->settled && s->first_ack > 0 && s->first_ack < begin))
		begin = s->first_ack;
	if (begin == 0 || pos < begin)
		return false;
	if (s->rare == NULL)
		return true;
	n = segment_queue_find(&s->rare->held, pos, &place);
	return n == NULL || n->pos > pos || n->form == QUEUED_CUT;
}

/*
 * A keep-alive has the number before SND.NXT, with an octet that means nothing
 * or without one.  An octet there that was never captured may be the late one
 * itself: it is taken, but yields to any other copy.
 */
static bool
is_keep_alive(const struct stream *s, uint64_t pos, uint64_t len, bool *weak)
{
	uint64_t next;

	if (len > 1 || (len == 0 && s->fin != STREAM_NO_FIN))
		return false;
	next = send_next(s);
	if (next == 0 || pos + 1 != next)
		return false;
	if (len == 0 || !is_missing(s, pos))
		return true;
	*weak = true;
	return false;
}

/* Whether the octet is the last one that was delivered. */
static bool
is_last_octet(const struct stream *s, uint64_t pos, struct slice bytes)
{
	uint64_t from, to;

	return bytes.n > 0 && s->recent.n > 0 && s->settled &&
	    s->next == pos + 1 &&
	    !history_differs(&s->recent, s->next, pos, bytes, &from, &to);
}

/* A late SYN, or earlier bytes, may say that the octet was sent after all. */
static void
set_aside(struct stream *s, const struct stream_env *env, uint64_t pos,
    struct slice octet, const struct stamp *st)
{
	const struct queued_segment n = {
		.pos = pos,
		.orig_pos = pos,
		.orig_end = pos + 1,
		.len = 1,
		.stamp = *st,
		.why = REFUSAL_NONE,
	};

	stream_put_refused(s, env, &n, octet);
}

/* A segment without payload says where its sender is. */
static enum push
push_empty(struct stream *s, const struct stream_env *env, uint64_t pos)
{
	bool weak;

	if (is_keep_alive(s, pos, 0, &weak))
		return PUSH_KEEPALIVE;
	if (pos > send_next(s) && pos != s->fin + 1 &&
	    stream_near(s, env, pos, 0))
		s->sent = pos;
	return PUSH_EMPTY;
}

/* One octet, the first thing seen of a direction: later bytes or ACKs may say
 * that it lay below SND.NXT. */
static void
note_first_octet(struct stream *s, const struct stream_env *env, uint64_t pos,
    const struct stamp *st)
{
	struct stream_rare *r = stream_rare(s, env);

	r->octet = pos;
	r->octet_need = st->need;
}

void
stream_had_octet(struct stream *s, const struct stream_env *env, uint64_t ack,
    uint64_t seq)
{
	struct stream_rare *r = s->rare;
	struct segment_queue_place place;
	struct queued_segment *n;

	if (r == NULL || r->octet == 0 || s->settled || ack <= r->octet ||
	    seq >= r->octet_need)
		return;
	n = segment_queue_find(&r->held, r->octet, &place);
	if (n != NULL && n->pos == r->octet && n->len == 1 && n->weak) {
		struct queued_segment octet = segment_queue_take(&r->held, n);

		if (octet.form == QUEUED_SHORT)
			set_aside(s, env, octet.pos,
			    (struct slice){ octet.few + octet.skip, 1 },
			    &octet.stamp);
		segment_queue_drop(env->keep, &octet);
		if (s->seen_end == r->octet + 1)
			s->seen_end = 0;
		n = segment_queue_first(&r->held);
		s->low = n != NULL ? n->pos : 0;
		if (s->seen_end == 0 && s->sent == 0)
			s->sent = r->octet + 1;
	}
	r->octet = 0;
}

/* ---- payload ---- */

/* Cuts off what lies before the base; false when nothing is left. */
static bool
trim_front(struct stream *s, const struct stream_env *env, uint64_t *pos,
    struct slice *bytes, uint64_t *len)
{
	uint64_t before = s->base - *pos;
	uint64_t cut = before < *len ? before : *len;

	if (s->has_isn) {
		if (cut == *len)
			stream_count_wild(s, env, *len);
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

/* Keeps what lies before a FIN that the peer has acknowledged; the rest waits
 * as refused bytes do. */
static void
trim_fin(struct stream *s, const struct stream_env *env, uint64_t pos,
    struct slice *bytes, uint64_t *len, const struct stamp *st)
{
	uint64_t before = s->fin - pos;
	struct queued_segment n = {
		.pos = s->fin,
		.orig_pos = pos,
		.orig_end = pos + *len,
		.stamp = *st,
		.why = REFUSAL_PAST_FIN,
	};

	*len = before;
	if (bytes->n <= before)
		return;
	n.len = (uint32_t)(bytes->n - before);
	stream_put_refused(s, env, &n,
	    (struct slice){ bytes->p + before, n.len });
	bytes->n = (size_t)before;
}

/* --strict: keeps what the receiver had room for; false when nothing. */
static bool
trim_window(struct stream *s, const struct stream_env *env, uint64_t pos,
    struct slice *bytes, uint64_t *len)
{
	if (s->window_end == 0 || pos + *len <= s->window_end)
		return true;
	stream_count_refused(s, env, REFUSAL_WINDOW);
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

	stream_hear(s, seq);
	pos = stream_place_of(s, env, seq);
	if (len == 0)
		return push_empty(s, env, pos);
	if (len == 1 && send_next(s) == 0) {
		note_first_octet(s, env, pos, st);
		weak = true;
	}
	if (is_keep_alive(s, pos, len, &weak)) {
		if (!s->settled && bytes.n > 0)
			set_aside(s, env, pos, bytes, st);
		env->ops->arrived(env->owner, env->e, pos + len, st);
		if (!is_last_octet(s, pos, bytes))
			return PUSH_KEEPALIVE;
		if (s->acked >= s->next)
			return PUSH_KEEPALIVE_SAME;
		/* Before the peer has it, it is sent once more. */
		if (!env->copy)
			stream_rare(s, env)->retransmitted++;
		return PUSH_OLD;
	}
	if (s->settled && pos < s->base &&
	    !trim_front(s, env, &pos, &bytes, &len))
		return PUSH_OLD;
	if (s->acked == s->fin + 1 && s->acked > 0 && !s->phantom &&
	    pos < s->fin && pos + len > s->fin)
		trim_fin(s, env, pos, &bytes, &len, st);
	if (env->cfg->strict && !trim_window(s, env, pos, &bytes, &len))
		return PUSH_NOTHING;
	if (!stream_near(s, env, pos, len)) {
		stream_count_wild(s, env, len);
		return PUSH_WILD;
	}
	seen_before = s->seen_end;
	is_new = stream_place(s, env, pos, bytes, len, st, weak);
	if (is_new && pos + len <= seen_before && !env->copy)
		stream_rare(s, env)->out_of_order++;
	return is_new ? PUSH_NEW : PUSH_OLD;
}

/* ---- refused segments ---- */

/* Near what is known, or going on from other refused bytes: a whole direction
 * may be refused. */
static bool
may_wait(const struct stream *s, const struct stream_env *env,
    const struct queued_segment *n)
{
	uint64_t end = stream_refused_end(s);

	return stream_near(s, env, n->pos, n->len) ||
	    (n->pos + n->len >= end && n->pos <= end + MODEL_SETTLE_BYTES);
}

void
stream_refuse(struct stream *s, const struct stream_env *env, uint32_t seq,
    struct slice bytes, const struct stamp *st, enum refusal why)
{
	struct queued_segment n = {
		.stamp = *st,
		.len = (uint32_t)bytes.n,
		.why = why & 0x7f,
	};

	stream_count_refused(s, env, why);
	if (bytes.n == 0)
		return;
	stream_hear(s, seq);
	n.pos = n.orig_pos = stream_position(s, seq);
	n.orig_end = n.pos + n.len;
	if (!may_wait(s, env, &n) || (s->settled && n.pos < s->base))
		return;
	stream_put_refused(s, env, &n, bytes);
	if (s->settled)
		stream_purge_refused(s->rare, env, s->next);
}
