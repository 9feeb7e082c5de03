/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * spill.c: blocks of bytes that wait, in memory or in an unlinked scratch file.
 *
 * The scratch file is written at its end only, through a buffer.  It is
 * counted in regions: a region in which nothing lives any more is punched
 * out of the file, and a file in which nothing lives starts again at 0.  So
 * its size on disk follows what is stored, not what has passed through.
 */
#include "base/spill.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scratch.h"
#include "base/spill_parts.h"
#include "base/sys.h"
#include "base/xalloc.h"

#define REGION_SHIFT 20
/* Read at once, when pieces are asked for in the order they lie in. */
#define READ_AHEAD ((size_t)64 << 10)
#define READS_TO_TRUST 4
/* Pieces of that size are always in memory. */
#define SMALL ((size_t)64)

/* What the scratch file may have; a whole number of regions if there is room
 * for one. */
static uint64_t
largest_file(void)
{
	struct rlimit limit;
	uint64_t region = (uint64_t)1 << REGION_SHIFT;

	if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur > INT64_MAX)
		return INT64_MAX;
	if (limit.rlim_cur < region)
		return limit.rlim_cur > 0 ? limit.rlim_cur : 1;
	return limit.rlim_cur - limit.rlim_cur % region;
}

struct spill *
spill_new(size_t budget)
{
	struct spill *k = xcalloc(1, sizeof(*k));

	k->budget = budget;
	k->part_size = largest_file();
	return k;
}

struct spill *
spill_new_blank(void)
{
	struct spill *k = spill_new(0);

	k->blank = true;
	return k;
}

/* Closes all but the first n. */
static void
close_parts(struct spill *k, size_t n)
{
	while (k->n_parts > n)
		close(k->parts[--k->n_parts]);
}

void
spill_free(struct spill *k)
{
	if (k == NULL)
		return;
	close_parts(k, 0);
	free(k->parts);
	free(k->pending);
	free(k->reading);
	free(k->live);
	free(k);
}

int
spill_error(const struct spill *k)
{
	return k->error;
}

size_t
spill_memory(const struct spill *k)
{
	return k->memory;
}

size_t
spill_excess(const struct spill *k)
{
	return k->memory > k->budget ? k->memory - k->budget : 0;
}

static void
fail(struct spill *k, int errnum)
{
	if (k->error == 0)
		k->error = errnum;
}

static bool
write_all(int fd, const uint8_t *p, size_t n, uint64_t off)
{
	while (n > 0) {
		ssize_t w = pwrite(fd, p, n, (off_t)off);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			if (w == 0)
				errno = ENOSPC;
			return false;
		}
		p += w;
		n -= (size_t)w;
		off += (uint64_t)w;
	}
	return true;
}

static bool
read_all(int fd, uint8_t *p, size_t n, uint64_t off)
{
	while (n > 0) {
		ssize_t r = pread(fd, p, n, (off_t)off);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			if (r == 0)
				errno = EIO;
			return false;
		}
		p += r;
		n -= (size_t)r;
		off += (uint64_t)r;
	}
	return true;
}

/* The part that has byte off, made if it is the next one; false with errno. */
static bool
need_part(struct spill *k, uint64_t off)
{
	int fd;

	if (off / k->part_size < k->n_parts)
		return true;
	fd = scratch_file();
	if (fd < 0)
		return false;
	k->parts = xreallocarray(k->parts, k->n_parts + 1, sizeof(*k->parts));
	k->parts[k->n_parts++] = fd;
	return true;
}

/* How much of [off, off + n) lies in the part that has its first byte. */
static size_t
in_part(const struct spill *k, uint64_t off, size_t n)
{
	uint64_t left = k->part_size - off % k->part_size;

	return left < n ? (size_t)left : n;
}

static void
scratch_write(struct spill *k, const uint8_t *p, size_t n)
{
	while (n > 0) {
		size_t some = in_part(k, k->flushed, n);

		if (k->error == 0 &&
		    (!need_part(k, k->flushed) ||
			!write_all(k->parts[k->flushed / k->part_size], p, some,
			    k->flushed % k->part_size)))
			fail(k, errno);
		k->flushed += some;
		p += some;
		n -= some;
	}
}

