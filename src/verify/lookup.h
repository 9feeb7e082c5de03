/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* lookup.h: looking up positions in what is known of a direction; for
 * those who explain differences. */
#ifndef VERIFY_LOOKUP_H
#define VERIFY_LOOKUP_H

#include "verify/explain.h"

/* Ours from pos to the end of its stretch; empty in a hole. */
struct slice evidence_ours(const struct evidence *e, int64_t pos);
/* The index of the first copy that begins behind pos. */
size_t evidence_behind(const struct evidence *e, int64_t pos);
/* Walks the copies that may reach pos: begin with *i = evidence_behind, call
 * until NULL. */
struct copy *evidence_next(const struct evidence *e, int64_t pos, size_t *i);
/* The copy's payload from pos on, or what follows it in the frame. */
struct slice copy_from(const struct copy *c, int64_t pos, bool extra);
/* How many bytes both begin with. */
size_t slice_common(struct slice a, struct slice b);

#endif
