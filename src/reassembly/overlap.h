/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* overlap.h: which of two copies of a byte wins. */
#ifndef REASSEMBLY_OVERLAP_H
#define REASSEMBLY_OVERLAP_H

#include <stdbool.h>
#include <stdint.h>

#include "reassembly/types.h"

/* The whole extent of a segment, before any trimming. */
struct extent {
	uint64_t pos;
	uint64_t end;
};

/* True when the bytes of the later segment replace those of the earlier one
 * where they overlap. */
bool overlap_new_wins(enum overlap policy, struct extent newer,
    struct extent older);

/* Reads "first", "last", ...; false when name is none. */
bool overlap_parse(const char *name, enum overlap *out);
const char *overlap_name(enum overlap policy);

#endif
