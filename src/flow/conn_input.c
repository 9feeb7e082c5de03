/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* conn_input.c: what a segment means for its connection. */
#include <stdlib.h>

#include "base/xalloc.h"
#include "flow/conn_parts.h"

static void
take_role(struct conn *c, int client, enum role_source source)
{
	if (c->opened || (c->client >= 0 && c->roles <= source))
		return;
	c->client = (int8_t)client;
	c->roles = (uint8_t)source;
}

static void
take_syn(struct conn *c, int e, const struct segment *seg)
{
	struct stream_env env = conn_env(c, e);

	if (!(c->syn_seen[e] & 1) && (c->syn_seen[!e] & 1))
		c->notes |= c->stream[e].packets > 1 ? NOTE_SPLIT_HANDSHAKE :
						       NOTE_SIMULTANEOUS_OPEN;
	take_role(c, e, ROLES_SYN);
	/* Not of one that is repeated after its answer. */
	if (c->client == e && !((c->syn_seen[e] & 1) && (c->syn_seen[!e] & 2)))
		c->syn_ns = seg->ts_ns;
	c->syn_seen[e] |= 1;
	c->wscale[e] = seg->wscale;
	zeek_seq(&c->zeek, e, 's', seg->seq);
	zeek_syn(&c->zeek, e, conn_originator(c), false);
	stream_syn(&c->stream[e], &env, seg->seq);
}

static void
take_syn_ack(struct conn *c, int e, const struct segment *seg)
{
	struct stream_env env = conn_env(c, e);
	struct stream_env other = conn_env(c, conn_peer(c, e));
	struct stream *s = &c->stream[e];

	take_role(c, !e, ROLES_SYNACK);
	c->syn_seen[e] |= 2;
	c->wscale[e] = seg->wscale;
	zeek_seq(&c->zeek, e, 'h', seg->seq);
	zeek_syn(&c->zeek, e, conn_originator(c), true);
	if (s->has_isn && s->isn != seg->seq) {
		c->other_isn[e] = seg->seq;
		c->has_other_isn[e] = true;
	}
	stream_syn(s, &env, seg->seq);
	/* The SYN was lost: what its number was is known all the same. */
	stream_syn(&c->stream[conn_peer(c, e)], &other, seg->ack - 1);
}

/* Of several SYN/ACKs, the one that the client's ACK covers counts. */
static void
choose_isn(struct conn *c, int e, uint32_t ack)
{
	struct stream_env env = conn_env(c, e);
	struct stream *s = &c->stream[e];

	if (!c->has_other_isn[e] || s->seen_end > 0 ||
	    ack != c->other_isn[e] + 1)
		return;
	stream_rebase(s, &env, c->other_isn[e]);
	c->has_other_isn[e] = false;
}

/* Whether bytes that end e sent before the segment are not here: then the one
 * that acknowledged the SYN/ACK may not be either. */
static bool
is_behind_others(const struct conn *c, int e, const struct segment *seg)
{
	const struct stream *s = &c->stream[e];
	uint64_t pos = stream_position(s, seg->seq);

	return pos > s->base && pos > s->seen_end;
}

static void
note_handshake(struct conn *c, int e, const struct segment *seg)
{
	if (c->full)
		return;
	for (int x = 0; x < 2; x++)
		if (!c->syn_seen[x] || !c->stream[x].has_isn ||
		    c->stream[x].acked < c->stream[x].base)
			return;
	c->full = true;
	if (is_behind_others(c, e, seg) || seg->ts_ns < c->syn_ns)
		return;
	c->rtt_ns = (int64_t)((uint64_t)seg->ts_ns - (uint64_t)c->syn_ns);
}

/* RFC 5961, 3.2: a reset counts at the number expected next; RFC 9293,
 * 3.10.7.3: an answer to a SYN must acknowledge it. */
