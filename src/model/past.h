/*
 * past.h: which pairs of endpoints had a connection whose record is gone.
 *
 * The last PAST_MAX are remembered, oldest forgotten first, so that what is
 * known does not depend on the hash.
 */
#ifndef MODEL_PAST_H
#define MODEL_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "model/table.h"

#define PAST_MAX ((uint32_t)1 << 16)

enum past_kind {
	PAST_NONE,
	PAST_CLOSED,  /* ended by itself */
	PAST_EVICTED, /* given up for memory */
};

/* Zero-initialised is empty and costs nothing. */
struct past {
	struct table table;
	struct past_entry *ring;
	uint32_t n;
	uint32_t oldest;
};

void past_fini(struct past *p);
/* Notes the key with that hash; an earlier note on it is replaced. */
void past_add(struct past *p, uint64_t hash, enum past_kind kind);
enum past_kind past_find(const struct past *p, uint64_t hash);

#endif
