/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* conn_output.c: what a connection tells of itself, and when. */
#include <stdlib.h>

#include "flow/conn_parts.h"

static const struct order_ops order_ops;

bool
conn_is_wanted(const struct conn *c)
{
	const struct prospect p = {
		.number = c->number,
		.proto = PROTO_TCP,
		.ep = c->ep,
		.client = c->client,
	};

	return selection_admits(&c->model->cfg->selection, &p);
}

static int
dir_of(const struct conn *c, int e)
{
	return e != c->client;
}

static enum handshake
handshake_of(const struct conn *c)
{
	if (c->full)
		return HANDSHAKE_FULL;
	return c->syn_seen[0] || c->syn_seen[1] ? HANDSHAKE_PARTIAL :
						  HANDSHAKE_NONE;
}

/* An end that has not spoken yet is taken to have the other's tags. */
static struct hop
hop_of(const struct conn *c, int e)
{
	const struct hops *hops = &c->model->hops;
	struct hop hop = *hops_at(hops, c->hop[e]);

	if (c->stream[e].packets == 0)
		hop.vlan = hops_at(hops, c->hop[!e])->vlan;
	return hop;
}

static struct session
view(const struct conn *c)
{
	return (struct session){
		.number = c->number,
		.proto = PROTO_TCP,
		.client = c->ep[c->client],
		.server = c->ep[!c->client],
		.hop = { hop_of(c, c->client), hop_of(c, !c->client) },
		.start_ns = c->start_ns,
		.end_ns = c->last_ns,
		.first_packet = c->first_packet,
		.last_packet = c->last_packet,
		.ts_digits = c->ts_digits,
		.roles = (enum role_source)c->roles,
		.handshake = handshake_of(c),
		.history = "",
		.rtt_ns = c->rtt_ns,
		.wait_ns = { conn_wait_ns(c, c->client),
		    conn_wait_ns(c, !c->client) },
		.notes = c->notes,
	};
}

void
conn_settle_selection(struct conn *c)
{
	conn_settle_roles(c);
	c->muted = c->blank || (c->model->cfg->stream.strict && !c->full) ||
	    !conn_is_wanted(c);
}

/* False when the session is passed over. */
static bool
open_session(struct conn *c)
{
	struct session s;

	if (c->opened)
		return !c->muted;
	c->opened = true;
	conn_settle_selection(c);
	if (c->muted) {
		packet_notes_free(c);
		return false;
	}
	c->model->memory += c->model->events->session_cost;
	s = view(c);
	c->handle = c->model->events->open(c->model->events->ctx, &s);
	conn_report_early(c);
	return true;
}

void
conn_sync_order(struct conn *c)
{
	if (c->order == NULL)
		return;
	for (int e = 0; e < 2; e++) {
		const struct stream *s = &c->stream[e];

		if (stream_finished(s))
			order_pass(c->order, e, s->fin + 1);
		else if (s->settled)
			order_pass(c->order, e, s->base);
	}
}

/* Made when there is something to put in order; NULL when nobody wants it. */
static struct order *
order_of(struct conn *c)
{
	if (c->order != NULL || !c->model->events->wants_turns)
		return c->order;
	c->order = order_new(conn_keep(c), &order_ops, c, &c->model->memory);
	conn_sync_order(c);
	return c->order;
}

static void
on_arrived(void *owner, int e, uint64_t end, const struct stamp *st)
{
	struct conn *c = owner;

	if (order_of(c) == NULL)
		return;
	conn_sync_order(c);
	order_arrived(c->order, e, end, st->need);
}

static void
on_data(void *owner, int e, uint64_t pos, uint64_t off, struct slice bytes,
    const struct stamp *st)
{
	struct conn *c = owner;
	struct chunk chunk = {
		.off = off,
		.bytes = bytes,
		.packet = st->packet,
		.ordinal = st->ordinal,
		.ts_ns = st->ts_ns,
	};
	bool wanted = open_session(c);

	/* Bytes that were refused and are used after all. */
	zeek_once(&c->zeek, e, 'd');
	if (wanted) {
		chunk.dir = dir_of(c, e);
		c->model->events->data(c->model->events->ctx, c->handle,
		    &chunk);
	}
	/* What is blank takes the same course as if it were told. */
	if (c->order != NULL && (wanted || c->blank))
		order_data(c->order, e, pos, off, bytes, st);
}

static void
on_gap(void *owner, int e, uint64_t end, const struct gap *g)
{
	struct conn *c = owner;
	bool wanted = open_session(c);

	conn_wait_forget(c);
	if (wanted) {
		zeek_scaled(&c->zeek, e, 'g', ++c->zeek.gaps[e]);
		c->model->events->gap(c->model->events->ctx, c->handle,
		    dir_of(c, e), g);
	}
	if ((wanted || c->blank) && order_of(c) != NULL)
		order_gap(c->order, e, end, g);
}

static void
on_skip(void *owner, int e, uint64_t end)
{
	struct conn *c = owner;

	if (c->order != NULL)
		order_pass(c->order, e, end);
}

static void
on_settled(void *owner, int e)
{
	struct conn *c = owner;

	(void)e;
	conn_settle_roles(c);
	conn_sync_order(c);
}

