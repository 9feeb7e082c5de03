/*
 * spool.c: bytes that are appended to what waits.
 *
 * A spool is a list of pieces and a tail, which becomes a piece when it is
 * full.  When memory is short, spools that have waited long give way.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/spill_parts.h"
#include "base/xalloc.h"

#define TAIL_FIRST ((size_t)256)
/* Tails of this size are granted even when the budget is spent: smaller
 * blocks would cost too much of what they save. */
#define TAIL_GRANTED ((size_t)1 << 10)
#define TAIL_SPENT ((size_t)4 << 10)
#define TAIL_USUAL ((size_t)16 << 10)
#define TAIL_LARGE ((size_t)64 << 10)
/* Spools that have less are left alone when memory is short. */
#define SPILL_LEAST ((size_t)2 << 10)
#define SPOOL_LARGE ((uint64_t)1 << 18)

/* A spool's tail is the bytes of a piece that is not full yet. */
static struct kept *
tail_piece(const struct spool *s)
{
	return (struct kept *)(void *)(s->tail - offsetof(struct kept, bytes));
}

static void
ring_leave(struct keep *k, struct spool *s)
{
	if (!s->in_ring)
		return;
	*(s->older != NULL ? &s->older->newer : &k->oldest) = s->newer;
	*(s->newer != NULL ? &s->newer->older : &k->newest) = s->older;
	s->older = s->newer = NULL;
	s->in_ring = false;
}

/* It was put to just now. */
static void
ring_enter(struct keep *k, struct spool *s)
{
	if (k->newest == s)
		return;
	ring_leave(k, s);
	s->older = k->newest;
	*(k->newest != NULL ? &k->newest->newer : &k->oldest) = s;
	k->newest = s;
	s->in_ring = true;
}

static void
tail_resize(struct keep *k, struct spool *s, size_t cap)
{
	struct kept *p = s->tail != NULL ? tail_piece(s) : NULL;

	p = xreallocarray(p, sizeof(*p) + cap, 1);
	k->memory += cap - s->cap_tail;
	if (s->cap_tail == 0)
		k->memory += sizeof(*p) + KEPT_MALLOC_COST;
	s->tail = p->bytes;
	s->cap_tail = cap;
}

static void
tail_drop(struct keep *k, struct spool *s)
{
	if (s->tail == NULL)
		return;
	k->memory -= sizeof(struct kept) + KEPT_MALLOC_COST + s->cap_tail;
	free(tail_piece(s));
	s->tail = NULL;
	s->cap_tail = 0;
	s->n_tail = 0;
}

/* How large the tail may become now. */
static size_t
tail_limit(const struct keep *k, const struct spool *s)
{
	if (k->memory < k->budget)
		return s->size < SPOOL_LARGE ? TAIL_USUAL : TAIL_LARGE;
	return s->size / 16 < TAIL_SPENT ? TAIL_GRANTED : TAIL_SPENT;
}

static void
spool_add(struct keep *k, struct spool *s, struct kept *block)
{
	if (s->n_blocks == s->cap_blocks) {
		size_t cap = s->cap_blocks > 0 ? s->cap_blocks * 2 : 4;

		s->blocks = xreallocarray(s->blocks, cap, sizeof(*s->blocks));
		k->memory += (cap - s->cap_blocks) * sizeof(*s->blocks);
		s->cap_blocks = cap;
	}
	s->blocks[s->n_blocks++] = block;
}

/* Turns the tail, which is full, into a block: as it is while the budget
 * lasts, else through the scratch file, and its memory serves on. */
static void
tail_seal(struct keep *k, struct spool *s)
{
	if (k->memory < k->budget) {
		struct kept *p = tail_piece(s);

		p->where = KEPT_IN_MEMORY;
		p->n = (uint32_t)s->n_tail;
		p->others = 0;
		assert(s->n_tail == s->cap_tail);
		spool_add(k, s, p);
		s->tail = NULL;
		s->cap_tail = 0;
	} else {
		spool_add(k, s,
		    keep_put_scratch(k, (struct slice){ s->tail, s->n_tail }));
		if (s->cap_tail > tail_limit(k, s))
			tail_drop(k, s);
	}
	s->n_tail = 0;
}

/* Makes room in memory for a spool that is about to take more. */
static void
spill(struct keep *k)
{
	while (k->memory >= k->budget - k->budget / 8 && k->oldest != NULL)
		spool_settle(k, k->oldest);
}

