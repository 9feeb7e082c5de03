/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* escape.h: captured bytes as text that cannot forge a record or drive a
 * terminal. */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cur.h"

/*
 * Appends s to b for one line of output: `\` as `\\`, CR as `\r`, tab as
 * `\t`, LF as `\n`, valid printable UTF-8 as it is, every other byte as \xNN.
 * Not printable are C0 and C1 controls, bidirectional and zero-width controls
 * (U+200B-200F, 202A-202E, 2060-206F, FEFF, FFF9-FFFB), line separators
 * (2028, 2029), surrogates and noncharacters.
 */
void escape_line(struct buf *b, struct slice s);
/* The same; with ascii, every byte beyond ASCII as \xNN. */
void escape_text(struct buf *b, struct slice s, bool ascii);

/* For file names and messages: escape_line of a C string. */
void escape_name(struct buf *b, const char *s);

/*
 * Payload as transcript lines: each begins with '|', or with '+' when it is
 * what payload was decoded to, and ends after an LF of the payload (written as
 * the line's end).  A record whose last byte is no LF
 * ends in a lone backslash and a line end.  Zero-initialised state begins a
 * record; a UTF-8 sequence may be split over calls.
 */
struct escape_lines {
	uint8_t carry[4]; /* bytes of an unfinished sequence */
	uint8_t n_carry;
	bool in_line; /* a '|' has been written, its line is open */
	/* The caller's: */
	bool decoded; /* '+' begins the lines */
	bool ascii;   /* every byte beyond ASCII becomes \xNN */
	const char
	    *before;	   /* each line, or NULL; at most ESCAPE_BEFORE bytes */
	const char *after; /* the rest of the line; likewise, both or none */
	/* What stands around what is written for other bytes; likewise. */
	const char *around[2];
	const char *mark; /* escape_lines_mark's */
};

#define ESCAPE_BEFORE 8

/* What comes next stands behind mark, a string that lives as long as it is
 * used; NULL: no more.  Only with something before and after each line. */
void escape_lines_mark(struct escape_lines *e, struct buf *b, const char *mark);
void escape_lines_put(struct escape_lines *e, struct buf *b, struct slice s);
/* Ends the record; what is the caller's stays. */
void escape_lines_end(struct escape_lines *e, struct buf *b);

#endif
