/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tombstone.c: a ring of hashes and a table over it. */
#include "flow/tombstone.h"

#include <assert.h>
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

/* Never by the order of the table, which the hash makes. */
static bool
is_earlier(const struct tombstones *p, uint32_t a, uint32_t b)
{
	const struct tombstone *x = &p->ring[a], *y = &p->ring[b];

	return x->last_ns != y->last_ns ? x->last_ns < y->last_ns : a < b;
}

/* The places of the notes with that hash, the latest first. */
static size_t
notes_of(const struct tombstones *p, uint64_t hash,
    uint32_t place[static TOMBSTONES_OF_PAIR])
{
	size_t at, n = 0;
	uint32_t i;

	if (p->ring == NULL)
		return 0;
	at = hash_table_begin(&p->table, hash);
	while (hash_table_next(&p->table, hash, &at, &i)) {
		size_t k = n;

		if (p->ring[i].hash != hash)
			continue;
		assert(n < TOMBSTONES_OF_PAIR);
		for (; k > 0 && is_earlier(p, place[k - 1], i); k--)
			place[k] = place[k - 1];
		place[k] = i;
		n++;
	}
	return n;
}

void
tombstones_add(struct tombstones *p, const struct tombstone *note)
{
	uint32_t place[TOMBSTONES_OF_PAIR], i;
	size_t n = notes_of(p, note->hash, place);

	if (n == TOMBSTONES_OF_PAIR) {
		i = place[n - 1];
	} else {
		i = take_place(p);
		hash_table_insert(&p->table, note->hash, i);
	}
	p->ring[i] = *note;
}

const struct tombstone *
tombstones_at(const struct tombstones *p, uint32_t i)
{
	return &p->ring[(p->oldest + i) % TOMBSTONES_MAX];
}

void
tombstone_set_numbers(struct tombstone *note, const struct conn_numbers *n)
{
	for (int e = 0; e < 2; e++) {
		const struct seq_space *s = &n->space[e];

		note->end[e] = s->end;
		note->span[e] =
		    s->span < UINT32_MAX ? (uint32_t)s->span : UINT32_MAX;
		note->known[e] = s->known;
		note->has_isn[e] = s->has_isn;
	}
}

struct conn_numbers
tombstone_numbers(const struct tombstone *note)
{
	struct conn_numbers n = { .closed = note->closed };

	for (int e = 0; e < 2; e++)
		n.space[e] = (struct seq_space){
			.span = note->span[e],
			.end = note->end[e],
			.known = note->known[e],
			.has_isn = note->has_isn[e],
		};
	return n;
}

const struct tombstone *
tombstones_match(const struct tombstones *p, uint64_t hash, int e,
    const struct segment *seg, uint64_t max_gap, bool *any)
{
	uint32_t place[TOMBSTONES_OF_PAIR];
	size_t n_notes = notes_of(p, hash, place);
	const struct tombstone *best = NULL;
	struct seq_match m, best_m = { 0 };

	*any = false;
	for (size_t i = 0; i < n_notes; i++) {
		const struct tombstone *note = &p->ring[place[i]];
		const struct conn_numbers n = tombstone_numbers(note);

		*any |= note->closed;
		m = conn_match(&n, e, seg, max_gap);
		if (match_fits(&m) &&
		    (best == NULL || match_is_better(&m, &best_m))) {
			best = note;
			best_m = m;
		}
	}
	return best;
}
