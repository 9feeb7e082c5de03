/* peer.h: an address and a port, for those who only read them. */
#ifndef BASE_PEER_H
#define BASE_PEER_H

#include <stdint.h>

struct peer {
	const uint8_t *addr; /* borrowed; 4 or 16 bytes */
	int family;	     /* 4 or 6 */
	uint16_t port;
};

#endif
