/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * packet_notes.c: a connection's packets, one by one: their numbers as the two
 * sides count them, and what each was to the connection.
 *
 * Until the session is opened they wait, with their frames, in a record log.
 */
#include <stdlib.h>

#include "base/record_log.h"
#include "base/xalloc.h"
#include "flow/conn_parts.h"

/* What the first packets of a connection take, about. */
#define PACKET_NOTES_COST (sizeof(struct packet_notes) + 1024)

/* What is certain of a packet when it comes: positions, since their origins
 * may become known later.  In the log of those that wait, the header. */
struct packet_facts {
	uint64_t notes;
	uint64_t seq;
	uint64_t ack;
	uint64_t window;
};

void
packet_notes_new(struct conn *c)
{
	c->told = xcalloc(1, sizeof(*c->told));
	c->model->memory += PACKET_NOTES_COST;
}

void
packet_notes_free(struct conn *c)
{
	if (c->told == NULL)
		return;
	spill_log_free(c->model->keep, &c->told->early);
	free(c->told);
	c->told = NULL;
	c->model->memory -= PACKET_NOTES_COST;
}

void
conn_note(struct conn *c, unsigned notes)
{
	if (c->told != NULL)
		c->told->notes |= notes;
}

/* RFC 7323, 1.3: a SYN/ACK has the option only when the SYN had it. */
static bool
peer_scales(const struct conn *c, int e)
{
	return c->wscale[!e] != SEGMENT_NO_WSCALE ||
	    (!c->syn_seen[!e] && (c->syn_seen[e] & 2));
}

unsigned
conn_window_shift(const struct conn *c, int e, uint8_t flags)
{
	if ((flags & TCP_SYN) || c->wscale[e] == SEGMENT_NO_WSCALE ||
	    !peer_scales(c, e))
		return 0;
	return c->wscale[e] < 14 ? c->wscale[e] : 14;
}

/* ---- notes ---- */

/* RFC 5681, 2: the peer has data on the way, and this says nothing new. */
static bool
is_duplicate_ack(const struct conn *c, int e, const struct segment *seg)
{
	const struct stream *o = &c->stream[!e];

	if (seg->payload_len > 0 || !(seg->flags & TCP_ACK) ||
	    (seg->flags & (TCP_SYN | TCP_FIN | TCP_RST)) ||
	    !c->told->has_window[e] || c->told->window[e] != seg->window)
		return false;
	return o->acked > 0 && o->seen_end > o->acked &&
	    stream_position(o, seg->ack) == o->acked;
}

/* The end of what the stream's sender has sent, as far as seen; 0: unknown. */
static uint64_t
sent_end(const struct stream *s)
{
	uint64_t end = s->seen_end;

	if (s->settled && s->base > end)
		end = s->base;
	if (end > 0 && s->fin != STREAM_NO_FIN && s->fin + 1 > end)
		end = s->fin + 1;
	return end;
}

/* A SYN or FIN that was there already. */
static bool
is_repeated(const struct conn *c, int e, const struct segment *seg)
{
	const struct stream *s = &c->stream[e];
	unsigned kind = seg->flags & TCP_ACK ? 2 : 1;

	if (seg->flags & TCP_SYN)
		return (c->syn_seen[e] & kind) && s->has_isn &&
		    s->isn == seg->seq;
	return (seg->flags & TCP_FIN) && seg->payload_len == 0 &&
	    s->fin != STREAM_NO_FIN && stream_position(s, seg->seq) == s->fin;
}

static bool
is_behind_hole(const struct stream *s, const struct segment *seg)
{
	bool counts = seg->payload_len > 0 || (seg->flags & TCP_FIN);

	return counts && !(seg->flags & (TCP_SYN | TCP_RST)) && s->has_origin &&
	    sent_end(s) > 0 && stream_position(s, seg->seq) > sent_end(s);
}

/* RFC 9293, 3.10.7.4, first: as far as the windows were seen to be scaled. */
static bool
is_beyond_window(const struct conn *c, int e, const struct segment *seg)
{
	const struct stream *s = &c->stream[e];

	return seg->payload_len > 0 && c->full && s->window_end > 0 &&
	    stream_position(s, seg->seq) + seg->payload_len > s->window_end;
}

void
conn_note_numbers(struct conn *c, int e, const struct segment *seg)
{
	const struct stream *s = &c->stream[e];

	if (is_duplicate_ack(c, e, seg) && !seg->copy)
		conn_note(c, PACKET_DUPLICATE_ACK);
	if (is_beyond_window(c, e, seg))
		conn_note(c, PACKET_BEYOND_WINDOW);
	if (is_repeated(c, e, seg) && !seg->copy)
		conn_note(c, PACKET_RETRANSMISSION);
	if (is_behind_hole(s, seg))
		conn_note(c, PACKET_HOLE_BEFORE);
	c->told->has_window[e] |= (seg->flags & TCP_ACK) != 0;
	if (seg->flags & TCP_ACK)
		c->told->window[e] = seg->window;
}

