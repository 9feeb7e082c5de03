/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* endpoint.h: an address and a port. */
#ifndef BASE_ENDPOINT_H
#define BASE_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* An address and port.  IPv4 addresses fill the first 4 bytes, the rest is 0. */
struct endpoint {
	uint8_t addr[16];
	uint16_t port;
	uint8_t family; /* 4 or 6 */
};

static inline bool
endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && a->family == b->family &&
	    memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

#endif
