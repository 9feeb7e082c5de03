/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * decode.h: from a frame to the TCP segments, or the UDP datagram, in it.
 *
 * Each layer is a function that reads its header through the bounded cursor
 * and names the next layer; each link type, EtherType, IP protocol and UDP
 * port is a row of a table.  Nothing here knows of flows.
 */
#ifndef DECODE_DECODE_H
#define DECODE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/datagram.h"
#include "decode/defrag.h"
#include "decode/obstacle.h"
#include "capture/packet.h"
#include "decode/segment.h"

/* What became of a packet; each has a counter and a name. */
enum outcome {
	DECODE_TCP, /* one or more segments were given on */
	DECODE_LINKTYPE_UNKNOWN,
	DECODE_NOT_IP,	      /* ARP, LLDP, 802.11 management ... */
	DECODE_NOT_TCP,	      /* IP, another protocol */
	DECODE_CUT,	      /* a header was cut by the snap length */
	DECODE_BAD_HEADER,    /* lengths that contradict each other */
	DECODE_TOO_DEEP,      /* more layers than DECODE_DEPTH_MAX */
	DECODE_FRAGMENT,      /* of IP: queued, or part of a datagram */
	DECODE_LINK_FRAGMENT, /* of a layer below IP: not joined */
	DECODE_ENCRYPTED,
	DECODE_OUTCOMES,
};

#define DECODE_DEPTH_MAX 24

/* "unknown link type", ... for messages and capture.jsonl. */
const char *outcome_name(enum outcome o);

typedef void decode_emit_fn(void *arg, const struct segment *s);
typedef void decode_datagram_fn(void *arg, const struct datagram *d);

/* Of a TCP segment whose fragments were given up for memory what is known: its
 * addresses, ports and number, and how long its payload was at least; nothing
 * else is set. */
typedef void decode_lost_fn(void *arg, const struct segment *s);

struct decoder;

/* Segments go to emit(arg, ...) in the order found; each is borrowed for
 * that call. */
struct decoder *decoder_new(decode_emit_fn *emit, void *arg);
void decoder_free(struct decoder *d);
/* Fragments of IP may take so many bytes; to be said before the first packet.
 * DEFRAG_BYTES_DEFAULT otherwise. */
void decoder_limit_fragments(struct decoder *d, size_t max_bytes);
/* From now on a segment whose datagram came in fragments is given on with the
 * frames of all of them. */
void decoder_keep_frames(struct decoder *d);
/*
 * From now on UDP datagrams go to fn(arg, ...), each borrowed for that call:
 * of a packet the innermost one, when no TCP segment and no fragment is inside
 * it.  What fragments make is one datagram.
 */
void decoder_on_datagram(struct decoder *d, decode_datagram_fn *fn, void *arg);
/* From now on segments that are lost so are told; each is borrowed for that
 * call. */
void decoder_on_lost(struct decoder *d, decode_lost_fn *fn, void *arg);
/* A segment of an earlier run: what follows may be a copy of it. */
void decoder_remember(struct decoder *d, const struct segment *s);
/*
 * Gives fn the frames of all datagrams that are not whole yet, in the order of
 * the capture, each borrowed for that call; after decoder_keep_frames.  Decoded
 * again by another decoder, of which decoder_forget_counts makes that nothing
 * was counted, they wait there.
 */
void decoder_waiting(const struct decoder *d,
    void (*fn)(void *arg, const struct packet *p), void *arg);
void decoder_forget_counts(struct decoder *d);
/* Decodes one packet, counts its outcome and returns it. */
enum outcome decode_packet(struct decoder *d, const struct packet *p);
/*
 * The outermost IP packet in a frame, without the headers before it, borrowed
 * from it, and its length on the wire as the frame has it.  1 when there is
 * one, 0 when there is none, -1 when the link type is not known.
 */
int decode_find_ip(const struct packet *p, struct slice *ip, uint32_t *len);
uint64_t decoder_count(const struct decoder *d, enum outcome o);
/*
 * Whether none of the packets, or of 100 or more under 1%, could be followed
 * to TCP or UDP; those that are known to hold neither don't count.  Then *first
 * is what was in the way of most.
 */
bool decoder_is_lost(const struct decoder *d, struct obstacle *first,
    uint64_t *followed, uint64_t *tried);
/* What became of IP fragments so far. */
void decoder_fragments(const struct decoder *d, struct defrag_counts *out);
/* Whether frames of that link type are read. */
bool linktype_is_known(uint16_t linktype);

#endif
