/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * evidence.h: a direction of a session with all that came of it, laid
 * out for explaining.
 */
#ifndef VERIFY_EVIDENCE_H
#define VERIFY_EVIDENCE_H

#include "verify/verdict.h"

/* Owns the bytes that e borrows. */
struct case_file {
	struct evidence e;
	struct buf ours;
	struct buf copies;
	struct stretch *stretches;
	uint32_t base; /* sequence number of position 0 */
};

/* dir of the i-th session; taken: a flag for each segment of the pair. */
void case_open(struct case_file *c, const struct pair_job *job, size_t i,
    int dir, uint32_t *taken);
void case_close(struct case_file *c);
/* A spool's bytes, appended. */
void case_read(struct spill *keep, const struct spill_log *s, struct buf *out);

#endif
