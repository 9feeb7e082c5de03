/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* buf.c: a byte string that grows by doubling. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define BUF_FIRST 256

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
}

void
buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;

	while (n > cap - b->n)
		cap *= 2;
	b->p = xreallocarray(b->p, cap, 1);
	b->cap = cap;
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	b->n -= n;
	memmove(b->p, b->p + n, b->n);
}

void
buf_le(struct buf *b, uint64_t v, int n)
{
	uint8_t *w = buf_room(b, (size_t)n);

	for (int i = 0; i < n; i++)
		*w++ = (uint8_t)(v >> (8 * i));
	b->n += (size_t)n;
}

void
buf_be(struct buf *b, uint64_t v, int n)
{
	uint8_t *w = buf_room(b, (size_t)n);

	for (int i = n - 1; i >= 0; i--)
		*w++ = (uint8_t)(v >> (8 * i));
	b->n += (size_t)n;
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	char probe[1];
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(probe, sizeof(probe), fmt, ap);
	va_end(ap);
	if (n > 0) {
		char *room = (char *)buf_room(b, (size_t)n + 1);

		vsnprintf(room, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

const char *
buf_cstr(struct buf *b)
{
	*buf_room(b, 1) = '\0';
	return (const char *)b->p;
}
