/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* require.h: what must hold in helpers and fuzz targets; on in all builds. */
#ifndef LIB_REQUIRE_H
#define LIB_REQUIRE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void
require_at(bool holds, const char *file, int line, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

#define REQUIRE(x) require_at((x), __FILE__, __LINE__, #x)

#endif
