/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* segment.h: what decoding makes of a packet: one TCP segment. */
#ifndef DECODE_SEGMENT_H
#define DECODE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cur.h"
#include "base/endpoint.h"
#include "capture/packet.h"

/* RFC 9293, 3.1; RFC 3168 for ECE and CWR. */
enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

enum checksum { CHECKSUM_UNKNOWN, CHECKSUM_GOOD, CHECKSUM_BAD };

/* What a receiver's IP layer would have dropped the datagram for; bits. */
enum segment_flaw {
	/* The frame was not cut and is shorter than its IP length says: the
	 * payload is what is there, and what is only announced is nothing
	 * (RFC 1122, 3.2.1). */
	SEGMENT_SHORT_FRAME = 1 << 0,
	/* Options that do not parse, or that say discard (RFC 1122, 3.2.1.8;
	 * RFC 8200, 4.2). */
	SEGMENT_BAD_IP_OPTIONS = 1 << 1,
};

#define SEGMENT_NO_WSCALE 0xff

/* Of the tags of a frame so many are known, the innermost. */
#define HOP_VLANS 5
#define HOP_VLAN_BITS 12
#define HOP_VLAN_MAX ((1u << HOP_VLAN_BITS) - 1)
#define HOP_VLANS_MASK ((UINT64_C(1) << HOP_VLANS * HOP_VLAN_BITS) - 1)

/* What the link says of a frame.  All of its bytes count: it is compared. */
struct hop {
	/* The VLAN tags met, the outermost highest, HOP_VLAN_BITS each, but
	 * for null ones; 0 without. */
	uint64_t vlan;
	uint8_t src_mac[6]; /* of the outermost Ethernet header */
	uint8_t dst_mac[6];
	bool has_src;
	bool has_dst;
	uint8_t none[2];
};

/* The tags in 32 bits: as they are when there are two at most. */
static inline uint32_t
hop_vlan_digest(uint64_t vlan)
{
	return (uint32_t)(vlan ^ (vlan >> 32) * 0x9e3779b1u);
}

struct segment {
	struct endpoint src;
	struct endpoint dst;
	uint32_t seq;
	uint32_t ack;
	uint16_t window;     /* as sent, unscaled */
	uint8_t flags;	     /* enum tcp_flag */
	uint8_t wscale;	     /* option of a SYN, or SEGMENT_NO_WSCALE */
	uint8_t checksum;    /* enum checksum; unknown when not all captured */
	uint8_t ip_checksum; /* enum checksum, of the innermost IPv4 header */
	uint8_t flaws;	     /* enum segment_flaw */
	uint8_t ts_digits;   /* see struct packet */
	bool copy;	     /* captured twice, and not the first; copies.h */
	uint16_t tcp_sum;    /* the checksum, as sent */
	bool has_tsopt;
	uint32_t tsval; /* RFC 7323 timestamp, when has_tsopt */
	struct hop hop;
	uint32_t tunnel;      /* digest of tunnel identifiers; 0 without */
	uint32_t interface;   /* see struct packet */
	uint32_t ip_id;	      /* IPv4 identification, IPv6 flow label */
	uint32_t payload_len; /* on the wire; >= payload.n */
	uint32_t ip_len;      /* of the IP datagram, its header too */
	struct slice payload; /* captured part; borrowed for the call */
	uint64_t packet;      /* number of the packet in its capture */
	/* The frame that brought it, or its last fragment; borrowed, NULL
	 * for a segment that was kept. */
	const struct packet *frame;
	/* The frames of the fragments before that one, as far as they were
	 * kept; borrowed. */
	const struct packet *earlier;
	size_t n_earlier;
	int64_t ts_ns;
};

/* Whether the payload's bytes are the frame's own: then they stay as long. */
static inline bool
segment_is_in_frame(const struct segment *s)
{
	uintptr_t from = (uintptr_t)s->payload.p;
	uintptr_t frame = (uintptr_t)s->frame->data.p;

	return s->payload.n == 0 ||
	    (from >= frame && from + s->payload.n <= frame + s->frame->data.n);
}

#endif
