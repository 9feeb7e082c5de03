/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* decompress.c: undoes one layer of compression of a capture file: gzip with
 * zlib, the others with one filter of libarchive. */
#include "capture/decompress.h"

#include <archive.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "capture/gunzip.h"

/* The one that undoes the compression, and the file below it. */
#define FILTERS 2
/* Of the beginning of a file, what has the size of its window. */
#define WINDOW_HEAD 64
/* Memory to begin a filter with. */
#define OPENING ((size_t)1 << 20)

struct compression {
	const char *name;
	const char *magic;
	size_t magic_len;
	const char *block;		  /* six bytes, at 4, or NULL */
	int (*enable)(struct archive *a); /* NULL: not libarchive's */
};

struct decompress {
	const struct compression *compression;
	struct source *in;
	struct gunzip *gunzip;	 /* NULL: libarchive's */
	struct archive *archive; /* NULL before the first read */
	struct slice block;	 /* libarchive's; not handed on yet */
	bool starved;		 /* asked for more input than there is */
	struct capture_limits limits;
	uint64_t made; /* bytes */
	size_t (*read)(struct source *out, uint8_t *p, size_t n);
	void *read_ctx;
};

/* bzip2's magic is three letters: it takes the mark of a block, or of the
 * end of an empty file, to tell it from a text.  libarchive's gzip drops what
 * it has of a block when the file is cut, and checks no sums. */
static const struct compression compressions[] = {
	{ "gzip", "\x1f\x8b\x08", 3, NULL, NULL },
	{ "bzip2", "BZh", 3, "1AY&SY", archive_read_support_filter_bzip2 },
	{ "bzip2", "BZh", 3, "\x17rE8P\x90",
	    archive_read_support_filter_bzip2 },
	{ "xz",
	    "\xfd"
	    "7zXZ\0",
	    6, NULL, archive_read_support_filter_xz },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, NULL,
	    archive_read_support_filter_zstd },
	{ "lz4", "\x04\x22\x4d\x18", 4, NULL, archive_read_support_filter_lz4 },
};

const struct compression *
compression_of(struct slice head)
{
	for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]);
	     i++) {
		const struct compression *k = &compressions[i];

		if (head.n >= k->magic_len &&
		    memcmp(head.p, k->magic, k->magic_len) == 0 &&
		    (k->block == NULL ||
			(head.n >= 10 && memcmp(head.p + 4, k->block, 6) == 0)))
			return k;
	}
	return NULL;
}

const char *
compression_name(const struct compression *k)
{
	return k != NULL ? k->name : "none";
}

static void
need_one(void *arg)
{
	(void)source_need(arg, 1);
}

/* Hands libarchive the window of the compressed source; it is done with the
 * one before when it asks again.  Nothing may jump out of it. */
static la_ssize_t
give_window(struct archive *a, void *ctx, const void **block)
{
	struct decompress *u = ctx;
	struct source *in = u->in;
	size_t n;

	if (!xalloc_guard(need_one, in)) {
		archive_set_error(a, ENOMEM, "out of memory");
		return -1;
	}
	if (source_left(in) == 0) {
		u->starved = true;
		return in->state == CAPTURE_IO ? -1 : 0;
	}
	n = source_left(in);
	*block = in->pos;
	in->pos = in->end;
	return (la_ssize_t)n;
}

/* What libarchive lacked is not the capture's fault.  errno was 0 before; its
 * filters do not all pass on what they lacked. */
static void
look_for_memory(const struct decompress *u)
{
	if (errno == ENOMEM || archive_errno(u->archive) == ENOMEM) {
		xalloc_again();
		xalloc_fail();
	}
}

/* Ends out because libarchive refused to go on. */
static void
stop_broken(struct decompress *u, struct source *out)
{
	const char *why = archive_error_string(u->archive);

	if (why == NULL)
		why = "cannot be unpacked";
	if (u->in->state == CAPTURE_IO)
		source_stop(out, CAPTURE_IO, "%s", u->in->why);
	else if (u->starved)
		source_stop(out, CAPTURE_CUT, "%s: ends too early: %s",
		    u->compression->name, why);
	else
		source_stop(out, CAPTURE_CORRUPT, "%s: %s",
		    u->compression->name, why);
}

