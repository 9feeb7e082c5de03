/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* flow_load.c: reads what flow_save.c wrote. */
#include "base/limit.h"
#include "flow/flow_save.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/record_log.h"
#include "base/xalloc.h"
#include "flow/flow_parts.h"
#include "flow/flow_save_parts.h"
#include "flow/segment_log.h"

/* A log is read in pieces of this size. */
#define PIECE_LEN ((size_t)64 << 10)

struct save_reader {
	bool (*read)(void *arg, void *p, size_t n);
	void *arg;
};

/* A record's fixed part, as it was read. */
struct fixed {
	uint8_t kind;
	uint16_t bits;
	struct key key;
	uint64_t number;
	int64_t since_ns;
	uint64_t log_size;
	struct half_open half;
	struct hop hop; /* its first packet's */
	struct conn_heritage heritage;
};

static struct half_open
get_half(const uint8_t *p)
{
	return (struct half_open){
		.first_ns = (int64_t)get_be64(p),
		.last_ns = (int64_t)get_be64(p + 8),
		.first_packet = get_be64(p + 16),
		.last_packet = get_be64(p + 24),
		.isn = get_be32(p + 32),
		.packets = get_be32(p + 36),
		.window = get_be16(p + 40),
		.ip_len = get_be16(p + 42),
		.wscale = p[44],
		.end = p[45] & 1,
		.checksum = p[45] >> 1,
		.flags = p[46],
		.ts_digits = p[47] & 1 ? 9 : 6,
		.copies = p[47] >> 1,
	};
}

static struct conn_heritage
get_heritage(const uint8_t *p)
{
	return (struct conn_heritage){
		.notes = get_be16(p),
		.client = (int8_t)p[2],
		.roles = p[3],
		.continuations = p[4],
		.skipped = { get_be64(p + 5), get_be64(p + 13) },
	};
}

static bool
is_sane(const struct fixed *x, uint8_t family)
{
	bool half = (x->bits & HAS_HALF) != 0;

	return x->kind > KIND_FREE && x->kind < KINDS &&
	    (family == 4 || family == 6) &&
	    x->bits <= (HAS_HALF | IS_SUPERSEDED) && x->heritage.client >= -1 &&
	    x->heritage.client <= 1 && x->heritage.roles <= ROLES_CONTENT &&
	    (half || x->kind != KIND_HALF_OPEN) &&
	    (!half ||
		(x->half.checksum <= CHECKSUM_BAD && x->half.packets > 0 &&
		    x->half.packets <= UINT16_MAX &&
		    (x->half.ts_digits == 6 || x->half.ts_digits == 9)));
}

/* False when the lower end is not the first. */
static bool
get_key(const uint8_t *p, struct key *k)
{
	struct endpoint ep[2];

	for (int e = 0; e < 2; e++) {
		memcpy(ep[e].addr, p + 4 + 16 * e, sizeof(ep[e].addr));
		ep[e].port = get_be16(p + 36 + 2 * e);
		ep[e].family = p[1];
	}
	return key_of(k, &ep[0], &ep[1], get_be32(p + 40)) == 0;
}

static bool
read_fixed(const struct save_reader *r, struct fixed *x)
{
	uint8_t p[SAVE_RECORD_LEN];

	if (!r->read(r->arg, p, sizeof(p)))
		return false;
	memset(x, 0, sizeof(*x));
	x->kind = p[0];
	x->bits = get_be16(p + 2);
	x->number = get_be64(p + 44);
	x->since_ns = (int64_t)get_be64(p + 52);
	x->log_size = get_be64(p + 60);
	x->half = get_half(p + 68);
	x->hop = segment_log_get_hop(p + 116);
	x->heritage = get_heritage(p + 116 + SEGMENT_LOG_HOP);
	return get_key(p, &x->key) && is_sane(x, p[1]);
}

static void
retell(void *arg, struct segment_log_entry x, const struct segment *seg)
{
	const struct conn *c = arg;

	if (c->model->on_saved != NULL)
		c->model->on_saved(c->model->on_saved_arg, seg);
	conn_replay(arg, x, seg);
}

static bool
load_log(const struct save_reader *r, uint64_t size, struct conn *c)
{
	struct segment_log_reader log = { .ep = c->ep, .fn = retell, .arg = c };
	struct record_feed feed = { .fn = segment_log_take, .arg = &log };
	uint8_t *piece = xmalloc(PIECE_LEN);
	bool ok = true;

	while (ok && size > 0) {
		size_t n = size < PIECE_LEN ? (size_t)size : PIECE_LEN;

		ok = r->read(r->arg, piece, n);
		if (ok)
			record_feed_put(&feed, (struct slice){ piece, n });
		size -= n;
	}
	free(piece);
	segment_log_reader_fini(&log);
	return record_feed_end(&feed) && ok && !log.bad;
}

