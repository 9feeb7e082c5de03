/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow_match.c: whose a segment is, when its pair of endpoints has a record.
 *
 * It belongs to the record in which both its numbers fit: the nearest of them;
 * then the one whose segments came the same way; then the one used last.  When
 * both fit in none, it waits among the pair's strays.  A second segment that
 * goes on from a stray, in both numbers, says what the two are: a piece that
 * was not captured lies between them and a record, which jumps; or a record of
 * their own begins.  One alone begins nothing, and is counted in the end.
 */
#include <assert.h>
#include <stdlib.h>

#include "flow/flow_parts.h"

/* So many SYNs of a pair with different numbers are known again. */
#define ATTEMPTS_KNOWN 3

/* A segment and the pair of endpoints that it is for. */
struct arrival {
	struct flows *f;
	const struct lookup *x;
	const struct segment *seg;
	struct pair *pair; /* NULL: one record and no stray */
	uint32_t only;	   /* that record, or one of them */
};

static uint64_t
max_gap_of(const struct flows *f)
{
	return f->model.cfg->stream.max_gap;
}

static uint32_t
n_records(const struct arrival *a)
{
	return a->pair != NULL ? a->pair->n_records : 1;
}

/* The one used last comes first. */
static uint32_t
record_at(const struct arrival *a, uint32_t i)
{
	return a->pair != NULL ? a->pair->records[i] : a->only;
}

static bool
is_open(const struct flows *f, uint32_t record)
{
	return !flows_numbers(f, record).closed;
}

/* The open record that was used last, or the one of all. */
static uint32_t
home_of(const struct arrival *a)
{
	for (uint32_t i = 0; i < n_records(a); i++)
		if (is_open(a->f, record_at(a, i)))
			return record_at(a, i);
	return record_at(a, 0);
}

