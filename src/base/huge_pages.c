/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* huge_pages.c: memory in large pages, where the system has them. */
#include "base/huge_pages.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/xalloc.h"

#define PAGE ((size_t)2 << 20)

void *
huge_pages_alloc(size_t n)
{
	size_t whole = n / PAGE * PAGE;
	void *p = aligned_alloc(PAGE, (n + PAGE - 1) / PAGE * PAGE);

	if (p == NULL)
		return xmalloc(n);
	/* The rest may never be used. */
	if (whole > 0)
		(void)madvise(p, whole, MADV_HUGEPAGE);
	return p;
}
