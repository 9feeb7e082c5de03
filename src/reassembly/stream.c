/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * stream.c: one direction: where its numbers lie, how it begins and ends.
 *
 * In-order payload goes straight on; everything else is held, sorted by
 * position, until what is before it has come or is known to be missing.
 */
#include "reassembly/stream.h"

#include <assert.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "reassembly/stream_parts.h"

struct stream_rare *
stream_rare(struct stream *s, const struct stream_env *env)
{
	if (s->rare == NULL) {
		s->rare = xcalloc(1, sizeof(*s->rare));
		segment_queue_init(&s->rare->held, env->memory);
		*env->memory += sizeof(*s->rare);
	}
	return s->rare;
}

void
stream_init(struct stream *s)
{
	*s = (struct stream){ .fin = STREAM_NO_FIN };
}

static void
free_rare(struct stream *s, const struct stream_env *env)
{
	struct stream_rare *r = s->rare;

	*env->memory -= sizeof(*r) + r->n_gaps * sizeof(*r->gaps) +
	    r->n_conflicts * sizeof(*r->conflicts);
	segment_queue_fini(&r->held, env->keep);
	free(r->gaps);
	free(r->conflicts);
	free(r);
	s->rare = NULL;
}

void
stream_fini(struct stream *s, const struct stream_env *env)
{
	stream_forget_recent(s, env);
	if (s->rare != NULL)
		free_rare(s, env);
}

static bool
is_idle(const struct stream_rare *r)
{
	uint64_t any = r->held.n | r->cut | r->missing | r->retransmitted |
	    r->out_of_order | r->conflicting | r->late | r->n_gaps |
	    r->n_conflicts;

	for (int i = 0; i <= COUNT_OUT_OF_WINDOW; i++)
		any |= r->counts[i];
	return any == 0;
}

void
stream_shed(struct stream *s, const struct stream_env *env)
{
	if (s->rare != NULL && is_idle(s->rare))
		free_rare(s, env);
}

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
stream_hear(struct stream *s, uint32_t seq)
{
	if (s->has_origin)
		return;
	s->has_origin = true;
	s->origin_seq = seq;
}

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

		stream_count(s, env, COUNT_OUT_OF_WINDOW);
		segment_queue_carve(&s->rare->held, env->keep, n, n->pos,
		    end < pos ? end : pos);
	}
	stream_drain(s, env, false);
}

void
stream_rebase(struct stream *s, uint32_t isn)
{
	assert(s->seen_end == 0);
	s->isn = isn;
	s->origin_seq = isn + 1;
	s->base = STREAM_ORIGIN;
	s->next = STREAM_ORIGIN;
	s->acked = 0;
	s->fin = STREAM_NO_FIN;
}

uint64_t
stream_ack(struct stream *s, const struct stream_env *env, uint32_t ack)
{
	uint64_t pos;

	stream_hear(s, ack);
	pos = stream_place_of(s, env, ack);
	if (!stream_near(s, env, pos, 0))
		return stream_known_end(s);
	if (s->first_ack == 0 || pos < s->first_ack)
		s->first_ack = pos;
	if (pos <= s->acked)
		return pos;
	s->ack_step_one = s->acked > 0 && pos == s->acked + 1;
	s->acked = pos;
	stream_drain(s, env, false);
	return pos;
}

void
stream_fin(struct stream *s, const struct stream_env *env, uint32_t seq)
{
	uint64_t pos;

	stream_hear(s, seq);
	pos = stream_place_of(s, env, seq);
	if ((s->settled && pos < s->base) || !stream_near(s, env, pos, 0))
		return;
	if (s->fin == STREAM_NO_FIN || (pos > s->fin && !s->phantom))
		s->fin = pos;
	stream_drain(s, env, false);
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
		stream_pass_gap(s, env, tail, GAP_NOT_CAPTURED);
	if (s->rare != NULL && s->rare->cut > 0)
		stream_emit_gap(s, env, env->cfg->max_bytes, s->rare->cut,
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

bool
stream_has_hole(const struct stream *s)
{
	const struct queued_segment *n =
	    s->rare != NULL ? segment_queue_first(&s->rare->held) : NULL;

	return s->settled && n != NULL && n->pos > s->next;
}

void
stream_forget_recent(struct stream *s, const struct stream_env *env)
{
	*env->memory -= history_cost(&s->recent);
	history_free(&s->recent);
}

uint64_t
stream_count(struct stream *s, const struct stream_env *env,
    enum stream_count what)
{
	return ++stream_rare(s, env)->counts[what];
}

bool
stream_side(const struct stream *s, struct side *out)
{
	struct stream_rare *r = s->rare;

	*out = (struct side){
		.packets = s->packets,
		.ip_bytes = s->ip_bytes,
		.bytes = s->bytes,
		.flags = s->flags,
	};
	if (r == NULL)
		return false;
	out->missing = r->missing;
	out->retransmitted = r->retransmitted;
	out->out_of_order = r->out_of_order;
	out->conflicting = r->conflicting;
	out->bad_checksum = r->counts[COUNT_BAD_CHECKSUM];
	out->zero_window = r->counts[COUNT_ZERO_WINDOW];
	out->out_of_window = r->counts[COUNT_OUT_OF_WINDOW];
	out->late = r->late;
	out->gaps = r->gaps;
	out->n_gaps = r->n_gaps;
	out->conflicts = r->conflicts;
	out->n_conflicts = r->n_conflicts;
	return r->lists_cut;
}
