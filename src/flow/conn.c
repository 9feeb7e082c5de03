/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* conn.c: one connection, from its first segment to its end. */
#include "flow/conn.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limit.h"
#include "base/record_log.h"
#include "base/xalloc.h"
#include "flow/conn_parts.h"

struct conn *
conn_new(struct model *m, uint64_t number, const struct endpoint ep[2])
{
	struct conn *c = xcalloc(1, sizeof(*c));

	c->model = m;
	c->number = number;
	c->ep[0] = ep[0];
	c->ep[1] = ep[1];
	c->self = endpoint_equal(&ep[0], &ep[1]);
	c->client = -1;
	c->first_sender = -1;
	c->roles = ROLES_GUESS;
	c->rtt_ns = -1;
	for (int e = 0; e < 2; e++) {
		stream_init(&c->stream[e]);
		c->wscale[e] = SEGMENT_NO_WSCALE;
	}
	if (m->deferred) {
		c->later = xcalloc(1, sizeof(*c->later));
		c->later->heritage.client = -1;
		c->later->heritage.roles = ROLES_GUESS;
		m->memory += sizeof(*c->later);
	}
	c->blank = m->deferred || !conn_is_wanted(c);
	c->muted = c->blank;
	m->memory += sizeof(*c) + MODEL_MALLOC_COST;
	c->framed =
	    m->deferred && m->events->wants_packets && conn_is_wanted(c);
	if (m->events->wants_packets && !c->blank)
		packet_notes_new(c);
	return c;
}

static void
log_segment(struct conn *c, struct segment_log_entry x,
    const struct segment *seg)
{
	struct buf *b = &c->model->scratch;
	struct segment bare;

	if (c->later == NULL)
		return;
	bare = *seg;
	if (!c->framed)
		bare.frame = NULL;
	buf_reset(b);
	segment_log_put(b, x, &bare);
	spill_log_put(c->model->keep, &c->later->log, b->p, b->n);
}

/* Of each end the first, and the first tags: where both sides of a trunk are
 * captured, a copy may have none. */
static void
note_hop(struct conn *c, int e, const struct hop *x)
{
	struct hops *hops = &c->model->hops;
	struct hop hop = *hops_at(hops, c->hop[e]);

	if (c->hop[e] == 0) {
		c->hop[e] = hops_number(hops, x);
	} else if (hop.vlan == 0) {
		hop.vlan = x->vlan;
		c->hop[e] = hops_number(hops, &hop);
	}
}

void
conn_segment(struct conn *c, int e, const struct segment *seg,
    enum segment_log_as as)
{
	log_segment(c, (struct segment_log_entry){ e, as }, seg);
	if (as == SEGMENT_LOG_WILD) {
		conn_wild(c, e, seg);
		return;
	}
	if (seg->hop.vlan != 0 || (c->hop[e] == 0 && seg->hop.has_src))
		note_hop(c, e, &seg->hop);
	if (c->path[e] == 0)
		c->path[e] = segment_path(seg);
	c->far = as == SEGMENT_LOG_FAR;
	conn_input(c, e, seg);
	c->far = false;
}

void
conn_replay(struct conn *c, struct segment_log_entry x,
    const struct segment *seg)
{
	conn_segment(c, x.e, seg, x.as);
}

void
conn_inherit(struct conn *c, const struct conn_heritage *h)
{
	c->notes |= h->notes;
	c->client = h->client;
	c->roles = h->roles;
	c->continuations = h->continuations;
	for (int e = 0; e < 2; e++)
		c->skipped[e] = h->skipped[e];
	if (c->later != NULL)
		c->later->heritage = *h;
}

/* What a direction may miss, whatever the time. */
static uint64_t
missing_base(const struct conn *c)
{
	return LIMIT_MISSING_GAPS * c->model->cfg->stream.max_gap;
}

struct conn_heritage
conn_bequeath(struct conn *c)
{
	struct conn_heritage h = {
		.notes = NOTE_CONTINUED,
		.client = conn_client(c),
		.roles = c->roles,
		.continuations = c->continuations + 1,
	};

	/* What is left of it the other one has, and this one no more. */
	for (int e = 0; e < 2; e++) {
		h.skipped[e] = c->skipped[e] + stream_skipped(&c->stream[e]);
		if (h.skipped[e] < missing_base(c))
			c->skipped[e] += missing_base(c) - h.skipped[e];
	}
	return h;
}

int8_t
conn_client(const struct conn *c)
{
	return (int8_t)conn_originator(c);
}