static struct pair *
pair_of_record(struct flows *f, uint32_t i, const struct key *k, uint64_t hash)
{
	struct pair *pair;

	if (flow_table_at(&f->tab, i)->paired)
		return pairs_find(&f->pairs, k, hash);
	pair = pairs_add(&f->pairs, k, hash);
	pair_add_record(pair, i);
	flow_table_at(&f->tab, i)->paired = true;
	return pair;
}

static uint64_t
last_packet(const struct flows *f, uint32_t i)
{
	const struct flow *r = flow_table_at(&f->tab, i);

	return r->kind == KIND_HALF_OPEN ? flow_table_half(r).last_packet :
					   r->conn->last_packet;
}

/* The one used last comes first; false when there are too many. */
static bool
put_in_pair(struct flows *f, struct pair *pair, uint32_t i)
{
	uint32_t later = 0;

	if (pair->n_records == LIMIT_TUPLE_RECORDS)
		return false;
	while (later < pair->n_records &&
	    last_packet(f, pair->records[later]) > last_packet(f, i))
		later++;
	pair_add_record(pair, i);
	for (uint32_t at = 0; at < later; at++) {
		pair->records[at] = pair->records[at + 1];
		pair->records[at + 1] = i;
	}
	flow_table_at(&f->tab, i)->paired = true;
	return true;
}

static bool
load_conn(struct flows *f, uint32_t i, struct fixed *x,
    const struct save_reader *r)
{
	struct flow *rec = flow_table_at(&f->tab, i);
	bool ok;

	x->half.hop = hops_number(&f->model.hops, &x->hop);
	rec->number = x->number;
	rec->superseded = (x->bits & IS_SUPERSEDED) != 0;
	flow_table_append(&f->tab, i, (enum flow_kind)x->kind);
	if (x->kind == KIND_HALF_OPEN)
		return flow_table_set_half(rec, &x->half) && x->log_size == 0;
	rec->conn = flows_new_conn(f, i);
	rec->since_ns = x->since_ns;
	conn_inherit(rec->conn, &x->heritage);
	if (x->bits & HAS_HALF)
		conn_half_open(rec->conn, &x->half);
	ok = load_log(r, x->log_size, rec->conn);
	/* A connection without a packet is none, nor one of which no packet was
	 * its own. */
	return ok && rec->conn->packets > 0 && rec->conn->first_sender >= 0;
}

static bool
load_record(struct flows *f, const struct save_reader *r)
{
	struct fixed x;
	struct pair *pair;
	uint64_t hash;
	uint32_t i, first;

	if (!read_fixed(r, &x))
		return false;
	hash = flow_table_hash(&f->tab, &x.key);
	first = flow_table_find(&f->tab, &x.key, hash);
	if (first == FLOW_TABLE_NONE)
		return load_conn(f, flow_table_add(&f->tab, &x.key, hash), &x,
		    r);
	pair = pair_of_record(f, first, &x.key, hash);
	i = flow_table_add_beside(&f->tab, &x.key);
	return load_conn(f, i, &x, r) && put_in_pair(f, pair, i);
}

/* What a segment that no record has goes to. */
struct loose_feed {
	struct flows *f;
	struct pair *pair; /* NULL: it is the one that is early */
	uint64_t number;
	bool passed_by;
};

static void
take_loose(void *arg, struct segment_log_entry x, const struct segment *seg)
{
	struct loose_feed *s = arg;

	if (s->pair == NULL) {
		flows_keep_early(s->f, seg);
		return;
	}
	if (s->pair->n_strays == PAIR_STRAYS_MAX)
		return;
	pairs_put_stray(&s->f->pairs, s->pair, x.e, seg, s->number,
	    seg->frame != NULL);
	s->pair->strays[s->pair->n_strays - 1].passed_by = s->passed_by;
}

/* What stands before its record. */
struct loose {
	struct key key;
	uint64_t number;
	uint64_t n; /* bytes of it */
	bool passed_by;
};

static bool
read_loose(const struct save_reader *r, struct loose *x)
{
	uint8_t p[SAVE_LOOSE_LEN];

	if (!r->read(r->arg, p, sizeof(p)) || !get_key(p, &x->key))
		return false;
	x->passed_by = get_be16(p + 2) != 0;
	x->number = get_be64(p + 44);
	x->n = get_be64(p + 53);
	return x->n <= RECORD_MAX;
}

