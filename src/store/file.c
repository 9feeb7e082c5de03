/*
 * file.c: product files.  Bytes wait in chunks from a pool.  They go to disk
 * when a file has FLUSH_SIZE of them, when it is settled or closed, and when
 * the pool's budget is spent: then the file that has waited longest goes
 * first.  What goes to disk is a job, done at once or by a thread.
 */
#include "store/file.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "store/disk.h"
#include "store/tree.h"
#include "store/writer.h"

#define FLUSH_SIZE ((size_t)64 << 10)
/* A file with that much asks for more room: it goes to disk itself. */
#define FLUSH_WORTH ((size_t)8 << 10)
/* Shorter holes are written as zeros: they would save no disk space. */
#define HOLE_LEAST 4096
/* Bytes in chunks of a file: the first is small, most files need few others.
 * One small and 16 large ones hold FLUSH_SIZE. */
#define CHUNK_SMALL ((size_t)512)
#define CHUNK_LARGE ((size_t)4096)
/* Files with short names are used again, the last one first: it is cached. */
#define FILE_SIZE ((size_t)256)
#define SPARE_MAX 4096

/*
 * Bytes [off, off + n_buffered) are in the chunks, which take n_held; those
 * that come next have [end, end + room).  Then follow `hole` zero bytes.  In
 * all: while it lives.  In dirty: while n_buffered > 0.  on_disk is for those
 * who do jobs, the last of which has that number.
 *
 * What a write needs comes first: among so many files it is in no cache.
 */
struct file {
	struct out_file base;
	uint8_t *end;
	uint16_t room;
	bool is_long; /* has more than FILE_SIZE */
	uint32_t n_held;
	size_t n_buffered;
	uint64_t off;
	uint64_t hole;
	struct chunk *first;
	struct chunk *last;
	struct ring dirty;
	struct ring all;
	uint64_t job;
	struct disk_file on_disk;
	char name[];
};

/* free[0] are small chunks, free[1] large ones.  used counts the chunks that
 * hold data of files, in bytes, allocated those on the free lists too; both
 * exceed the budget by one chunk at most. */
struct files {
	struct out out;
	char *label;
	bool in_place; /* files but those of at_once get temporary names */
	const char *const *at_once;
	size_t budget;
	size_t used;
	size_t allocated;
	struct chunk *free[2];
	struct ring all;
	struct ring dirty;  /* longest waiting first */
	struct ring *spare; /* files of FILE_SIZE, by all.next */
	unsigned n_spare;
	struct disk disk;
	struct writer *writer; /* NULL: jobs are done at once */
};

#define FILE_OF(p, member)                                                     \
	((struct file *)(void *)((char *)(p)-offsetof(struct file, member)))

void
files_fail(struct files *fs, int errnum, const char *verb, const char *name)
{
	disk_fail(&fs->disk, errnum, verb, name);
}

int
files_error(const struct files *fs, const char **what)
{
	int error = fs->disk.error;

	*what = error != 0 ? fs->disk.what : "";
	return error;
}

static size_t
chunk_size(const struct chunk *c)
{
	return sizeof(*c) + c->cap;
}

/* Frees unused chunks of one size while the budget has no room for n. */
static void
trim_free(struct files *fs, bool large, size_t n)
{
	while (fs->allocated + n > fs->budget && fs->free[large] != NULL) {
		struct chunk *c = fs->free[large];

		fs->free[large] = c->next;
		fs->allocated -= chunk_size(c);
		free(c);
	}
}

static struct chunk *
chunk_get(struct files *fs, bool large)
{
	struct chunk *c = fs->free[large];
	size_t cap = large ? CHUNK_LARGE : CHUNK_SMALL;
	size_t size = sizeof(*c) + cap;

	if (c != NULL) {
		fs->free[large] = c->next;
	} else {
		trim_free(fs, !large, size);
		c = xmalloc(size);
		fs->allocated += size;
		c->cap = (uint32_t)cap;
	}
	c->next = NULL;
	return c;
}

static struct files *
files_of(const struct file *f)
{
	return (struct files *)(void *)f->base.out;
}

static struct file *
file_new(struct files *fs, const char *name)
{
	size_t n = strlen(name) + 1;
	size_t size = sizeof(struct file) + n;
	struct file *f;

	if (size <= FILE_SIZE && fs->spare != NULL) {
		f = FILE_OF(fs->spare, all);
		fs->spare = fs->spare->next;
		fs->n_spare--;
	} else {
		f = xmalloc(size > FILE_SIZE ? size : FILE_SIZE);
	}
	*f = (struct file){
		.base.out = &fs->out,
		.is_long = size > FILE_SIZE,
	};
	memcpy(f->name, name, n);
	return f;
}