struct conn_numbers
conn_numbers(const struct conn *c)
{
	struct conn_numbers n = { .self = c->self, .closed = c->closed };

	for (int e = 0; e < 2; e++) {
		n.space[e] = seq_space_of(&c->stream[e]);
		n.space[e].syn_seen = c->syn_seen[e];
		n.space[e].path = c->path[e];
		n.space[e].other = c->other_isn[e] + 1;
		n.space[e].has_other =
		    c->has_other_isn[e] && c->stream[e].seen_end == 0;
	}
	return n;
}

bool
conn_may_skip(const struct conn *c, int e, uint64_t n, int64_t ts_ns)
{
	uint64_t so_far = c->skipped[e] + stream_skipped(&c->stream[e]);
	uint64_t allowed = missing_base(c);
	uint64_t ns =
	    ts_ns > c->start_ns ? (uint64_t)ts_ns - (uint64_t)c->start_ns : 0;

	if (ns / 1000000000 >= LIMIT_MISSING / LIMIT_MISSING_PER_S)
		allowed = LIMIT_MISSING;
	else
		allowed += ns / 1000 * (LIMIT_MISSING_PER_S / 1000000);
	if (allowed > LIMIT_MISSING)
		allowed = LIMIT_MISSING;
	if (c->stream[!e].packets == 0 && allowed > LIMIT_MISSING_ALONE)
		allowed = LIMIT_MISSING_ALONE;
	return so_far <= allowed && n <= allowed - so_far;
}

void
conn_half_open(struct conn *c, const struct half_open *h)
{
	struct segment syn = {
		.flags = h->flags,
		.seq = h->isn,
		.window = h->window,
		.wscale = h->wscale,
		.checksum = h->checksum,
		.ts_digits = h->ts_digits,
		.packet = h->first_packet,
		.ts_ns = h->first_ns,
	};

	conn_input(c, h->end, &syn);
	c->hop[h->end] = h->hop;
	if (c->later != NULL) {
		c->later->has_half = true;
		c->later->half = *h;
	}
	if (h->checksum == CHECKSUM_BAD)
		for (uint32_t i = 1; i < h->packets; i++)
			conn_bad_checksum(c, h->end);
	for (unsigned i = 0; i < h->copies; i++)
		conn_count_copy(c, h->end);
	if (c->syn_seen[h->end])
		c->syn_ns = h->last_ns;
	c->last_ns = h->last_ns;
	c->last_packet = h->last_packet;
	c->packets = h->packets;
	c->stream[h->end].packets = h->packets;
	c->stream[h->end].ip_bytes = (uint64_t)h->packets * h->ip_len;
}

static void
retell_segment(void *arg, struct segment_log_entry x, const struct segment *seg)
{
	conn_replay(arg, x, seg);
}

/* Tells a deferred connection, now that its end is known. */
static void
retell(struct conn *c, enum close_reason reason)
{
	struct model *m = c->model;
	struct segment_log_reader log = { .ep = c->ep, .fn = retell_segment };
	struct conn *again;

	m->deferred = false;
	again = conn_new(m, c->number, c->ep);
	conn_inherit(again, &c->later->heritage);
	again->notes |= c->notes & (NOTE_JUMPED | NOTE_COPY_OF);
	if (c->later->has_half)
		conn_half_open(again, &c->later->half);
	log.arg = again;
	if (!record_log_replay(m->keep, &c->later->log, segment_log_take,
		&log) ||
	    log.bad)
		assert(false);
	segment_log_reader_fini(&log);
	conn_finish(again, reason);
	m->deferred = true;
}

static void
later_free(struct conn *c)
{
	if (c->later == NULL)
		return;
	spill_log_free(c->model->keep, &c->later->log);
	c->model->memory -= sizeof(*c->later);
	free(c->later);
}

void
conn_finish(struct conn *c, enum close_reason reason)
{
	bool fin_likely = c->closed || c->fin_by != 0;

	if (c->later != NULL && !c->model->dropping)
		retell(c, reason);
	for (int e = 0; e < 2; e++) {
		struct stream_env env = conn_env(c, e);

		stream_end(&c->stream[e], &env, fin_likely);
	}
	if (c->order != NULL) {
		conn_sync_order(c);
		order_end(c->order);
	}
	conn_report_close(c, reason);
	for (int e = 0; e < 2; e++) {
		struct stream_env env = conn_env(c, e);

		stream_fini(&c->stream[e], &env);
	}
	order_free(c->order);
	packet_notes_free(c);
	later_free(c);
	c->model->memory -= sizeof(*c) + MODEL_MALLOC_COST;
	if (c->opened && !c->muted)
		c->model->memory -= c->model->events->session_cost;
	free(c);
}

bool
conn_may_revive(const struct conn *c)
{
	return c->rst_by != 0 &&
	    (c->stream[0].seen_end > 0 || c->stream[1].seen_end > 0);
}
