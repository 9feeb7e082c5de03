/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tar.c: writes one tar archive, from its first member to its name.
 *
 * Two of libarchive's writers work together: one makes plain entries, one
 * makes those that need pax headers.  An entry is begun and ended in one
 * writer, so they may take turns.
 */
#include "store/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limit.h"
#include "base/sys.h"
#include "base/xalloc.h"
#include "store/fs_tree.h"

#define ZEROS_SIZE ((size_t)1 << 20)
/* While the map is made: a bit of offsets, which are signed elsewhere. */
#define HOLE_AS_ZEROS ((uint64_t)1 << 63)
#define NS_PER_SECOND 1000000000
/* Later times (from 2242 on) do not fit in a plain header. */
#define PLAIN_SECONDS_MAX 077777777777
#define TRIES 100
/* For the holes of large files; what else must wait goes to disk. */
#define SPILL_BYTES ((size_t)1 << 20)

/* While a member is written: bytes [0, pos) have gone, holes[next_hole] is
 * the next one, `to` is its writer. */
struct tar {
	struct tar_options options;
	int fd;
	int dirfd;	 /* -1: the descriptor is the caller's */
	char *name;	 /* in dirfd, or as shown */
	char *temporary; /* in dirfd; NULL when it is not there (any more) */
	struct compressor *compressor;
	struct archive *plain;
	struct archive *pax;
	struct archive_entry *entry;
	locale_t utf8; /* 0: there is none here */
	struct spill *spill;
	void *directories; /* paths in the archive, for tsearch */
	struct archive *to;
	uint64_t pos;
	uint64_t size;
	struct hole *holes;
	size_t n_holes;
	size_t next_hole;
	uint8_t *zeros;
	bool amid; /* a member has begun and has not ended */
	struct failure failure;
};

/* In the order of their suffixes. */
/* clang-format off */
static const struct {
	const char *word;
	const char *suffix;
} compressions[] = {
	[TAR_NONE] = { "none", "" },
	[TAR_GZIP] = { "gzip", ".gz" },
	[TAR_XZ] = { "xz", ".xz" },
	[TAR_ZSTD] = { "zstd", ".zst" },
};
/* clang-format on */

#define N_COMPRESSIONS (sizeof(compressions) / sizeof(compressions[0]))

bool
tar_parse_compress(const char *word, enum tar_compress *compress)
{
	for (size_t i = 0; i < N_COMPRESSIONS; i++)
		if (strcmp(compressions[i].word, word) == 0) {
			*compress = (enum tar_compress)i;
			return true;
		}
	return false;
}

char *
tar_name(const char *prefix, enum tar_compress compress)
{
	return xasprintf("%ssessions.tar%s", prefix,
	    compressions[compress].suffix);
}

static bool
tar_has_failed(const struct tar *t)
{
	return failure_is_set(&t->failure);
}

void
tar_fail(struct tar *t, int errnum, const char *verb, const char *name)
{
	if (!tar_has_failed(t))
		failure_set(&t->failure, errnum, verb, name, NULL);
}

int
tar_error(const struct tar *t, const char **what)
{
	return failure_get(&t->failure, what);
}

struct failure *
tar_failure(struct tar *t)
{
	return &t->failure;
}

struct spill *
tar_spill(struct tar *t)
{
	return t->spill;
}

const struct tar_options *
tar_options(const struct tar *t)
{
	return &t->options;
}

/* What libarchive says went wrong. */
static void
fail_archive(struct tar *t, struct archive *a)
{
	tar_fail(t, archive_errno(a), "write", t->name);
}

/* For `plain` and `pax`. */
static la_ssize_t
on_made(struct archive *a, void *arg, const void *p, size_t n)
{
	struct tar *t = arg;

	if (compressor_put(t->compressor, p, n))
		return (la_ssize_t)n;
	archive_set_error(a, t->failure.error, "write");
	return -1;
}

/* It writes nothing yet, so it lacks memory or nothing. */
static struct archive *
open_writer(struct tar *t, int (*set_format)(struct archive *a))
{
	do {
		struct archive *a = archive_write_new();

		if (a != NULL && set_format(a) == ARCHIVE_OK &&
		    archive_write_set_bytes_per_block(a, 0) == ARCHIVE_OK &&
		    archive_write_open(a, t, NULL, on_made, NULL) == ARCHIVE_OK)
			return a;
		archive_write_free(a);
	} while (xalloc_again());
	xalloc_fail();
}

