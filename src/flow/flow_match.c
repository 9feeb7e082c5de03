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
#include "flow/flow_parts.h"

/* So many SYNs of a pair with different numbers are known again. */
#define ATTEMPTS_KNOWN 3

/* ---- which of them ---- */

struct pick {
	bool found;
	bool is_stray;
	uint32_t at; /* the record, or the place among the strays */
	struct seq_match match;
};

static void
consider(struct pick *best, const struct seq_match *m, bool is_stray,
    uint32_t at)
{
	if (!match_fits(m) ||
	    (best->found && !match_is_better(m, &best->match)))
		return;
	*best = (struct pick){ true, is_stray, at, *m };
}

/* The same packet once more says nothing that the first did not. */
static bool
is_copy(const struct segment *a, const struct segment *b)
{
	return a->seq == b->seq && a->ack == b->ack && a->flags == b->flags &&
	    a->payload_len == b->payload_len;
}

/* Whether the segment lies where the open connection that was picked has been,
 * or is its very next: no stray takes that, however near.  Where one number
 * only does, that one is not far from the connection. */
static bool
is_its_own(const struct arrival *a, struct pick *best)
{
	struct conn_numbers n;

	if (!best->found)
		return false;
	n = flows_numbers(a->f, best->at);
	return !n.closed && conn_has_been_at(&n, a->x->e, &best->match);
}

static struct pick
pick_best(const struct arrival *a)
{
	struct pick best = { 0 };
	uint32_t path = segment_path(a->seg);
	int e = a->x->e;

	for (uint32_t i = 0; i < arrival_records(a); i++) {
		uint32_t record = arrival_record(a, i);
		const struct conn_numbers n = flows_numbers(a->f, record);
		struct seq_match m =
		    conn_match(&n, e, a->seg, arrival_max_gap(a->f));

		if (!match_fits(&m) ||
		    !arrival_gap_is_possible(a->f, record, e, a->seg, &m))
			continue;
		m.path = segment_path_in_common(n.space[e].path, path);
		consider(&best, &m, false, record);
	}
	if (a->pair == NULL || is_its_own(a, &best))
		return best;
	for (uint32_t i = 0; i < a->pair->n_strays; i++) {
		const struct stray *s = &a->pair->strays[i];
		struct seq_match m =
		    conn_match(&s->numbers, e, a->seg, arrival_max_gap(a->f));

		m.path = segment_path_in_common(s->numbers.space[e].path, path);
		if (s->e != e || !is_copy(s->seg, a->seg))
			consider(&best, &m, true, i);
	}
	return best;
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
		arrival_begin(a, a->x->e, seg, a->f->next_number++, &h);
		return;
	case RECALL_NOTHING:
		break;
	}
	for (uint32_t i = 0; i < arrival_records(a); i++) {
		const struct conn_numbers n =
		    flows_numbers(a->f, arrival_record(a, i));
		const struct seq_match m =
		    conn_match(&n, a->x->e, seg, arrival_max_gap(a->f));

		nothing &= n.closed && !(m.seq_known && m.seq_fits) &&
		    !(m.ack_known && m.ack_fits);
	}
	if (nothing && seg->payload_len > 0)
		arrival_begin(a, a->x->e, seg, a->f->next_number++, NULL);
	else
		arrival_put_stray(a);
}

/* A RST needs no more than a sequence number; one that fits nowhere is
 * suspicious to the connection that is alive. */
static void
arrive_reset(struct arrival *a)
{
	uint32_t best = arrival_home(a);
	bool found = false;
	struct seq_match best_m = { 0 };

	for (uint32_t i = 0; i < arrival_records(a); i++) {
		const struct conn_numbers n =
		    flows_numbers(a->f, arrival_record(a, i));
		struct seq_match m =
		    conn_match(&n, a->x->e, a->seg, arrival_max_gap(a->f));

		m.ack_known = false;
		if (!m.seq_known || !m.seq_fits ||
		    (found && !match_is_better(&m, &best_m)))
			continue;
		best = arrival_record(a, i);
		best_m = m;
		found = true;
	}
	arrival_give(a, best, a->x->e, a->seg, SEGMENT_LOG_OWN);
}

