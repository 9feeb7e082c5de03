/*
 * flow.c: the flow table.
 *
 * Records are numbered slots of slabs, in three lists by last use: nothing
 * but SYNs, live, closed and lingering.  Time is the latest that the capture
 * has shown; it never goes back.
 */
#include "model/flow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "base/xalloc.h"
#include "model/conn.h"
#include "model/past.h"
#include "model/table.h"

#define SLAB_SHIFT 12
#define SLAB_SIZE ((uint32_t)1 << SLAB_SHIFT)
#define NONE UINT32_MAX

enum kind { KIND_FREE, KIND_HALF_OPEN, KIND_LIVE, KIND_LINGERING, KINDS };

/* ep[0] < ep[1]: both directions have the same key. */
struct key {
	struct endpoint ep[2];
	uint32_t vlan;
};

/* lo/hi order endpoints as bytes; no padding is compared or hashed. */
struct flow {
	uint8_t addr[2][16];
	uint16_t port[2];
	uint32_t vlan;
	uint32_t prev; /* in its kind's list, by last use */
	uint32_t next;
	uint64_t number; /* of the session */
	uint8_t family;
	uint8_t kind;
	union {
		struct half_open half;
		struct {
			struct conn *conn;
			int64_t since_ns; /* last use, or closing */
		};
	};
};

struct list {
	uint32_t first;
	uint32_t last;
};

struct flows {
	struct model model;
	struct siphash_key hash_key;
	struct table table;
	struct flow **slabs;
	uint32_t n_slabs;
	uint32_t free_list;
	struct list lists[KINDS];
	struct past past;
	uint64_t next_number;
	int64_t now_ns;
	struct flows_stats stats;
};

struct flows *
flows_new(const struct model_config *cfg, struct keep *keep,
    const struct events *events)
{
	struct flows *f = xcalloc(1, sizeof(*f));

	f->model = (struct model){ .cfg = cfg, .keep = keep, .events = events };
	f->hash_key = siphash_random_key();
	table_init(&f->table);
	f->free_list = NONE;
	f->now_ns = INT64_MIN;
	for (int k = 0; k < KINDS; k++)
		f->lists[k] = (struct list){ NONE, NONE };
	return f;
}

static struct flow *
record(const struct flows *f, uint32_t i)
{
	return &f->slabs[i >> SLAB_SHIFT][i & (SLAB_SIZE - 1)];
}

/* ---- keys ---- */

static bool
is_above(const struct endpoint *a, const struct endpoint *b)
{
	int order = memcmp(a->addr, b->addr, sizeof(a->addr));

	return order > 0 || (order == 0 && a->port > b->port);
}

/* Fills *k; returns the end that sent seg. */
static int
key_of(const struct flows *f, const struct segment *seg, struct key *k)
{
	int e = is_above(&seg->src, &seg->dst);

	k->ep[e] = seg->src;
	k->ep[!e] = seg->dst;
	k->vlan = f->model.cfg->split_vlan ? seg->vlan : 0;
	return e;
}

static uint64_t
hash_parts(const struct flows *f, const uint8_t addr[2][16],
    const uint16_t port[2], uint8_t family, uint32_t vlan)
{
	uint64_t w[5];
	size_t n = 0;

	w[n++] =
	    (uint64_t)port[0] << 48 | (uint64_t)port[1] << 32 | (vlan ^ family);
	if (family == 4) {
		w[n++] = (uint64_t)get_be32(addr[0]) << 32 | get_be32(addr[1]);
	} else {
		memcpy(&w[n], addr, 32);
		n += 4;
	}
	return siphash_words(&f->hash_key, w, n);
}

static uint64_t
key_hash(const struct flows *f, const struct key *k)
{
	uint8_t addr[2][16];
	uint16_t port[2] = { k->ep[0].port, k->ep[1].port };

	memcpy(addr[0], k->ep[0].addr, 16);
	memcpy(addr[1], k->ep[1].addr, 16);
	return hash_parts(f, (const uint8_t(*)[16])addr, port, k->ep[0].family,
	    k->vlan);
}

static uint64_t
record_hash(void *arg, uint32_t i)
{
	const struct flows *f = arg;
	const struct flow *r = record(f, i);

	return hash_parts(f, (const uint8_t(*)[16])r->addr, r->port, r->family,
	    r->vlan);
}

