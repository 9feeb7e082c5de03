/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * readable.c: text: what a person can read on lines with `|', what was decoded
 * for him with `+', and for the rest one line with `:' that says what it is.
 *
 * A record is made of stretches: text, bytes that nobody knows, a body, items
 * that are opaque.  The line of one is written when it ends.  What nobody knows
 * waits until it can be judged.
 */
#include <string.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "proto/media.h"
#include "sinks/body.h"
#include "sinks/marks.h"
#include "sinks/opaque_lines.h"
#include "sinks/print.h"
#include "sinks/transcript.h"

/* So many bytes of what nobody knows are judged at once. */
#define JUDGED ((size_t)64 << 10)
/* Fewer are shown whatever they are, and of more that are no text so many. */
#define JUDGED_LEAST 512
#define SHOWN 64
/* Of what is decoded a record shows so much. */
#define DECODED_MAX ((size_t)64 << 10)
/* Payload formatted at once: bounds the scratch buffer. */
#define PIECE ((size_t)32768)
/* A transcript waits for no more text until its header is complete. */
#define HEADER_WAIT ((size_t)16 << 10)

enum stretch_kind {
	STRETCH_NONE,
	STRETCH_TEXT,
	STRETCH_UNKNOWN,
	STRETCH_BODY,
	STRETCH_OPAQUE,
};

/* What is known of the body that a direction sends. */
enum body_text { BODY_UNDECIDED, BODY_TEXT, BODY_BINARY };

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
	uint64_t off;
	uint64_t len;
	uint64_t decoded; /* bytes */
	struct buf text;  /* of which these are to be shown */
	size_t shown;	  /* in the record so far */
	/* Of the body that a direction sends: where in it what comes next is,
	 * and where the text begins. */
	uint64_t body_at[2];
	uint64_t text_at;
	enum body_text body_text[2];
	/* STRETCH_OPAQUE. */
	struct opaque_lines opaque;
	/* Of TLS: what the header says, until it was said. */
	struct buf tls;
	bool tls_known;
	bool tls_said;
};

/* What is to be marked of it; NULL: nothing. */
static const struct marks *
marks_of(const struct readable *x)
{
	return x->transcript.console != NULL ? x->transcript.ss->marks : NULL;
}

static struct spill *
spill_of(const struct readable *x)
{
	return x->transcript.ss->env->spill;
}

/* A line for n bytes begins; that of the text before it ends. */
static void
put_stand_in(struct readable *x, struct buf *b, uint64_t off, uint64_t n)
{
	escape_lines_end(&x->lines, b);
	transcript_mark(&x->transcript, b);
	transcript_number(b, ": @", off);
	transcript_number(b, " +", n);
	buf_byte(b, ' ');
}

static void
put_bytes(struct readable *x, struct buf *b, uint64_t off, struct slice s)
{
	marked_put(&x->marked[x->transcript.dir], &x->lines, b, off, s);
}

/* --------------------------------------------------------- what nobody knows */

/* What is written of the waiting bytes. */
struct show {
	struct readable *x;
	struct buf *b;
	uint64_t off; /* of what comes next */
	size_t left;
};

static void
show_waiting(void *arg, struct slice s)
{
	struct show *w = arg;

	s.n = s.n < w->left ? s.n : w->left;
	w->left -= s.n;
	if (s.n == 0)
		return;
	put_bytes(w->x, w->b, w->off, s);
	w->off += s.n;
	transcript_flush(&w->x->transcript, w->b);
}

static void
show(struct readable *x, struct buf *b, size_t most)
{
	struct show w = { x, b, x->waiting_off, most };

	spill_log_read(spill_of(x), &x->waiting, 0, show_waiting, &w);
}

/* What of the run is no text ends. */
static void
end_binary(struct readable *x, struct buf *b)
{
	if (x->binary == 0)
		return;
	put_stand_in(x, b, x->binary_off, x->binary);
	buf_str(b, "binary");
	transcript_mark_end(&x->transcript, b);
	x->binary = 0;
}

static void
count_waiting(void *arg, struct slice s)
{
	utf8_exact_put(arg, s);
}

/*
 * Whether less than three quarters of what waits are text; too few bytes to
 * tell are what those before them are.
 */