static bool
rst_is_valid(const struct conn *c, int e, const struct segment *seg)
{
	const struct stream *s = &c->stream[e], *o = &c->stream[!e];
	uint64_t pos, end;

	if (!s->has_origin || s->packets == 1) {
		if (!o->has_isn)
			return true;
		if (!(seg->flags & TCP_ACK))
			return s->has_origin &&
			    stream_position(s, seg->seq) == stream_known_end(s);
		pos = stream_position(o, seg->ack);
		return pos >= o->base && pos <= stream_known_end(o) + 1;
	}
	pos = stream_position(s, seg->seq);
	end = stream_known_end(s);
	if (s->fin != STREAM_NO_FIN && s->fin + 1 > end)
		end = s->fin + 1;
	return pos <= end && (s->acked == 0 || pos >= s->acked);
}

static void
take_rst(struct conn *c, int e, const struct segment *seg)
{
	zeek_seq(&c->zeek, e, 'r', seg->seq);
	if (seg->payload_len > 0)
		c->notes |= NOTE_RST_PAYLOAD;
	if (!rst_is_valid(c, e, seg)) {
		c->notes |= NOTE_RST_SUSPICIOUS;
		conn_note(c, PACKET_OUT_OF_WINDOW);
		return;
	}
	/* Who refuses a SYN has no number of its own (RFC 9293, 3.10.7.1). */
	if (!c->stream[!e].has_isn)
		stream_hear(&c->stream[e], seg->seq);
	zeek_rst(&c->zeek, e);
	if (c->closed)
		return;
	c->rst_by = (uint8_t)(1U << e);
	for (int x = 0; x < 2; x++)
		c->rst_end[x] = stream_known_end(&c->stream[x]);
}

/* What came after the reset was acknowledged: nobody heeded it, and the
 * connection lives. */
static void
note_unheeded_rst(struct conn *c)
{
	for (int e = 0; e < 2; e++) {
		const struct stream *s = &c->stream[e];

		if (s->seen_end <= c->rst_end[e] || s->acked <= c->rst_end[e])
			continue;
		zeek_unheeded(&c->zeek, c->rst_by >> 1);
		c->rst_by = 0;
		c->rst_end[0] = c->rst_end[1] = 0;
		c->closed = false;
		c->notes |= NOTE_RST_SUSPICIOUS;
		return;
	}
}

static uint64_t
take_ack(struct conn *c, int e, const struct segment *seg)
{
	int peer = conn_peer(c, e);
	struct stream_env other = conn_env(c, peer);
	struct stream *o = &c->stream[peer];
	uint64_t need, edge;

	choose_isn(c, peer, seg->ack);
	need = stream_ack(o, &other, seg->ack);
	edge = need +
	    ((uint64_t)seg->window << conn_window_shift(c, e, seg->flags));
	if (edge > o->window_end)
		o->window_end = edge;
	if (o->rare == NULL)
		return need;
	stream_had_octet(o, &other, need,
	    stream_position(&c->stream[e], seg->seq));
	if (stream_lives_on_refused(o))
		accept_unlearn(&c->accept[peer]);
	return need;
}

/* A bad checksum among good ones. */
static bool
is_broken(const struct conn *c, int e, const struct segment *seg)
{
	return seg->checksum == CHECKSUM_BAD &&
	    c->model->cfg->checksum == CHECKSUMS_AUTO &&
	    c->stream[e].good_checksum;
}

/* Whether the segment's bytes yield to another copy: the SYN's until they are
 * acknowledged (RFC 7413), those of any SYN on a connection that is established
 * (RFC 9293, 3.10.7.4, fourth) or with flags that contradict it, those of a
 * segment that is broken. */
static bool
is_weak(const struct conn *c, int e, const struct segment *seg)
{
	if ((seg->flags & TCP_SYN) &&
	    (!(seg->flags & TCP_ACK) || c->full ||
		(seg->flags & (TCP_FIN | TCP_RST))))
		return true;
	return is_broken(c, e, seg);
}

void
conn_wild(struct conn *c, int e, const struct segment *seg)
{
	struct stream_env env = conn_env(c, e);

	c->stream[e].packets++;
	c->stream[e].ip_bytes += seg->ip_len;
	stream_count_wild(&c->stream[e], &env, seg->payload_len);
	conn_report_stray(c, e, seg);
}