/* One filter, and no format but plain bytes, of which there may be none: raw
 * alone would call that an error.  NULL when libarchive lacks the filter. */
static struct archive *
open_one(const struct compression *k)
{
	bool no_memory;

	do {
		struct archive *a;

		errno = 0;
		a = archive_read_new();
		if (a != NULL && k->enable(a) == ARCHIVE_OK &&
		    archive_read_support_format_raw(a) == ARCHIVE_OK &&
		    archive_read_support_format_empty(a) == ARCHIVE_OK)
			return a;
		no_memory = a == NULL || errno == ENOMEM;
		archive_read_free(a);
	} while (no_memory && xalloc_again());
	if (no_memory)
		xalloc_fail();
	return NULL;
}

/* True when data can follow; otherwise out has ended. */
static bool
start(struct decompress *u, struct source *out)
{
	struct archive_entry *entry;
	const char *name = u->compression->name;
	int rc;

	/* In libarchive 3.6 a filter that cannot be enabled or begun for want of
	 * memory is the end of the process. */
	free(xmalloc(OPENING));
	u->archive = open_one(u->compression);
	if (u->archive == NULL) {
		source_stop(out, CAPTURE_CORRUPT,
		    "%s: libarchive was built without it", name);
		return false;
	}
	errno = 0;
	rc = archive_read_open(u->archive, u, NULL, give_window, NULL);
	if (rc == ARCHIVE_OK && archive_filter_count(u->archive) == FILTERS)
		rc = archive_read_next_header(u->archive, &entry);
	if (rc != ARCHIVE_EOF &&
	    (rc != ARCHIVE_OK || archive_filter_count(u->archive) < FILTERS))
		look_for_memory(u);
	if (rc == ARCHIVE_OK && archive_filter_count(u->archive) == FILTERS)
		return true;
	if (rc == ARCHIVE_OK && archive_filter_count(u->archive) > FILTERS)
		source_stop(out, CAPTURE_NOT_ONE,
		    "no capture file: compressed more than once");
	else if (rc == ARCHIVE_OK)
		source_stop(out, u->starved ? CAPTURE_CUT : CAPTURE_CORRUPT,
		    "%s: broken or cut header", name);
	if (rc == ARCHIVE_EOF)
		source_stop(out, CAPTURE_END, "%s", "");
	else if (rc != ARCHIVE_OK)
		stop_broken(u, out);
	return out->state == CAPTURE_PACKET;
}

/* By blocks, not archive_read_data: that one forgets the bytes it already
 * copied when it meets an error. */
static size_t
read_unpacked(struct source *out, uint8_t *p, size_t n)
{
	struct decompress *u = out->ctx;

	if (u->archive == NULL && !start(u, out))
		return 0;
	while (u->block.n == 0) {
		const void *block;
		la_int64_t offset;
		int rc;

		errno = 0;
		rc = archive_read_data_block(u->archive, &block, &u->block.n,
		    &offset);

		if (rc == ARCHIVE_EOF) {
			source_stop(out, CAPTURE_END, "%s", "");
			return 0;
		}
		if (rc != ARCHIVE_OK) {
			look_for_memory(u);
			stop_broken(u, out);
			return 0;
		}
		u->block.p = block;
	}
	if (n > u->block.n)
		n = u->block.n;
	memcpy(p, u->block.p, n);
	u->block.p += n;
	u->block.n -= n;
	return n;
}

/* A number of the xz format (1.2): seven bits a byte, the lowest first. */
static bool
cur_vli(struct cur *c, uint64_t *v)
{
	uint8_t b = 0x80;

	*v = 0;
	for (unsigned shift = 0; b & 0x80; shift += 7) {
		if (shift > 56 || !cur_u8(c, &b))
			return false;
		*v |= (uint64_t)(b & 0x7f) << shift;
	}
	return true;
}

/* The dictionary of the first block (xz format, 3.1 and 5.3.1); 0 when it is
 * not to be had. */
