/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* inflate_zstd.c: zstd (RFC 8878), by libarchive's filter. */
#include <archive.h>
#include <errno.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "proto/inflate_layer.h"

#define FRAME_MAGIC 0xfd2fb528
#define SKIPPED_MAGIC 0x184d2a50 /* and 15 more */
#define HEADER_MAX 18

enum frames_state { FR_MAGIC, FR_HEADER, FR_BLOCK, FR_SKIPPED };

/* Where in the stream its next frame begins (RFC 8878, 3.1). */
struct frames {
	enum frames_state state;
	uint8_t n;     /* bytes of head that are there */
	uint8_t want;  /* bytes of head to gather */
	uint64_t skip; /* bytes of no interest to come */
	bool checksum; /* the frame ends in one */
	uint8_t head[HEADER_MAX];
};

struct zstd_layer {
	struct layer layer;
	struct frames frames;
	bool large;		 /* a frame wants too large a window */
	struct archive *archive; /* NULL when it could not be made */
	bool open;
	bool over;
	bool starved; /* all input has been given */
};

/* RFC 8878, 3.1.1.1.  A frame that does not tell is small. */
uint64_t
zstd_window(struct slice s)
{
	static const uint8_t id_len[4] = { 0, 1, 2, 4 };
	struct cur c = cur_of(s.p + 4, s.n - 4);
	uint8_t descriptor, byte;
	uint64_t size = 0;

	if (!cur_u8(&c, &descriptor) ||
	    !((descriptor & 0x20) != 0 || cur_u8(&c, &byte)))
		return 0;
	if ((descriptor & 0x20) == 0) {
		uint64_t base = (uint64_t)1024 << (byte >> 3);

		return base + base / 8 * (byte & 7);
	}
	if (!cur_skip(&c, id_len[descriptor & 3]))
		return 0;
	for (unsigned i = 0; i < 1u << (descriptor >> 6); i++) {
		if (!cur_u8(&c, &byte))
			return 0;
		size |= (uint64_t)byte << 8 * i;
	}
	return size;
}

static void
await(struct frames *f, enum frames_state state, uint8_t want)
{
	f->state = state;
	f->n = 0;
	f->want = want;
}

/* Bytes of a frame's header, by its descriptor, and the magic before it. */
static uint8_t
header_len(uint8_t descriptor)
{
	static const uint8_t id_len[4] = { 0, 1, 2, 4 };
	bool single = (descriptor & 0x20) != 0;
	unsigned size = descriptor >> 6;

	return (uint8_t)(5 + !single + id_len[descriptor & 3] +
	    (size > 0 ? 1 << size : single));
}

static void
block(struct frames *f)
{
	uint32_t h = f->head[0] | (uint32_t)get_le16(f->head + 1) << 8;
	bool last = h & 1, repeated = (h >> 1 & 3) == 1;

	f->skip = (repeated ? 1 : h >> 3) + (last && f->checksum ? 4 : 0);
	await(f, last ? FR_MAGIC : FR_BLOCK, last ? 4 : 3);
}

/* The head that was wanted is there; false when it wants too much. */
static bool
head(struct frames *f)
{
	switch (f->state) {
	case FR_MAGIC:
		if (get_le32(f->head) == FRAME_MAGIC) {
			f->state = FR_HEADER;
			f->want = 5;
		} else if ((get_le32(f->head) & ~15U) == SKIPPED_MAGIC) {
			await(f, FR_SKIPPED, 4);
		} else {
			/* The decoder will not go on either. */
			f->skip = UINT64_MAX;
		}
		break;
	case FR_HEADER:
		if (f->n == 5) {
			f->checksum = (f->head[4] & 4) != 0;
			f->want = header_len(f->head[4]);
		}
		if (f->n < f->want)
			break;
		if (zstd_window((struct slice){ f->head, f->n }) >
		    ZSTD_WINDOW_MAX)
			return false;
		await(f, FR_BLOCK, 3);
		break;
	case FR_BLOCK:
		block(f);
		break;
	case FR_SKIPPED:
		f->skip = get_le32(f->head);
		await(f, FR_MAGIC, 4);
		break;
	}
	return true;
}

/* False when a frame in s wants a window that is too large. */
static bool
follow(struct frames *f, struct slice s)
{
	while (s.n > 0) {
		size_t n = f->skip < s.n ? (size_t)f->skip : s.n;

		f->skip -= n;
		s.p += n;
		s.n -= n;
		if (s.n == 0)
			break;
		f->head[f->n++] = *s.p++;
		s.n--;
		if (f->n == f->want && !head(f))
			return false;
	}
	return true;
}

static la_ssize_t
give(struct archive *a, void *arg, const void **block)
{
	struct zstd_layer *l = arg;
	struct slice s;

	if (!layer_next(l->layer.below, &s)) {
		l->starved = true;
		return 0;
	}
	if (!follow(&l->frames, s)) {
		l->large = true;
		archive_set_error(a, ENOMEM, "window");
		return ARCHIVE_FATAL;
	}
	*block = s.p;
	return (la_ssize_t)s.n;
}

/* libarchive does not say whether it wanted more or liked less. */
static bool
failed(struct zstd_layer *l)
{
	l->over = true;
	l->layer.end = l->large ? INFLATE_UNKNOWN :
	    l->starved		? INFLATE_CUT :
				  INFLATE_CORRUPT;
	return false;
}

static bool
open_archive(struct zstd_layer *l)
{
	struct archive_entry *entry;

	l->open = true;
	return l->archive != NULL &&
	    archive_read_support_filter_zstd(l->archive) == ARCHIVE_OK &&
	    archive_read_support_format_raw(l->archive) == ARCHIVE_OK &&
	    archive_read_open(l->archive, l, NULL, give, NULL) == ARCHIVE_OK &&
	    archive_read_next_header(l->archive, &entry) == ARCHIVE_OK;
}

static bool
zstd_next(struct layer *layer, struct slice *piece)
{
	struct zstd_layer *l = (struct zstd_layer *)layer;
	la_int64_t off;
	const void *p;
	size_t n;
	int rc;

	if (l->over || (!l->open && !open_archive(l)))
		return l->over ? false : failed(l);
	do {
		rc = archive_read_data_block(l->archive, &p, &n, &off);
	} while (rc == ARCHIVE_OK && n == 0);
	if (rc == ARCHIVE_EOF) {
		l->over = true;
		l->layer.end = INFLATE_WHOLE;
		return false;
	}
	if (rc != ARCHIVE_OK)
		return failed(l);
	*piece = (struct slice){ p, n };
	return true;
}

static void
zstd_free(struct layer *layer)
{
	struct zstd_layer *l = (struct zstd_layer *)layer;

	archive_read_free(l->archive);
	free(l);
}

struct layer *
layer_zstd(struct layer *below)
{
	static const struct layer_ops ops = { zstd_next, zstd_free };
	struct zstd_layer *l = xcalloc(1, sizeof *l);

	l->layer = (struct layer){ .ops = &ops, .below = below };
	l->frames.want = 4;
	l->archive = archive_read_new();
	return &l->layer;
}
