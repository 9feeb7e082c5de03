/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* rng.c: where a run's randomness begins. */
#include "lib/rng.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

uint64_t
rng_seed(void)
{
	const char *given = getenv("SEED");
	uint32_t fresh = 1;
	uint64_t seed;

	if (given != NULL) {
		seed = strtoull(given, NULL, 0);
	} else {
		if (getrandom(&fresh, sizeof(fresh), 0) < 0)
			fresh = 1;
		seed = fresh;
	}
	printf("# SEED=%" PRIu64 " repeats this run\n", seed);
	fflush(stdout);
	return seed;
}
