/*
 * flowtab.c: records of flows: slabs of them, an index by key, lists by last
 * use.
 */
#include "model/flowtab.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* Bit of a record's number: it is a bigger one. */
#define BIG ((uint32_t)1 << 31)

static const size_t sizes[2] = {
	sizeof(struct flow) + 8,
	sizeof(struct flow) + 40,
};

static_assert(sizeof(struct flow) % 8 == 0, "records are aligned");

void
flowtab_init(struct flowtab *t, size_t *memory)
{
	*t = (struct flowtab){ .memory = memory };
	t->hash_key = siphash_random_key();
	table_init(&t->index);
	for (int big = 0; big < 2; big++)
		slabs_init(&t->slabs[big], sizes[big]);
	slabs_init(&t->quiet, sizeof(struct quiet));
	for (int k = 0; k < KINDS; k++)
		t->lists[k] = (struct list){ FLOWTAB_NONE, FLOWTAB_NONE, 0 };
}

void
flowtab_fini(struct flowtab *t)
{
	for (int big = 0; big < 2; big++)
		slabs_fini(&t->slabs[big]);
	slabs_fini(&t->quiet);
	table_fini(&t->index);
}

struct flow *
flowtab_at(const struct flowtab *t, uint32_t i)
{
	return slabs_at(&t->slabs[(i & BIG) != 0], i & ~BIG);
}

static bool
is_big(const struct key *k)
{
	return k->ep[0].family != 4 || k->vlan != 0;
}

static void
put_key(struct flow *r, const struct key *k)
{
	size_t n = is_big(k) ? 16 : 4;

	r->family = k->ep[0].family;
	for (int e = 0; e < 2; e++) {
		r->port[e] = k->ep[e].port;
		memcpy(r->addr + (size_t)e * n, k->ep[e].addr, n);
	}
	if (is_big(k))
		memcpy(r->addr + 32, &k->vlan, sizeof(k->vlan));
}

struct key
flowtab_key_at(const struct flowtab *t, uint32_t i)
{
	const struct flow *r = flowtab_at(t, i);
	size_t n = i & BIG ? 16 : 4;
	struct key k;

	memset(&k, 0, sizeof(k));
	for (int e = 0; e < 2; e++) {
		memcpy(k.ep[e].addr, r->addr + (size_t)e * n, n);
		k.ep[e].port = r->port[e];
		k.ep[e].family = r->family;
	}
	if (i & BIG)
		memcpy(&k.vlan, r->addr + 32, sizeof(k.vlan));
	return k;
}

struct half_open
flowtab_half(const struct flow *r)
{
	return (struct half_open){
		.first_ns = r->half.first_ns,
		.last_ns = r->half.last_ns,
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
		.ts_digits = r->half_ts_digits,
	};
}

