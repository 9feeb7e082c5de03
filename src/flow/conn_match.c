/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * conn_match.c: a number fits where it lies near what is known of its space:
 * within it, at most --max-gap ahead of it or, as long as nobody knows where it
 * begins, as much before it.
 */
#include "flow/conn_match.h"

#include <string.h>

/* So many numbers may be before the first one: the SYN's, which is a
 * keep-alive's too. */
#define BEFORE_FIRST 1

static uint64_t
reach_behind(const struct seq_space *s, uint64_t max_gap)
{
	return s->span + (s->has_isn ? BEFORE_FIRST : max_gap);
}

int64_t
seq_space_place(const struct seq_space *s, uint32_t seq, uint64_t max_gap)
{
	uint32_t ahead = seq - s->end, behind = s->end - seq;

	if (s->has_other && seq - s->other <= max_gap)
		return seq - s->other;

	if (ahead <= INT32_MAX || behind > reach_behind(s, max_gap))
		return ahead;
	return -(int64_t)behind;
}

static bool
is_near(int64_t place, uint64_t max_gap)
{
	return place <= 0 || (uint64_t)place <= max_gap;
}

struct seq_space
seq_space_of(const struct stream *s)
{
	uint64_t end = stream_known_end(s), first = end;

	/* Its own, whether or not a receiver would take it. */
	if (stream_refused_end(s) > end)
		end = stream_refused_end(s);
	if (s->fin != STREAM_NO_FIN && s->fin >= end)
		end = s->fin + 1;
	if (s->settled)
		first = s->base;
	else if (s->low > 0)
		first = s->low;
	return (struct seq_space){
		.span = end - first,
		.end = s->origin_seq + (uint32_t)(end - STREAM_ORIGIN),
		.isn = s->isn,
		.known = s->has_origin,
		.has_isn = s->has_isn,
		.settled = s->settled,
		.sent_data = s->seen_end > 0,
		.acked = s->acked > 0,
		.fin = s->fin != STREAM_NO_FIN,
		.over = s->fin != STREAM_NO_FIN && end == s->fin + 1 &&
		    s->acked == end,
	};
}

/* ---- ways ---- */

/* To one byte. */
static uint32_t
fold(uint32_t x)
{
	x ^= x >> 16;
	x ^= x >> 8;
	x &= 0xff;
	return x;
}

uint32_t
segment_path(const struct segment *seg)
{
	uint32_t mac = 0;

	for (int i = 0; seg->hop.has_dst && i < 6; i++)
		mac += (uint32_t)(seg->hop.src_mac[i] + seg->hop.dst_mac[i])
		    << (5 * i % 24);
	return fold(hop_vlan_digest(seg->hop.vlan)) | fold(seg->tunnel) << 8 |
	    fold(mac) << 16 | fold(seg->interface + 1) << 24;
}

unsigned
segment_path_in_common(uint32_t a, uint32_t b)
{
	unsigned n = 0;

	if (a == 0 || b == 0)
		return 0;
	for (int i = 0; i < 32; i += 8)
		n += (a >> i & 0xff) == (b >> i & 0xff);
	return n;
}

/* ---- segments ---- */

struct seq_match
conn_match(const struct conn_numbers *n, int e, const struct segment *seg,
    uint64_t max_gap)
{
	const struct seq_space *s = &n->space[e];
	const struct seq_space *o = &n->space[n->self ? e : !e];
	struct seq_match m = {
		.seq_known = s->known,
		.ack_known = o->known && (seg->flags & TCP_ACK),
		.seq_fits = true,
		.ack_fits = true,
	};

	if (m.seq_known) {
		m.seq = seq_space_place(s, seg->seq, max_gap);
		m.seq_fits = is_near(m.seq, max_gap);
	}
	if (m.ack_known) {
		m.ack = seq_space_place(o, seg->ack, max_gap);
		m.ack_fits = is_near(m.ack, max_gap);
	}
	/* Behind both FINs is the next connection. */
	if (n->closed && s->over && m.seq > 0 && o->over && m.ack > 0)
		m.seq_fits = m.ack_fits = false;
	return m;
}

static uint64_t
distance(int64_t place)
{
	return (uint64_t)(place < 0 ? -place : place);
}