static bool
is_binary(const struct readable *x)
{
	uint64_t n = x->waiting.size;
	uint64_t enough = n - n / 4;
	struct utf8_exact text = { 0 };

	if (n < JUDGED_LEAST)
		return x->binary > 0;
	if (x->count.least >= enough || x->count.most < enough)
		return x->count.most < enough;
	spill_log_read(spill_of(x), &x->waiting, 0, count_waiting, &text);
	return text.n < enough;
}

/* Writes what waits, or counts it. */
static void
judge(struct readable *x, struct buf *b)
{
	uint64_t n = x->waiting.size;
	size_t shown = 0;

	if (n == 0)
		return;
	if (!is_binary(x)) {
		end_binary(x, b);
		show(x, b, n);
	} else {
		if (!x->judged) {
			show(x, b, SHOWN);
			shown = SHOWN;
		}
		if (x->binary == 0)
			x->binary_off = x->waiting_off + shown;
		x->binary += n - shown;
	}
	x->judged = true;
	x->waiting_off += n;
	x->count = (struct utf8_count){ 0 };
	spill_log_free(spill_of(x), &x->waiting);
}

static void
put_unknown(struct readable *x, struct buf *b, const struct chunk *c)
{
	struct cur rest = cur_of(c->bytes.p, c->bytes.n);
	struct slice s;

	while (cur_left(&rest) > 0) {
		size_t room = JUDGED - (size_t)x->waiting.size;

		if (!cur_take(&rest, room, &s))
			cur_take(&rest, cur_left(&rest), &s);
		x->waiting.fixed = true;
		spill_log_put(spill_of(x), &x->waiting, s.p, s.n);
		utf8_count_put(&x->count, s);
		if (x->waiting.size == JUDGED)
			judge(x, b);
	}
}

static void
end_unknown(struct readable *x, struct buf *b)
{
	judge(x, b);
	end_binary(x, b);
	x->judged = false;
}

/* -------------------------------------------------------------------- bodies */

