/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* datagram.h: what decoding makes of a packet without TCP: a UDP datagram. */
#ifndef DECODE_DATAGRAM_H
#define DECODE_DATAGRAM_H

#include <stdint.h>

#include "base/cur.h"
#include "decode/segment.h"

struct datagram {
	struct endpoint src;
	struct endpoint dst;
	struct hop hop;
	uint32_t ip_len;      /* as in struct segment */
	uint32_t payload_len; /* on the wire; >= payload.n */
	struct slice payload; /* captured part; borrowed for the call */
	uint64_t packet;      /* number of the packet in its capture */
	int64_t ts_ns;
	uint8_t ts_digits; /* see struct packet */
};

#endif
