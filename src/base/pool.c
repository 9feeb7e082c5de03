/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* pool.c: numbered cells of one size; those that are free are a list. */
#include "base/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/huge_pages.h"
#include "base/xalloc.h"

void
pool_init(struct pool *s, size_t size)
{
	assert(size > 0 && size % sizeof(uint32_t) == 0);
	*s = (struct pool){ .free = POOL_NONE, .size = size };
}

void
pool_fini(struct pool *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	pool_init(s, s->size);
}

uint32_t
pool_take(struct pool *s)
{
	uint32_t i = s->free;

	if (i != POOL_NONE) {
		memcpy(&s->free, pool_at(s, i), sizeof(s->free));
		return i;
	}
	if (s->used == s->n << POOL_SHIFT) {
		s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
		/* The first is often all there is, and hardly used. */
		s->v[s->n] = s->n == 0 ? xmalloc(POOL_CELLS * s->size) :
					 huge_pages_alloc(POOL_CELLS * s->size);
		s->n++;
	}
	return s->used++;
}

void
pool_give(struct pool *s, uint32_t i)
{
	memcpy(pool_at(s, i), &s->free, sizeof(s->free));
	s->free = i;
}
