/* conn.c: one connection, from its first segment to its end. */
#include "model/conn.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "model/seglog.h"

static const struct stream_ops stream_ops;
static const struct order_ops order_ops;

/* False when the session is not wanted, as far as is known now. */
static bool
is_wanted(const struct conn *c)
{
	const struct prospect p = {
		.number = c->number,
		.ep = c->ep,
		.client = c->client,
	};

	return selection_admits(&c->model->cfg->selection, &p);
}

static struct keep *
keep_of(const struct conn *c)
{
	return c->blank ? c->model->blank : c->model->keep;
}

static struct stream_env
env_of(struct conn *c, int e)
{
	return (struct stream_env){
		.cfg = c->model->cfg,
		.keep = keep_of(c),
		.blank = c->blank,
		.ops = &stream_ops,
		.owner = c,
		.e = e,
		.memory = &c->model->memory,
		.seed = c->model->seed,
	};
}

struct conn *
conn_new(struct model *m, uint64_t number, const struct endpoint ep[2])
{
	struct conn *c = xcalloc(1, sizeof(*c));

	c->model = m;
	c->number = number;
	c->ep[0] = ep[0];
	c->ep[1] = ep[1];
	c->client = -1;
	c->first_sender = -1;
	c->roles = ROLES_GUESS;
	c->rtt_ns = -1;
	for (int e = 0; e < 2; e++) {
		stream_init(&c->stream[e]);
		c->wscale[e] = SEGMENT_NO_WSCALE;
	}
	c->blank = !is_wanted(c);
	c->muted = c->blank;
	m->memory += sizeof(*c);
	if (m->deferred)
		c->deferred = c->opened = c->muted = true;
	return c;
}

/* ---- what is told ---- */

/* The end that counts as the client as long as nothing better is known. */
static int
originator(const struct conn *c)
{
	return c->client >= 0 ? c->client : c->first_sender;
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

static struct session
view(const struct conn *c)
{
	return (struct session){
		.number = c->number,
		.client = c->ep[c->client],
		.server = c->ep[!c->client],
		.start_ns = c->start_ns,
		.end_ns = c->last_ns,
		.first_packet = c->first_packet,
		.last_packet = c->last_packet,
		.ts_digits = c->ts_digits,
		.roles = (enum role_source)c->roles,
		.handshake = handshake_of(c),
		.state = "",
		.history = "",
		.rtt_ns = c->rtt_ns,
		.notes = c->notes,
	};
}

/* Roles are needed now. */
static void
settle_roles(struct conn *c)
{
	if (c->client < 0)
		c->client = c->first_sender;
}

/* What is to be told, or not, is decided now. */
static void
settle_selection(struct conn *c)
{
	settle_roles(c);
	c->muted =
	    c->blank || (c->model->cfg->strict && !c->full) || !is_wanted(c);
}

/* False when the session is passed over. */
static bool
open_session(struct conn *c)
{
	struct session s;

	if (c->opened)
		return !c->muted;
	c->opened = true;
	settle_selection(c);
	if (c->muted)
		return false;
	c->model->memory += c->model->events->session_cost;
	s = view(c);
	c->handle = c->model->events->open(c->model->events->ctx, &s);
	return true;
}

/* ---- from the streams ---- */

/* Tells the order module which positions need not be waited for. */
static void
sync_order(struct conn *c)
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
	if (c->order != NULL || c->muted || !c->model->events->wants_turns)
		return c->order;
	c->order = order_new(keep_of(c), &order_ops, c, &c->model->memory);
	sync_order(c);
	return c->order;
}

static void
on_arrived(void *owner, int e, uint64_t end, const struct stamp *st)
{
	struct conn *c = owner;

	if (order_of(c) == NULL)
		return;
	sync_order(c);
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
	settle_roles(c);
	sync_order(c);
}

static const struct stream_ops stream_ops = {
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

/* ---- segments ---- */

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
	struct stream_env env = env_of(c, e);

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
	zeek_syn(&c->zeek, e, originator(c), false);
	stream_syn(&c->stream[e], &env, seg->seq);
}

