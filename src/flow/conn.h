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
#include "flow/accept.h"
#include "flow/conn_match.h"
#include "flow/events.h"
#include "flow/hops.h"
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
	struct hops hops;
	bool deferred; /* connections are told only when they have ended */
	/* Told each segment of saved connections; NULL: nobody asks. */
	void (*on_saved)(void *arg, const struct segment *seg);
	void *on_saved_arg;
	bool dropping;	    /* and those that end now are not told at all */
	struct buf scratch; /* a segment on its way to a log */
	uint64_t told;	    /* sessions that were closed with a word */
	uint64_t wild;	    /* see struct flows_stats */
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
	uint8_t copies; /* of the packets, captured twice */
	uint32_t hop;	/* of the first; see hops.h */
};

/* What one that goes on from another has from it. */
struct conn_heritage {
	unsigned notes;
	int8_t client; /* an end, or -1 */
	uint8_t roles; /* enum role_source */
	uint8_t continuations;
	uint64_t skipped[2];
};

/* What a connection was told, to be told again at its end. */
struct conn_later {
	struct conn_heritage heritage;
	bool has_half;
	struct half_open half;
	struct spill_log log; /* its segments, as in segment_log.h */
};

/* Who said something last, and how long the other let it wait; conn_wait.c. */
struct conn_wait {
	int64_t spoke_ns;    /* time of the last new byte */
	uint64_t longest[2]; /* that end e was waited for, and 1; or 0 */
	int64_t asked_ns;    /* when unsure: of the byte before, else 0 */
	uint8_t spoke;	     /* 1 + the end; 0: nobody yet */
	bool unsure;	     /* it did, but how it began is not here yet */
};

struct conn {
	struct model *model;
	struct stream stream[2];
	struct order *order; /* NULL unless turns are wanted */
	void *handle;	     /* of the events, once opened */
	uint64_t number;
	struct endpoint ep[2];
	uint32_t hop[2];     /* what the link said first; see hops.h */
	uint32_t path[2];    /* see segment_path; 0: not known (any longer) */
	uint64_t skipped[2]; /* bytes of gaps of those before and behind it */
	uint64_t rst_end[2]; /* what was known when it was reset */
	int64_t start_ns;
	int64_t last_ns;
	int64_t silent_ns; /* before the segment that is taken in now */
	int64_t syn_ns;	   /* of the last SYN before its SYN/ACK */
	int64_t rtt_ns;	   /* negative while it is not known */
	struct conn_wait wait;
	uint64_t first_packet;
	uint64_t last_packet;
	uint64_t packets;
	struct accept_side accept[2];
	uint32_t other_isn[2]; /* of a second SYN/ACK, when has_other_isn */
	unsigned notes;
	struct zeek zeek;
	uint8_t ts_digits;
	int8_t client; /* an end, or -1 while unknown */
	int8_t first_sender;
	uint8_t roles;	     /* enum role_source */
	uint8_t syn_seen[2]; /* a SYN (1), a SYN/ACK (2) of that end */
	uint8_t wscale[2];
	uint8_t rst_by;	       /* bit e: a believed RST of that end */
	uint8_t fin_by;	       /* bit e: its FIN was seen */
	uint8_t continuations; /* how many it goes on from */
	bool self;	       /* both ends are the same */
	bool far;	       /* numbers far ahead are believed now */
	bool has_other_isn[2];
	bool opened;
	bool full; /* the handshake is */
	bool closed;
	bool asked; /* whether it is shown before its end */
	bool shown; /* ... and it is */
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
void conn_segment(struct conn *c, int e, const struct segment *seg,
    enum segment_log_as as);
/* The same as it was logged. */
void conn_replay(struct conn *c, struct segment_log_entry x,
    const struct segment *seg);

/* A segment of end e was given up before it was whole; see flows_lost. */
void conn_lost(struct conn *c, int e, const struct segment *seg);

/* The end that counts as the client. */
int8_t conn_client(const struct conn *c);
/* What is known of its numbers. */
struct conn_numbers conn_numbers(const struct conn *c);
/* Whether end e can have sent n bytes that are not here, beside those that are
 * missing already, until a packet of that time (bytes for a gap must be
 * possible, however well it is attested). */
bool conn_may_skip(const struct conn *c, int e, uint64_t n, int64_t ts_ns);
/* Before the first segment. */
void conn_inherit(struct conn *c, const struct conn_heritage *h);
/* What one that goes on from c, too far away to be c, has from it; of the bytes
 * that may be missing c has no more, but for what time allows. */
struct conn_heritage conn_bequeath(struct conn *c);

/* Ends the connection: everything is told, c is freed.  `reason` is used
 * when it did not close by itself. */
void conn_finish(struct conn *c, enum close_reason reason);
/* How long after its end one that is closed is to be shown. */
int64_t conn_show_ns(const struct conn *c);
/* Shows it, if it was not and nothing but late copies can come. */
void conn_show(struct conn *c);
/* Closed, and the last FIN acknowledged: nothing but copies can come. */
bool conn_is_over(const struct conn *c);
/* Closed by a RST after it had text: should nobody heed that, it goes on. */
bool conn_may_revive(const struct conn *c);

#endif
