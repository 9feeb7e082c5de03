/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * spill_log.c: logs: bytes that wait, and to which more are appended.
 *
 * A log is a list of blocks and a tail, which becomes a block when it is full.
 * When memory is short, logs that have waited long go to the scratch file.
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
/* Logs that have less are left alone when memory is short. */
#define SPILL_LEAST ((size_t)2 << 10)
#define SPOOL_LARGE ((uint64_t)1 << 18)

/* A log's tail is the bytes of a block that is not full yet. */
static struct spill_block *
tail_piece(const struct spill_log *s)
{
	return (struct spill_block *)(void *)(s->tail -
	    offsetof(struct spill_block, bytes));
}

static void
ring_leave(struct spill *k, struct spill_log *s)
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
ring_enter(struct spill *k, struct spill_log *s)
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
tail_resize(struct spill *k, struct spill_log *s, size_t cap)
{
	struct spill_block *p = s->tail != NULL ? tail_piece(s) : NULL;

	p = xreallocarray(p, sizeof(*p) + cap, 1);
	k->memory += cap - s->cap_tail;
	if (s->cap_tail == 0)
		k->memory += sizeof(*p) + SPILL_BLOCK_MALLOC_COST;
	s->tail = p->bytes;
	s->cap_tail = cap;
}

static void
tail_drop(struct spill *k, struct spill_log *s)
{
	if (s->tail == NULL)
		return;
	k->memory -=
	    sizeof(struct spill_block) + SPILL_BLOCK_MALLOC_COST + s->cap_tail;
	free(tail_piece(s));
	s->tail = NULL;
	s->cap_tail = 0;
	s->n_tail = 0;
}

/* How large the tail may become now. */
static size_t
tail_limit(const struct spill *k, const struct spill_log *s)
{
	if (k->memory < k->budget)
		return s->size < SPOOL_LARGE ? TAIL_USUAL : TAIL_LARGE;
	return s->size / 16 < TAIL_SPENT ? TAIL_GRANTED : TAIL_SPENT;
}

static void
spill_log_add(struct spill *k, struct spill_log *s, struct spill_block *block)
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
tail_seal(struct spill *k, struct spill_log *s)
{
	if (k->memory < k->budget) {
		struct spill_block *p = tail_piece(s);

		p->where = SPILL_BLOCK_IN_MEMORY;
		p->n = (uint32_t)s->n_tail;
		p->others = 0;
		assert(s->n_tail == s->cap_tail);
		spill_log_add(k, s, p);
		s->tail = NULL;
		s->cap_tail = 0;
	} else {
		spill_log_add(k, s,
		    spill_put_scratch(k, (struct slice){ s->tail, s->n_tail }));
		if (s->cap_tail > tail_limit(k, s))
			tail_drop(k, s);
	}
	s->n_tail = 0;
}

/* Makes room in memory for a log that is about to take more. */
static void
spill(struct spill *k)
{
	while (k->memory >= k->budget - k->budget / 8 && k->oldest != NULL)
		spill_log_settle(k, k->oldest);
}

/* Room for at least one more byte in the tail. */
static void
tail_room(struct spill *k, struct spill_log *s)
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
	/* A log that has filled a tail will fill the next one too. */
	if (s->cap_tail == 0 && s->n_blocks > 0)
		tail_resize(k, s, tail_limit(k, s));
	else
		tail_resize(k, s,
		    s->cap_tail > 0 ? s->cap_tail * 2 : TAIL_FIRST);
}

void
spill_log_put(struct spill *k, struct spill_log *s, const void *p, size_t n)
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
spill_log_read(struct spill *k, const struct spill_log *s, uint64_t off,
    void (*fn)(void *arg, struct slice bytes), void *arg)
{
	uint64_t at = s->size - s->n_tail;
	size_t i = s->n_blocks;

	assert(off <= s->size);
	/* Backwards: costs what will be read, not what lies before it. */
	while (i > 0 && at > off)
		at -= s->blocks[--i]->n;
	for (; i < s->n_blocks; i++) {
		struct slice b = spill_block_get(k, s->blocks[i]);
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
spill_log_write(struct spill *k, const struct spill_log *s, struct out_file *f)
{
	spill_log_read(k, s, 0, write_bytes, f);
}

/* Puts bytes that lie in memory to the scratch file, as a piece of their own
 * or with the one before them; returns the piece. */
static struct spill_block *
settle_bytes(struct spill *k, struct spill_block *before, struct slice bytes)
{
	struct spill_block *p = spill_put_scratch(k, bytes);

	if (before == NULL || before->where == SPILL_BLOCK_IN_MEMORY ||
	    before->where < k->flushed ||
	    p->n > SPILL_WRITE_BUFFER - before->n ||
	    before->where + before->n != p->where)
		return p;
	before->n += p->n;
	k->memory -= spill_block_cost(p);
	free(p);
	return before;
}

void
spill_log_settle(struct spill *k, struct spill_log *s)
{
	struct spill_block *last = NULL;
	size_t n = 0;

	ring_leave(k, s);
	for (size_t i = 0; i < s->n_blocks; i++) {
		struct spill_block *p = s->blocks[i];

		if (p->where == SPILL_BLOCK_IN_MEMORY) {
			p = settle_bytes(k, last,
			    (struct slice){ p->bytes, p->n });
			spill_block_free(k, s->blocks[i]);
		}
		if (p != last)
			s->blocks[n++] = p;
		last = p;
	}
	s->n_blocks = n;
	if (s->n_tail > 0) {
		struct spill_block *p =
		    settle_bytes(k, last, (struct slice){ s->tail, s->n_tail });

		if (p != last)
			spill_log_add(k, s, p);
	}
	tail_drop(k, s);
}

void
spill_log_free(struct spill *k, struct spill_log *s)
{
	ring_leave(k, s);
	for (size_t i = 0; i < s->n_blocks; i++)
		spill_block_free(k, s->blocks[i]);
	k->memory -= s->cap_blocks * sizeof(*s->blocks);
	free(s->blocks);
	tail_drop(k, s);
	*s = (struct spill_log){ 0 };
}
