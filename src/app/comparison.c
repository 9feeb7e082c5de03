/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* comparison.c: what a run does besides output: --verify and --compare. */
#include "app/comparison.h"

#include "app/signals.h"
#include "verify/compare.h"
#include "verify/verify.h"

/* What went wrong first counts; a difference more than a flawed capture. */
static enum status
verify_all(const struct run *r, const struct run_inputs *s, enum status status)
{
	struct tally t = { .flawed = s->tally.flawed };
	struct verify_outcome v = verify_run(r, &s->in, s->programs, &t);
	enum status mine = status_of(&t);

	if (mine == STATUS_FLAWED || mine == STATUS_OK)
		mine = v.failed	  ? STATUS_INCOMPLETE :
		    v.unexplained ? STATUS_UNEXPLAINED :
				    mine;
	if (status == STATUS_INCOMPLETE || mine == STATUS_OK)
		return status;
	return status != STATUS_OK && mine == STATUS_FLAWED ? status : mine;
}

enum status
comparison_run(const struct run *r, const struct run_inputs *s,
    enum status status)
{
	if (r->cfg->compare != 0)
		return compare_run(r, &s->in) ? status : STATUS_INCOMPLETE;
	if (s->programs == 0 || signals_stop() != 0)
		return status;
	return verify_all(r, s, status);
}
