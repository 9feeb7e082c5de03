/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * pool.h: numbered cells of one size, in blocks that never move.  Memory is
 * taken from the system as cells are used.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#define POOL_NONE UINT32_MAX
#define POOL_SHIFT 16
#define POOL_CELLS ((uint32_t)1 << POOL_SHIFT)

struct pool {
	uint8_t **v;
	uint32_t n;
	uint32_t used; /* cells that have ever been */
	uint32_t free; /* the first of those given back, or POOL_NONE */
	size_t size;   /* of a cell */
};

/* size is a multiple of what the cells are aligned to. */
void pool_init(struct pool *s, size_t size);
void pool_fini(struct pool *s);

/* A cell that is in no use; what is in it is anything. */
uint32_t pool_take(struct pool *s);
void pool_give(struct pool *s, uint32_t i);

static inline void *
pool_at(const struct pool *s, uint32_t i)
{
	return s->v[i >> POOL_SHIFT] + (i & (POOL_CELLS - 1)) * s->size;
}

#endif
