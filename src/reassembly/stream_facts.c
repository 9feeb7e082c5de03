/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* stream_facts.c: what is counted and listed of a direction. */
#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "reassembly/stream_parts.h"

struct stream_rare *
stream_rare(struct stream *s, const struct stream_env *env)
{
	if (s->rare == NULL) {
		s->rare = xcalloc(1, sizeof(*s->rare));
		segment_queue_init(&s->rare->held, env->memory);
		segment_queue_init(&s->rare->refused, env->memory);
		*env->memory += sizeof(*s->rare);
	}
	return s->rare;
}

void
stream_rare_free(struct stream *s, const struct stream_env *env)
{
	struct stream_rare *r = s->rare;

	*env->memory -= sizeof(*r) + r->n_gaps * sizeof(*r->gaps) +
	    r->n_conflicts * sizeof(*r->conflicts) +
	    (r->lost != NULL ? STREAM_LOST_MAX * sizeof(*r->lost) : 0);
	segment_queue_fini(&r->held, env->keep);
	segment_queue_fini(&r->refused, env->keep);
	free(r->gaps);
	free(r->conflicts);
	free(r->lost);
	free(r);
	s->rare = NULL;
}

static bool
is_idle(const struct stream_rare *r)
{
	uint64_t any = r->held.n | r->refused.n | r->cut | r->missing |
	    r->retransmitted | r->out_of_order | r->conflicting | r->late |
	    r->n_gaps | r->n_conflicts | r->other_fin | r->n_lost;

	for (int i = 0; i < STREAM_COUNTS; i++)
		any |= r->counts[i];
	for (int i = 0; i < REFUSALS; i++)
		any |= r->refusals[i];
	return any == 0;
}

void
stream_shed(struct stream *s, const struct stream_env *env)
{
	if (s->rare != NULL && is_idle(s->rare))
		stream_rare_free(s, env);
}

uint64_t
stream_count(struct stream *s, const struct stream_env *env,
    enum stream_count what)
{
	return ++stream_rare(s, env)->counts[what];
}

void
stream_count_refused(struct stream *s, const struct stream_env *env,
    enum refusal why)
{
	stream_rare(s, env)->refusals[why]++;
}

void
stream_count_wild(struct stream *s, const struct stream_env *env, uint64_t len)
{
	stream_count_refused(s, env, REFUSAL_WILD);
	if (len > 0)
		(void)stream_count(s, env, COUNT_WILD_PAYLOAD);
}

void
stream_add_lost(struct stream_rare *r, const struct stream_env *env,
    struct range lost)
{
	if (r->lost == NULL) {
		r->lost = xcalloc(STREAM_LOST_MAX, sizeof(*r->lost));
		*env->memory += STREAM_LOST_MAX * sizeof(*r->lost);
	}
	r->lost[r->n_lost++ % STREAM_LOST_MAX] = lost;
}

bool
stream_has_lost(const struct stream *s, uint64_t from, uint64_t to)
{
	const struct stream_rare *r = s->rare;
	size_t n = r != NULL ? r->n_lost : 0;

	for (size_t i = 0; i < n && i < STREAM_LOST_MAX; i++)
		if (r->lost[i].off < to &&
		    r->lost[i].off + r->lost[i].len > from)
			return true;
	return false;
}

/* Makes room for one more at i; false when the list is full. */
static bool
open_gap(struct stream_rare *r, const struct stream_env *env, size_t i)
{
	if (r->n_gaps == LIMIT_LIST) {
		r->lists_cut = true;
		return false;
	}
	r->gaps = xreallocarray(r->gaps, r->n_gaps + 1, sizeof(*r->gaps));
	memmove(&r->gaps[i + 1], &r->gaps[i],
	    (r->n_gaps - i) * sizeof(*r->gaps));
	r->n_gaps++;
	*env->memory += sizeof(*r->gaps);
	return true;
}

