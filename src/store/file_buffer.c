/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * file_buffer.c: product files while they are written.  Bytes wait in chunks
 * from a pool.  They go to the backend when a file has many of them, when it is
 * settled or closed, and when the budget of the pool is spent: then the file
 * that has waited longest goes first.  What goes there is a job, done at once
 * or by a thread.
 */
#include "store/file_buffer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "store/file_buffer_parts.h"
#include "store/fs_tree.h"
#include "store/writer.h"

/* A file with that much asks for more room: it goes to disk itself. */
#define FLUSH_WORTH ((size_t)8 << 10)
/* Shorter holes are written as zeros: they would save no disk space. */
#define HOLE_LEAST 4096
/* Chunks have room for a multiple of CHUNK_STEP bytes. */
#define CHUNK_STEP ((size_t)64)
#define CHUNK_MOST ((size_t)4096)

#define FILE_OF(p, member)                                                     \
	((struct file_buffer *)(void *)((                                      \
	    char *)(p)-offsetof(struct file_buffer, member)))

void
file_buffers_fail(struct file_buffers *fs, int errnum, const char *verb,
    const char *name)
{
	backend_fail(fs->backend, errnum, verb, name);
}

int
file_buffers_error(const struct file_buffers *fs, const char **what)
{
	return failure_get(fs->backend->failure, what);
}

static size_t
chunk_size(const struct file_chunk *c)
{
	return sizeof(*c) + c->cap;
}

/* One for n bytes that follow what the file has: what comes at once is often
 * all, and otherwise a quarter of it may stay empty. */
static struct file_chunk *
chunk_new(const struct file_buffer *f, size_t n)
{
	size_t want = n > f->n_buffered / 4 ? n : f->n_buffered / 4;
	size_t cap = want < CHUNK_MOST ?
	    (want + CHUNK_STEP - 1) / CHUNK_STEP * CHUNK_STEP :
	    CHUNK_MOST;
	struct file_chunk *c = xmalloc(sizeof(*c) + cap);

	c->next = NULL;
	c->cap = (uint32_t)cap;
	return c;
}

static struct file_buffer *
file_new(struct file_buffers *fs, const char *name)
{
	size_t n = strlen(name) + 1;
	struct file_buffer *f = xmalloc(sizeof(*f) + n);

	*f = (struct file_buffer){ .base.out = &fs->out };
	memcpy(f->name, name, n);
	return f;
}

static void
file_free(struct file_buffer *f)
{
	free(f->on_disk.temporary);
	free(f);
}