bool
flowtab_set_half(struct flow *r, const struct half_open *h)
{
	if (h->packets > UINT16_MAX ||
	    h->last_packet - h->first_packet > UINT32_MAX)
		return false;
	r->half_end = h->end & 1U;
	r->half_checksum = h->checksum & 3U;
	r->half_ts_digits = h->ts_digits;
	r->half = (struct half_record){
		.first_ns = h->first_ns,
		.last_ns = h->last_ns,
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

static bool
is_above(const struct endpoint *a, const struct endpoint *b)
{
	int order = memcmp(a->addr, b->addr, sizeof(a->addr));

	return order > 0 || (order == 0 && a->port > b->port);
}

int
flowtab_key(const struct endpoint *const ep[2], uint32_t vlan, struct key *k)
{
	int e = is_above(ep[0], ep[1]);

	k->ep[e] = *ep[0];
	k->ep[!e] = *ep[1];
	k->vlan = vlan;
	return e;
}

uint64_t
flowtab_hash(const struct flowtab *t, const struct key *k)
{
	const struct endpoint *a = &k->ep[0], *b = &k->ep[1];
	uint64_t w[5];
	size_t n = 0;

	w[n++] = (uint64_t)a->port << 48 | (uint64_t)b->port << 32 |
	    (k->vlan ^ a->family);
	if (a->family == 4) {
		w[n++] = (uint64_t)get_be32(a->addr) << 32 | get_be32(b->addr);
	} else {
		memcpy(&w[n], a->addr, 16);
		memcpy(&w[n + 2], b->addr, 16);
		n += 4;
	}
	return siphash_words(&t->hash_key, w, n);
}

static bool
has_key(const struct flow *r, const struct key *k, bool big)
{
	size_t n = big ? 16 : 4;

	return r->port[0] == k->ep[0].port && r->port[1] == k->ep[1].port &&
	    r->family == k->ep[0].family &&
	    memcmp(r->addr, k->ep[0].addr, n) == 0 &&
	    memcmp(r->addr + n, k->ep[1].addr, n) == 0 &&
	    (!big || memcmp(r->addr + 32, &k->vlan, sizeof(k->vlan)) == 0);
}

uint32_t
flowtab_find(const struct flowtab *t, const struct key *k, uint64_t hash)
{
	size_t at = table_begin(&t->index, hash);
	bool big = is_big(k);
	uint32_t i;

	while (table_next(&t->index, hash, &at, &i))
		if (((i & BIG) != 0) == big &&
		    has_key(flowtab_at(t, i), k, big))
			return i;
	return FLOWTAB_NONE;
}

uint32_t
flowtab_guess(const struct flowtab *t, uint64_t hash)
{
	size_t at = table_begin(&t->index, hash);
	uint32_t i;

	return table_next(&t->index, hash, &at, &i) ? i : FLOWTAB_NONE;
}

void
flowtab_fetch(const struct flowtab *t, uint32_t i)
{
	const char *r;

	if (i == FLOWTAB_NONE)
		return;
	r = (const char *)flowtab_at(t, i);
	__builtin_prefetch(r);
	__builtin_prefetch(r + FETCH_LINE);
}

void
flowtab_unlink(struct flowtab *t, uint32_t i)
{
	struct flow *r = flowtab_at(t, i);
	struct list *l = &t->lists[r->kind];

	l->n--;
	if (r->prev != FLOWTAB_NONE)
		flowtab_at(t, r->prev)->next = r->next;
	else
		l->first = r->next;
	if (r->next != FLOWTAB_NONE)
		flowtab_at(t, r->next)->prev = r->prev;
	else
		l->last = r->prev;
}

void
flowtab_append(struct flowtab *t, uint32_t i, enum kind kind)
{
	struct flow *r = flowtab_at(t, i);
	struct list *l = &t->lists[kind];

	l->n++;
	r->kind = (uint8_t)kind;
	r->next = FLOWTAB_NONE;
	r->prev = l->last;
	if (l->last != FLOWTAB_NONE)
		flowtab_at(t, l->last)->next = i;
	else
		l->first = i;
	l->last = i;
}

void
flowtab_move(struct flowtab *t, uint32_t i, enum kind kind)
{
	if (t->lists[kind].last == i)
		return;
	flowtab_unlink(t, i);
	flowtab_append(t, i, kind);
}

uint32_t
flowtab_add(struct flowtab *t, const struct key *k, uint64_t hash)
{
	int big = is_big(k);
	uint32_t i = slabs_take(&t->slabs[big]) | (big ? BIG : 0);
	struct flow *r = flowtab_at(t, i);

	memset(r, 0, sizes[big]);
	put_key(r, k);
	table_insert(&t->index, hash, i);
	t->live++;
	*t->memory += sizes[big] + 2 * sizeof(struct slot);
	return i;
}

void
flowtab_leave(struct flowtab *t)
{
	if (t->live == 0)
		return;
	t->leaving = true;
	table_fini(&t->index);
}

static void
remove_key(struct flowtab *t, uint32_t i)
{
	if (t->leaving) {
		t->leaving = t->live > 1;
		if (!t->leaving)
			table_init(&t->index);
	} else {
		const struct key k = flowtab_key_at(t, i);

		table_remove(&t->index, flowtab_hash(t, &k), i);
	}
}

void
flowtab_remove(struct flowtab *t, uint32_t i)
{
	struct flow *r = flowtab_at(t, i);
	int big = (i & BIG) != 0;

	remove_key(t, i);
	flowtab_unlink(t, i);
	r->kind = KIND_FREE;
	slabs_give(&t->slabs[big], i & ~BIG);
	t->live--;
	*t->memory -= sizes[big] + 2 * sizeof(struct slot);
}