/* The writers and the compressor; false when there is no such compression. */
static bool
open_archive(struct tar *t)
{
	do
		t->entry = archive_entry_new();
	while (t->entry == NULL && xalloc_again());
	if (t->entry == NULL)
		xalloc_fail();
	t->compressor =
	    compressor_new(t->options.compress, t->name, &t->failure);
	if (t->compressor == NULL)
		return false;
	t->plain = open_writer(t, archive_write_set_format_gnutar);
	t->pax = open_writer(t, archive_write_set_format_pax_restricted);
	return true;
}

/* Frees the writer.  There is an error, so not a byte more is taken from it;
 * but what is not closed keeps some of its memory for ever.  Without memory,
 * to close it would be the end of the process. */
static void
drop(const struct tar *t, struct archive *a)
{
	if (a == NULL || t->failure.error == ENOMEM)
		return;
	archive_write_close(a);
	archive_write_free(a);
}

static void
close_fd(struct tar *t)
{
	if (t->dirfd >= 0 && t->fd >= 0 && sys_close(t->fd) != 0)
		tar_fail(t, errno, "close", t->name);
	t->fd = -1;
}

void
tar_forget(const struct tar *t)
{
	if (t->temporary != NULL)
		(void)unlinkat(t->dirfd, t->temporary, 0);
}

/* It comes first: libarchive may not survive that there is no memory. */
void
tar_free(struct tar *t)
{
	if (t == NULL)
		return;
	tar_forget(t);
	if (t->name != NULL)
		tar_fail(t, ECANCELED, "write", t->name);
	drop(t, t->plain);
	drop(t, t->pax);
	compressor_free(t->compressor);
	archive_entry_free(t->entry);
	close_fd(t);
	spill_free(t->spill);
	if (t->utf8 != (locale_t)0)
		freelocale(t->utf8);
	tdestroy(t->directories, free);
	free(t->temporary);
	free(t->name);
	free(t->holes);
	free(t->zeros);
	failure_fini(&t->failure);
	free(t);
}

