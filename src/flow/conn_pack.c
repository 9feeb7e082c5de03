/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * conn_pack.c: connections are packed without asking whether they can be: one
 * that does not come out as it went in stays as it is.
 */
#include "flow/conn_pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "flow/conn_parts.h"

/* What is so of a side. */
enum side_bit {
	SIDE_ORIGIN = 1 << 0,
	SIDE_ISN = 1 << 1,
	SIDE_SETTLED = 1 << 2,
	SIDE_GOOD_CHECKSUM = 1 << 3,
	SIDE_ACK_STEP_ONE = 1 << 4,
	SIDE_ACKED = 1 << 5,
	SIDE_WINDOW = 1 << 6,
	SIDE_DATA = 1 << 7,
};

/* What is remembered of an end's segments; the rest is window_log. */
enum accept_bit {
	ACCEPT_WINDOW = 0x3f,
	ACCEPT_TS = 1 << 6,
	ACCEPT_GOOD_IP = 1 << 7,
};

enum conn_bit {
	CONN_FULL = 1 << 0,
	CONN_OPENED = 1 << 1,
	CONN_MUTED = 1 << 2,
	CONN_BLANK = 1 << 3,
	CONN_CLIENT = 1 << 4, /* is known, and this end: */
	CONN_CLIENT_END = 1 << 5,
	CONN_FIRST_END = 1 << 6,
	CONN_CLOSED = 1 << 7,
};

/* Two small numbers, one for each end, in a byte. */
static uint8_t
pair(unsigned a, unsigned b)
{
	return (uint8_t)((a & 15) | (b & 15) << 4);
}

static uint8_t
half_of(uint8_t pair, int e)
{
	return e == 0 ? pair & 15 : pair >> 4;
}

static uint8_t
bit_if(bool is_so, unsigned bit)
{
	return is_so ? (uint8_t)bit : 0;
}

static void
pack_side(const struct stream *s, struct packed_conn *q, int e)
{
	q->side[e] = (struct packed_conn_side){
		.isn = s->origin_seq - 1,
		.next = (uint32_t)(s->next - STREAM_ORIGIN),
		.acked = (uint32_t)(s->acked - STREAM_ORIGIN),
		.window_end = (uint32_t)(s->window_end - STREAM_ORIGIN),
		.packets = (uint32_t)s->packets,
		.ip_bytes = (uint32_t)s->ip_bytes,
	};
	q->tcp_flags[e] = s->flags;
	q->bits[e] = bit_if(s->has_origin, SIDE_ORIGIN) |
	    bit_if(s->has_isn, SIDE_ISN) | bit_if(s->settled, SIDE_SETTLED) |
	    bit_if(s->good_checksum, SIDE_GOOD_CHECKSUM) |
	    bit_if(s->ack_step_one, SIDE_ACK_STEP_ONE) |
	    bit_if(s->acked > 0, SIDE_ACKED) |
	    bit_if(s->window_end > 0, SIDE_WINDOW) |
	    bit_if(s->seen_end > 0, SIDE_DATA);
}

static void
unpack_side(struct stream *s, const struct packed_conn *q, int e)
{
	const struct packed_conn_side *x = &q->side[e];
	unsigned bits = q->bits[e];

	if (bits & SIDE_ORIGIN)
		s->origin_seq = x->isn + 1;
	if (bits & SIDE_ISN)
		s->isn = x->isn;
	if (bits & SIDE_SETTLED) {
		s->base = STREAM_ORIGIN;
		s->next = STREAM_ORIGIN + x->next;
	}
	if (bits & SIDE_DATA) {
		s->low = s->base;
		s->seen_end = s->next;
		s->bytes = s->next - s->base;
	}
	if (bits & SIDE_ACKED) {
		s->first_ack = STREAM_ORIGIN;
		s->acked = STREAM_ORIGIN + x->acked;
	}
	if (bits & SIDE_WINDOW)
		s->window_end = STREAM_ORIGIN + x->window_end;
	s->fin = q->tcp_flags[e] & TCP_FIN ? s->next : STREAM_NO_FIN;
	s->packets = x->packets;
	s->ip_bytes = x->ip_bytes;
	s->flags = q->tcp_flags[e];
	s->has_origin = (bits & SIDE_ORIGIN) != 0;
	s->has_isn = (bits & SIDE_ISN) != 0;
	s->settled = (bits & SIDE_SETTLED) != 0;
	s->good_checksum = (bits & SIDE_GOOD_CHECKSUM) != 0;
	s->ack_step_one = (bits & SIDE_ACK_STEP_ONE) != 0;
}

static void
pack_accept(const struct accept_side *a, struct packed_conn *q, int e)
{
	q->ts_recent[e] = a->ts_recent;
	q->accept[e] = (a->window_log & ACCEPT_WINDOW) |
	    bit_if(a->has_ts, ACCEPT_TS) | bit_if(a->good_ip, ACCEPT_GOOD_IP);
}

