/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* status.h: exit statuses. */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "app/run.h"

enum status {
	STATUS_OK = 0,
	STATUS_FLAWED = 1,
	STATUS_USAGE = 2,
	STATUS_NO_INPUT = 3,
	STATUS_INCOMPLETE = 4,
	STATUS_UNEXPLAINED = 5,
	STATUS_LOCKED = 75,
};

/* What the captures' fate amounts to. */
enum status status_of(const struct tally *t);

#endif
