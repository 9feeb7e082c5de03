/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * verdict.h: the sessions of one pair of endpoints, beside what a peer
 * has of them.
 */
#ifndef VERIFY_VERDICT_H
#define VERIFY_VERDICT_H

#include "verify/explain.h"
#include "verify/ours.h"
#include "verify/peer.h"
#include "verify/wire.h"

/* Of one session, for one peer. */
struct verdict {
	struct finding bytes[2]; /* by direction */
	struct finding order[2]; /* tshark only */
	bool absent[2];		 /* the peer has nothing of the direction */
};

struct pair_job {
	const struct wire_pair *pair;
	enum peer_program program;
	const struct peer *peer;
	struct peer_stream **streams; /* of the pair */
	size_t n_streams;
	struct ours **sessions; /* of the pair, by number */
	size_t n_sessions;
	struct spill *keep;
};

/* verdicts: one for each session, zeroed. */
void compare_pair(const struct pair_job *job, struct verdict *verdicts);
void verdict_fini(struct verdict *v);
bool verdict_differs(const struct verdict *v);
bool verdict_is_explained(const struct verdict *v);

#endif
