/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * loss.h: counters of what was captured and is not in the output.
 *
 * To add one is a row here, loss_add where it happens (or where a room's own
 * counter is collected: app/job_losses.c), and its line in DIAGNOSTICS of the
 * manual.  The word puts it into the ledger and into the exit status.
 */
#ifndef BASE_LOSS_H
#define BASE_LOSS_H

#include <stddef.h>
#include <stdint.h>

#include "base/incomplete.h"

/*
 * ROW(NAME, WORD, key, text, help): LOSS_NAME counts it and INCOMPLETE_WORD is
 * what it makes of the capture; the ledger has it as `key', and the message is
 * "FILE: N text; help".  help, what the user can do about it, may be "".
 */
/* clang-format off */
#define LOSS_ROWS(ROW) \
	ROW(LINK_TYPE, LINK_TYPE, "link_type", \
	    "packets of link types that are not supported were skipped", "") \
	ROW(NOT_FOLLOWED, FRAMES, "not_followed", \
	    "packets could not be followed to TCP or UDP", "") \
	ROW(DROPPED, DROPPED, "dropped", \
	    "packets were dropped, because they came too fast", "") \
	ROW(SESSIONS, MEMORY, "sessions", \
	    "sessions were ended early for want of memory", \
	    "raise --max-memory") \
	ROW(HALF_OPEN, MEMORY, "half_open", \
	    "unanswered sessions were ended early for want of memory", \
	    "raise --max-memory") \
	ROW(UDP_FLOWS, MEMORY, "udp_flows", \
	    "UDP flows were ended early for want of memory", \
	    "raise --max-memory") \
	ROW(DATAGRAMS_GIVEN_UP, FRAGMENTS, "datagrams_given_up", \
	    "IP datagrams were given up for memory before all of their " \
	    "fragments were there", "raise --max-memory") \
	ROW(DATAGRAMS_NOT_WHOLE, FRAGMENTS, "datagrams_not_whole", \
	    "IP datagrams lack fragments that were not captured", "") \
	ROW(FRAGMENTS_CONFLICTING, FRAGMENTS, "fragments_conflicting", \
	    "IP fragments contradict others of their datagram; what came " \
	    "first stands", "") \
	ROW(DATAGRAMS_DISCARDED, FRAGMENTS, "datagrams_discarded", \
	    "IPv6 datagrams were discarded because their fragments overlap", \
	    "") \
	ROW(WILD, JUMPS, "wild", \
	    "segments with payload lie at impossible positions", \
	    "raise --max-gap") \
	ROW(HTTP2_STREAMS, STREAMS, "streams_not_followed", \
	    "sessions have more streams of HTTP/2 at a time than are " \
	    "followed", "") \
	ROW(HTTP2_HEADS, LIBRARY, "heads_not_read", \
	    "sessions in HTTP/2 have heads that cannot be read", \
	    "build with libnghttp2") \
	ROW(SEARCHES, SEARCH, "searches", \
	    "sessions have lines in which --grep would take too long", \
	    "choose a simpler expression") \
	ROW(BODIES_WINDOW, WINDOW, "bodies_window", \
	    "bodies are in a coding that wants too much memory", "") \
	ROW(BODIES_RATIO, RATIO, "bodies_ratio", \
	    "bodies grow too much to be decoded to their ends", \
	    "raise --max-ratio") \
	ROW(FILES_LEFT_OUT, FILES, "files_left_out", \
	    "files were not made, as there are enough", "raise --max-files") \
	ROW(FILES_CUT, OUTPUT, "files_cut", \
	    "files end early, or were not made, at a limit of size", \
	    "raise --max-output, or that of the system (ulimit -f)")
/* clang-format on */

#define LOSS_ENUM_(name, word, key, text, help) LOSS_##name,
enum loss { LOSS_ROWS(LOSS_ENUM_) LOSSES };
#undef LOSS_ENUM_

struct loss_row {
	enum incomplete word;
	const char *key;
	const char *text;
	const char *help;
};

/* Of one capture, by one thread.  Zero-initialised is nothing. */
struct losses {
	uint64_t n[LOSSES];
	char *detail[LOSSES]; /* or NULL; owned */
};

/* l may be NULL: nobody asks. */
static inline void
loss_add(struct losses *l, enum loss which, uint64_t n)
{
	if (l != NULL)
		l->n[which] += n;
}

/* What its message has in parentheses; the text is copied. */
void loss_detail(struct losses *l, enum loss which, const char *text);
const struct loss_row *loss_row(enum loss which);
/* The words of all that was lost. */
struct incomplete_set losses_words(const struct losses *l);
void losses_free(struct losses *l);

#endif
