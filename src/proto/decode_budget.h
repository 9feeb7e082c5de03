/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * decode_budget.h: what bodies may yield when their codings are undone: each,
 * all of a session, all of a capture.
 *
 * A session or a capture has LIMIT_DECODED, and a tenth of the ratio for each
 * byte of payload: bodies that each keep within their ratio cannot add up to
 * much more than what was captured.
 */
#ifndef PROTO_DECODE_BUDGET_H
#define PROTO_DECODE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limit.h"

struct decode_budget {
	struct decode_budget *parent; /* of the capture; NULL: it is that */
	uint64_t ratio;
	uint64_t captured; /* bytes of payload so far */
	uint64_t decoded;
	bool spent; /* more was wanted than there is */
};

/* So much payload has come. */
static inline void
decode_budget_add(struct decode_budget *b, uint64_t captured)
{
	for (; b != NULL; b = b->parent)
		b->captured += captured;
}

/* Whether there is nothing left, of b or of what is above it: then it stays
 * so. */
static inline bool
decode_budget_is_spent(const struct decode_budget *b)
{
	for (; b != NULL; b = b->parent)
		if (b->spent)
			return true;
	return false;
}

static inline uint64_t
decode_budget_left(const struct decode_budget *b)
{
	uint64_t most = b->captured / 10 + 1;

	most = most < (UINT64_MAX - LIMIT_DECODED) / b->ratio ?
	    LIMIT_DECODED + most * b->ratio :
	    UINT64_MAX;
	return most > b->decoded ? most - b->decoded : 0;
}

/* Takes n bytes that were decoded.  False, and it is spent, when there are not
 * so many. */
static inline bool
decode_budget_take(struct decode_budget *b, uint64_t n)
{
	for (; b != NULL; b = b->parent) {
		b->spent |= decode_budget_left(b) < n;
		if (b->spent)
			return false;
		b->decoded += n;
	}
	return true;
}

/* How many times its size a body may yield; b may be NULL. */
static inline uint64_t
decode_budget_ratio(const struct decode_budget *b)
{
	return b != NULL ? b->ratio : LIMIT_RATIO;
}

#endif
