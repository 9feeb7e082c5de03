/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* siphash.c: random keys for SipHash. */
#include "base/siphash.h"

#include <sys/random.h>

struct siphash_key
siphash_random_key(void)
{
	struct siphash_key key;

	/* Without random numbers (a very early boot) any key does: output
	 * never depends on it, only resistance to crafted captures does. */
	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) != sizeof(key))
		key = (struct siphash_key){ { 0x9e3779b97f4a7c15U,
		    (uint64_t)(uintptr_t)&key } };
	return key;
}