void
conn_note_push(struct conn *c, int e, const struct segment *seg, enum push push,
    uint64_t seen_end)
{
	const struct stream *s = &c->stream[e];
	bool syn = (seg->flags & TCP_SYN) != 0;
	uint64_t end;

	if (c->told == NULL)
		return;
	end = stream_position(s, seg->seq + syn) + seg->payload_len;
	switch (push) {
	case PUSH_NEW:
		if (end <= seen_end && !seg->copy)
			conn_note(c, PACKET_OUT_OF_ORDER);
		break;
	case PUSH_OLD:
		if (seg->copy)
			break;
		conn_note(c,
		    s->has_isn && end <= s->base ? PACKET_OUT_OF_WINDOW :
						   PACKET_RETRANSMISSION);
		break;
	case PUSH_KEEPALIVE:
	case PUSH_KEEPALIVE_SAME:
		c->told->notes &= ~(unsigned)PACKET_DUPLICATE_ACK;
		conn_note(c, PACKET_KEEP_ALIVE);
		break;
	case PUSH_NOTHING:
		conn_note(c, packet_refused(REFUSAL_WINDOW));
		break;
	case PUSH_WILD:
		conn_note(c, PACKET_OUT_OF_WINDOW);
		break;
	case PUSH_EMPTY:
		break;
	}
}

/* ---- reporting ---- */

/* What counts as the stream's number 1. */
static uint64_t
position_of_one(const struct stream *s)
{
	return s->has_isn ? s->base : STREAM_ORIGIN;
}

static int64_t
relative(const struct stream *s, uint64_t pos)
{
	return (int64_t)(pos - position_of_one(s)) + 1;
}

static void
report(struct conn *c, int e, const struct packet_facts *x,
    const struct segment *seg)
{
	struct packet_event p = {
		.dir = e != c->client,
		.ordinal = ++c->told->n,
		.window = x->window,
		.notes = (unsigned)x->notes,
		.seg = seg,
	};

	if (!(seg->flags & TCP_SYN))
		p.seq = relative(&c->stream[e], x->seq);
	if (seg->flags & TCP_ACK)
		p.ack = relative(&c->stream[!e], x->ack);
	c->model->events->packet(c->model->events->ctx, c->handle, &p);
}

static void
keep_early(struct conn *c, int e, const struct packet_facts *x,
    const struct segment *seg)
{
	struct buf *b = &c->model->scratch;

	buf_reset(b);
	segment_log_put_bare(b, (struct segment_log_entry){ .e = e }, seg);
	record_log_put(c->model->keep, &c->told->early,
	    (struct slice){ (const uint8_t *)x, sizeof(*x) },
	    (struct slice){ b->p, b->n });
}

static void
report_or_store(struct conn *c, int e, const struct packet_facts *x,
    const struct segment *seg)
{
	/* Logged by a run that kept no frames. */
	if (seg->frame == NULL)
		return;
	if (c->opened)
		report(c, e, x, seg);
	else
		keep_early(c, e, x, seg);
}

static uint64_t
position(const struct stream *s, uint32_t seq)
{
	return s->has_origin ? stream_position(s, seq) : STREAM_ORIGIN;
}

void
conn_report_packet(struct conn *c, int e, const struct segment *seg)
{
	struct packet_facts x = {
		.notes = c->told->notes,
		.seq = position(&c->stream[e], seg->seq),
		.ack = position(&c->stream[!e], seg->ack),
		.window = (uint64_t)seg->window
		    << conn_window_shift(c, e, seg->flags),
	};

	c->told->notes = 0;
	report_or_store(c, e, &x, seg);
}

void
conn_report_stray(struct conn *c, int e, const struct segment *seg)
{
	struct packet_facts x = {
		.notes = PACKET_OUT_OF_WINDOW,
		.window = seg->window,
	};

	if (c->told == NULL)
		return;
	x.seq = position(&c->stream[e], seg->seq);
	x.ack = position(&c->stream[!e], seg->ack);
	report_or_store(c, e, &x, seg);
}

/* Packets that waited, on their way back. */
struct early {
	struct conn *c;
	struct segment_log_reader log;
};

static void
report_record(void *arg, struct slice record)
{
	struct early *x = arg;
	struct segment seg = { 0 };
	struct segment_log_entry entry;
	struct packet_facts facts;

	if (record_take_head(&record, &facts, sizeof(facts)) &&
	    segment_log_get(&x->log, record, &entry, &seg) && seg.frame != NULL)
		report(x->c, entry.e, &facts, &seg);
}

void
conn_report_early(struct conn *c)
{
	struct early x = { .c = c, .log.ep = c->ep };

	if (c->told == NULL)
		return;
	record_log_replay(c->model->keep, &c->told->early, report_record, &x);
	spill_log_free(c->model->keep, &c->told->early);
	segment_log_reader_fini(&x.log);
}
