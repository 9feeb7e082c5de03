/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow.c: which connection a segment belongs to, and when one is over.
 *
 * Time is the latest that the capture has shown; it never goes back.
 */
#include "flow/flow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "flow/flow_parts.h"

/* Segments between two looks at the memory that is taken elsewhere. */
#define BESIDE_MASK ((uint64_t)15)
/* So few records are near at hand always. */
#define FEW_RECORDS 256

struct flows *
flows_new(const struct model_config *cfg, struct spill *keep,
    const struct events *events)
{
	struct flows *f = xcalloc(1, sizeof(*f));

	f->model = (struct model){
		.cfg = cfg,
		.keep = keep,
		.blank = spill_new_blank(),
		.events = events,
	};
	flow_table_init(&f->tab, &f->model.memory);
	f->now_ns = INT64_MIN;
	if (events->wants_datagrams)
		f->udp = udp_flows_new(cfg, events, &f->model.memory);
	return f;
}

static bool
is_closed(const struct flow *r)
{
	return r->kind == KIND_LINGERING || r->kind == KIND_SPARED;
}

/* Notes what must be known of the record when it is gone. */
static void
remember(struct flows *f, uint32_t i)
{
	const struct flow *r = flow_table_at(&f->tab, i);
	const struct key k = flow_table_key_at(&f->tab, i);
	struct tombstone note = {
		.hash = flow_table_hash(&f->tab, &k),
		.kind = TOMBSTONE_EVICTED,
	};

	if (is_closed(r)) {
		note.kind = TOMBSTONE_CLOSED;
		note.closed_ns = r->since_ns;
		note.has_end = conn_ends(r->conn, note.end);
	}
	tombstones_add(&f->past, &note);
}

void
flows_finish(struct flows *f, uint32_t i, enum close_reason reason)
{
	const struct flow *r = flow_table_at(&f->tab, i);
	bool closed = is_closed(r);
	struct conn *c = r->kind != KIND_HALF_OPEN ? flows_conn(f, i) : NULL;

	if (reason == CLOSE_EVICTED || (reason != CLOSE_END && closed))
		remember(f, i);
	if (c == NULL && !flows_finish_half(f, i, reason))
		c = flows_conn(f, i);
	if (c != NULL)
		conn_finish(c, reason);
	flow_table_remove(&f->tab, i);
}

/* ---- beginning ---- */

static bool
is_bare_syn(const struct segment *seg)
{
	return (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) ==
	    TCP_SYN &&
	    seg->payload_len == 0 && seg->ip_len <= UINT16_MAX;
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
	};

	flow_table_set_half(flow_table_at(&f->tab, i), &half);
	flow_table_append(&f->tab, i, KIND_HALF_OPEN);
}

static void
spare(struct flows *f, uint32_t i)
{
	flows_pack(f, i);
	flow_table_move(&f->tab, i, KIND_SPARED);
}

/* One that closed has to go, unless more than copies can come. */
static void
keep_lingering_few(struct flows *f)
{
	const struct list *l = &f->tab.lists[KIND_LINGERING];

	if (l->n <= MODEL_LINGER_MAX)
		return;
	if (conn_is_over(flow_table_at(&f->tab, l->first)->conn))
		flows_finish(f, l->first, CLOSE_IDLE);
	else
		spare(f, l->first);
}

/* Open connections longest unused are packed, unless there are few. */
static void
keep_whole_few(struct flows *f)
{
	const struct list *l = &f->tab.lists[KIND_LIVE];
	uint32_t most = f->model.cfg->whole_max;
	uint32_t i = l->first;

	if (l->n <= (most > 0 ? most : MODEL_WHOLE_MAX))
		return;
	flows_pack(f, i);
	flow_table_move(&f->tab, i, KIND_OLD);
	/* It will be the next. */
	flows_fetch(f, l->first);
}

