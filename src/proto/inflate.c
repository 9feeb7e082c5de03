/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* inflate.c: stacks the decoders that a body needs, and stops what yields too
 * much. */
#include "proto/inflate.h"

#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "proto/inflate_layer.h"
#include "proto/media.h"

/* What is looked at to find out what a coding really is. */
#define PEEK 4096
/* What a decoder yields at once: on the stack, once for each coding. */
#define ROOM 16384

/* One coding. */
struct coding_layer {
	enum coding label;
	bool decided;
	struct body_decoder *decoder; /* NULL: gives its input as it is */
	enum inflate_end end;	      /* of one without a decoder */
	uint64_t made;
	uint8_t *head; /* what has come before it was decided, or NULL */
	size_t n_head;
};

struct inflater {
	void (*put)(void *arg, struct slice bytes);
	void *arg;
	struct decode_budget *budget; /* or NULL */
	uint64_t given;		      /* bytes of the body */
	bool over;		      /* too much came out */
	bool unknown;
	size_t n;
	struct coding_layer layer[CODINGS_MAX]; /* in the order of undoing */
};

struct inflater *
inflater_new(const struct codings *codings,
    void (*put)(void *arg, struct slice bytes), void *arg)
{
	struct inflater *x = xcalloc(1, sizeof *x);

	x->put = put;
	x->arg = arg;
	x->unknown = codings->unknown;
	for (size_t i = codings->unknown ? 0 : codings->n; i-- > 0;)
		x->layer[x->n++].label = codings->list[i];
	return x;
}

void
inflater_budget(struct inflater *x, struct decode_budget *b)
{
	x->budget = b;
}

void
inflater_free(struct inflater *x)
{
	if (x == NULL)
		return;
	for (size_t i = 0; i < x->n; i++) {
		free(x->layer[i].head);
		if (x->layer[i].decoder != NULL)
			x->layer[i].decoder->ops->free(x->layer[i].decoder);
	}
	free(x);
}

size_t
inflater_memory(const struct inflater *x)
{
	size_t n = sizeof *x;

	for (size_t i = 0; i < x->n; i++) {
		const struct coding_layer *l = &x->layer[i];

		n += l->head != NULL ? PEEK : 0;
		if (l->decoder != NULL)
			n += l->decoder->ops->memory(l->decoder);
	}
	return n;
}

/* ------------------------------------------------------- what a coding is */

static bool
is_gzip(struct slice s)
{
	return s.n >= 2 && s.p[0] == 0x1f && s.p[1] == 0x8b;
}

/* RFC 1950, 2.2: method 8, a window of at most 32K, and the check. */
static bool
is_zlib(struct slice s)
{
	return s.n >= 2 && (s.p[0] & 0x0f) == 8 && s.p[0] >> 4 <= 7 &&
	    get_be16(s.p) % 31 == 0;
}

static bool
is_zstd(struct slice s)
{
	return s.n >= 4 && get_le32(s.p) == 0xfd2fb528;
}

/* A window beyond RFC 7932: its bits are reserved there (9.1). */
static bool
is_large_brotli(struct slice s)
{
	return s.n >= 1 && (s.p[0] & 0x7f) == 0x11;
}

/* Text may pass for the beginning of a stream, but hardly for a whole one. */
static bool
believe(enum stream_is is, struct slice head)
{
	return is == STREAM_WHOLE ||
	    (is == STREAM_BEGUN && !media_is_text(head));
}

/* A zstd stream: where the first frame is not to be had, it is given as it
 * is. */
static void
take_zstd(struct coding_layer *l, struct slice head)
{
	l->end = zstd_begins(head);
	if (l->end == INFLATE_WHOLE)
		l->decoder = decoder_zstd();
}

/* What the label promises, for streams without a mark that tells; NULL when
 * it is text, or an image or the like, after all, or brotli or zstd that cannot
 * be. */
static struct body_decoder *
by_label(enum coding label, struct slice head)
{
	if (label == CODING_BROTLI || label == CODING_ZSTD)
		return NULL;
	if (believe(zlib_is(head, ZLIB_RAW), head))
		return decoder_zlib(ZLIB_RAW);
	if (media_sniff(head) != NULL)
		return NULL;
	return decoder_zlib(is_zlib(head) ? ZLIB_ZLIB :
		label == CODING_GZIP	  ? ZLIB_GZIP :
					    ZLIB_RAW);
}

