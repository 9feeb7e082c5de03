/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * net.h: conversations as text, given to the flow table segment by segment.
 *
 * A script is packets separated by ';'.  '>' is sent by the client, '<' by
 * the server, followed by words:
 *
 *	S F R A N	flags; ACK is set unless the packet is a SYN or N is
 *			given; A sets it on a SYN
 *	'text'		payload
 *	@N  aN		sequence and ACK number, as offsets from the first
 *			byte (numbers of N may be negative)
 *	=N  a=N		the same as plain 32-bit numbers
 *	wN kN		window; window scale option
 *	b g		bad or good checksum
 *	i I		bad or good checksum of the IP header
 *	tN		TCP timestamp
 *	cN		N more bytes that the snap length cut
 *
 * Before the arrow: '~' it is sent and not captured, '^' it is captured when
 * '!' comes (a packet of its own), '-' it does not count as sent, '*' it is
 * captured twice.  "+N" (a packet of its own): N seconds pass.
 */
#ifndef LIB_NET_H
#define LIB_NET_H

#include "lib/record.h"
#include "flow/flow.h"

#define NET_HELD_MAX 64
#define NET_TEXT_MAX 2048

/* One pair of endpoints; [0] is the client's. */
struct talk {
	struct endpoint ep[2];
	uint32_t isn[2];
	uint64_t sent[2]; /* number after the last sent, from the ISN */
};

struct net_packet {
	struct segment seg;
	uint8_t text[NET_TEXT_MAX];
};

struct net {
	struct model_config cfg;
	struct record rec;
	struct spill *keep;
	struct flows *flows;
	uint64_t packet;
	int64_t now_ns;
	struct net_packet *held[NET_HELD_MAX];
	size_t n_held;
};

/* Roomy limits, every policy as by default. */
void net_config(struct model_config *cfg);
/* cfg is copied; NULL: as net_config has it. */
void net_init(struct net *n, const struct model_config *cfg);
/* From now on packets are told too. */
void net_want_packets(struct net *n);
/* The capture ends. */
void net_end(struct net *n);
void net_free(struct net *n);

/* `swap`: the client has the higher address, which makes it end 1. */
struct talk talk_of(unsigned port, uint32_t client_isn, uint32_t server_isn,
    bool swap);
void net_play(struct net *n, struct talk *t, const char *script);
/* Compares record_story with what is wanted; aborts, with both, if they
 * differ. */
void net_story(const struct net *n, const char *name, const char *want);
/* Gives one segment to the table, numbered and with the time of now. */
void net_give(struct net *n, struct segment *seg);

#endif