static void
scratch_flush(struct spill *k)
{
	if (k->n_pending > 0)
		scratch_write(k, k->pending, k->n_pending);
	k->n_pending = 0;
}

/* Gives back the disk space of a region, when it lies in one part. */
static void
punch(const struct spill *k, uint64_t off)
{
	size_t i = (size_t)(off / k->part_size);

	if (i < k->n_parts && k->part_size >> REGION_SHIFT > 0)
		fallocate(k->parts[i],
		    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		    (off_t)(off % k->part_size), (off_t)1 << REGION_SHIFT);
}

/* Adds sign * n to the living bytes of the regions that [off, off + n) is in;
 * punches out those that become empty and lie wholly on disk. */
static void
scratch_count(struct spill *k, uint64_t off, size_t n, bool born)
{
	while (n > 0) {
		size_t r = (size_t)(off >> REGION_SHIFT);
		uint64_t end = (uint64_t)(r + 1) << REGION_SHIFT;
		size_t part = end - off < n ? (size_t)(end - off) : n;

		if (born)
			k->live[r] += (uint32_t)part;
		else
			k->live[r] -= (uint32_t)part;
		/* Where the file system cannot punch, the space is given
		 * back later, with the file. */
		if (k->live[r] == 0 && end <= k->flushed)
			punch(k, end - (1U << REGION_SHIFT));
		off += part;
		n -= part;
	}
}

static uint64_t
scratch_append(struct spill *k, struct slice s)
{
	uint64_t off;
	size_t regions;

	if (k->pending == NULL)
		k->pending = xmalloc(SPILL_WRITE_BUFFER);
	if (s.n > SPILL_WRITE_BUFFER - k->n_pending)
		scratch_flush(k);
	off = k->flushed + k->n_pending;
	regions = (size_t)((off + s.n) >> REGION_SHIFT) + 1;
	if (regions > k->n_regions) {
		size_t more = regions + k->n_regions / 2;

		k->live = xreallocarray(k->live, more, sizeof(*k->live));
		memset(k->live + k->n_regions, 0,
		    (more - k->n_regions) * sizeof(*k->live));
		k->n_regions = more;
	}
	scratch_count(k, off, s.n, true);
	k->n_live += s.n;
	if (s.n > SPILL_WRITE_BUFFER) {
		scratch_write(k, s.p, s.n);
	} else {
		memcpy(k->pending + k->n_pending, s.p, s.n);
		k->n_pending += s.n;
	}
	return off;
}

static void
scratch_release(struct spill *k, uint64_t off, size_t n)
{
	assert(k->n_live >= n);
	k->n_live -= n;
	scratch_count(k, off, n, false);
	if (k->n_live > 0)
		return;
	k->n_pending = 0;
	k->n_reading = 0;
	/* Should it not shrink, it is written over from the beginning. */
	close_parts(k, 1);
	if (k->n_parts > 0 && k->flushed > 0 &&
	    sys_ftruncate(k->parts[0], 0) != 0)
		fail(k, errno);
	k->flushed = 0;
}

/* With room for so many bytes. */
static struct spill_block *
new_kept(size_t n, size_t room)
{
	struct spill_block *p = xmalloc(sizeof(*p) + room);

	assert(n <= UINT32_MAX);
	p->n = (uint32_t)n;
	p->others = 0;
	return p;
}

struct spill_block *
spill_put_scratch(struct spill *k, struct slice s)
{
	struct spill_block *p = new_kept(s.n, 0);

	p->where = scratch_append(k, s);
	k->memory += spill_block_cost(p);
	return p;
}

static struct spill_block *
put_nowhere(struct spill *k, size_t n)
{
	struct spill_block *p = new_kept(n, 0);

	p->where = SPILL_BLOCK_NOWHERE;
	k->memory += spill_block_cost(p);
	if (n > k->cap_reading) {
		free(k->reading);
		k->reading = xcalloc(n, 1);
		k->cap_reading = n;
	}
	return p;
}