static struct stamp
stamp_of(const struct conn *c, const struct segment *seg, uint64_t need)
{
	return (struct stamp){
		.packet = seg->packet,
		.ordinal = c->packets,
		.ts_ns = seg->ts_ns,
		.need = need,
	};
}

static void
take_payload(struct conn *c, int e, const struct segment *seg, uint64_t need)
{
	struct stream_env env = conn_env(c, e);
	struct stream *s = &c->stream[e];
	bool syn = (seg->flags & TCP_SYN) != 0;
	uint64_t end_before = s->seen_end;
	struct stamp st = stamp_of(c, seg, need);
	struct said said = { .need = need,
		.next = s->next,
		.seen_end = end_before,
		.ts_ns = seg->ts_ns };
	enum push push;

	if (seg->payload_len == 0 && (seg->flags & (TCP_SYN | TCP_FIN)))
		return;
	if (seg->payload_len > 0) {
		if (syn)
			c->notes |= NOTE_SYN_DATA;
		zeek_once(&c->zeek, e, 'd');
	}
	env.copy = seg->copy;
	push = stream_push(s, &env, seg->seq + syn, seg->payload,
	    seg->payload_len, &st, is_weak(c, e, seg));
	conn_note_push(c, e, seg, push, end_before);
	switch (push) {
	case PUSH_OLD:
	case PUSH_KEEPALIVE_SAME:
		zeek_scaled(&c->zeek, e, 't', ++c->zeek.retransmissions[e]);
		break;
	case PUSH_NEW:
		said.pos = stream_position(s, seg->seq + syn);
		said.end = said.pos + seg->payload_len;
		if (!is_broken(c, e, seg))
			conn_note_said(c, e, &said);
		if (s->seen_end > end_before && (c->fin_by & 1U << e) &&
		    s->seen_end > s->fin)
			c->notes |= NOTE_DATA_AFTER_FIN;
		if (c->rst_by != 0)
			c->notes |= NOTE_DATA_AFTER_RST;
		break;
	default:
		break;
	}
}

static void
take_fin(struct conn *c, int e, const struct segment *seg, bool weak)
{
	struct stream_env env = conn_env(c, e);

	zeek_seq(&c->zeek, e, 'f', seg->seq);
	/* Without ACK it is no segment of a connection (RFC 9293, 3.10.7.4). */
	if (!(seg->flags & TCP_ACK))
		return;
	stream_fin(&c->stream[e], &env, seg->seq + seg->payload_len, weak);
}

void
conn_bad_checksum(struct conn *c, int e)
{
	struct stream_env env = conn_env(c, e);

	conn_note(c, PACKET_BAD_CHECKSUM);
	zeek_scaled(&c->zeek, e, 'c',
	    stream_count(&c->stream[e], &env, COUNT_BAD_CHECKSUM));
}

void
conn_lost(struct conn *c, int e, const struct segment *seg)
{
	struct stream_env env = conn_env(c, e);

	stream_lost(&c->stream[e], &env, seg->seq, seg->payload_len);
}

void
conn_count_copy(struct conn *c, int e)
{
	struct stream_env env = conn_env(c, e);

	stream_count(&c->stream[e], &env, COUNT_DUPLICATES);
	conn_note(c, PACKET_CAPTURED_TWICE);
}

static void
note_packet(struct conn *c, int e, const struct segment *seg)
{
	struct stream *s = &c->stream[e];

	if (c->packets++ == 0) {
		c->start_ns = c->last_ns = seg->ts_ns;
		c->first_packet = seg->packet;
		c->first_sender = (int8_t)e;
	}
	/* Clocks jump: these are the least and the greatest time. */
	if (seg->ts_ns < c->start_ns)
		c->start_ns = seg->ts_ns;
	if (seg->ts_ns > c->last_ns)
		c->last_ns = seg->ts_ns;
	/* One that waited comes behind later ones. */
	if (seg->packet < c->first_packet)
		c->first_packet = seg->packet;
	if (seg->packet > c->last_packet)
		c->last_packet = seg->packet;
	if (seg->ts_digits > c->ts_digits)
		c->ts_digits = seg->ts_digits;
	s->packets++;
	s->ip_bytes += seg->ip_len;
	if (seg->copy)
		conn_count_copy(c, e);
	if (seg->checksum == CHECKSUM_BAD)
		conn_bad_checksum(c, e);
	else if (seg->checksum == CHECKSUM_GOOD)
		s->good_checksum = true;
}

