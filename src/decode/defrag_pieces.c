/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * defrag_pieces.c: the bytes of one datagram, and how a fragment lies to them.
 *
 * They are in chunks of 64 units, found by binary search, with a bitmap each
 * of what is there: so a fragment costs no more when there are many before it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "decode/defrag_parts.h"

/* A chunk, and about what malloc adds. */
#define CHUNK_COST (sizeof(struct fragment_chunk) + 16)
#define ROOM_MIN 4

/* The units of a fragment: [from, to). */
struct units {
	uint32_t from;
	uint32_t to;
};

/* Bits [from, to) of a word; from < 64, from < to. */
static uint64_t
bits(uint32_t from, uint32_t to)
{
	uint64_t all =
	    to < FRAGMENT_UNITS ? ((uint64_t)1 << to) - 1 : UINT64_MAX;

	return all & ~(((uint64_t)1 << from) - 1);
}

/* The first run of bits in a word that is not 0. */
static struct units
first_run(uint64_t word)
{
	uint32_t from = (uint32_t)__builtin_ctzll(word);
	uint64_t rest = ~(word >> from);
	uint32_t n = rest != 0 ? (uint32_t)__builtin_ctzll(rest) : 64 - from;

	return (struct units){ from, from + n };
}

/* The place of the chunk with that number, or where it belongs. */
static size_t
chunk_at(const struct defrag_entry *e, uint32_t number)
{
	size_t lo = 0, hi = e->n_chunks;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (e->chunks[mid]->number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static const struct fragment_chunk *
chunk_find(const struct defrag_entry *e, uint32_t number)
{
	size_t at = chunk_at(e, number);

	return at < e->n_chunks && e->chunks[at]->number == number ?
	    e->chunks[at] :
	    NULL;
}

/* The units that f touches; only a last fragment may end within one. */
static struct units
touched(const struct fragment *f)
{
	uint32_t end = f->off + f->len + (f->more ? 0 : FRAGMENT_UNIT - 1);

	return (struct units){ f->off / FRAGMENT_UNIT, end / FRAGMENT_UNIT };
}

/* That part of u that lies in a chunk, as bits. */
static uint64_t
part_of(struct units u, uint32_t number)
{
	uint32_t first = number * FRAGMENT_UNITS;
	uint32_t from = u.from > first ? u.from - first : 0;
	uint32_t to = defrag_min(u.to - first, FRAGMENT_UNITS);

	return bits(from, to);
}

/* Whether units `word` of a chunk have other bytes than f has captured. */
static bool
differ(const struct fragment_chunk *c, uint64_t word, const struct fragment *f)
{
	uint32_t have = f->off + (uint32_t)f->data.n;

	while (word != 0) {
		struct units run = first_run(word);
		uint32_t from = run.from * FRAGMENT_UNIT;
		uint32_t at = c->number * FRAGMENT_CHUNK + from;
		uint32_t to =
		    c->number * FRAGMENT_CHUNK + run.to * FRAGMENT_UNIT;

		to = defrag_min(to, have);
		if (to <= at)
			return false;
		if (memcmp(c->data + from, f->data.p + (at - f->off),
			to - at) != 0)
			return true;
		word &= ~bits(run.from, run.to);
	}
	return false;
}

/* Whether what was stored ends before unit u, or something else begins. */
static bool
ends_at(const struct defrag_entry *e, uint32_t u)
{
	const struct fragment_chunk *c = chunk_find(e, u / FRAGMENT_UNITS);
	uint64_t bit = (uint64_t)1 << u % FRAGMENT_UNITS;

	return c == NULL || (c->covered & bit) == 0 || (c->starts & bit) != 0;
}

struct defrag_relation
defrag_relate(const struct defrag_entry *e, const struct fragment *f)
{
	struct defrag_relation r = { .is_copy = f->more ||
		    (e->has_end && e->end == f->off + f->len) };
	struct units u = touched(f);

	for (uint32_t i = u.from / FRAGMENT_UNITS;
	     u.from < u.to && i <= (u.to - 1) / FRAGMENT_UNITS; i++) {
		const struct fragment_chunk *c = chunk_find(e, i);
		uint64_t part = part_of(u, i);
		uint64_t old = c != NULL ? c->covered & part : 0;
		uint64_t first = i == u.from / FRAGMENT_UNITS ?
		    (uint64_t)1 << u.from % FRAGMENT_UNITS :
		    0;

		r.overlaps |= old != 0;
		r.is_new |= old != part;
		r.is_copy &=
		    c != NULL && old == part && (c->starts & part) == first;
		r.differs |=
		    c != NULL && old != 0 && differ(c, old & c->captured, f);
	}
	r.is_copy &= !r.differs && ends_at(e, u.to);
	return r;
}

/* The end of the last piece, in whole units. */
static uint32_t
pieces_end(const struct defrag_entry *e)
{
	const struct fragment_chunk *c;

	if (e->n_chunks == 0)
		return 0;
	c = e->chunks[e->n_chunks - 1];
	return c->number * FRAGMENT_CHUNK +
	    (FRAGMENT_UNITS - (uint32_t)__builtin_clzll(c->covered)) *
	    FRAGMENT_UNIT;
}

uint32_t
defrag_known_end(const struct defrag_entry *e)
{
	return e->has_end ? e->end : pieces_end(e);
}

/* Where the datagram ends: as its first last fragment says.  False when f
 * contradicts that, or earlier fragments do. */
bool
defrag_agree_on_end(struct defrag_entry *e, const struct fragment *f)
{
	uint32_t end = f->off + f->len;

	if (e->has_end)
		return f->more ? end <= e->end : end == e->end;
	if (f->more)
		return true;
	e->has_end = true;
	e->end = end;
	return pieces_end(e) <= end;
}

/* What is stored of f: not the part of a unit that ends elsewhere than the
 * datagram does. */
static struct units
wanted(const struct defrag_entry *e, const struct fragment *f)
{
	struct units u = touched(f);

	if (!f->more && f->off + f->len != e->end)
		u.to = (f->off + f->len) / FRAGMENT_UNIT;
	return u;
}

static size_t
room_for(size_t n)
{
	size_t room = ROOM_MIN;

	while (room < n)
		room *= 2;
	return room;
}

size_t
defrag_fill_cost(const struct defrag_entry *e, const struct fragment *f)
{
	struct units u = wanted(e, f);
	size_t n = 0, room;

	for (uint32_t i = u.from / FRAGMENT_UNITS;
	     u.from < u.to && i <= (u.to - 1) / FRAGMENT_UNITS; i++)
		n += chunk_find(e, i) == NULL;
	if (n == 0)
		return 0;
	room = room_for(e->n_chunks + n);
	return n * CHUNK_COST +
	    (room > e->room ? (room - e->room) * sizeof(*e->chunks) : 0);
}

/* The chunk with that number, made when it is not there. */
static struct fragment_chunk *
chunk_need(struct defrag_entry *e, uint32_t number)
{
	size_t at = chunk_at(e, number);
	struct fragment_chunk *c;

	if (at < e->n_chunks && e->chunks[at]->number == number)
		return e->chunks[at];
	if (e->n_chunks == e->room) {
		e->room = (uint16_t)room_for(e->n_chunks + 1U);
		e->chunks =
		    xreallocarray(e->chunks, e->room, sizeof(*e->chunks));
	}
	c = xcalloc(1, sizeof(*c));
	c->number = number;
	memmove(&e->chunks[at + 1], &e->chunks[at],
	    (e->n_chunks - at) * sizeof(*e->chunks));
	e->chunks[at] = c;
	e->n_chunks++;
	return c;
}

/* Stores the units `run` of a chunk, which nothing covers, from f. */
static void
store_run(struct defrag_entry *e, struct fragment_chunk *c, struct units run,
    const struct fragment *f)
{
	uint32_t base = c->number * FRAGMENT_CHUNK;
	uint32_t from = base + run.from * FRAGMENT_UNIT;
	uint32_t to =
	    defrag_min(base + run.to * FRAGMENT_UNIT, f->off + f->len);
	uint32_t have = defrag_min(to, f->off + (uint32_t)f->data.n);
	uint32_t whole = run.to;

	c->covered |= bits(run.from, run.to);
	if (have > from)
		memcpy(c->data + (from - base), f->data.p + (from - f->off),
		    have - from);
	if (have < to) {
		e->lack = defrag_min(e->lack, defrag_max(from, have));
		whole = have > from ? (have - base) / FRAGMENT_UNIT : run.from;
	}
	if (whole > run.from)
		c->captured |= bits(run.from, whole);
}

size_t
defrag_fill(struct defrag_entry *e, const struct fragment *f)
{
	size_t cost = defrag_fill_cost(e, f);
	struct units u = wanted(e, f);
	bool goes_on = false; /* the run may begin in the chunk before */

	for (uint32_t i = u.from / FRAGMENT_UNITS;
	     u.from < u.to && i <= (u.to - 1) / FRAGMENT_UNITS; i++) {
		struct fragment_chunk *c = chunk_need(e, i);
		uint64_t fresh = part_of(u, i) & ~c->covered;
		bool before = goes_on;

		goes_on = fresh >> (FRAGMENT_UNITS - 1) != 0;
		while (fresh != 0) {
			struct units run = first_run(fresh);

			store_run(e, c, run, f);
			if (run.from > 0 || !before)
				c->starts |= (uint64_t)1 << run.from;
			fresh &= ~bits(run.from, run.to);
		}
	}
	while (e->n_prefix < e->n_chunks &&
	    e->chunks[e->n_prefix]->number == e->n_prefix &&
	    e->chunks[e->n_prefix]->covered == UINT64_MAX)
		e->n_prefix++;
	return cost;
}

size_t
defrag_drop_pieces(struct defrag_entry *e)
{
	size_t cost = e->n_chunks * CHUNK_COST + e->room * sizeof(*e->chunks);

	for (size_t i = 0; i < e->n_chunks; i++)
		free(e->chunks[i]);
	free(e->chunks);
	e->chunks = NULL;
	e->n_chunks = e->room = 0;
	e->n_prefix = 0;
	return cost;
}

bool
defrag_is_whole(const struct defrag_entry *e)
{
	uint32_t units = e->n_prefix * FRAGMENT_UNITS;

	if (!e->has_end)
		return false;
	if (e->n_prefix < e->n_chunks &&
	    e->chunks[e->n_prefix]->number == e->n_prefix)
		units +=
		    (uint32_t)__builtin_ctzll(~e->chunks[e->n_prefix]->covered);
	return units * FRAGMENT_UNIT >= e->end;
}

uint32_t
defrag_copy(const struct defrag_entry *e, uint8_t *out, uint32_t end)
{
	uint32_t n = defrag_min(end, e->lack);

	for (uint32_t at = 0; at < n; at += FRAGMENT_CHUNK) {
		uint32_t i = at / FRAGMENT_CHUNK;

		if (i >= e->n_chunks || e->chunks[i]->number != i)
			return at;
		memcpy(out + at, e->chunks[i]->data,
		    defrag_min(n - at, FRAGMENT_CHUNK));
	}
	return n;
}
