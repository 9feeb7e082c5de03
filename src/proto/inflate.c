/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* inflate.c: stacks the decoders that a body needs, and stops what yields too
 * much. */
#include "proto/inflate.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/xalloc.h"
#include "proto/inflate_layer.h"

/* What is looked at to find out what a coding really is. */
#define PEEK 4096

/* ----------------------------------------------- the layer below a decoder */

/* Counts what passes, and gives the first bytes twice: once to look at. */
struct feed {
	struct coding_layer layer;
	const struct inflate_io *io; /* where there is no layer below */
	uint64_t given;
	struct slice rest; /* of the piece at hand */
	size_t n_head;
	bool head_given;
	uint8_t head[PEEK];
};

static bool
feed_pull(struct feed *f)
{
	bool more = true;

	while (more && f->rest.n == 0)
		more = f->layer.below != NULL ?
		    layer_next(f->layer.below, &f->rest) :
		    f->io->next(f->io->arg, &f->rest);
	return more;
}

static struct slice
feed_take(struct feed *f, size_t max)
{
	struct slice s = { f->rest.p, f->rest.n < max ? f->rest.n : max };

	f->rest.p += s.n;
	f->rest.n -= s.n;
	return s;
}

/* The first bytes of the stream: PEEK, or all there are. */
static struct slice
feed_peek(struct feed *f)
{
	while (f->n_head < PEEK && feed_pull(f)) {
		struct slice s = feed_take(f, PEEK - f->n_head);

		memcpy(f->head + f->n_head, s.p, s.n);
		f->n_head += s.n;
	}
	return (struct slice){ f->head, f->n_head };
}

static bool
feed_next(struct coding_layer *layer, struct slice *piece)
{
	struct feed *f = (struct feed *)layer;

	if (!f->head_given && f->n_head > 0) {
		f->head_given = true;
		*piece = (struct slice){ f->head, f->n_head };
	} else if (feed_pull(f)) {
		*piece = feed_take(f, PEEK);
	} else {
		return false;
	}
	f->given += piece->n;
	return true;
}

static void
feed_free(struct coding_layer *layer)
{
	free(layer);
}

static struct feed *
feed_new(struct coding_layer *below, const struct inflate_io *io)
{
	static const struct coding_layer_ops ops = { feed_next, feed_free };
	struct feed *f = xcalloc(1, sizeof *f);

	f->layer = (struct coding_layer){ .ops = &ops, .below = below };
	f->io = io;
	return f;
}

/* ------------------------------------------------------- what a coding is */

/* Text is UTF-8 without control characters; the end may cut a character. */
static bool
is_text(struct slice s)
{
	while (s.n > 0) {
		uint32_t cp;
		int n = 1;

		if (s.p[0] >= 0x80)
			n = utf8_decode(s, &cp);
		else if (s.p[0] < 0x20 && (s.p[0] < '\t' || s.p[0] > '\r'))
			return false;
		if (n <= 0)
			return n < 0;
		s.p += n;
		s.n -= (size_t)n;
	}
	return true;
}

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

/* Text may pass for the beginning of a stream, but hardly for a whole one. */
static bool
believe(enum stream_is is, struct slice head)
{
	return is == STREAM_WHOLE || (is == STREAM_BEGUN && !is_text(head));
}

static struct coding_layer *
by_magic(struct feed *f, struct slice head)
{
	if (is_gzip(head))
		return layer_zlib(&f->layer, ZLIB_GZIP);
	if (is_zlib(head) && believe(zlib_is(head, ZLIB_ZLIB), head))
		return layer_zlib(&f->layer, ZLIB_ZLIB);
	if (is_zstd(head) && zstd_is(head) != STREAM_NOT)
		return layer_zstd(&f->layer);
	return NULL;
}

/* What the label promises, for streams without a mark that tells; NULL when
 * it is text after all, or zstd or brotli that cannot be. */
static struct coding_layer *
by_label(struct feed *f, enum coding label, struct slice head)
{
	if (label == CODING_BROTLI || label == CODING_ZSTD || is_zstd(head))
		return NULL;
	if (believe(zlib_is(head, ZLIB_RAW), head))
		return layer_zlib(&f->layer, ZLIB_RAW);
	if (is_text(head))
		return NULL;
	return layer_zlib(&f->layer,
	    is_zlib(head)	     ? ZLIB_ZLIB :
		label == CODING_GZIP ? ZLIB_GZIP :
				       ZLIB_RAW);
}