/* What an acceptable segment says beside its numbers. */
static void
note_header(struct conn *c, int e, const struct segment *seg)
{
	struct stream_env env = conn_env(c, e);
	struct stream *s = &c->stream[e];

	s->flags |= seg->flags;
	if (seg->flags & TCP_URG)
		c->notes |= NOTE_URGENT;
	if (seg->window == 0 && !seg->copy &&
	    !(seg->flags & (TCP_SYN | TCP_RST | TCP_FIN))) {
		conn_note(c, PACKET_ZERO_WINDOW);
		zeek_scaled(&c->zeek, e, 'w',
		    stream_count(s, &env, COUNT_ZERO_WINDOW));
	}
	if (c->stream[conn_peer(c, e)].rare != NULL)
		stream_peer_spoke(&c->stream[conn_peer(c, e)], seg->packet);
}

/* Flags that contradict each other say nothing about the state. */
static uint8_t
sane_flags(struct conn *c, int e, uint8_t flags)
{
	if ((flags & TCP_SYN) && (flags & (TCP_FIN | TCP_RST))) {
		zeek_once(&c->zeek, e, 'q');
		return flags & (uint8_t) ~(TCP_SYN | TCP_FIN | TCP_RST);
	}
	if ((flags & TCP_FIN) && (flags & TCP_RST))
		zeek_once(&c->zeek, e, 'i');
	return flags;
}

static bool
side_is_done(const struct stream *s)
{
	return stream_finished(s) ||
	    (s->fin != STREAM_NO_FIN && s->acked > s->fin);
}

static void
note_fins(struct conn *c)
{
	for (int e = 0; e < 2; e++) {
		if ((c->fin_by & 1U << e) || c->stream[e].fin == STREAM_NO_FIN)
			continue;
		zeek_fin(&c->zeek, e);
		c->fin_by |= (uint8_t)(1U << e);
	}
}

static void
note_close(struct conn *c)
{
	if (c->rst_by == 0 && c->stream[0].fin == STREAM_NO_FIN &&
	    c->stream[1].fin == STREAM_NO_FIN)
		return;
	note_fins(c);
	if (c->closed)
		return;
	c->closed = c->rst_by != 0 ||
	    (c->self && side_is_done(&c->stream[0])) ||
	    (c->fin_by == 3 && side_is_done(&c->stream[0]) &&
		side_is_done(&c->stream[1]));
	if (!c->closed)
		return;
	for (int e = 0; e < 2; e++) {
		struct stream_env env = conn_env(c, e);

		stream_forget_recent(&c->stream[e], &env);
	}
	if (c->handle != NULL)
		c->model->events->settle(c->model->events->ctx, c->handle);
}

/* Turns that have waited too long for the other side wait no longer. */
static void
limit_waiting(struct conn *c)
{
	if (c->order == NULL)
		return;
	for (int e = 0; e < 2; e++) {
		struct stream_env other = conn_env(c, !e);
		struct stream *o = &c->stream[!e];

		if (order_waiting(c->order, e) < MODEL_HOLE_BYTES)
			continue;
		if (!o->settled)
			stream_settle(o, &other);
		else if (stream_has_hole(o))
			stream_give_up_hole(o, &other);
		while (order_waiting(c->order, e) >= MODEL_HOLE_BYTES)
			order_release(c->order);
	}
}

