/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * readable_body.c: bodies in a transcript: a line that says what they are, and
 * under it what was decoded of them.
 */
#include <stdlib.h>

#include "base/xalloc.h"
#include "proto/media.h"
#include "proto/websocket.h"
#include "sinks/body.h"
#include "sinks/readable_parts.h"

/* Of what is decoded a record shows so much. */
#define DECODED_MAX ((size_t)64 << 10)
/* Of a message that closes a WebSocket its code stands in the line. */
#define CODE_LEN 2

/* -------------------------------------------------------------------- bodies */

/* A line for n bytes begins; that of the text before it ends. */
void
readable_stand_in(struct readable *x, struct buf *b, uint64_t off, uint64_t n)
{
	escape_lines_end(&x->lines, b);
	transcript_mark(&x->transcript, b);
	transcript_number(b, ": @", off);
	transcript_number(b, " +", n);
	buf_byte(b, ' ');
}

/* A word of the line's, which other people chose. */
static void
put_named(struct buf *b, struct slice word)
{
	if (word.n > 80)
		word.n = 80;
	escape_text(b, word, true);
}

static void
put_type(struct buf *b, const struct message *m)
{
	struct slice type = media_essence(m->head->type);

	if (type.n > 0)
		put_named(b, type);
	else
		buf_str(b, "binary");
}

/* What frames there are of it: "h2 data 1 x2, ", "websocket text". */
static void
put_frames(const struct readable *x, struct buf *b)
{
	const struct message *m = x->m;
	const char *opcode = ws_opcode_name(m->opcode);

	if (m->protocol == MESSAGE_HTTP1)
		return;
	if (m->protocol == MESSAGE_HTTP2)
		transcript_number(b, "h2 data ", m->stream);
	else if (opcode != NULL)
		buf_printf(b, "websocket %s", opcode);
	else
		buf_printf(b, "websocket opcode %u", m->opcode);
	if (x->frames > 1)
		transcript_number(b, " x", x->frames);
	if (m->protocol == MESSAGE_HTTP2)
		buf_str(b, ", ");
}

/* "chunked gzip image/png, 228 bytes" */
static void
put_body_words(struct readable *x, struct buf *b)
{
	const struct message *m = x->m;
	size_t from;

	put_frames(x, b);
	if (m->opcode == WS_CLOSE && m->protocol == MESSAGE_WEBSOCKET) {
		if (m->sent >= CODE_LEN)
			transcript_number(b, " ", m->code);
		return;
	}
	from = b->n;
	if (message_is_chunked(m))
		buf_str(b, "chunked ");
	for (int i = 0; i < m->codings.n_names; i++) {
		put_named(b, m->codings.names[i]);
		buf_byte(b, ' ');
	}
	if (m->protocol != MESSAGE_WEBSOCKET &&
	    (!message_is_undone(m) || x->own->text == BODY_BINARY))
		put_type(b, m);
	else
		b->n -= b->n > from;
	if (!message_is_undone(m))
		return;
	transcript_number(b,
	    m->protocol == MESSAGE_WEBSOCKET || b->n > from ? ", " : "",
	    x->decoded);
	buf_str(b, " bytes");
}

static void
put_bytes_more(struct readable *x, struct buf *b, uint64_t more)
{
	if (more == 0)
		return;
	transcript_mark(&x->transcript, b);
	transcript_number(b, ": ... ", more);
	buf_str(b, " bytes more");
	transcript_mark_end(&x->transcript, b);
}

/* Lines of text that is not on the wire as it is: the string's bytes from off
 * on. */
static void
put_decoded(struct readable *x, struct buf *b, uint64_t string, uint64_t off,
    struct slice text)
{
	struct escape_lines lines = x->lines;
	struct marked marked;

	marked_begin(&marked, readable_marks(x), string);
	lines.decoded = true;
	lines.before = transcript_color(&x->transcript);
	marked_put(&marked, &lines, b, off, text);
	escape_lines_end(&lines, b);
	x->shown += text.n;
}

void
readable_made(struct readable *x, struct buf *b, const struct made_text *t)
{
	size_t room = DECODED_MAX - x->shown;
	struct slice shown = { t->text.p, t->text.n < room ? t->text.n : room };

	if (shown.n > 0)
		put_decoded(x, b, marks_of_made(t->number), 0, shown);
	put_bytes_more(x, b, t->text.n - shown.n);
}

