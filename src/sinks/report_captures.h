/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report_captures.h: the page of several captures, each of which may have a
 * page of its own. */
#ifndef SINKS_REPORT_CAPTURES_H
#define SINKS_REPORT_CAPTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A capture; what is text is borrowed. */
struct report_capture {
	const char *name; /* its output is in NAME.sessions */
	bool has_page;	  /* ... with a report */
	uint64_t size;	  /* of its file; 0: nobody knows */
	uint64_t packets;
	uint64_t sessions;
	uint64_t bytes;	   /* of payload in them, */
	uint64_t missing;  /* ... and what was not captured of it */
	uint64_t warnings; /* how many */
	int64_t first_ns;  /* when there are packets */
	int64_t last_ns;
	unsigned status; /* what a run over it alone would end with */
	const char *message;
};

/* Appends the page to b.  Returns when the first packet of all came, 0 when
 * there is none. */
int64_t report_captures_write(struct buf *b, const struct report_capture *v,
    size_t n);

#endif
