/*
 * keep.c: bytes that must wait, in memory or in an unlinked scratch file.
 *
 * The scratch file is written at its end only, through a buffer.  It is
 * counted in regions: a region in which nothing lives any more is punched
 * out of the file, and a file in which nothing lives starts again at 0.  So
 * its size on disk follows what is kept, not what has passed through.
 */
#include "base/keep.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

#define IN_MEMORY UINT64_MAX
#define NOWHERE (UINT64_MAX - 1)
/* What malloc adds to a piece, about. */
#define MALLOC_COST 8
/* Pieces of that size are always in memory. */
#define SMALL ((size_t)64)
#define REGION_SHIFT 20
#define WRITE_BUFFER ((size_t)64 << 10)

#define TAIL_FIRST ((size_t)256)
/* Tails of this size are granted even when the budget is spent: smaller
 * blocks would cost too much of what they save. */
#define TAIL_GRANTED ((size_t)1 << 10)
#define TAIL_SPENT ((size_t)4 << 10)
#define TAIL_USUAL ((size_t)16 << 10)
#define TAIL_LARGE ((size_t)64 << 10)
#define SPOOL_LARGE ((uint64_t)1 << 18)

/* n bytes, in bytes[] when where is IN_MEMORY, not kept when it is NOWHERE,
 * else at that offset of the scratch file. */
struct kept {
	uint64_t where;
	uint32_t n;
	uint32_t others; /* owners, beside the first */
	uint8_t bytes[];
};

/* Invariant: live[r] is the number of living bytes in region r, n_live their
 * sum; bytes [flushed, flushed + n_pending) of the file are in pending. */
struct keep {
	size_t budget;
	size_t memory;
	bool blank; /* every piece is NOWHERE; reading holds zeros */
	int fd;	    /* -1 until the scratch file is needed */
	int error;
	uint64_t flushed;
	uint8_t *pending;
	size_t n_pending;
	uint8_t *reading; /* a piece on its way back */
	size_t cap_reading;
	uint32_t *live;
	size_t n_regions;
	uint64_t n_live;
};

struct keep *
keep_new(size_t budget)
{
	struct keep *k = xcalloc(1, sizeof(*k));

	k->budget = budget;
	k->fd = -1;
	return k;
}

struct keep *
keep_new_blank(void)
{
	struct keep *k = keep_new(0);

	k->blank = true;
	return k;
}

void
keep_free(struct keep *k)
{
	if (k == NULL)
		return;
	if (k->fd >= 0)
		close(k->fd);
	free(k->pending);
	free(k->reading);
	free(k->live);
	free(k);
}

int
keep_error(const struct keep *k)
{
	return k->error;
}

size_t
keep_memory(const struct keep *k)
{
	return k->memory;
}

size_t
keep_excess(const struct keep *k)
{
	return k->memory > k->budget ? k->memory - k->budget : 0;
}

static void
fail(struct keep *k, int errnum)
{
	if (k->error == 0)
		k->error = errnum;
}

/* A file that has a name for a moment only. */
static int
scratch_named(const char *dir)
{
	char *name = xasprintf("%s/tcpsession-XXXXXX", dir);
	int fd = mkostemp(name, O_CLOEXEC);

	if (fd >= 0)
		unlink(name);
	free(name);
	return fd;
}

int
keep_scratch(void)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	if (dir == NULL || dir[0] == '\0')
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	return fd >= 0 ? fd : scratch_named(dir);
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

static void
scratch_write(struct keep *k, const uint8_t *p, size_t n)
{
	if (k->fd < 0 && k->error == 0) {
		k->fd = keep_scratch();
		if (k->fd < 0)
			fail(k, errno);
	}
	if (k->error == 0 && !write_all(k->fd, p, n, k->flushed))
		fail(k, errno);
	k->flushed += n;
}

static void
scratch_flush(struct keep *k)
{
	if (k->n_pending > 0)
		scratch_write(k, k->pending, k->n_pending);
	k->n_pending = 0;
}

/* Adds sign * n to the living bytes of the regions that [off, off + n) is in;
 * punches out those that become empty and lie wholly on disk. */
static void
scratch_count(struct keep *k, uint64_t off, size_t n, bool born)
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
		if (k->live[r] == 0 && end <= k->flushed && k->fd >= 0)
			fallocate(k->fd,
			    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			    (off_t)(end - (1U << REGION_SHIFT)),
			    (off_t)1 << REGION_SHIFT);
		off += part;
		n -= part;
	}
}

static uint64_t
scratch_append(struct keep *k, struct slice s)
{
	uint64_t off;
	size_t regions;

	if (k->pending == NULL)
		k->pending = xmalloc(WRITE_BUFFER);
	if (s.n > WRITE_BUFFER - k->n_pending)
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
	if (s.n > WRITE_BUFFER) {
		scratch_write(k, s.p, s.n);
	} else {
		memcpy(k->pending + k->n_pending, s.p, s.n);
		k->n_pending += s.n;
	}
	return off;
}

