/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * verdict.h: our sessions and a peer's streams, both references into the
 * frames of a pair of endpoints, held against each other.
 *
 * Bytes of the peer's that a frame has, and none of our sessions, are
 * unexplained unless the frames show that no receiver takes them.  So are
 * bytes of ours that the peer lacks and no receiver takes, bytes for which a
 * better copy is in the capture, bytes that no frame has, and streams that we
 * join or cut where the frames do not.  That the peer lacks what frames have
 * is its fault, and said.
 */
#ifndef VERIFY_VERDICT_H
#define VERIFY_VERDICT_H

#include "verify/judge.h"
#include "verify/ours.h"
#include "verify/peer.h"

struct verdict {
	struct finding bytes[2]; /* by direction */
	struct finding order[2];
	struct finding spoken[2]; /* with TLS opened */
	bool some;		  /* bytes of the session are with the peer */
	bool opened;		  /* and with TLS opened */
};

/* Of all findings: bits, 1 << enum reason. */
uint64_t verdict_reasons(const struct verdict *v);

/* What is known of one pair. */
struct pair_job {
	struct evidence *frames;
	struct frame_pair *pair;
	const struct peer_result *peer;
	struct ours *const *sessions; /* by number */
	size_t n_sessions;	      /* at least one */
	const struct peer_stream *streams;
	size_t n_streams;
	const struct model_config *cfg;
};

/* Fills a verdict for each session. */
void verdict_of_pair(const struct pair_job *job, struct verdict *verdicts);
/* order.c: holds the order of a stream that is one session's against ours. */
void verdict_order(const struct pair_job *job, const struct ours *o,
    const struct peer_stream *s, struct finding f[2]);

#endif