/* The body's bytes are not those of the wire. */
static bool
is_undone(const struct message *m)
{
	return message_is_chunked(m) || message_is_coded(m);
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

/* "chunked gzip image/png, 228 bytes" */
static void
put_body_words(struct readable *x, struct buf *b)
{
	const struct message *m = x->m;
	size_t from = b->n;

	if (message_is_chunked(m))
		buf_str(b, "chunked ");
	for (int i = 0; i < m->codings.n_names; i++) {
		put_named(b, m->codings.names[i]);
		buf_byte(b, ' ');
	}
	if (!is_undone(m) || x->body_text[m->dir] == BODY_BINARY)
		put_type(b, m);
	else
		b->n -= b->n > from;
	if (is_undone(m)) {
		transcript_number(b, ", ", x->decoded);
		buf_str(b, " bytes");
	}
}

static void
put_decoded(struct readable *x, struct buf *b)
{
	struct escape_lines lines = x->lines;
	struct marked marked;

	marked_begin(&marked, marks_of(x), marks_of_body(x->m->number));
	lines.decoded = true;
	lines.before = transcript_color(&x->transcript);
	marked_put(&marked, &lines, b, x->text_at,
	    (struct slice){ x->text.p, x->text.n });
	escape_lines_end(&lines, b);
	x->shown += x->text.n;
	*x->transcript.ss->env->memory -= x->text.cap;
	buf_free(&x->text);
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
	uint64_t more = 0;

	if (x->body_text[x->m->dir] == BODY_TEXT)
		more = x->decoded - x->text.n;
	put_stand_in(x, b, x->off, x->len);
	put_body_words(x, b);
	put_more(b, end.file);
	put_more(b, end.reason);
	transcript_mark_end(&x->transcript, b);
	if (x->text.n > 0)
		put_decoded(x, b);
	if (more > 0) {
		transcript_mark(&x->transcript, b);
		transcript_number(b, ": ... ", more);
		buf_str(b, " bytes more");
		transcript_mark_end(&x->transcript, b);
	}
	x->at = STRETCH_NONE;
}

/* The type says whether it is text, or else its first bytes. */
static enum body_text
judge_body(const struct message *m, struct slice first)
{
	const struct media *media = media_find(media_essence(m->head->type));

	if (media == NULL)
		media = media_sniff(first);
	return media != NULL && media->text ? BODY_TEXT : BODY_BINARY;
}

static void *
readable_head(void *st, const struct message *m)
{
	struct readable *x = st;

	x->body_text[m->dir] = BODY_UNDECIDED;
	x->body_at[m->dir] = 0;
	return x;
}

static void
readable_body(void *st, void *own, const struct message *m, struct slice bytes)
{
	struct readable *x = st;
	uint64_t at = x->body_at[m->dir];
	size_t room;

	(void)own;
	x->body_at[m->dir] += bytes.n;
	if (x->at != STRETCH_BODY || x->m != m || !is_undone(m))
		return;
	if (x->body_text[m->dir] == BODY_UNDECIDED)
		x->body_text[m->dir] = judge_body(m, bytes);
	x->decoded += bytes.n;
	if (x->body_text[m->dir] == BODY_BINARY)
		return;
	if (x->text.n == 0)
		x->text_at = at;
	room = DECODED_MAX - x->shown - x->text.n;
	*x->transcript.ss->env->memory -= x->text.cap;
	buf_put(&x->text, bytes.p, bytes.n < room ? bytes.n : room);
	*x->transcript.ss->env->memory += x->text.cap;
}

static void
readable_hole(void *st, void *own, const struct message *m, const struct gap *g)
{
	struct readable *x = st;

	(void)own;
	x->body_at[m->dir] += g->len;
}

static void
readable_message_end(void *st, void *own, const struct message *m,
    enum message_reason reason)
{
	struct readable *x = st;
	struct buf *b = x->transcript.ss->env->scratch;

	(void)own;
	if (x->at != STRETCH_BODY || x->m != m)
		return;
	buf_reset(b);
	end_body(x, b,
	    (struct body_end){ body_of(m)->file, message_reason_name(reason) });
	transcript_flush(&x->transcript, b);
}

/* ----------------------------------------------------------------- stretches */

/* The line that has ended. */
static void
put_opaque_line(struct readable *x, struct buf *b)
{
	const struct opaque_line *l = &x->opaque.done;

	put_stand_in(x, b, l->off, l->len);
	opaque_line_put(l, b);
	transcript_mark_end(&x->transcript, b);
}

static void
end_opaque(struct readable *x, struct buf *b)
{
	while (opaque_lines_end(&x->opaque))
		put_opaque_line(x, b);
}

static void
end_stretch(struct readable *x, struct buf *b)
{
	switch (x->at) {
	case STRETCH_NONE:
	case STRETCH_TEXT:
		break;
	case STRETCH_UNKNOWN:
		end_unknown(x, b);
		break;
	case STRETCH_BODY:
		end_body(x, b, (struct body_end){ NULL, NULL });
		break;
	case STRETCH_OPAQUE:
		end_opaque(x, b);
		break;
	}
	x->at = STRETCH_NONE;
}

static void
put_readable(struct readable *x, struct buf *b, const struct chunk *c)
{
	for (size_t done = 0, n; done < c->bytes.n; done += n) {
		size_t left = c->bytes.n - done;

		n = left < PIECE ? left : PIECE;
		put_bytes(x, b, c->off + done,
		    (struct slice){ c->bytes.p + done, n });
		transcript_flush(&x->transcript, b);
	}
}

/* Bytes of that kind come next. */
static void
enter(struct readable *x, struct buf *b, enum stretch_kind at,
    const struct chunk *c, const struct message *m)
{
	if (x->at == at && (at != STRETCH_BODY || x->m == m))
		return;
	end_stretch(x, b);
	x->at = at;
	x->m = m;
	x->off = x->waiting_off = c->off;
	x->len = 0;
	x->decoded = 0;
	x->lines.before = transcript_color(&x->transcript);
}

/* A body that nobody gave a type is what it looks like. */
static enum stretch_kind
stretch_of(const struct span *what)
{
	if (what->kind == SPAN_OPAQUE)
		return STRETCH_OPAQUE;
	if (what->kind == SPAN_AS_IS)
		return what->known ? STRETCH_TEXT : STRETCH_UNKNOWN;
	return is_undone(what->m) || what->m->head->type.n > 0 ?
	    STRETCH_BODY :
	    STRETCH_UNKNOWN;
}

/* ------------------------------------------------------- what is known of TLS */

/* "TLSv1.3 TLS_AES_128_GCM_SHA256 www.example.org h2, no keys" */
static void
note_tls(struct readable *x, const struct tls_facts *f)
{
	struct buf *b = &x->tls;

	buf_reset(b);
	if (f->server) {
		tls_put_version(b, f->version);
		buf_byte(b, ' ');
		tls_put_suite(b, f->suite);
	}
	if (f->name[0] != '\0')
		buf_printf(b, "%s%s", b->n > 0 ? " " : "", f->name);
	if (f->alpn[0] != '\0')
		buf_printf(b, " %s", f->alpn);
	buf_printf(b, "%sno keys", b->n > 0 ? ", " : "");
	x->tls_known = f->server;
}

/* In the header when it waits for it, else between two records. */
static void
say_tls(struct readable *x, struct buf *b)
{
	if (x->tls_said || x->tls.n == 0)
		return;
	x->tls_said = true;
	if (x->transcript.waits)
		transcript_release(&x->transcript, "tls", buf_cstr(&x->tls));
	else
		transcript_key(&x->transcript, b, "tls", buf_cstr(&x->tls));
	buf_free(&x->tls);
}

static void
readable_end(struct transcript *t, struct buf *b)
{
	struct readable *x = (struct readable *)t;

	end_stretch(x, b);
	escape_lines_end(&x->lines, b);
	x->shown = 0;
	if (x->tls_known && !t->waits)
		say_tls(x, b);
}

static void
readable_span(void *st, void *own, const struct chunk *c,
    const struct span *what)
{
	struct readable *x = st;
	struct transcript *t = &x->transcript;
	struct buf *b = t->ss->env->scratch;

	(void)own;
	buf_reset(b);
	if (t->file == NULL)
		t->waits = what->tls != NULL;
	if (what->tls != NULL && !x->tls_said)
		note_tls(x, what->tls);
	transcript_at(t, b, c);
	enter(x, b, stretch_of(what), c, what->m);
	x->len += c->bytes.n;
	if (x->at == STRETCH_TEXT)
		put_readable(x, b, c);
	else if (x->at == STRETCH_UNKNOWN)
		put_unknown(x, b, c);
	else if (x->at == STRETCH_OPAQUE &&
	    opaque_lines_put(&x->opaque, c, what))
		put_opaque_line(x, b);
	transcript_flush(t, b);
	if (t->waits && (x->tls_known || t->early.n > HEADER_WAIT))
		say_tls(x, b);
}

static void
open_readable(void *st, struct sink_session *ss, bool printed)
{
	static const struct transcript_body body = {
		.ending = ".txt",
		.end = readable_end,
	};
	struct readable *x = st;

	transcript_init(&x->transcript, ss, &body, printed);
	x->lines.after = transcript_color_end(&x->transcript);
	x->lines.ascii = transcript_is_ascii(&x->transcript);
	for (int dir = 0; dir < 2; dir++)
		marked_begin(&x->marked[dir], marks_of(x),
		    marks_of_direction(dir));
}

static void
readable_open(void *st, struct sink_session *ss, const struct session *s)
{
	(void)s;
	open_readable(st, ss, false);
}

static void
readable_open_printed(void *st, struct sink_session *ss,
    const struct session *s)
{
	(void)s;
	open_readable(st, ss, true);
}

static void
readable_close(void *st, const struct session *s)
{
	struct readable *x = st;
	struct transcript *t = &x->transcript;

	if (t->waits)
		say_tls(x, NULL);
	transcript_close(t, s);
	buf_free(&x->tls);
}

const struct sink sink_readable = {
	.name = "text",
	.size = sizeof(struct readable),
	.reads_last = true,
	.cost = SINK_COST,
	.open = readable_open,
	.message_head = readable_head,
	.is_excerpt = true,
	.message_body = readable_body,
	.message_hole = readable_hole,
	.message_end = readable_message_end,
	.span = readable_span,
	.turn_gap = transcript_gap,
	.close = readable_close,
};

const struct sink shown_readable = {
	.name = "print",
	.size = sizeof(struct readable),
	.cost = SINK_COST,
	.open = readable_open_printed,
	.message_head = readable_head,
	.is_excerpt = true,
	.message_body = readable_body,
	.message_hole = readable_hole,
	.message_end = readable_message_end,
	.span = readable_span,
	.turn_gap = transcript_gap,
	.close = readable_close,
};
