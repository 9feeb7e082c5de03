/*
 * slabs.h: numbered cells of one size, in blocks that never move.  Memory is
 * taken from the system as cells are used.
 */
#ifndef MODEL_SLABS_H
#define MODEL_SLABS_H

#include <stddef.h>
#include <stdint.h>

#define SLABS_NONE UINT32_MAX
#define SLABS_SHIFT 16
#define SLABS_CELLS ((uint32_t)1 << SLABS_SHIFT)

struct slabs {
	uint8_t **v;
	uint32_t n;
	uint32_t used; /* cells that have ever been */
	uint32_t free; /* the first of those given back, or SLABS_NONE */
	size_t size;   /* of a cell */
};

/* size is a multiple of what the cells are aligned to. */
void slabs_init(struct slabs *s, size_t size);
void slabs_fini(struct slabs *s);

/* A cell that is in no use; what is in it is anything. */
uint32_t slabs_take(struct slabs *s);
void slabs_give(struct slabs *s, uint32_t i);

static inline void *
slabs_at(const struct slabs *s, uint32_t i)
{
	return s->v[i >> SLABS_SHIFT] + (i & (SLABS_CELLS - 1)) * s->size;
}

#endif
