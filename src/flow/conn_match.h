/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * conn_match.h: do a segment's numbers fit those of a connection?
 *
 * A segment belongs where both its numbers fit: its sequence number in the
 * space of its own direction, its ACK number in that of the other.  Nothing
 * here knows a connection or a record: all there is to know are its numbers.
 */
#ifndef FLOW_CONN_MATCH_H
#define FLOW_CONN_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"
#include "reassembly/stream.h"

/* What is known of the sequence numbers that one end uses.  For an end whose
 * packets were not captured it is what the peer's ACKs told. */
struct seq_space {
	uint64_t span;	  /* numbers that have been used, before `end` */
	uint32_t end;	  /* the number behind the highest one known */
	uint32_t isn;	  /* when has_isn: nothing came before it */
	uint32_t path;	  /* see segment_path; 0: not known */
	uint32_t other;	  /* when has_other: where it begins instead, if the
			   * peer acknowledges that (several SYN/ACKs) */
	uint8_t syn_seen; /* a SYN (1), a SYN/ACK (2) of that end */
	bool known;	  /* false: nothing is */
	bool has_isn;
	bool has_other;
	bool settled;	/* the first byte's place is decided */
	bool sent_data; /* was captured */
	bool acked;	/* by the peer */
	bool fin;	/* was captured */
	bool over;	/* and acknowledged, and nothing came behind it */
};

/* Indexed by end, as in struct conn.  With both ends equal there is one space
 * only, the first. */
struct conn_numbers {
	struct seq_space space[2];
	bool self;
	bool closed;
};

/* How a segment lies to a connection's numbers. */
struct seq_match {
	bool seq_known; /* there is something to compare with */
	bool ack_known;
	bool seq_fits; /* true when not known */
	bool ack_fits;
	int64_t seq; /* from the end of what is known; negative: behind */
	int64_t ack;
	unsigned path; /* what the ways that they came have in common, or 0 */
};

/* The place of seq in s, which is known: how far ahead of its end, or, when
 * the sender has been there, how far behind it (RFC 9293, 3.4).  A number
 * from before the beginning of the space is one 2 to 4 GB ahead. */
int64_t seq_space_place(const struct seq_space *s, uint32_t seq,
    uint64_t max_gap);
/* The space of a direction. */
struct seq_space seq_space_of(const struct stream *s);

/* A few bits of each of a segment's VLAN, tunnel, MAC addresses (in no order)
 * and interface, one byte each. */
uint32_t segment_path(const struct segment *seg);
/* How many of the four are the same; 0 when one is not known. */
unsigned segment_path_in_common(uint32_t a, uint32_t b);

/* For a segment of end e that begins nothing: with ACK, or RST or FIN.  Its
 * way is the caller's to compare. */
struct seq_match conn_match(const struct conn_numbers *n, int e,
    const struct segment *seg, uint64_t max_gap);
/* Both numbers fit, as far as they are known. */
static inline bool
match_fits(const struct seq_match *m)
{
	return m->seq_fits && m->ack_fits;
}
/* Of a segment of end e that fits: whether both its numbers are where the
 * connection has been, or the very next.  One that is has distance 0 then. */
bool conn_has_been_at(const struct conn_numbers *n, int e, struct seq_match *m);
/* Whether a is a better match than b; both fit. */
bool match_is_better(const struct seq_match *a, const struct seq_match *b);

/* For a SYN of end e: whether it is this connection's, again, late, or of a
 * simultaneous open (RFC 9293, 3.5). */
bool conn_match_syn(const struct conn_numbers *n, int e,
    const struct segment *seg, uint64_t max_gap);
/* Likewise for a SYN/ACK. */
bool conn_match_syn_ack(const struct conn_numbers *n, int e,
    const struct segment *seg, uint64_t max_gap);
/* Whether a SYN or SYN/ACK of end e that does not match may be the next
 * connection's at once: this one is closed, or that end has ended, or all
 * there is are SYNs that nobody answered (RFC 9293, 3.6.1 and 3.10.7). */
bool conn_may_be_followed(const struct conn_numbers *n, int e,
    const struct segment *seg);

/* The numbers of a connection whose first segment is seg, of end e. */
struct conn_numbers conn_numbers_of_first(int e, const struct segment *seg);

#endif
