/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * incomplete.h: the words for what the output of a capture lacks, and sets of
 * them.
 *
 * A capture's set stands in its ledger, and decides on the exit status: output
 * without any word is complete.  What nobody captured is no lack of ours.
 */
#ifndef BASE_INCOMPLETE_H
#define BASE_INCOMPLETE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* In the order in which they are told.  A new one needs a row in
 * incomplete.c, a bit of 32, and a line in tcpsession-formats(5). */
enum incomplete {
	INCOMPLETE_CUT,		/* the capture ends inside a record */
	INCOMPLETE_CORRUPT,	/* it cannot be read further */
	INCOMPLETE_READ,	/* to read it failed */
	INCOMPLETE_CHANGED,	/* size or time, while it was read */
	INCOMPLETE_LINK_TYPE,	/* packets of one that is not known */
	INCOMPLETE_FRAMES,	/* hardly one could be followed */
	INCOMPLETE_FILTER,	/* makes no sense for its link type */
	INCOMPLETE_WINDOW,	/* of a coding or a compression */
	INCOMPLETE_EXPANSION,	/* of a compressed capture */
	INCOMPLETE_DROPPED,	/* packets, by the kernel */
	INCOMPLETE_INTERRUPTED, /* by a signal, in a tar that is streamed */
	INCOMPLETE_MEMORY,	/* given up for it */
	INCOMPLETE_FRAGMENTS,	/* of IP: given up, or not whole */
	INCOMPLETE_JUMPS,	/* payload at impossible positions */
	INCOMPLETE_STREAMS,	/* of HTTP/2, too many at once */
	INCOMPLETE_LIBRARY,	/* that this program was built without */
	INCOMPLETE_SEARCH,	/* --grep gave up */
	INCOMPLETE_RATIO,	/* of a coded body */
	INCOMPLETE_FILES,	/* their number */
	INCOMPLETE_OUTPUT,	/* its size */
	INCOMPLETE_NAME,	/* too long for a file system */
	INCOMPLETE_NO_MEMORY,
	INCOMPLETE_WRITE, /* output could not be written */
	INCOMPLETE_WORDS, /* so many */
};

/* Zero-initialised is empty. */
struct incomplete_set {
	uint32_t bits; /* 1 << enum incomplete */
};

static inline void
incomplete_add(struct incomplete_set *s, enum incomplete w)
{
	s->bits |= UINT32_C(1) << w;
}

static inline void
incomplete_join(struct incomplete_set *s, struct incomplete_set other)
{
	s->bits |= other.bits;
}

static inline bool
incomplete_has(struct incomplete_set s, enum incomplete w)
{
	return (s.bits >> w & 1) != 0;
}

static inline bool
incomplete_is_empty(struct incomplete_set s)
{
	return s.bits == 0;
}

/* "cut", "link type" ...; static. */
const char *incomplete_word(enum incomplete w);
/* Appends the words of the set, comma-separated. */
void incomplete_list(struct buf *b, struct incomplete_set s);
/* One of the words means that the run could not do its work (status 4), not
 * that the capture has something to it (status 1). */
bool incomplete_is_failure(struct incomplete_set s);
/* One of the words may not come again when the same bytes are read again. */
bool incomplete_may_pass(struct incomplete_set s);
/* One of the words depends on how much memory there was, and for how many. */
bool incomplete_is_of_memory(struct incomplete_set s);

#endif
