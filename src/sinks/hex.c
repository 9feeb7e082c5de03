/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* hex.c: the transcript with payload as a hex and ASCII dump. */
#include <assert.h>
#include <string.h>

#include "sinks/print.h"
#include "sinks/transcript.h"

#define LINE 16

struct hex {
	struct transcript transcript;
	uint64_t off;	    /* of line's first byte */
	uint8_t line[LINE]; /* bytes that do not fill a line yet */
	size_t n;
};

static const char digits[] = "0123456789abcdef";

/* The offset, in eight digits or as many as it needs. */
static uint8_t *
put_offset(uint8_t *w, uint64_t off)
{
	int width = 8;

	while (width < 16 && off >> (4 * width) != 0)
		width++;
	for (int i = width - 1; i >= 0; i--)
		*w++ = (uint8_t)digits[off >> (4 * i) & 15];
	return w;
}

/*
|00000010  48 54 54 50 2f 31 2e 31  20 32 30 30 20 4f 4b 0d  |HTTP/1.1 200 OK.|
 * A short line is padded, so that the second column stays where it is.
 */
static void
put_hex_line(struct hex *x, struct buf *b, uint64_t off, const uint8_t *p,
    size_t n)
{
	const char *color = transcript_color(&x->transcript);
	uint8_t *w;

	if (color != NULL)
		buf_str(b, color);
	/* '|', 16 digits, 16 times " xx", 4 spaces, "|", 16, "|", line end. */
	w = buf_room(b, 1 + 16 + 3 * LINE + 4 + 1 + LINE + 2);

	*w++ = '|';
	w = put_offset(w, off);
	memset(w, ' ', 3 * LINE + 4);
	w += 2;
	for (size_t i = 0; i < n; i++) {
		uint8_t *at = w + 3 * i + (i >= LINE / 2);

		at[0] = (uint8_t)digits[p[i] >> 4];
		at[1] = (uint8_t)digits[p[i] & 15];
	}
	w += 3 * LINE + 2;
	*w++ = '|';
	for (size_t i = 0; i < n; i++)
		*w++ = p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '.';
	*w++ = '|';
	b->n = (size_t)(w - b->p);
	if (color != NULL)
		buf_str(b, transcript_color_end(&x->transcript));
	buf_byte(b, '\n');
}

/* Completes the line that the last bytes began, as far as s reaches. */
static void
fill_line(struct hex *x, struct buf *b, struct cur *c)
{
	size_t n = LINE - x->n;

	if (n > cur_left(c))
		n = cur_left(c);
	memcpy(x->line + x->n, c->pos, n);
	cur_skip(c, n);
	x->n += n;
	if (x->n == LINE) {
		put_hex_line(x, b, x->off, x->line, LINE);
		x->n = 0;
	}
}

static void
hex_body_put(struct transcript *t, struct buf *b, uint64_t off, struct slice s)
{
	struct hex *x = (struct hex *)t;
	struct cur c = cur_of(s.p, s.n);
	struct slice line;

	if (x->n > 0) {
		assert(x->off + x->n == off);
		fill_line(x, b, &c);
	}
	while (cur_take(&c, LINE, &line))
		put_hex_line(x, b, off + (size_t)(line.p - s.p), line.p, LINE);
	if (cur_left(&c) > 0) {
		x->off = off + (size_t)(c.pos - s.p);
		fill_line(x, b, &c);
	}
}

static void
hex_body_end(struct transcript *t, struct buf *b)
{
	struct hex *x = (struct hex *)t;

	if (x->n > 0)
		put_hex_line(x, b, x->off, x->line, x->n);
	x->n = 0;
}

static void
open_hex(void *st, struct sink_session *ss, bool printed)
{
	static const struct transcript_body body = {
		.ending = ".hex",
		.put = hex_body_put,
		.end = hex_body_end,
	};
	struct hex *x = st;

	transcript_init(&x->transcript, ss, &body, printed);
}

static void
hex_open(void *st, struct sink_session *ss, const struct session *s)
{
	(void)s;
	open_hex(st, ss, false);
}

static void
hex_open_printed(void *st, struct sink_session *ss, const struct session *s)
{
	(void)s;
	open_hex(st, ss, true);
}

const struct sink sink_hex = {
	.name = "hex",
	.shows_wire = true,
	.size = sizeof(struct hex),
	.cost = SINK_COST,
	.open = hex_open,
	.turn = transcript_turn,
	.turn_gap = transcript_gap,
	.close = transcript_close,
};

const struct sink shown_hex = {
	.name = "print",
	.shows_wire = true,
	.size = sizeof(struct hex),
	.cost = SINK_COST,
	.open = hex_open_printed,
	.turn = transcript_turn,
	.turn_gap = transcript_gap,
	.close = transcript_close,
};