static bool
on_late(void *owner, int e, uint64_t off, struct slice bytes,
    const struct stamp *st)
{
	struct conn *c = owner;
	const struct events *ev = c->model->events;
	const struct chunk chunk = {
		.dir = dir_of(c, e),
		.off = off,
		.bytes = bytes,
		.packet = st->packet,
		.ordinal = st->ordinal,
		.ts_ns = st->ts_ns,
	};

	if (ev->late == NULL || c->muted || !c->opened ||
	    !ev->late(ev->ctx, c->handle, &chunk))
		return false;
	c->notes |= NOTE_FILLED_LATE;
	return true;
}

const struct stream_ops conn_stream_ops = {
	.late = on_late,
	.arrived = on_arrived,
	.data = on_data,
	.gap = on_gap,
	.skip = on_skip,
	.settled = on_settled,
};

static void
on_turn(void *owner, const struct chunk *chunk)
{
	struct conn *c = owner;
	struct chunk out = *chunk;

	if (c->muted)
		return;
	out.dir = dir_of(c, chunk->dir);
	c->model->events->turn(c->model->events->ctx, c->handle, &out);
}

static void
on_turn_gap(void *owner, int e, const struct gap *g)
{
	struct conn *c = owner;

	if (c->muted)
		return;
	c->model->events->turn_gap(c->model->events->ctx, c->handle,
	    dir_of(c, e), g);
}

static const struct order_ops order_ops = {
	.turn = on_turn,
	.gap = on_turn_gap,
};

static enum closed_by
closed_by(const struct conn *c, unsigned ends)
{
	unsigned by = 0;

	for (int e = 0; e < 2; e++)
		if (ends & 1U << e)
			by |=
			    dir_of(c, e) ? CLOSED_BY_SERVER : CLOSED_BY_CLIENT;
	return (enum closed_by)by;
}

static void
say_how_it_closed(const struct conn *c, struct session *s,
    enum close_reason reason)
{
	unsigned reset_by = zeek_reset_by(&c->zeek);

	s->close = reason;
	s->closed_by = closed_by(c, c->fin_by);
	if (zeek_is_finished(&c->zeek) || (c->closed && reset_by == 0)) {
		s->close = CLOSE_FIN;
	} else if (reset_by != 0) {
		s->close = CLOSE_RST;
		s->closed_by = closed_by(c, reset_by);
	}
}

static unsigned
last_notes(const struct conn *c)
{
	unsigned notes = 0;

	if (!c->syn_seen[0] && !c->syn_seen[1])
		notes |= NOTE_MIDSTREAM;
	for (int e = 0; e < 2; e++) {
		const struct stream *s = &c->stream[e];

		if (s->packets == 0 && (c->stream[!e].flags & TCP_ACK))
			notes |= NOTE_ONE_SIDED;
		if (s->packets > 0 && s->fin == STREAM_NO_FIN &&
		    s->acked > s->seen_end && s->acked > s->base &&
		    s->next + 1 >= s->acked)
			notes |= NOTE_ACKED_UNSEEN;
		if (s->fin != STREAM_NO_FIN && s->phantom)
			notes |= NOTE_DATA_AFTER_FIN;
	}
	return notes;
}

/* All that is to be said of it, if it ended now.  False when it is passed over. */
static bool
describe(struct conn *c, enum close_reason reason, struct session *s,
    char history[static ZEEK_HISTORY_MAX + 2])
{
	/* One that had nothing but packets is opened for them. */
	if (!c->opened && c->told != NULL && c->told->early.size > 0)
		open_session(c);
	else if (!c->opened)
		conn_settle_selection(c);
	if (c->muted)
		return false;
	*s = view(c);
	s->notes |= last_notes(c);
	s->shown = c->shown;
	for (int e = 0; e < 2; e++)
		if (stream_side(&c->stream[e], &s->side[dir_of(c, e)]))
			s->notes |= NOTE_LISTS_CUT;
	say_how_it_closed(c, s, reason);
	zeek_history(&c->zeek, c->client, c->client != c->first_sender,
	    history);
	s->history = history;
	s->state = zeek_state(&c->zeek, c->client,
	    s->side[0].bytes + s->side[1].bytes == 0);
	return true;
}

void
conn_report_close(struct conn *c, enum close_reason reason)
{
	char history[ZEEK_HISTORY_MAX + 2];
	struct session s;

	if (!describe(c, reason, &s, history))
		return;
	c->model->told++;
	c->model->wild += s.side[0].wild + s.side[1].wild;
	c->model->events->close(c->model->events->ctx, c->handle, &s);
}

bool
conn_is_over(const struct conn *c)
{
	return c->closed &&
	    (c->rst_by != 0 ||
		(c->stream[0].acked > c->stream[0].fin &&
		    c->stream[1].acked > c->stream[1].fin));
}

int64_t
conn_show_ns(const struct conn *c)
{
	return c->rst_by != 0 ? MODEL_LINGER_LIVE_NS : MODEL_SHOW_NS;
}

/* Whether all is told that was said: what is missing may still come. */
static bool
is_complete(const struct conn *c)
{
	for (int e = 0; e < 2; e++)
		if (stream_has_hole(&c->stream[e]) ||
		    (c->rst_by == 0 && !stream_finished(&c->stream[e])) ||
		    (c->order != NULL && order_waiting(c->order, e) > 0))
			return false;
	return conn_is_over(c);
}

void
conn_show(struct conn *c)
{
	const struct events *ev = c->model->events;
	char history[ZEEK_HISTORY_MAX + 2];
	struct session s;

	if (c->asked || c->later != NULL || ev->show == NULL || !is_complete(c))
		return;
	c->asked = true;
	if (describe(c, CLOSE_END, &s, history))
		c->shown = ev->show(ev->ctx, c->handle, &s);
}