static void
choose(struct coding_layer *l, struct slice head)
{
	l->end = INFLATE_WHOLE;
	if (l->label == CODING_BROTLI && believe(brotli_is(head), head)) {
		l->decoder = decoder_brotli();
	} else if (is_gzip(head)) {
		l->decoder = decoder_zlib(ZLIB_GZIP);
	} else if (is_zlib(head) && believe(zlib_is(head, ZLIB_ZLIB), head)) {
		l->decoder = decoder_zlib(ZLIB_ZLIB);
	} else if (is_zstd(head)) {
		take_zstd(l, head);
	} else {
		l->decoder = by_label(l->label, head);
		if (l->decoder == NULL && l->label == CODING_BROTLI &&
		    is_large_brotli(head))
			l->end = INFLATE_WINDOW;
		else if (l->decoder == NULL && media_sniff(head) == NULL)
			l->end = INFLATE_UNKNOWN;
	}
}

/* The stream begins with head, and last: that is all of it.  False when more
 * must be seen; what is decided does not depend on the pieces. */
static bool
decide(struct coding_layer *l, struct slice head, bool last)
{
	bool early = l->label != CODING_BROTLI && is_gzip(head);

	if (!early && !last && head.n < PEEK)
		return false;
	if (head.n > PEEK)
		head.n = PEEK;
	if (head.n > 0)
		choose(l, head);
	l->decided = true;
	return true;
}

/* ------------------------------------------------------------------ decoding */

static void layer_put(struct inflater *x, size_t i, struct slice bytes);

/* Counts what a layer has made; false when that is too much. */
static bool
is_within(struct inflater *x, struct coding_layer *l, size_t made)
{
	uint64_t used = x->given, ratio = decode_budget_ratio(x->budget);

	if (x->layer[0].decoder != NULL)
		used -= x->layer[0].decoder->in.n;
	l->made += made;
	x->over |= (l->made > LIMIT_RATIO_FROM && l->made / ratio > used) ||
	    !decode_budget_take(x->budget, made);
	return !x->over;
}

static void
layer_decode(struct inflater *x, size_t i, struct slice bytes)
{
	struct body_decoder *d = x->layer[i].decoder;
	uint8_t out[ROOM];

	if (d == NULL) {
		layer_put(x, i + 1, bytes);
		return;
	}
	d->in = bytes;
	while (!d->over && !x->over && (d->more || d->in.n > 0)) {
		size_t made = d->ops->step(d, out, sizeof out);

		if (made > 0 && is_within(x, &x->layer[i], made))
			layer_put(x, i + 1, (struct slice){ out, made });
	}
	d->in.n = 0;
}

/* It is known what the coding is: what was looked at goes first. */
static void
layer_release(struct inflater *x, size_t i)
{
	struct coding_layer *l = &x->layer[i];
	uint8_t *head = l->head;

	l->head = NULL;
	if (l->n_head > 0)
		layer_decode(x, i, (struct slice){ head, l->n_head });
	l->n_head = 0;
	free(head);
}

/* Takes as much of the bytes as is looked at. */
static void
layer_look(struct inflater *x, size_t i, struct slice *bytes)
{
	struct coding_layer *l = &x->layer[i];
	size_t n = PEEK - l->n_head;

	if (l->n_head == 0 && decide(l, *bytes, false))
		return;
	if (l->head == NULL)
		l->head = xmalloc(PEEK);
	n = n < bytes->n ? n : bytes->n;
	memcpy(l->head + l->n_head, bytes->p, n);
	l->n_head += n;
	bytes->p += n;
	bytes->n -= n;
	if (decide(l, (struct slice){ l->head, l->n_head }, false))
		layer_release(x, i);
}

static void
layer_put(struct inflater *x, size_t i, struct slice bytes)
{
	if (i < x->n && !x->layer[i].decided)
		layer_look(x, i, &bytes);
	if (bytes.n == 0)
		return;
	if (i < x->n)
		layer_decode(x, i, bytes);
	else
		x->put(x->arg, bytes);
}

void
inflater_put(struct inflater *x, struct slice bytes)
{
	x->given += bytes.n;
	if (bytes.n > 0 && !x->over)
		layer_put(x, 0, bytes);
}

static enum inflate_end
layer_end(const struct coding_layer *l)
{
	const struct body_decoder *d = l->decoder;

	if (d == NULL)
		return l->end;
	return d->over ? d->end : d->ops->cut(d);
}

enum inflate_end
inflater_finish(struct inflater *x)
{
	enum inflate_end end = x->unknown ? INFLATE_UNKNOWN : INFLATE_WHOLE;

	for (size_t i = 0; i < x->n && !x->over; i++) {
		struct coding_layer *l = &x->layer[i];

		if (!l->decided &&
		    decide(l, (struct slice){ l->head, l->n_head }, true))
			layer_release(x, i);
	}
	if (x->over)
		return INFLATE_RATIO;
	for (size_t i = 0; end == INFLATE_WHOLE && i < x->n; i++)
		end = layer_end(&x->layer[i]);
	return end;
}
