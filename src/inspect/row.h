/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * row.h: a session as a line of the summary table, column by column.
 */
#ifndef INSPECT_ROW_H
#define INSPECT_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fmt.h"
#include "inspect/diagnosis.h"
#include "inspect/session_probe.h"
#include "inspect/service.h"
#include "inspect/enum_names.h"

enum column {
	COLUMN_NUMBER, /* - for a flow of datagrams */
	COLUMN_PROTO,
	COLUMN_CLIENT,
	COLUMN_SERVER,
	COLUMN_SERVICE,
	COLUMN_FLAGS_C2S,
	COLUMN_FLAGS_S2C,
	COLUMN_PACKETS_C2S,
	COLUMN_PACKETS_S2C,
	COLUMN_BYTES_C2S,
	COLUMN_BYTES_S2C,
	COLUMN_START, /* date and time of day */
	COLUMN_DURATION,
	COLUMN_RTT,
	COLUMN_WAIT, /* the longest time that an answer of the server took */
	COLUMN_STATE,
	COLUMN_NAME,   /* of the server; escaped */
	COLUMN_REMARK, /* what is wrong with it; perhaps empty */
	COLUMNS,
};

/* What stands above the column, and whether its values are numbers. */
const char *column_heading(enum column c);
bool column_is_number(enum column c);
/* All characters that its values can have; NULL: any but spaces. */
const char *column_letters(enum column c);

#define ROW_PARTING 2 /* spaces between columns */
#define ROW_DIGITS 20 /* of 64 bits */
#define ROW_STATE_MAX 8
/* Each byte of a name becomes four at most. */
#define ROW_NAME_MAX (4 * SESSION_NAME_MAX)

/* The longest of each column and what parts them: five numbers, "tcp", two
 * endpoints, a service, flags, start, three spans, a state, a name, a
 * diagnosis. */
#define ROW_MAX                                                                \
	(5 * ROW_DIGITS + 3 + 2 * FMT_ENDPOINT_LEN + SERVICE_NAME_MAX +        \
	    2 * ENUM_NAME_FLAGS_LEN + FMT_TIME_LEN + 3 * FMT_SECONDS_LEN +     \
	    ROW_STATE_MAX + ROW_NAME_MAX + DIAGNOSIS_MAX +                     \
	    COLUMNS * ROW_PARTING)

/* text holds the columns in their order, parted by two spaces; column c ends
 * at end[c].  Not NUL-terminated. */
struct row {
	uint16_t end[COLUMNS];
	char text[ROW_MAX];
};

/* Where in the text column c begins. */
static inline size_t
row_begin(const uint16_t end[COLUMNS], enum column c)
{
	return c == 0 ? 0 : (size_t)end[c - 1] + ROW_PARTING;
}

/* What a row is of. */
struct row_of {
	const struct session *s;
	const struct session_probe *f;	   /* or NULL */
	const struct port_names *services; /* or NULL */
	bool local_time;
};

void row_make(struct row *r, const struct row_of *x);
/* Appends it as --match has it: columns parted by two spaces, not fitted to any
 * width, without line end. */
void row_line(struct buf *b, const struct row_of *x);
/* Leaves all columns empty that are not among `some`, bits of 1 << column. */
void row_make_some(struct row *r, unsigned some, const struct row_of *x);

#endif
