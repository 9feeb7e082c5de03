/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * external_sort.c: sorts texts, more than memory has room for.
 *
 * Those that memory has no room for go to the spill in runs, each sorted; in
 * the end the runs are merged.
 */
#include "sinks/external_sort.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* Bytes of texts in memory, and bytes of a run that are read at a time. */
#define TEXTS_MAX ((size_t)2 << 20)
#define BLOCK_LEN ((size_t)16 << 10)

struct external_sort_entry {
	int64_t key;
	uint64_t tie;
	size_t off; /* in the texts, or in the block */
	size_t len;
};

/* What stands before each text in a block. */
struct label {
	int64_t key;
	uint64_t tie;
	size_t len;
};

/* Sorted texts on their way back: block `at` is in bytes, and `next` lies in
 * it; the run is over when at is n. */
struct external_sort_run {
	struct spill_block **v;
	size_t n;
	size_t at;
	struct slice bytes;
	struct buf into;
	struct external_sort_entry next;
};

static int
in_order(const void *a, const void *b)
{
	const struct external_sort_entry *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->tie != y->tie)
		return x->tie < y->tie ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

static void
sort(struct external_sort *s)
{
	if (s->n > 1)
		qsort(s->entries, s->n, sizeof *s->entries, in_order);
}

static struct slice
text_of(const struct external_sort *s, const struct external_sort_entry *e)
{
	return (struct slice){ s->texts.p + e->off, e->len };
}

/* ------------------------------------------------------------------- runs */

static void
put_block(struct external_sort *s, struct external_sort_run *r,
    struct buf *block)
{
	r->v = xreallocarray(r->v, r->n + 1, sizeof *r->v);
	r->v[r->n++] =
	    spill_put(s->spill, (struct slice){ block->p, block->n });
	buf_reset(block);
}

/* All texts in memory become a run. */
static void
put_run(struct external_sort *s)
{
	struct external_sort_run r = { 0 };
	struct buf block = { 0 };

	sort(s);
	for (size_t i = 0; i < s->n; i++) {
		const struct external_sort_entry *e = &s->entries[i];
		struct label label;
		struct slice text = text_of(s, e);

		memset(&label, 0, sizeof label);
		label.key = e->key;
		label.tie = e->tie;
		label.len = e->len;
		if (block.n > 0 && block.n + text.n > BLOCK_LEN)
			put_block(s, &r, &block);
		buf_put(&block, &label, sizeof label);
		buf_put(&block, text.p, text.n);
	}
	put_block(s, &r, &block);
	buf_free(&block);
	s->runs = xreallocarray(s->runs, s->n_runs + 1, sizeof *s->runs);
	s->runs[s->n_runs++] = r;
	s->n = 0;
	buf_reset(&s->texts);
}

void
external_sort_put(struct external_sort *s, int64_t key, uint64_t tie,
    struct slice text)
{
	if (s->n > 0 &&
	    s->texts.n + text.n + s->n * sizeof *s->entries > TEXTS_MAX)
		put_run(s);
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 64;
		s->entries =
		    xreallocarray(s->entries, s->cap, sizeof *s->entries);
	}
	s->entries[s->n++] = (struct external_sort_entry){
		.key = key,
		.tie = tie,
		.off = s->texts.n,
		.len = text.n,
	};
	buf_put(&s->texts, text.p, text.n);
}

/* ---------------------------------------------------------------- merging */

/* The text behind the label at off; false when the block ends there. */
static bool
read_label(struct external_sort_run *r, size_t off)
{
	struct label label;

	if (r->bytes.n - off < sizeof label)
		return false;
	memcpy(&label, r->bytes.p + off, sizeof label);
	off += sizeof label;
	/* What the scratch file could not give back reads as zeros. */
	if (label.len > r->bytes.n - off)
		return false;
	r->next = (struct external_sort_entry){ label.key, label.tie, off,
		label.len };
	return true;
}

static void
read_block(struct external_sort *s, struct external_sort_run *r)
{
	while (r->at < r->n) {
		r->bytes = spill_block_read(s->spill, r->v[r->at], &r->into);
		if (read_label(r, 0))
			return;
		r->at++;
	}
}

static void
go_on(struct external_sort *s, struct external_sort_run *r)
{
	if (read_label(r, r->next.off + r->next.len))
		return;
	spill_block_free(s->spill, r->v[r->at]);
	r->v[r->at++] = NULL;
	read_block(s, r);
}

/* Earlier runs have what came earlier. */
static bool
comes_before(const struct external_sort *s, size_t a, size_t b)
{
	const struct external_sort_entry *x = &s->runs[a].next,
					 *y = &s->runs[b].next;

	if (x->key != y->key)
		return x->key < y->key;
	if (x->tie != y->tie)
		return x->tie < y->tie;
	return a < b;
}

/* Lets heap[i], which may have to come later, sink. */
static void
sink_down(const struct external_sort *s, size_t *heap, size_t n, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1, last = heap[i];

		if (child >= n)
			return;
		if (child + 1 < n &&
		    comes_before(s, heap[child + 1], heap[child]))
			child++;
		if (!comes_before(s, heap[child], last))
			return;
		heap[i] = heap[child];
		heap[child] = last;
		i = child;
	}
}

static void
merge(struct external_sort *s, void (*fn)(void *arg, struct slice text),
    void *arg)
{
	size_t *heap = xreallocarray(NULL, s->n_runs, sizeof *heap);
	size_t n = 0;

	for (size_t i = 0; i < s->n_runs; i++) {
		read_block(s, &s->runs[i]);
		if (s->runs[i].at < s->runs[i].n)
			heap[n++] = i;
	}
	for (size_t i = n / 2; i > 0; i--)
		sink_down(s, heap, n, i - 1);
	while (n > 0) {
		struct external_sort_run *r = &s->runs[heap[0]];

		fn(arg,
		    (struct slice){ r->bytes.p + r->next.off, r->next.len });
		go_on(s, r);
		if (r->at == r->n)
			heap[0] = heap[--n];
		sink_down(s, heap, n, 0);
	}
	free(heap);
}

void
external_sort_tell(struct external_sort *s,
    void (*fn)(void *arg, struct slice text), void *arg)
{
	if (s->n_runs > 0) {
		if (s->n > 0)
			put_run(s);
		buf_free(&s->texts);
		merge(s, fn, arg);
		return;
	}
	sort(s);
	for (size_t i = 0; i < s->n; i++)
		fn(arg, text_of(s, &s->entries[i]));
}

void
external_sort_fini(struct external_sort *s)
{
	for (size_t i = 0; i < s->n_runs; i++) {
		struct external_sort_run *r = &s->runs[i];

		for (size_t j = 0; j < r->n; j++)
			if (r->v[j] != NULL)
				spill_block_free(s->spill, r->v[j]);
		free(r->v);
		buf_free(&r->into);
	}
	free(s->runs);
	free(s->entries);
	buf_free(&s->texts);
}