static bool
feed_loose(const struct save_reader *r, const struct loose *x,
    struct loose_feed *s)
{
	struct segment_log_reader log = { .fn = take_loose, .arg = s };
	uint8_t *bytes = xmalloc((size_t)x->n + 1);
	struct endpoint ep[2];
	bool ok = r->read(r->arg, bytes, (size_t)x->n);

	key_ends(&x->key, ep);
	log.ep = ep;
	if (ok)
		segment_log_take(&log, (struct slice){ bytes, (size_t)x->n });
	free(bytes);
	segment_log_reader_fini(&log);
	return ok && !log.bad;
}

static bool
load_stray(struct flows *f, const struct save_reader *r)
{
	struct loose_feed s = { .f = f };
	struct loose x;
	uint64_t hash;
	uint32_t i;

	if (!read_loose(r, &x))
		return false;
	hash = flow_table_hash(&f->tab, &x.key);
	i = flow_table_find(&f->tab, &x.key, hash);
	if (i == FLOW_TABLE_NONE)
		return false;
	s.pair = pair_of_record(f, i, &x.key, hash);
	s.passed_by = x.passed_by;
	s.number = x.number;
	return feed_loose(r, &x, &s);
}

static bool
load_shape(struct flows *f, const struct save_reader *r)
{
	uint8_t p[SAVE_SHAPE_LEN];
	struct pair *pair;
	struct key k;

	if (!r->read(r->arg, p, sizeof(p)) || !get_key(p, &k))
		return false;
	pair = pairs_find(&f->pairs, &k, flow_table_hash(&f->tab, &k));
	/* One record may be left of a pair, and there is none then. */
	for (uint32_t i = 0; pair != NULL && i < pair->n_records; i++) {
		const struct flow *rec =
		    flow_table_at(&f->tab, pair->records[i]);
		struct shape *s = &pair->shapes[i];

		if (rec->number != get_be64(p + 44))
			continue;
		s->first_ns = (int64_t)get_be64(p + 52);
		for (int e = 0; e < 2; e++) {
			s->digest[e] = get_be64(p + 60 + 16 * e);
			s->first[e] = get_be32(p + 68 + 16 * e);
			s->n[e] = get_be32(p + 72 + 16 * e);
		}
	}
	return true;
}

static bool
load_early(struct flows *f, const struct save_reader *r)
{
	struct loose_feed s = { .f = f };
	struct loose x;

	return f->early == NULL && read_loose(r, &x) && feed_loose(r, &x, &s);
}

static bool
load_tombstone(struct flows *f, const struct save_reader *r)
{
	uint8_t p[SAVE_TOMBSTONE_LEN];
	struct tombstone t = { 0 };
	unsigned bits;

	if (!r->read(r->arg, p, sizeof(p)))
		return false;
	t.hash = get_be64(p);
	t.last_ns = (int64_t)get_be64(p + 8);
	bits = get_be16(p + 32);
	for (int e = 0; e < 2; e++) {
		unsigned of = bits >> (e == 0 ? 3 : 0);

		t.end[e] = get_be32(p + 16 + 8 * e);
		t.span[e] = get_be32(p + 20 + 8 * e);
		t.known[e] = (of & 4) != 0;
		t.has_isn[e] = (of & 2) != 0;
		t.whole[e] = (of & 1) != 0;
	}
	t.closed = (bits & 64) != 0;
	t.client = (int8_t)p[34];
	t.roles = p[35];
	if (t.client < -1 || t.client > 1 || t.roles > ROLES_CONTENT)
		return false;
	tombstones_add(&f->past, &t);
	return true;
}

/* A number of things, each read by load. */
static bool
load_all(struct flows *f, const struct save_reader *r,
    bool (*load)(struct flows *f, const struct save_reader *r))
{
	uint8_t head[8];
	uint64_t n;

	if (!r->read(r->arg, head, sizeof(head)))
		return false;
	n = get_be64(head);
	for (uint64_t i = 0; i < n; i++)
		if (!load(f, r))
			return false;
	return true;
}

bool
flow_save_load(struct flows *f, bool (*read)(void *arg, void *p, size_t n),
    void *arg)
{
	struct save_reader r = { read, arg };
	uint8_t head[SAVE_HEAD_LEN - 8];

	if (!read(arg, head, sizeof(head)))
		return false;
	f->next_number = get_be64(head);
	f->now_ns = (int64_t)get_be64(head + 8);
	f->packet = get_be64(head + 16);
	f->tab.hash_key.k[0] = get_be64(head + 24);
	f->tab.hash_key.k[1] = get_be64(head + 32);
	if (load_all(f, &r, load_record) && load_all(f, &r, load_stray) &&
	    load_all(f, &r, load_shape) && load_all(f, &r, load_tombstone) &&
	    load_all(f, &r, load_early))
		return true;
	flows_drop(f);
	return false;
}
