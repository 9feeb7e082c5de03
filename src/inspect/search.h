/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * search.h: searches strings that come in pieces, as if each came whole.
 *
 * A match that may go on behind a piece is searched for again with the next:
 * from where it begins, and what the expression may look back to, the bytes are
 * kept, SEARCH_PART_MAX of them at most.  A longer match is found only as far
 * as it lies in what is there then.
 */
#ifndef INSPECT_SEARCH_H
#define INSPECT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cur.h"
#include "inspect/pattern.h"

#define SEARCH_PART_MAX ((size_t)64 << 10)

/* Of the line in which a match begins: what is shown before the match, of it,
 * and behind it. */
#define SEARCH_AROUND 256
#define SEARCH_SHOWN 4096

/* A match: [begin, end) are offsets in the string; they may be equal. */
struct found {
	uint64_t begin;
	uint64_t end;
};

/* A line, or as much of one as is shown, in which matches begin: bytes, which
 * are at offset off, and the matches, of which the last may end elsewhere. */
struct found_line {
	uint64_t off;
	struct slice bytes; /* without the LF */
	const struct found *matches;
	size_t n;
};

/* What becomes of a match. */
enum search_verdict {
	SEARCH_TAKE,
	SEARCH_PASS,  /* as if it were none; what it covers is passed over */
	SEARCH_ENOUGH /* no more are wanted of this string */
};

/* What all strings of a thread share: who is told.  owner is the string's.
 * A line is told when all is known that belongs to it. */
struct searcher {
	struct matcher *matcher;
	size_t behind; /* pattern_behind */
	enum search_verdict (*found)(void *owner, const struct found *f);
	void (*line)(void *owner, const struct found_line *l); /* or NULL */
	struct buf work; /* between calls: nothing */
};

void searcher_init(struct searcher *sr, const struct pattern *p);
void searcher_fini(struct searcher *sr);

/* A string on its way, from search_init to search_fini. */
struct search {
	void *owner;
	struct buf kept;      /* of what has come, the last */
	uint64_t at;	      /* its offset */
	size_t from;	      /* in it: where a match may begin */
	size_t wake;	      /* no look before so much is kept */
	bool after_empty;     /* an empty match is at from */
	bool is_over;	      /* enough was found */
	bool limited;	      /* some was given up: MATCHED_TO_LIMIT */
	bool in_line;	      /* a line with matches has begun */
	uint64_t line;	      /* where what is shown of it begins */
	uint64_t line_looked; /* no LF before that */
	uint64_t line_most;   /* where it ends without an LF */
	struct buf matches;   /* in it: struct found */
	uint64_t patience;    /* see matcher_find */
};

void search_init(struct search *s, void *owner);

/* The string goes on. */
void search_put(struct searcher *sr, struct search *s, struct slice bytes);
/* The string has ended; another begins at off. */
void search_end(struct searcher *sr, struct search *s, uint64_t off);
/* No line that is still to be told has its first match before that offset. */
uint64_t search_first(const struct search *s);
/* What s has in memory beyond itself. */
size_t search_memory(const struct search *s);
void search_fini(struct search *s);

#endif