/* Whether the place is one that was used, or the next; those are not far. */
static bool
has_been_at(const struct seq_space *s, int64_t *place)
{
	if (*place > 0 || distance(*place) > s->span)
		return false;
	*place = 0;
	return true;
}

bool
conn_has_been_at(const struct conn_numbers *n, int e, struct seq_match *m)
{
	const struct seq_space *o = &n->space[n->self ? e : !e];
	bool seq = m->seq_known && has_been_at(&n->space[e], &m->seq);
	bool ack = !m->ack_known || has_been_at(o, &m->ack);

	return seq && ack;
}

/* The sum over the numbers that both know. */
static uint64_t
how_far(const struct seq_match *m, const struct seq_match *other)
{
	uint64_t far = 0;

	if (m->seq_known && other->seq_known)
		far += distance(m->seq);
	if (m->ack_known && other->ack_known)
		far += distance(m->ack);
	return far;
}

bool
match_is_better(const struct seq_match *a, const struct seq_match *b)
{
	uint64_t far_a = how_far(a, b), far_b = how_far(b, a);
	int known_a = a->seq_known + a->ack_known;
	int known_b = b->seq_known + b->ack_known;

	if (far_a != far_b)
		return far_a < far_b;
	if (known_a != known_b)
		return known_a > known_b;
	return a->path > b->path;
}

/* ---- beginnings ---- */

/* Whether the first byte can be at seq, as far as s knows, which is known. */
static bool
may_begin_at(const struct seq_space *s, uint32_t seq, uint64_t max_gap)
{
	uint32_t behind = s->end - seq;

	if (s->settled)
		return behind == s->span;
	return behind >= s->span && behind - s->span <= max_gap;
}

bool
conn_match_syn(const struct conn_numbers *n, int e, const struct segment *seg,
    uint64_t max_gap)
{
	const struct seq_space *s = &n->space[e], *o = &n->space[!e];

	if (s->has_isn)
		return s->isn == seg->seq;
	if ((o->syn_seen & 1) && !s->sent_data && !n->closed)
		return true;
	return s->known && may_begin_at(s, seg->seq + 1, max_gap);
}

bool
conn_match_syn_ack(const struct conn_numbers *n, int e,
    const struct segment *seg, uint64_t max_gap)
{
	const struct seq_space *s = &n->space[e];
	const struct seq_space *o = &n->space[n->self ? e : !e];
	int64_t ack;

	if (!o->known)
		return !s->known ||
		    (s->has_isn ? s->isn == seg->seq :
				  may_begin_at(s, seg->seq + 1, max_gap));
	ack = seq_space_place(o, seg->ack, max_gap);
	if (s->has_isn && s->isn == seg->seq)
		return is_near(ack, max_gap);
	if (s->known && !s->has_isn && !may_begin_at(s, seg->seq + 1, max_gap))
		return false;
	if (!o->has_isn)
		return !s->has_isn && may_begin_at(o, seg->ack, max_gap);
	/* Another number for the same SYN: which one counts is seen later. */
	return ack <= 0 && distance(ack) <= o->span &&
	    (!s->has_isn || (!s->sent_data && !s->acked));
}

bool
conn_may_be_followed(const struct conn_numbers *n, int e,
    const struct segment *seg)
{
	const struct seq_space *s = &n->space[e], *o = &n->space[!e];

	if (n->closed || s->fin)
		return true;
	return !(seg->flags & TCP_ACK) && (s->syn_seen & 1) && !s->acked &&
	    !o->syn_seen && !o->sent_data;
}

struct conn_numbers
conn_numbers_of_first(int e, const struct segment *seg)
{
	bool syn = (seg->flags & TCP_SYN) != 0;
	bool self = endpoint_equal(&seg->src, &seg->dst);
	struct conn_numbers n = { .self = self };
	uint32_t len = seg->payload_len + ((seg->flags & TCP_FIN) != 0);

	n.space[e] = (struct seq_space){
		.known = true,
		.span = len,
		.end = seg->seq + syn + len,
		.isn = seg->seq,
		.has_isn = syn,
		.path = segment_path(seg),
		.sent_data = seg->payload_len > 0,
	};
	if ((seg->flags & TCP_ACK) && !self)
		n.space[!e] = (struct seq_space){
			.known = true,
			.end = seg->ack,
			.isn = seg->ack - 1,
			.has_isn = syn,
		};
	return n;
}
