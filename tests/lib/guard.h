/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * guard.h: input whose last byte is followed by a page that may not be
 * touched, so that reading one byte too many ends the test.
 */
#ifndef LIB_GUARD_H
#define LIB_GUARD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cur.h"

struct guard {
	uint8_t *map;
	size_t map_len;
	size_t room; /* bytes before the closed page */
};

/* Makes room for inputs of up to max bytes. */
static inline struct guard
guard_new(size_t max)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct guard g = { .room = (max / page + 1) * page };

	g.map_len = g.room + page;
	g.map = mmap(NULL, g.map_len, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g.map == MAP_FAILED ||
	    mprotect(g.map + g.room, page, PROT_NONE) != 0)
		abort();
	return g;
}

static inline void
guard_free(struct guard *g)
{
	munmap(g->map, g->map_len);
}

/* A copy of the first n bytes of p that ends at the closed page; valid until
 * the next call. */
static inline struct slice
guard_put(struct guard *g, const void *p, size_t n)
{
	uint8_t *to = g->map + g->room - n;

	if (n > g->room)
		abort();
	if (n > 0)
		memcpy(to, p, n);
	return (struct slice){ to, n };
}

#endif