static void
take_syn_ack(struct conn *c, int e, const struct segment *seg)
{
	struct stream_env env = env_of(c, e), other = env_of(c, !e);
	struct stream *s = &c->stream[e];

	take_role(c, !e, ROLES_SYNACK);
	c->syn_seen[e] |= 2;
	c->wscale[e] = seg->wscale;
	zeek_seq(&c->zeek, e, 'h', seg->seq);
	zeek_syn(&c->zeek, e, originator(c), true);
	if (s->has_isn && s->isn != seg->seq) {
		c->other_isn[e] = seg->seq;
		c->has_other_isn[e] = true;
	}
	stream_syn(s, &env, seg->seq);
	/* The SYN was lost: what its number was is known all the same. */
	stream_syn(&c->stream[!e], &other, seg->ack - 1);
}

/* Of several SYN/ACKs, the one that the client's ACK covers counts. */
static void
choose_isn(struct conn *c, int e, uint32_t ack)
{
	struct stream *s = &c->stream[e];

	if (!c->has_other_isn[e] || s->seen_end > 0 ||
	    ack != c->other_isn[e] + 1)
		return;
	stream_rebase(s, c->other_isn[e]);
	c->has_other_isn[e] = false;
}

static void
note_handshake(struct conn *c, const struct segment *seg)
{
	if (c->full)
		return;
	for (int e = 0; e < 2; e++)
		if (!c->syn_seen[e] || !c->stream[e].has_isn ||
		    c->stream[e].acked < c->stream[e].base)
			return;
	c->full = true;
	c->rtt_ns = seg->ts_ns - c->syn_ns;
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
		return;
	}
	stream_hear(&c->stream[e], seg->seq);
	zeek_rst(&c->zeek, e);
	if (!c->closed)
		c->rst_by = (uint8_t)(1U << e);
}

static uint64_t
take_ack(struct conn *c, int e, const struct segment *seg)
{
	struct stream_env other = env_of(c, !e);
	struct stream *o = &c->stream[!e];
	unsigned shift = 0;
	uint64_t need, edge;

	choose_isn(c, !e, seg->ack);
	need = stream_ack(o, &other, seg->ack);
	if (!(seg->flags & TCP_SYN) && c->wscale[0] != SEGMENT_NO_WSCALE &&
	    c->wscale[1] != SEGMENT_NO_WSCALE)
		shift = c->wscale[e] < 14 ? c->wscale[e] : 14;
	edge = need + ((uint64_t)seg->window << shift);
	if (edge > o->window_end)
		o->window_end = edge;
	return need;
}

/* Whether the segment's bytes yield to another copy: the SYN's until they are
 * acknowledged (RFC 7413), those of a bad checksum among good ones. */