/* What a job holds is free again, its file too at its end. */
static void
job_done(void *arg, const struct file_job *job)
{
	struct file_chunk *next;

	(void)arg;
	for (struct file_chunk *c = job->chunks; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	if (job->after >= FILE_END)
		file_free(FILE_OF(job->file, on_disk));
}

/* Takes from the file what it has buffered. */
static struct file_chunk *
take_chunks(struct file_buffer *f)
{
	struct file_chunk *first = f->first;

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
is_ours(const struct file_buffer *f)
{
	const struct file_buffers *fs = files_of(f);

	return fs->writer == NULL || writer_has_done(fs->writer, f->job);
}

/* Writes what is buffered. */
static void
file_flush(struct file_buffer *f, enum file_after after)
{
	struct file_buffers *fs = files_of(f);
	size_t n = f->n_buffered;
	struct file_job job = {
		.file = &f->on_disk,
		.chunks = take_chunks(f),
		.n = n,
		.off = f->off,
		.after = after,
	};

	if (n == 0 && after == FILE_STAY)
		return;
	f->off += n;
	fs->flushed = f;
	if (fs->writer == NULL) {
		backend_do(fs->backend, &job);
		job_done(fs, &job);
	} else if (writer_is_behind(fs->writer) && is_ours(f) &&
	    backend_do_whole(fs->backend, &job)) {
		job_done(fs, &job);
	} else {
		f->job = writer_put(fs->writer, &job, n);
	}
	fs->flushed = NULL;
}

/* Room for one more chunk in the budget.  A file with little in it lets
 * those that have waited longest go first. */
static void
make_room(struct file_buffer *f)
{
	struct file_buffers *fs = files_of(f);

	if (fs->used < fs->budget)
		return;
	if (f->n_buffered >= FLUSH_WORTH) {
		file_flush(f, FILE_STAY);
		return;
	}
	while (fs->used >= fs->budget && fs->dirty.next != &fs->dirty) {
		file_flush(FILE_OF(fs->dirty.next, dirty), FILE_STAY);
	}
}

/* Room for the next n bytes, or a part of them. */
static void
add_chunk(struct file_buffer *f, size_t n)
{
	struct file_buffers *fs = files_of(f);
	struct file_chunk *c;

	make_room(f);
	c = chunk_new(f, n);
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
buffer(struct file_buffer *f, const uint8_t *p, size_t n)
{
	struct file_buffers *fs = files_of(f);
	size_t wait = f->off > 0 ? BACKEND_PART : fs->backend->wait;

	while (n > 0 && !backend_has_failed(fs->backend)) {
		size_t part;

		if (f->room == 0)
			add_chunk(f, n);
		part = f->room < n ? f->room : n;
		memcpy(f->end, p, part);
		f->end += part;
		f->room = (uint16_t)(f->room - part);
		f->n_buffered += part;
		p += part;
		n -= part;
		if (f->n_buffered >= wait)
			file_flush(f, FILE_STAY);
	}
}

/* Bytes follow the hole: makes it part of the file, if they can. */
static bool
fill_hole(struct file_buffer *f)
{
	static const uint8_t zeros[HOLE_LEAST];
	uint64_t n = f->hole;

	if (n == UINT64_MAX || file_room_for(f, n + 1) <= n) {
		file_end_at_limit(f);
		return false;
	}
	f->hole = 0;
	file_spend(f, n);
	if (n < HOLE_LEAST) {
		buffer(f, zeros, (size_t)n);
		return true;
	}
	file_flush(f, FILE_STAY);
	f->off += n;
	return true;
}

static struct file_buffer *
file_of(struct out_file *base)
{
	return (struct file_buffer *)(void *)base;
}

static void
file_write(struct out_file *base, const void *p, size_t n)
{
	struct file_buffer *f = file_of(base);
	size_t room;

	if (n == 0 || f->base.limits != 0 ||
	    backend_has_failed(files_of(f)->backend))
		return;
	if (f->hole > 0 && !fill_hole(f))
		return;
	room = (size_t)file_room_for(f, n);
	file_spend(f, room);
	buffer(f, p, room);
	if (f->on_disk.exempt)
		f->whole = f->off + f->n_buffered;
	if (room < n)
		file_end_at_limit(f);
}

static void
file_hole(struct out_file *base, uint64_t n)
{
	struct file_buffer *f = file_of(base);

	f->hole = n < UINT64_MAX - f->hole ? f->hole + n : UINT64_MAX;
}

/* A copy in chunks of its own. */
static struct file_chunk *
chunks_of(struct file_buffer *f, const uint8_t *p, size_t n)
{
	struct file_chunk *first = NULL, **last = &first;

	while (n > 0) {
		struct file_chunk *c = chunk_new(f, n);

		c->n = n < c->cap ? (uint32_t)n : c->cap;
		memcpy(c->bytes, p, c->n);
		p += c->n;
		n -= c->n;
		*last = c;
		last = &c->next;
	}
	return first;
}

static void
file_fill(struct out_file *base, uint64_t off, const void *p, size_t n)
{
	struct file_buffer *f = file_of(base);
	struct file_buffers *fs = files_of(f);
	struct file_job job = {
		.file = &f->on_disk,
		.n = n,
		.off = off,
		.after = FILE_STAY,
	};

	if (n == 0 || backend_has_failed(fs->backend))
		return;
	/* What is to be filled may not be on disk yet. */
	file_flush(f, FILE_STAY);
	/* It may have ended before. */
	if (f->base.limits != 0 && off >= f->off)
		return;
	if (f->base.limits != 0 && n > f->off - off)
		job.n = n = (size_t)(f->off - off);
	assert(off + n <= f->off);
	job.chunks = chunks_of(f, p, n);
	if (fs->writer != NULL) {
		f->job = writer_put(fs->writer, &job, n);
		return;
	}
	backend_do(fs->backend, &job);
	job_done(fs, &job);
}

static void
file_settle(struct out_file *base)
{
	struct file_buffer *f = file_of(base);

	if (!files_of(f)->backend->holds && !f->base.absent)
		file_flush(f, FILE_SETTLE);
}

static void
file_close(struct out_file *base)
{
	struct file_buffer *f = file_of(base);
	struct file_buffers *fs = files_of(f);
	uint64_t n;

	ring_remove(&f->all);
	if (f->base.absent) {
		file_free(f);
		return;
	}
	n = f->off + f->n_buffered;
	if (f->n_buffered == 0 && is_ours(f) &&
	    dir_backend_has_all(&f->on_disk))
		file_free(f);
	else
		file_flush(f, FILE_END);
	fs->n_ended++;
	fs->n_bytes += n;
}

static void
file_discard(struct out_file *base)
{
	struct file_buffer *f = file_of(base);
	struct store_limits *left = &files_of(f)->limits;

	ring_remove(&f->all);
	if (f->base.absent) {
		file_free(f);
		return;
	}
	if (left->bytes != NULL)
		*left->bytes += f->off + f->n_buffered;
	if (left->files != NULL)
		++*left->files;
	file_flush(f, FILE_DISCARD);
}

static void
file_spare(struct out_file *base)
{
	file_of(base)->on_disk.spare = true;
}

/* What it has is on disk, or is not, before anything else happens. */
static int
file_close_spare(struct out_file *base)
{
	struct file_buffer *f = file_of(base);
	struct file_buffers *fs = files_of(f);
	int lost;

	file_settle(base);
	if (fs->writer != NULL)
		writer_drain(fs->writer);
	lost = f->on_disk.lost;
	(lost != 0 ? file_discard : file_close)(base);
	return lost;
}

/* Whether it may be seen before it is complete. */
static bool
is_at_once(const struct file_buffers *fs, const char *name)
{
	const char *const *p = fs->at_once;

	while (p != NULL && *p != NULL && strcmp(*p, name) != 0)
		p++;
	return !fs->in_place || (p != NULL && *p != NULL);
}

static void
file_exempt(struct out_file *base)
{
	struct file_buffer *f = file_of(base);
	struct file_buffers *fs = files_of(f);

	f->on_disk.exempt = true;
	if (!base->absent) {
		if (fs->limits.files != NULL)
			++*fs->limits.files;
		return;
	}
	fs->n_cut -= (base->limits & OUT_LIMIT_BYTES) != 0;
	fs->n_left_out -= (base->limits & OUT_LIMIT_FILES) != 0;
	base->limits = 0;
	base->absent = false;
	if (fs->in_place && f->on_disk.temporary == NULL)
		file_flush(f, FILE_MAKE);
}

static struct out_file *
file_create(struct out *o, const char *name, int64_t mtime_ns)
{
	struct file_buffers *fs = (struct file_buffers *)(void *)o;
	struct file_buffer *f = file_new(fs, name);

	assert(tree_is_plain_path(name) && strchr(name, '/') == NULL);
	product_file_init(&f->on_disk, f->name, mtime_ns);
	if (!is_at_once(fs, name))
		f->on_disk.temporary = tree_temporary_name(name);
	ring_append(&fs->all, &f->all);
	if (file_may_create(fs, f) && fs->in_place &&
	    f->on_disk.temporary == NULL)
		file_flush(f, FILE_MAKE);
	return &f->base;
}

static const struct out_ops file_ops = {
	.create = file_create,
	.write = file_write,
	.hole = file_hole,
	.fill = file_fill,
	.settle = file_settle,
	.close = file_close,
	.discard = file_discard,
	.exempt = file_exempt,
	.spare = file_spare,
	.close_spare = file_close_spare,
};

struct file_buffers *
file_buffers_new(struct backend *m, const struct store_options *options)
{
	struct file_buffers *fs = xcalloc(1, sizeof(*fs));

	fs->out.ops = &file_ops;
	fs->backend = m;
	fs->in_place = options->in_place;
	fs->at_once = options->at_once;
	fs->budget = options->buffer;
	fs->limits = options->limits;
	fs->size_max = file_size_max_of_process();
	if (fs->size_max > INT32_MAX)
		fs->size_max = INT32_MAX;
	ring_init(&fs->all);
	ring_init(&fs->dirty);
	/* Without a thread it is slower, and that is all. */
	if (options->behind)
		fs->writer = writer_new(m, job_done, fs);
	return fs;
}

struct out *
file_buffers_out(struct file_buffers *fs)
{
	return &fs->out;
}

void
file_buffers_outputs(const struct file_buffers *fs, struct store_outputs *o)
{
	o->files = fs->n_ended;
	o->bytes = fs->n_bytes;
	o->cut = fs->n_cut + fs->backend->failure->cut;
	o->left_out = fs->n_left_out;
}

void
file_buffers_finish(struct file_buffers *fs)
{
	struct ring *next;

	for (struct ring *r = fs->all.next; r != &fs->all; r = next) {
		next = r->next;
		file_close(&FILE_OF(r, all)->base);
	}
	if (fs->writer != NULL)
		writer_drain(fs->writer);
}

/* Drops what a write that did not come to its end has buffered; false when it
 * is not there any more. */
static bool
drop_begun(struct file_buffer *f)
{
	struct file_chunk *c, *next;
	uint64_t n = f->whole - f->off;

	if (f->whole < f->off)
		return false;
	c = take_chunks(f);
	for (; c != NULL; c = next) {
		size_t part = n < c->n ? (size_t)n : c->n;

		next = c->next;
		n -= part;
		buffer(f, c->bytes, part);
		free(c);
	}
	return true;
}

bool
file_buffers_abandon(struct file_buffers *fs)
{
	const struct file_buffer *flushed = fs->flushed;
	struct ring *next;

	for (struct ring *r = fs->all.next; r != &fs->all; r = next) {
		struct file_buffer *f = FILE_OF(r, all);

		next = r->next;
		if (!f->on_disk.exempt)
			file_discard(&f->base);
		else if (f != flushed && drop_begun(f))
			file_close(&f->base);
		else
			return false;
	}
	if (fs->writer != NULL)
		writer_drain(fs->writer);
	return !backend_has_failed(fs->backend);
}

void
file_buffers_free(struct file_buffers *fs)
{
	/* With an error set nothing more is written. */
	if (fs->all.next != &fs->all)
		file_buffers_fail(fs, ECANCELED, "write", NULL);
	file_buffers_finish(fs);
	writer_free(fs->writer);
	free(fs);
}
