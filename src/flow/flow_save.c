/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* flow_save.c: records of flows as bytes; integers are big-endian. */
#include "flow/flow_save.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "flow/flow_parts.h"
#include "flow/segment_log.h"

#define HEAD_LEN 32
#define RECORD_LEN 116
/* A log is read in pieces of this size. */
#define PIECE_LEN ((size_t)64 << 10)

enum { HAS_HALF = 1, IS_CONTINUED = 2, IS_OVER = 4 };

struct writer {
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
	buf_be(b, h->ts_digits, 1);
}

static void
put_key(struct buf *b, const struct flow_table *t, uint32_t i, unsigned bits)
{
	const struct key k = flow_table_key_at(t, i);
	struct endpoint ep[2];

	key_ends(&k, ep);
	buf_be(b, flow_table_at(t, i)->kind, 1);
	buf_be(b, k.family, 1);
	buf_be(b, bits, 2);
	buf_put(b, ep[0].addr, sizeof(ep[0].addr));
	buf_put(b, ep[1].addr, sizeof(ep[1].addr));
	buf_be(b, ep[0].port, 2);
	buf_be(b, ep[1].port, 2);
	buf_be(b, key_vlan(&k), 4);
}

static void
put_over(struct buf *b, const struct flow_table *t, uint32_t i)
{
	size_t begin = b->n;

	put_key(b, t, i, IS_OVER);
	while (b->n - begin < RECORD_LEN)
		buf_byte(b, 0);
}

static void
put_record(struct buf *b, const struct flow_table *t, uint32_t i)
{
	const struct flow *r = flow_table_at(t, i);
	const struct conn *c = r->kind == KIND_HALF_OPEN ? NULL : r->conn;
	struct half_open half = { 0 };
	unsigned bits = 0;

	if (c == NULL || c->later->has_half) {
		bits |= HAS_HALF;
		half = c == NULL ? flow_table_half(r) : c->later->half;
	}
	if (c != NULL && (c->notes & NOTE_CONTINUED))
		bits |= IS_CONTINUED;
	put_key(b, t, i, bits);
	buf_be(b, r->number, 8);
	buf_be(b, c != NULL ? (uint64_t)r->since_ns : 0, 8);
	buf_be(b, c != NULL ? c->later->log.size : 0, 8);
	put_half(b, &half);
}

static void
write_block(void *arg, struct slice bytes)
{
	const struct writer *w = arg;

	w->write(w->arg, bytes.p, bytes.n);
}

/* Ends what is over; only its key goes on, so that echoes are known. */
static void
end_those_over(struct flows *f, enum flow_kind kind, struct buf *gone)
{
	uint32_t next;

	for (uint32_t i = f->tab.lists[kind].first; i != FLOW_TABLE_NONE;
	     i = next) {
		const struct flow *r = flow_table_at(&f->tab, i);

		next = r->next;
		if (!conn_is_over(r->conn))
			continue;
		put_over(gone, &f->tab, i);
		flows_finish(f, i, CLOSE_END);
	}
}

static void
save_record(struct flows *f, uint32_t i, struct writer *w)
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

void
flow_save_save(struct flows *f, const struct flow_save *st,
    void (*write)(void *arg, const void *p, size_t n), void *arg)
{
	struct writer w = { write, arg };
	struct buf b = { 0 }, gone = { 0 };

	flows_flush(f);
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
	f->model.dropping = true;
	for (int k = KIND_HALF_OPEN; k < KINDS; k++)
		while (f->tab.lists[k].first != FLOW_TABLE_NONE)
			flows_finish(f, f->tab.lists[k].first, CLOSE_END);
}

/* ---- reading ---- */

struct reader {
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
		.ts_digits = p[47],
	};
}

static bool
is_sane(const struct fixed *x, uint8_t family)
{
	bool half = (x->bits & HAS_HALF) != 0;

	return x->kind > KIND_FREE && x->kind < KINDS &&
	    (family == 4 || family == 6) &&
	    (x->bits == IS_OVER || x->bits <= (HAS_HALF | IS_CONTINUED)) &&
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
read_fixed(const struct reader *r, struct fixed *x)
{
	uint8_t p[RECORD_LEN];

	if (!r->read(r->arg, p, sizeof(p)))
		return false;
	memset(x, 0, sizeof(*x));
	x->kind = p[0];
	x->bits = get_be16(p + 2);
	x->number = get_be64(p + 44);
	x->since_ns = (int64_t)get_be64(p + 52);
	x->log_size = get_be64(p + 60);
	x->half = get_half(p + 68);
	return get_key(p, &x->key) && is_sane(x, p[1]);
}

static void
retell(void *arg, struct segment_log_entry x, const struct segment *seg)
{
	conn_replay(arg, x, seg);
}

static bool
load_log(const struct reader *r, uint64_t size, struct conn *c)
{
	struct segment_log_feed feed = { .ep = c->ep, .fn = retell, .arg = c };
	uint8_t *piece = xmalloc(PIECE_LEN);
	bool ok = true;

	while (ok && size > 0) {
		size_t n = size < PIECE_LEN ? (size_t)size : PIECE_LEN;

		ok = r->read(r->arg, piece, n);
		if (ok)
			segment_log_feed_put(&feed, (struct slice){ piece, n });
		size -= n;
		ok = ok && feed.rest.n <= SEGMENT_LOG_MAX;
	}
	free(piece);
	return segment_log_feed_end(&feed) && ok;
}

static bool
load_record(struct flows *f, const struct reader *r)
{
	struct fixed x;
	struct flow *rec;
	uint64_t hash;
	uint32_t i;
	bool ok;

	if (!read_fixed(r, &x))
		return false;
	hash = flow_table_hash(&f->tab, &x.key);
	if (x.bits == IS_OVER) {
		tombstones_add(&f->past,
		    &(struct tombstone){ .hash = hash,
			.kind = TOMBSTONE_CLOSED });
		return true;
	}
	if (flow_table_find(&f->tab, &x.key, hash) != FLOW_TABLE_NONE)
		return false;
	i = flow_table_add(&f->tab, &x.key, hash);
	rec = flow_table_at(&f->tab, i);
	rec->number = x.number;
	flow_table_append(&f->tab, i, (enum flow_kind)x.kind);
	if (x.kind == KIND_HALF_OPEN) {
		return flow_table_set_half(rec, &x.half) && x.log_size == 0;
	}
	rec->conn = flows_new_conn(f, i);
	rec->since_ns = x.since_ns;
	if (x.bits & IS_CONTINUED)
		rec->conn->notes |= NOTE_CONTINUED;
	if (x.bits & HAS_HALF)
		conn_half_open(rec->conn, &x.half);
	ok = load_log(r, x.log_size, rec->conn);
	/* A connection without a packet is none. */
	return ok && rec->conn->packets > 0;
}

bool
flow_save_load(struct flows *f, struct flow_save *st,
    bool (*read)(void *arg, void *p, size_t n), void *arg)
{
	struct reader r = { read, arg };
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
	return true;
}
