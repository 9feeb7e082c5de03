/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * compress.c: compresses the tar with a writer of libarchive.
 *
 * It knows of no entries but one that has all bytes.  They are gathered in
 * blocks: what libarchive does for each call costs more than copying a small
 * member.
 */
#include "store/compress.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

#define BLOCK_SIZE ((size_t)256 << 10)
/* Memory to begin a filter with. */
#define OPENING ((size_t)1 << 20)

struct compressor {
	int fd;
	const char *name;
	struct failure *failure;
	struct archive *archive;
	size_t n; /* bytes in block */
	uint8_t block[BLOCK_SIZE];
};

static int (*const filters[])(struct archive *a) = {
	[TAR_NONE] = archive_write_add_filter_none,
	[TAR_GZIP] = archive_write_add_filter_gzip,
	[TAR_XZ] = archive_write_add_filter_xz,
	[TAR_ZSTD] = archive_write_add_filter_zstd,
};

static bool
compressor_has_failed(const struct compressor *p)
{
	return failure_is_set(p->failure);
}

static void
compressor_fail(struct compressor *p, int errnum)
{
	if (!compressor_has_failed(p))
		failure_set(p->failure, errnum, "write", p->name, NULL);
}

/* Writes it all. */
static la_ssize_t
on_packed(struct archive *a, void *arg, const void *bytes, size_t n)
{
	struct compressor *p = arg;
	const char *from = bytes;
	size_t left = n;

	while (left > 0 && !compressor_has_failed(p)) {
		ssize_t w = write(p->fd, from, left);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			compressor_fail(p, w < 0 ? errno : ENOSPC);
			break;
		}
		from += w;
		left -= (size_t)w;
	}
	if (!compressor_has_failed(p))
		return (la_ssize_t)n;
	archive_set_error(a, p->failure->error, "write");
	return -1;
}

/* Anything but ARCHIVE_OK: it would run another program. */
static bool
set_up(struct archive *a, enum tar_compress compress)
{
	if (archive_write_set_format_raw(a) != ARCHIVE_OK ||
	    filters[compress](a) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(a, 0) != ARCHIVE_OK)
		return false;
	return compress != TAR_GZIP ||
	    archive_write_set_options(a, "!timestamp,compression-level=4") ==
	    ARCHIVE_OK;
}

static bool
compressor_begin(struct compressor *p)
{
	struct archive_entry *e = archive_entry_new();
	bool ok = false;

	if (e == NULL)
		return false;
	archive_entry_set_filetype(e, AE_IFREG);
	ok = archive_write_open(p->archive, p, NULL, on_packed, NULL) ==
		ARCHIVE_OK &&
	    archive_write_header(p->archive, e) == ARCHIVE_OK;
	archive_entry_free(e);
	return ok;
}

struct compressor *
compressor_new(enum tar_compress compress, const char *name, struct failure *f)
{
	bool no_memory;

	/* libarchive 3.6 does not survive that a filter has none. */
	free(xmalloc(OPENING));
	do {
		struct compressor *p = xmalloc(sizeof(*p));

		p->fd = -1;
		p->name = name;
		p->failure = f;
		p->n = 0;
		errno = 0;
		p->archive = archive_write_new();
		if (p->archive != NULL && set_up(p->archive, compress) &&
		    compressor_begin(p))
			return p;
		/* Not all of its filters pass on why. */
		no_memory = errno == ENOMEM || p->archive == NULL ||
		    archive_errno(p->archive) == ENOMEM;
		compressor_free(p);
	} while (no_memory && !failure_is_set(f) && xalloc_again());
	if (no_memory && !failure_is_set(f))
		xalloc_fail();
	return NULL;
}

void
compressor_to(struct compressor *p, int fd)
{
	p->fd = fd;
}

/* Not all filters pass on why: errno was 0 before. */
static void
fail_filter(struct compressor *p)
{
	compressor_fail(p,
	    errno == ENOMEM ? ENOMEM : archive_errno(p->archive));
}

static void
compressor_flush(struct compressor *p)
{
	errno = 0;
	if (!compressor_has_failed(p) && p->n > 0 &&
	    archive_write_data(p->archive, p->block, p->n) != (la_ssize_t)p->n)
		fail_filter(p);
	p->n = 0;
}

bool
compressor_put(struct compressor *p, const void *bytes, size_t n)
{
	const uint8_t *from = bytes;

	while (n > 0 && !compressor_has_failed(p)) {
		size_t room = BLOCK_SIZE - p->n;
		size_t part = n < room ? n : room;

		memcpy(p->block + p->n, from, part);
		p->n += part;
		from += part;
		n -= part;
		if (p->n == BLOCK_SIZE)
			compressor_flush(p);
	}
	return !compressor_has_failed(p);
}

void
compressor_end(struct compressor *p)
{
	compressor_flush(p);
	errno = 0;
	if (!compressor_has_failed(p) &&
	    archive_write_close(p->archive) != ARCHIVE_OK)
		fail_filter(p);
}

void
compressor_free(struct compressor *p)
{
	if (p == NULL)
		return;
	/* What is not closed keeps some of its memory for ever. */
	if (p->archive != NULL && p->failure->error != ENOMEM) {
		archive_write_close(p->archive);
		archive_write_free(p->archive);
	}
	free(p);
}
