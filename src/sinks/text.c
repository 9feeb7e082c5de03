/* text.c: the transcript with payload as escaped lines. */
#include "base/escape.h"
#include "base/xalloc.h"
#include "sinks/print.h"
#include "sinks/transcript.h"

struct text {
	struct transcript transcript;
	struct escape_lines lines;
};

static void
text_put(struct transcript *t, struct buf *b, uint64_t off, struct slice s)
{
	struct escape_lines *lines = &((struct text *)t)->lines;

	(void)off;
	lines->before = transcript_color(t);
	escape_lines_put(lines, b, s);
}

static void
text_end(struct transcript *t, struct buf *b)
{
	escape_lines_end(&((struct text *)t)->lines, b);
}

static void *
open_text(struct sink_session *ss, bool printed)
{
	static const struct transcript_body body = {
		.ending = ".txt",
		.put = text_put,
		.end = text_end,
	};
	struct text *x = xcalloc(1, sizeof *x);

	transcript_init(&x->transcript, ss, &body, printed);
	x->lines.after = transcript_color_end(&x->transcript);
	x->lines.ascii = transcript_is_ascii(&x->transcript);
	return x;
}

static void *
text_open(struct sink_session *ss, const struct session *s)
{
	(void)s;
	return open_text(ss, false);
}

static void *
text_open_printed(struct sink_session *ss, const struct session *s)
{
	(void)s;
	return open_text(ss, true);
}

const struct sink sink_text = {
	.name = "text",
	.cost = SINK_COST,
	.wants_turns = true,
	.open = text_open,
	.turn = transcript_turn,
	.turn_gap = transcript_gap,
	.close = transcript_close,
};

const struct sink shown_text = {
	.name = "print",
	.cost = SINK_COST,
	.wants_turns = true,
	.open = text_open_printed,
	.turn = transcript_turn,
	.turn_gap = transcript_gap,
	.close = transcript_close,
};