static bool
has_key(const struct flow *r, const struct key *k)
{
	return r->port[0] == k->ep[0].port && r->port[1] == k->ep[1].port &&
	    r->family == k->ep[0].family && r->vlan == k->vlan &&
	    memcmp(r->addr[0], k->ep[0].addr, 16) == 0 &&
	    memcmp(r->addr[1], k->ep[1].addr, 16) == 0;
}

static uint32_t
find(const struct flows *f, const struct key *k, uint64_t hash)
{
	size_t at = table_begin(&f->table, hash);
	uint32_t i;

	while (table_next(&f->table, hash, &at, &i))
		if (has_key(record(f, i), k))
			return i;
	return NONE;
}

/* ---- records ---- */

static void
list_remove(struct flows *f, uint32_t i)
{
	struct flow *r = record(f, i);
	struct list *l = &f->lists[r->kind];

	if (r->prev != NONE)
		record(f, r->prev)->next = r->next;
	else
		l->first = r->next;
	if (r->next != NONE)
		record(f, r->next)->prev = r->prev;
	else
		l->last = r->prev;
}

static void
list_append(struct flows *f, uint32_t i, enum kind kind)
{
	struct flow *r = record(f, i);
	struct list *l = &f->lists[kind];

	r->kind = (uint8_t)kind;
	r->next = NONE;
	r->prev = l->last;
	if (l->last != NONE)
		record(f, l->last)->next = i;
	else
		l->first = i;
	l->last = i;
}

static void
move_to(struct flows *f, uint32_t i, enum kind kind)
{
	if (f->lists[kind].last == i)
		return;
	list_remove(f, i);
	list_append(f, i, kind);
}

static void
add_slab(struct flows *f)
{
	uint32_t base = f->n_slabs << SLAB_SHIFT;
	struct flow *slab = xcalloc(SLAB_SIZE, sizeof(*slab));

	f->slabs = xreallocarray(f->slabs, f->n_slabs + 1, sizeof(*f->slabs));
	f->slabs[f->n_slabs++] = slab;
	for (uint32_t i = SLAB_SIZE; i-- > 0;) {
		slab[i].next = f->free_list;
		f->free_list = base + i;
	}
}

static uint32_t
new_record(struct flows *f, const struct key *k, uint64_t hash)
{
	struct flow *r;
	uint32_t i;

	if (f->free_list == NONE)
		add_slab(f);
	i = f->free_list;
	r = record(f, i);
	f->free_list = r->next;
	memset(r, 0, sizeof(*r));
	for (int e = 0; e < 2; e++) {
		memcpy(r->addr[e], k->ep[e].addr, 16);
		r->port[e] = k->ep[e].port;
	}
	r->family = k->ep[0].family;
	r->vlan = k->vlan;
	table_insert(&f->table, hash, i, record_hash, f);
	f->stats.live++;
	f->model.memory += sizeof(*r) + 2 * sizeof(struct slot);
	return i;
}

static void
free_record(struct flows *f, uint32_t i)
{
	struct flow *r = record(f, i);

	table_remove(&f->table, record_hash(f, i), i, record_hash, f);
	list_remove(f, i);
	r->kind = KIND_FREE;
	r->next = f->free_list;
	f->free_list = i;
	f->stats.live--;
	f->model.memory -= sizeof(*r) + 2 * sizeof(struct slot);
}

static struct conn *
new_conn(struct flows *f, const struct flow *r)
{
	struct endpoint ep[2];

	for (int e = 0; e < 2; e++) {
		memset(&ep[e], 0, sizeof(ep[e]));
		memcpy(ep[e].addr, r->addr[e], 16);
		ep[e].port = r->port[e];
		ep[e].family = r->family;
	}
	return conn_new(&f->model, r->number, ep);
}

/* The record's connection, made now if it was nothing but SYNs. */
static struct conn *
whole(struct flows *f, uint32_t i)
{
	struct flow *r = record(f, i);
	struct conn *c;

	if (r->kind != KIND_HALF_OPEN)
		return r->conn;
	c = new_conn(f, r);
	conn_half_open(c, &r->half);
	list_remove(f, i);
	r->conn = c;
	r->since_ns = f->now_ns;
	list_append(f, i, KIND_LIVE);
	return c;
}

