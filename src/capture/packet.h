/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* packet.h: one captured frame, as the file formats give it. */
#ifndef CAPTURE_PACKET_H
#define CAPTURE_PACKET_H

#include <stdint.h>

#include "base/cur.h"

struct packet {
	uint64_t number;    /* from 1, in its capture */
	uint64_t offset;    /* of its record in the (decompressed) file */
	int64_t ts_ns;	    /* since 1970, UTC */
	uint32_t len;	    /* on the wire; >= data.n */
	uint32_t interface; /* pcapng interface in its section, else 0 */
	uint16_t linktype;  /* LINKTYPE_ number as in the file */
	uint8_t ts_digits;  /* decimals its clock has: 6, or 9 if finer */
	struct slice data;  /* captured; borrowed until the next packet */
};

#endif
