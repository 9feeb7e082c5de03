/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* peer.h: an address and a port, for those who only read them. */
#ifndef BASE_PEER_H
#define BASE_PEER_H

#include <stdint.h>

#include "base/endpoint.h"

struct peer {
	const uint8_t *addr; /* borrowed; 4 or 16 bytes */
	int family;	     /* 4 or 6 */
	uint16_t port;
};

/* An endpoint as the base layer takes it; borrows e. */
static inline struct peer
endpoint_peer(const struct endpoint *e)
{
	return (struct peer){ e->addr, e->family, e->port };
}

#endif