struct spill_block *
spill_put(struct spill *k, struct slice s)
{
	struct spill_block *p;

	if (k->blank)
		return put_nowhere(k, s.n);
	if (s.n > SMALL &&
	    (k->memory >= k->budget || s.n > k->budget - k->memory))
		return spill_put_scratch(k, s);
	p = new_kept(s.n, s.n);
	p->where = SPILL_BLOCK_IN_MEMORY;
	if (s.n > 0)
		memcpy(p->bytes, s.p, s.n);
	k->memory += spill_block_cost(p);
	return p;
}

/* Whether reading has bytes [off, off + n). */
static bool
has_read(const struct spill *k, uint64_t off, size_t n)
{
	return off >= k->read_at && off - k->read_at <= k->n_reading &&
	    n <= k->n_reading - (off - k->read_at);
}

/* How much to read at off, where n bytes are wanted and all is flushed: more
 * and more while most of what was read is wanted. */
static size_t
read_length(struct spill *k, uint64_t off, size_t n)
{
	uint64_t left = k->flushed - off;

	if (k->n_wanted < k->n_reading - k->n_reading / 4)
		k->n_good_reads = 0;
	if (++k->n_good_reads < READS_TO_TRUST)
		return n;
	n = n > k->n_reading ? n : k->n_reading;
	n = n < READ_AHEAD / 2 ? 2 * n : n < READ_AHEAD ? READ_AHEAD : n;
	return left < n ? (size_t)left : n;
}

/* Into reading; false with errno. */
static bool
scratch_read_all(struct spill *k, size_t n, uint64_t off)
{
	uint8_t *p = k->reading;

	while (n > 0) {
		size_t some = in_part(k, off, n);
		size_t i = (size_t)(off / k->part_size);

		errno = EIO;
		if (i >= k->n_parts ||
		    !read_all(k->parts[i], p, some, off % k->part_size))
			return false;
		p += some;
		off += some;
		n -= some;
	}
	return true;
}

static void
scratch_read(struct spill *k, uint64_t off, size_t n)
{
	size_t most = read_length(k, off, n);

	if (most > k->cap_reading) {
		free(k->reading);
		k->reading = xmalloc(most);
		k->cap_reading = most;
	}
	k->read_at = off;
	k->n_reading = most;
	k->n_wanted = 0;
	if (scratch_read_all(k, most, off))
		return;
	fail(k, errno);
	memset(k->reading, 0, n);
	k->n_reading = n;
}

/* Bytes [from, from + n) of a piece; borrowed as by spill_block_get. */
static struct slice
get_part(struct spill *k, const struct spill_block *p, size_t from, size_t n)
{
	uint64_t at = p->where + from;

	if (p->where == SPILL_BLOCK_IN_MEMORY)
		return (struct slice){ p->bytes + from, n };
	if (p->where == SPILL_BLOCK_NOWHERE)
		return (struct slice){ k->reading, n };
	if (at >= k->flushed)
		return (struct slice){ k->pending + (at - k->flushed), n };
	if (!has_read(k, at, n))
		scratch_read(k, at, n);
	k->n_wanted += n;
	return (struct slice){ k->reading + (at - k->read_at), n };
}

struct slice
spill_block_get(struct spill *k, const struct spill_block *p)
{
	return get_part(k, p, 0, p->n);
}

struct slice
spill_block_part(struct spill *k, const struct spill_block *p, size_t from,
    size_t n, struct buf *into)
{
	struct slice b = get_part(k, p, from, n);

	assert(from <= p->n && n <= p->n - from);
	if (p->where == SPILL_BLOCK_IN_MEMORY)
		return b;
	buf_reset(into);
	buf_put(into, b.p, b.n);
	return (struct slice){ into->p, into->n };
}

struct slice
spill_block_read(struct spill *k, const struct spill_block *p, struct buf *into)
{
	return spill_block_part(k, p, 0, p->n, into);
}

void
spill_block_share(struct spill_block *p)
{
	if (p != NULL)
		p->others++;
}

void
spill_block_free(struct spill *k, struct spill_block *p)
{
	if (p == NULL)
		return;
	if (p->others > 0) {
		p->others--;
		return;
	}
	assert(k->memory >= spill_block_cost(p));
	k->memory -= spill_block_cost(p);
	if (p->where != SPILL_BLOCK_IN_MEMORY &&
	    p->where != SPILL_BLOCK_NOWHERE)
		scratch_release(k, p->where, p->n);
	free(p);
}
