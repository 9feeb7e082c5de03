/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* pair.c: pairs of endpoints with more than one record, or with strays. */
#include "flow/pair.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/xalloc.h"

/* A copy comes so much sooner or later at most. */
#define SHAPE_APART_NS ((int64_t)1000000000)
/* What a pair takes beside its cell. */
#define PAIR_COST                                                              \
	(LIMIT_TUPLE_RECORDS * (sizeof(uint32_t) + sizeof(struct shape)) +     \
	    2 * sizeof(struct slot) + 2 * MODEL_MALLOC_COST)

static_assert(sizeof(struct pair) % 8 == 0, "cells are aligned");

void
pairs_init(struct pairs *p, size_t *memory)
{
	*p = (struct pairs){ .memory = memory };
	hash_table_init(&p->index);
	pool_init(&p->cells, sizeof(struct pair));
}

static struct pair *
pair_at(const struct pairs *p, uint32_t i)
{
	return pool_at(&p->cells, i);
}

void
pairs_fini(struct pairs *p)
{
	for (uint32_t i = 0; i < p->cells.used; i++)
		if (pair_at(p, i)->order > 0)
			pairs_remove(p, pair_at(p, i));
	hash_table_fini(&p->index);
	pool_fini(&p->cells);
}

static bool
find_cell(const struct pairs *p, const struct key *k, uint64_t hash,
    uint32_t *i)
{
	size_t at = hash_table_begin(&p->index, hash);

	while (hash_table_next(&p->index, hash, &at, i)) {
		const struct pair *pair = pair_at(p, *i);

		if (pair->hash == hash && key_equal(&pair->key, k))
			return true;
	}
	return false;
}

struct pair *
pairs_find(const struct pairs *p, const struct key *k, uint64_t hash)
{
	uint32_t i;

	return find_cell(p, k, hash, &i) ? pair_at(p, i) : NULL;
}

struct pair *
pairs_add(struct pairs *p, const struct key *k, uint64_t hash)
{
	uint32_t i = pool_take(&p->cells);
	struct pair *pair = pair_at(p, i);

	*pair = (struct pair){
		.key = *k,
		.hash = hash,
		.order = ++p->made,
		.records = xcalloc(LIMIT_TUPLE_RECORDS, sizeof(uint32_t)),
		.shapes = xcalloc(LIMIT_TUPLE_RECORDS, sizeof(struct shape)),
	};
	hash_table_insert(&p->index, hash, i);
	p->live++;
	*p->memory += sizeof(*pair) + PAIR_COST;
	return pair;
}

void
pairs_remove(struct pairs *p, struct pair *pair)
{
	uint32_t i;

	while (pair->n_strays > 0)
		free(pairs_take_stray(p, pair, pair->n_strays - 1).seg);
	if (!find_cell(p, &pair->key, pair->hash, &i))
		assert(false);
	hash_table_remove(&p->index, pair->hash, i);
	free(pair->records);
	free(pair->shapes);
	free(pair->strays);
	pair->order = 0;
	pool_give(&p->cells, i);
	p->live--;
	*p->memory -= sizeof(*pair) + PAIR_COST;
}

static int
by_order(const void *a, const void *b)
{
	const struct pair *const *x = a, *const *y = b;

	return (*x)->order < (*y)->order ? -1 : (*x)->order > (*y)->order;
}

struct pair **
pairs_in_order(const struct pairs *p, size_t *n)
{
	struct pair **v =
	    xreallocarray(NULL, p->live + 1, sizeof(struct pair *));

	*n = 0;
	for (uint32_t i = 0; i < p->cells.used; i++) {
		struct pair *pair = pair_at(p, i);

		if (pair->order > 0)
			v[(*n)++] = pair;
	}
	assert(*n == p->live);
	qsort(v, *n, sizeof(struct pair *), by_order);
	return v;
}

/* ---- records ---- */

/* Puts a record before the first `before` ones. */
static void
put_first(struct pair *pair, uint32_t before, uint32_t record,
    const struct shape *shape)
{
	memmove(pair->records + 1, pair->records, before * sizeof(record));
	memmove(pair->shapes + 1, pair->shapes, before * sizeof(*shape));
	pair->records[0] = record;
	pair->shapes[0] = *shape;
}

void
pair_add_record(struct pair *pair, uint32_t record)
{
	const struct shape none = { 0 };

	assert(pair->n_records < LIMIT_TUPLE_RECORDS);
	put_first(pair, pair->n_records++, record, &none);
}

static uint32_t
place_of(const struct pair *pair, uint32_t record)
{
	uint32_t i = 0;

	while (pair->records[i] != record)
		i++;
	assert(i < pair->n_records);
	return i;
}

void
pair_remove_record(struct pair *pair, uint32_t record)
{
	uint32_t i = place_of(pair, record);

	pair->n_records--;
	memmove(pair->records + i, pair->records + i + 1,
	    (pair->n_records - i) * sizeof(record));
	memmove(pair->shapes + i, pair->shapes + i + 1,
	    (pair->n_records - i) * sizeof(*pair->shapes));
}

