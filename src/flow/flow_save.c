/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* flow_save.c: records of flows as bytes; integers are big-endian. */
#include "flow/flow_save.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/record_log.h"
#include "base/xalloc.h"
#include "flow/flow_parts.h"
#include "flow/segment_log.h"

#define HEAD_LEN 32
#define RECORD_LEN 137
/* A log is read in pieces of this size. */
#define PIECE_LEN ((size_t)64 << 10)

enum { HAS_HALF = 1, IS_SUPERSEDED = 2, IS_OVER = 4 };
/* A stray, before its segment. */
#define STRAY_LEN 61

struct save_writer {
	void (*write)(void *arg, const void *p, size_t n);
	void *arg;
};

static void
put_half(struct buf *b, const struct half_open *h)
{
	buf_be(b, (uint64_t)h->first_ns, 8);
	buf_be(b, (uint64_t)h->last_ns, 8);
	buf_be(b, h->first_packet, 8);
	buf_be(b, h->last_packet, 8);
	buf_be(b, h->isn, 4);
	buf_be(b, h->packets, 4);
	buf_be(b, h->window, 2);
	buf_be(b, h->ip_len, 2);
	buf_be(b, h->wscale, 1);
	buf_be(b, (unsigned)h->end | (unsigned)h->checksum << 1, 1);
	buf_be(b, h->flags, 1);
	buf_be(b, (h->ts_digits > 6 ? 1U : 0U) | (unsigned)h->copies << 1, 1);
}

static void
put_key(struct buf *b, const struct key *k, uint8_t kind, unsigned bits)
{
	struct endpoint ep[2];

	key_ends(k, ep);
	buf_be(b, kind, 1);
	buf_be(b, k->family, 1);
	buf_be(b, bits, 2);
	buf_put(b, ep[0].addr, sizeof(ep[0].addr));
	buf_put(b, ep[1].addr, sizeof(ep[1].addr));
	buf_be(b, ep[0].port, 2);
	buf_be(b, ep[1].port, 2);
	buf_be(b, key_vlan(k), 4);
}

static void
put_heritage(struct buf *b, const struct conn_heritage *h)
{
	buf_be(b, h->notes, 2);
	buf_be(b, (uint8_t)h->client, 1);
	buf_be(b, h->roles, 1);
	buf_be(b, h->continuations, 1);
	for (int e = 0; e < 2; e++)
		buf_be(b, h->skipped[e], 8);
}

static void
put_over(struct buf *b, struct flows *f, uint32_t i)
{
	const struct tombstone note = flows_tombstone(f, i);
	const struct key k = flow_table_key_at(&f->tab, i);
	size_t begin = b->n;

	put_key(b, &k, flow_table_at(&f->tab, i)->kind, IS_OVER);
	buf_be(b, (uint64_t)note.last_ns, 8);
	for (int e = 0; e < 2; e++) {
		buf_be(b, note.end[e], 4);
		buf_be(b, note.span[e], 4);
		buf_be(b, note.known[e], 1);
		buf_be(b, note.has_isn[e], 1);
	}
	buf_be(b, (uint8_t)note.client, 1);
	buf_be(b, note.roles, 1);
	while (b->n - begin < RECORD_LEN)
		buf_byte(b, 0);
}

static void
put_record(struct buf *b, const struct flow_table *t, uint32_t i)
{
	const struct flow *r = flow_table_at(t, i);
	const struct conn *c = r->kind == KIND_HALF_OPEN ? NULL : r->conn;
	const struct key k = flow_table_key_at(t, i);
	struct conn_heritage heritage = { .client = -1 };
	struct half_open half = { 0 };
	unsigned bits = 0;

	if (c == NULL || c->later->has_half) {
		bits |= HAS_HALF;
		half = c == NULL ? flow_table_half(r) : c->later->half;
	}
	if (r->superseded)
		bits |= IS_SUPERSEDED;
	if (c != NULL) {
		heritage = c->later->heritage;
		heritage.notes |= c->notes & (NOTE_JUMPED | NOTE_COPY_OF);
	}
	put_key(b, &k, r->kind, bits);
	buf_be(b, r->number, 8);
	buf_be(b, c != NULL ? (uint64_t)r->since_ns : 0, 8);
	buf_be(b, c != NULL ? c->later->log.size : 0, 8);
	put_half(b, &half);
	put_heritage(b, &heritage);
}

static void
write_block(void *arg, struct slice bytes)
{
	const struct save_writer *w = arg;

	w->write(w->arg, bytes.p, bytes.n);
}