static void
unpack_accept(struct accept_side *a, const struct packed_conn *q, int e)
{
	a->ts_recent = q->ts_recent[e];
	a->window_log = q->accept[e] & ACCEPT_WINDOW;
	a->has_ts = (q->accept[e] & ACCEPT_TS) != 0;
	a->good_ip = (q->accept[e] & ACCEPT_GOOD_IP) != 0;
}

static void
pack_zeek(const struct zeek *z, struct packed_conn *q)
{
	q->ends = pair(z->end[0], z->end[1]);
	q->once = pair(z->once[0], z->once[1]);
	q->has_seq = pair(z->has_seq[0], z->has_seq[1]);
	q->n_letters = z->n;
	memcpy(q->letters, z->letters, PACKED_CONN_LETTERS);
}

/* Letters that come with a number: those of a SYN have its, that of a FIN the
 * one behind the data. */
static void
unpack_zeek(struct zeek *z, const struct packed_conn *q)
{
	for (int e = 0; e < 2; e++) {
		const struct packed_conn_side *x = &q->side[e];

		z->end[e] = half_of(q->ends, e);
		z->once[e] = half_of(q->once, e);
		z->has_seq[e] = half_of(q->has_seq, e);
		for (int i = 0; i < ZEEK_REPEATABLE; i++)
			if (z->has_seq[e] & 1U << i)
				z->seq[e][i] = x->isn;
		if (z->has_seq[e] & 1U << ZEEK_FIN)
			z->seq[e][ZEEK_FIN] += 1 + x->next;
	}
	z->n = q->n_letters;
	memcpy(z->letters, q->letters, PACKED_CONN_LETTERS);
}

/* 48 bits of nanoseconds are three days. */
static void
pack_wait(const struct conn *c, struct packed_conn *q)
{
	const struct conn_wait *w = &c->wait;
	uint64_t since = (uint64_t)c->last_ns - (uint64_t)w->spoke_ns;

	for (int e = 0; e < 2; e++) {
		q->wait[e] = (uint32_t)w->longest[e];
		q->wait_high[e] = (uint16_t)(w->longest[e] >> 32);
	}
	q->since_spoke = (uint32_t)since;
	q->since_high = (uint16_t)(since >> 32);
	q->spoke = w->spoke;
}

static void
unpack_wait(struct conn *c, const struct packed_conn *q)
{
	struct conn_wait *w = &c->wait;
	uint64_t since = (uint64_t)q->since_high << 32 | q->since_spoke;

	for (int e = 0; e < 2; e++)
		w->longest[e] = (uint64_t)q->wait_high[e] << 32 | q->wait[e];
	w->spoke = q->spoke;
	if (w->spoke != 0)
		w->spoke_ns = (int64_t)((uint64_t)q->last_ns - since);
}

static void
pack(const struct conn *c, struct packed_conn_head *head, struct packed_conn *q)
{
	*head = (struct packed_conn_head){
		.handle = c->handle,
		.start_ns = c->start_ns,
		.first_packet = c->first_packet,
	};
	for (int e = 0; e < 2; e++) {
		pack_side(&c->stream[e], q, e);
		pack_accept(&c->accept[e], q, e);
		q->hop[e] = c->hop[e];
		q->wscale[e] = c->wscale[e];
	}
	pack_zeek(&c->zeek, q);
	pack_wait(c, q);
	q->rtt_ns = (uint32_t)c->rtt_ns;
	q->rtt_high = (uint8_t)(c->rtt_ns >> 32);
	q->last_ns = c->last_ns;
	q->packet_span = (uint32_t)(c->last_packet - c->first_packet);
	q->notes = (uint16_t)c->notes;
	q->seen = pair(c->syn_seen[0] | (c->fin_by & 1U) << 2,
	    c->syn_seen[1] | (c->fin_by & 2U) << 1);
	q->roles = pair(c->roles, c->ts_digits);
	q->conn_bits = bit_if(c->full, CONN_FULL) |
	    bit_if(c->opened, CONN_OPENED) | bit_if(c->muted, CONN_MUTED) |
	    bit_if(c->blank, CONN_BLANK) | bit_if(c->client >= 0, CONN_CLIENT) |
	    bit_if(c->client > 0, CONN_CLIENT_END) |
	    bit_if(c->first_sender > 0, CONN_FIRST_END) |
	    bit_if(c->closed, CONN_CLOSED);
}

