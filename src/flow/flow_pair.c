/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow_pair.c: the records and strays of a pair of endpoints: how they begin
 * beside each other, what becomes of a stray, and when a record goes.
 */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>

#include "base/limit.h"
#include "flow/flow_parts.h"

uint64_t
arrival_max_gap(const struct flows *f)
{
	return f->model.cfg->stream.max_gap;
}

uint32_t
arrival_records(const struct arrival *a)
{
	return a->pair != NULL ? a->pair->n_records : 1;
}

/* The one used last comes first. */
uint32_t
arrival_record(const struct arrival *a, uint32_t i)
{
	return a->pair != NULL ? a->pair->records[i] : a->only;
}

static bool
is_open(const struct flows *f, uint32_t record)
{
	return !flows_numbers(f, record).closed;
}

/* The open record that was used last, or the one of all. */
uint32_t
arrival_home(const struct arrival *a)
{
	for (uint32_t i = 0; i < arrival_records(a); i++)
		if (is_open(a->f, arrival_record(a, i)))
			return arrival_record(a, i);
	return arrival_record(a, 0);
}

static bool
any_is_open(const struct arrival *a)
{
	return is_open(a->f, arrival_home(a));
}

static struct pair *
pair_of(struct arrival *a)
{
	if (a->pair == NULL) {
		a->pair = pairs_add(&a->f->pairs, &a->x->key, a->x->hash);
		pair_add_record(a->pair, a->only);
		flow_table_at(&a->f->tab, a->only)->paired = true;
	}
	return a->pair;
}

/* ---- records of a pair ---- */

static void finish_alone(struct flows *f, uint32_t i, enum close_reason reason);

/* What is lost with a record. */
enum worth {
	WORTH_CLOSED,	  /* copies are known as such no longer */
	WORTH_UNANSWERED, /* nobody can tell whether it was a connection */
	WORTH_ONE_SIDE,
	WORTH_BOTH_SIDES,
};

/* Whether or not it closed. */
static enum worth
worth_of(const struct flows *f, uint32_t record)
{
	const struct conn_numbers n = flows_numbers(f, record);
	unsigned spoke = 0, heard = 0;

	for (int e = 0; e < 2; e++) {
		const struct seq_space *s = &n.space[e];

		spoke += s->syn_seen != 0 || s->sent_data || s->fin;
		heard += s->acked || s->sent_data;
	}
	if (heard == 0 && !n.self)
		return WORTH_UNANSWERED;
	return spoke == 2 && heard == 2 ? WORTH_BOTH_SIDES : WORTH_ONE_SIDE;
}

/* With too many records the one that is worth least goes, of those like it the
 * oldest after which another began, else the one used longest ago: whoever
 * forges any number of connections does not end the one that is talked on. */
static void
make_room_in_pair(struct arrival *a)
{
	struct flows *f = a->f;
	uint32_t victim = FLOW_TABLE_NONE;
	unsigned least = UINT_MAX;

	if (a->pair->n_records < LIMIT_TUPLE_RECORDS)
		return;
	for (uint32_t i = a->pair->n_records; i-- > 0;) {
		uint32_t r = a->pair->records[i];
		unsigned worth = is_open(f, r) ? worth_of(f, r) : WORTH_CLOSED;

		worth = 2 * worth + !flow_table_at(&f->tab, r)->superseded;
		if (worth >= least)
			continue;
		least = worth;
		victim = r;
	}
	finish_alone(f, victim, CLOSE_REUSE);
}

/* Begins a connection beside those that the pair has. */
uint32_t
arrival_begin(struct arrival *a, int e, const struct segment *seg,
    uint64_t number, const struct conn_heritage *h)
{
	struct pair *pair = pair_of(a);
	uint32_t record;

	make_room_in_pair(a);
	if (h == NULL || !(h->notes & NOTE_CONTINUED))
		for (uint32_t i = 0; i < pair->n_records; i++)
			flow_table_at(&a->f->tab, pair->records[i])
			    ->superseded = true;
	record = flow_table_add_beside(&a->f->tab, &pair->key);
	flow_table_at(&a->f->tab, record)->paired = true;
	pair_add_record(pair, record);
	flows_begin(a->f, record, e, seg, number, h);
	pair_look(pair, 0, e, seg);
	return record;
}

static void review_strays(struct arrival *a, uint32_t record);
static void begin_those_waiting(struct arrival *a);

/* The segment is the record's, and nothing else happens. */
static void
hand(struct arrival *a, uint32_t record, int e, const struct segment *seg,
    enum segment_log_as as)
{
	flows_give(a->f, record, e, seg, as);
	if (a->pair == NULL)
		return;
	flow_table_at(&a->f->tab, record)->superseded = false;
	pair_touch(a->pair, record);
	pair_look(a->pair, 0, e, seg);
}

