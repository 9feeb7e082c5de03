/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * xalloc.h: allocation that does not fail.
 *
 * On exhaustion these print one message and end the process with status 4:
 * nothing incomplete stands under its final name then, because output is
 * renamed into place only when it is whole.
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>

#include "base/attr.h"

/* Caller frees.  A size of 0 yields a pointer that may be freed. */
void *xmalloc(size_t size) ATTR_NONNULL;
/* Zeroed; n * size is checked for overflow.  Caller frees. */
void *xcalloc(size_t n, size_t size) ATTR_NONNULL;
/* Resizes p (or allocates when p is NULL) to n * size, overflow checked. */
void *xreallocarray(void *p, size_t n, size_t size) ATTR_NONNULL;
/* Caller frees. */
char *xstrdup(const char *s) ATTR_NONNULL;
char *xasprintf(const char *fmt, ...) ATTR_PRINTF(1, 2) ATTR_NONNULL;

/* As xcalloc and free, for libraries that call them with an argument of the
 * caller's, as zlib does; it is not looked at. */
void *xcalloc_for(void *arg, unsigned n, unsigned size) ATTR_NONNULL;
void free_for(void *arg, void *p);

#endif
