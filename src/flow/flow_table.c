/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow_table.c: records of flows: slabs of them, an index by key, lists by last
 * use.
 */
#include "flow/flow_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* Each has room for its key. */
static const uint32_t sizes[2] = {
	sizeof(struct flow) + 8,
	sizeof(struct flow) + 40,
};

static_assert(sizeof(struct flow) % 8 == 0, "records are aligned");

void
flow_table_init(struct flow_table *t, size_t *memory)
{
	*t = (struct flow_table){ .memory = memory };
	t->hash_key = siphash_random_key();
	hash_table_init(&t->index);
	for (int big = 0; big < 2; big++)
		pool_init(&t->slabs[big], sizes[big]);
	pool_init(&t->quiet, sizeof(struct packed_conn));
	for (int k = 0; k < KINDS; k++)
		t->lists[k] =
		    (struct list){ FLOW_TABLE_NONE, FLOW_TABLE_NONE, 0 };
}

void
flow_table_fini(struct flow_table *t)
{
	for (int big = 0; big < 2; big++)
		pool_fini(&t->slabs[big]);
	pool_fini(&t->quiet);
	hash_table_fini(&t->index);
}

static void
put_key(struct flow *r, const struct key *k)
{
	r->family = k->family;
	r->ports = (uint32_t)(k->word[0] >> 32);
	r->addr[0] = k->word[1];
	if (k->n == KEY_SMALL)
		return;
	memcpy(&r->addr[1], &k->word[2], 3 * sizeof(r->addr[1]));
	r->addr[4] = key_vlan(k);
}

struct key
flow_table_key_at(const struct flow_table *t, uint32_t i)
{
	const struct flow *r = flow_table_at(t, i);
	struct key k;

	k.n = i & FLOW_TABLE_BIG ? KEY_WORDS : KEY_SMALL;
	k.family = r->family;
	k.word[0] = (uint64_t)r->ports << 32;
	k.word[1] = r->addr[0];
	if (k.n != KEY_SMALL) {
		memcpy(&k.word[2], &r->addr[1], 3 * sizeof(k.word[2]));
		k.word[0] |= r->addr[4];
	}
	return k;
}

struct half_open
flow_table_half(const struct flow *r)
{
	return (struct half_open){
		.first_ns = r->half.first_ns,
		.last_ns = flow_table_half_last_ns(r),
		.first_packet = r->half.first_packet,
		.last_packet = r->half.first_packet + r->half.packet_span,
		.isn = r->half.isn,
		.packets = r->half.packets,
		.window = r->half.window,
		.ip_len = r->half.ip_len,
		.wscale = r->half.wscale,
		.end = r->half_end,
		.checksum = r->half_checksum,
		.flags = r->half.flags,
		.ts_digits = r->half_ns ? 9 : 6,
		.copies = r->half_copies,
		.hop = r->half.hop,
	};
}

bool
flow_table_set_half(struct flow *r, const struct half_open *h)
{
	uint64_t span_ns = (uint64_t)h->last_ns - (uint64_t)h->first_ns;

	if (h->packets > UINT16_MAX || h->copies > 127 ||
	    span_ns > HALF_SPAN_MAX ||
	    h->last_packet - h->first_packet > UINT32_MAX)
		return false;
	r->half_end = h->end & 1U;
	r->half_checksum = h->checksum & 3U;
	r->half_ns = h->ts_digits > 6;
	r->half_copies = h->copies & 127U;
	r->half = (struct half_record){
		.first_ns = h->first_ns,
		.span_ns = span_ns & HALF_SPAN_MAX,
		.hop = h->hop & ((1U << HOPS_BITS) - 1),
		.first_packet = h->first_packet,
		.packet_span = (uint32_t)(h->last_packet - h->first_packet),
		.isn = h->isn,
		.packets = (uint16_t)h->packets,
		.window = h->window,
		.ip_len = h->ip_len,
		.wscale = h->wscale,
		.flags = h->flags,
	};
	return true;
}

static uint32_t
add_record(struct flow_table *t, const struct key *k)
{
	int big = k->n != KEY_SMALL;
	uint32_t i = pool_take(&t->slabs[big]) | (big ? FLOW_TABLE_BIG : 0);
	struct flow *r = flow_table_at(t, i);

	memset(r, 0, sizeof(*r));
	put_key(r, k);
	t->live++;
	*t->memory += sizes[big] + 2 * sizeof(struct slot);
	return i;
}

uint32_t
flow_table_add(struct flow_table *t, const struct key *k, uint64_t hash)
{
	uint32_t i = add_record(t, k);

	hash_table_insert(&t->index, hash, i);
	return i;
}

uint32_t
flow_table_add_beside(struct flow_table *t, const struct key *k)
{
	uint32_t i = add_record(t, k);

	flow_table_at(t, i)->beside = true;
	return i;
}

void
flow_table_hand_over(struct flow_table *t, uint32_t i, uint32_t other,
    uint64_t hash)
{
	if (flow_table_at(t, i)->beside)
		return;
	flow_table_at(t, i)->beside = true;
	flow_table_at(t, other)->beside = false;
	if (t->leaving)
		return;
	hash_table_remove(&t->index, hash, i);
	hash_table_insert(&t->index, hash, other);
}

void
flow_table_leave(struct flow_table *t)
{
	if (t->live == 0)
		return;
	t->leaving = true;
	hash_table_fini(&t->index);
}

static void
remove_key(struct flow_table *t, uint32_t i)
{
	if (t->leaving) {
		t->leaving = t->live > 1;
		if (!t->leaving)
			hash_table_init(&t->index);
	} else if (!flow_table_at(t, i)->beside) {
		const struct key k = flow_table_key_at(t, i);

		hash_table_remove(&t->index, flow_table_hash(t, &k), i);
	}
}

void
flow_table_remove(struct flow_table *t, uint32_t i)
{
	struct flow *r = flow_table_at(t, i);
	int big = (i & FLOW_TABLE_BIG) != 0;

	remove_key(t, i);
	flow_table_unlink(t, i);
	r->kind = KIND_FREE;
	pool_give(&t->slabs[big], i & ~FLOW_TABLE_BIG);
	t->live--;
	*t->memory -= sizes[big] + 2 * sizeof(struct slot);
}

static int
by_number(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* Records begin in the order of their slabs as long as none has gone. */
struct numbered *
flow_table_by_number(const struct flow_table *t, size_t *n)
{
	struct numbered *v = xreallocarray(NULL, t->live, sizeof(*v));
	bool sorted = true;
	size_t got = 0;

	for (int big = 0; big < 2; big++) {
		for (uint32_t k = 0; k < t->slabs[big].used; k++) {
			uint32_t i = k | (big ? FLOW_TABLE_BIG : 0);
			const struct flow *r = flow_table_at(t, i);

			if (r->kind == KIND_FREE)
				continue;
			sorted &= got == 0 || v[got - 1].number < r->number;
			v[got++] = (struct numbered){ r->number, i };
		}
	}
	assert(got == t->live);
	if (!sorted)
		qsort(v, got, sizeof(*v), by_number);
	*n = got;
	return v;
}
