/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * defrag_source.c: who sent the datagrams that are unfinished, and which is
 * given up when memory is short.
 *
 * Sources are in classes by the logarithm of what they hold, so that one that
 * holds most, give or take a factor of two, is found at once.  Within their due,
 * which is more than any datagram, all are equal: then nobody sends too much,
 * and the caller has another rule.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "decode/defrag_parts.h"

#define BUCKETS_MIN 64
/* What each source may hold before it is looked at: two datagrams of the
 * greatest length. */
#define SOURCE_DUE ((size_t)128 << 10)

struct defrag_source {
	struct defrag_link link;
	uint64_t words[4];	     /* address, context, family */
	struct defrag_source *newer; /* in its class */
	struct defrag_source *older;
	struct defrag_entry *newest; /* its datagrams, by age */
	size_t bytes;
	unsigned class;
};

/* ---- tables ---- */

void
defrag_table_init(struct defrag_table *t)
{
	t->n = 0;
	t->n_buckets = BUCKETS_MIN;
	t->buckets = xcalloc(t->n_buckets, sizeof(struct defrag_link *));
}

void
defrag_table_fini(struct defrag_table *t)
{
	free(t->buckets);
	t->buckets = NULL;
}

static void
table_put(struct defrag_table *t, struct defrag_link *l)
{
	struct defrag_link **to = &t->buckets[l->hash & (t->n_buckets - 1)];

	l->chain = *to;
	*to = l;
}

static void
table_grow(struct defrag_table *t)
{
	struct defrag_link **old = t->buckets;
	size_t n = t->n_buckets;

	t->n_buckets = n * 2;
	t->buckets = xcalloc(t->n_buckets, sizeof(struct defrag_link *));
	for (size_t i = 0; i < n; i++) {
		for (struct defrag_link *l = old[i]; l != NULL;) {
			struct defrag_link *next = l->chain;

			table_put(t, l);
			l = next;
		}
	}
	free(old);
}

void
defrag_table_insert(struct defrag_table *t, struct defrag_link *l)
{
	if (t->n >= t->n_buckets)
		table_grow(t);
	table_put(t, l);
	t->n++;
}

void
defrag_table_remove(struct defrag_table *t, struct defrag_link *l)
{
	struct defrag_link **at = &t->buckets[l->hash & (t->n_buckets - 1)];

	while (*at != l)
		at = &(*at)->chain;
	*at = l->chain;
	t->n--;
}

/* ---- sources ---- */

size_t
defrag_source_size(void)
{
	return sizeof(struct defrag_source);
}

void
defrag_sources_fini(struct defrag_sources *s)
{
	assert(s->table.n == 0);
	defrag_table_fini(&s->table);
}

/* 0: within its due. */
static unsigned
class_of(size_t bytes)
{
	unsigned class = 0;

	for (size_t over = bytes / SOURCE_DUE;
	     over > 0 && class + 1 < DEFRAG_CLASSES; over /= 2)
		class ++;
	return class;
}

static void
class_enter(struct defrag_sources *s, struct defrag_source *x, unsigned class)
{
	x->class = class;
	x->newer = NULL;
	x->older = s->last[class];
	if (x->older != NULL)
		x->older->newer = x;
	s->last[class] = x;
	s->classes |= (uint64_t)1 << class;
}

static void
class_leave(struct defrag_sources *s, struct defrag_source *x)
{
	if (x->older != NULL)
		x->older->newer = x->newer;
	if (x->newer != NULL)
		x->newer->older = x->older;
	else
		s->last[x->class] = x->older;
	if (s->last[x->class] == NULL)
		s->classes &= ~((uint64_t)1 << x->class);
}

static void
source_charge(struct defrag_sources *s, struct defrag_source *x,
    ptrdiff_t bytes)
{
	unsigned class;

	x->bytes += (size_t)bytes;
	class = class_of(x->bytes);
	if (class == x->class)
		return;
	class_leave(s, x);
	class_enter(s, x, class);
}

void
defrag_source_charge(struct defrag_sources *s, const struct defrag_entry *e,
    ptrdiff_t bytes)
{
	if (e->source != NULL)
		source_charge(s, e->source, bytes);
}

/* The source of datagrams with that key; made when it is not there. */
static struct defrag_source *
source_of(struct defrag_sources *s, const struct defrag_key *key, bool *is_new)
{
	uint64_t words[4] = { [2] = key->context, [3] = key->family };
	struct defrag_source *x;
	struct defrag_link *l;
	uint64_t hash;

	memcpy(words, key->src, sizeof(key->src));
	hash = siphash_words(&s->key, words, 4);
	*is_new = false;
	for (l = defrag_table_first(&s->table, hash); l != NULL; l = l->chain) {
		x = (struct defrag_source *)(void *)l;
		if (l->hash == hash &&
		    memcmp(x->words, words, sizeof(words)) == 0)
			return x;
	}
	*is_new = true;
	x = xcalloc(1, sizeof(*x));
	memcpy(x->words, words, sizeof(words));
	x->link.hash = hash;
	defrag_table_insert(&s->table, &x->link);
	class_enter(s, x, 0);
	return x;
}

size_t
defrag_source_add(struct defrag_sources *s, struct defrag_entry *e)
{
	bool is_new;
	struct defrag_source *x = source_of(s, &e->key, &is_new);

	e->source = x;
	e->source_newer = NULL;
	e->source_older = x->newest;
	if (x->newest != NULL)
		x->newest->source_newer = e;
	x->newest = e;
	source_charge(s, x, (ptrdiff_t)e->bytes);
	return is_new ? sizeof(*x) : 0;
}

size_t
defrag_source_remove(struct defrag_sources *s, struct defrag_entry *e)
{
	struct defrag_source *x = e->source;

	e->source = NULL;
	if (e->source_older != NULL)
		e->source_older->source_newer = e->source_newer;
	if (e->source_newer != NULL)
		e->source_newer->source_older = e->source_older;
	else
		x->newest = e->source_older;
	source_charge(s, x, -(ptrdiff_t)e->bytes);
	if (x->newest != NULL)
		return 0;
	class_leave(s, x);
	defrag_table_remove(&s->table, &x->link);
	free(x);
	return sizeof(*x);
}

struct defrag_entry *
defrag_source_victim(const struct defrag_sources *s,
    const struct defrag_entry *keep)
{
	uint64_t over = s->classes & ~(uint64_t)1;
	const struct defrag_source *x;
	struct defrag_entry *e;

	if (over == 0)
		return NULL;
	x = s->last[63 - __builtin_clzll(over)];
	e = x->newest;
	return e != keep ? e : e->source_older;
}