static uint64_t
xz_window(struct slice head)
{
	struct cur c = cur_of(head.p, head.n);
	uint64_t skip, id, size;
	uint8_t flags, bits;

	if (!cur_skip(&c, 13) || !cur_u8(&c, &flags) ||
	    ((flags & 0x40) && !cur_vli(&c, &skip)) ||
	    ((flags & 0x80) && !cur_vli(&c, &skip)))
		return 0;
	for (unsigned i = 0; i <= (flags & 3u); i++) {
		if (!cur_vli(&c, &id) || !cur_vli(&c, &size))
			return 0;
		if (id != 0x21) {
			if (!cur_skip(&c, (size_t)size))
				return 0;
			continue;
		}
		if (!cur_u8(&c, &bits) || bits > 40)
			return 0;
		return bits == 40 ?
		    UINT32_MAX :
		    (uint64_t)(2 | (bits & 1)) << (bits / 2 + 11);
	}
	return 0;
}

/* The window of the first frame (RFC 8878, 3.1.1.1); 0 likewise. */
static uint64_t
zstd_window(struct slice head)
{
	struct cur c = cur_of(head.p, head.n);
	static const uint8_t id_bytes[4] = { 0, 1, 2, 4 };
	uint8_t flags, b;
	uint64_t size = 0;
	unsigned n;

	if (!cur_skip(&c, 4) || !cur_u8(&c, &flags))
		return 0;
	if ((flags & 0x20) == 0)
		return cur_u8(&c, &b) ?
		    ((uint64_t)1 << (10 + (b >> 3))) / 8 * (8 + (b & 7)) :
		    0;
	if (!cur_skip(&c, id_bytes[flags & 3]))
		return 0;
	n = 1u << (flags >> 6);
	for (unsigned i = 0; i < n; i++) {
		if (!cur_u8(&c, &b))
			return 0;
		size |= (uint64_t)b << 8 * i;
	}
	return n == 2 ? size + 256 : size;
}

/* Whether the window that the file asks for is within the limit, before a byte
 * of it is taken. */
static bool
window_fits(struct decompress *u, struct source *out)
{
	struct slice head = { source_need(u->in, WINDOW_HEAD), WINDOW_HEAD };
	uint64_t window = 0;

	if (head.p == NULL)
		head = (struct slice){ u->in->pos, source_left(u->in) };
	if (strcmp(u->compression->name, "xz") == 0)
		window = xz_window(head);
	else if (strcmp(u->compression->name, "zstd") == 0)
		window = zstd_window(head);
	if (u->limits.window == 0 || window <= u->limits.window)
		return true;
	source_stop(out, CAPTURE_WINDOW,
	    "%s: needs a window of %llu MiB, which is more than may be used; "
	    "raise --max-memory, or unpack it with a program of its own",
	    u->compression->name, (unsigned long long)(window >> 20));
	return false;
}

static size_t
read_limited(struct source *out, uint8_t *p, size_t n)
{
	struct decompress *u = out->ctx;
	size_t got;

	if (u->made == 0 && !window_fits(u, out))
		return 0;
	if (u->limits.ratio > 0 && u->made > LIMIT_EXPANSION_FROM &&
	    u->made / u->limits.ratio > u->in->total) {
		source_stop(out, CAPTURE_EXPANSION,
		    "%s: unpacks to more than %llu times its size; raise "
		    "--max-ratio",
		    u->compression->name, (unsigned long long)u->limits.ratio);
		return 0;
	}
	out->ctx = u->read_ctx;
	got = u->read(out, p, n);
	out->ctx = u;
	u->made += got;
	return got;
}

struct decompress *
decompress_new(const struct compression *k, struct source *in,
    struct source *out, const struct capture_limits *limits)
{
	struct decompress *u = xcalloc(1, sizeof(*u));

	u->compression = k;
	u->in = in;
	if (k->enable == NULL)
		u->gunzip = gunzip_new(in, out);
	else
		source_init_read(out, read_unpacked, u);
	u->limits = *limits;
	u->read = out->read;
	u->read_ctx = out->ctx;
	out->read = read_limited;
	out->ctx = u;
	return u;
}

void
decompress_free(struct decompress *u)
{
	if (u == NULL)
		return;
	gunzip_free(u->gunzip);
	archive_read_free(u->archive);
	free(u);
}
