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
	hops_init(&f->model.hops, &f->model.memory, cfg->max_memory);
	flow_table_init(&f->tab, &f->model.memory);
	pairs_init(&f->pairs, &f->model.memory);
	f->now_ns = INT64_MIN;
	if (events->wants_datagrams)
		f->udp = udp_flows_new(cfg, events, &f->model.memory);
	return f;
}

/* Whether the segment goes on where both ends are: most do. */
static inline bool
is_in_order(const struct conn *c, int e, const struct segment *seg)
{
	const struct stream *s = &c->stream[e], *o = &c->stream[!e];
	uint64_t end, base;
	uint32_t behind;

	if ((seg->flags & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_ACK ||
	    !s->settled || !o->settled || c->closed || c->self)
		return false;
	end = stream_known_end(s);
	if (s->fin == end && seg->payload_len == 0)
		end++;
	if (seg->seq != s->origin_seq + (uint32_t)(end - STREAM_ORIGIN))
		return false;
	end = stream_known_end(o);
	if (o->fin == end)
		end++;
	base = o->base;
	behind = o->origin_seq + (uint32_t)(end - STREAM_ORIGIN) - seg->ack;
	return behind <= end - base;
}

/* Whether the segment is the SYN of a half-open record again, or its SYN/ACK:
 * most are. */
static inline bool
is_of_half_open(const struct flow *r, int e, const struct segment *seg)
{
	uint8_t kind = seg->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN);

	if (r->half_checksum == CHECKSUM_BAD || seg->checksum == CHECKSUM_BAD)
		return false;
	if (r->half_end == e)
		return kind == TCP_SYN && seg->seq == r->half.isn;
	return kind == (TCP_SYN | TCP_ACK) && seg->ack == r->half.isn + 1;
}

static void
known(struct flows *f, uint32_t i, const struct segment *seg,
    const struct lookup *x)
{
	const struct flow *r = flow_table_at(&f->tab, i);

	if (!r->paired && r->kind == KIND_HALF_OPEN &&
	    is_of_half_open(r, x->e, seg)) {
		flows_give(f, i, x->e, seg, SEGMENT_LOG_OWN);
		return;
	}

	if (!r->paired && r->kind != KIND_HALF_OPEN &&
	    is_in_order(flows_conn(f, i), x->e, seg)) {
		conn_segment(r->conn, x->e, seg, SEGMENT_LOG_OWN);
		flows_file(f, i);
	} else {
		flows_match(f, i, x, seg);
	}
}

/* ---- endings ---- */

static inline void
expire_list(struct flows *f, enum flow_kind kind, int64_t age_ns)
{
	uint32_t i;

	while ((i = f->tab.lists[kind].first) != FLOW_TABLE_NONE &&
	    (uint64_t)f->now_ns -
		    (uint64_t)flows_last_use(flow_table_at(&f->tab, i)) >
		(uint64_t)age_ns)
		flows_finish(f, i, CLOSE_IDLE);
}

static inline void
advance(struct flows *f, int64_t ts_ns)
{
	int64_t idle = f->model.cfg->idle_ns;

	if (ts_ns <= f->now_ns)
		return;
	f->now_ns = ts_ns;
	expire_list(f, KIND_SPARED, flows_linger_ns(f));
	expire_list(f, KIND_LINGERING, flows_linger_ns(f));
	if (idle > 0) {
		expire_list(f, KIND_HALF_OPEN, idle);
		expire_list(f, KIND_OLD, idle);
		expire_list(f, KIND_LIVE, idle);
	}
	if (f->udp != NULL)
		udp_flows_advance(f->udp, ts_ns);
}

/* Closed ones have to go, unless more than copies can come. */
static void
keep_lingering_few(struct flows *f)
{
	const struct list *l = &f->tab.lists[KIND_LINGERING];

	while (l->n > MODEL_LINGER_MAX) {
		uint32_t i = l->first;

		if (conn_is_over(flow_table_at(&f->tab, i)->conn)) {
			flows_finish(f, i, CLOSE_IDLE);
		} else {
			flows_pack(f, i);
			flow_table_move(&f->tab, i, KIND_SPARED);
		}
	}
}

/* Open connections longest unused are packed, unless there are few. */
static void
keep_whole_few(struct flows *f)
{
	const struct list *l = &f->tab.lists[KIND_LIVE];
	uint32_t most = f->model.cfg->whole_max;

	while (l->n > (most > 0 ? most : MODEL_WHOLE_MAX)) {
		uint32_t i = l->first;

		flows_pack(f, i);
		flow_table_move(&f->tab, i, KIND_OLD);
		/* It will be the next. */
		flows_fetch(f, l->first);
	}
}

static inline void
keep_to_memory(struct flows *f)
{
	if ((++f->taken & BESIDE_MASK) == 0)
		flows_look_beside(f);
	if (f->model.memory + f->beside > f->model.cfg->max_memory)
		flows_make_room(f);
}

