/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * report_budget.h: how much of each is shown, when all together may have so
 * much and no more.
 *
 * What is larger than the share is cut to it, what is smaller is whole.  The
 * share never grows while sizes are added: what is beyond it now can be
 * forgotten at once.
 */
#ifndef SINKS_REPORT_BUDGET_H
#define SINKS_REPORT_BUDGET_H

#include <stdint.h>

/*
 * Invariant: sum is that of min(size, share) over all sizes, above the number
 * of sizes that are at least share, and share the largest, up to most, for
 * which sum is no more than budget.
 */
struct budget {
	uint64_t budget;
	uint32_t most; /* of one; what is larger counts as that */
	uint32_t share;
	uint64_t sum;
	uint64_t above;
	uint32_t *sizes; /* sizes[n]: how many are n */
};

void budget_init(struct budget *b, uint64_t budget, uint32_t most);
void budget_fini(struct budget *b);
/* One more; at most UINT32_MAX of a size. */
void budget_add(struct budget *b, uint64_t size);
/* There is no more than that for all of them. */
void budget_lower(struct budget *b, uint64_t budget);

#endif
