/*
 * flowtab.c: records of flows: slabs of them, an index by key, lists by last
 * use.
 */
#include "model/flowtab.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define SLAB_SHIFT 12
#define SLAB_SIZE ((uint32_t)1 << SLAB_SHIFT)

void
flowtab_init(struct flowtab *t, size_t *memory)
{
	*t = (struct flowtab){ .memory = memory, .free_list = FLOWTAB_NONE };
	t->hash_key = siphash_random_key();
	table_init(&t->index);
	for (int k = 0; k < KINDS; k++)
		t->lists[k] = (struct list){ FLOWTAB_NONE, FLOWTAB_NONE };
}

void
flowtab_fini(struct flowtab *t)
{
	for (uint32_t s = 0; s < t->n_slabs; s++)
		free(t->slabs[s]);
	free(t->slabs);
	table_fini(&t->index);
}

struct flow *
flowtab_at(const struct flowtab *t, uint32_t i)
{
	return &t->slabs[i >> SLAB_SHIFT][i & (SLAB_SIZE - 1)];
}

void
flowtab_endpoints(const struct flow *r, struct endpoint ep[2])
{
	for (int e = 0; e < 2; e++) {
		memset(&ep[e], 0, sizeof(ep[e]));
		memcpy(ep[e].addr, r->addr[e], 16);
		ep[e].port = r->port[e];
		ep[e].family = r->family;
	}
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

static uint64_t
hash_parts(const struct flowtab *t, const uint8_t addr[2][16],
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
	return siphash_words(&t->hash_key, w, n);
}

uint64_t
flowtab_hash(const struct flowtab *t, const struct key *k)
{
	uint8_t addr[2][16];
	uint16_t port[2] = { k->ep[0].port, k->ep[1].port };

	memcpy(addr[0], k->ep[0].addr, 16);
	memcpy(addr[1], k->ep[1].addr, 16);
	return hash_parts(t, (const uint8_t(*)[16])addr, port, k->ep[0].family,
	    k->vlan);
}

static uint64_t
hash_again(void *arg, uint32_t i)
{
	const struct flowtab *t = arg;
	const struct flow *r = flowtab_at(t, i);

	return hash_parts(t, (const uint8_t(*)[16])r->addr, r->port, r->family,
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

uint32_t
flowtab_find(const struct flowtab *t, const struct key *k, uint64_t hash)
{
	size_t at = table_begin(&t->index, hash);
	uint32_t i;

	while (table_next(&t->index, hash, &at, &i))
		if (has_key(flowtab_at(t, i), k))
			return i;
	return FLOWTAB_NONE;
}

void
flowtab_unlink(struct flowtab *t, uint32_t i)
{
	struct flow *r = flowtab_at(t, i);
	struct list *l = &t->lists[r->kind];

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

static void
add_slab(struct flowtab *t)
{
	uint32_t base = t->n_slabs << SLAB_SHIFT;
	struct flow *slab = xcalloc(SLAB_SIZE, sizeof(*slab));

	t->slabs = xreallocarray(t->slabs, t->n_slabs + 1, sizeof(*t->slabs));
	t->slabs[t->n_slabs++] = slab;
	for (uint32_t i = SLAB_SIZE; i-- > 0;) {
		slab[i].next = t->free_list;
		t->free_list = base + i;
	}
}

uint32_t
flowtab_add(struct flowtab *t, const struct key *k, uint64_t hash)
{
	struct flow *r;
	uint32_t i;

	if (t->free_list == FLOWTAB_NONE)
		add_slab(t);
	i = t->free_list;
	r = flowtab_at(t, i);
	t->free_list = r->next;
	memset(r, 0, sizeof(*r));
	for (int e = 0; e < 2; e++) {
		memcpy(r->addr[e], k->ep[e].addr, 16);
		r->port[e] = k->ep[e].port;
	}
	r->family = k->ep[0].family;
	r->vlan = k->vlan;
	table_insert(&t->index, hash, i, hash_again, t);
	t->live++;
	*t->memory += sizeof(*r) + 2 * sizeof(struct slot);
	return i;
}

void
flowtab_remove(struct flowtab *t, uint32_t i)
{
	struct flow *r = flowtab_at(t, i);

	table_remove(&t->index, hash_again(t, i), i, hash_again, t);
	flowtab_unlink(t, i);
	r->kind = KIND_FREE;
	r->next = t->free_list;
	t->free_list = i;
	t->live--;
	*t->memory -= sizeof(*r) + 2 * sizeof(struct slot);
}

uint64_t
flowtab_hash_at(const struct flowtab *t, uint32_t i)
{
	const struct flow *r = flowtab_at(t, i);

	return hash_parts(t, (const uint8_t(*)[16])r->addr, r->port, r->family,
	    r->vlan);
}
