/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tar_pack.c: packs output directories, as they are on disk, into a tar.
 *
 * Small files are read once.  Large ones are read twice: for their holes
 * first, as these must be known before the bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str_list.h"
#include "base/sys.h"
#include "base/xalloc.h"
#include "store/fs_tree.h"
#include "store/tar.h"

#define READ_SIZE ((size_t)256 << 10)

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define FILE_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

/* dir is path's; `buf` is READ_SIZE bytes. */
struct pack {
	struct tar *tar;
	const char *path;
	int dir;
	uint8_t *buf;
};

/* A file that is being packed. */
struct packed {
	struct pack *pack;
	const char *path;
	int fd;
	uint64_t size;
	struct sparse holes;
};

static bool
has_failed(const struct tar *t)
{
	const char *what;

	return tar_error(t, &what) != 0;
}

/* Fills the buffer with bytes [off, off + n) of the file; n is no more than
 * READ_SIZE. */
static bool
read_part(const struct packed *f, uint64_t off, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = pread(f->fd, f->pack->buf + got, n - got,
		    (off_t)(off + got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			/* It has become shorter. */
			tar_fail(f->pack->tar, r < 0 ? errno : EIO, "read",
			    f->path);
			return false;
		}
		got += (size_t)r;
	}
	return true;
}

static size_t
part_of(uint64_t n)
{
	return n < READ_SIZE ? (size_t)n : READ_SIZE;
}

/* Where the next bytes that the file system keeps begin and end: no more
 * than a short cut, zeros there are found all the same. */
static void
next_kept(const struct packed *f, uint64_t off, uint64_t *begin, uint64_t *end)
{
	off_t at = lseek(f->fd, (off_t)off, SEEK_DATA);

	*begin = off;
	*end = f->size;
	if (at < 0) {
		if (errno == ENXIO)
			*begin = f->size;
		return;
	}
	if ((uint64_t)at >= f->size) {
		*begin = f->size;
		return;
	}
	*begin = (uint64_t)at;
	at = lseek(f->fd, at, SEEK_HOLE);
	if (at > (off_t)*begin && (uint64_t)at < f->size)
		*end = (uint64_t)at;
}

/* Finds the holes.  A file of READ_SIZE at most is in the buffer then. */
static void
scan(struct packed *f)
{
	uint64_t off = 0, end;

	while (off < f->size && !has_failed(f->pack->tar)) {
		uint64_t begin = off;

		end = f->size;
		if (f->size > READ_SIZE)
			next_kept(f, off, &begin, &end);
		(void)sparse_zeros(&f->holes, begin - off);
		for (off = begin; off < end; off = f->holes.size) {
			size_t n = part_of(end - off);

			if (!read_part(f, off, n))
				return;
			(void)sparse_write(&f->holes, f->pack->buf, n);
		}
	}
	sparse_end(&f->holes);
}

static void
send(struct packed *f)
{
	struct tar *t = f->pack->tar;
	uint64_t run;

	while ((run = tar_run(t)) > 0) {
		uint64_t off = tar_position(t);
		size_t n = part_of(run);

		if (f->size <= READ_SIZE) {
			tar_bytes(t, f->pack->buf + off, n);
			continue;
		}
		if (!read_part(f, off, n))
			return;
		tar_bytes(t, f->pack->buf, n);
	}
}

static int64_t
mtime_ns(const struct stat *st)
{
	/* Beyond what 64 bits hold no packet was ever captured. */
	if (st->st_mtim.tv_sec < 0 ||
	    st->st_mtim.tv_sec > INT64_MAX / 1000000000 - 1)
		return 0;
	return st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static void
pack_open(struct pack *p, const char *path, int fd, const struct stat *st)
{
	struct packed f = {
		.pack = p,
		.path = path,
		.fd = fd,
		.size = (uint64_t)st->st_size,
		.holes = { .spill = tar_spill(p->tar) },
	};

	scan(&f);
	if (!has_failed(p->tar)) {
		tar_directory(p->tar, p->path, mtime_ns(st));
		tar_begin(p->tar, path, mtime_ns(st), &f.holes);
		send(&f);
		tar_end(p->tar);
	}
	sparse_fini(&f.holes);
}

/* What is no plain file is none of ours. */
static void
pack_file(struct pack *p, const char *name)
{
	char *path = xasprintf("%s/%s", p->path, name);
	int fd = sys_openat(p->dir, name, FILE_FLAGS, 0);
	struct stat st;

	if (fd < 0) {
		if (errno != ELOOP && errno != ENXIO)
			tar_fail(p->tar, errno, "open", path);
	} else if (fstat(fd, &st) != 0) {
		tar_fail(p->tar, errno, "read", path);
	} else if (S_ISREG(st.st_mode)) {
		pack_open(p, path, fd, &st);
	}
	if (fd >= 0)
		close(fd);
	free(path);
}

/* Hidden names are none of ours. */
static void
pack_directory(struct pack *p)
{
	struct str_list l = { 0 };
	int errnum = str_list_directory(&l, p->dir);

	if (errnum != 0)
		tar_fail(p->tar, errnum, "read", p->path);
	for (size_t i = 0; i < l.n && !has_failed(p->tar); i++)
		if (l.v[i][0] != '.')
			pack_file(p, l.v[i]);
	str_list_free(&l);
}

/* Nothing that we would have made is there. */
static void
pack_nothing(struct pack *p, const struct tar_place *place, int errnum)
{
	bool absent = errnum == ENOENT || errnum == ENOTDIR ||
	    errnum == ELOOP || errnum == ENAMETOOLONG;

	if (place->expected || !absent)
		tar_fail(p->tar, errnum, "open", p->path);
}

/* One that is not there, or is no directory of ours, is passed over, unless it
 * was ours before. */
static void
pack_place(struct pack *p, int dirfd, const struct tar_place *place)
{
	p->path = place->name;
	p->dir = tree_open(dirfd, p->path);
	if (p->dir < 0) {
		pack_nothing(p, place, errno);
		return;
	}
	switch (store_dir_owner(p->dir)) {
	case STORE_OURS:
		pack_directory(p);
		break;
	case STORE_FOREIGN:
		pack_nothing(p, place, ENOENT);
		break;
	case STORE_UNKNOWN:
		tar_fail(p->tar, errno, "read", p->path);
		break;
	}
	close(p->dir);
}

static int
by_place(const void *a, const void *b)
{
	const struct tar_place *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int
tar_pack(struct tar *t, int dirfd, struct tar_place *places, size_t n)
{
	struct pack p = { .tar = t, .buf = xmalloc(READ_SIZE) };

	if (n > 0)
		qsort(places, n, sizeof(*places), by_place);
	for (size_t i = 0; i < n && !has_failed(t); i++)
		/* Named twice: packed once. */
		if (i == 0 || strcmp(places[i].name, places[i - 1].name) != 0)
			pack_place(&p, dirfd, &places[i]);
	if (spill_error(tar_spill(t)) != 0)
		tar_fail(t, spill_error(tar_spill(t)), "write", "scratch file");
	free(p.buf);
	return has_failed(t) ? -1 : 0;
}

void
tar_file(struct tar *t, const char *path, int64_t mtime_ns, struct slice bytes)
{
	const struct sparse s = { .spill = tar_spill(t), .size = bytes.n };

	tar_begin(t, path, mtime_ns, &s);
	tar_bytes(t, bytes.p, bytes.n);
	tar_end(t);
}
