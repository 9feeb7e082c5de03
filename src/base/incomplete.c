/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* incomplete.c: the words, and what follows from each; see incomplete.h. */
#include "base/incomplete.h"

#include <stddef.h>

enum {
	FAILURE = 1,   /* status 4; else 1 */
	MAY_PASS = 2,  /* the same capture is worth another try */
	OF_MEMORY = 4, /* depends on --max-memory and --jobs */
};

static const struct {
	const char *word;
	unsigned what;
} words[INCOMPLETE_WORDS] = {
	[INCOMPLETE_CUT] = { "cut", 0 },
	[INCOMPLETE_CORRUPT] = { "corrupt", 0 },
	[INCOMPLETE_READ] = { "read", MAY_PASS },
	[INCOMPLETE_CHANGED] = { "changed", MAY_PASS },
	[INCOMPLETE_LINK_TYPE] = { "link type", 0 },
	[INCOMPLETE_FRAMES] = { "frames", 0 },
	[INCOMPLETE_FILTER] = { "filter", 0 },
	[INCOMPLETE_WINDOW] = { "window", 0 },
	[INCOMPLETE_EXPANSION] = { "expansion", 0 },
	[INCOMPLETE_DROPPED] = { "dropped", 0 },
	[INCOMPLETE_INTERRUPTED] = { "interrupted", MAY_PASS },
	[INCOMPLETE_MEMORY] = { "memory", OF_MEMORY },
	[INCOMPLETE_FRAGMENTS] = { "fragments", OF_MEMORY },
	[INCOMPLETE_JUMPS] = { "jumps", 0 },
	[INCOMPLETE_STREAMS] = { "streams", 0 },
	[INCOMPLETE_LIBRARY] = { "library", 0 },
	[INCOMPLETE_SEARCH] = { "search", 0 },
	[INCOMPLETE_RATIO] = { "ratio", 0 },
	[INCOMPLETE_FILES] = { "files", 0 },
	[INCOMPLETE_OUTPUT] = { "output", 0 },
	[INCOMPLETE_NAME] = { "name", 0 },
	[INCOMPLETE_NO_MEMORY] = { "no memory", FAILURE | MAY_PASS },
	[INCOMPLETE_WRITE] = { "write", FAILURE | MAY_PASS },
};

const char *
incomplete_word(enum incomplete w)
{
	return words[w].word;
}

void
incomplete_list(struct buf *b, struct incomplete_set s)
{
	const char *comma = "";

	for (int w = 0; w < INCOMPLETE_WORDS; w++) {
		if (!incomplete_has(s, (enum incomplete)w))
			continue;
		buf_printf(b, "%s%s", comma, words[w].word);
		comma = ", ";
	}
}

static bool
has_one_that_is(struct incomplete_set s, unsigned what)
{
	for (int w = 0; w < INCOMPLETE_WORDS; w++)
		if (incomplete_has(s, (enum incomplete)w) &&
		    (words[w].what & what) != 0)
			return true;
	return false;
}

bool
incomplete_is_failure(struct incomplete_set s)
{
	return has_one_that_is(s, FAILURE);
}

bool
incomplete_may_pass(struct incomplete_set s)
{
	return has_one_that_is(s, MAY_PASS);
}

bool
incomplete_is_of_memory(struct incomplete_set s)
{
	return has_one_that_is(s, OF_MEMORY);
}