void
pair_touch(struct pair *pair, uint32_t record)
{
	uint32_t i = place_of(pair, record);
	const struct shape shape = pair->shapes[i];

	if (i > 0)
		put_first(pair, i, record, &shape);
}

/* ---- shapes ---- */

static uint64_t
mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * 0x9e3779b97f4a7c15U;
	return h ^ h >> 29;
}

void
pair_look(struct pair *pair, uint32_t i, int e, const struct segment *seg)
{
	struct shape *s = &pair->shapes[i];
	uint64_t h = s->digest[e], word;
	const struct slice b = seg->payload;

	if (seg->payload_len == 0)
		return;
	if (s->n[0] + s->n[1] == 0)
		s->first_ns = seg->ts_ns;
	if (s->n[e]++ == 0)
		s->first[e] = seg->seq;
	h = mix(h, (uint64_t)(seg->seq - s->first[e]) << 32 | seg->payload_len);
	if (b.n >= sizeof(word)) {
		memcpy(&word, b.p, sizeof(word));
		h = mix(h, word);
		memcpy(&word, b.p + b.n - sizeof(word), sizeof(word));
		h = mix(h, word);
	}
	for (size_t k = 0; b.n < sizeof(word) && k < b.n; k++)
		h = mix(h, b.p[k]);
	s->digest[e] = h;
}

bool
pair_is_copy(const struct pair *pair, uint32_t i, uint32_t k)
{
	const struct shape *a = &pair->shapes[i], *b = &pair->shapes[k];
	int64_t apart =
	    (int64_t)((uint64_t)a->first_ns - (uint64_t)b->first_ns);
	uint32_t same = 0;

	for (int e = 0; e < 2; e++) {
		/* One side may have been captured only once. */
		if (a->n[e] == 0 || b->n[e] == 0)
			continue;
		if (a->n[e] != b->n[e] || a->digest[e] != b->digest[e])
			return false;
		same += a->n[e];
	}
	return same > 0 && apart < SHAPE_APART_NS && apart > -SHAPE_APART_NS;
}

/* ---- strays ---- */

void
pairs_put_stray(struct pairs *p, struct pair *pair, int e,
    const struct segment *seg, uint64_t number, bool frames)
{
	struct stray s = {
		.seg = segment_copy(seg, frames),
		.numbers = conn_numbers_of_first(e, seg),
		.number = number,
		.e = (uint8_t)e,
		.begins = (seg->flags & TCP_SYN) != 0,
	};

	assert(pair->n_strays < PAIR_STRAYS_MAX);
	pair->strays =
	    xreallocarray(pair->strays, pair->n_strays + 1, sizeof(s));
	pair->strays[pair->n_strays++] = s;
	*p->memory += segment_cost(s.seg) + sizeof(s) + MODEL_MALLOC_COST;
}

struct stray
pairs_take_stray(struct pairs *p, struct pair *pair, uint32_t i)
{
	struct stray s = pair->strays[i];

	pair->n_strays--;
	memmove(pair->strays + i, pair->strays + i + 1,
	    (pair->n_strays - i) * sizeof(s));
	*p->memory -= segment_cost(s.seg) + sizeof(s) + MODEL_MALLOC_COST;
	return s;
}

size_t
segment_cost(const struct segment *seg)
{
	size_t n = sizeof(*seg) + seg->payload.n;

	if (seg->frame == NULL)
		return n;
	n += sizeof(*seg->frame) + seg->frame->data.n;
	for (size_t i = 0; i < seg->n_earlier; i++)
		n += sizeof(*seg->earlier) + seg->earlier[i].data.n;
	return n;
}

/* Copies s to *at and goes on behind it. */
static struct slice
copy_bytes(uint8_t **at, struct slice s)
{
	struct slice copy = { *at, s.n };

	if (s.n > 0)
		memcpy(*at, s.p, s.n);
	*at += s.n;
	return copy;
}

struct segment *
segment_copy(const struct segment *seg, bool frames)
{
	struct segment like = *seg, *k;
	struct packet *v;
	uint8_t *bytes;
	size_t n = seg->n_earlier;

	if (!frames || seg->frame == NULL) {
		like.frame = like.earlier = NULL;
		like.n_earlier = n = 0;
	}
	k = xmalloc(segment_cost(&like));
	*k = like;
	v = (struct packet *)(void *)(k + 1);
	bytes = (uint8_t *)(v + (like.frame != NULL ? n + 1 : 0));
	k->payload = copy_bytes(&bytes, seg->payload);
	if (like.frame == NULL)
		return k;
	k->earlier = v;
	k->frame = &v[n];
	for (size_t i = 0; i <= n; i++) {
		v[i] = i < n ? seg->earlier[i] : *seg->frame;
		v[i].data = copy_bytes(&bytes, v[i].data);
	}
	return k;
}