/* Puts a record into the list where its connection belongs. */
static void
file_record(struct flows *f, uint32_t i)
{
	struct flow *r = flow_table_at(&f->tab, i);

	if (!r->conn->closed) {
		r->since_ns = f->now_ns;
		flow_table_move(&f->tab, i, KIND_LIVE);
		keep_whole_few(f);
	} else if (!is_closed(r)) {
		r->since_ns = f->now_ns;
		flow_table_move(&f->tab, i, KIND_LINGERING);
		keep_lingering_few(f);
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

static bool
was_evicted(const struct flows *f, uint64_t hash)
{
	const struct tombstone *note = tombstones_find(&f->past, hash);

	return note != NULL && note->kind == TOMBSTONE_EVICTED;
}

static uint32_t
begin(struct flows *f, const struct key *k, uint64_t hash, int e,
    const struct segment *seg, uint64_t number)
{
	uint32_t i = flow_table_add(&f->tab, k, hash);
	struct flow *r = flow_table_at(&f->tab, i);

	r->number = number;
	f->stats.sessions++;
	if (is_bare_syn(seg) && !tells_packets(f, k, number)) {
		begin_half_open(f, i, e, seg);
		return i;
	}
	r->conn = flows_new_conn(f, i);
	r->since_ns = f->now_ns;
	if (!(seg->flags & TCP_SYN) && was_evicted(f, hash))
		r->conn->notes |= NOTE_CONTINUED;
	flow_table_append(&f->tab, i, KIND_LIVE);
	conn_segment(r->conn, e, seg);
	file_record(f, i);
	return i;
}

/* ---- segments ---- */

/* The candidate is the next connection on this pair of endpoints. */
static uint32_t
commit_candidate(struct flows *f, uint32_t i, const struct key *k,
    uint64_t hash)
{
	struct conn *old = flow_table_at(&f->tab, i)->conn;
	struct segment *first = conn_take_candidate(old);
	uint64_t number = old->candidate_number;
	int e = !endpoint_equal(&first->src, &old->ep[0]);
	uint32_t fresh;

	flows_finish(f, i, CLOSE_REUSE);
	fresh = begin(f, k, hash, e, first, number);
	free(first);
	return fresh;
}

static void
to_conn(struct flows *f, uint32_t i, int e, const struct segment *seg,
    const struct key *k, uint64_t hash)
{
	struct conn *c = flows_conn(f, i);

	conn_segment(c, e, seg);
	if (c->closed && c->candidate != NULL)
		commit_candidate(f, i, k, hash);
	else
		file_record(f, i);
}

/* More SYNs of a connection that is nothing else; false when it becomes
 * more, or is over. */
static bool
more_syn(struct flows *f, uint32_t i, int e, const struct segment *seg,
    const struct key *k)
{
	struct flow *r = flow_table_at(&f->tab, i);
	struct half_open h;

	if (!is_bare_syn(seg) || r->half_end != e || r->half.isn != seg->seq ||
	    r->half.ip_len != seg->ip_len ||
	    r->half_checksum != seg->checksum || tells_packets(f, k, r->number))
		return false;
	h = flow_table_half(r);
	h.last_ns = seg->ts_ns;
	h.last_packet = seg->packet;
	h.packets++;
	h.flags |= seg->flags;
	if (!flow_table_set_half(r, &h))
		return false;
	flow_table_move(&f->tab, i, KIND_HALF_OPEN);
	return true;
}

static void
keep_candidate(struct flows *f, struct conn *c, const struct segment *seg)
{
	const struct segment *k = c->candidate;

	if (k != NULL && k->seq == seg->seq && k->flags == seg->flags &&
	    endpoint_equal(&k->src, &seg->src))
		return;
	conn_set_candidate(c, seg, f->next_number++);
}

static void
known(struct flows *f, uint32_t i, int e, const struct segment *seg,
    const struct key *k, uint64_t hash)
{
	if (flow_table_at(&f->tab, i)->kind == KIND_HALF_OPEN &&
	    more_syn(f, i, e, seg, k))
		return;
	switch (conn_match(flows_conn(f, i), e, seg)) {
	case MATCH_MINE:
		to_conn(f, i, e, seg, k, hash);
		break;
	case MATCH_NEXT:
		flows_finish(f, i, CLOSE_REUSE);
		begin(f, k, hash, e, seg, f->next_number++);
		break;
	case MATCH_CANDIDATE:
		keep_candidate(f, flow_table_at(&f->tab, i)->conn, seg);
		break;
	case MATCH_COMMIT:
		i = commit_candidate(f, i, k, hash);
		to_conn(f, i, e, seg, k, hash);
		break;
	}
}

/* ---- endings ---- */

static int64_t
last_use(const struct flow *r)
{
	return r->kind == KIND_HALF_OPEN ? r->half.last_ns : r->since_ns;
}

static inline void
expire_list(struct flows *f, enum flow_kind kind, int64_t age_ns)
{
	uint32_t i;

	while ((i = f->tab.lists[kind].first) != FLOW_TABLE_NONE &&
	    (uint64_t)f->now_ns -
		    (uint64_t)last_use(flow_table_at(&f->tab, i)) >
		(uint64_t)age_ns)
		flows_finish(f, i, CLOSE_IDLE);
}

static int64_t
linger_ns(const struct flows *f)
{
	int64_t ns = f->model.cfg->linger_ns;

	return ns > 0 ? ns : MODEL_LINGER_NS;
}

static inline void
advance(struct flows *f, int64_t ts_ns)
{
	int64_t idle = f->model.cfg->idle_ns;

	if (ts_ns <= f->now_ns)
		return;
	f->now_ns = ts_ns;
	expire_list(f, KIND_SPARED, linger_ns(f));
	expire_list(f, KIND_LINGERING, linger_ns(f));
	if (idle > 0) {
		expire_list(f, KIND_HALF_OPEN, idle);
		expire_list(f, KIND_OLD, idle);
		expire_list(f, KIND_LIVE, idle);
	}
	if (f->udp != NULL)
		udp_flows_advance(f->udp, ts_ns);
}

static inline void
keep_to_memory(struct flows *f)
{
	if ((++f->taken & BESIDE_MASK) == 0)
		flows_look_beside(f);
	if (f->model.memory + f->beside > f->model.cfg->max_memory)
		flows_make_room(f);
}

/* Whether the segment of end e lies shortly before where that end finished. */
static bool
is_late_copy(const struct flows *f, const struct tombstone *note, int e,
    const struct segment *seg)
{
	uint32_t behind = note->end[e] - seg->seq;

	return note->has_end &&
	    (uint64_t)f->now_ns - (uint64_t)note->closed_ns <=
	    (uint64_t)linger_ns(f) &&
	    behind >= seg->payload_len &&
	    behind <= f->model.cfg->stream.max_gap;
}

/* An ACK, FIN or RST without text, or a copy of old text, that comes after
 * its connection's record is gone: no session of its own. */
static bool
is_echo(const struct flows *f, const struct lookup *x,
    const struct segment *seg)
{
	const struct tombstone *note;

	if (seg->flags & TCP_SYN)
		return false;
	note = tombstones_find(&f->past, x->hash);
	return note != NULL && note->kind == TOMBSTONE_CLOSED &&
	    (seg->payload_len == 0 || is_late_copy(f, note, x->e, seg));
}

static inline void
prepare(const struct flows *f, const struct segment *seg, struct lookup *x)
{
	x->e = key_of(&x->key, &seg->src, &seg->dst,
	    f->model.cfg->split_vlan ? seg->vlan : 0);
	x->hash = flow_table_hash(&f->tab, &x->key);
	x->likely = FLOW_TABLE_NONE;
}

/* The record may have gone since it was looked up, or another come. */
static inline uint32_t
find(const struct flows *f, const struct lookup *x)
{
	uint32_t i = x->likely;

	if (i != FLOW_TABLE_NONE &&
	    flow_table_at(&f->tab, i)->kind != KIND_FREE &&
	    flow_table_has(&f->tab, i, &x->key))
		return i;
	return flow_table_find(&f->tab, &x->key, x->hash);
}

static void
take(struct flows *f, const struct segment *seg, const struct lookup *x)
{
	uint32_t i;

	advance(f, seg->ts_ns);
	i = find(f, x);
	if (i == FLOW_TABLE_NONE && is_echo(f, x, seg))
		f->stats.echoes++;
	else if (i == FLOW_TABLE_NONE)
		begin(f, &x->key, x->hash, x->e, seg, f->next_number++);
	else
		known(f, i, x->e, seg, &x->key, x->hash);
	keep_to_memory(f);
}

void
flows_flush(struct flows *f)
{
	struct waiting *w = f->waiting, *end = w + f->n_waiting;

	f->n_waiting = 0;
	for (w = f->waiting; w < end; w++) {
		w->lookup.likely = flow_table_guess(&f->tab, w->lookup.hash);
		flow_table_fetch(&f->tab, w->lookup.likely);
	}
	for (w = f->waiting; w < end; w++)
		flows_fetch(f, w->lookup.likely);
	for (w = f->waiting; w < end; w++)
		take(f, &w->seg, &w->lookup);
}

void
flows_segment(struct flows *f, const struct segment *seg)
{
	struct lookup x;

	flows_flush(f);
	prepare(f, seg, &x);
	take(f, seg, &x);
}

void
flows_put(struct flows *f, const struct segment *seg)
{
	struct waiting *w = &f->waiting[f->n_waiting];

	if (f->n_waiting == 0 && f->tab.live <= FEW_RECORDS) {
		flows_segment(f, seg);
		return;
	}
	prepare(f, seg, &w->lookup);
	hash_table_fetch(&f->tab.index, w->lookup.hash);
	w->seg = *seg;
	w->seg.frame = w->seg.earlier = NULL;
	w->seg.n_earlier = 0;
	if (++f->n_waiting == FLOWS_BATCH)
		flows_flush(f);
}

void
flows_datagram(struct flows *f, const struct datagram *d)
{
	if (f->udp == NULL)
		return;
	flows_flush(f);
	udp_flows_datagram(f->udp, d);
	keep_to_memory(f);
}

void
flows_tick(struct flows *f, int64_t now_ns)
{
	flows_flush(f);
	advance(f, now_ns);
}

static void
end_all(struct flows *f, enum flow_kind kind)
{
	while (f->tab.lists[kind].first != FLOW_TABLE_NONE)
		flows_finish(f, f->tab.lists[kind].first, CLOSE_END);
}

void
flows_end(struct flows *f)
{
	struct numbered *open;
	size_t n;

	flows_flush(f);
	flow_table_leave(&f->tab);
	end_all(f, KIND_SPARED);
	end_all(f, KIND_LINGERING);
	open = flow_table_by_number(&f->tab, &n);
	for (size_t i = 0; i < n; i++) {
		if (i + FLOWS_BATCH < n)
			flow_table_fetch(&f->tab, open[i + FLOWS_BATCH].record);
		flows_finish(f, open[i].record, CLOSE_END);
	}
	free(open);
	assert(f->tab.live == 0);
	if (f->udp != NULL)
		udp_flows_end(f->udp);
}

void
flows_defer(struct flows *f)
{
	f->model.deferred = true;
}

void
flows_free(struct flows *f)
{
	if (f == NULL)
		return;
	flow_table_fini(&f->tab);
	tombstones_fini(&f->past);
	udp_flows_free(f->udp);
	spill_free(f->model.blank);
	buf_free(&f->model.scratch);
	free(f);
}

struct flows_stats
flows_stats(const struct flows *f)
{
	struct flows_stats s = f->stats;

	s.live = f->tab.live;
	s.told = f->model.told;
	return s;
}
