/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* accept.c: the rules by which a receiver refuses segments. */
#include "flow/accept.h"

#include "flow/conn_parts.h"

/* More in one datagram is hardware's doing on nearly all links. */
#define ETHERNET_MTU 1500
/* No packet is captured so much later than one that was sent after it. */
#define TS_SILENCE_NS ((int64_t)1000000000)
/* RFC 7323, 5.5: a TS.Recent so old says nothing. */
#define TS_OUTDATED_NS ((int64_t)24 * 24 * 3600 * 1000000000)

static bool
is_older(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static bool
is_short(const struct conn *c, int e, const struct segment *seg)
{
	(void)c;
	(void)e;
	return (seg->flaws & SEGMENT_SHORT_FRAME) != 0;
}

/* Where hardware makes the sums all that a capture of the sender shows are
 * bad; so is what hardware has yet to cut, or has joined, among good ones. */
static bool
is_bad_header(const struct conn *c, int e, const struct segment *seg)
{
	return seg->ip_checksum == CHECKSUM_BAD && c->accept[e].good_ip &&
	    seg->ip_len <= ETHERNET_MTU;
}

static bool
has_bad_options(const struct conn *c, int e, const struct segment *seg)
{
	(void)c;
	(void)e;
	return (seg->flaws & SEGMENT_BAD_IP_OPTIONS) != 0;
}

/* RFC 9293, 3.10.7.4, fifth. */
static bool
lacks_ack(const struct conn *c, int e, const struct segment *seg)
{
	(void)c;
	(void)e;
	return !(seg->flags & (TCP_ACK | TCP_SYN)) && seg->payload_len > 0;
}

/*
 * An ACK of what cannot have been sent, or of what was acknowledged more than
 * a whole window ago (RFC 5961, 5.2).  Numbers of a side that was not captured
 * are not known.
 */
static bool
is_ack_out_of_range(const struct conn *c, int e, const struct segment *seg)
{
	int peer = conn_peer(c, e);
	const struct stream *o = &c->stream[peer];
	uint64_t pos, known, past;

	if (!(seg->flags & TCP_ACK) || (seg->flags & TCP_SYN) || c->far ||
	    o->packets == 0 || !o->has_origin ||
	    (c->has_other_isn[peer] && seg->ack == c->other_isn[peer] + 1))
		return false;
	pos = stream_position(o, seg->ack);
	known = stream_known_end(o);
	if (pos > known && pos - known > c->model->cfg->stream.max_gap)
		return true;
	/* One that was ahead of all that was seen may have been forged: the
	 * true ones after it are not old. */
	past = o->acked < o->seen_end ? o->acked : o->seen_end;
	return pos < past && c->accept[e].window_log > 0 &&
	    (past - pos) >> c->accept[e].window_log > 0;
}

/*
 * The time stamp of data becomes the recent one when all data that is known is
 * acknowledged and the connection was silent then: what was sent before may
 * otherwise still come, because packets are captured in another order.
 */
static void
settle(const struct conn *c, int e, struct accept_side *a)
{
	const struct stream *s = &c->stream[e];

	if (!a->has_front || s->acked == 0 || s->acked < s->seen_end ||
	    c->silent_ns < TS_SILENCE_NS)
		return;
	if (!a->has_ts || is_older(a->ts_recent, a->ts_front))
		a->ts_recent = a->ts_front;
	a->has_ts = true;
	accept_forget_front(a);
}

/*
 * RFC 7323, 5.3.  Segments with nothing in them are taken as ACKs whatever
 * their order (and so they are by receivers).
 */
static bool
is_outdated(const struct conn *c, int e, const struct segment *seg)
{
	struct accept_side a = c->accept[e];

	if (!seg->has_tsopt || (seg->flags & TCP_SYN) ||
	    (seg->payload_len == 0 && !(seg->flags & TCP_FIN)))
		return false;
	settle(c, e, &a);
	return a.has_ts && is_older(seg->tsval, a.ts_recent) &&
	    c->silent_ns < TS_OUTDATED_NS;
}

/* A FIN that the peer acknowledged, and nothing behind it, ended the bytes. */
static bool
is_past_fin(const struct conn *c, int e, const struct segment *seg)
{
	const struct stream *s = &c->stream[e];

	return seg->payload_len > 0 && s->fin != STREAM_NO_FIN &&
	    s->acked == s->fin + 1 && stream_position(s, seg->seq) >= s->fin;
}

/* The first that is so is the reason.  What the IP layer drops no TCP sees,
 * not even a reset. */
static const struct {
	enum refusal reason;
	bool of_reset;
	bool (*is_so)(const struct conn *c, int e, const struct segment *seg);
} rules[] = {
	{ REFUSAL_SHORT_FRAME, true, is_short },
	{ REFUSAL_IP_CHECKSUM, true, is_bad_header },
	{ REFUSAL_IP_OPTIONS, true, has_bad_options },
	{ REFUSAL_PAWS, false, is_outdated },
	{ REFUSAL_NO_ACK, false, lacks_ack },
	{ REFUSAL_ACK_RANGE, false, is_ack_out_of_range },
	{ REFUSAL_PAST_FIN, false, is_past_fin },
};

/* Nearly all segments: no rule needs to be asked. */
static bool
is_ordinary(const struct conn *c, int e, const struct segment *seg)
{
	const struct stream *s = &c->stream[e];
	const struct stream *o = &c->stream[conn_peer(c, e)];
	const struct accept_side *a = &c->accept[e];
	uint32_t known = (uint32_t)(o->seen_end - o->acked);

	if (seg->flaws != 0 || seg->ip_checksum == CHECKSUM_BAD ||
	    (seg->flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) != TCP_ACK ||
	    s->fin != STREAM_NO_FIN || o->acked == 0 || o->seen_end < o->acked)
		return false;
	if (seg->has_tsopt &&
	    ((a->has_ts && is_older(seg->tsval, a->ts_recent)) ||
		(a->has_front && is_older(seg->tsval, a->ts_front))))
		return false;
	return seg->ack -
	    (o->origin_seq + (uint32_t)(o->acked - STREAM_ORIGIN)) <=
	    known;
}

enum refusal
accept_judge(const struct conn *c, int e, const struct segment *seg,
    uint8_t flags)
{
	if (is_ordinary(c, e, seg))
		return REFUSAL_NONE;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if ((rules[i].of_reset || !(flags & TCP_RST)) &&
		    rules[i].is_so(c, e, seg))
			return rules[i].reason;
	return REFUSAL_NONE;
}

static void
learn_time_stamp(const struct conn *c, int e, const struct segment *seg,
    struct accept_side *a)
{
	const struct stream *s = &c->stream[e];
	bool empty = seg->payload_len == 0 && !(seg->flags & TCP_FIN);
	uint64_t pos;

	if (seg->flags & TCP_SYN) {
		a->ts_recent = seg->tsval;
		a->has_ts = true;
		return;
	}
	settle(c, e, a);
	if (!s->has_origin)
		return;
	pos = stream_position(s, seg->seq);
	if (empty) {
		if (s->acked == 0 || pos > s->acked ||
		    (a->has_ts && !is_older(a->ts_recent, seg->tsval)))
			return;
		a->ts_recent = seg->tsval;
		a->has_ts = true;
	} else if (pos <= s->acked && pos >= s->seen_end &&
	    (!a->has_front || is_older(a->ts_front, seg->tsval))) {
		a->ts_front = seg->tsval;
		a->has_front = true;
	}
}

/* How far a window may be shifted, by what was captured of the handshake
 * (RFC 7323, 2.3). */
static unsigned
most_shift(const struct conn *c, int e, uint8_t flags)
{
	if (flags & TCP_SYN)
		return 0;
	if (!c->syn_seen[e])
		return 14;
	if (c->wscale[e] == SEGMENT_NO_WSCALE)
		return 0;
	return c->wscale[e] < 14 ? c->wscale[e] : 14;
}

void
accept_learn(struct conn *c, int e, const struct segment *seg, uint8_t flags)
{
	struct accept_side *a = &c->accept[e];
	uint64_t window;

	if (seg->ip_checksum == CHECKSUM_GOOD)
		a->good_ip = true;
	if (flags & TCP_RST)
		return;
	if (seg->has_tsopt)
		learn_time_stamp(c, e, seg, a);
	window = (uint64_t)seg->window << most_shift(c, e, seg->flags);
	while (window >> a->window_log > 0)
		a->window_log++;
}

void
accept_forget_front(struct accept_side *a)
{
	a->ts_front = 0;
	a->has_front = false;
}

void
accept_unlearn(struct accept_side *a)
{
	a->ts_recent = a->ts_front = 0;
	a->has_ts = a->has_front = false;
}
