/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tombstone.c: a ring of hashes and a table over it. */
#include "flow/tombstone.h"

#include <stdlib.h>

#include "base/xalloc.h"

void
tombstones_fini(struct tombstones *p)
{
	if (p->ring == NULL)
		return;
	hash_table_fini(&p->table);
	free(p->ring);
	*p = (struct tombstones){ 0 };
}

static bool
find(const struct tombstones *p, uint64_t hash, uint32_t *i)
{
	size_t at;

	if (p->ring == NULL)
		return false;
	at = hash_table_begin(&p->table, hash);
	while (hash_table_next(&p->table, hash, &at, i))
		if (p->ring[*i].hash == hash)
			return true;
	return false;
}

/* A free place in the ring: the oldest's when there is none. */
static uint32_t
take_place(struct tombstones *p)
{
	uint32_t i;

	if (p->ring == NULL) {
		p->ring = xcalloc(TOMBSTONES_MAX, sizeof(*p->ring));
		hash_table_init(&p->table);
	}
	if (p->n < TOMBSTONES_MAX)
		return p->n++;
	i = p->oldest;
	p->oldest = (p->oldest + 1) % TOMBSTONES_MAX;
	hash_table_remove(&p->table, p->ring[i].hash, i);
	return i;
}

void
tombstones_add(struct tombstones *p, const struct tombstone *note)
{
	uint32_t i;

	if (!find(p, note->hash, &i)) {
		i = take_place(p);
		hash_table_insert(&p->table, note->hash, i);
	}
	p->ring[i] = *note;
}

const struct tombstone *
tombstones_find(const struct tombstones *p, uint64_t hash)
{
	uint32_t i;

	return find(p, hash, &i) ? &p->ring[i] : NULL;
}
