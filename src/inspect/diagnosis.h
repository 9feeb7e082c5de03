/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * diagnosis.h: what went wrong in a session, in a few words.
 */
#ifndef INSPECT_DIAGNOSIS_H
#define INSPECT_DIAGNOSIS_H

#include "flow/session.h"
#include "inspect/session_probe.h"

/* Longer than this a handshake or an answer is slow. */
#define DIAGNOSIS_SLOW_NS ((int64_t)1000000000)
/* A side that sends more than one byte in so many again is in trouble. */
#define DIAGNOSIS_REPEATS 20

enum trouble {
	TROUBLE_NO_ANSWER,	/* a SYN, and nothing came back */
	TROUBLE_REFUSED,	/* a RST came back */
	TROUBLE_SLOW_HANDSHAKE, /* rtt above DIAGNOSIS_SLOW_NS */
	TROUBLE_SLOW_SERVER,	/* an answer that took as long */
	TROUBLE_RESET,		/* RST before the other side was done */
	TROUBLE_HALF_CLOSED,	/* the other side never was done */
	TROUBLE_OPEN,		/* the capture ended first */
	TROUBLE_IDLE,		/* ended for its silence */
	TROUBLE_EVICTED,	/* ended for want of memory */
	TROUBLE_REUSED,		/* a new session took its addresses */
	TROUBLE_MISSING,	/* bytes were not captured */
	TROUBLE_RETRANSMITS,	/* see DIAGNOSIS_REPEATS */
	TROUBLE_ZERO_WINDOW,	/* a side said that it has no room */
	TROUBLE_DUPLICATES,	/* packets were captured twice */
	TROUBLE_NO_KEYS,	/* of TLS, where there are some for others */
	TROUBLES,
};

/* All that apply, as bits; f may be NULL.  Of a session that is closed. */
unsigned diagnose(const struct session *s, const struct session_probe *f);

/* "refused": the trouble as such, for counts. */
const char *trouble_name(enum trouble t);

/* What it is said with. */
#define DIAGNOSIS_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789.%, "

/* Room for all troubles at once, at most 40 characters each, and a NUL. */
#define DIAGNOSIS_MAX (TROUBLES * 43 + 1)

/*
 * Writes the troubles at p, with `between` between them, and their figures:
 * "server took 3.2 s, reset by client".  Returns the end; no NUL, and nothing
 * for none.  p has DIAGNOSIS_MAX bytes; between has three characters at most.
 */
char *diagnosis_put(char *p, unsigned troubles, const char *between,
    const struct session *s);

#endif