void
stream_add_gap(struct stream_rare *r, const struct stream_env *env,
    const struct gap *g)
{
	struct gap *last = r->n_gaps > 0 ? &r->gaps[r->n_gaps - 1] : NULL;

	r->missing += g->len;
	if (g->reason == GAP_NOT_CAPTURED || g->reason == GAP_MEMORY)
		r->skipped += g->len;
	if (last != NULL && last->off + last->len == g->off &&
	    last->reason == g->reason)
		last->len += g->len;
	else if (open_gap(r, env, r->n_gaps))
		r->gaps[r->n_gaps - 1] = *g;
}

/* The first gap that ends behind off. */
static size_t
gap_at(const struct stream_rare *r, uint64_t off)
{
	size_t lo = 0, hi = r->n_gaps;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (r->gaps[mid].off + r->gaps[mid].len > off)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

bool
stream_find_gap(const struct stream_rare *r, uint64_t off, uint64_t len,
    struct range *part)
{
	for (size_t i = gap_at(r, off); i < r->n_gaps; i++) {
		const struct gap *g = &r->gaps[i];
		uint64_t from = g->off > off ? g->off : off;
		uint64_t to = g->off + g->len;

		if (g->off >= off + len)
			return false;
		if (g->reason == GAP_MAX_BYTES)
			continue;
		to = to < off + len ? to : off + len;
		*part = (struct range){ .off = from, .len = to - from };
		return true;
	}
	return false;
}

void
stream_fill_gap(struct stream_rare *r, const struct stream_env *env,
    struct range part)
{
	size_t i = gap_at(r, part.off);
	struct gap *g = &r->gaps[i];
	uint64_t before = part.off - g->off;
	uint64_t behind = g->len - before - part.len;

	r->missing -= part.len;
	if (before > 0 && behind > 0 && open_gap(r, env, i + 1)) {
		g = &r->gaps[i];
		r->gaps[i + 1] = (struct gap){
			.off = part.off + part.len,
			.len = behind,
			.reason = g->reason,
		};
	}
	if (before > 0) {
		g->len = before;
	} else if (behind > 0) {
		g->off += part.len;
		g->len = behind;
	} else {
		r->n_gaps--;
		memmove(g, g + 1, (r->n_gaps - i) * sizeof(*g));
		*env->memory -= sizeof(*g);
	}
}

void
stream_add_conflict(struct stream *s, const struct stream_env *env,
    uint64_t from, uint64_t to)
{
	struct stream_rare *r = stream_rare(s, env);

	r->conflicting += to - from;
	if (r->n_conflicts == LIMIT_LIST) {
		r->lists_cut = true;
		return;
	}
	r->conflicts = xreallocarray(r->conflicts, r->n_conflicts + 1,
	    sizeof(*r->conflicts));
	r->conflicts[r->n_conflicts++] =
	    (struct range){ .off = from, .len = to - from };
	*env->memory += sizeof(*r->conflicts);
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
	out->duplicates = r->counts[COUNT_DUPLICATES];
	for (int i = 0; i < REFUSALS; i++)
		out->refused[i] = r->refusals[i];
	out->wild = r->counts[COUNT_WILD_PAYLOAD];
	out->late = r->late;
	out->gaps = r->gaps;
	out->n_gaps = r->n_gaps;
	out->conflicts = r->conflicts;
	out->n_conflicts = r->n_conflicts;
	return r->lists_cut;
}

void
stream_show_held(const struct stream *s, struct spill *keep, uint64_t most,
    void (*show)(void *arg, uint64_t off, struct slice bytes,
	const struct stamp *st),
    void *arg)
{
	struct segment_queue_place at;
	const struct queued_segment *q =
	    s->rare != NULL ? segment_queue_find(&s->rare->held, 0, &at) : NULL;
	uint64_t begin = q != NULL ? q->pos : 0;
	struct buf into = { 0 };

	for (; q != NULL && q->pos - begin < most; q = segment_queue_next(&at))
		if (q->form != QUEUED_CUT)
			show(arg, q->pos - begin,
			    segment_queue_read(keep, q, &into), &q->stamp);
	buf_free(&into);
}