/* Room for at least one more byte in the tail. */
static void
tail_room(struct keep *k, struct spool *s)
{
	size_t limit;

	if (s->n_tail < s->cap_tail)
		return;
	if (k->memory >= k->budget)
		spill(k);
	limit = tail_limit(k, s);
	if (s->n_tail > 0 && s->cap_tail >= limit)
		tail_seal(k, s);
	if (s->n_tail < s->cap_tail)
		return;
	/* A spool that has filled a tail will fill the next one too. */
	if (s->cap_tail == 0 && s->n_blocks > 0)
		tail_resize(k, s, tail_limit(k, s));
	else
		tail_resize(k, s,
		    s->cap_tail > 0 ? s->cap_tail * 2 : TAIL_FIRST);
}

void
spool_put(struct keep *k, struct spool *s, const void *p, size_t n)
{
	const uint8_t *from = p;

	while (n > 0) {
		size_t part;

		tail_room(k, s);
		part =
		    s->cap_tail - s->n_tail < n ? s->cap_tail - s->n_tail : n;
		memcpy(s->tail + s->n_tail, from, part);
		s->n_tail += part;
		s->size += part;
		from += part;
		n -= part;
	}
	if (s->fixed && s->cap_tail >= SPILL_LEAST)
		ring_enter(k, s);
}

void
spool_read(struct keep *k, const struct spool *s, uint64_t off,
    void (*fn)(void *arg, struct slice bytes), void *arg)
{
	uint64_t at = s->size - s->n_tail;
	size_t i = s->n_blocks;

	assert(off <= s->size);
	/* Backwards: costs what will be read, not what lies before it. */
	while (i > 0 && at > off)
		at -= s->blocks[--i]->n;
	for (; i < s->n_blocks; i++) {
		struct slice b = kept_get(k, s->blocks[i]);
		size_t skip = off > at ? (size_t)(off - at) : 0;

		fn(arg, (struct slice){ b.p + skip, b.n - skip });
		at += b.n;
	}
	if (s->n_tail > 0 && off < s->size) {
		size_t skip = off > at ? (size_t)(off - at) : 0;

		fn(arg, (struct slice){ s->tail + skip, s->n_tail - skip });
	}
}

static void
write_bytes(void *arg, struct slice bytes)
{
	out_write(arg, bytes.p, bytes.n);
}

void
spool_write(struct keep *k, const struct spool *s, struct out_file *f)
{
	spool_read(k, s, 0, write_bytes, f);
}

/* Puts bytes that lie in memory to the scratch file, as a piece of their own
 * or with the one before them; returns the piece. */
static struct kept *
settle_bytes(struct keep *k, struct kept *before, struct slice bytes)
{
	struct kept *p = keep_put_scratch(k, bytes);

	if (before == NULL || before->where == KEPT_IN_MEMORY ||
	    before->where < k->flushed ||
	    p->n > KEEP_WRITE_BUFFER - before->n ||
	    before->where + before->n != p->where)
		return p;
	before->n += p->n;
	k->memory -= kept_cost(p);
	free(p);
	return before;
}

void
spool_settle(struct keep *k, struct spool *s)
{
	struct kept *last = NULL;
	size_t n = 0;

	ring_leave(k, s);
	for (size_t i = 0; i < s->n_blocks; i++) {
		struct kept *p = s->blocks[i];

		if (p->where == KEPT_IN_MEMORY) {
			p = settle_bytes(k, last,
			    (struct slice){ p->bytes, p->n });
			kept_free(k, s->blocks[i]);
		}
		if (p != last)
			s->blocks[n++] = p;
		last = p;
	}
	s->n_blocks = n;
	if (s->n_tail > 0) {
		struct kept *p =
		    settle_bytes(k, last, (struct slice){ s->tail, s->n_tail });

		if (p != last)
			spool_add(k, s, p);
	}
	tail_drop(k, s);
}

void
spool_free(struct keep *k, struct spool *s)
{
	ring_leave(k, s);
	for (size_t i = 0; i < s->n_blocks; i++)
		kept_free(k, s->blocks[i]);
	k->memory -= s->cap_blocks * sizeof(*s->blocks);
	free(s->blocks);
	tail_drop(k, s);
	*s = (struct spool){ 0 };
}
