/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * ssh_packets.h: one direction of SSH behind its identification (RFC 4253): key
 * exchange in the clear, and what is encrypted.
 */
#ifndef PROTO_SSH_PACKETS_H
#define PROTO_SSH_PACKETS_H

#include "base/cur.h"
#include "proto/opaque_piece.h"

/* Of a packet: its length, that of its padding, and the message's number. */
#define SSH_LENGTH 4
#define SSH_HEADER 6

/* Zero-initialised is the beginning: behind the identification. */
struct ssh_packets {
	uint8_t header[SSH_HEADER];
	uint8_t n_header;
	uint8_t state; /* enum ssh_state: of the item that was told last */
	uint8_t next;  /* ... and of the one that comes */
	bool begun;    /* there was one */
	uint32_t left; /* bytes of the packet that have not come */
};

/* Whether a line begins as an identification of SSH 2 does; any beginning of it
 * may be one. */
bool ssh_identifies(struct slice line);
/* Whether what follows it is the first packet of a key exchange; with less than
 * SSH_HEADER bytes it may be one. */
bool ssh_begins(struct slice in);

/* The next piece of in, which is not empty, and its bytes never none. */
struct opaque_piece ssh_packets_take(struct ssh_packets *s, struct slice in);
void ssh_packets_gap(struct ssh_packets *s, uint64_t len);

#endif