/* Ends the record's connection and frees the record. */
static void
finish(struct flows *f, uint32_t i, enum close_reason reason)
{
	if (record(f, i)->kind == KIND_LINGERING && reason != CLOSE_END)
		past_add(&f->past, record_hash(f, i), PAST_CLOSED);
	else if (reason == CLOSE_EVICTED)
		past_add(&f->past, record_hash(f, i), PAST_EVICTED);
	conn_finish(whole(f, i), reason);
	free_record(f, i);
}

/* ---- beginning ---- */

static bool
is_bare_syn(const struct segment *seg)
{
	return (seg->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) ==
	    TCP_SYN &&
	    seg->payload_len == 0 && seg->checksum != CHECKSUM_BAD &&
	    seg->window != 0;
}

static void
begin_half_open(struct flows *f, uint32_t i, int e, const struct segment *seg)
{
	struct flow *r = record(f, i);

	r->half = (struct half_open){
		.first_ns = seg->ts_ns,
		.last_ns = seg->ts_ns,
		.first_packet = seg->packet,
		.last_packet = seg->packet,
		.isn = seg->seq,
		.packets = 1,
		.window = seg->window,
		.wscale = seg->wscale,
		.end = (uint8_t)e,
		.flags = seg->flags,
		.ts_digits = seg->ts_digits,
	};
	list_append(f, i, KIND_HALF_OPEN);
}

static uint32_t
begin(struct flows *f, const struct key *k, uint64_t hash, int e,
    const struct segment *seg, uint64_t number)
{
	uint32_t i = new_record(f, k, hash);
	struct flow *r = record(f, i);

	r->number = number;
	if (is_bare_syn(seg)) {
		begin_half_open(f, i, e, seg);
		return i;
	}
	r->conn = new_conn(f, r);
	r->since_ns = f->now_ns;
	if (!(seg->flags & TCP_SYN) &&
	    past_find(&f->past, hash) == PAST_EVICTED)
		r->conn->notes |= NOTE_CONTINUED;
	list_append(f, i, KIND_LIVE);
	conn_segment(r->conn, e, seg);
	return i;
}

/* ---- segments ---- */

/* The candidate is the next connection on this pair of endpoints. */
static uint32_t
commit_candidate(struct flows *f, uint32_t i, const struct key *k,
    uint64_t hash)
{
	struct conn *old = record(f, i)->conn;
	struct segment *first = old->candidate;
	uint64_t number = old->candidate_number;
	int e = !endpoint_equal(&first->src, &k->ep[0]);
	uint32_t fresh;

	old->candidate = NULL;
	finish(f, i, CLOSE_REUSE);
	fresh = begin(f, k, hash, e, first, number);
	free(first);
	return fresh;
}

static void
to_conn(struct flows *f, uint32_t i, int e, const struct segment *seg,
    const struct key *k, uint64_t hash)
{
	struct conn *c = whole(f, i);
	struct flow *r = record(f, i);

	conn_segment(c, e, seg);
	if (c->closed && c->candidate != NULL) {
		commit_candidate(f, i, k, hash);
		return;
	}
	if (c->closed) {
		if (r->kind != KIND_LINGERING) {
			r->since_ns = f->now_ns;
			move_to(f, i, KIND_LINGERING);
		}
		return;
	}
	r->since_ns = f->now_ns;
	move_to(f, i, KIND_LIVE);
}

/* More SYNs of a connection that is nothing else; false when it becomes
 * more, or is over. */
