/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tar_backend.c: the store that writes the files of one capture to a tar.
 *
 * A tar says how long a file is before its bytes come, so a file waits until
 * it is closed: in memory, see file_buffer.c, and when it is large or memory is
 * short on disk, a large one in a scratch file of its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/scratch.h"
#include "base/xalloc.h"
#include "store/dir_backend.h"
#include "store/file_buffer.h"
#include "store/tar.h"

/* From this size a file may have a descriptor of its own. */
#define LARGE_SIZE ((uint64_t)1 << 20)
#define READ_SIZE ((size_t)256 << 10)

/* Of a file so far, what lies outside holes: sparse.data has its beginning,
 * fd, if it is not -1, the rest, at the offsets that it has in the file. */
struct content {
	struct sparse sparse;
	int fd;
	bool filled; /* bytes came for a hole: fd has all, the map is old */
};

/* What a file has on disk before its last job comes is in its piece, when
 * there was only one job, or in its content.  spill, tar and all below are of
 * those who do jobs. */
struct tar_backend {
	struct store store;
	struct backend backend;
	struct file_buffers *files;
	char *name;
	bool published;
	struct tar *tar;
	struct spill *spill;
	unsigned n_fds;
	struct buf path;
	struct buf scratch;
	bool placed; /* its directory is in the tar */
};

static struct tar_backend *
tar_backend_of(struct store *base)
{
	return (struct tar_backend *)(void *)base;
}

static struct tar_backend *
tar_backend_of_backend(struct backend *m)
{
	return (struct tar_backend *)(void *)((char *)m -
	    offsetof(struct tar_backend, backend));
}

static bool
tar_backend_has_failed(struct tar_backend *s)
{
	int error = spill_error(s->spill);

	if (error != 0)
		tar_fail(s->tar, error, "write", "scratch file");
	return backend_has_failed(&s->backend);
}

static struct content *
content_new(struct spill *k)
{
	struct content *c = xcalloc(1, sizeof(*c));

	c->sparse.spill = k;
	c->sparse.wants_data = true;
	c->fd = -1;
	return c;
}

/* What the file has outside memory is gone. */
static void
forget(struct tar_backend *s, struct product_file *f)
{
	struct content *c = f->content;

	spill_block_free(s->spill, f->piece);
	f->piece = NULL;
	if (c == NULL)
		return;
	if (c->fd >= 0) {
		close(c->fd);
		s->n_fds--;
	}
	sparse_fini(&c->sparse);
	free(c);
	f->content = NULL;
}

/* Adds the job's bytes, and the zeros before them. */
static bool
extend(struct sparse *sparse, const struct file_job *job)
{
	bool fits = job->chunks == NULL ||
	    sparse_zeros(sparse, job->off - sparse->size);

	for (const struct file_chunk *c = job->chunks; c != NULL && fits;
	     c = c->next)
		fits = sparse_write(sparse, c->bytes, c->n);
	return fits;
}

/* The content, made of what there is if need be. */
static struct content *
wake(struct tar_backend *s, struct product_file *f)
{
	struct content *c = f->content;

	if (c != NULL)
		return c;
	c = f->content = content_new(s->spill);
	if (f->piece != NULL) {
		struct slice b =
		    spill_block_read(s->spill, f->piece, &s->scratch);

		(void)sparse_write(&c->sparse, b.p, b.n);
		spill_block_free(s->spill, f->piece);
		f->piece = NULL;
	}
	return c;
}

/* Without a descriptor of its own it stays where small ones are. */
static void
open_fd(struct tar_backend *s, struct content *c)
{
	if (s->n_fds >= tar_options(s->tar)->max_open)
		return;
	c->fd = scratch_file();
	if (c->fd < 0)
		return;
	s->n_fds++;
	c->sparse.wants_data = false;
}

static void
append(struct tar_backend *s, const struct file_job *job)
{
	struct content *c = wake(s, job->file);
	int errnum = 0;

	if (c->fd < 0 && job->off + job->n >= LARGE_SIZE)
		open_fd(s, c);
	if (!extend(&c->sparse, job)) {
		backend_fail(&s->backend, EFBIG, "write", job->file->name);
		return;
	}
	if (c->fd >= 0)
		errnum = chunks_write(job->chunks, c->fd, job->off);
	if (errnum != 0)
		tar_fail(s->tar, errnum, "write", "scratch file");
	spill_log_settle(s->spill, &c->sparse.data);
	spill_log_settle(s->spill, &c->sparse.holes);
}

/* Where bytes of a log belong: between the holes. */
struct filling {
	int fd;
	int error;
	uint64_t at;
	struct buf holes; /* of struct hole */
	size_t next;	  /* hole */
};

static void
put_hole(void *arg, struct slice b)
{
	buf_put(arg, b.p, b.n);
}

