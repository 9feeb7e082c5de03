/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * record.h: writes down what the model says of each session, and aborts when
 * the model breaks the promises of events.h.
 */
#ifndef LIB_RECORD_H
#define LIB_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "flow/events.h"

struct rec_session {
	struct session s; /* of close; lists are copies */
	bool opened;
	bool closed;
	unsigned settled;
	char state[8];
	char history[40];
	struct buf data[2]; /* delivered bytes, holes left out */
	uint64_t off[2];    /* what comes next, by data and gap */
	struct buf said[2]; /* the same by turn and turn_gap */
	uint64_t turn_off[2];
	uint64_t gap_bytes[2];
	struct buf turns; /* "c:GET s:OK c!3 s:more*": ! a hole of 3,
				 * * concurrent; joined where they touch */
	int last_dir;
	bool last_concurrent;
	uint64_t n_told; /* packets */
	struct buf told; /* "> S 0; < SA 0 a1; > 1+3 a1 again": flags other
			   * than ACK, number + length, ACK, window if not
			   * 65535, notes */
};

struct record {
	struct events events;
	bool partly_told;	/* packets of an earlier run are missing */
	bool bare_frames;	/* a frame's bytes are its segment's payload */
	struct rec_session **v; /* in the order they were first heard of */
	size_t n;
	uint64_t *closed; /* numbers, in the order of closing */
	size_t n_closed;
};

void record_init(struct record *r, bool wants_turns);
void record_free(struct record *r);
/* The session of that number; NULL when nothing was said of it. */
struct rec_session *record_find(const struct record *r, uint64_t number);
/* Every session that was opened has been closed. */
bool record_is_complete(const struct record *r);
/*
 * One line on each session, in the order of closing:
 *	0 SF ShADadFf fin/both syn/full c:GET s:OK +note c~3
 * c~3: three bytes of the client are missing.
 */
void record_story(const struct record *r, struct buf *out);

#endif