/* What else there is to say of a body at its end: the file that it is in, and
 * what is the matter with it.  Both may be NULL. */
struct body_end {
	const char *file;
	const char *reason;
};

static void
put_more(struct buf *b, const char *word)
{
	if (word == NULL)
		return;
	buf_str(b, ", ");
	escape_name(b, word);
}

static void
end_body(struct readable *x, struct buf *b, struct body_end end)
{
	uint64_t more = x->own->text == BODY_TEXT ? x->to_show : 0;

	more -= more > 0 ? x->text.n : 0;
	readable_stand_in(x, b, x->off, x->len);
	put_body_words(x, b);
	put_more(b, end.file);
	put_more(b, end.reason);
	transcript_mark_end(&x->transcript, b);
	if (x->text.n > 0)
		put_decoded(x, b, marks_of_body(x->m->number), x->text_at,
		    (struct slice){ x->text.p, x->text.n });
	*x->transcript.ss->env->memory -= x->text.cap;
	buf_free(&x->text);
	put_bytes_more(x, b, more);
	x->at = STRETCH_NONE;
}

void
readable_pause_body(struct readable *x, struct buf *b)
{
	end_body(x, b, (struct body_end){ NULL, NULL });
}

/* The type says whether it is text, or else its first bytes. */
static enum body_text
judge_body(const struct message *m, struct slice first)
{
	const struct media *media = media_find(media_essence(m->head->type));

	if (m->protocol == MESSAGE_WEBSOCKET &&
	    (m->opcode == WS_TEXT || m->opcode == WS_CLOSE))
		return BODY_TEXT;
	if (media == NULL)
		media = media_sniff(first);
	return media != NULL && media->text ? BODY_TEXT : BODY_BINARY;
}

void *
readable_head(void *st, const struct message *m)
{
	struct readable *x = st;
	struct readable_message *own = xcalloc(1, sizeof *own);

	(void)m;
	*x->transcript.ss->env->memory += sizeof *own;
	return own;
}

/* What of the bytes is text to be shown: of why a WebSocket is closed what
 * stands behind the code. */
static struct slice
text_of(const struct message *m, uint64_t at, struct slice bytes)
{
	size_t skip = 0;

	if (m->protocol == MESSAGE_WEBSOCKET && m->opcode == WS_CLOSE &&
	    at < CODE_LEN)
		skip = CODE_LEN - (size_t)at;
	skip = skip < bytes.n ? skip : bytes.n;
	return (struct slice){ bytes.p + skip, bytes.n - skip };
}

void
readable_body(void *st, void *own, const struct message *m, struct slice bytes)
{
	struct readable *x = st;
	struct readable_message *r = own;
	uint64_t at = r->at;
	struct slice text;
	size_t room;

	r->at += bytes.n;
	if (x->at != STRETCH_BODY || x->m != m || !message_is_undone(m))
		return;
	if (r->text == BODY_UNDECIDED)
		r->text = judge_body(m, bytes);
	x->decoded += bytes.n;
	if (r->text == BODY_BINARY)
		return;
	text = text_of(m, at, bytes);
	if (x->text.n == 0)
		x->text_at = at + (bytes.n - text.n);
	x->to_show += text.n;
	room = DECODED_MAX - x->shown - x->text.n;
	*x->transcript.ss->env->memory -= x->text.cap;
	buf_put(&x->text, text.p, text.n < room ? text.n : room);
	*x->transcript.ss->env->memory += x->text.cap;
}

void
readable_hole(void *st, void *own, const struct message *m, const struct gap *g)
{
	struct readable_message *r = own;

	(void)st;
	(void)m;
	r->at += g->len;
}

void
readable_message_end(void *st, void *own, const struct message *m,
    enum message_reason reason)
{
	struct readable *x = st;
	struct buf *b = x->transcript.ss->env->scratch;

	if (x->at == STRETCH_BODY && x->m == m) {
		buf_reset(b);
		end_body(x, b,
		    (struct body_end){ body_of(m)->file,
			message_reason_name(reason) });
		transcript_flush(&x->transcript, b);
	}
	*x->transcript.ss->env->memory -= sizeof(struct readable_message);
	free(own);
}
