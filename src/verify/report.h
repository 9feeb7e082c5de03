/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report.h: what is printed of a comparison. */
#ifndef VERIFY_REPORT_H
#define VERIFY_REPORT_H

#include "verify/verdict.h"

#define REPORT_PEERS 2
extern const char *const report_peers[REPORT_PEERS];

struct report_row {
	const struct ours *session;
	const struct verdict *v[REPORT_PEERS]; /* NULL: not run */
};

struct report_counts {
	uint64_t sessions;
	struct peer_counts {
		bool ran;
		uint64_t same;
		uint64_t explained;
		uint64_t unexplained;
		uint64_t opened; /* TLS, with the same text */
		uint64_t only;	 /* streams of no session of ours */
		uint64_t reasons[REASONS];
	} peer[REPORT_PEERS];
};

/* A heading, one line a session and one a difference, and counts them; sorts
 * the rows by number. */
void report_sessions(struct buf *b, const char *shown, struct report_row *rows,
    size_t n, struct report_counts *c);
void report_totals(struct buf *b, const struct report_counts *c);

#endif