/* Ends what is over; its numbers go on, so that late packets are known. */
static void
end_those_over(struct flows *f, enum flow_kind kind, struct buf *gone)
{
	uint32_t next;

	for (uint32_t i = f->tab.lists[kind].first; i != FLOW_TABLE_NONE;
	     i = next) {
		const struct flow *r = flow_table_at(&f->tab, i);

		next = r->next;
		if (!conn_is_over(r->conn) || conn_may_revive(r->conn))
			continue;
		put_over(gone, f, i);
		flows_finish(f, i, CLOSE_END);
	}
}

static void
save_record(struct flows *f, uint32_t i, struct save_writer *w)
{
	const struct flow *r = flow_table_at(&f->tab, i);
	const struct conn *c = r->kind == KIND_HALF_OPEN ? NULL : r->conn;
	struct buf b = { 0 };

	put_record(&b, &f->tab, i);
	w->write(w->arg, b.p, b.n);
	buf_free(&b);
	if (c != NULL)
		spill_log_read(f->model.keep, &c->later->log, 0, write_block,
		    w);
}

static void
put_stray(struct buf *b, const struct pair *pair, const struct stray *s)
{
	const struct segment_log_entry x = { s->e, SEGMENT_LOG_OWN };
	size_t length_at;

	put_key(b, &pair->key, 0, s->passed_by);
	buf_be(b, s->number, 8);
	buf_byte(b, 0);
	length_at = b->n;
	buf_be(b, 0, 8);
	segment_log_put_bare(b, x, s->seg);
	for (unsigned i = 0; i < 8; i++)
		b->p[length_at + i] =
		    (uint8_t)((b->n - length_at - 8) >> (56 - 8 * i));
}

static void
save_strays(struct flows *f, struct save_writer *w)
{
	size_t n;
	struct pair **all = pairs_in_order(&f->pairs, &n);
	uint64_t strays = 0;
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		strays += all[i]->n_strays;
	buf_be(&b, strays, 8);
	for (size_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < all[i]->n_strays; k++)
			put_stray(&b, all[i], &all[i]->strays[k]);
	w->write(w->arg, b.p, b.n);
	buf_free(&b);
	free(all);
}

void
flow_save_save(struct flows *f, const struct flow_save *st,
    void (*write)(void *arg, const void *p, size_t n), void *arg)
{
	struct save_writer w = { write, arg };
	struct buf b = { 0 }, gone = { 0 };

	flows_flush(f);
	flows_take_early(f, INT64_MAX);
	end_those_over(f, KIND_SPARED, &gone);
	end_those_over(f, KIND_LINGERING, &gone);
	if (f->udp != NULL)
		udp_flows_end(f->udp);
	buf_be(&b, st->packets, 8);
	buf_be(&b, f->next_number, 8);
	buf_be(&b, (uint64_t)f->now_ns, 8);
	buf_be(&b, f->tab.live + gone.n / RECORD_LEN, 8);
	buf_put(&b, gone.p, gone.n);
	write(arg, b.p, b.n);
	buf_free(&gone);
	buf_free(&b);
	for (int k = KIND_HALF_OPEN; k < KINDS; k++)
		for (uint32_t i = f->tab.lists[k].first; i != FLOW_TABLE_NONE;
		     i = flow_table_at(&f->tab, i)->next)
			save_record(f, i, &w);
	save_strays(f, &w);
	f->model.dropping = true;
	for (int k = KIND_HALF_OPEN; k < KINDS; k++)
		while (f->tab.lists[k].first != FLOW_TABLE_NONE)
			flows_finish(f, f->tab.lists[k].first, CLOSE_END);
}

/* ---- reading ---- */

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

/* A record of a connection that is over, behind its key. */
static struct tombstone
get_over(const uint8_t *p)
{
	struct tombstone note = {
		.last_ns = (int64_t)get_be64(p),
		.closed = true,
		.client = (int8_t)p[28],
		.roles = p[29],
	};

	for (int e = 0; e < 2; e++) {
		note.end[e] = get_be32(p + 8 + 10 * e);
		note.span[e] = get_be32(p + 12 + 10 * e);
		note.known[e] = p[16 + 10 * e] != 0;
		note.has_isn[e] = p[17 + 10 * e] != 0;
	}
	return note;
}