static void
put_between(void *arg, struct slice b)
{
	struct filling *x = arg;

	while (b.n > 0 && x->error == 0) {
		struct hole h = { .off = UINT64_MAX };
		size_t n = b.n;
		ssize_t w;

		if (x->next < x->holes.n)
			memcpy(&h, x->holes.p + x->next, sizeof(h));
		if (h.off == x->at) {
			x->at += h.len;
			x->next += sizeof(h);
			continue;
		}
		if (h.off - x->at < n)
			n = (size_t)(h.off - x->at);
		w = pwrite(x->fd, b.p, n, (off_t)x->at);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			x->error = w < 0 ? errno : ENOSPC;
			return;
		}
		x->at += (uint64_t)w;
		b.p += w;
		b.n -= (size_t)w;
	}
}

/* Puts all that the file has into its descriptor. */
static int
gather(struct tar_backend *s, struct content *c)
{
	struct filling x = { 0 };

	if (c->fd < 0) {
		c->fd = scratch_file();
		if (c->fd < 0)
			return errno;
		s->n_fds++;
	}
	c->sparse.wants_data = false;
	x.fd = c->fd;
	spill_log_read(s->spill, &c->sparse.holes, 0, put_hole, &x.holes);
	spill_log_read(s->spill, &c->sparse.data, 0, put_between, &x);
	spill_log_free(s->spill, &c->sparse.data);
	buf_free(&x.holes);
	c->filled = true;
	return x.error;
}

/* Bytes take the place of zeros. */
static void
fill(struct tar_backend *s, struct content *c, const struct file_job *job)
{
	int errnum = c->filled ? 0 : gather(s, c);

	if (errnum == 0)
		errnum = chunks_write(job->chunks, c->fd, job->off);
	if (errnum != 0)
		tar_fail(s->tar, errnum, "write", "scratch file");
}

/* Adds the file's bytes from `at` on to the map; the number of them, which is
 * 0 at the end of what was written, or -1. */
static ssize_t
map_some(int fd, uint64_t at, uint64_t size, struct sparse *map, uint8_t *buf)
{
	off_t data = lseek(fd, (off_t)at, SEEK_DATA);
	uint64_t n = size - at < READ_SIZE ? size - at : READ_SIZE;
	ssize_t r;

	/* What the file system knows to be a hole need not be read. */
	if (data > (off_t)at) {
		(void)sparse_zeros(map, (uint64_t)data - at);
		return (ssize_t)((uint64_t)data - at);
	}
	r = pread(fd, buf, n, (off_t)at);
	if (r > 0)
		(void)sparse_write(map, buf, (size_t)r);
	return r;
}

/* Makes a new map of holes, of what the descriptor has. */
static void
map_anew(struct tar_backend *s, struct content *c)
{
	struct sparse map = { .spill = s->spill };
	uint64_t size = c->sparse.size;
	uint8_t *buf = xmalloc(READ_SIZE);

	while (map.size < size) {
		ssize_t r = map_some(c->fd, map.size, size, &map, buf);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			tar_fail(s->tar, errno, "read", "scratch file");
		if (r <= 0)
			(void)sparse_zeros(&map, size - map.size);
	}
	free(buf);
	sparse_fini(&c->sparse);
	c->sparse = map;
}

/* Takes the job's bytes out of memory. */
static void
spill_job(struct tar_backend *s, const struct file_job *job)
{
	struct product_file *f = job->file;
	struct buf *b = &s->scratch;

	if (f->content != NULL || f->piece != NULL || job->off > 0 ||
	    job->n >= LARGE_SIZE) {
		struct content *c = wake(s, f);

		if (job->chunks != NULL && job->off < c->sparse.size)
			fill(s, c, job);
		else
			append(s, job);
		return;
	}
	buf_reset(b);
	for (const struct file_chunk *c = job->chunks; c != NULL; c = c->next)
		buf_put(b, c->bytes, c->n);
	f->piece = spill_put(s->spill, (struct slice){ b->p, b->n });
}

static void
pass_on(void *arg, struct slice b)
{
	tar_bytes(arg, b.p, b.n);
}

static void
send_fd(struct tar_backend *s, int fd)
{
	uint8_t *buf = xmalloc(READ_SIZE);
	uint64_t run;

	while ((run = tar_run(s->tar)) > 0) {
		ssize_t r = pread(fd, buf, run < READ_SIZE ? run : READ_SIZE,
		    (off_t)tar_position(s->tar));

		if (r < 0 && errno == EINTR)
			continue;
		if (r > 0)
			tar_bytes(s->tar, buf, (size_t)r);
		else
			tar_fail(s->tar, r < 0 ? errno : EIO, "read",
			    "scratch file");
	}
	free(buf);
}

static void
send_content(struct tar_backend *s, const struct product_file *f,
    const char *path)
{
	struct content *c = f->content;

	if (c->filled)
		map_anew(s, c);
	sparse_end(&c->sparse);
	tar_begin(s->tar, path, f->mtime_ns, &c->sparse);
	spill_log_read(s->spill, &c->sparse.data, 0, pass_on, s->tar);
	if (c->fd >= 0)
		send_fd(s, c->fd);
}

