/* past.c: a ring of hashes and a table over it. */
#include "flow/tombstone.h"

#include <stdlib.h>

#include "base/xalloc.h"

void
past_fini(struct past *p)
{
	if (p->ring == NULL)
		return;
	table_fini(&p->table);
	free(p->ring);
	*p = (struct past){ 0 };
}

static bool
find(const struct past *p, uint64_t hash, uint32_t *i)
{
	size_t at;

	if (p->ring == NULL)
		return false;
	at = table_begin(&p->table, hash);
	while (table_next(&p->table, hash, &at, i))
		if (p->ring[*i].hash == hash)
			return true;
	return false;
}

/* A free place in the ring: the oldest's when there is none. */
static uint32_t
take_place(struct past *p)
{
	uint32_t i;

	if (p->ring == NULL) {
		p->ring = xcalloc(PAST_MAX, sizeof(*p->ring));
		table_init(&p->table);
	}
	if (p->n < PAST_MAX)
		return p->n++;
	i = p->oldest;
	p->oldest = (p->oldest + 1) % PAST_MAX;
	table_remove(&p->table, p->ring[i].hash, i);
	return i;
}

void
past_add(struct past *p, const struct past_note *note)
{
	uint32_t i;

	if (!find(p, note->hash, &i)) {
		i = take_place(p);
		table_insert(&p->table, note->hash, i);
	}
	p->ring[i] = *note;
}

const struct past_note *
past_find(const struct past *p, uint64_t hash)
{
	uint32_t i;

	return find(p, hash, &i) ? &p->ring[i] : NULL;
}