static void
scratch_release(struct keep *k, uint64_t off, size_t n)
{
	assert(k->n_live >= n);
	k->n_live -= n;
	scratch_count(k, off, n, false);
	if (k->n_live > 0)
		return;
	k->n_pending = 0;
	/* Should it not shrink, it is written over from the beginning. */
	if (k->fd >= 0 && k->flushed > 0 && ftruncate(k->fd, 0) != 0)
		fail(k, errno);
	k->flushed = 0;
}

static size_t
cost(const struct kept *p)
{
	return sizeof(*p) + MALLOC_COST + (p->where == IN_MEMORY ? p->n : 0);
}

/* With room for so many bytes. */
static struct kept *
new_kept(size_t n, size_t room)
{
	struct kept *p = xmalloc(sizeof(*p) + room);

	assert(n <= UINT32_MAX);
	p->n = (uint32_t)n;
	p->others = 0;
	return p;
}

static struct kept *
put_scratch(struct keep *k, struct slice s)
{
	struct kept *p = new_kept(s.n, 0);

	p->where = scratch_append(k, s);
	k->memory += cost(p);
	return p;
}

static struct kept *
put_nowhere(struct keep *k, size_t n)
{
	struct kept *p = new_kept(n, 0);

	p->where = NOWHERE;
	k->memory += cost(p);
	if (n > k->cap_reading) {
		free(k->reading);
		k->reading = xcalloc(n, 1);
		k->cap_reading = n;
	}
	return p;
}

struct kept *
keep_put(struct keep *k, struct slice s)
{
	struct kept *p;

	if (k->blank)
		return put_nowhere(k, s.n);
	if (s.n > SMALL &&
	    (k->memory >= k->budget || s.n > k->budget - k->memory))
		return put_scratch(k, s);
	p = new_kept(s.n, s.n);
	p->where = IN_MEMORY;
	if (s.n > 0)
		memcpy(p->bytes, s.p, s.n);
	k->memory += cost(p);
	return p;
}

/* Bytes [from, from + n) of a piece; borrowed as by kept_get. */
static struct slice
get_part(struct keep *k, const struct kept *p, size_t from, size_t n)
{
	uint64_t at = p->where + from;

	if (p->where == IN_MEMORY)
		return (struct slice){ p->bytes + from, n };
	if (p->where == NOWHERE)
		return (struct slice){ k->reading, n };
	if (at >= k->flushed)
		return (struct slice){ k->pending + (at - k->flushed), n };
	if (n > k->cap_reading) {
		free(k->reading);
		k->reading = xmalloc(n);
		k->cap_reading = n;
	}
	if (k->fd < 0 || !read_all(k->fd, k->reading, n, at)) {
		fail(k, errno);
		memset(k->reading, 0, n);
	}
	return (struct slice){ k->reading, n };
}

struct slice
kept_get(struct keep *k, const struct kept *p)
{
	return get_part(k, p, 0, p->n);
}

struct slice
kept_part(struct keep *k, const struct kept *p, size_t from, size_t n,
    struct buf *into)
{
	struct slice b = get_part(k, p, from, n);

	assert(from <= p->n && n <= p->n - from);
	if (p->where == IN_MEMORY)
		return b;
	buf_reset(into);
	buf_put(into, b.p, b.n);
	return (struct slice){ into->p, into->n };
}

struct slice
kept_read(struct keep *k, const struct kept *p, struct buf *into)
{
	return kept_part(k, p, 0, p->n, into);
}

void
kept_share(struct kept *p)
{
	if (p != NULL)
		p->others++;
}

void
kept_free(struct keep *k, struct kept *p)
{
	if (p == NULL)
		return;
	if (p->others > 0) {
		p->others--;
		return;
	}
	assert(k->memory >= cost(p));
	k->memory -= cost(p);
	if (p->where != IN_MEMORY && p->where != NOWHERE)
		scratch_release(k, p->where, p->n);
	free(p);
}

/* A spool's tail is the bytes of a piece that is not full yet. */
static struct kept *
tail_piece(const struct spool *s)
{
	return (struct kept *)(void *)(s->tail - offsetof(struct kept, bytes));
}

static void
tail_resize(struct keep *k, struct spool *s, size_t cap)
{
	struct kept *p = s->tail != NULL ? tail_piece(s) : NULL;

	p = xreallocarray(p, sizeof(*p) + cap, 1);
	k->memory += cap - s->cap_tail;
	if (s->cap_tail == 0)
		k->memory += sizeof(*p) + MALLOC_COST;
	s->tail = p->bytes;
	s->cap_tail = cap;
}

