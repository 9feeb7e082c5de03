/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* text.c: the transcript with payload as escaped lines. */
#include "base/escape.h"
#include "sinks/color.h"
#include "sinks/marks.h"
#include "sinks/print.h"
#include "sinks/transcript.h"

struct text {
	struct transcript transcript;
	struct escape_lines lines;
	struct marked marked[2];
};

static void
text_put(struct transcript *t, struct buf *b, uint64_t off, struct slice s)
{
	struct text *x = (struct text *)t;

	x->lines.before = transcript_color(t);
	marked_put(&x->marked[t->dir], &x->lines, b, off, s);
}

static void
text_end(struct transcript *t, struct buf *b)
{
	escape_lines_end(&((struct text *)t)->lines, b);
}

static void
open_text(void *st, struct sink_session *ss, bool printed)
{
	static const struct transcript_body body = {
		.ending = ".txt",
		.put = text_put,
		.end = text_end,
	};
	struct text *x = st;

	transcript_init(&x->transcript, ss, &body, printed);
	x->lines.after = transcript_color_end(&x->transcript);
	if (x->lines.after != NULL) {
		x->lines.around[0] = COLOR_ESCAPE;
		x->lines.around[1] = COLOR_ESCAPE_END;
	}
	x->lines.ascii = transcript_is_ascii(&x->transcript);
	for (int dir = 0; printed && dir < 2; dir++)
		marked_begin(&x->marked[dir], ss->marks,
		    marks_of_direction(dir));
}

static void
text_open(void *st, struct sink_session *ss, const struct session *s)
{
	(void)s;
	open_text(st, ss, false);
}

static void
text_open_printed(void *st, struct sink_session *ss, const struct session *s)
{
	(void)s;
	open_text(st, ss, true);
}

const struct sink sink_text = {
	.name = "text",
	.shows_wire = true,
	.size = sizeof(struct text),
	.cost = SINK_COST,
	.open = text_open,
	.turn = transcript_turn,
	.turn_gap = transcript_gap,
	.close = transcript_close,
};

const struct sink shown_text = {
	.name = "print",
	.shows_wire = true,
	.size = sizeof(struct text),
	.cost = SINK_COST,
	.open = text_open_printed,
	.turn = transcript_turn,
	.turn_gap = transcript_gap,
	.close = transcript_close,
};