/* Sends those of the bytes, which are the file's from `at` on, that are not in
 * holes. */
static void
send_part(struct tar *t, struct slice b, uint64_t at)
{
	uint64_t end = at + b.n, run;

	while ((run = tar_run(t)) > 0 && tar_position(t) < end) {
		uint64_t pos = tar_position(t);
		uint64_t n = end - pos < run ? end - pos : run;

		tar_bytes(t, b.p + (pos - at), (size_t)n);
	}
}

/* All of the file is in memory. */
static void
send_job(struct tar_backend *s, const struct file_job *job, const char *path)
{
	struct sparse sparse = { .spill = s->spill };
	uint64_t at = 0;

	/* The only block is no hole, whatever is in it. */
	if (job->n <= SPARSE_BLOCK)
		sparse.size = job->n;
	else
		(void)extend(&sparse, job);
	sparse_end(&sparse);
	tar_begin(s->tar, path, job->file->mtime_ns, &sparse);
	for (const struct file_chunk *c = job->chunks; c != NULL; c = c->next) {
		send_part(s->tar, (struct slice){ c->bytes, c->n }, at);
		at += c->n;
	}
	sparse_fini(&sparse);
}

static void
send_file(struct tar_backend *s, const struct file_job *job)
{
	const struct product_file *f = job->file;
	const char *path;

	buf_reset(&s->path);
	buf_str(&s->path, s->name);
	buf_str(&s->path, "/");
	buf_str(&s->path, f->name);
	path = buf_cstr(&s->path);
	if (!s->placed)
		tar_directory(s->tar, s->name, f->mtime_ns);
	s->placed = true;
	if (f->piece != NULL || f->content != NULL || job->off > 0) {
		append(s, job);
		send_content(s, f, path);
	} else {
		send_job(s, job, path);
	}
	/* What could not be read again came as zeros. */
	if (!tar_backend_has_failed(s))
		tar_end(s->tar);
}

static void
tar_backend_work(struct backend *m, const struct file_job *job)
{
	struct tar_backend *s = tar_backend_of_backend(m);

	if (!tar_backend_has_failed(s) && job->after == FILE_END)
		send_file(s, job);
	else if (!tar_backend_has_failed(s) && job->after != FILE_DISCARD)
		spill_job(s, job);
	if (job->after >= FILE_END)
		forget(s, job->file);
}

static struct out *
tar_backend_out(struct store *base)
{
	return file_buffers_out(tar_backend_of(base)->files);
}

static int
tar_backend_error(const struct store *base, const char **what)
{
	const struct tar_backend *s = (const void *)base;

	return tar_error(s->tar, what);
}

static void
tar_backend_outputs(const struct store *base, struct store_outputs *o)
{
	const struct tar_backend *s = (const void *)base;

	file_buffers_outputs(s->files, o);
}

static int
tar_backend_publish(struct store *base)
{
	struct tar_backend *s = tar_backend_of(base);

	file_buffers_finish(s->files);
	s->published = !tar_backend_has_failed(s);
	return s->published ? 0 : -1;
}

static bool
tar_backend_abandon(struct store *base)
{
	struct tar_backend *s = tar_backend_of(base);

	return file_buffers_abandon(s->files) && !tar_backend_has_failed(s) &&
	    !tar_is_amid(s->tar);
}

static void
tar_backend_fail(struct store *base, int errnum)
{
	backend_fail(&tar_backend_of(base)->backend, errnum, "write", NULL);
}

static void
tar_backend_free(struct store *base)
{
	struct tar_backend *s = tar_backend_of(base);

	/* With an error set nothing more is written. */
	if (!s->published)
		backend_fail(&s->backend, ECANCELED, "write", NULL);
	file_buffers_free(s->files);
	buf_free(&s->path);
	buf_free(&s->scratch);
	free(s->name);
	free(s);
}

static const struct store_ops tar_backend_ops = {
	.out = tar_backend_out,
	.error = tar_backend_error,
	.outputs = tar_backend_outputs,
	.publish = tar_backend_publish,
	.abandon = tar_backend_abandon,
	.set_error = tar_backend_fail,
	.free = tar_backend_free,
};

struct store *
store_tar_new(struct tar *t, const char *name,
    const struct store_limits *limits)
{
	struct tar_backend *s = xcalloc(1, sizeof(*s));
	struct store_options options = {
		.behind = tar_options(t)->behind,
		.buffer = tar_options(t)->memory,
	};

	if (limits != NULL)
		options.limits = *limits;
	s->store.ops = &tar_backend_ops;
	s->tar = t;
	s->spill = tar_spill(t);
	s->name = xstrdup(name);
	s->backend = (struct backend){
		.work = tar_backend_work,
		.failure = tar_failure(t),
		.label = s->name,
		.wait = LARGE_SIZE,
		.holds = true,
	};
	s->files = file_buffers_new(&s->backend, &options);
	return &s->store;
}
