/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* reader.c: says why the packets of a capture file end. */
#include "capture/reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum capture_status
reader_fail(struct reader *r, enum capture_status status, uint64_t offset,
    const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(r->message, sizeof(r->message),
	    "packet %" PRIu64 " at offset %" PRIu64 ": ", r->number + 1,
	    offset);

	/* Two 20-digit numbers and 22 letters are far below the size. */
	va_start(ap, fmt);
	vsnprintf(r->message + n, sizeof(r->message) - (size_t)n, fmt, ap);
	va_end(ap);
	return status;
}

enum capture_status
reader_ended(struct reader *r, uint64_t offset, size_t want)
{
	const struct source *in = r->in;
	uint64_t left = in->total - offset;

	if (in->state != CAPTURE_END)
		return reader_fail(r, in->state, offset, "%s", in->why);
	if (left > 0)
		return reader_fail(r, CAPTURE_CUT, offset,
		    "the file ends after %" PRIu64 " of %zu bytes", left, want);
	if (r->odd > 0)
		snprintf(r->message, sizeof(r->message),
		    "packets that claim to be shorter than they are: %" PRIu64,
		    r->odd);
	return CAPTURE_END;
}
