/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * zeek.h: a connection's state and history as Zeek's conn.log has them.
 *
 * Ends are the connection's own (0, 1); which is the originator is said when
 * the words are asked for.
 */
#ifndef FLOW_ZEEK_H
#define FLOW_ZEEK_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/session.h"

enum zeek_end {
	ZEEK_INACTIVE,
	ZEEK_PARTIAL,
	ZEEK_SYN_SENT,
	ZEEK_SYN_ACK_SENT,
	ZEEK_ESTABLISHED,
	ZEEK_CLOSED,
	ZEEK_RESET,
	ZEEK_CLOSED_RESET, /* a FIN, then a RST */
};

/* Letters that come again only with another sequence number: s h f r, the
 * third of them that of a FIN. */
#define ZEEK_REPEATABLE 4
#define ZEEK_FIN 2
#define ZEEK_HISTORY_MAX 30

/* Zero-initialised is the beginning. */
struct zeek {
	uint8_t end[2];	 /* enum zeek_end */
	uint8_t once[2]; /* letters seen that come once */
	uint8_t n;
	char letters[ZEEK_HISTORY_MAX]; /* bit 7: sent by end 1 */
	uint32_t seq[2][ZEEK_REPEATABLE];
	uint8_t has_seq[2];
	uint32_t gaps[2];
	uint32_t retransmissions[2];
};

/* One of a d i q: the first time only. */
void zeek_once(struct zeek *z, int e, char letter);
/* One of s h f r: again only if seq differs. */
void zeek_seq(struct zeek *z, int e, char letter, uint32_t seq);
/* One of c g t w, of which this is the count-th: at 1, 10, 100 ... */
void zeek_scaled(struct zeek *z, int e, char letter, uint64_t count);

/* State changes; `orig` is the end now taken for the originator. */
void zeek_syn(struct zeek *z, int e, int orig, bool has_ack);
void zeek_other(struct zeek *z, int e, bool has_ack);
void zeek_fin(struct zeek *z, int e);
void zeek_rst(struct zeek *z, int e);
/* That RST was not heeded: the end goes on. */
void zeek_unheeded(struct zeek *z, int e);

/* Whether both ends sent a FIN before anything reset the connection. */
bool zeek_is_finished(const struct zeek *z);
/* The ends that reset it, as bits; 0 when nobody did. */
unsigned zeek_reset_by(const struct zeek *z);
enum conn_state zeek_state(const struct zeek *z, int orig, bool no_bytes);
/* Upper-case letters are the originator's; `flipped` puts ^ first. */
void zeek_history(const struct zeek *z, int orig, bool flipped,
    char out[static ZEEK_HISTORY_MAX + 2]);

#endif