static bool
any_is_open(const struct arrival *a)
{
	return is_open(a->f, home_of(a));
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

/* The oldest that lingers goes when there are too many, else the oldest after
 * which another began, else the one used longest ago. */
static void
make_room_in_pair(struct arrival *a)
{
	struct flows *f = a->f;
	uint32_t victim = a->pair->records[a->pair->n_records - 1];
	bool superseded = false;

	if (a->pair->n_records < PAIR_RECORDS_MAX)
		return;
	for (uint32_t i = a->pair->n_records; i-- > 0;) {
		uint32_t r = a->pair->records[i];

		if (!is_open(f, r)) {
			victim = r;
			break;
		}
		if (!superseded && flow_table_at(&f->tab, r)->superseded) {
			superseded = true;
			victim = r;
		}
	}
	flows_finish(f, victim, CLOSE_REUSE);
}

/* Begins a connection beside those that the pair has. */
static uint32_t
begin_beside(struct arrival *a, int e, const struct segment *seg,
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
static void
give(struct arrival *a, uint32_t record, int e, const struct segment *seg,
    enum segment_log_as as)
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
static bool
gap_is_possible(const struct flows *f, uint32_t record, int e,
    const struct segment *seg, const struct match *m)
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

/* ---- which of them ---- */

struct choice {
	bool found;
	bool is_stray;
	uint32_t at; /* the record, or the place among the strays */
	struct match match;
};

static void
consider(struct choice *best, const struct match *m, bool is_stray, uint32_t at)
{
	if (!match_fits(m) ||
	    (best->found && !match_is_better(m, &best->match)))
		return;
	*best = (struct choice){ true, is_stray, at, *m };
}

/* The same packet once more says nothing that the first did not. */
static bool
is_copy(const struct segment *a, const struct segment *b)
{
	return a->seq == b->seq && a->ack == b->ack && a->flags == b->flags &&
	    a->payload_len == b->payload_len;
}

static struct choice
choose(const struct arrival *a)
{
	struct choice best = { 0 };
	uint32_t path = segment_path(a->seg);
	int e = a->x->e;

	for (uint32_t i = 0; i < n_records(a); i++) {
		uint32_t record = record_at(a, i);
		const struct conn_numbers n = flows_numbers(a->f, record);
		struct match m = conn_match(&n, e, a->seg, max_gap_of(a->f));

		if (!match_fits(&m) ||
		    !gap_is_possible(a->f, record, e, a->seg, &m))
			continue;
		m.path = segment_path_in_common(n.space[e].path, path);
		consider(&best, &m, false, record);
	}
	for (uint32_t i = 0; a->pair != NULL && i < a->pair->n_strays; i++) {
		const struct stray *s = &a->pair->strays[i];
		struct match m =
		    conn_match(&s->numbers, e, a->seg, max_gap_of(a->f));

		m.path = segment_path_in_common(s->numbers.space[e].path, path);
		if (s->e != e || !is_copy(s->seg, a->seg))
			consider(&best, &m, true, i);
	}
	return best;
}

/* ---- jumps ---- */

/* Of a segment in which one number fits a record, and the other is far ahead:
 * whose numbers those are; -1 for any other. */
static int
far_end(const struct conn_numbers *n, int e, const struct match *m)
{
	int peer = n->self ? e : !e;

	if (!m->seq_known || !m->ack_known || m->seq_fits == m->ack_fits)
		return -1;
	return m->seq_fits ? peer : e;
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
	for (uint32_t i = 0; i < n_records(a); i++) {
		uint32_t record = record_at(a, i);
		const struct conn_numbers n = flows_numbers(a->f, record);
		const struct match ms =
		    conn_match(&n, s->e, s->seg, max_gap_of(a->f));
		const struct match mx =
		    conn_match(&n, a->x->e, a->seg, max_gap_of(a->f));
		int end = far_end(&n, s->e, &ms);
		int64_t far_s, far_x;

		if (n.closed || end < 0 || end != far_end(&n, a->x->e, &mx))
			continue;
		far_s = ms.seq_fits ? ms.ack : ms.seq + s->seg->payload_len;
		far_x = mx.seq_fits ? mx.ack : mx.seq + a->seg->payload_len;
		if (ms.seq_fits && mx.seq_fits &&
		    flows_conn(a->f, record)->stream[end].packets > 0)
			continue;
		*j = (struct jump){ record, end,
			(uint64_t)(far_s > far_x ? far_s : far_x) };
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
	uint32_t record = begin_beside(a, s.e, s.seg, s.number, h);

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
	struct match m;
	struct stray s;

	if (k->begins && !k->passed_by) {
		begin_stray(a, i, NULL);
		return;
	}
	s = pairs_take_stray(&a->f->pairs, a->pair, i);
	m = conn_match(&n, s.e, s.seg, max_gap_of(a->f));
	conn_segment(flows_conn(a->f, home), s.e, s.seg,
	    !s.begins && m.seq_known && m.seq_fits ? SEGMENT_LOG_OWN :
						     SEGMENT_LOG_WILD);
	free(s.seg);
}

static void
put_stray(struct arrival *a)
{
	struct pair *pair = pair_of(a);

	if (pair->n_strays == PAIR_STRAYS_MAX)
		give_up_stray(a, 0, home_of(a));
	pairs_put_stray(&a->f->pairs, pair, a->x->e, a->seg,
	    a->f->next_number++, a->f->model.events->wants_packets);
}

/* Whether the peer acknowledged all of the stray, whose sequence number fits:
 * whatever its ACK number is. */
static bool
is_acknowledged(const struct conn *c, const struct stray *s,
    const struct match *m)
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
	uint64_t max_gap = max_gap_of(a->f);
	struct match m;

	if (s->begins)
		return s->seg->flags & TCP_ACK ?
		    conn_match_syn_ack(&n, s->e, s->seg, max_gap) :
		    conn_match_syn(&n, s->e, s->seg, max_gap);
	m = conn_match(&n, s->e, s->seg, max_gap);
	if (match_fits(&m))
		return gap_is_possible(a->f, record, s->e, s->seg, &m);
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
static void
join_stray(struct arrival *a, uint32_t i)
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
			give(a, j.record, a->x->e, a->seg, SEGMENT_LOG_FAR);
			return;
		}
		if (c->continuations >= MODEL_CONTINUATIONS_MAX) {
			put_stray(a);
			return;
		}
		guess = conn_heritage(c);
		c->notes |= NOTE_JUMPED;
		h = &guess;
	} else if (!s->begins) {
		guess.client = flows_client(a->f, home_of(a));
		h = &guess;
	}
	record = begin_stray(a, i, h);
	review_strays(a, record);
	give(a, record, a->x->e, a->seg, SEGMENT_LOG_OWN);
}

/* ---- arrivals ---- */

/* Both numbers fit nowhere. */
static void
arrive_nowhere(struct arrival *a)
{
	const struct segment *seg = a->seg;
	struct conn_heritage h;
	bool nothing = true;

	switch (flows_recall(a->f, a->x, seg, &h)) {
	case RECALL_LATE:
		a->f->stats.echoes++;
		return;
	case RECALL_GOES_ON:
		begin_beside(a, a->x->e, seg, a->f->next_number++, &h);
		return;
	case RECALL_NOTHING:
		break;
	}
	for (uint32_t i = 0; i < n_records(a); i++) {
		const struct conn_numbers n =
		    flows_numbers(a->f, record_at(a, i));
		const struct match m =
		    conn_match(&n, a->x->e, seg, max_gap_of(a->f));

		nothing &= n.closed && !(m.seq_known && m.seq_fits) &&
		    !(m.ack_known && m.ack_fits);
	}
	if (nothing && seg->payload_len > 0)
		begin_beside(a, a->x->e, seg, a->f->next_number++, NULL);
	else
		put_stray(a);
}

/* A RST needs no more than a sequence number; one that fits nowhere is
 * suspicious to the connection that is alive. */
