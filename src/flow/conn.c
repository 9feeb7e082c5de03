/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* conn.c: one connection, from its first segment to its end. */
#include "flow/conn.h"

#include <assert.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "flow/conn_parts.h"

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
	if (m->deferred) {
		c->later = xcalloc(1, sizeof(*c->later));
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
	/* Who is not wanted may be followed by one who is. */
	if (!c->framed &&
	    !(c->model->events->wants_packets && x.next != SEGMENT_LOG_OWN))
		bare.frame = NULL;
	buf_reset(b);
	segment_log_put(b, x, &bare);
	spill_log_put(c->model->keep, &c->later->log, b->p, b->n);
}

void
conn_segment(struct conn *c, int e, const struct segment *seg)
{
	log_segment(c, (struct segment_log_entry){ e, SEGMENT_LOG_OWN }, seg);
	if (c->vlan[e] == 0)
		c->vlan[e] = seg->vlan;
	conn_input(c, e, seg);
}

void
conn_set_candidate(struct conn *c, const struct segment *seg, uint64_t number)
{
	int e = !endpoint_equal(&seg->src, &c->ep[0]);

	log_segment(c, (struct segment_log_entry){ e, number }, seg);
	conn_drop_candidate(c);
	c->candidate = segment_copy(seg, c->model->events->wants_packets);
	c->model->memory += segment_cost(c->candidate);
	c->candidate_number = number;
}

void
conn_replay(struct conn *c, struct segment_log_entry x,
    const struct segment *seg)
{
	if (x.next == SEGMENT_LOG_OWN)
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
		.checksum = h->checksum,
		.ts_digits = h->ts_digits,
		.packet = h->first_packet,
		.ts_ns = h->first_ns,
	};

	conn_input(c, h->end, &syn);
	if (c->later != NULL) {
		c->later->has_half = true;
		c->later->half = *h;
	}
	if (h->checksum == CHECKSUM_BAD)
		for (uint32_t i = 1; i < h->packets; i++)
			conn_bad_checksum(c, h->end);
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

static void
retell_block(void *arg, struct slice bytes)
{
	segment_log_feed_put(arg, bytes);
}

/* Tells a deferred connection, now that its end is known. */
static void
retell(struct conn *c, enum close_reason reason)
{
	struct model *m = c->model;
	struct segment_log_feed feed = { .ep = c->ep, .fn = retell_segment };
	struct conn *again;

	m->deferred = false;
	again = conn_new(m, c->number, c->ep);
	again->notes = c->notes & NOTE_CONTINUED;
	if (c->later->has_half)
		conn_half_open(again, &c->later->half);
	feed.arg = again;
	spill_log_read(m->keep, &c->later->log, 0, retell_block, &feed);
	if (!segment_log_feed_end(&feed))
		assert(false);
	/* It began the next connection. */
	if (c->candidate == NULL)
		conn_drop_candidate(again);
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
	if (c->candidate != NULL)
		conn_refuse_candidate(c);
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
conn_is_over(const struct conn *c)
{
	return c->closed &&
	    (c->rst_by != 0 ||
		(c->stream[0].acked > c->stream[0].fin &&
		    c->stream[1].acked > c->stream[1].fin));
}

bool
conn_ends(const struct conn *c, uint32_t end[2])
{
	for (int e = 0; e < 2; e++) {
		const struct stream *s = &c->stream[e];

		if (s->fin == STREAM_NO_FIN)
			return false;
		end[e] = s->origin_seq + (uint32_t)(s->fin - STREAM_ORIGIN) + 1;
	}
	return true;
}
