/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * decode_parts.h: what the files of the decoder share; nobody else's.
 *
 * decode.c: a packet and what became of it.  layer.c: what protocols ask for.
 */
#ifndef DECODE_DECODE_PARTS_H
#define DECODE_DECODE_PARTS_H

#include "decode/layer.h"

struct decoder {
	decode_emit_fn *emit;
	void *arg;
	struct copies *copies;
	struct defrag *defrag;
	struct teredo *teredo;		 /* NULL until one is needed */
	struct ipcomp *ipcomp;		 /* the same */
	decode_datagram_fn *on_datagram; /* NULL: nobody asks */
	void *datagram_arg;
	decode_lost_fn *on_lost; /* NULL: nobody asks */
	void *lost_arg;
	bool reached_udp;  /* the packet had a UDP header */
	bool has_datagram; /* the packet's innermost so far is there */
	struct datagram datagram;
	uint64_t udp; /* packets that ended in UDP */
	struct obstacles obstacles;
	uint64_t count[DECODE_OUTCOMES];
};

#endif
