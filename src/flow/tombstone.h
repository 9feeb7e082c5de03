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

#include "base/hash_table.h"

#define PAST_MAX ((uint32_t)1 << 16)

enum past_kind {
	PAST_CLOSED,  /* ended by itself */
	PAST_EVICTED, /* given up for memory */
};

/* What is known of a connection that is gone. */
struct past_note {
	uint64_t hash; /* of its key */
	int64_t closed_ns;
	uint32_t end[2]; /* sequence numbers behind its FINs */
	uint8_t kind;	 /* enum past_kind */
	bool has_end;
};

/* Zero-initialised is empty and costs nothing. */
struct past {
	struct table table;
	struct past_note *ring;
	uint32_t n;
	uint32_t oldest;
};

void past_fini(struct past *p);
/* An earlier note on the same key is replaced. */
void past_add(struct past *p, const struct past_note *note);
/* The note on the key with that hash, valid until the next past_add; NULL
 * when there is none. */
const struct past_note *past_find(const struct past *p, uint64_t hash);

#endif
