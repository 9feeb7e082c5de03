/* text.c: the transcript with payload as escaped lines. */
#include "base/escape.h"
#include "base/xalloc.h"
#include "sinks/transcript.h"

struct text {
	struct transcript transcript;
	struct escape_lines lines;
};

static void
text_put(struct transcript *t, struct buf *b, uint64_t off, struct slice s)
{
	(void)off;
	escape_lines_put(&((struct text *)t)->lines, b, s);
}

static void
text_end(struct transcript *t, struct buf *b)
{
	escape_lines_end(&((struct text *)t)->lines, b);
}

static void *
text_open(struct sink_session *ss, const struct session *s)
{
	static const struct transcript_body body = {
		.ending = ".txt",
		.put = text_put,
		.end = text_end,
	};
	struct text *x = xcalloc(1, sizeof *x);

	(void)s;
	transcript_init(&x->transcript, ss, &body);
	return x;
}

const struct sink sink_text = {
	.name = "text",
	.wants_turns = true,
	.open = text_open,
	.turn = transcript_turn,
	.turn_gap = transcript_gap,
	.close = transcript_close,
};
