/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* segment_queue.c: a B+ tree of segments. */
#include "reassembly/segment_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* Segments of a leaf; the first leaf begins with fewer. */
#define LEAF_MAX 16
#define LEAF_FIRST 2
#define FANOUT 64
/* Each level takes 32 times the insertions of the one below. */
#define HEIGHT_MAX 14
#define FETCH_LINE ((size_t)64)

/* Segments from key[i] to below key[i + 1] are in child i, those before
 * key[1] in child 0. */
struct branch {
	unsigned n;
	uint64_t key[FANOUT];
	void *child[FANOUT]; /* branches or leaves */
};

/* The way to a leaf: [0] is next to it. */
struct path {
	struct {
		struct branch *branch;
		unsigned i;
	} step[HEIGHT_MAX];
};

static size_t
leaf_cost(unsigned cap)
{
	return sizeof(struct segment_queue_leaf) +
	    cap * sizeof(struct queued_segment) + MODEL_MALLOC_COST;
}

#define BRANCH_COST (sizeof(struct branch) + MODEL_MALLOC_COST)

static uint64_t
end_of(const struct queued_segment *n)
{
	return n->pos + n->len;
}

void
segment_queue_init(struct segment_queue *h, size_t *memory)
{
	*h = (struct segment_queue){ .memory = memory };
}

static void
drop_branch(struct segment_queue *h, struct branch *b)
{
	*h->memory -= BRANCH_COST;
	free(b);
}

static void
free_branches(struct segment_queue *h, void *at, unsigned height)
{
	struct branch *b = at;

	if (height == 0)
		return;
	for (unsigned i = 0; i < b->n; i++)
		free_branches(h, b->child[i], height - 1);
	drop_branch(h, b);
}

void
segment_queue_fini(struct segment_queue *h, struct spill *k)
{
	struct segment_queue_leaf *next;

	free_branches(h, h->root, h->height);
	for (struct segment_queue_leaf *l = h->first; l != NULL; l = next) {
		next = l->next;
		for (unsigned i = l->begin; i < l->end; i++) {
			segment_queue_drop(k, &l->v[i]);
		}
		*h->memory -= leaf_cost(l->cap);
		free(l);
	}
	segment_queue_init(h, h->memory);
}

/* ---- finding ---- */

static unsigned
child_of(const struct branch *b, uint64_t pos)
{
	unsigned at = 0;

	for (unsigned n = b->n, half; n > 1; n -= half) {
		half = n / 2;
		at += b->key[at + half] <= pos ? half : 0;
	}
	return at;
}

