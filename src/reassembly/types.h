/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * types.h: what reassembly takes and gives: its settings, gaps, pieces of
 * bytes, and the totals of a direction.
 */
#ifndef REASSEMBLY_TYPES_H
#define REASSEMBLY_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

/* What malloc adds to each piece of memory, about. */
#define MODEL_MALLOC_COST ((size_t)16)

/* Who wins when copies of a byte differ (Novak and Sturges, 2007). */
enum overlap {
	OVERLAP_FIRST,
	OVERLAP_LAST,
	OVERLAP_BSD,
	OVERLAP_LINUX,
	OVERLAP_WINDOWS,
	OVERLAP_SOLARIS,
};

/* A direction without SYN settles its base once so much of it is held, and
 * data that waits for a better copy waits no longer. */
#define MODEL_SETTLE_BYTES ((uint64_t)64 << 10)
/* A hole that the peer acknowledged is certain after so much more data. */
#define MODEL_HOLE_BYTES ((uint64_t)1 << 20)
/* Const while a capture is read. */
struct stream_rules {
	enum overlap overlap;
	bool strict;	    /* bytes beyond the window are dropped */
	uint64_t max_bytes; /* of each direction; UINT64_MAX: all */
	uint64_t max_gap;   /* farther ahead a segment is not believed alone */
};

/* Which packet brought some bytes, and what its sender knew. */
struct stamp {
	uint64_t packet;  /* in the capture, from 1 */
	uint64_t ordinal; /* in the session, from 1 */
	int64_t ts_ns;
	uint64_t need; /* position of the peer's stream it acks */
};

enum gap_reason {
	GAP_NOT_CAPTURED,
	GAP_SNAPLEN,
	GAP_MAX_BYTES,
	GAP_MEMORY,
	GAP_ABOUT,	   /* of opened text: not captured, at most so much */
	GAP_NOT_DECRYPTED, /* ... at most so much */
	GAP_REASONS,
};

/* Bytes [off, off + len) of a direction that are not in its data. */
struct gap {
	uint64_t off;
	uint64_t len;
	enum gap_reason reason;
};

/* Whether what follows it stands where it would without it. */
static inline bool
gap_is_exact(const struct gap *g)
{
	return g->reason != GAP_ABOUT && g->reason != GAP_NOT_DECRYPTED;
}

struct range {
	uint64_t off;
	uint64_t len;
};

/*
 * Why no receiver would have taken a segment.  Who owns a stream judges all
 * but the last two, which the stream finds by itself.
 */
enum refusal {
	REFUSAL_SHORT_FRAME, /* RFC 1122, 3.2.1: shorter than its length says */
	REFUSAL_IP_CHECKSUM, /* RFC 1122, 3.2.1.2 */
	REFUSAL_IP_OPTIONS,  /* RFC 1122, 3.2.1.8; RFC 8200, 4.2 */
	REFUSAL_NO_ACK,	     /* RFC 9293, 3.10.7.4: data without the flag */
	REFUSAL_ACK_RANGE,   /* RFC 9293, 3.10.7.4; RFC 5961, 5.2 */
	REFUSAL_PAWS,	     /* RFC 7323, 5.3 */
	REFUSAL_PAST_FIN,    /* RFC 9293, 3.10.7.4: bytes behind the end */
	REFUSAL_WINDOW,	     /* RFC 9293, 3.10.7.4: only when strict */
	REFUSAL_WILD,	     /* at an impossible position */
	REFUSALS,	     /* so many */
	REFUSAL_NONE = REFUSALS,
};

/* Delivered bytes of one direction, in order within it. */
struct chunk {
	int dir;
	bool concurrent;    /* turns only: crossed the other side's bytes */
	uint64_t off;	    /* stream offset of the first byte */
	struct slice bytes; /* borrowed for the call; never empty */
	uint64_t packet;    /* capture packet that brought them */
	uint64_t ordinal;   /* the same, counted within the session from 1 */
	int64_t ts_ns;	    /* that packet's time */
};

/* One direction's facts.  Lists are borrowed for the call. */
struct side {
	uint64_t packets;
	uint64_t ip_bytes;	    /* of their IP datagrams, headers too */
	uint64_t bytes;		    /* delivered */
	uint64_t missing;	    /* bytes of all gaps */
	uint64_t retransmitted;	    /* bytes that were there already */
	uint64_t duplicates;	    /* packets that were captured twice */
	uint64_t out_of_order;	    /* packets */
	uint64_t conflicting;	    /* bytes of copies that differ */
	uint64_t bad_checksum;	    /* packets */
	uint64_t zero_window;	    /* packets */
	uint64_t refused[REFUSALS]; /* packets that brought nothing, by why */
	uint64_t wild;		    /* of REFUSAL_WILD, those with payload */
	uint64_t late;		    /* bytes that came when all had gone on */
	uint8_t flags;		    /* all TCP flags seen */
	const struct gap *gaps;
	size_t n_gaps;
	const struct range *conflicts;
	size_t n_conflicts;
};

static inline uint64_t
side_refused(const struct side *s)
{
	uint64_t n = 0;

	for (int i = 0; i < REFUSALS; i++)
		n += s->refused[i];
	return n;
}

#endif
