/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * explain.h: why a peer's bytes of a direction are not ours.
 *
 * Pure functions over bytes in memory.  A reason counts only when the bytes
 * bear it out: every byte of the peer's that is not ours must have come in a
 * frame of the capture (or be the zeros or the text that stand for bytes that
 * never came), for a reason why it is not ours; every byte of ours that is
 * not the peer's must have come in a segment.
 */
#ifndef VERIFY_EXPLAIN_H
#define VERIFY_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config.h"
#include "base/cur.h"
#include "flow/session.h"

enum reason {
	REASON_UNKNOWN,
	REASON_HOLE_ZEROS,
	REASON_HOLE_TEXT,
	REASON_HOLE_CLOSED,
	REASON_HOLE_WAITED,
	REASON_FIN_NUMBER,
	REASON_CONFLICT,
	REASON_PADDING,
	REASON_KEEP_ALIVE,
	REASON_RESET_TEXT,
	REASON_SYN_DATA,
	REASON_CHECKSUM,
	REASON_REUSE,
	REASON_SPLIT,
	REASON_LATE,
	REASON_GIVEN_UP,
	REASON_AFTER_END,
	REASON_LINK,
	REASON_TUNNEL,
	REASON_EXTENSION,
	REASON_NO_LENGTH,
	REASON_FRAGMENTS,
	REASON_STALE,
	REASON_NO_TCP,
	REASON_LEFT_OUT,
	REASON_WINDOW,
	REASON_ORDER_CAUSE,
	REASON_ORDER_CROSSED,
	REASONS,
};

/* What is said of a reason: "padding of frames taken as data". */
const char *reason_text(enum reason r);

/* A segment at its place in the direction, when it begins at pos.  Sorted by
 * pos in an evidence. */
struct copy {
	int64_t pos;
	const uint8_t *bytes; /* n of payload, then extra; borrowed */
	uint32_t n;
	uint32_t len;	/* of payload on the wire */
	uint32_t extra; /* bytes that follow in the frame */
	int64_t ack;	/* position of the other direction; or INT64_MAX */
	uint64_t packet;
	uint16_t marks;	 /* enum wire_mark */
	uint8_t flags;	 /* enum tcp_flag */
	bool foreign;	 /* of another session of the same endpoints */
	uint32_t *taken; /* bytes found with the peer in another session */
};

/* Bytes of ours without a hole. */
struct stretch {
	int64_t pos;
	struct slice bytes; /* borrowed */
};

struct finding;

/* What is known of one direction of a session.  Borrowed. */
struct evidence {
	enum peer_program peer;
	bool commits; /* foreign segments found are noted in the copies */
	struct copy *copies;
	size_t n_copies;
	uint64_t longest; /* of the copies, with what follows */
	const struct stretch *ours;
	size_t n_ours;
	/* Of ours, found in other files of the peer's already. */
	const struct finding *placed; /* or NULL */
	const struct gap *gaps;	      /* of ours */
	size_t n_gaps;
	bool late;	   /* bytes came before a settled beginning */
	bool wild;	   /* segments at impossible positions came */
	bool opened;	   /* a SYN of this direction is in the capture */
	bool busy;	   /* an earlier session had not ended both ways */
	bool unseen;	   /* the peer finds no TCP in the packets */
	int64_t acked;	   /* highest position that is acknowledged */
	uint64_t again;	   /* packet of a SYN that began nothing; 0: none */
	int64_t fin;	   /* position behind which a FIN counts as one */
	uint64_t ended_at; /* packet of the first FIN or RST; 0: none */
};

/* Part of what a peer has of a direction: bytes, which may be the text that
 * stands for `missing` of them. */
struct peer_run {
	struct slice bytes; /* borrowed */
	uint64_t missing;   /* 0: these are bytes of the stream */
	int64_t from;	    /* set by explain_runs: its place */
	int64_t to;
};

struct span {
	int64_t from;
	int64_t to;
};

/* Zero-initialised is: no difference.  Free with finding_fini.  first and why
 * are those of what is not explained, if there is such a thing. */
struct finding {
	uint64_t reasons; /* bits, 1 << enum reason */
	bool differs;
	int64_t first;	    /* position of the first difference */
	enum reason why;    /* that difference's */
	struct span *spans; /* of ours, found with the peer */
	size_t n_spans;
	size_t cap_spans;
};

void finding_fini(struct finding *f);
bool finding_is_explained(const struct finding *f);
/* Notes a difference. */
void finding_add(struct finding *f, int64_t pos, enum reason why);

/* Notes that the peer has ours from one position to another. */
void finding_span(struct finding *f, int64_t from, int64_t to);

/* Compares what the peer has, if it begins at position start, and adds to f.
 * False when a byte cannot be explained. */
bool explain_runs(const struct evidence *e, struct peer_run *runs, size_t n,
    int64_t start, struct finding *f);
/* Once everything that the peer has was compared: what it does not have. */
bool explain_missing(const struct evidence *e, struct finding *f);
/* Where what the peer has may begin, best first: up to max positions. */
size_t explain_starts(const struct evidence *e, int64_t *out, size_t max);
/* The number in tshark's text for bytes that are missing; 0 when it is none.
 */
uint64_t explain_marker(struct slice bytes);

#endif
