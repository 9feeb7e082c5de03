/* slabs.c: cells that are in no use are a list: each holds the next one. */
#include "base/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/huge_pages.h"
#include "base/xalloc.h"

void
slabs_init(struct slabs *s, size_t size)
{
	assert(size > 0 && size % sizeof(uint32_t) == 0);
	*s = (struct slabs){ .free = SLABS_NONE, .size = size };
}

void
slabs_fini(struct slabs *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	slabs_init(s, s->size);
}

uint32_t
slabs_take(struct slabs *s)
{
	uint32_t i = s->free;

	if (i != SLABS_NONE) {
		memcpy(&s->free, slabs_at(s, i), sizeof(s->free));
		return i;
	}
	if (s->used == s->n << SLABS_SHIFT) {
		s->v = xreallocarray(s->v, s->n + 1, sizeof(*s->v));
		/* The first is often all there is, and hardly used. */
		s->v[s->n] = s->n == 0 ? xmalloc(SLABS_CELLS * s->size) :
					 huge_alloc(SLABS_CELLS * s->size);
		s->n++;
	}
	return s->used++;
}

void
slabs_give(struct slabs *s, uint32_t i)
{
	memcpy(slabs_at(s, i), &s->free, sizeof(s->free));
	s->free = i;
}
