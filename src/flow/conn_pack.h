/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * conn_pack.h: a connection at rest, in little memory: what most of them are most
 * of the time, in order, with nothing held back.
 */
#ifndef FLOW_CONN_PACK_H
#define FLOW_CONN_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/conn.h"

#define PACKED_CONN_LETTERS 12

/* Positions count from STREAM_ORIGIN. */
struct packed_conn_side {
	uint32_t isn; /* or, without one, the origin's number less one */
	uint32_t next;
	uint32_t acked;
	uint32_t window_end;
	uint32_t packets;
	uint32_t ip_bytes;
};

struct packed_conn {
	int64_t last_ns;
	struct packed_conn_side side[2];
	uint32_t rtt_ns;      /* when the handshake is full */
	uint32_t packet_span; /* from the first to the last */
	uint32_t ts_recent[2];
	uint32_t hop[2];
	uint32_t wait[2];     /* the lower bits */
	uint32_t since_spoke; /* from then to last_ns; the lower bits */
	uint16_t wait_high[2];
	uint16_t since_high;
	uint16_t notes;
	uint8_t tcp_flags[2];
	uint8_t bits[2]; /* of the sides */
	uint8_t wscale[2];
	uint8_t accept[2]; /* see accept_bit */
	uint8_t conn_bits;
	uint8_t seen; /* SYNs and FINs */
	uint8_t roles;
	uint8_t ends;	 /* Zeek's states of the ends */
	uint8_t once;	 /* letters of Zeek's history that come once */
	uint8_t has_seq; /* and those that come with a number */
	uint8_t n_letters;
	uint8_t rtt_high; /* bits 32 to 39; all ones: it is not known */
	uint8_t spoke;
	char letters[PACKED_CONN_LETTERS];
};

/* The rest, which its record has room for. */
struct packed_conn_head {
	void *handle;
	int64_t start_ns;
	uint64_t first_packet;
};

/* Whose connection it is. */
struct packed_conn_id {
	uint64_t number;
	struct endpoint ep[2];
};

/*
 * Packs c and frees it.  False, and c stays as it is, when not all of it would
 * come back.  Delivered bytes that were kept for comparison are forgotten.
 */
bool conn_pack(struct conn *c, struct packed_conn_head *head,
    struct packed_conn *q);
/* The connection as it was.  Free with conn_finish or conn_pack. */
struct conn *conn_unpack(struct model *m, const struct packed_conn_id *id,
    const struct packed_conn_head *head, const struct packed_conn *q);
/* What is known of its numbers: that of the whole one, but for the ways that
 * its packets came; not of one that is connected to itself. */
struct conn_numbers packed_conn_numbers(const struct packed_conn *q);
/* The end that counts as the client. */
int8_t packed_conn_client(const struct packed_conn *q);

#endif