static inline void
prepare(const struct flows *f, const struct segment *seg, struct lookup *x)
{
	x->e = key_of(&x->key, &seg->src, &seg->dst,
	    f->model.cfg->split_vlan ? hop_vlan_digest(seg->hop.vlan) : 0);
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

/* A segment on endpoints that have no record. */
static void
unknown(struct flows *f, const struct segment *seg, const struct lookup *x)
{
	struct conn_heritage h;
	enum recall recall = flows_recall(f, x, seg, &h);

	if (recall == RECALL_LATE)
		f->stats.echoes++;
	else
		flows_begin(f, flow_table_add(&f->tab, &x->key, x->hash), x->e,
		    seg, f->next_number++,
		    recall == RECALL_GOES_ON ? &h : NULL);
}

static void
take(struct flows *f, const struct segment *seg, const struct lookup *x)
{
	uint32_t i = find(f, x);

	f->packet = seg->packet;
	if (i == FLOW_TABLE_NONE)
		unknown(f, seg, x);
	else
		known(f, i, seg, x);
	keep_lingering_few(f);
	keep_whole_few(f);
	keep_to_memory(f);
}

/* ---- time ---- */

/* A time that is farther ahead than --idle allows must be confirmed by the next
 * segment, or a wrong clock would end every session. */
static bool
is_too_early(const struct flows *f, int64_t ts_ns)
{
	int64_t idle = f->model.cfg->idle_ns;

	return idle > 0 && f->now_ns != INT64_MIN && ts_ns > f->now_ns &&
	    (uint64_t)ts_ns - (uint64_t)f->now_ns > (uint64_t)idle;
}

void
flows_take_early(struct flows *f, int64_t ts_ns)
{
	struct segment *seg = f->early;
	struct lookup x;

	if (seg == NULL)
		return;
	f->early = NULL;
	if (ts_ns >= seg->ts_ns ||
	    (uint64_t)seg->ts_ns - (uint64_t)ts_ns <=
		(uint64_t)f->model.cfg->idle_ns)
		advance(f, seg->ts_ns);
	prepare(f, seg, &x);
	take(f, seg, &x);
	f->model.memory -= segment_cost(seg);
	free(seg);
}

void
flows_keep_early(struct flows *f, const struct segment *seg)
{
	f->early = segment_copy(seg, f->model.events->wants_packets);
	f->model.memory += segment_cost(f->early);
}

static inline void
arrive(struct flows *f, const struct segment *seg, const struct lookup *x)
{
	/* The same packet, captured twice, confirms nothing. */
	if (f->early != NULL)
		flows_take_early(f, seg->copy ? f->now_ns : seg->ts_ns);
	if (is_too_early(f, seg->ts_ns)) {
		flows_keep_early(f, seg);
		return;
	}
	advance(f, seg->ts_ns);
	take(f, seg, x);
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
		arrive(f, &w->seg, &w->lookup);
}

void
flows_segment(struct flows *f, const struct segment *seg)
{
	struct lookup x;

	flows_flush(f);
	prepare(f, seg, &x);
	arrive(f, seg, &x);
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
	f->packet = d->packet;
	udp_flows_datagram(f->udp, d);
	keep_to_memory(f);
}

void
flows_lost(struct flows *f, const struct segment *seg)
{
	struct lookup x;
	uint32_t i;

	flows_flush(f);
	prepare(f, seg, &x);
	i = find(f, &x);
	/* There is nothing that could be missing of SYNs. */
	if (i == FLOW_TABLE_NONE ||
	    flow_table_at(&f->tab, i)->kind == KIND_HALF_OPEN)
		return;
	conn_lost(flows_conn(f, i), x.e, seg);
	flows_file(f, i);
}

void
flows_tick(struct flows *f, int64_t now_ns)
{
	flows_flush(f);
	if (is_too_early(f, now_ns))
		return;
	flows_take_early(f, now_ns);
	advance(f, now_ns);
}

void
flows_pass(struct flows *f, int64_t ns)
{
	flows_flush(f);
	if (f->now_ns == INT64_MIN || f->now_ns > INT64_MAX - ns)
		return;
	flows_take_early(f, f->now_ns + ns);
	advance(f, f->now_ns + ns);
}

void
flows_show(struct flows *f, int64_t passed_ns)
{
	uint32_t next;

	flows_flush(f);
	for (uint32_t i = f->tab.lists[KIND_LINGERING].first;
	     i != FLOW_TABLE_NONE; i = next) {
		const struct flow *r = flow_table_at(&f->tab, i);
		uint64_t age = (uint64_t)f->now_ns - (uint64_t)r->since_ns +
		    (uint64_t)passed_ns;

		next = r->next;
		if (!r->packed && age >= (uint64_t)conn_show_ns(r->conn))
			conn_show(r->conn);
	}
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
	flows_take_early(f, INT64_MAX);
	flows_settle_strays(f);
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
flows_on_saved(struct flows *f,
    void (*fn)(void *arg, const struct segment *seg), void *arg)
{
	f->model.on_saved = fn;
	f->model.on_saved_arg = arg;
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
	hops_fini(&f->model.hops);
	pairs_fini(&f->pairs);
	free(f->early);
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
	s.wild = f->model.wild;
	return s;
}