/*
 * A layer that decodes what f gives.  NULL with *end INFLATE_WHOLE when it
 * was never coded, or with INFLATE_UNKNOWN when it cannot be decoded.
 */
static struct coding_layer *
choose_decoder(struct feed *f, enum coding label, enum inflate_end *end)
{
	struct slice head = feed_peek(f);
	struct coding_layer *l = NULL;

	*end = INFLATE_WHOLE;
	if (head.n == 0)
		return NULL;
	if (label == CODING_BROTLI && believe(brotli_is(head), head))
		return layer_brotli(&f->layer);
	l = by_magic(f, head);
	if (l == NULL)
		l = by_label(f, label, head);
	if (l == NULL && !is_text(head))
		*end = INFLATE_UNKNOWN;
	return l;
}

/* ------------------------------------------------------------------ limits */

/* Behind a decoder: ends what yields too much. */
struct limit {
	struct coding_layer layer;
	const struct feed *feed;
	uint64_t made;
};

static bool
limit_next(struct coding_layer *layer, struct slice *piece)
{
	struct limit *l = (struct limit *)layer;

	if (l->layer.end != INFLATE_WHOLE ||
	    !layer_next(l->layer.below, piece)) {
		if (l->layer.end == INFLATE_WHOLE)
			l->layer.end = l->layer.below->end;
		return false;
	}
	l->made += piece->n;
	if (l->made > INFLATE_SIZE_MAX)
		l->layer.end = INFLATE_SIZE;
	else if (l->made > INFLATE_RATIO_FROM &&
	    l->made / INFLATE_RATIO_MAX > l->feed->given)
		l->layer.end = INFLATE_RATIO;
	return l->layer.end == INFLATE_WHOLE;
}

static const struct coding_layer_ops limit_ops = { limit_next, feed_free };

static struct limit *
limit_new(struct coding_layer *below, const struct feed *feed)
{
	struct limit *l = xcalloc(1, sizeof *l);

	l->layer = (struct coding_layer){ .ops = &limit_ops, .below = below };
	l->feed = feed;
	return l;
}

/* --------------------------------------------------------------- the tower */

/* A feed, a decoder and a limit for each coding, and the wire's feed. */
#define LAYERS_MAX (3 * CODINGS_MAX + 1)

struct tower {
	struct coding_layer *layers[LAYERS_MAX];
	size_t n;
};

static struct coding_layer *
tower_add(struct tower *t, struct coding_layer *l)
{
	t->layers[t->n++] = l;
	return l;
}

/* Returns the layer that gives the decoded bytes. */
static struct coding_layer *
tower_build(struct tower *t, const struct codings *codings,
    const struct inflate_io *io, enum inflate_end *end)
{
	struct coding_layer *top = NULL;

	*end = INFLATE_WHOLE;
	for (size_t i = codings->unknown ? 0 : codings->n; i-- > 0;) {
		struct feed *feed = feed_new(top, io);
		struct coding_layer *decoder;

		top = tower_add(t, &feed->layer);
		decoder = choose_decoder(feed, codings->list[i], end);
		if (decoder == NULL && *end != INFLATE_WHOLE)
			return top;
		if (decoder == NULL)
			continue;
		tower_add(t, decoder);
		top = tower_add(t, &limit_new(decoder, feed)->layer);
	}
	if (top == NULL)
		top = tower_add(t, &feed_new(NULL, io)->layer);
	if (codings->unknown)
		*end = INFLATE_UNKNOWN;
	return top;
}

/* What a lower coding met is what the whole has met, also behind the bytes
 * that the one above wanted. */
static enum inflate_end
tower_end(const struct tower *t)
{
	enum inflate_end end = INFLATE_WHOLE;
	struct slice s;

	for (size_t i = t->n; i-- > 0;)
		while (t->layers[i]->ops == &limit_ops &&
		    layer_next(t->layers[i], &s))
			;
	for (size_t i = 0; end == INFLATE_WHOLE && i < t->n; i++)
		end = t->layers[i]->end;
	return end;
}

enum inflate_end
inflate_run(const struct codings *codings, const struct inflate_io *io)
{
	struct tower t = { .n = 0 };
	enum inflate_end end;
	struct coding_layer *top = tower_build(&t, codings, io, &end);
	struct slice s;

	while (layer_next(top, &s))
		io->put(io->arg, s);
	if (end == INFLATE_WHOLE)
		end = tower_end(&t);
	while (t.n > 0) {
		t.n--;
		t.layers[t.n]->ops->free(t.layers[t.n]);
	}
	return end;
}
