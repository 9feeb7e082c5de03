/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * judge.h: what frames say of a segment: would its receiver have taken it, and
 * which connection is it of?  Nothing but frames is asked: what this program
 * has noted of a session proves nothing here.
 */
#ifndef VERIFY_JUDGE_H
#define VERIFY_JUDGE_H

#include "flow/model.h"
#include "verify/frames.h"

/* What can be said of a difference. */
enum reason {
	REASON_UNKNOWN,
	REASON_HOLE_ZEROS,
	REASON_HOLE_TEXT,
	REASON_CONFLICT,
	REASON_PADDING,
	REASON_KEEP_ALIVE,
	REASON_RESET_TEXT,
	REASON_SYN_DATA,
	REASON_CHECKSUM,
	REASON_REFUSED,
	REASON_FRAGMENT,
	REASON_JOINED,
	REASON_CUT,
	REASON_LEFT_OUT,
	REASON_NOT_READ,
	REASON_LOST,
	REASON_ORDER_CAUSE,
	REASON_ORDER_CROSSED,
	REASON_BEHIND_HOLE,
	REASON_NOT_OPENED,
	REASON_EARLY,
	REASONS,
};

#define REASONS_UNEXPLAINED ((uint64_t)1 << REASON_UNKNOWN)

/* Zero-initialised is: no difference.  first and why are those of what is not
 * explained, if there is such a thing. */
struct finding {
	uint64_t reasons; /* bits, 1 << enum reason; 0: no difference */
	int64_t first;	  /* stream offset of the first difference */
	enum reason why;  /* that difference's */
};

void finding_add(struct finding *f, int64_t off, enum reason why);
/* What is said of a reason: "padding of frames taken as data". */
const char *reason_text(enum reason r);

/* Prepares a pair: sorts its frames, and finds islands: frames whose numbers
 * touch or acknowledge each other. */
void judge_pair(struct frame_pair *p, const struct model_config *cfg);
/*
 * Why no receiver takes the byte at pos of the frame (RFC 1122, 9293, 5961,
 * 7323); REASON_UNKNOWN when one does.  What the frames leave open counts as
 * refused when the byte is a peer's and not ours, and else as taken.
 */
enum reason judge_refused(const struct frame_pair *p, size_t frame, int64_t pos,
    const struct model_config *cfg, bool theirs);
/* Two frames are of two connections: a SYN with other numbers begins what the
 * later one is of, or no frame links their numbers, or nothing could send what
 * lies between in the time between. */
bool judge_apart(const struct frame_pair *p, size_t a, size_t b,
    const struct model_config *cfg);
/* What the earlier frame is of had ended before the later one came: by the FIN
 * of both sides, by a reset that the other side heeded, or by a silence longer
 * than --idle. */
bool judge_ended(const struct frame_pair *p, size_t a, size_t b,
    const struct model_config *cfg);

#endif
