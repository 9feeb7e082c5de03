/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report_budget.c: shares of what a report has room for. */
#include "sinks/report_budget.h"

#include <stdlib.h>

#include "base/xalloc.h"

void
budget_init(struct budget *b, uint64_t budget, uint32_t most)
{
	*b = (struct budget){
		.budget = budget,
		.most = most,
		.share = most,
		.sizes = xcalloc((size_t)most + 1, sizeof *b->sizes),
	};
}

void
budget_fini(struct budget *b)
{
	free(b->sizes);
	b->sizes = NULL;
}

/* A share of 0 has a sum of 0. */
static void
budget_settle(struct budget *b)
{
	while (b->sum > b->budget) {
		b->sum -= b->above;
		b->share--;
		b->above += b->sizes[b->share];
	}
}

void
budget_add(struct budget *b, uint64_t size)
{
	uint32_t n = size < b->most ? (uint32_t)size : b->most;

	b->sizes[n]++;
	b->sum += n < b->share ? n : b->share;
	b->above += n >= b->share;
	budget_settle(b);
}

void
budget_lower(struct budget *b, uint64_t budget)
{
	if (budget < b->budget)
		b->budget = budget;
	budget_settle(b);
}
