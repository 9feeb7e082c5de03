/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report.h: the table of agreements and differences. */
#ifndef VERIFY_REPORT_H
#define VERIFY_REPORT_H

#include "verify/verdict.h"
#include "base/buf.h"

#define REPORT_PEERS 2

/* By peer: 0 tshark, 1 tcpflow. */
struct report_counts {
	uint64_t sessions;
	uint64_t same[REPORT_PEERS];
	uint64_t explained[REPORT_PEERS];
	uint64_t unexplained[REPORT_PEERS];
	uint64_t only[REPORT_PEERS]; /* streams that are none of ours */
	uint64_t reasons[REPORT_PEERS][REASONS]; /* sessions with each */
};

struct report {
	const char *shown; /* what was read */
	struct ours *const *sessions;
	size_t n;
	/* One for each session; NULL: the peer was not run. */
	const struct verdict *verdicts[REPORT_PEERS];
};

extern const char *const report_peers[REPORT_PEERS];

/* Appends the table and adds to the counts. */
void report_sessions(struct buf *b, const struct report *r,
    struct report_counts *c);
/* Appends the lines of totals. */
void report_totals(struct buf *b, const struct report_counts *c,
    const bool ran[REPORT_PEERS]);

#endif
