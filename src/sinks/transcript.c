/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* transcript.c: text and hex: both directions in causal order, as records. */
#include "sinks/transcript.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/fmt.h"
#include "proto/tls_hello.h"
#include "sinks/color.h"
#include "inspect/enum_names.h"

/* Payload formatted at once: bounds the scratch buffer. */
#define PIECE 32768

static const char signs[2] = { '>', '<' };

void
transcript_init(struct transcript *t, struct sink_session *ss,
    const struct transcript_body *body, bool printed)
{
	*t = (struct transcript){
		.ss = ss,
		.body = body,
		.console = printed ? ss->env->console : NULL,
	};
}

static bool
is_colored(const struct transcript *t)
{
	return t->console != NULL && t->console->color;
}

const char *
transcript_color(const struct transcript *t)
{
	static const char *const colors[2] = { COLOR_CLIENT, COLOR_SERVER };

	return is_colored(t) ? colors[t->dir] : NULL;
}

const char *
transcript_color_end(const struct transcript *t)
{
	return is_colored(t) ? COLOR_END : NULL;
}

bool
transcript_is_ascii(const struct transcript *t)
{
	return t->console != NULL && t->console->ascii;
}

void
transcript_mark(const struct transcript *t, struct buf *b)
{
	if (is_colored(t))
		buf_str(b, COLOR_DIM);
}

void
transcript_mark_end(const struct transcript *t, struct buf *b)
{
	if (is_colored(t))
		buf_str(b, COLOR_END);
	buf_byte(b, '\n');
}

void
transcript_key(const struct transcript *t, struct buf *b, const char *key,
    const char *value)
{
	transcript_mark(t, b);
	buf_put(b, "# ", 2);
	buf_str(b, key);
	buf_byte(b, ' ');
	escape_text(b, (struct slice){ (const uint8_t *)value, strlen(value) },
	    transcript_is_ascii(t));
	transcript_mark_end(t, b);
}

void
transcript_number(struct buf *b, const char *mark, uint64_t v)
{
	/* Two characters and 20 digits. */
	char *begin = (char *)buf_room(b, 22);
	char *w = begin;

	while (*mark != '\0')
		*w++ = *mark++;
	b->n += (size_t)(fmt_put_u64(w, v) - begin);
}

static void
put_endpoint_key(const struct transcript *t, struct buf *b, const char *key,
    const struct endpoint *e)
{
	char text[FMT_ENDPOINT_LEN];

	fmt_endpoint(text, e->addr, e->family, e->port);
	transcript_key(t, b, key, text);
}

static void
put_header(const struct transcript *t, struct buf *b)
{
	const struct sink_session *ss = t->ss;
	char start[FMT_TIME_LEN];
	char number[21];

	fmt_time_as(start, ss->start_ns, ss->ts_digits,
	    t->console != NULL && t->console->local_time);
	*fmt_put_u64(number, ss->number) = '\0';
	transcript_key(t, b, "capture", ss->env->capture);
	transcript_key(t, b, "session", number);
	put_endpoint_key(t, b, "client", &ss->client);
	put_endpoint_key(t, b, "server", &ss->server);
	transcript_key(t, b, "start", start);
}

static void
put_record_line(const struct transcript *t, struct buf *b,
    const struct chunk *c)
{
	const struct sink_session *ss = t->ss;
	char seconds[FMT_SECONDS_LEN];

	fmt_seconds(seconds, fmt_since(c->ts_ns, ss->start_ns), ss->ts_digits);
	transcript_mark(t, b);
	buf_byte(b, (uint8_t)signs[c->dir]);
	buf_byte(b, ' ');
	buf_str(b, seconds);
	transcript_number(b, " #", c->packet);
	transcript_number(b, " @", c->off);
	if (c->concurrent)
		buf_str(b, " concurrent");
	transcript_mark_end(t, b);
}

static void
end_record(struct transcript *t, struct buf *b)
{
	if (t->in_record)
		t->body->end(t, b);
	t->in_record = false;
}

static bool
goes_on(const struct transcript *t, const struct chunk *c)
{
	return t->in_record && c->dir == t->dir &&
	    fmt_since(c->ts_ns, t->last_ns) <= TRANSCRIPT_SILENCE_NS;
}

