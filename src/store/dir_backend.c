/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * dir_backend.c: opens, writes and closes the product files of a directory.  A
 * file is opened for its first bytes, so a small one costs openat, pwritev,
 * futimens and close.
 */
#include "store/dir_backend.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/xalloc.h"

/* More chunks than a job of BACKEND_PART has. */
#define VECTOR 64

static bool
dir_backend_has_failed(const struct dir_backend *d)
{
	return backend_has_failed(&d->backend);
}

void
product_file_init(struct product_file *f, const char *name, int64_t mtime_ns)
{
	*f = (struct product_file){
		.name = name,
		.mtime_ns = mtime_ns,
		.fd = -1,
	};
}

static void
file_failed(struct dir_backend *d, struct product_file *f, int errnum,
    const char *verb)
{
	if (!f->spare)
		backend_fail(&d->backend, errnum, verb, f->name);
	else if (f->lost == 0)
		f->lost = errnum > 0 ? errnum : EIO;
}

/* Some file systems cannot set times, or not these; that harms no data. */
static void
set_time(struct dir_backend *d, struct product_file *f)
{
	int64_t ns = f->mtime_ns > 0 ? f->mtime_ns : 0;
	struct timespec ts = { .tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000 };
	const struct timespec times[2] = { ts, ts };

	if (futimens(f->fd, times) != 0 &&
	    (errno == EIO || errno == ENOSPC || errno == EDQUOT))
		file_failed(d, f, errno, "set the time of");
}

static void
end_fd(struct dir_backend *d, struct product_file *f)
{
	set_time(d, f);
	if (d->sync && !dir_backend_has_failed(d) && sys_fsync(f->fd) != 0)
		file_failed(d, f, errno, "sync");
	if (sys_close(f->fd) != 0)
		file_failed(d, f, errno, "close");
	f->fd = -1;
}

static void
close_fd(struct dir_backend *d, struct product_file *f)
{
	if (f->fd < 0)
		return;
	end_fd(d, f);
	d->n_open--;
	ring_remove(&f->open);
}

static void
close_oldest(struct dir_backend *d)
{
	close_fd(d,
	    (struct product_file *)(void *)((char *)d->open.next -
		offsetof(struct product_file, open)));
}

static const char *
name_now(const struct product_file *f)
{
	return f->temporary != NULL ? f->temporary : f->name;
}

static int
open_file(const struct dir_backend *d, const struct product_file *f)
{
	int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC;

	if (!f->created)
		flags |= O_CREAT | O_EXCL;
	return sys_openat(d->dirfd, name_now(f), flags, 0600);
}

/* Makes f->fd valid, at the cost of the descriptor longest unused. */
static bool
need_fd(struct dir_backend *d, struct product_file *f)
{
	if (f->fd >= 0) {
		ring_remove(&f->open);
		ring_append(&d->open, &f->open);
		return true;
	}
	while (d->n_open >= d->max_open)
		close_oldest(d);
	f->fd = open_file(d, f);
	while (f->fd < 0 && (errno == EMFILE || errno == ENFILE) &&
	    d->n_open > 0) {
		close_oldest(d);
		f->fd = open_file(d, f);
	}
	if (f->fd < 0) {
		file_failed(d, f, errno, f->created ? "open" : "create");
		return false;
	}
	f->created = true;
	d->n_open++;
	ring_append(&d->open, &f->open);
	return true;
}

/* Writes all of v[0..n), which it uses up, at off.  0, or the errno. */
static int
write_vector(int fd, struct iovec *v, int n, uint64_t off)
{
	while (n > 0) {
		ssize_t w = pwritev(fd, v, n, (off_t)off);
		size_t done;

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? errno : ENOSPC;
		off += (uint64_t)w;
		for (done = (size_t)w; n > 0 && done >= v->iov_len; n--)
			done -= v++->iov_len;
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + done;
			v->iov_len -= done;
		}
	}
	return 0;
}

int
chunks_write(struct file_chunk *c, int fd, uint64_t off)
{
	struct iovec v[VECTOR];
	int errnum = 0;

	while (c != NULL && errnum == 0) {
		uint64_t at = off;
		int n = 0;

		for (; c != NULL && n < VECTOR; c = c->next) {
			v[n++] = (struct iovec){ c->bytes, c->n };
			off += c->n;
		}
		errnum = write_vector(fd, v, n, at);
	}
	return errnum;
}

