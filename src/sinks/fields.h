/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * fields.h: a line of values with a separator between them: CSV (RFC 4180),
 * Zeek's log, the lines of .timing.
 */
#ifndef SINKS_FIELDS_H
#define SINKS_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "flow/session.h"

/* A line that is written.  b is borrowed; begin with the first three set. */
struct fields {
	struct buf *b;
	char separator;
	const char *none; /* what stands for a value that there is not */
	/* Texts with a separator, a quote or a line end are quoted, and one
	 * that a spreadsheet would take for a formula is led by an apostrophe
	 * besides.  Without it they must have none of these. */
	bool quoted;
};

void fields_none(const struct fields *f);
/* An empty text is none. */
void fields_text(const struct fields *f, struct slice s);
/* s may be NULL: none. */
void fields_string(const struct fields *f, const char *s);
void fields_u64(const struct fields *f, uint64_t v);
/* As fmt_seconds and fmt_time_as write them. */
void fields_seconds(const struct fields *f, int64_t ns, int digits);
void fields_time(const struct fields *f, int64_t ts_ns, int digits, bool local);
/* Two values: the address and the port. */
void fields_endpoint(const struct fields *f, const struct endpoint *e);
void fields_community_id(const struct fields *f, const struct session *s);
/* The line ends behind the last value. */
void fields_end(const struct fields *f, const char *line_end);

#endif
