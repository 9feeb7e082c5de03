/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* xalloc.c: allocation that does not fail. */
#include "base/xalloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_INCOMPLETE 4

static void ATTR_NORETURN
out_of_memory(void)
{
	fputs("tcpsession: out of memory; lower --max-memory or free some\n",
	    stderr);
	_Exit(STATUS_INCOMPLETE);
}

void *
xmalloc(size_t size)
{
	void *p = malloc(size > 0 ? size : 1);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *
xreallocarray(void *p, size_t n, size_t size)
{
	void *q;
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		out_of_memory();
	q = realloc(p, total > 0 ? total : 1);
	if (q == NULL)
		out_of_memory();
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
		out_of_memory();
	s = xmalloc((size_t)n + 1);
	/* Few are so long that they must be made a second time. */
	if ((size_t)n < sizeof(most))
		memcpy(s, most, (size_t)n + 1);
	else
		vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

void *
xcalloc_for(void *arg, unsigned n, unsigned size)
{
	(void)arg;
	return xcalloc(n, size);
}

void
free_for(void *arg, void *p)
{
	(void)arg;
	free(p);
}