/* NULL, or why not. */
static const char *
open_temporary(struct tar *t)
{
	struct stat st;

	if (fstatat(t->dirfd, t->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode))
		return strerror(EISDIR);
	for (int i = 0; i < TRIES; i++) {
		char *name = tree_temporary_name(t->name);

		t->fd = sys_openat(t->dirfd, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (t->fd >= 0) {
			t->temporary = name;
			return NULL;
		}
		free(name);
		if (errno != EEXIST)
			break;
	}
	return strerror(errno);
}

struct tar_making {
	struct tar *t;
	const char *name;
	const char *reason; /* why there is none, or NULL */
};

/* Where there is no such locale, names go as they are. */
static locale_t
utf8_locale(void)
{
	locale_t l;

	do {
		errno = 0;
		l = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	} while (l == (locale_t)0 && errno == ENOMEM && xalloc_again());
	if (l == (locale_t)0 && errno == ENOMEM)
		xalloc_fail();
	return l;
}

static void
tar_make(void *arg)
{
	struct tar_making *x = arg;
	struct tar *t = x->t;

	t->name = xstrdup(x->name);
	t->spill = spill_new(SPILL_BYTES);
	t->utf8 = utf8_locale();
	/* Whatever fails before, there is nothing yet. */
	if (!open_archive(t))
		x->reason = tar_has_failed(t) ?
		    strerror(t->failure.error) :
		    "this libarchive cannot compress so (--tar-compress)";
	else if (t->dirfd >= 0)
		x->reason = open_temporary(t);
	if (x->reason == NULL)
		compressor_to(t->compressor, t->fd);
}

static struct tar *
tar_create(int fd, int dirfd, const char *name,
    const struct tar_options *options, char message[static STORE_MESSAGE_LEN])
{
	struct tar *t = xcalloc(1, sizeof(*t));
	struct tar_making x = { .t = t, .name = name };

	t->options = *options;
	t->fd = fd;
	t->dirfd = dirfd;
	failure_init(&t->failure);
	if (!xalloc_guard(tar_make, &x)) {
		tar_free(t);
		xalloc_fail();
	}
	message[0] = '\0';
	if (x.reason == NULL)
		return t;
	snprintf(message, STORE_MESSAGE_LEN, "%.380s: %.120s", name, x.reason);
	tar_free(t);
	return NULL;
}

struct tar *
tar_new(int dirfd, const char *name, const struct tar_options *options,
    char message[static STORE_MESSAGE_LEN])
{
	return tar_create(-1, dirfd, name, options, message);
}

struct tar *
tar_new_fd(int fd, const struct tar_options *options,
    char message[static STORE_MESSAGE_LEN])
{
	return tar_create(fd, -1, "standard output", options, message);
}

int
tar_publish(struct tar *t)
{
	if (!tar_has_failed(t)) {
		if (archive_write_close(t->plain) != ARCHIVE_OK)
			fail_archive(t, t->plain);
		compressor_end(t->compressor);
	}
	if (!tar_has_failed(t) && t->dirfd >= 0 && t->options.sync &&
	    sys_fsync(t->fd) != 0)
		tar_fail(t, errno, "sync", t->name);
	close_fd(t);
	if (tar_has_failed(t))
		return -1;
	if (t->dirfd < 0)
		return 0;
	if (renameat(t->dirfd, t->temporary, t->dirfd, t->name) != 0) {
		tar_fail(t, errno, "publish", t->name);
		return -1;
	}
	free(t->temporary);
	t->temporary = NULL;
	if (t->options.sync && sys_fsync(t->dirfd) != 0) {
		tar_fail(t, errno, "sync the directory of", t->name);
		return -1;
	}
	return 0;
}

void
tar_sweep(int dirfd, const char *prefix)
{
	for (size_t i = 0; i < N_COMPRESSIONS; i++) {
		char *name = tar_name(prefix, (enum tar_compress)i);

		tree_sweep_files(dirfd, name);
		free(name);
	}
}

static void
set_entry(struct tar *t, mode_t mode, const char *path, int64_t mtime_ns,
    uint64_t size)
{
	struct archive_entry *e = t->entry;
	int64_t ns = mtime_ns > 0 ? mtime_ns : 0;

	archive_entry_copy_pathname(e, path);
	archive_entry_set_mtime(e, (time_t)(ns / NS_PER_SECOND), 0);
	archive_entry_set_size(e, (la_int64_t)size);
	archive_entry_set_mode(e, mode);
}

/*
 * Begins the entry, in the writer that it needs.  Names in pax headers are
 * UTF-8.  libarchive asks the locale what they are before, and what it cannot
 * tell goes as it is, marked in a way that GNU tar complains of.
 */
static void
put_header(struct tar *t)
{
	locale_t before;
	bool is_late = archive_entry_mtime(t->entry) > PLAIN_SECONDS_MAX;
	bool has_map = archive_entry_sparse_count(t->entry) > 0;
	int rc;

	t->to = is_late || has_map ? t->pax : t->plain;
	before = uselocale(t->utf8);
	rc = archive_write_header(t->to, t->entry);
	uselocale(before);
	/* ARCHIVE_WARN: a name that is not UTF-8; it is written as it is. */
	if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
		fail_archive(t, t->to);
}

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
put_directory(struct tar *t, const char *path, int64_t mtime_ns)
{
	char *own;
	char **found;

	if (tar_has_failed(t))
		return;
	own = xstrdup(path);
	do
		found = tsearch(own, &t->directories, compare_paths);
	while (found == NULL && xalloc_again());
	if (found == NULL) {
		free(own);
		xalloc_fail();
	}
	if (*found != own) {
		free(own); /* it is in the archive already */
		return;
	}
	set_entry(t, AE_IFDIR | 0700, path, mtime_ns, 0);
	put_header(t);
}

void
tar_directory(struct tar *t, const char *path, int64_t mtime_ns)
{
	char *copy = xstrdup(path);

	for (char *p = strchr(copy, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		put_directory(t, copy, mtime_ns);
		*p = '/';
	}
	put_directory(t, copy, mtime_ns);
	free(copy);
}

static void
load(void *arg, struct slice bytes)
{
	uint8_t **to = arg;

	memcpy(*to, bytes.p, bytes.n);
	*to += bytes.n;
}

static void
load_holes(struct tar *t, const struct sparse *s)
{
	uint8_t *to;

	t->n_holes = 0;
	t->next_hole = 0;
	if (s->n_holes == 0)
		return;
	t->holes = xreallocarray(t->holes, s->n_holes, sizeof(*t->holes));
	t->n_holes = s->n_holes;
	to = (uint8_t *)t->holes;
	spill_log_read(s->spill, &s->holes, 0, load, &to);
	if (spill_error(s->spill) != 0)
		tar_fail(t, spill_error(s->spill), "read", "scratch file");
}

/*
 * Takes those holes out of the map that are too many, as libarchive holds it in
 * memory, and who reads it must, too: the shortest, as far as their logarithms
 * tell, and of equal ones the last.
 */
static void
thin_out(struct tar *t)
{
	size_t n[64] = { 0 }, room = LIMIT_TAR_HOLES;
	int least = 63; /* the logarithm of the shortest that stay */

	if (t->n_holes <= LIMIT_TAR_HOLES)
		return;
	for (size_t i = 0; i < t->n_holes; i++)
		n[63 - __builtin_clzll(t->holes[i].len)]++;
	while (n[least] <= room)
		room -= n[least--];
	for (size_t i = 0; i < t->n_holes; i++) {
		struct hole *h = &t->holes[i];
		int size = 63 - __builtin_clzll(h->len);

		if (size < least || (size == least && room == 0))
			h->off |= HOLE_AS_ZEROS;
		else if (size == least)
			room--;
	}
}

/* Tells libarchive where the data between the holes are. */
static void
set_map(struct tar *t)
{
	uint64_t off = 0;

	thin_out(t);
	for (size_t i = 0; i < t->n_holes; i++) {
		struct hole *h = &t->holes[i];

		if ((h->off & HOLE_AS_ZEROS) != 0) {
			h->off &= ~HOLE_AS_ZEROS;
			continue;
		}
		if (h->off > off)
			archive_entry_sparse_add_entry(t->entry,
			    (la_int64_t)off, (la_int64_t)(h->off - off));
		off = h->off + h->len;
	}
	archive_entry_sparse_add_entry(t->entry, (la_int64_t)off,
	    (la_int64_t)(t->size - off));
}

void
tar_begin(struct tar *t, const char *path, int64_t mtime_ns,
    const struct sparse *s)
{
	assert(s->zeros == 0);
	if (tar_has_failed(t))
		return;
	t->pos = 0;
	t->size = s->size;
	load_holes(t, s);
	if (t->n_holes > 0 && t->zeros == NULL)
		t->zeros = xcalloc(1, ZEROS_SIZE);
	set_entry(t, AE_IFREG | 0600, path, mtime_ns, t->size);
	if (t->n_holes > 0)
		set_map(t);
	t->amid = true;
	if (!tar_has_failed(t))
		put_header(t);
	/* It may be large. */
	if (t->n_holes > 0)
		archive_entry_sparse_clear(t->entry);
}

static void
put_data(struct tar *t, const void *p, size_t n)
{
	if (!tar_has_failed(t) &&
	    archive_write_data(t->to, p, n) != (la_ssize_t)n)
		fail_archive(t, t->to);
	t->pos += n;
}

/* libarchive wants the bytes of holes too, and throws them away. */
static void
skip_holes(struct tar *t)
{
	while (
	    t->next_hole < t->n_holes && t->holes[t->next_hole].off == t->pos) {
		uint64_t left = t->holes[t->next_hole++].len;

		while (left > 0 && !tar_has_failed(t)) {
			size_t part =
			    left < ZEROS_SIZE ? (size_t)left : ZEROS_SIZE;

			put_data(t, t->zeros, part);
			left -= part;
		}
	}
}

uint64_t
tar_run(struct tar *t)
{
	uint64_t end = t->size;

	if (tar_has_failed(t))
		return 0;
	skip_holes(t);
	if (t->next_hole < t->n_holes)
		end = t->holes[t->next_hole].off;
	return !tar_has_failed(t) ? end - t->pos : 0;
}

uint64_t
tar_position(const struct tar *t)
{
	return t->pos;
}

void
tar_bytes(struct tar *t, const void *p, size_t n)
{
	const uint8_t *from = p;

	while (n > 0) {
		uint64_t run = tar_run(t);
		size_t part = run < n ? (size_t)run : n;

		assert(run > 0 || tar_has_failed(t));
		if (tar_has_failed(t))
			return;
		put_data(t, from, part);
		from += part;
		n -= part;
	}
}

void
tar_end(struct tar *t)
{
	if (tar_has_failed(t))
		return;
	assert(t->pos == t->size);
	if (archive_write_finish_entry(t->to) != ARCHIVE_OK)
		fail_archive(t, t->to);
	t->amid = false;
}

bool
tar_is_amid(const struct tar *t)
{
	return t->amid;
}
