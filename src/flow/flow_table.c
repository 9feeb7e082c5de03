/*
 * flowtab.c: records of flows: slabs of them, an index by key, lists by last
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
flowtab_key_at(const struct flowtab *t, uint32_t i)
{
	const struct flow *r = flowtab_at(t, i);
	struct key k;

	k.n = i & FLOWTAB_BIG ? KEY_WORDS : KEY_SMALL;
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

uint32_t
flowtab_add(struct flowtab *t, const struct key *k, uint64_t hash)
{
	int big = k->n != KEY_SMALL;
	uint32_t i = slabs_take(&t->slabs[big]) | (big ? FLOWTAB_BIG : 0);
	struct flow *r = flowtab_at(t, i);

	memset(r, 0, sizeof(*r));
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
	int big = (i & FLOWTAB_BIG) != 0;

	remove_key(t, i);
	flowtab_unlink(t, i);
	r->kind = KIND_FREE;
	slabs_give(&t->slabs[big], i & ~FLOWTAB_BIG);
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
flowtab_by_number(const struct flowtab *t, size_t *n)
{
	struct numbered *v = xreallocarray(NULL, t->live, sizeof(*v));
	bool sorted = true;
	size_t got = 0;

	for (int big = 0; big < 2; big++) {
		for (uint32_t k = 0; k < t->slabs[big].used; k++) {
			uint32_t i = k | (big ? FLOWTAB_BIG : 0);
			const struct flow *r = flowtab_at(t, i);

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