static bool
is_sane(const struct fixed *x, uint8_t family)
{
	bool half = (x->bits & HAS_HALF) != 0;

	return x->kind > KIND_FREE && x->kind < KINDS &&
	    (family == 4 || family == 6) &&
	    (x->bits == IS_OVER || x->bits <= (HAS_HALF | IS_SUPERSEDED)) &&
	    x->heritage.client >= -1 && x->heritage.client <= 1 &&
	    x->heritage.roles <= ROLES_GUESS &&
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

/* Of one that is over there is the key, and *note. */
static bool
read_fixed(const struct save_reader *r, struct fixed *x, struct tombstone *note)
{
	uint8_t p[RECORD_LEN];

	if (!r->read(r->arg, p, sizeof(p)))
		return false;
	memset(x, 0, sizeof(*x));
	x->kind = p[0];
	x->bits = get_be16(p + 2);
	if (x->bits == IS_OVER) {
		*note = get_over(p + 44);
		return get_key(p, &x->key) && is_sane(x, p[1]) &&
		    note->client >= -1 && note->client <= 1 &&
		    note->roles <= ROLES_GUESS;
	}
	x->number = get_be64(p + 44);
	x->since_ns = (int64_t)get_be64(p + 52);
	x->log_size = get_be64(p + 60);
	x->half = get_half(p + 68);
	x->heritage = get_heritage(p + 116);
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

	if (pair->n_records == PAIR_RECORDS_MAX)
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
load_conn(struct flows *f, uint32_t i, const struct fixed *x,
    const struct save_reader *r)
{
	struct flow *rec = flow_table_at(&f->tab, i);
	bool ok;

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
	/* A connection without a packet is none. */
	return ok && rec->conn->packets > 0;
}

static bool
load_record(struct flows *f, const struct save_reader *r)
{
	struct fixed x;
	struct tombstone note;
	struct pair *pair;
	uint64_t hash;
	uint32_t i, first;

	if (!read_fixed(r, &x, &note))
		return false;
	hash = flow_table_hash(&f->tab, &x.key);
	if (x.bits == IS_OVER) {
		note.hash = hash;
		tombstones_add(&f->past, &note);
		return true;
	}
	first = flow_table_find(&f->tab, &x.key, hash);
	if (first == FLOW_TABLE_NONE)
		return load_conn(f, flow_table_add(&f->tab, &x.key, hash), &x,
		    r);
	pair = pair_of_record(f, first, &x.key, hash);
	i = flow_table_add_beside(&f->tab, &x.key);
	return load_conn(f, i, &x, r) && put_in_pair(f, pair, i);
}

/* What a stray's segment goes to. */
struct stray_feed {
	struct flows *f;
	struct pair *pair;
	uint64_t number;
	bool passed_by;
};

static void
take_stray(void *arg, struct segment_log_entry x, const struct segment *seg)
{
	struct stray_feed *s = arg;

	if (s->pair->n_strays == PAIR_STRAYS_MAX)
		return;
	pairs_put_stray(&s->f->pairs, s->pair, x.e, seg, s->number,
	    seg->frame != NULL);
	s->pair->strays[s->pair->n_strays - 1].passed_by = s->passed_by;
}

static bool
load_stray(struct flows *f, const struct save_reader *r)
{
	struct stray_feed s = { .f = f };
	struct segment_log_reader log = { .fn = take_stray, .arg = &s };
	struct endpoint ep[2];
	uint8_t p[STRAY_LEN], *bytes;
	struct key k;
	uint64_t hash, n;
	uint32_t i;
	bool ok;

	if (!r->read(r->arg, p, sizeof(p)) || !get_key(p, &k))
		return false;
	n = get_be64(p + 53);
	hash = flow_table_hash(&f->tab, &k);
	i = flow_table_find(&f->tab, &k, hash);
	if (i == FLOW_TABLE_NONE || n > RECORD_MAX)
		return false;
	s.pair = pair_of_record(f, i, &k, hash);
	s.passed_by = get_be16(p + 2) != 0;
	s.number = get_be64(p + 44);
	key_ends(&k, ep);
	log.ep = ep;
	bytes = xmalloc((size_t)n + 1);
	ok = r->read(r->arg, bytes, (size_t)n);
	if (ok)
		segment_log_take(&log, (struct slice){ bytes, (size_t)n });
	free(bytes);
	segment_log_reader_fini(&log);
	return ok && !log.bad;
}

bool
flow_save_load(struct flows *f, struct flow_save *st,
    bool (*read)(void *arg, void *p, size_t n), void *arg)
{
	struct save_reader r = { read, arg };
	uint8_t head[HEAD_LEN];
	uint64_t n;

	if (!read(arg, head, sizeof(head)))
		return false;
	st->packets = get_be64(head);
	f->next_number = get_be64(head + 8);
	f->now_ns = (int64_t)get_be64(head + 16);
	n = get_be64(head + 24);
	for (uint64_t i = 0; i < n; i++)
		if (!load_record(f, &r))
			return false;
	if (!read(arg, head, 8))
		return false;
	n = get_be64(head);
	for (uint64_t i = 0; i < n; i++)
		if (!load_stray(f, &r))
			return false;
	return true;
}