void
transcript_flush(struct transcript *t, struct buf *b)
{
	if (t->waits)
		buf_put(&t->early, b->p, b->n);
	else
		out_write(t->file, b->p, b->n);
	buf_reset(b);
}

static void
begin_file(struct transcript *t, struct buf *b)
{
	if (t->console != NULL) {
		t->file = t->console->file;
		console_begin(t->console, true);
	} else {
		t->file = sink_create(t->ss, t->body->ending);
	}
	put_header(t, b);
	if (t->waits) {
		out_write(t->file, b->p, b->n);
		buf_reset(b);
		return;
	}
	buf_put(b, t->early.p, t->early.n);
	buf_free(&t->early);
}

void
transcript_release(struct transcript *t, const char *key, const char *value)
{
	struct buf line = { 0 };

	t->waits = false;
	transcript_key(t, &line, key, value);
	transcript_flush(t, &line);
	buf_free(&line);
	out_write(t->file, t->early.p, t->early.n);
	buf_free(&t->early);
}

/* What comes next was opened: said once, in the header or behind what stood in
 * the clear. */
static void
say_opened(struct transcript *t, struct buf *b)
{
	const struct tls_opened *o = t->ss->opened;
	struct buf line = { 0 };

	if (t->opened || t->ss->env->wire || !sink_is_opened(t->ss))
		return;
	t->opened = true;
	end_record(t, b);
	tls_put_version(&line, o->version);
	buf_byte(&line, ' ');
	tls_put_suite(&line, o->suite);
	transcript_key(t, b, "tls", buf_cstr(&line));
	buf_free(&line);
	transcript_mark(t, b);
	buf_str(b, "# plaintext");
	transcript_mark_end(t, b);
}

void
transcript_at(struct transcript *t, struct buf *b, const struct chunk *c)
{
	if (t->file == NULL)
		begin_file(t, b);
	say_opened(t, b);
	if (!goes_on(t, c)) {
		end_record(t, b);
		put_record_line(t, b, c);
		t->in_record = true;
		t->dir = c->dir;
	}
	t->last_ns = c->ts_ns;
}

static void
put_payload(struct transcript *t, struct buf *b, const struct chunk *c)
{
	for (size_t done = 0; done < c->bytes.n;) {
		size_t left = c->bytes.n - done;
		struct slice s = { c->bytes.p + done,
			left < PIECE ? left : PIECE };

		t->body->put(t, b, c->off + done, s);
		transcript_flush(t, b);
		done += s.n;
	}
}

void
transcript_turn(void *st, const struct chunk *c)
{
	struct transcript *t = st;
	struct buf *b = t->ss->env->scratch;

	buf_reset(b);
	transcript_at(t, b, c);
	put_payload(t, b, c);
}

void
transcript_gap(void *st, int dir, const struct gap *g)
{
	struct transcript *t = st;
	struct buf *b = t->file != NULL ? t->ss->env->scratch : &t->early;

	if (t->file != NULL)
		buf_reset(b);
	end_record(t, b);
	transcript_mark(t, b);
	buf_put(b, "! ", 2);
	buf_byte(b, (uint8_t)signs[dir]);
	transcript_number(b, " @", g->off);
	transcript_number(b, " +", g->len);
	buf_byte(b, ' ');
	buf_str(b, enum_name_gap(g->reason));
	transcript_mark_end(t, b);
	if (t->file != NULL)
		transcript_flush(t, b);
}

static void
put_end(const struct transcript *t, struct buf *b, const struct session *s)
{
	const char *who = enum_name_closed_by(s->closed_by);
	char seconds[FMT_SECONDS_LEN];

	fmt_seconds(seconds, fmt_since(s->end_ns, s->start_ns), s->ts_digits);
	transcript_mark(t, b);
	buf_put(b, "= ", 2);
	buf_str(b, enum_name_close(s->close));
	buf_byte(b, ' ');
	buf_str(b, who != NULL ? who : "none");
	buf_byte(b, ' ');
	buf_str(b, seconds);
	transcript_mark_end(t, b);
}

void
transcript_close(void *st, const struct session *s)
{
	struct transcript *t = st;
	struct buf *b = t->ss->env->scratch;

	if (t->file != NULL) {
		buf_reset(b);
		end_record(t, b);
		put_end(t, b, s);
		transcript_flush(t, b);
		if (t->console == NULL)
			sink_close(t->ss, t->file);
	}
	buf_free(&t->early);
}
