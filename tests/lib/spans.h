/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* spans.h: what holds for the spans of any protocol's reader. */
#ifndef TESTS_LIB_SPANS_H
#define TESTS_LIB_SPANS_H

#include "proto/message.h"

/* Every byte once, one behind the other: next[] is where each direction is. */
static inline void
assert_span_is_next(uint64_t next[2], const struct chunk *c,
    const struct span *what)
{
	assert_true(c->bytes.n > 0 && c->off == next[c->dir]);
	assert_true((what->kind == SPAN_BODY) == (what->m != NULL));
	next[c->dir] += c->bytes.n;
}

#endif
