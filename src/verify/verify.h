/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* verify.h: the same captures through tshark and tcpflow: do they agree? */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "app/run.h"
#include "capture/walk.h"

/* Sets *found to those of the programs asked for that are installed (enum
 * peer_program).  False, after a message, when there is none. */
bool verify_programs(const struct config *cfg, struct messages *m,
    unsigned *found) ATTR_NODISCARD;

struct verify_outcome {
	bool unexplained; /* a difference remains */
	bool failed;	  /* no place for temporary files, or they failed */
};

/* Reads each capture, or all as one, lets the programs read them too, and
 * writes a table and totals to the run's console file.  How reading went is
 * told to *t. */
struct verify_outcome verify_run(const struct run *r, const struct inputs *in,
    unsigned programs, struct tally *t);

#endif
