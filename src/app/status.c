/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* status.c: from how the captures went to an exit status. */
#include "app/status.h"

enum status
status_of(const struct tally *t)
{
	bool flawed = t->left_out || !incomplete_is_empty(t->incomplete);

	if (t->state != STATUS_OK)
		return t->state;
	if (incomplete_is_failure(t->incomplete))
		return STATUS_INCOMPLETE;
	if (t->read + t->skipped == 0 && flawed)
		return STATUS_NO_INPUT;
	return flawed ? STATUS_FLAWED : STATUS_OK;
}