/* Gives the file its own name, or removes it when not all of it is there. */
static void
end_temporary(struct dir_backend *d, const struct product_file *f)
{
	int rc = 0;

	if (!dir_backend_has_failed(d))
		rc = renameat2(d->dirfd, f->temporary, d->dirfd, f->name,
		    RENAME_NOREPLACE);
	/* Not every file system can refuse to replace. */
	if (rc != 0 && (errno == EINVAL || errno == ENOSYS))
		rc = renameat(d->dirfd, f->temporary, d->dirfd, f->name);
	if (rc != 0)
		backend_fail(&d->backend, errno, "publish", f->name);
	if (dir_backend_has_failed(d) && f->created)
		(void)unlinkat(d->dirfd, f->temporary, 0);
}

static void
write_chunks(struct dir_backend *d, const struct file_job *job)
{
	struct product_file *f = job->file;
	int errnum = 0;

	if (!f->ended && f->lost == 0)
		errnum = chunks_write(job->chunks, f->fd, job->off);
	if (errnum == EFBIG && !f->exempt && !f->spare) {
		f->ended = true;
		d->failure.cut++;
	} else if (errnum != 0)
		file_failed(d, f, errnum, "write");
}

static bool
dir_backend_work_whole(struct backend *m, const struct file_job *job)
{
	struct dir_backend *d = (struct dir_backend *)(void *)m;
	struct product_file *f = job->file;

	if (f->fd >= 0 || f->temporary != NULL || job->chunks == NULL ||
	    (job->after != FILE_SETTLE && job->after != FILE_END) ||
	    dir_backend_has_failed(d))
		return false;
	f->fd = open_file(d, f);
	if (f->fd < 0)
		return false;
	f->created = true;
	write_chunks(d, job);
	end_fd(d, f);
	return true;
}

static void
dir_backend_work(struct backend *m, const struct file_job *job)
{
	struct dir_backend *d = (struct dir_backend *)(void *)m;
	struct product_file *f = job->file;
	/* Also when there are no bytes. */
	bool makes =
	    !f->created && (job->after == FILE_END || job->after == FILE_MAKE);

	if (job->after == FILE_DISCARD) {
		close_fd(d, f);
		if (f->created && unlinkat(d->dirfd, name_now(f), 0) != 0)
			backend_fail(&d->backend, errno, "remove", f->name);
		return;
	}
	if (!dir_backend_has_failed(d) && f->lost == 0 &&
	    (job->chunks != NULL || makes) && need_fd(d, f))
		write_chunks(d, job);
	if (job->after >= FILE_SETTLE)
		close_fd(d, f);
	if (job->after == FILE_END && f->temporary != NULL)
		end_temporary(d, f);
}

/* The greatest offset that the kernel takes for a file there; 0 where it
 * cannot be asked. */
static uint64_t
dir_backend_size_max(const struct backend *m)
{
	const struct dir_backend *d = (const void *)m;
	int fd =
	    sys_openat(d->dirfd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	uint64_t most = 0;

	if (fd < 0)
		return INT64_MAX;
	for (int bit = 62; bit >= 0; bit--) {
		uint64_t more = most | (uint64_t)1 << bit;

		if (lseek(fd, (off_t)more, SEEK_SET) >= 0)
			most = more;
	}
	close(fd);
	return most;
}

void
dir_backend_init(struct dir_backend *d, int dirfd, const char *label,
    const struct store_options *options)
{
	*d = (struct dir_backend){
		.dirfd = dirfd,
		.sync = options->sync,
		.max_open = options->max_open > 0 ? options->max_open : 1,
	};
	failure_init(&d->failure);
	d->backend = (struct backend){
		.work = dir_backend_work,
		.work_whole = dir_backend_work_whole,
		.failure = &d->failure,
		.size_max = dir_backend_size_max,
		.label = label,
		.wait = BACKEND_PART,
	};
	ring_init(&d->open);
}

void
dir_backend_fini(struct dir_backend *d)
{
	failure_fini(&d->failure);
}