static bool
is_weak(const struct conn *c, int e, const struct segment *seg)
{
	if ((seg->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		return true;
	return seg->checksum == CHECKSUM_BAD &&
	    c->model->cfg->checksum == CHECKSUMS_AUTO &&
	    c->stream[e].good_checksum;
}

/* The candidate was a stray SYN: counted, not believed. */
static void
refuse_candidate(struct conn *c)
{
	int e = !endpoint_equal(&c->candidate->src, &c->ep[0]);
	struct stream_env env = env_of(c, e);

	c->stream[e].packets++;
	stream_count(&c->stream[e], &env, COUNT_OUT_OF_WINDOW);
	conn_drop_candidate(c);
}

static void
take_payload(struct conn *c, int e, const struct segment *seg, uint64_t need)
{
	struct stream_env env = env_of(c, e);
	struct stream *s = &c->stream[e];
	bool syn = (seg->flags & TCP_SYN) != 0;
	uint64_t end_before = s->seen_end;
	struct stamp st = {
		.packet = seg->packet,
		.ordinal = c->packets,
		.ts_ns = seg->ts_ns,
		.need = need,
	};

	if (seg->payload_len == 0)
		return;
	if (syn)
		c->notes |= NOTE_SYN_DATA;
	zeek_once(&c->zeek, e, 'd');
	switch (stream_push(s, &env, seg->seq + syn, seg->payload,
	    seg->payload_len, &st, is_weak(c, e, seg))) {
	case PUSH_OLD:
		zeek_scaled(&c->zeek, e, 't', ++c->zeek.retransmissions[e]);
		break;
	case PUSH_NEW:
		/* The old connection goes on. */
		if (c->candidate != NULL &&
		    endpoint_equal(&c->candidate->src, &c->ep[e]))
			refuse_candidate(c);
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
take_fin(struct conn *c, int e, const struct segment *seg)
{
	struct stream_env env = env_of(c, e);

	zeek_seq(&c->zeek, e, 'f', seg->seq);
	/* Without ACK it is no segment of a connection (RFC 9293, 3.10.7.4). */
	if (!(seg->flags & TCP_ACK))
		return;
	stream_fin(&c->stream[e], &env, seg->seq + seg->payload_len);
}

static void
note_packet(struct conn *c, int e, const struct segment *seg)
{
	struct stream_env env = env_of(c, e);
	struct stream *s = &c->stream[e];

	if (c->packets++ == 0) {
		c->start_ns = seg->ts_ns;
		c->first_packet = seg->packet;
		c->first_sender = (int8_t)e;
	}
	c->last_ns = seg->ts_ns;
	c->last_packet = seg->packet;
	if (seg->ts_digits > c->ts_digits)
		c->ts_digits = seg->ts_digits;
	s->packets++;
	s->flags |= seg->flags;
	if (seg->flags & TCP_URG)
		c->notes |= NOTE_URGENT;
	if (seg->window == 0 && !(seg->flags & (TCP_SYN | TCP_RST | TCP_FIN)))
		zeek_scaled(&c->zeek, e, 'w',
		    stream_count(s, &env, COUNT_ZERO_WINDOW));
	if (seg->checksum == CHECKSUM_BAD)
		zeek_scaled(&c->zeek, e, 'c',
		    stream_count(s, &env, COUNT_BAD_CHECKSUM));
	else if (seg->checksum == CHECKSUM_GOOD)
		s->good_checksum = true;
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
	note_fins(c);
	if (c->closed)
		return;
	c->closed = c->rst_by != 0 ||
	    (c->fin_by == 3 && side_is_done(&c->stream[0]) &&
		side_is_done(&c->stream[1]));
	if (!c->closed)
		return;
	for (int e = 0; e < 2; e++) {
		struct stream_env env = env_of(c, e);

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
		struct stream_env other = env_of(c, !e);
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

static void
log_segment(struct conn *c, struct seglog_entry x, const struct segment *seg)
{
	struct buf b = { 0 };

	if (!c->deferred)
		return;
	seglog_put(&b, x, seg);
	spool_put(c->model->keep, &c->log, b.p, b.n);
	buf_free(&b);
}

static void
take_segment(struct conn *c, int e, const struct segment *seg)
{
	uint64_t need = 0;
	uint8_t flags;

	note_packet(c, e, seg);
	if (seg->checksum == CHECKSUM_BAD &&
	    c->model->cfg->checksum == CHECKSUMS_DROP)
		return;
	flags = sane_flags(c, e, seg->flags);
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
		zeek_other(&c->zeek, e);
	stream_hear(&c->stream[e], seg->seq);
	if (flags & TCP_ACK)
		need = take_ack(c, e, seg);
	note_handshake(c, seg);
	if (seg->payload_len == 0 && flags == TCP_ACK)
		zeek_once(&c->zeek, e, 'a');
	take_payload(c, e, seg, need);
	if (flags & TCP_FIN)
		take_fin(c, e, seg);
	sync_order(c);
	note_close(c);
	limit_waiting(c);
}

void
conn_segment(struct conn *c, int e, const struct segment *seg)
{
	log_segment(c, (struct seglog_entry){ e, SEGLOG_OWN }, seg);
	take_segment(c, e, seg);
}

void
conn_set_candidate(struct conn *c, const struct segment *seg, uint64_t number)
{
	int e = !endpoint_equal(&seg->src, &c->ep[0]);

	log_segment(c, (struct seglog_entry){ e, number }, seg);
	conn_drop_candidate(c);
	c->candidate = segment_copy(seg);
	c->model->memory += segment_cost(seg);
	c->candidate_number = number;
}

void
conn_replay(struct conn *c, struct seglog_entry x, const struct segment *seg)
{
	if (x.next == SEGLOG_OWN)
		conn_segment(c, x.e, seg);
	else
		conn_set_candidate(c, seg, x.next);
}

void
conn_half_open(struct conn *c, const struct half_open *h)
{
	struct segment syn = {
		.flags = h->flags,
		.seq = h->isn,
		.window = h->window,
		.wscale = h->wscale,
		.ts_digits = h->ts_digits,
		.packet = h->first_packet,
		.ts_ns = h->first_ns,
	};

	take_segment(c, h->end, &syn);
	c->has_half = true;
	c->half = *h;
	c->syn_ns = h->last_ns;
	c->last_ns = h->last_ns;
	c->last_packet = h->last_packet;
	c->packets = h->packets;
	c->stream[h->end].packets = h->packets;
}

/* ---- the end ---- */

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
	s->close = reason;
	s->closed_by = closed_by(c, c->fin_by);
	if (!c->closed)
		return;
	s->close = c->rst_by != 0 ? CLOSE_RST : CLOSE_FIN;
	if (c->rst_by != 0)
		s->closed_by = closed_by(c, c->rst_by);
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
		    s->next >= s->acked)
			notes |= NOTE_ACKED_UNSEEN;
	}
	return notes;
}

static void
tell_close(struct conn *c, enum close_reason reason)
{
	char history[ZEEK_HISTORY_MAX + 2];
	struct session s;

	if (!c->opened)
		settle_selection(c);
	if (c->muted)
		return;
	c->model->told++;
	c->notes |= last_notes(c);
	s = view(c);
	for (int e = 0; e < 2; e++)
		if (stream_side(&c->stream[e], &s.side[dir_of(c, e)]))
			s.notes |= NOTE_LISTS_CUT;
	say_how_it_closed(c, &s, reason);
	zeek_history(&c->zeek, c->client, c->client != c->first_sender,
	    history);
	s.history = history;
	s.state = zeek_state(&c->zeek, c->client,
	    s.side[0].bytes + s.side[1].bytes == 0);
	c->model->events->close(c->model->events->ctx, c->handle, &s);
}

static void
retell_segment(void *arg, struct seglog_entry x, const struct segment *seg)
{
	conn_replay(arg, x, seg);
}

static void
retell_block(void *arg, struct slice bytes)
{
	seglog_feed_put(arg, bytes);
}

/* Tells a deferred connection, now that its end is known. */
static void
retell(struct conn *c, enum close_reason reason)
{
	struct model *m = c->model;
	struct seglog_feed feed = { .ep = c->ep, .fn = retell_segment };
	struct conn *again;

	m->deferred = false;
	again = conn_new(m, c->number, c->ep);
	again->notes = c->notes & NOTE_CONTINUED;
	if (c->has_half)
		conn_half_open(again, &c->half);
	feed.arg = again;
	spool_read(m->keep, &c->log, 0, retell_block, &feed);
	if (!seglog_feed_end(&feed))
		assert(false);
	/* It began the next connection. */
	if (c->candidate == NULL)
		conn_drop_candidate(again);
	conn_finish(again, reason);
	m->deferred = true;
}

void
conn_finish(struct conn *c, enum close_reason reason)
{
	bool fin_likely = c->closed || c->fin_by != 0;

	if (c->deferred && !c->model->dropping)
		retell(c, reason);
	if (c->candidate != NULL)
		refuse_candidate(c);
	for (int e = 0; e < 2; e++) {
		struct stream_env env = env_of(c, e);

		stream_end(&c->stream[e], &env, fin_likely);
	}
	if (c->order != NULL) {
		sync_order(c);
		order_end(c->order);
	}
	tell_close(c, reason);
	for (int e = 0; e < 2; e++) {
		struct stream_env env = env_of(c, e);

		stream_fini(&c->stream[e], &env);
	}
	order_free(c->order);
	spool_free(c->model->keep, &c->log);
	c->model->memory -= sizeof(*c);
	if (c->opened && !c->muted)
		c->model->memory -= c->model->events->session_cost;
	free(c);
}

bool
conn_has_payload(const struct conn *c)
{
	return c->stream[0].seen_end > 0 || c->stream[1].seen_end > 0;
}

bool
conn_is_over(const struct conn *c)
{
	return c->closed &&
	    (c->rst_by != 0 ||
		(c->stream[0].acked > c->stream[0].fin &&
		    c->stream[1].acked > c->stream[1].fin));
}
