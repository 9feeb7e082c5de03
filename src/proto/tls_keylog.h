/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_keylog.h: reads the text of a key log into a table (RFC 9850, 2):
 *
 *	LABEL CLIENT_RANDOM SECRET
 *
 * in hexadecimal digits of either case, with anything between them that is not
 * printed (blanks, tabs, CR, NUL).  `#' at the beginning of a line, or behind a
 * blank, begins a comment.  What is none of this is passed over, and so are
 * labels that open no record.
 */
#ifndef PROTO_TLS_KEYLOG_H
#define PROTO_TLS_KEYLOG_H

#include "proto/tls_secrets.h"

/* A line with more, blanks folded, is none. */
#define TLS_KEYLOG_LINE 1024

/* Where one log is; tls_keylog_begin fills it. */
struct tls_keylog {
	struct tls_secrets *table;
	uint64_t good; /* lines that hold a secret which opens records */
	enum { KEYLOG_LINE, KEYLOG_COMMENT, KEYLOG_LONG } state;
	size_t n; /* bytes of line */
	uint8_t line[TLS_KEYLOG_LINE];
};

/* table is borrowed until the end. */
void tls_keylog_begin(struct tls_keylog *k, struct tls_secrets *table);
/* What comes next, in pieces of any size. */
void tls_keylog_put(struct tls_keylog *k, struct slice text);
/* Takes a last line that has no end, and wipes what was held. */
void tls_keylog_end(struct tls_keylog *k);

/* The other way: the line of a secret.  How many bytes it has. */
size_t tls_keylog_put_line(char line[TLS_KEYLOG_LINE],
    const struct tls_secret *s);

#endif
