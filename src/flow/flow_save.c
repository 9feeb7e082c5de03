/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* flow_save.c: writes what is known of connections as bytes; integers are
 * big-endian. */
#include "flow/flow_save.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/record_log.h"
#include "flow/flow_parts.h"
#include "flow/flow_save_parts.h"
#include "flow/segment_log.h"

struct save_writer {
	void (*write)(void *arg, const void *p, size_t n);
	void *arg;
};

static void
put_half(struct buf *b, const struct half_open *h, const struct hops *hops)
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
	segment_log_put_hop(b, hops_at(hops, h->hop));
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
put_record(struct buf *b, const struct flows *f, uint32_t i)
{
	const struct flow_table *t = &f->tab;
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
	put_half(b, &half, &f->model.hops);
	put_heritage(b, &heritage);
}

static void
write_block(void *arg, struct slice bytes)
{
	const struct save_writer *w = arg;

	w->write(w->arg, bytes.p, bytes.n);
}

static void
save_record(struct flows *f, uint32_t i, struct save_writer *w)
{
	const struct flow *r = flow_table_at(&f->tab, i);
	const struct conn *c = r->kind == KIND_HALF_OPEN ? NULL : r->conn;
	struct buf b = { 0 };

	put_record(&b, f, i);
	w->write(w->arg, b.p, b.n);
	buf_free(&b);
	if (c != NULL)
		spill_log_read(f->model.keep, &c->later->log, 0, write_block,
		    w);
}

/* A segment that no record has, with the number of the session that it may
 * begin. */
static void
put_loose(struct buf *b, const struct key *key, int e,
    const struct segment *seg, uint64_t number, unsigned bits)
{
	const struct segment_log_entry x = { e, SEGMENT_LOG_OWN };
	struct buf record = { 0 };

	segment_log_put_bare(&record, x, seg);
	put_key(b, key, 0, bits);
	buf_be(b, number, 8);
	buf_byte(b, 0);
	buf_be(b, record.n, 8);
	buf_put(b, record.p, record.n);
	buf_free(&record);
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
		for (uint32_t k = 0; k < all[i]->n_strays; k++) {
			const struct stray *s = &all[i]->strays[k];

			put_loose(&b, &all[i]->key, s->e, s->seg, s->number,
			    s->passed_by);
		}
	w->write(w->arg, b.p, b.n);
	buf_free(&b);
	free(all);
}

/* What the records of pairs look like: of each the pair's key and the number of
 * its session. */
static void
save_shapes(struct flows *f, struct save_writer *w)
{
	size_t n;
	struct pair **all = pairs_in_order(&f->pairs, &n);
	uint64_t records = 0;
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		records += all[i]->n_records;
	buf_be(&b, records, 8);
	for (size_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < all[i]->n_records; k++) {
			const struct shape *s = &all[i]->shapes[k];
			uint32_t record = all[i]->records[k];

			put_key(&b, &all[i]->key, 0, 0);
			buf_be(&b, flow_table_at(&f->tab, record)->number, 8);
			buf_be(&b, (uint64_t)s->first_ns, 8);
			for (int e = 0; e < 2; e++) {
				buf_be(&b, s->digest[e], 8);
				buf_be(&b, s->first[e], 4);
				buf_be(&b, s->n[e], 4);
			}
		}
	w->write(w->arg, b.p, b.n);
	buf_free(&b);
	free(all);
}

/* The segment whose time is far ahead. */
static void
save_early(struct flows *f, struct save_writer *w)
{
	struct buf b = { 0 };
	struct key key;
	int e;

	buf_be(&b, f->early != NULL, 8);
	if (f->early != NULL) {
		e = key_of(&key, &f->early->src, &f->early->dst,
		    f->model.cfg->split_vlan ?
			hop_vlan_digest(f->early->hop.vlan) :
			0);
		put_loose(&b, &key, e, f->early, 0, 0);
	}
	w->write(w->arg, b.p, b.n);
	buf_free(&b);
}

static void
save_tombstones(struct flows *f, struct save_writer *w)
{
	struct buf b = { 0 };

	buf_be(&b, f->past.n, 8);
	for (uint32_t i = 0; i < f->past.n; i++) {
		const struct tombstone *t = tombstones_at(&f->past, i);
		unsigned bits = t->closed;

		buf_be(&b, t->hash, 8);
		buf_be(&b, (uint64_t)t->last_ns, 8);
		for (int e = 0; e < 2; e++) {
			buf_be(&b, t->end[e], 4);
			buf_be(&b, t->span[e], 4);
			bits = bits << 3 | (unsigned)t->known[e] << 2 |
			    (unsigned)t->has_isn[e] << 1 | t->whole[e];
		}
		buf_be(&b, bits, 2);
		buf_be(&b, (uint8_t)t->client, 1);
		buf_be(&b, t->roles, 1);
	}
	w->write(w->arg, b.p, b.n);
	buf_free(&b);
}

uint64_t
flow_save_open(struct flows *f)
{
	flows_flush(f);
	return f->tab.live + (f->early != NULL);
}

int64_t
flow_save_time_ns(const struct flows *f)
{
	return f->now_ns;
}

void
flows_drop(struct flows *f)
{
	f->model.dropping = true;
	for (int k = KIND_HALF_OPEN; k < KINDS; k++)
		while (f->tab.lists[k].first != FLOW_TABLE_NONE)
			flows_finish(f, f->tab.lists[k].first, CLOSE_END);
}

void
flow_save_save(struct flows *f,
    void (*write)(void *arg, const void *p, size_t n), void *arg)
{
	struct save_writer w = { write, arg };
	struct buf b = { 0 };

	flows_flush(f);
	if (f->udp != NULL)
		udp_flows_end(f->udp);
	buf_be(&b, f->next_number, 8);
	buf_be(&b, (uint64_t)f->now_ns, 8);
	buf_be(&b, f->packet, 8);
	/* Tombstones have hashes, not keys. */
	buf_be(&b, f->tab.hash_key.k[0], 8);
	buf_be(&b, f->tab.hash_key.k[1], 8);
	buf_be(&b, f->tab.live, 8);
	write(arg, b.p, b.n);
	buf_free(&b);
	for (int k = KIND_HALF_OPEN; k < KINDS; k++)
		for (uint32_t i = f->tab.lists[k].first; i != FLOW_TABLE_NONE;
		     i = flow_table_at(&f->tab, i)->next)
			save_record(f, i, &w);
	save_strays(f, &w);
	save_shapes(f, &w);
	save_tombstones(f, &w);
	save_early(f, &w);
	flows_drop(f);
}