/* The segment is the record's. */
void
arrival_give(struct arrival *a, uint32_t record, int e,
    const struct segment *seg, enum segment_log_as as)
{
	struct pair *pair = a->pair;

	hand(a, record, e, seg, as);
	if (pair == NULL || pair->n_strays == 0)
		return;
	for (uint32_t i = 0; i < pair->n_strays; i++)
		if (pair->strays[i].e == e &&
		    !(seg->flags & (TCP_SYN | TCP_RST)))
			pair->strays[i].passed_by = true;
	review_strays(a, record);
	begin_those_waiting(a);
}

/* Whether what the segment leaves out may have been sent. */
bool
arrival_gap_is_possible(const struct flows *f, uint32_t record, int e,
    const struct segment *seg, const struct seq_match *m)
{
	const struct flow *r = flow_table_at(&f->tab, record);
	const struct conn *c = r->conn;

	if ((m->seq <= 0 || !m->seq_known) && (m->ack <= 0 || !m->ack_known))
		return true;
	if (r->kind == KIND_HALF_OPEN || r->packed)
		return true;
	return (m->seq <= 0 ||
		   conn_may_skip(c, e, (uint64_t)m->seq, seg->ts_ns)) &&
	    (m->ack <= 0 || conn_may_skip(c, !e, (uint64_t)m->ack, seg->ts_ns));
}

/* ---- jumps ---- */

/* What of a segment is far ahead of a record: one of its numbers, or, when both
 * are near, the one before which too much would be missing by now. */
struct far {
	int end;	/* whose number it is; -1: neither */
	bool by_ack;	/* it is the ACK number */
	uint64_t bytes; /* how far, with the segment's payload */
};

static struct far
far_of(const struct flows *f, uint32_t record, const struct conn_numbers *n,
    int e, const struct segment *seg, const struct seq_match *m)
{
	int peer = n->self ? e : !e;
	bool by_ack;

	if (!m->seq_known || !m->ack_known || (!m->seq_fits && !m->ack_fits))
		return (struct far){ .end = -1 };
	if (m->seq_fits != m->ack_fits)
		by_ack = m->seq_fits;
	else if (arrival_gap_is_possible(f, record, e, seg, m))
		return (struct far){ .end = -1 };
	else
		by_ack = m->seq <= 0;
	return (struct far){
		.end = by_ack ? peer : e,
		.by_ack = by_ack,
		.bytes = by_ack ? (uint64_t)m->ack :
				  (uint64_t)m->seq + seg->payload_len,
	};
}

struct jump {
	uint32_t record;
	int end;	/* whose bytes were not captured */
	uint64_t bytes; /* how many */
};

/* The record that a stray and a segment that goes on from it lie far ahead of,
 * so that they attest each other: data there and an ACK of it by the peer, or
 * data and more data whose ACK numbers fit; ACKs alone only where nothing of
 * the other side was captured. */
static bool
find_jump(const struct arrival *a, const struct stray *s, struct jump *j)
{
	for (uint32_t i = 0; i < arrival_records(a); i++) {
		uint32_t record = arrival_record(a, i);
		const struct conn_numbers n = flows_numbers(a->f, record);
		const struct seq_match ms =
		    conn_match(&n, s->e, s->seg, arrival_max_gap(a->f));
		const struct seq_match mx =
		    conn_match(&n, a->x->e, a->seg, arrival_max_gap(a->f));
		const struct far first =
		    far_of(a->f, record, &n, s->e, s->seg, &ms);
		const struct far next =
		    far_of(a->f, record, &n, a->x->e, a->seg, &mx);

		if (n.closed || first.end < 0 || first.end != next.end)
			continue;
		if (first.by_ack && next.by_ack &&
		    flows_conn(a->f, record)->stream[first.end].packets > 0)
			continue;
		*j = (struct jump){ record, first.end,
			first.bytes > next.bytes ? first.bytes : next.bytes };
		return true;
	}
	return false;
}

/* ---- strays ---- */

/* A stray begins a connection. */
static uint32_t
begin_stray(struct arrival *a, uint32_t i, const struct conn_heritage *h)
{
	struct stray s = pairs_take_stray(&a->f->pairs, a->pair, i);
	uint32_t record = arrival_begin(a, s.e, s.seg, s.number, h);

	free(s.seg);
	return record;
}

/* What becomes of a stray that nothing went on from: a SYN is an attempt of
 * its own, unless its sender went on elsewhere; the rest is counted with the
 * record, or refused by it. */