/* The first of the leaf that ends after pos, or end. */
static unsigned
place_in(const struct segment_queue_leaf *l, uint64_t pos)
{
	unsigned from = l->begin, to = l->end;

	while (from < to) {
		unsigned mid = (from + to) / 2;

		if (end_of(&l->v[mid]) <= pos)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

/* All at once: what is looked at in a leaf or branch is spread over it. */
static void
fetch(const void *p, size_t n)
{
	for (size_t at = 0; at < n; at += FETCH_LINE)
		__builtin_prefetch((const char *)p + at);
}

/* The leaf for pos; the list is not empty. */
static struct segment_queue_leaf *
descend(const struct segment_queue *h, uint64_t pos, struct path *p)
{
	void *at = h->root;

	for (unsigned level = h->height; level-- > 0;) {
		struct branch *b = at;
		unsigned i = child_of(b, pos);

		p->step[level].branch = b;
		p->step[level].i = i;
		at = b->child[i];
		if (level > 0)
			fetch(at, offsetof(struct branch, child));
		else
			fetch(at, leaf_cost(LEAF_MAX));
	}
	return at;
}

struct queued_segment *
segment_queue_first(const struct segment_queue *h)
{
	return h->first != NULL ? &h->first->v[h->first->begin] : NULL;
}

struct queued_segment *
segment_queue_find(const struct segment_queue *h, uint64_t pos,
    struct segment_queue_place *at)
{
	struct path p;
	struct segment_queue_leaf *l;
	unsigned i;

	if (h->last == NULL || end_of(&h->last->v[h->last->end - 1]) <= pos)
		return NULL;
	l = descend(h, pos, &p);
	i = place_in(l, pos);
	/* One that begins in the leaf before may reach into this one's part,
	 * when those that were there have gone. */
	if (i == l->begin && l->prev != NULL &&
	    end_of(&l->prev->v[l->prev->end - 1]) > pos) {
		l = l->prev;
		i = l->end - 1U;
	} else if (i == l->end) {
		l = l->next;
		i = l->begin;
	}
	*at = (struct segment_queue_place){ l, i };
	return &l->v[i];
}

/* ---- putting in ---- */

static struct segment_queue_leaf *
leaf_new(struct segment_queue *h, unsigned cap)
{
	struct segment_queue_leaf *l =
	    xmalloc(sizeof(*l) + cap * sizeof(struct queued_segment));

	l->prev = l->next = NULL;
	l->cap = (uint16_t)cap;
	l->begin = l->end = 0;
	*h->memory += leaf_cost(cap);
	return l;
}

static struct branch *
branch_new(struct segment_queue *h)
{
	struct branch *b = xmalloc(sizeof(*b));

	b->n = 0;
	*h->memory += BRANCH_COST;
	return b;
}

static void
branch_put(struct branch *b, unsigned i, uint64_t key, void *child)
{
	memmove(b->key + i + 1, b->key + i, (b->n - i) * sizeof(b->key[0]));
	memmove(b->child + i + 1, b->child + i,
	    (b->n - i) * sizeof(b->child[0]));
	b->key[i] = key;
	b->child[i] = child;
	b->n++;
}

/* The upper half becomes a branch of its own. */
static struct branch *
branch_split(struct segment_queue *h, struct branch *b)
{
	struct branch *upper = branch_new(h);

	b->n = FANOUT / 2;
	upper->n = FANOUT - b->n;
	memcpy(upper->key, b->key + b->n, upper->n * sizeof(b->key[0]));
	memcpy(upper->child, b->child + b->n, upper->n * sizeof(b->child[0]));
	return upper;
}

/* A new root above the old one and its new neighbour. */
static void
raise_root(struct segment_queue *h, uint64_t key, void *child)
{
	struct branch *b = branch_new(h);

	assert(h->height < HEIGHT_MAX);
	branch_put(b, 0, 0, h->root);
	branch_put(b, 1, key, child);
	h->root = b;
	h->height++;
}

/* Adds a leaf behind the one that p leads to; it begins at key. */
static void
add_leaf(struct segment_queue *h, const struct path *p, uint64_t key,
    void *child)
{
	for (unsigned level = 0; level < h->height; level++) {
		struct branch *b = p->step[level].branch, *upper;
		unsigned i = p->step[level].i + 1;

		if (b->n < FANOUT) {
			branch_put(b, i, key, child);
			return;
		}
		upper = branch_split(h, b);
		if (i > b->n)
			branch_put(upper, i - b->n, key, child);
		else
			branch_put(b, i, key, child);
		key = upper->key[0];
		child = upper;
	}
	raise_root(h, key, child);
}

/* The first leaf, alone and full, becomes larger. */
static struct segment_queue_leaf *
grow(struct segment_queue *h, struct segment_queue_leaf *l)
{
	unsigned cap = l->cap * 2U;

	*h->memory += leaf_cost(cap) - leaf_cost(l->cap);
	l = xreallocarray(l, 1,
	    sizeof(*l) + cap * sizeof(struct queued_segment));
	l->cap = (uint16_t)cap;
	h->root = h->first = h->last = l;
	return l;
}

/* Where a full leaf is cut when a segment comes to place i.  What comes in
 * order, or reversed, fills its leaves. */
static unsigned
cut_of(const struct segment_queue_leaf *l, unsigned i)
{
	if (l->next == NULL && i == l->end)
		return l->end;
	if (l->prev == NULL && i == 0)
		return 0;
	return l->end / 2U;
}

/* Makes room at place *i of a full leaf, for a segment at pos; returns the
 * leaf where that place is now. */
static struct segment_queue_leaf *
split(struct segment_queue *h, struct segment_queue_leaf *l,
    const struct path *p, uint64_t pos, unsigned *i)
{
	struct segment_queue_leaf *upper = leaf_new(h, LEAF_MAX);
	unsigned cut = cut_of(l, *i), n = l->end - cut;

	memcpy(upper->v, l->v + cut, n * sizeof(l->v[0]));
	upper->end = (uint16_t)n;
	l->end = (uint16_t)cut;
	upper->prev = l;
	upper->next = l->next;
	if (l->next != NULL)
		l->next->prev = upper;
	else
		h->last = upper;
	l->next = upper;
	add_leaf(h, p, n > 0 ? upper->v[0].pos : pos, upper);
	if (*i <= cut && n > 0)
		return l;
	*i -= cut;
	return upper;
}

/* At place i of a leaf that has room at one of its ends. */
static void
leaf_put(struct segment_queue_leaf *l, unsigned i,
    const struct queued_segment *n)
{
	unsigned before = i - l->begin, after = l->end - i;

	if (l->begin > 0 && (l->end == l->cap || before < after)) {
		l->begin--;
		memmove(l->v + l->begin, l->v + l->begin + 1,
		    before * sizeof(*n));
		l->v[i - 1] = *n;
	} else {
		memmove(l->v + i + 1, l->v + i, after * sizeof(*n));
		l->v[i] = *n;
		l->end++;
	}
}

static void
put_in(struct segment_queue *h, const struct queued_segment *n)
{
	struct segment_queue_leaf *l;
	struct path p;
	unsigned i;

	if (h->root == NULL)
		h->root = h->first = h->last = leaf_new(h, LEAF_FIRST);
	l = descend(h, n->pos, &p);
	i = place_in(l, n->pos);
	if (l->begin == 0 && l->end == l->cap)
		l = l->cap < LEAF_MAX ? grow(h, l) :
					split(h, l, &p, n->pos, &i);
	leaf_put(l, i, n);
	h->bytes += n->len;
	h->n++;
}

void
segment_queue_insert(struct segment_queue *h, struct spill *k,
    const struct queued_segment *n, struct slice bytes)
{
	struct queued_segment x = *n;

	x.skip = 0;
	x.form = QUEUED_PIECE;
	if (bytes.n == 0) {
		x.form = QUEUED_CUT;
	} else if (bytes.n <= SEGMENT_QUEUE_SMALL) {
		x.form = QUEUED_SHORT;
		memcpy(x.few, bytes.p, bytes.n);
	} else {
		x.piece = spill_put(k, bytes);
	}
	put_in(h, &x);
}

/* ---- taking out ---- */

/* Frees an empty leaf, to which p leads, and the branches that it was the
 * last of. */
static void
drop_leaf(struct segment_queue *h, struct segment_queue_leaf *l,
    const struct path *p)
{
	unsigned level;

	*(l->prev != NULL ? &l->prev->next : &h->first) = l->next;
	*(l->next != NULL ? &l->next->prev : &h->last) = l->prev;
	*h->memory -= leaf_cost(l->cap);
	free(l);
	for (level = 0; level < h->height; level++) {
		struct branch *b = p->step[level].branch;
		unsigned i = p->step[level].i;

		b->n--;
		memmove(b->key + i, b->key + i + 1,
		    (b->n - i) * sizeof(b->key[0]));
		memmove(b->child + i, b->child + i + 1,
		    (b->n - i) * sizeof(b->child[0]));
		if (b->n > 0)
			break;
		drop_branch(h, b);
	}
	if (level == h->height) {
		h->root = NULL;
		h->height = 0;
	}
	while (h->height > 0 && ((struct branch *)h->root)->n == 1) {
		struct branch *b = h->root;

		h->root = b->child[0];
		h->height--;
		drop_branch(h, b);
	}
}

static void
leaf_remove(struct segment_queue_leaf *l, unsigned i)
{
	if (i == l->begin) {
		l->begin++;
		return;
	}
	l->end--;
	memmove(l->v + i, l->v + i + 1, (l->end - i) * sizeof(l->v[0]));
}

/* Takes n out of its leaf; frees the leaf with its last. */
static void
take_out(struct segment_queue *h, const struct queued_segment *n)
{
	struct path p;
	struct segment_queue_leaf *l = descend(h, n->pos, &p);
	unsigned i = place_in(l, n->pos);

	assert(n == &l->v[i]);
	leaf_remove(l, i);
	if (l->begin == l->end)
		drop_leaf(h, l, &p);
}

struct queued_segment
segment_queue_take(struct segment_queue *h, const struct queued_segment *n)
{
	struct queued_segment out = *n;
	struct segment_queue_leaf *first = h->first;

	h->bytes -= n->len;
	h->n--;
	if (n == &first->v[first->begin] && first->end - first->begin > 1)
		leaf_remove(first, first->begin);
	else
		take_out(h, n);
	return out;
}

void
segment_queue_drop(struct spill *k, const struct queued_segment *n)
{
	if (n->form == QUEUED_PIECE)
		spill_block_free(k, n->piece);
}

/* The part of a segment behind pos. */
static struct queued_segment
behind(const struct queued_segment *n, uint64_t pos)
{
	uint32_t before = (uint32_t)(pos - n->pos);
	struct queued_segment part = *n;

	part.pos = pos;
	part.len -= before;
	if (n->form != QUEUED_CUT)
		part.skip = (uint16_t)(n->skip + before);
	return part;
}

void
segment_queue_carve(struct segment_queue *h, struct spill *k,
    struct queued_segment *n, uint64_t from, uint64_t to)
{
	bool left = from > n->pos, right = to < end_of(n);
	struct queued_segment rest = behind(n, to);

	if (left && right && n->form == QUEUED_PIECE)
		spill_block_share(n->piece);
	else if (!left && !right)
		segment_queue_drop(k, n);
	if (left) {
		h->bytes -= end_of(n) - from;
		n->len = (uint32_t)(from - n->pos);
	} else {
		segment_queue_take(h, n);
	}
	if (right)
		put_in(h, &rest);
}

struct slice
segment_queue_read(struct spill *k, const struct queued_segment *n,
    struct buf *into)
{
	if (n->form == QUEUED_SHORT)
		return (struct slice){ n->few + n->skip, n->len };
	return spill_block_part(k, n->piece, n->skip, n->len, into);
}