static void
arrive_reset(struct arrival *a)
{
	uint32_t best = home_of(a);
	bool found = false;
	struct match best_m = { 0 };

	for (uint32_t i = 0; i < n_records(a); i++) {
		const struct conn_numbers n =
		    flows_numbers(a->f, record_at(a, i));
		struct match m =
		    conn_match(&n, a->x->e, a->seg, max_gap_of(a->f));

		m.ack_known = false;
		if (!m.seq_known || !m.seq_fits ||
		    (found && !match_is_better(&m, &best_m)))
			continue;
		best = record_at(a, i);
		best_m = m;
		found = true;
	}
	give(a, best, a->x->e, a->seg, SEGMENT_LOG_OWN);
}

static void
arrive(struct arrival *a)
{
	const struct choice c = choose(a);

	if (c.found && !c.is_stray)
		give(a, c.at, a->x->e, a->seg, SEGMENT_LOG_OWN);
	else if (c.found)
		join_stray(a, c.at);
	else if (a->seg->flags & TCP_RST)
		arrive_reset(a);
	else
		arrive_nowhere(a);
}

/* The SYN, among the strays, that this SYN/ACK answers. */
static bool
answers_stray(const struct arrival *a, uint32_t *at)
{
	for (uint32_t i = 0; a->pair != NULL && i < a->pair->n_strays; i++) {
		const struct stray *s = &a->pair->strays[i];

		if (s->begins && !(s->seg->flags & TCP_ACK) &&
		    s->e != a->x->e &&
		    a->seg->ack - (s->seg->seq + 1) <= s->seg->payload_len) {
			*at = i;
			return true;
		}
	}
	return false;
}

/* A SYN that comes again after several others is no retransmission: who goes
 * through numbers comes back to one. */
static bool
is_stale_attempt(const struct arrival *a, uint32_t i)
{
	const struct flow *r = flow_table_at(&a->f->tab, record_at(a, i));

	return i >= ATTEMPTS_KNOWN && r->superseded &&
	    r->kind == KIND_HALF_OPEN;
}

/* A SYN or SYN/ACK: of a connection that is there, of the next one at once, or
 * perhaps of a next one. */
static void
arrive_syn(struct arrival *a)
{
	bool ack = (a->seg->flags & TCP_ACK) != 0, followed = true;
	uint64_t max_gap = max_gap_of(a->f);
	int e = a->x->e;
	uint32_t at;

	for (uint32_t i = 0; i < n_records(a); i++) {
		const struct conn_numbers n =
		    flows_numbers(a->f, record_at(a, i));

		if (!ack && is_stale_attempt(a, i))
			continue;
		if (ack ? conn_match_syn_ack(&n, e, a->seg, max_gap) :
			  conn_match_syn(&n, e, a->seg, max_gap)) {
			give(a, record_at(a, i), e, a->seg, SEGMENT_LOG_OWN);
			return;
		}
		followed &= conn_may_be_followed(&n, e, a->seg);
	}
	if (ack && answers_stray(a, &at))
		join_stray(a, at);
	else if (followed)
		begin_beside(a, e, a->seg, a->f->next_number++, NULL);
	else
		put_stray(a);
}

/* The pair, unless one record is all that is left of it. */
static struct pair *
find_pair(struct flows *f, uint32_t record, const struct lookup *x)
{
	struct flow *r = flow_table_at(&f->tab, record);
	struct pair *pair;

	if (!r->paired)
		return NULL;
	pair = pairs_find(&f->pairs, &x->key, x->hash);
	if (pair->n_records > 1 || pair->n_strays > 0)
		return pair;
	r->paired = false;
	pairs_remove(&f->pairs, pair);
	return NULL;
}

void
flows_match(struct flows *f, uint32_t record, const struct lookup *x,
    const struct segment *seg)
{
	uint8_t kind = seg->flags & (TCP_SYN | TCP_RST | TCP_FIN);
	struct arrival a = {
		.f = f,
		.x = x,
		.seg = seg,
		.pair = find_pair(f, record, x),
		.only = record,
	};

	if (seg->checksum == CHECKSUM_BAD &&
	    f->model.cfg->checksum == CHECKSUMS_DROP)
		give(&a, home_of(&a), x->e, seg, SEGMENT_LOG_OWN);
	else if (kind == TCP_SYN)
		arrive_syn(&a);
	else
		arrive(&a);
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

void
flows_leave_pair(struct flows *f, uint32_t record)
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
 * record itself. */
static uint32_t
oldest_before(const struct flows *f, const struct pair *pair, uint32_t record,
    bool all)
{
	uint32_t oldest = record;

	for (uint32_t i = 0; i < pair->n_records; i++) {
		uint32_t at = pair->records[i];
		const struct flow *r = flow_table_at(&f->tab, at);

		if (r->number < flow_table_at(&f->tab, oldest)->number &&
		    (all || (r->superseded && is_open(f, at))))
			oldest = at;
	}
	return oldest;
}

void
flows_finish_older(struct flows *f, uint32_t record, enum close_reason reason)
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

		settle(f, all[i], home_of(&a));
	}
	free(all);
}
