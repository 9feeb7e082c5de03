/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* random_name.c: letters from the kernel's random numbers. */
#include "base/random_name.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

const char random_name_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
random_name(char *to, size_t n)
{
	unsigned char r[64];
	ssize_t got;

	/* So few bytes are never cut short. */
	while ((got = getrandom(r, n, 0)) < 0 && errno == EINTR)
		continue;
	if (got != (ssize_t)n)
		memset(r, 0, n);
	for (size_t i = 0; i < n; i++)
		to[i] = random_name_letters[r[i] % 64];
}
