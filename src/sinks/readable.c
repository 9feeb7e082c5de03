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

#include "sinks/color.h"
#include "sinks/print.h"
#include "sinks/readable_parts.h"

/* So many bytes of what nobody knows are judged at once. */
#define JUDGED ((size_t)64 << 10)
/* Fewer are shown whatever they are, and of more that are no text so many. */
#define JUDGED_LEAST 512
#define SHOWN 64
/* Payload formatted at once: bounds the scratch buffer. */
#define PIECE ((size_t)32768)
/* A transcript waits for no more text until its header is complete. */
#define HEADER_WAIT ((size_t)16 << 10)

static struct spill *
spill_of(const struct readable *x)
{
	return x->transcript.ss->env->spill;
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
	readable_stand_in(x, b, x->binary_off, x->binary);
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

/* ----------------------------------------------------------------- stretches */

/* The line that has ended. */
static void
put_opaque_line(struct readable *x, struct buf *b)
{
	const struct opaque_line *l = &x->opaque.done;

	readable_stand_in(x, b, l->off, l->len);
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
		readable_pause_body(x, b);
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
    const struct chunk *c, const struct message *m, void *own)
{
	if (x->at == at && (at != STRETCH_BODY || x->m == m))
		return;
	end_stretch(x, b);
	x->at = at;
	x->m = m;
	x->own = own;
	x->frames = x->to_show = 0;
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
	return message_is_undone(what->m) || what->m->head->type.n > 0 ?
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
	if (f->name != NULL)
		buf_printf(b, "%s%s", b->n > 0 ? " " : "", f->name);
	if (f->alpn != NULL)
		buf_printf(b, " %s", f->alpn);
	buf_printf(b, "%sno keys", b->n > 0 ? ", " : "");
	x->tls_known = f->server || f->midstream;
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

	buf_reset(b);
	if (t->file == NULL)
		t->waits = what->tls != NULL;
	if (what->tls != NULL && !x->tls_said)
		note_tls(x, what->tls);
	transcript_at(t, b, c);
	enter(x, b, stretch_of(what), c, what->m, own);
	x->len += c->bytes.n;
	x->frames += what->begins || x->frames == 0;
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
readable_text(void *st, const struct made_text *t)
{
	struct readable *x = st;
	struct buf *b = x->transcript.ss->env->scratch;

	buf_reset(b);
	end_stretch(x, b);
	readable_made(x, b, t);
	transcript_flush(&x->transcript, b);
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
	if (x->lines.after != NULL) {
		x->lines.around[0] = COLOR_ESCAPE;
		x->lines.around[1] = COLOR_ESCAPE_END;
	}
	x->lines.ascii = transcript_is_ascii(&x->transcript);
	for (int dir = 0; dir < 2; dir++)
		marked_begin(&x->marked[dir], readable_marks(x),
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
	.shows_wire = true,
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
	.made = readable_text,
	.turn_gap = transcript_gap,
	.close = readable_close,
};

const struct sink shown_readable = {
	.name = "print",
	.shows_wire = true,
	.size = sizeof(struct readable),
	.cost = SINK_COST,
	.open = readable_open_printed,
	.message_head = readable_head,
	.is_excerpt = true,
	.message_body = readable_body,
	.message_hole = readable_hole,
	.message_end = readable_message_end,
	.span = readable_span,
	.made = readable_text,
	.turn_gap = transcript_gap,
	.close = readable_close,
};