static void
file_free(struct files *fs, struct file *f)
{
	free(f->on_disk.temporary);
	if (f->is_long || fs->n_spare == SPARE_MAX) {
		free(f);
		return;
	}
	f->all.next = fs->spare;
	fs->spare = &f->all;
	fs->n_spare++;
}

/* What a job holds is free again, its file too at its end. */
static void
job_done(void *arg, const struct disk_job *job)
{
	struct files *fs = arg;
	struct chunk *next;

	for (struct chunk *c = job->chunks; c != NULL; c = next) {
		bool large = c->cap == CHUNK_LARGE;

		next = c->next;
		c->next = fs->free[large];
		fs->free[large] = c;
	}
	if (job->after >= DISK_END)
		file_free(fs, FILE_OF(job->file, on_disk));
}

/* Takes from the file what it has buffered. */
static struct chunk *
take_chunks(struct file *f)
{
	struct chunk *first = f->first;

	if (first == NULL)
		return NULL;
	f->last->n = f->last->cap - f->room;
	files_of(f)->used -= f->n_held;
	ring_remove(&f->dirty);
	f->first = f->last = NULL;
	f->room = 0;
	f->n_held = 0;
	f->n_buffered = 0;
	return first;
}

/* Whether no job of the file is under way, so that its on_disk is ours. */
static bool
is_ours(const struct file *f)
{
	const struct files *fs = files_of(f);

	return fs->writer == NULL || writer_has_done(fs->writer, f->job);
}

/* Does the job of a writer that has enough to do; false when it cannot be. */
static bool
do_instead(const struct file *f, const struct disk_job *job)
{
	struct files *fs = files_of(f);

	return writer_is_behind(fs->writer) && is_ours(f) &&
	    disk_do_whole(&fs->disk, job);
}

/* Writes what is buffered. */
static void
flush(struct file *f, enum disk_after after)
{
	struct files *fs = files_of(f);
	size_t n = f->n_buffered;
	struct disk_job job = {
		.file = &f->on_disk,
		.chunks = take_chunks(f),
		.off = f->off,
		.after = after,
	};

	if (n == 0 && after == DISK_STAY)
		return;
	f->off += n;
	if (fs->writer == NULL)
		disk_do(&fs->disk, &job);
	else if (!do_instead(f, &job)) {
		f->job = writer_put(fs->writer, &job, n);
		return;
	}
	job_done(fs, &job);
}

/* Room for one more chunk in the budget.  A file with little in it lets
 * those that have waited longest go first. */
static void
make_room(struct file *f)
{
	struct files *fs = files_of(f);

	if (fs->used < fs->budget)
		return;
	if (f->n_buffered >= FLUSH_WORTH) {
		flush(f, DISK_STAY);
		return;
	}
	while (fs->used >= fs->budget && fs->dirty.next != &fs->dirty) {
		struct file *old = FILE_OF(fs->dirty.next, dirty);

		flush(old, DISK_STAY);
	}
}

/* Room for the next bytes. */
static void
add_chunk(struct file *f)
{
	struct files *fs = files_of(f);
	struct chunk *c;

	make_room(f);
	c = chunk_get(fs, f->last != NULL);
	if (f->last != NULL) {
		f->last->n = f->last->cap;
		f->last->next = c;
	} else {
		f->first = c;
		ring_append(&fs->dirty, &f->dirty);
	}
	f->last = c;
	f->end = c->bytes;
	f->room = (uint16_t)c->cap;
	f->n_held += (uint32_t)chunk_size(c);
	fs->used += chunk_size(c);
}

static void
buffer(struct file *f, const uint8_t *p, size_t n)
{
	while (n > 0 && files_of(f)->disk.error == 0) {
		size_t part;

		if (f->room == 0)
			add_chunk(f);
		part = f->room < n ? f->room : n;
		memcpy(f->end, p, part);
		f->end += part;
		f->room = (uint16_t)(f->room - part);
		f->n_buffered += part;
		p += part;
		n -= part;
		if (f->n_buffered >= FLUSH_SIZE)
			flush(f, DISK_STAY);
	}
}

