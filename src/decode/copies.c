/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * copies.c: a table of hashes, each in the row that it gives itself, the
 * newest first; the oldest of a row goes.  The hash is all that is compared:
 * two that differ have the same one of 64 bits once in a lifetime.
 */
#include "decode/copies.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

/* 3 ms of a million segments a second, and as many more. */
#define COPY_ROWS 2048
#define COPY_WAYS 4

struct copy_slot {
	uint64_t hash;
	int64_t ts_ns;
};

struct copies {
	struct copy_slot row[COPY_ROWS][COPY_WAYS];
};

struct copies *
copies_new(void)
{
	return xcalloc(1, sizeof(struct copies));
}

void
copies_free(struct copies *c)
{
	free(c);
}

static inline uint64_t
word_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Sums of products: the multiplications wait for none but the last. */
static uint64_t
hash_of(const struct segment *s)
{
	bool has_id = s->src.family == 4 && s->ip_id != 0;
	uint64_t h = ((uint64_t)s->seq << 32 | s->ack) * 0x9e3779b97f4a7c15u;

	h += ((uint64_t)s->ip_id << 32 | s->payload_len) * 0xc2b2ae3d27d4eb4fu;
	h += ((uint64_t)s->src.port << 32 | (uint64_t)s->dst.port << 16 |
		 (uint64_t)s->flags << 8 | s->src.family) *
	    0x165667b19e3779f9u;
	h += word_at(s->src.addr) * 0xd6e8feb86659fd93u;
	h += word_at(s->dst.addr) * 0xff51afd7ed558ccdu;
	if (s->src.family == 6) {
		h += word_at(s->src.addr + 8) * 0xc4ceb9fe1a85ec53u;
		h += word_at(s->dst.addr + 8) * 0x9fb21c651e98df25u;
	}
	if (!has_id)
		h += ((uint64_t)s->tsval << 32 | (uint64_t)s->window << 16 |
			 s->tcp_sum) *
		    0xa0761d6478bd642fu;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

static bool
is_recent(const struct copy_slot *slot, int64_t ts_ns)
{
	int64_t age = (int64_t)((uint64_t)ts_ns - (uint64_t)slot->ts_ns);

	return age <= COPIES_WITHIN_NS && age >= -COPIES_WITHIN_NS;
}

bool
copies_take(struct copies *c, const struct segment *s)
{
	uint64_t hash = hash_of(s);
	struct copy_slot *row = c->row[hash % COPY_ROWS];

	for (size_t i = 0; i < COPY_WAYS; i++) {
		bool is_copy;

		if (row[i].hash != hash)
			continue;
		is_copy = is_recent(&row[i], s->ts_ns);
		row[i].ts_ns = s->ts_ns;
		return is_copy;
	}
	memmove(row + 1, row, (COPY_WAYS - 1) * sizeof(*row));
	row[0] = (struct copy_slot){ hash, s->ts_ns };
	return false;
}
