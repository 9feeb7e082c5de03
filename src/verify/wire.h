/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * wire.h: every TCP segment of a capture as it was on the wire, by pair
 * of endpoints: the evidence for differences.
 *
 * Taken from the decoder; the model has no part in it.
 */
#ifndef VERIFY_WIRE_H
#define VERIFY_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/spill.h"
#include "decode/segment.h"

/* What a frame shows about those who read it; bits. */
enum wire_mark {
	WIRE_LINK = 1 << 0,	 /* a link type that tcpflow does not read */
	WIRE_TUNNEL = 1 << 1,	 /* something between link and IP, or IP and
				  * TCP */
	WIRE_EXTENSION = 1 << 2, /* IPv6 with extension headers */
	WIRE_NO_LENGTH = 1 << 3, /* IP says that its length is 0 */
	WIRE_FRAGMENTS = 1 << 4,
	WIRE_CUT = 1 << 5, /* by the snap length */
	WIRE_BAD_SUM = 1 << 6,
};

/* A frame with any of these gives tcpflow nothing. */
#define WIRE_NOT_FOR_TCPFLOW                                                   \
	(WIRE_LINK | WIRE_TUNNEL | WIRE_EXTENSION | WIRE_NO_LENGTH)

struct wire_segment {
	uint64_t packet;
	uint32_t seq;
	uint32_t ack;
	uint32_t n;	/* bytes of payload captured */
	uint32_t len;	/* of payload on the wire */
	uint32_t extra; /* bytes of the frame behind the payload */
	uint8_t flags;	/* enum tcp_flag */
	uint8_t from;	/* index of the pair's endpoint that sent it */
	uint16_t marks; /* enum wire_mark */
	struct spill_block *bytes; /* payload and extra; NULL without */
};

struct wire_pair {
	struct endpoint ep[2];
	struct wire_segment *v; /* in the order of the capture */
	size_t n;
	size_t cap;
};

struct wire;

/* keep is borrowed. */
struct wire *wire_new(struct spill *keep);
void wire_free(struct wire *w);
/* Before the packet is decoded: what of it is part of an IP datagram. */
void wire_packet(struct wire *w, const struct packet *p);
/* A segment that came in fragments is noted as a whole, and each fragment's
 * share of it as well. */
void wire_segment(struct wire *w, const struct segment *s);

#define WIRE_NO_PAIR SIZE_MAX

/* The pair's number, whichever endpoint comes first, or WIRE_NO_PAIR. */
size_t wire_find(const struct wire *w, const struct endpoint *a,
    const struct endpoint *b);
/* Borrowed until the next segment. */
const struct wire_pair *wire_pair(const struct wire *w, size_t i);
size_t wire_pairs(const struct wire *w);

/* What a frame shows; s is its segment.  The frame may be NULL. */
unsigned wire_marks(const struct packet *frame, const struct segment *s);

#endif
