/* inflate_zstd.c: zstd (RFC 8878), by libarchive's filter. */
#include <archive.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "parse/inflate_layer.h"

struct zstd_layer {
	struct layer layer;
	struct archive *archive; /* NULL when it could not be made */
	bool open;
	bool over;
	bool starved; /* all input has been given */
};

static la_ssize_t
give(struct archive *a, void *arg, const void **block)
{
	struct zstd_layer *l = arg;
	struct slice s;

	(void)a;
	if (!layer_next(l->layer.below, &s)) {
		l->starved = true;
		return 0;
	}
	*block = s.p;
	return (la_ssize_t)s.n;
}

/* libarchive does not say whether it wanted more or liked less. */
static bool
failed(struct zstd_layer *l)
{
	l->over = true;
	l->layer.end = l->starved ? INFLATE_CUT : INFLATE_CORRUPT;
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
	l->archive = archive_read_new();
	return &l->layer;
}
