/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* xalloc.c: allocation that does not fail, a reserve, and guards. */
#include "base/xalloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_INCOMPLETE 4
/* More than what one packet needs in small pieces, and than what a pool of
 * records grows by. */
#define RESERVE ((size_t)4 << 20)

static _Atomic(void *) reserve;
static atomic_bool is_short;
/* The thread's innermost guard. */
static _Thread_local jmp_buf *guard;

bool
xalloc_reserve(void)
{
	void *none = NULL;
	void *p;

	if (atomic_load(&reserve) == NULL) {
		p = malloc(RESERVE);
		if (p == NULL)
			return false;
		if (!atomic_compare_exchange_strong(&reserve, &none, p))
			free(p);
	}
	atomic_store(&is_short, false);
	return true;
}

bool
xalloc_is_short(void)
{
	return atomic_load_explicit(&is_short, memory_order_relaxed);
}

bool
xalloc_again(void)
{
	void *p = atomic_exchange(&reserve, NULL);

	atomic_store(&is_short, true);
	free(p);
	return p != NULL;
}

void
xalloc_fail(void)
{
	if (guard != NULL)
		longjmp(*guard, 1);
	fputs("tcpsession: out of memory\n", stderr);
	_Exit(STATUS_INCOMPLETE);
}

bool
xalloc_guard(void (*work)(void *arg), void *arg)
{
	jmp_buf here;
	jmp_buf *volatile outer = guard;
	volatile bool done = false;

	if (setjmp(here) == 0) {
		guard = &here;
		work(arg);
		done = true;
	}
	guard = outer;
	return done;
}

/* Another thread may have given the reserve back just now: one try more in any
 * case. */
void *
malloc_for(void *arg, size_t size)
{
	void *p = malloc(size > 0 ? size : 1);

	(void)arg;
	if (p == NULL) {
		(void)xalloc_again();
		p = malloc(size > 0 ? size : 1);
	}
	return p;
}

static void *
zeroed(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

	if (p == NULL) {
		(void)xalloc_again();
		p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);
	}
	return p;
}

void *
calloc_for(void *arg, unsigned n, unsigned size)
{
	(void)arg;
	return zeroed(n, size);
}

void
free_for(void *arg, void *p)
{
	(void)arg;
	free(p);
}

void *
xmalloc(size_t size)
{
	void *p = malloc_for(NULL, size);

	if (p == NULL)
		xalloc_fail();
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = zeroed(n, size);

	if (p == NULL)
		xalloc_fail();
	return p;
}

void *
xreallocarray(void *p, size_t n, size_t size)
{
	void *q;
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		xalloc_fail();
	total = total > 0 ? total : 1;
	q = realloc(p, total);
	if (q == NULL) {
		(void)xalloc_again();
		q = realloc(p, total);
	}
	if (q == NULL)
		xalloc_fail();
	return q;
}

char *
xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xmalloc(n), s, n);
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap, again;
	char most[256];
	char *s;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(most, sizeof(most), fmt, ap);
	va_end(ap);
	if (n < 0)
		xalloc_fail();
	s = xmalloc((size_t)n + 1);
	/* Few are so long that they must be made a second time. */
	if ((size_t)n < sizeof(most))
		memcpy(s, most, (size_t)n + 1);
	else
		vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}