static void
give_up_stray(struct arrival *a, uint32_t i, uint32_t home)
{
	const struct stray *k = &a->pair->strays[i];
	const struct conn_numbers n = flows_numbers(a->f, home);
	struct conn *c;
	struct seq_match m;
	struct stray s;
	bool near;

	/* It ends no record: `home' may be one that is about to go. */
	if (k->begins && !k->passed_by &&
	    a->pair->n_records < LIMIT_TUPLE_RECORDS) {
		begin_stray(a, i, NULL);
		return;
	}
	s = pairs_take_stray(&a->f->pairs, a->pair, i);
	m = conn_match(&n, s.e, s.seg, arrival_max_gap(a->f));
	c = flows_conn(a->f, home);
	near = !s.begins && m.seq_known && m.seq_fits &&
	    (m.seq <= 0 ||
		conn_may_skip(c, s.e, (uint64_t)m.seq, s.seg->ts_ns));
	conn_segment(c, s.e, s.seg, near ? SEGMENT_LOG_OWN : SEGMENT_LOG_WILD);
	free(s.seg);
}

void
arrival_put_stray(struct arrival *a)
{
	struct pair *pair = pair_of(a);

	if (pair->n_strays == PAIR_STRAYS_MAX)
		give_up_stray(a, 0, arrival_home(a));
	pairs_put_stray(&a->f->pairs, pair, a->x->e, a->seg,
	    a->f->next_number++, a->f->model.events->wants_packets);
}

/* Whether the peer acknowledged all of the stray, whose sequence number fits:
 * whatever its ACK number is. */
static bool
is_acknowledged(const struct conn *c, const struct stray *s,
    const struct seq_match *m)
{
	const struct stream *st = &c->stream[s->e];
	int64_t lag = (int64_t)(stream_known_end(st) - st->acked);

	return s->seg->payload_len > 0 && m->seq_known && m->seq_fits &&
	    st->acked > 0 && m->seq + s->seg->payload_len + lag <= 0;
}

static bool
stray_is_of(struct arrival *a, const struct stray *s, uint32_t record)
{
	const struct conn_numbers n = flows_numbers(a->f, record);
	uint64_t max_gap = arrival_max_gap(a->f);
	struct seq_match m;

	if (s->begins)
		return s->seg->flags & TCP_ACK ?
		    conn_match_syn_ack(&n, s->e, s->seg, max_gap) :
		    conn_match_syn(&n, s->e, s->seg, max_gap);
	m = conn_match(&n, s->e, s->seg, max_gap);
	if (match_fits(&m))
		return arrival_gap_is_possible(a->f, record, s->e, s->seg, &m);
	return flow_table_at(&a->f->tab, record)->kind != KIND_HALF_OPEN &&
	    is_acknowledged(flows_conn(a->f, record), s, &m);
}

/* The record has changed: strays that are its own now. */
static void
review_strays(struct arrival *a, uint32_t record)
{
	uint32_t i = 0;

	while (i < a->pair->n_strays) {
		struct stray s;

		if (!stray_is_of(a, &a->pair->strays[i], record)) {
			i++;
			continue;
		}
		s = pairs_take_stray(&a->f->pairs, a->pair, i);
		hand(a, record, s.e, s.seg, SEGMENT_LOG_OWN);
		free(s.seg);
		i = 0;
	}
}

/* Nothing is open any longer: SYNs that wait begin the next connections. */
static void
begin_those_waiting(struct arrival *a)
{
	uint32_t i = 0;

	while (i < a->pair->n_strays) {
		const struct stray *s = &a->pair->strays[i];
		uint32_t record;

		if (!s->begins || s->passed_by || any_is_open(a)) {
			i++;
			continue;
		}
		record = begin_stray(a, i, NULL);
		review_strays(a, record);
		i = 0;
	}
}

/* The segment goes on from a stray, in both numbers. */
void
arrival_join(struct arrival *a, uint32_t i)
{
	const struct stray *s = &a->pair->strays[i];
	struct conn_heritage guess = { .client = -1, .roles = ROLES_GUESS };
	const struct conn_heritage *h = NULL;
	struct jump j;
	struct conn *c;
	uint32_t record;

	if (!s->begins && find_jump(a, s, &j)) {
		c = flows_conn(a->f, j.record);
		if (conn_may_skip(c, j.end, j.bytes, a->seg->ts_ns)) {
			struct stray first =
			    pairs_take_stray(&a->f->pairs, a->pair, i);

			hand(a, j.record, first.e, first.seg, SEGMENT_LOG_FAR);
			free(first.seg);
			review_strays(a, j.record);
			arrival_give(a, j.record, a->x->e, a->seg,
			    SEGMENT_LOG_FAR);
			return;
		}
		if (c->continuations >= LIMIT_CONTINUATIONS) {
			arrival_put_stray(a);
			return;
		}
		guess = conn_bequeath(c);
		c->notes |= NOTE_JUMPED;
		h = &guess;
	} else if (!s->begins) {
		guess.client = flows_client(a->f, arrival_home(a));
		h = &guess;
	}
	record = begin_stray(a, i, h);
	review_strays(a, record);
	arrival_give(a, record, a->x->e, a->seg, SEGMENT_LOG_OWN);
}