static bool
more_syn(struct flows *f, uint32_t i, int e, const struct segment *seg)
{
	struct flow *r = record(f, i);
	struct half_open *h = &r->half;

	if (r->kind != KIND_HALF_OPEN || !is_bare_syn(seg) || h->end != e ||
	    h->isn != seg->seq)
		return false;
	h->last_ns = seg->ts_ns;
	h->last_packet = seg->packet;
	h->packets++;
	h->flags |= seg->flags;
	move_to(f, i, KIND_HALF_OPEN);
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
	if (more_syn(f, i, e, seg))
		return;
	switch (conn_relation(whole(f, i), e, seg)) {
	case RELATION_MINE:
		to_conn(f, i, e, seg, k, hash);
		break;
	case RELATION_NEXT:
		finish(f, i, CLOSE_REUSE);
		begin(f, k, hash, e, seg, f->next_number++);
		break;
	case RELATION_CANDIDATE:
		keep_candidate(f, record(f, i)->conn, seg);
		break;
	case RELATION_COMMIT:
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

static void
expire_list(struct flows *f, enum kind kind, int64_t age_ns)
{
	uint32_t i;

	while ((i = f->lists[kind].first) != NONE &&
	    last_use(record(f, i)) < f->now_ns - age_ns)
		finish(f, i, CLOSE_IDLE);
}

static void
advance(struct flows *f, int64_t ts_ns)
{
	int64_t idle = f->model.cfg->idle_ns;

	if (ts_ns <= f->now_ns)
		return;
	f->now_ns = ts_ns;
	if (ts_ns < INT64_MIN + MODEL_LINGER_NS)
		return;
	expire_list(f, KIND_LINGERING, MODEL_LINGER_NS);
	if (idle > 0) {
		expire_list(f, KIND_HALF_OPEN, idle);
		expire_list(f, KIND_LIVE, idle);
	}
}

/* Closed records go first: nothing is lost with them. */
static void
evict(struct flows *f)
{
	static const enum kind turn[] = { KIND_LINGERING, KIND_HALF_OPEN,
		KIND_LIVE };

	for (size_t t = 0; t < sizeof(turn) / sizeof(turn[0]); t++) {
		uint32_t i = f->lists[turn[t]].first;

		if (i == NONE)
			continue;
		if (turn[t] == KIND_HALF_OPEN)
			f->stats.evicted_half_open++;
		else if (turn[t] == KIND_LIVE)
			f->stats.evicted++;
		finish(f, i, CLOSE_EVICTED);
		return;
	}
}

/* An ACK, FIN or RST without text that comes after its connection's record
 * is gone: no session of its own. */
static bool
is_echo(const struct flows *f, const struct segment *seg, uint64_t hash)
{
	return seg->payload_len == 0 && !(seg->flags & TCP_SYN) &&
	    past_find(&f->past, hash) == PAST_CLOSED;
}

void
flows_segment(struct flows *f, const struct segment *seg)
{
	struct key k;
	int e = key_of(f, seg, &k);
	uint64_t hash = key_hash(f, &k);
	uint32_t i;

	advance(f, seg->ts_ns);
	i = find(f, &k, hash);
	if (i == NONE && is_echo(f, seg, hash))
		f->stats.echoes++;
	else if (i == NONE)
		begin(f, &k, hash, e, seg, f->next_number++);
	else
		known(f, i, e, seg, &k, hash);
	while (f->model.memory > f->model.cfg->max_memory && f->stats.live > 1)
		evict(f);
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return x[0] < y[0] ? -1 : x[0] > y[0];
}

/* Ends all records of a kind, by number. */
static void
end_kind(struct flows *f, enum kind kind)
{
	uint64_t(*order)[2] = NULL;
	size_t n = 0, cap = 0;

	for (uint32_t i = f->lists[kind].first; i != NONE;
	     i = record(f, i)->next) {
		if (n == cap) {
			cap = cap > 0 ? cap * 2 : 64;
			order = xreallocarray(order, cap, sizeof(*order));
		}
		order[n][0] = record(f, i)->number;
		order[n++][1] = i;
	}
	if (n > 0)
		qsort(order, n, sizeof(*order), by_number);
	for (size_t j = 0; j < n; j++)
		finish(f, (uint32_t)order[j][1], CLOSE_END);
	free(order);
}

void
flows_end(struct flows *f)
{
	while (f->lists[KIND_LINGERING].first != NONE)
		finish(f, f->lists[KIND_LINGERING].first, CLOSE_END);
	end_kind(f, KIND_HALF_OPEN);
	end_kind(f, KIND_LIVE);
	assert(f->stats.live == 0);
}

void
flows_free(struct flows *f)
{
	if (f == NULL)
		return;
	for (uint32_t s = 0; s < f->n_slabs; s++)
		free(f->slabs[s]);
	free(f->slabs);
	table_fini(&f->table);
	past_fini(&f->past);
	free(f);
}

struct flows_stats
flows_stats(const struct flows *f)
{
	struct flows_stats s = f->stats;

	s.sessions = f->next_number;
	return s;
}
