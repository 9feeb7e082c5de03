/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * defrag.h: puts IP fragments together again (RFC 791, RFC 8200 4.5).
 *
 * Of IPv4 the first copy of a byte stands and the first last fragment fixes
 * the length; an IPv6 datagram whose fragments overlap is discarded (RFC
 * 5722).  Time is the capture's, the greatest seen so far.
 */
#ifndef DECODE_DEFRAG_H
#define DECODE_DEFRAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"
#include "capture/packet.h"

/* Where nobody says how much: a quarter of what -M is by itself. */
#define DEFRAG_BYTES_DEFAULT ((size_t)128 << 20)
#define DEFRAG_TIMEOUT_NS (INT64_C(30) * 1000 * 1000 * 1000)

/* What fragments of one datagram have in common; compared by its bytes. */
struct defrag_key {
	uint8_t src[16];
	uint8_t dst[16];
	uint64_t context; /* digest of the headers further out */
	uint32_t id;
	uint16_t protocol; /* IPv4 only, else 0 */
	uint16_t family;   /* 4 or 6 */
};

struct fragment {
	struct defrag_key key;
	int64_t ts_ns;
	uint32_t off; /* in the datagram, bytes; a multiple of 8 */
	uint32_t len; /* on the wire; off + len <= 65535 */
	bool more;
	uint8_t protocol;  /* of the datagram, when off is 0 */
	struct slice data; /* captured; at most len */
	/* The frame it is in, and those that were needed to see it; used
	 * only where frames are kept.  frame may be NULL. */
	const struct packet *frame;
	const struct packet *earlier;
	size_t n_earlier;
};

/* A whole datagram's payload. */
struct reassembled {
	struct slice data; /* the captured bytes before the first lack */
	uint32_t len;	   /* on the wire */
	uint8_t protocol;
	/* The frames that it came in, in the order of their coming and
	 * without that of the fragment added last. */
	const struct packet *earlier;
	size_t n_earlier;
};

struct defrag_counts {
	uint64_t fragments;
	uint64_t completed;  /* datagrams */
	uint64_t waiting;    /* datagrams unfinished now */
	uint64_t timed_out;  /* datagrams */
	uint64_t dropped;    /* datagrams, for want of memory */
	uint64_t discarded;  /* IPv6 datagrams with overlap */
	uint64_t duplicates; /* fragments met before */
	uint64_t overlaps;   /* fragments that share bytes with others and are
			      * no copies of them */
	uint64_t conflicts;  /* fragments that contradict others */
};

/* A datagram that was given up for memory, and how it began. */
struct defrag_lost {
	const struct defrag_key *key;
	uint8_t protocol;
	struct slice head; /* of its payload; DEFRAG_LOST_HEAD bytes or less */
	uint32_t len;	   /* of its payload, as far as that is known */
};
#define DEFRAG_LOST_HEAD 60
typedef void defrag_lost_fn(void *arg, const struct defrag_lost *lost);

struct defrag;

/* Holds at most max_bytes (with overhead). */
struct defrag *defrag_new(size_t max_bytes, int64_t timeout_ns);
/* The same from now on, with nothing held yet. */
void defrag_limit(struct defrag *df, size_t max_bytes);
void defrag_free(struct defrag *df);
/* From now on copies of the fragments' frames are kept beside them; without
 * room for one, it is left out. */
void defrag_keep_frames(struct defrag *df);
/* fn is told what is given up for memory, if its first bytes are there; what
 * it gets is borrowed for the call. */
void defrag_on_lost(struct defrag *df, defrag_lost_fn *fn, void *arg);
/*
 * Adds a fragment; f is borrowed.  The datagram it completed, which stays
 * valid until defrag_release, or NULL.
 */
const struct reassembled *defrag_add(struct defrag *df,
    const struct fragment *f);
/* Frees the datagrams handed out. */
void defrag_release(struct defrag *df);
void defrag_count(const struct defrag *df, struct defrag_counts *out);
/* Begins to count anew; what waits goes on waiting. */
void defrag_forget_counts(struct defrag *df);
/* The frames of all datagrams that wait, in the order of the capture; kept
 * frames only.  How many; *v is the caller's to free, what it points to is
 * borrowed until the next fragment. */
size_t defrag_frames(const struct defrag *df, const struct packet ***v);

#endif
