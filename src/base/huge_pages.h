/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* huge_pages.h: memory in large pages, for tables that are read at random. */
#ifndef BASE_HUGE_PAGES_H
#define BASE_HUGE_PAGES_H

#include <stddef.h>

/*
 * n bytes of anything, with fewer and larger pages where the system has them
 * (madvise(2), MADV_HUGEPAGE): then random access finds their addresses
 * sooner.  Never NULL: ends the program like xmalloc.  Free with free.
 */
void *huge_pages_alloc(size_t n);

#endif
