/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * conn.h: one connection: two streams, their roles, how it begins and ends.
 *
 * Ends are indexed 0 and 1 in the order of the flow's key.
 */
#ifndef FLOW_CONN_H
#define FLOW_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/spill.h"
#include "decode/segment.h"
#include "flow/events.h"
#include "flow/model.h"
#include "reassembly/order.h"
#include "flow/segment_log.h"
#include "reassembly/stream.h"
#include "flow/zeek.h"

/* What every connection of a capture shares. */
struct model {
	const struct model_config *cfg;
	struct spill *keep;	     /* borrowed */
	struct spill *blank;	     /* for what nobody wants; borrowed */
	const struct events *events; /* borrowed */
	size_t memory;		     /* of records, beside payload */
	bool deferred;	    /* connections are told only when they have ended */
	bool dropping;	    /* and those that end now are not told at all */
	struct buf scratch; /* a segment on its way to a log */
	uint64_t told;	    /* sessions that were closed with a word */
};

/* All there is to know of a connection while it is nothing but SYNs. */
struct half_open {
	int64_t first_ns;
	int64_t last_ns;
	uint64_t first_packet;
	uint64_t last_packet;
	uint32_t isn;
	uint32_t packets;
	uint16_t window;
	uint16_t ip_len; /* of each, see struct segment */
	uint8_t wscale;
	uint8_t end;	  /* who sent them */
	uint8_t checksum; /* of each, enum checksum */
	uint8_t flags;
	uint8_t ts_digits;
};

/* What a connection was told, to be told again at its end. */
struct conn_later {
	bool has_half;
	struct half_open half;
	struct spill_log log; /* its segments, as in segment_log.h */
};

struct conn {
	struct model *model;
	struct stream stream[2];
	struct order *order;	   /* NULL unless turns are wanted */
	void *handle;		   /* of the events, once opened */
	struct segment *candidate; /* SYN of a next connection, or NULL */
	uint64_t candidate_number;
	uint64_t number;
	struct endpoint ep[2];
	uint32_t vlan[2]; /* digest of the first tags met */
	int64_t start_ns;
	int64_t last_ns;
	int64_t syn_ns; /* of the last SYN before its SYN/ACK */
	int64_t rtt_ns; /* -1 until the handshake is full */
	uint64_t first_packet;
	uint64_t last_packet;
	uint64_t packets;
	uint32_t other_isn[2]; /* of a second SYN/ACK, when has_other_isn */
	unsigned notes;
	struct zeek zeek;
	uint8_t ts_digits;
	int8_t client; /* an end, or -1 while unknown */
	int8_t first_sender;
	uint8_t roles;	     /* enum role_source */
	uint8_t syn_seen[2]; /* a SYN (1), a SYN/ACK (2) of that end */
	uint8_t wscale[2];
	uint8_t rst_by; /* bit e: a believed RST of that end */
	uint8_t fin_by; /* bit e: its FIN was seen */
	bool has_other_isn[2];
	bool opened;
	bool full; /* the handshake is */
	bool closed;
	bool blank; /* nothing is told of it, or not yet: bytes are not kept */
	struct conn_later *later;  /* NULL unless it is deferred */
	bool muted;		   /* nothing is told of it */
	bool framed;		   /* its log has the frames */
	struct packet_notes *told; /* NULL unless its packets are told */
};

/* ep is copied.  Free with conn_finish. */
struct conn *conn_new(struct model *m, uint64_t number,
    const struct endpoint ep[2]);
/* The SYNs that came before the connection was more than that. */
void conn_half_open(struct conn *c, const struct half_open *h);
/* A segment of end e. */
void conn_segment(struct conn *c, int e, const struct segment *seg);

/* Whose segment is it? */
enum record_match {
	MATCH_MINE,
	MATCH_NEXT,	 /* of a new connection: this one is over */
	MATCH_CANDIDATE, /* perhaps of a new one: keep it */
	MATCH_COMMIT,	 /* proves that the candidate is the new one */
};
enum record_match conn_match(const struct conn *c, int e,
    const struct segment *seg);
/* Keeps a copy of seg, sent by end e, as the possible beginning of the
 * connection `number`; replaces an earlier one. */
void conn_set_candidate(struct conn *c, const struct segment *seg,
    uint64_t number);

/* One or the other, as it was logged. */
void conn_replay(struct conn *c, struct segment_log_entry x,
    const struct segment *seg);
/* The candidate, or NULL; caller frees with free. */
struct segment *conn_take_candidate(struct conn *c);
/* The candidate was none. */
void conn_drop_candidate(struct conn *c);
/* A copy with its payload and, if asked for, its frames; caller frees with
 * free. */
struct segment *segment_copy(const struct segment *seg, bool frames);
/* What a copy takes. */
size_t segment_cost(const struct segment *seg);

/* Ends the connection: everything is told, c is freed.  `reason` is used
 * when it did not close by itself. */
void conn_finish(struct conn *c, enum close_reason reason);
/* The sequence numbers behind the FINs of both ends; false when one was not
 * seen. */
bool conn_ends(const struct conn *c, uint32_t end[2]);
/* Closed, and the last FIN acknowledged: nothing but copies can come. */
bool conn_is_over(const struct conn *c);

#endif
