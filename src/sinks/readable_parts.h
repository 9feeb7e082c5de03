/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* readable_parts.h: what readable.c and readable_body.c share. */
#ifndef SINKS_READABLE_PARTS_H
#define SINKS_READABLE_PARTS_H

#include "base/escape.h"
#include "base/utf8.h"
#include "sinks/marks.h"
#include "sinks/opaque_lines.h"
#include "sinks/transcript.h"

enum stretch_kind {
	STRETCH_NONE,
	STRETCH_TEXT,
	STRETCH_UNKNOWN,
	STRETCH_BODY,
	STRETCH_OPAQUE,
};

/* What is known of a body. */
enum body_text { BODY_UNDECIDED, BODY_TEXT, BODY_BINARY };

/* Of a message that is open: where in its body what comes next is, and what
 * that is. */
struct readable_message {
	uint64_t at;
	enum body_text text;
};

struct readable {
	struct transcript transcript;
	enum stretch_kind at;
	struct escape_lines lines;
	struct marked marked[2]; /* directions */
	/* STRETCH_UNKNOWN: those bytes of the run that were not judged yet,
	 * and those behind them, before, that are no text. */
	struct spill_log waiting;
	uint64_t waiting_off;
	struct utf8_count count;
	uint64_t binary_off;
	uint64_t binary;
	bool judged; /* some of the run was */
	/* STRETCH_BODY. */
	const struct message *m;
	struct readable_message *own; /* of it */
	uint64_t off;
	uint64_t len;
	uint64_t frames;  /* that some of is in it */
	uint64_t decoded; /* bytes, */
	uint64_t to_show; /* ... of text, */
	struct buf text;  /* of which these are to be shown */
	uint64_t text_at; /* in the body */
	size_t shown;	  /* in the record so far */
	/* STRETCH_OPAQUE. */
	struct opaque_lines opaque;
	/* Of TLS: what the header says, until it was said. */
	struct buf tls;
	bool tls_known;
	bool tls_said;
};

/* What is to be marked of it; NULL: nothing. */
static inline const struct marks *
readable_marks(const struct readable *x)
{
	return x->transcript.console != NULL ? x->transcript.ss->marks : NULL;
}

/* readable_body.c: a line for n bytes begins; that of the text before it ends. */
void readable_stand_in(struct readable *x, struct buf *b, uint64_t off,
    uint64_t n);
/* Text that was made of what stands before it; the messages of
 * struct sink; and the end of a body's stretch, when its message goes on. */
void readable_made(struct readable *x, struct buf *b,
    const struct made_text *t);
void *readable_head(void *st, const struct message *m);
void readable_body(void *st, void *own, const struct message *m,
    struct slice bytes);
void readable_hole(void *st, void *own, const struct message *m,
    const struct gap *g);
void readable_message_end(void *st, void *own, const struct message *m,
    enum message_reason reason);
void readable_pause_body(struct readable *x, struct buf *b);

#endif