static void
arrive(struct arrival *a)
{
	const struct pick c = pick_best(a);

	if (c.found && !c.is_stray)
		arrival_give(a, c.at, a->x->e, a->seg, SEGMENT_LOG_OWN);
	else if (c.found)
		arrival_join(a, c.at);
	else if (a->seg->flags & TCP_RST)
		arrive_reset(a);
	else
		arrive_nowhere(a);
}

/* Whether the SYN/ACK answers that SYN. */
static bool
answers(const struct segment *syn_ack, const struct segment *syn)
{
	return syn_ack->ack - (syn->seq + 1) <= syn->payload_len;
}

/* The stray that the SYN/ACK answers, or that answers the SYN; of a
 * simultaneous open the first of both SYNs. */
static bool
find_other_syn(const struct arrival *a, uint32_t *at)
{
	const struct segment *seg = a->seg;
	bool ack = (seg->flags & TCP_ACK) != 0, found = false;

	for (uint32_t i = 0; a->pair != NULL && i < a->pair->n_strays; i++) {
		const struct stray *s = &a->pair->strays[i];

		if (!s->begins || s->e == a->x->e ||
		    ack == ((s->seg->flags & TCP_ACK) != 0) ||
		    !(ack ? answers(seg, s->seg) : answers(s->seg, seg)))
			continue;
		*at = i;
		found = true;
		break;
	}
	for (uint32_t i = 0; found && ack && i < *at; i++) {
		const struct stray *s = &a->pair->strays[i];

		if (s->begins && !(s->seg->flags & TCP_ACK) &&
		    s->e == a->x->e && s->seg->seq == seg->seq)
			*at = i;
	}
	return found;
}

/* A SYN that comes again after several others is no retransmission: who goes
 * through numbers comes back to one. */
static bool
is_stale_attempt(const struct arrival *a, uint32_t i)
{
	const struct flow *r = flow_table_at(&a->f->tab, arrival_record(a, i));

	return i >= ATTEMPTS_KNOWN && r->superseded &&
	    r->kind == KIND_HALF_OPEN;
}

/* The record whose SYN the SYN/ACK acknowledges to the very number, for one
 * that only lies near has less to say. */
static bool
find_answered(const struct arrival *a, uint32_t *record)
{
	for (uint32_t i = 0; i < arrival_records(a); i++) {
		const struct conn_numbers n =
		    flows_numbers(a->f, arrival_record(a, i));
		const struct seq_space *o =
		    &n.space[n.self ? a->x->e : !a->x->e];

		if (!o->has_isn || a->seg->ack != o->isn + 1 ||
		    !conn_match_syn_ack(&n, a->x->e, a->seg,
			arrival_max_gap(a->f)))
			continue;
		*record = arrival_record(a, i);
		return true;
	}
	return false;
}

/* A SYN or SYN/ACK: of a connection that is there, of the next one at once, or
 * perhaps of a next one. */
static void
arrive_syn(struct arrival *a)
{
	bool ack = (a->seg->flags & TCP_ACK) != 0, followed = true;
	uint64_t max_gap = arrival_max_gap(a->f);
	int e = a->x->e;
	uint32_t at;

	if (ack && find_answered(a, &at)) {
		arrival_give(a, at, e, a->seg, SEGMENT_LOG_OWN);
		return;
	}
	for (uint32_t i = 0; i < arrival_records(a); i++) {
		const struct conn_numbers n =
		    flows_numbers(a->f, arrival_record(a, i));

		if (!ack && is_stale_attempt(a, i))
			continue;
		if (ack ? conn_match_syn_ack(&n, e, a->seg, max_gap) :
			  conn_match_syn(&n, e, a->seg, max_gap)) {
			arrival_give(a, arrival_record(a, i), e, a->seg,
			    SEGMENT_LOG_OWN);
			return;
		}
		followed &= conn_may_be_followed(&n, e, a->seg);
	}
	if (find_other_syn(a, &at))
		arrival_join(a, at);
	else if (followed)
		arrival_begin(a, e, a->seg, a->f->next_number++, NULL);
	else
		arrival_put_stray(a);
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
		arrival_give(&a, arrival_home(&a), x->e, seg, SEGMENT_LOG_OWN);
	else if (kind == TCP_SYN)
		arrive_syn(&a);
	else
		arrive(&a);
}
