/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * conn_match.c: whether a segment belongs to the connection that its endpoints
 * have, or begins the next one on them (RFC 9293, 3.6.1 and 3.10.7; RFC 6191).
 */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "flow/conn.h"

/* The other side of end e has shown that it is there. */
static bool
is_answered(const struct conn *c, int e)
{
	return c->syn_seen[!e] != 0 || c->stream[!e].seen_end > 0 ||
	    c->stream[e].acked > 0;
}

static enum record_match
not_mine(const struct conn *c)
{
	return c->closed ? MATCH_NEXT : MATCH_CANDIDATE;
}

/* Whether a SYN that comes late fits before what end e has sent. */
static bool
fits_before(const struct conn *c, int e, uint32_t isn)
{
	const struct stream *s = &c->stream[e];
	uint64_t pos = stream_position(s, isn + 1);
	uint64_t first = s->low > 0 ? s->low : stream_known_end(s);

	if (s->settled)
		return pos == s->base;
	return pos <= first && first - pos <= c->model->cfg->stream.max_gap;
}

static enum record_match
of_syn(const struct conn *c, int e, const struct segment *seg)
{
	const struct stream *s = &c->stream[e];

	if (s->has_isn) {
		if (s->isn == seg->seq)
			return MATCH_MINE;
		if ((c->syn_seen[e] & 1) && !is_answered(c, e))
			return MATCH_NEXT;
		return not_mine(c);
	}
	if ((c->syn_seen[!e] & 1) && s->seen_end == 0 && !c->closed)
		return MATCH_MINE;
	if (s->has_origin && fits_before(c, e, seg->seq))
		return MATCH_MINE;
	return not_mine(c);
}

/* The candidate is a SYN of the other end and seg its SYN/ACK. */
static bool
answers_candidate(const struct conn *c, int e, const struct segment *seg)
{
	const struct segment *k = c->candidate;

	if (k == NULL || (k->flags & TCP_ACK) ||
	    !endpoint_equal(&k->src, &c->ep[!e]))
		return false;
	return seg->ack - (k->seq + 1) <= k->payload_len;
}

static enum record_match
of_syn_ack(const struct conn *c, int e, const struct segment *seg)
{
	const struct stream *s = &c->stream[e], *o = &c->stream[!e];
	uint64_t pos;

	if (answers_candidate(c, e, seg))
		return MATCH_COMMIT;
	if (s->has_isn && s->isn == seg->seq)
		return MATCH_MINE;
	if (!o->has_origin)
		return s->has_origin && !fits_before(c, e, seg->seq) ?
		    not_mine(c) :
		    MATCH_MINE;
	if (!o->has_isn)
		return fits_before(c, !e, seg->ack - 1) &&
			(!s->has_origin || fits_before(c, e, seg->seq)) ?
		    MATCH_MINE :
		    not_mine(c);
	pos = stream_position(o, seg->ack);
	if (pos < o->base || pos > stream_known_end(o))
		return not_mine(c);
	/* Another number for the same SYN: which one counts is seen later. */
	return s->seen_end == 0 || !s->has_isn ? MATCH_MINE : not_mine(c);
}

/* seg goes on where the candidate's connection would. */
static bool
follows_candidate(const struct conn *c, int e, const struct segment *seg)
{
	const struct segment *k = c->candidate;

	if (k == NULL || !(seg->flags & TCP_ACK))
		return false;
	if (endpoint_equal(&k->src, &c->ep[e]))
		return !(k->flags & TCP_ACK) &&
		    (seg->seq == k->seq + 1 ||
			seg->seq == k->seq + 1 + k->payload_len) &&
		    stream_position(&c->stream[e], seg->seq) !=
		    stream_known_end(&c->stream[e]);
	return (k->flags & TCP_ACK) && seg->seq == k->ack &&
	    seg->ack == k->seq + 1;
}

enum record_match
conn_match(const struct conn *c, int e, const struct segment *seg)
{
	uint8_t kind = seg->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN);

	if (seg->checksum == CHECKSUM_BAD &&
	    c->model->cfg->checksum == CHECKSUMS_DROP)
		return MATCH_MINE;
	if (kind == TCP_SYN)
		return of_syn(c, e, seg);
	if (kind == (TCP_SYN | TCP_ACK))
		return of_syn_ack(c, e, seg);
	if (kind & TCP_RST)
		return MATCH_MINE;
	if (follows_candidate(c, e, seg))
		return MATCH_COMMIT;
	if (c->closed && seg->payload_len > 0 && !(kind & TCP_SYN) &&
	    !stream_plausible(&c->stream[e], seg->seq, seg->payload_len,
		&c->model->cfg->stream))
		return MATCH_NEXT;
	return MATCH_MINE;
}

struct segment *
conn_take_candidate(struct conn *c)
{
	struct segment *k = c->candidate;

	if (k != NULL)
		c->model->memory -= segment_cost(k);
	c->candidate = NULL;
	return k;
}

void
conn_drop_candidate(struct conn *c)
{
	free(conn_take_candidate(c));
}

size_t
segment_cost(const struct segment *seg)
{
	size_t n = sizeof(*seg) + seg->payload.n;

	if (seg->frame == NULL)
		return n;
	n += sizeof(*seg->frame) + seg->frame->data.n;
	for (size_t i = 0; i < seg->n_earlier; i++)
		n += sizeof(*seg->earlier) + seg->earlier[i].data.n;
	return n;
}

/* Copies s to *at and goes on behind it. */
static struct slice
copy_bytes(uint8_t **at, struct slice s)
{
	struct slice copy = { *at, s.n };

	if (s.n > 0)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return copy;
}

struct segment *
segment_copy(const struct segment *seg, bool frames)
{
	struct segment like = *seg, *k;
	struct packet *v;
	uint8_t *bytes;
	size_t n = seg->n_earlier;

	if (!frames || seg->frame == NULL) {
		like.frame = like.earlier = NULL;
		like.n_earlier = n = 0;
	}
	k = xmalloc(segment_cost(&like));
	*k = like;
	v = (struct packet *)(void *)(k + 1);
	bytes = (uint8_t *)(v + (like.frame != NULL ? n + 1 : 0));
	k->payload = copy_bytes(&bytes, seg->payload);
	if (like.frame == NULL)
		return k;
	k->earlier = v;
	k->frame = &v[n];
	for (size_t i = 0; i <= n; i++) {
		v[i] = i < n ? seg->earlier[i] : *seg->frame;
		v[i].data = copy_bytes(&bytes, v[i].data);
	}
	return k;
}