/* ---- endings ---- */

/* What waits is over: the last of it goes with record `home`. */
static void
settle(struct flows *f, struct pair *pair, uint32_t home)
{
	struct lookup x = { .key = pair->key, .hash = pair->hash };
	struct arrival a = { .f = f, .x = &x, .pair = pair };

	while (pair->n_strays > 0 && !f->model.dropping)
		give_up_stray(&a, 0, home);
}

/* Of two records with the same text the later one is noted. */
static void
note_copies(struct flows *f, const struct pair *pair, uint32_t record)
{
	uint32_t at = 0;

	while (pair->records[at] != record)
		at++;
	for (uint32_t i = 0; i < pair->n_records; i++) {
		uint32_t later = pair->records[i];

		if (i == at || !pair_is_copy(pair, at, i))
			continue;
		if (flow_table_at(&f->tab, later)->number <
		    flow_table_at(&f->tab, record)->number)
			later = record;
		flows_conn(f, later)->notes |= NOTE_COPY_OF;
	}
}

static void
leave_pair(struct flows *f, uint32_t record)
{
	struct key k = flow_table_key_at(&f->tab, record);
	struct pair *pair =
	    pairs_find(&f->pairs, &k, flow_table_hash(&f->tab, &k));

	if (pair->n_records == 1)
		settle(f, pair, record);
	note_copies(f, pair, record);
	if (pair->n_records > 1)
		flow_table_hand_over(&f->tab, record,
		    pair->records[pair->records[0] == record], pair->hash);
	pair_remove_record(pair, record);
	flow_table_at(&f->tab, record)->paired = false;
	if (pair->n_records == 0)
		pairs_remove(&f->pairs, pair);
}

/* The oldest of the pair's records that must be finished before `record`, or
 * record itself: none that is worth more than that is over because of it. */
static uint32_t
oldest_before(const struct flows *f, const struct pair *pair, uint32_t record,
    bool all)
{
	uint32_t oldest = record;
	enum worth worth = worth_of(f, record);

	for (uint32_t i = 0; i < pair->n_records; i++) {
		uint32_t at = pair->records[i];
		const struct flow *r = flow_table_at(&f->tab, at);

		if (r->number < flow_table_at(&f->tab, oldest)->number &&
		    (all ||
			(r->superseded && is_open(f, at) &&
			    worth_of(f, at) <= worth)))
			oldest = at;
	}
	return oldest;
}

/* The record, which has a pair, will be finished: those that it took the place
 * of are finished before, at the end of the capture all older ones. */
static void
finish_older(struct flows *f, uint32_t record, enum close_reason reason)
{
	struct key k = flow_table_key_at(&f->tab, record);
	uint64_t hash = flow_table_hash(&f->tab, &k);
	bool all = reason == CLOSE_END && !f->model.dropping;
	uint32_t older;

	for (;;) {
		const struct pair *pair = pairs_find(&f->pairs, &k, hash);

		older = oldest_before(f, pair, record, all);
		if (older == record)
			return;
		flows_finish(f, older, reason);
	}
}

void
flows_settle_strays(struct flows *f)
{
	size_t n;
	struct pair **all = pairs_in_order(&f->pairs, &n);

	for (size_t i = 0; i < n; i++) {
		struct arrival a = { .f = f, .pair = all[i] };

		settle(f, all[i], arrival_home(&a));
	}
	free(all);
}

/* Whatever older ones its pair has. */
static void
finish_alone(struct flows *f, uint32_t i, enum close_reason reason)
{
	const struct flow *r = flow_table_at(&f->tab, i);
	struct conn *c;

	if (r->paired)
		leave_pair(f, i);
	if (reason != CLOSE_END) {
		const struct tombstone note = flows_tombstone(f, i);

		tombstones_add(&f->past, &note);
	}
	if (r->superseded)
		reason = CLOSE_REUSE;
	c = r->kind != KIND_HALF_OPEN ? flows_conn(f, i) : NULL;
	if (c == NULL && !flows_finish_half(f, i, reason))
		c = flows_conn(f, i);
	if (c != NULL)
		conn_finish(c, reason);
	flow_table_remove(&f->tab, i);
}

void
flows_finish(struct flows *f, uint32_t i, enum close_reason reason)
{
	if (flow_table_at(&f->tab, i)->paired)
		finish_older(f, i, reason);
	finish_alone(f, i, reason);
}