static void
tail_drop(struct keep *k, struct spool *s)
{
	if (s->tail == NULL)
		return;
	k->memory -= sizeof(struct kept) + MALLOC_COST + s->cap_tail;
	free(tail_piece(s));
	s->tail = NULL;
	s->cap_tail = 0;
	s->n_tail = 0;
}

/* How large the tail may become now. */
static size_t
tail_limit(const struct keep *k, const struct spool *s)
{
	if (k->memory < k->budget)
		return s->size < SPOOL_LARGE ? TAIL_USUAL : TAIL_LARGE;
	return s->size / 16 < TAIL_SPENT ? TAIL_GRANTED : TAIL_SPENT;
}

static void
spool_add(struct keep *k, struct spool *s, struct kept *block)
{
	if (s->n_blocks == s->cap_blocks) {
		size_t cap = s->cap_blocks > 0 ? s->cap_blocks * 2 : 4;

		s->blocks = xreallocarray(s->blocks, cap, sizeof(*s->blocks));
		k->memory += (cap - s->cap_blocks) * sizeof(*s->blocks);
		s->cap_blocks = cap;
	}
	s->blocks[s->n_blocks++] = block;
}

/* Turns the tail, which is full, into a block: as it is while the budget
 * lasts, else through the scratch file, and its memory serves on. */
static void
tail_seal(struct keep *k, struct spool *s)
{
	if (k->memory < k->budget) {
		struct kept *p = tail_piece(s);

		p->where = IN_MEMORY;
		p->n = (uint32_t)s->n_tail;
		p->others = 0;
		assert(s->n_tail == s->cap_tail);
		spool_add(k, s, p);
		s->tail = NULL;
		s->cap_tail = 0;
	} else {
		spool_add(k, s,
		    put_scratch(k, (struct slice){ s->tail, s->n_tail }));
		if (s->cap_tail > tail_limit(k, s))
			tail_drop(k, s);
	}
	s->n_tail = 0;
}

/* Room for at least one more byte in the tail. */
static void
tail_room(struct keep *k, struct spool *s)
{
	size_t limit = tail_limit(k, s);

	if (s->n_tail < s->cap_tail)
		return;
	if (s->n_tail > 0 && s->cap_tail >= limit)
		tail_seal(k, s);
	if (s->n_tail < s->cap_tail)
		return;
	/* A spool that has filled a tail will fill the next one too. */
	if (s->cap_tail == 0 && s->n_blocks > 0)
		tail_resize(k, s, tail_limit(k, s));
	else
		tail_resize(k, s,
		    s->cap_tail > 0 ? s->cap_tail * 2 : TAIL_FIRST);
}

void
spool_put(struct keep *k, struct spool *s, const void *p, size_t n)
{
	const uint8_t *from = p;

	while (n > 0) {
		size_t part;

		tail_room(k, s);
		part =
		    s->cap_tail - s->n_tail < n ? s->cap_tail - s->n_tail : n;
		memcpy(s->tail + s->n_tail, from, part);
		s->n_tail += part;
		s->size += part;
		from += part;
		n -= part;
	}
}

void
spool_read(struct keep *k, const struct spool *s, uint64_t off,
    void (*fn)(void *arg, struct slice bytes), void *arg)
{
	uint64_t at = s->size - s->n_tail;
	size_t i = s->n_blocks;

	assert(off <= s->size);
	/* Backwards: costs what will be read, not what lies before it. */
	while (i > 0 && at > off)
		at -= s->blocks[--i]->n;
	for (; i < s->n_blocks; i++) {
		struct slice b = kept_get(k, s->blocks[i]);
		size_t skip = off > at ? (size_t)(off - at) : 0;

		fn(arg, (struct slice){ b.p + skip, b.n - skip });
		at += b.n;
	}
	if (s->n_tail > 0 && off < s->size) {
		size_t skip = off > at ? (size_t)(off - at) : 0;

		fn(arg, (struct slice){ s->tail + skip, s->n_tail - skip });
	}
}

static void
write_bytes(void *arg, struct slice bytes)
{
	out_write(arg, bytes.p, bytes.n);
}

void
spool_write(struct keep *k, const struct spool *s, struct out_file *f)
{
	spool_read(k, s, 0, write_bytes, f);
}

void
spool_settle(struct keep *k, struct spool *s)
{
	if (s->n_tail > 0)
		spool_add(k, s,
		    put_scratch(k, (struct slice){ s->tail, s->n_tail }));
	tail_drop(k, s);
}

void
spool_free(struct keep *k, struct spool *s)
{
	for (size_t i = 0; i < s->n_blocks; i++)
		kept_free(k, s->blocks[i]);
	k->memory -= s->cap_blocks * sizeof(*s->blocks);
	free(s->blocks);
	tail_drop(k, s);
	*s = (struct spool){ 0 };
}