static void
unpack(struct conn *c, const struct packed_conn_id *id,
    const struct packed_conn_head *head, const struct packed_conn *q)
{
	unsigned bits = q->conn_bits;

	memset(c, 0, sizeof(*c));
	c->number = id->number;
	c->self = endpoint_equal(&id->ep[0], &id->ep[1]);
	c->ep[0] = id->ep[0];
	c->ep[1] = id->ep[1];
	for (int e = 0; e < 2; e++) {
		unpack_side(&c->stream[e], q, e);
		unpack_accept(&c->accept[e], q, e);
		c->hop[e] = q->hop[e];
		c->wscale[e] = q->wscale[e];
		c->syn_seen[e] = half_of(q->seen, e) & 3;
		c->packets += c->stream[e].packets;
	}
	unpack_zeek(&c->zeek, q);
	c->handle = head->handle;
	c->start_ns = head->start_ns;
	c->last_ns = q->last_ns;
	unpack_wait(c, q);
	c->syn_ns = q->seen & pair(1, 1) ? c->start_ns : 0;
	c->rtt_ns = -1;
	if ((bits & CONN_FULL) && q->rtt_high != UINT8_MAX)
		c->rtt_ns = (int64_t)q->rtt_high << 32 | q->rtt_ns;
	c->first_packet = head->first_packet;
	c->last_packet = head->first_packet + q->packet_span;
	c->notes = q->notes;
	c->ts_digits = half_of(q->roles, 1);
	c->client = bits & CONN_CLIENT ? (bits & CONN_CLIENT_END) != 0 : -1;
	c->first_sender = (bits & CONN_FIRST_END) != 0;
	c->roles = half_of(q->roles, 0);
	c->fin_by = (uint8_t)((q->seen >> 2 & 1) | (q->seen >> 5 & 2));
	c->full = (bits & CONN_FULL) != 0;
	c->opened = (bits & CONN_OPENED) != 0;
	c->muted = (bits & CONN_MUTED) != 0;
	c->blank = (bits & CONN_BLANK) != 0;
	c->closed = (bits & CONN_CLOSED) != 0;
}

/* To the byte, padding too: at worst one that could be packed is not. */
static bool
is_same(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n) == 0;
}

bool
conn_pack(struct conn *c, struct packed_conn_head *head, struct packed_conn *q)
{
	const struct packed_conn_id id = { c->number, { c->ep[0], c->ep[1] } };
	struct conn again;

	for (int e = 0; e < 2; e++) {
		struct stream_env env = conn_env(c, e);

		stream_shed(&c->stream[e], &env);
		accept_forget_front(&c->accept[e]);
	}
	pack(c, head, q);
	unpack(&again, &id, head, q);
	again.model = c->model;
	for (int e = 0; e < 2; e++)
		again.stream[e].recent = c->stream[e].recent;
	/* The ways that packets came are forgotten. */
	for (int e = 0; e < 2; e++)
		again.path[e] = c->path[e];
	if (c->self || !is_same(&again, c, sizeof(again)))
		return false;
	for (int e = 0; e < 2; e++) {
		struct stream_env env = conn_env(c, e);

		stream_forget_recent(&c->stream[e], &env);
	}
	c->model->memory += sizeof(*q);
	c->model->memory -= sizeof(*c) + MODEL_MALLOC_COST;
	free(c);
	return true;
}

struct conn *
conn_unpack(struct model *m, const struct packed_conn_id *id,
    const struct packed_conn_head *head, const struct packed_conn *q)
{
	struct conn *c = xmalloc(sizeof(*c));

	unpack(c, id, head, q);
	c->model = m;
	m->memory += sizeof(*c) + MODEL_MALLOC_COST;
	m->memory -= sizeof(*q);
	return c;
}

static struct seq_space
packed_space(const struct packed_conn *q, int e)
{
	const struct packed_conn_side *x = &q->side[e];
	unsigned bits = q->bits[e];
	uint32_t next = bits & SIDE_SETTLED ? x->next : 0, end = next;
	bool fin = (q->tcp_flags[e] & TCP_FIN) != 0;

	if ((bits & SIDE_ACKED) && x->acked > end)
		end = x->acked;
	if (fin && end == next)
		end++;
	return (struct seq_space){
		.span = end,
		.end = x->isn + 1 + end,
		.isn = x->isn,
		.syn_seen = half_of(q->seen, e) & 3,
		.known = (bits & SIDE_ORIGIN) != 0,
		.has_isn = (bits & SIDE_ISN) != 0,
		.settled = (bits & SIDE_SETTLED) != 0,
		.sent_data = (bits & SIDE_DATA) != 0,
		.acked = (bits & SIDE_ACKED) != 0,
		.fin = fin,
		.over = fin && (bits & SIDE_ACKED) && x->acked == next + 1,
	};
}

struct conn_numbers
packed_conn_numbers(const struct packed_conn *q)
{
	struct conn_numbers n = { .closed = (q->conn_bits & CONN_CLOSED) != 0 };

	for (int e = 0; e < 2; e++)
		n.space[e] = packed_space(q, e);
	return n;
}

int8_t
packed_conn_client(const struct packed_conn *q)
{
	unsigned end =
	    q->conn_bits & CONN_CLIENT ? CONN_CLIENT_END : CONN_FIRST_END;

	return (q->conn_bits & end) != 0;
}