/* Its bytes wait apart; nothing else of it counts. */
static void
refuse(struct conn *c, int e, const struct segment *seg, enum refusal why)
{
	struct stream_env env = conn_env(c, e);
	const struct stream *o = &c->stream[conn_peer(c, e)];
	uint64_t need = o->acked;
	struct stamp st;

	if ((seg->flags & TCP_ACK) && why != REFUSAL_ACK_RANGE && o->has_origin)
		need = stream_position(o, seg->ack);
	st = stamp_of(c, seg, need);
	stream_refuse(&c->stream[e], &env,
	    seg->seq + ((seg->flags & TCP_SYN) != 0), seg->payload, &st, why);
	/* One that waited for its record: others have come meanwhile. */
	if (seg->packet < c->last_packet && o->packets > 0)
		stream_peer_spoke(&c->stream[e], c->last_packet);
	conn_note(c, packet_refused(why));
}

static void
after_segment(struct conn *c)
{
	conn_sync_order(c);
	if (c->rst_by != 0)
		note_unheeded_rst(c);
	note_close(c);
	limit_waiting(c);
}

/*
 * A receiver drops it unread.  Its header moves nothing, but for what others
 * bear out: an ACK of what was seen, a FIN that is acknowledged.  Where a card
 * makes some of the sums, the capture may have no other copy.
 */
static void
take_broken(struct conn *c, int e, const struct segment *seg, uint8_t flags)
{
	const struct stream *o = &c->stream[conn_peer(c, e)];
	uint64_t need = 0, known;

	if (flags & TCP_RST)
		return;
	if ((flags & TCP_ACK) && o->has_origin) {
		need = stream_position(o, seg->ack);
		known = stream_known_end(o);
		if (stream_saw(o, need))
			need = take_ack(c, e, seg);
		else if (need > known + c->model->cfg->stream.max_gap)
			need = known;
	}
	note_handshake(c, e, seg);
	if (seg->payload_len > 0)
		take_payload(c, e, seg, need);
	if (flags & TCP_FIN)
		take_fin(c, e, seg, true);
	after_segment(c);
}

static void
take(struct conn *c, int e, const struct segment *seg)
{
	uint64_t need = 0;
	uint8_t flags;
	enum refusal why;

	note_packet(c, e, seg);
	if (seg->checksum == CHECKSUM_BAD &&
	    c->model->cfg->checksum == CHECKSUMS_DROP)
		return;
	flags = sane_flags(c, e, seg->flags);
	why = accept_judge(c, e, seg, flags);
	if (why != REFUSAL_NONE) {
		refuse(c, e, seg, why);
		return;
	}
	if (!(flags & TCP_SYN) && is_broken(c, e, seg)) {
		take_broken(c, e, seg, flags);
		return;
	}
	accept_learn(c, e, seg, flags);
	note_header(c, e, seg);
	if (c->told != NULL)
		conn_note_numbers(c, e, seg);
	if (flags & TCP_RST) {
		take_rst(c, e, seg);
		note_close(c);
		return;
	}
	if ((flags & TCP_SYN) && (flags & TCP_ACK))
		take_syn_ack(c, e, seg);
	else if (flags & TCP_SYN)
		take_syn(c, e, seg);
	else
		zeek_other(&c->zeek, e, (flags & TCP_ACK) != 0);
	stream_hear(&c->stream[e], seg->seq);
	if (flags & TCP_ACK)
		need = take_ack(c, e, seg);
	note_handshake(c, e, seg);
	if (seg->payload_len == 0 && flags == TCP_ACK)
		zeek_once(&c->zeek, e, 'a');
	take_payload(c, e, seg, need);
	if (flags & TCP_FIN)
		take_fin(c, e, seg, false);
	after_segment(c);
}

void
conn_input(struct conn *c, int e, const struct segment *seg)
{
	/* Times of a capture may be as far apart as 64 bits are. */
	c->silent_ns = (int64_t)((uint64_t)seg->ts_ns - (uint64_t)c->last_ns);
	take(c, e, seg);
	c->silent_ns = 0;
	if (c->told != NULL)
		conn_report_packet(c, e, seg);
}
