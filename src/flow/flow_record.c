/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow_record.c: one record: how it begins, what a segment does to it, where it
 * is filed, and what is known of it when it is gone.
 */
#include <stdlib.h>

#include "flow/flow_parts.h"

static bool
is_closed(const struct flow *r)
{
	return r->kind == KIND_LINGERING || r->kind == KIND_SPARED;
}

struct tombstone
flows_tombstone(struct flows *f, uint32_t i)
{
	const struct flow *r = flow_table_at(&f->tab, i);
	const struct key k = flow_table_key_at(&f->tab, i);
	const struct conn_numbers n = flows_numbers(f, i);
	struct tombstone note = {
		.hash = flow_table_hash(&f->tab, &k),
		.last_ns = flows_last_use(r),
		.closed = is_closed(r),
		.client = flows_client(f, i),
		.roles = ROLES_SYN,
	};

	if (r->kind != KIND_HALF_OPEN) {
		const struct conn *c = flows_conn(f, i);

		note.roles = c->roles;
		for (int e = 0; e < 2; e++)
			note.whole[e] = stream_skipped(&c->stream[e]) == 0;
	}
	tombstone_set_numbers(&note, &n);
	return note;
}

/* ---- beginning ---- */

static bool
is_bare_syn(const struct segment *seg)
{
	return (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) ==
	    TCP_SYN &&
	    seg->payload_len == 0 && seg->ip_len <= UINT16_MAX &&
	    !endpoint_equal(&seg->src, &seg->dst);
}

static void
begin_half_open(struct flows *f, uint32_t i, int e, const struct segment *seg)
{
	const struct half_open half = {
		.first_ns = seg->ts_ns,
		.last_ns = seg->ts_ns,
		.first_packet = seg->packet,
		.last_packet = seg->packet,
		.isn = seg->seq,
		.packets = 1,
		.window = seg->window,
		.ip_len = (uint16_t)seg->ip_len,
		.wscale = seg->wscale,
		.end = (uint8_t)e,
		.checksum = seg->checksum,
		.flags = seg->flags,
		.ts_digits = seg->ts_digits,
		.hop = hops_number(&f->model.hops, &seg->hop),
	};

	flow_table_set_half(flow_table_at(&f->tab, i), &half);
	flow_table_append(&f->tab, i, KIND_HALF_OPEN);
}

void
flows_file(struct flows *f, uint32_t i)
{
	struct flow *r = flow_table_at(&f->tab, i);

	if (!r->conn->closed) {
		r->since_ns = f->now_ns;
		flow_table_move(&f->tab, i, KIND_LIVE);
	} else if (!is_closed(r)) {
		r->since_ns = f->now_ns;
		flow_table_move(&f->tab, i, KIND_LINGERING);
	} else if (r->kind == KIND_SPARED) {
		flows_pack(f, i);
	}
}

/* Whether the new session's packets are told: it needs a connection then,
 * where they can wait. */
static bool
tells_packets(const struct flows *f, const struct key *k, uint64_t number)
{
	struct endpoint ep[2];
	const struct prospect p = {
		.number = number,
		.proto = PROTO_TCP,
		.ep = ep,
		.client = -1,
	};

	if (!f->model.events->wants_packets)
		return false;
	key_ends(k, ep);
	return selection_admits(&f->model.cfg->selection, &p);
}

void
flows_begin(struct flows *f, uint32_t i, int e, const struct segment *seg,
    uint64_t number, const struct conn_heritage *h)
{
	struct flow *r = flow_table_at(&f->tab, i);
	const struct key k = flow_table_key_at(&f->tab, i);

	r->number = number;
	f->stats.sessions++;
	if (is_bare_syn(seg) && !tells_packets(f, &k, number)) {
		begin_half_open(f, i, e, seg);
		return;
	}
	r->conn = flows_new_conn(f, i);
	r->since_ns = f->now_ns;
	if (h != NULL)
		conn_inherit(r->conn, h);
	flow_table_append(&f->tab, i, KIND_LIVE);
	conn_segment(r->conn, e, seg, SEGMENT_LOG_OWN);
	flows_file(f, i);
}

/* ---- segments ---- */

/* More SYNs of a connection that is nothing else; false when it becomes
 * more, or is over. */
