/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * xalloc.h: allocation that does not fail, and where a thread goes when there
 * is no memory all the same.
 *
 * A reserve is kept.  When an allocation fails, the reserve is given back and
 * the allocation is tried once more.  Whoever is at a place where memory can be
 * given up looks at xalloc_is_short, gives some up and calls xalloc_reserve.
 * If the second try fails, too, the thread leaves for its innermost
 * xalloc_guard by longjmp: what lies between the two must hold no lock and no
 * library's frame, and what it has allocated and not handed to anybody is
 * lost.  So a length or capacity is set after the allocation, and a callback of
 * a library allocates by those that end in _for.  What has jumped left sessions
 * in a state that nobody knows: the job's tables, pools and output are freed,
 * what open sessions hold by themselves is not.
 *
 * All of this may be called by any thread.
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Caller frees.  A size of 0 yields a pointer that may be freed. */
void *xmalloc(size_t size) ATTR_NONNULL;
/* Zeroed; n * size is checked for overflow.  Caller frees. */
void *xcalloc(size_t n, size_t size) ATTR_NONNULL;
/* Resizes p (or allocates when p is NULL) to n * size, overflow checked.  When
 * memory runs out, p is as it was. */
void *xreallocarray(void *p, size_t n, size_t size) ATTR_NONNULL;
/* Caller frees. */
char *xstrdup(const char *s) ATTR_NONNULL;
char *xasprintf(const char *fmt, ...) ATTR_PRINTF(1, 2) ATTR_NONNULL;

/* As calloc, malloc and free with a second try, for libraries that call them
 * with an argument of the caller's, which is not looked at.  NULL when there
 * is no memory: then the library says so, and its caller calls xalloc_fail. */
void *calloc_for(void *arg, unsigned n, unsigned size);
void *malloc_for(void *arg, size_t size);
void free_for(void *arg, void *p);

/* Calls work(arg); false when memory ran out in it, so that it did not come to
 * its end.  A guard within a guard is the one that counts. */
bool xalloc_guard(void (*work)(void *arg), void *arg) ATTR_NODISCARD;
/* A library had no memory: gives the reserve back, so that it can be asked once
 * more; false when there was none. */
bool xalloc_again(void);
/* ... and then neither: leaves for the guard.  Where there is none the process
 * ends, with status 4. */
void xalloc_fail(void) ATTR_NORETURN;

/* Makes a reserve if there is none; false when that is not possible. */
bool xalloc_reserve(void);
/* There was one, and it has been given back. */
bool xalloc_is_short(void);

#endif