/* Bytes follow the hole: makes it part of the file. */
static void
fill_hole(struct file *f)
{
	static const uint8_t zeros[HOLE_LEAST];
	uint64_t n = f->hole;

	f->hole = 0;
	if (n < HOLE_LEAST) {
		buffer(f, zeros, (size_t)n);
		return;
	}
	flush(f, DISK_STAY);
	if (n > (uint64_t)INT64_MAX - f->off)
		files_fail(files_of(f), EFBIG, "write", f->name);
	else
		f->off += n;
}

static struct file *
file_of(struct out_file *base)
{
	return (struct file *)(void *)base;
}

static void
file_write(struct out_file *base, const void *p, size_t n)
{
	struct file *f = file_of(base);

	if (n == 0 || files_of(f)->disk.error != 0)
		return;
	if (f->hole > 0)
		fill_hole(f);
	buffer(f, p, n);
}

static void
file_hole(struct out_file *base, uint64_t n)
{
	struct file *f = file_of(base);

	if (n > UINT64_MAX - f->hole)
		files_fail(files_of(f), EFBIG, "write", f->name);
	else
		f->hole += n;
}

static void
file_settle(struct out_file *base)
{
	flush(file_of(base), DISK_SETTLE);
}

static void
file_close(struct out_file *base)
{
	struct file *f = file_of(base);

	ring_remove(&f->all);
	if (f->n_buffered == 0 && is_ours(f) && disk_has_all(&f->on_disk))
		file_free(files_of(f), f);
	else
		flush(f, DISK_END);
}

static void
file_discard(struct out_file *base)
{
	struct file *f = file_of(base);

	ring_remove(&f->all);
	flush(f, DISK_DISCARD);
}

static bool
is_plain(const char *name)
{
	return name[0] != '\0' && strchr(name, '/') == NULL &&
	    strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Whether it may be seen before it is complete. */
static bool
is_at_once(const struct files *fs, const char *name)
{
	const char *const *p = fs->at_once;

	while (p != NULL && *p != NULL && strcmp(*p, name) != 0)
		p++;
	return !fs->in_place || (p != NULL && *p != NULL);
}

static struct out_file *
file_create(struct out *o, const char *name, int64_t mtime_ns)
{
	struct files *fs = (struct files *)(void *)o;
	struct file *f = file_new(fs, name);

	assert(is_plain(name));
	disk_file_init(&f->on_disk, f->name, mtime_ns);
	if (!is_at_once(fs, name))
		f->on_disk.temporary = tree_temporary_name(name);
	ring_append(&fs->all, &f->all);
	if (fs->in_place && f->on_disk.temporary == NULL)
		flush(f, DISK_MAKE);
	return &f->base;
}

static const struct out_ops file_ops = {
	.create = file_create,
	.write = file_write,
	.hole = file_hole,
	.settle = file_settle,
	.close = file_close,
	.discard = file_discard,
};

struct files *
files_new(int dirfd, const char *label, const struct store_options *options)
{
	struct files *fs = xcalloc(1, sizeof(*fs));

	fs->out.ops = &file_ops;
	fs->label = xstrdup(label);
	fs->in_place = options->in_place;
	fs->at_once = options->at_once;
	fs->budget = options->buffer;
	ring_init(&fs->all);
	ring_init(&fs->dirty);
	disk_init(&fs->disk, dirfd, fs->label, options);
	/* Without a thread it is slower, and that is all. */
	if (options->behind)
		fs->writer = writer_new(&fs->disk, job_done, fs);
	return fs;
}

struct out *
files_out(struct files *fs)
{
	return &fs->out;
}

void
files_finish(struct files *fs)
{
	struct ring *next;

	for (struct ring *r = fs->all.next; r != &fs->all; r = next) {
		next = r->next;
		file_close(&FILE_OF(r, all)->base);
	}
	if (fs->writer != NULL)
		writer_drain(fs->writer);
}

void
files_free(struct files *fs)
{
	if (fs == NULL)
		return;
	/* With an error set nothing more is written. */
	files_fail(fs, ECANCELED, "write", NULL);
	files_finish(fs);
	writer_free(fs->writer);
	disk_fini(&fs->disk);
	for (int i = 0; i < 2; i++)
		while (fs->free[i] != NULL) {
			struct chunk *c = fs->free[i];

			fs->free[i] = c->next;
			free(c);
		}
	while (fs->spare != NULL) {
		struct file *f = FILE_OF(fs->spare, all);

		fs->spare = fs->spare->next;
		free(f);
	}
	free(fs->label);
	free(fs);
}