static bool
more_syn(struct flows *f, uint32_t i, int e, const struct segment *seg)
{
	struct flow *r = flow_table_at(&f->tab, i);
	const struct key k = flow_table_key_at(&f->tab, i);
	struct half_open h;

	if (!is_bare_syn(seg) || r->half_end != e || r->half.isn != seg->seq ||
	    r->half.ip_len != seg->ip_len ||
	    r->half_checksum != seg->checksum ||
	    tells_packets(f, &k, r->number))
		return false;
	h = flow_table_half(r);
	if (seg->ts_ns < h.first_ns)
		h.first_ns = seg->ts_ns;
	if (seg->ts_ns > h.last_ns)
		h.last_ns = seg->ts_ns;
	h.last_packet = seg->packet;
	h.packets++;
	h.copies = (uint8_t)(h.copies + seg->copy);
	h.flags |= seg->flags;
	if (!flow_table_set_half(r, &h))
		return false;
	flow_table_move(&f->tab, i, KIND_HALF_OPEN);
	return true;
}

/* A closed record is known as long as more data come, and some time longer. */
static void
linger_on(struct flows *f, uint32_t i)
{
	struct flow *r = flow_table_at(&f->tab, i);

	if (!is_closed(r))
		return;
	r->since_ns = f->now_ns;
	flow_table_move(&f->tab, i, r->kind);
}

void
flows_give(struct flows *f, uint32_t i, int e, const struct segment *seg,
    enum segment_log_as as)
{
	struct conn *c;
	uint64_t seen_end;
	bool goes_on;

	if (flow_table_at(&f->tab, i)->kind == KIND_HALF_OPEN &&
	    more_syn(f, i, e, seg))
		return;
	c = flows_conn(f, i);
	seen_end = c->stream[e].seen_end;
	conn_segment(c, e, seg, as);
	goes_on = c->stream[e].seen_end > seen_end;
	flows_file(f, i);
	if (goes_on)
		linger_on(f, i);
}

/* ---- when it is gone ---- */

int64_t
flows_linger_ns(const struct flows *f)
{
	int64_t ns = f->model.cfg->linger_ns;

	return ns > 0 ? ns : MODEL_LINGER_NS;
}

/* Whether the segment of end e lies shortly before where that end was, and not
 * long after. */
static bool
is_late_copy(const struct flows *f, const struct tombstone *note, int e,
    const struct segment *seg)
{
	uint32_t behind = note->end[e] - seg->seq;

	return note->known[e] &&
	    (uint64_t)f->now_ns - (uint64_t)note->last_ns <=
	    (uint64_t)flows_linger_ns(f) &&
	    behind >= seg->payload_len &&
	    behind <= f->model.cfg->stream.max_gap;
}

/* Whether the segment of end e has nothing that the open connection did not
 * have, however long ago: its keep-alive, or a copy where nothing was missing
 * that it may fill. */
static bool
is_nothing_new(const struct tombstone *note, int e, const struct segment *seg)
{
	uint32_t behind = note->end[e] - seg->seq;

	if (note->closed || !note->known[e] || behind > INT32_MAX ||
	    behind < seg->payload_len)
		return false;
	if (behind == 1 && seg->payload_len == 1)
		return true;
	return note->whole[e] && behind <= note->span[e];
}

enum recall
flows_recall(const struct flows *f, const struct lookup *x,
    const struct segment *seg, struct conn_heritage *h)
{
	const struct tombstone *note;
	bool any_closed;

	if (seg->flags & TCP_SYN)
		return RECALL_NOTHING;
	note = tombstones_match(&f->past, x->hash, x->e, seg,
	    f->model.cfg->stream.max_gap, &any_closed);
	if (seg->payload_len == 0)
		return note != NULL || any_closed ? RECALL_LATE :
						    RECALL_NOTHING;
	if (note == NULL)
		return RECALL_NOTHING;
	if (is_late_copy(f, note, x->e, seg) || is_nothing_new(note, x->e, seg))
		return RECALL_LATE;
	*h = (struct conn_heritage){
		.notes = NOTE_CONTINUED,
		.client = note->client,
		.roles = note->roles,
	};
	return RECALL_GOES_ON;
}
