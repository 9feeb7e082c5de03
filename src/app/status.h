/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* status.h: how the captures went, and what that is as an exit status. */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/incomplete.h"

enum status {
	STATUS_OK = 0,
	STATUS_FLAWED = 1,
	STATUS_USAGE = 2,
	STATUS_NO_INPUT = 3,
	STATUS_INCOMPLETE = 4,
	STATUS_UNEXPLAINED = 5,
	STATUS_LOCKED = 75,
};

struct catalog_row;

/* How the captures went. */
struct tally {
	size_t read;	  /* to some extent */
	size_t published; /* outputs that are in their place */
	size_t unreadable;
	size_t skipped;	   /* --resume: done by an earlier run */
	uint64_t selected; /* sessions that were wanted */
	bool left_out;	   /* an input, as nothing of it could be read */
	struct incomplete_set incomplete; /* what outputs lack */
	bool reader_gone;		  /* of the tar on standard output */
	char *name; /* of what was written of a continuous run, or NULL */
	struct catalog_row *row; /* of a capture: to be filled; or NULL */
	enum status state; /* of --state: why it could not be gone on with */
};

/* What the captures' fate amounts to. */
enum status status_of(const struct tally *t);

#endif
