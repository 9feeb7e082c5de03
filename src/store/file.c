/*
 * file.c: product files.  A file is opened when its first bytes go to disk,
 * so a small one costs openat, write, futimens and close.
 *
 * Bytes wait in chunks from a pool.  They go to disk when a file has
 * FLUSH_SIZE of them, when it is settled or closed, and when the pool's
 * budget is spent: then the file that has waited longest goes first.
 */
#include "store/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "store/tree.h"

#define FLUSH_SIZE ((size_t)64 << 10)
/* A file with that much asks for more room: it goes to disk itself. */
#define FLUSH_WORTH ((size_t)8 << 10)
/* Shorter holes are written as zeros: they would save no disk space. */
#define HOLE_LEAST 4096
/* Chunks of a file: the first is small, most files need no other. */
#define CHUNK_SMALL ((size_t)512)
#define CHUNK_LARGE ((size_t)4096)
/* 1 small and 16 large ones hold FLUSH_SIZE; one more for the bytes of the
 * caller, one to spare. */
#define IOV_MAX_USED 20

struct chunk {
	struct chunk *next;
	uint32_t n;
	uint32_t cap;
	uint8_t bytes[];
};

/* A ring through files; the head is an element that is no file. */
struct link {
	struct link *prev;
	struct link *next;
};

/*
 * In place, a file that is not of options.at_once has a temporary name until it
 * is closed.
 *
 * Bytes [off, off + n_buffered) are in the chunks; then follow `hole` zero
 * bytes.  In all: while it lives.  In dirty: while n_buffered > 0.  In open:
 * while fd >= 0.
 */
struct file {
	struct out_file base;
	struct files *fs;
	struct link all;
	struct link dirty;
	struct link open;
	int64_t mtime_ns;
	uint64_t off;
	uint64_t hole;
	struct chunk *first;
	struct chunk *last;
	size_t n_buffered;
	int fd;
	bool created;
	char *temporary; /* its name now, or NULL: its own */
	char name[];
};

/* free[0] are small chunks, free[1] large ones.  used counts the chunks that
 * hold data, in bytes, allocated those on the free lists too; both exceed the
 * budget by one chunk at most. */
struct files {
	struct out out;
	int dirfd;
	char *label;
	bool sync;
	bool in_place;
	const char *const *at_once;
	size_t budget;
	size_t used;
	size_t allocated;
	struct chunk *free[2];
	unsigned max_open;
	unsigned n_open;
	struct link all;
	struct link dirty; /* longest waiting first */
	struct link open;  /* least recently used first */
	int error;
	char *what;
};

#define FILE_OF(link_, member)                                                 \
	((struct file *)(void *)((char *)(link_)-offsetof(struct file, member)))

static void
ring_init(struct link *head)
{
	head->prev = head->next = head;
}

static void
ring_append(struct link *head, struct link *l)
{
	l->prev = head->prev;
	l->next = head;
	head->prev->next = l;
	head->prev = l;
}

static void
ring_remove(struct link *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
}

void
files_fail(struct files *fs, int errnum, const char *verb, const char *name)
{
	if (fs->error != 0)
		return;
	fs->error = errnum != 0 ? errnum : EIO;
	fs->what = xasprintf("%s %s%s%s", verb, fs->label,
	    name != NULL ? "/" : "", name != NULL ? name : "");
}

int
files_error(const struct files *fs, const char **what)
{
	*what = fs->error != 0 ? fs->what : "";
	return fs->error;
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
	size_t size = large ? CHUNK_LARGE : CHUNK_SMALL;

	if (c != NULL) {
		fs->free[large] = c->next;
	} else {
		trim_free(fs, !large, size);
		c = xmalloc(size);
		fs->allocated += size;
		c->cap = (uint32_t)(size - sizeof(*c));
	}
	c->next = NULL;
	c->n = 0;
	fs->used += chunk_size(c);
	return c;
}

/* Forgets what the file has buffered. */
static void
drop_chunks(struct file *f)
{
	struct files *fs = f->fs;

	while (f->first != NULL) {
		struct chunk *c = f->first;
		bool large = chunk_size(c) == CHUNK_LARGE;

		f->first = c->next;
		fs->used -= chunk_size(c);
		c->next = fs->free[large];
		fs->free[large] = c;
	}
	if (f->n_buffered > 0)
		ring_remove(&f->dirty);
	f->last = NULL;
	f->n_buffered = 0;
}

/* Some file systems cannot set times, or not these; that harms no data. */
static void
set_time(struct file *f)
{
	int64_t ns = f->mtime_ns > 0 ? f->mtime_ns : 0;
	struct timespec ts = { .tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000 };
	const struct timespec times[2] = { ts, ts };

	if (futimens(f->fd, times) != 0 &&
	    (errno == EIO || errno == ENOSPC || errno == EDQUOT))
		files_fail(f->fs, errno, "set the time of", f->name);
}

static void
close_fd(struct file *f)
{
	struct files *fs = f->fs;

	if (f->fd < 0)
		return;
	set_time(f);
	if (fs->sync && fs->error == 0 && fsync(f->fd) != 0)
		files_fail(fs, errno, "sync", f->name);
	/* EINTR: Linux has closed it all the same. */
	if (close(f->fd) != 0 && errno != EINTR)
		files_fail(fs, errno, "close", f->name);
	f->fd = -1;
	fs->n_open--;
	ring_remove(&f->open);
}

static const char *
name_now(const struct file *f)
{
	return f->temporary != NULL ? f->temporary : f->name;
}

static int
open_file(const struct file *f)
{
	int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC;

	if (!f->created)
		flags |= O_CREAT | O_EXCL;
	return openat(f->fs->dirfd, name_now(f), flags, 0600);
}

/* Makes f->fd valid, at the cost of the descriptor longest unused. */
static bool
need_fd(struct file *f)
{
	struct files *fs = f->fs;

	if (f->fd >= 0) {
		ring_remove(&f->open);
		ring_append(&fs->open, &f->open);
		return true;
	}
	while (fs->n_open >= fs->max_open)
		close_fd(FILE_OF(fs->open.next, open));
	f->fd = open_file(f);
	while (f->fd < 0 && (errno == EMFILE || errno == ENFILE) &&
	    fs->n_open > 0) {
		close_fd(FILE_OF(fs->open.next, open));
		f->fd = open_file(f);
	}
	if (f->fd < 0) {
		files_fail(fs, errno, f->created ? "open" : "create", f->name);
		return false;
	}
	f->created = true;
	fs->n_open++;
	ring_append(&fs->open, &f->open);
	return true;
}

/* Writes all of v[0..n), which it uses up, at f->off. */
static bool
write_vector(struct file *f, struct iovec *v, int n)
{
	while (n > 0) {
		ssize_t w = pwritev(f->fd, v, n, (off_t)f->off);
		size_t done;

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			files_fail(f->fs, w < 0 ? errno : ENOSPC, "write",
			    f->name);
			return false;
		}
		f->off += (uint64_t)w;
		for (done = (size_t)w; n > 0 && done >= v->iov_len; n--)
			done -= v++->iov_len;
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + done;
			v->iov_len -= done;
		}
	}
	return true;
}

/* Writes what is buffered, then the n bytes at p. */
static void
flush(struct file *f, const void *p, size_t n)
{
	struct iovec v[IOV_MAX_USED];
	int n_v = 0;

	if (f->fs->error == 0 && f->n_buffered + n > 0 && need_fd(f)) {
		for (struct chunk *c = f->first; c != NULL; c = c->next) {
			assert(n_v < IOV_MAX_USED - 1);
			v[n_v++] = (struct iovec){ c->bytes, c->n };
		}
		/* writev does not change them; its type cannot say so. */
		if (n > 0)
			v[n_v++] = (struct iovec){ (void *)(uintptr_t)p, n };
		write_vector(f, v, n_v);
	}
	drop_chunks(f);
}

/* Room for one more chunk in the budget.  A file with little in it lets
 * those that have waited longest go first. */
static void
make_room(struct file *f)
{
	struct files *fs = f->fs;

	if (fs->used < fs->budget)
		return;
	if (f->n_buffered >= FLUSH_WORTH) {
		flush(f, NULL, 0);
		return;
	}
	while (fs->used >= fs->budget && fs->dirty.next != &fs->dirty) {
		struct file *old = FILE_OF(fs->dirty.next, dirty);

		flush(old, NULL, 0);
	}
}

static void
buffer(struct file *f, const uint8_t *p, size_t n)
{
	struct files *fs = f->fs;

	while (n > 0 && fs->error == 0) {
		struct chunk *c = f->last;
		size_t part;

		if (c == NULL || c->n == c->cap) {
			make_room(f);
			c = chunk_get(fs, f->last != NULL);
			if (f->last != NULL)
				f->last->next = c;
			else
				f->first = c;
			f->last = c;
		}
		part = c->cap - c->n < n ? c->cap - c->n : n;
		memcpy(c->bytes + c->n, p, part);
		c->n += (uint32_t)part;
		if (f->n_buffered == 0)
			ring_append(&fs->dirty, &f->dirty);
		f->n_buffered += part;
		p += part;
		n -= part;
		if (f->n_buffered >= FLUSH_SIZE)
			flush(f, NULL, 0);
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
	flush(f, NULL, 0);
	if (n > (uint64_t)INT64_MAX - f->off)
		files_fail(f->fs, EFBIG, "write", f->name);
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

	if (n == 0 || f->fs->error != 0)
		return;
	if (f->hole > 0)
		fill_hole(f);
	if (n >= FLUSH_SIZE)
		flush(f, p, n);
	else
		buffer(f, p, n);
}

static void
file_hole(struct out_file *base, uint64_t n)
{
	struct file *f = file_of(base);

	if (n > UINT64_MAX - f->hole)
		files_fail(f->fs, EFBIG, "write", f->name);
	else
		f->hole += n;
}

static void
file_settle(struct out_file *base)
{
	struct file *f = file_of(base);

	flush(f, NULL, 0);
	close_fd(f);
}

static int
take_name(const struct file *f)
{
	int dirfd = f->fs->dirfd;
	int rc =
	    renameat2(dirfd, f->temporary, dirfd, f->name, RENAME_NOREPLACE);

	/* Not every file system can refuse to replace. */
	if (rc != 0 && (errno == EINVAL || errno == ENOSYS))
		rc = renameat(dirfd, f->temporary, dirfd, f->name);
	return rc;
}

/* Gives the file its own name, or removes it when not all of it is there. */
static void
end_temporary(struct file *f)
{
	struct files *fs = f->fs;

	if (f->temporary == NULL)
		return;
	if (fs->error == 0 && take_name(f) != 0)
		files_fail(fs, errno, "publish", f->name);
	if (fs->error != 0 && f->created)
		(void)unlinkat(fs->dirfd, f->temporary, 0);
	free(f->temporary);
}

static void
file_close(struct out_file *base)
{
	struct file *f = file_of(base);

	flush(f, NULL, 0);
	/* Without bytes it exists all the same. */
	if (!f->created && f->fs->error == 0)
		need_fd(f);
	close_fd(f);
	end_temporary(f);
	ring_remove(&f->all);
	free(f);
}

static void
file_discard(struct out_file *base)
{
	struct file *f = file_of(base);
	struct files *fs = f->fs;

	drop_chunks(f);
	if (f->fd >= 0) {
		close(f->fd);
		fs->n_open--;
		ring_remove(&f->open);
	}
	if (f->created && unlinkat(fs->dirfd, name_now(f), 0) != 0)
		files_fail(fs, errno, "remove", f->name);
	free(f->temporary);
	ring_remove(&f->all);
	free(f);
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
	size_t n = strlen(name) + 1;
	struct file *f = xcalloc(1, sizeof(*f) + n);

	assert(is_plain(name));
	f->base.out = o;
	f->fs = fs;
	f->mtime_ns = mtime_ns;
	f->fd = -1;
	memcpy(f->name, name, n);
	if (!is_at_once(fs, name))
		f->temporary = tree_temporary_name(name);
	ring_append(&fs->all, &f->all);
	if (fs->in_place && f->temporary == NULL && fs->error == 0)
		need_fd(f);
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
	fs->dirfd = dirfd;
	fs->label = xstrdup(label);
	fs->sync = options->sync;
	fs->in_place = options->in_place;
	fs->at_once = options->at_once;
	fs->budget = options->buffer;
	fs->max_open = options->max_open > 0 ? options->max_open : 1;
	ring_init(&fs->all);
	ring_init(&fs->dirty);
	ring_init(&fs->open);
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
	struct link *next;

	for (struct link *r = fs->all.next; r != &fs->all; r = next) {
		next = r->next;
		file_close(&FILE_OF(r, all)->base);
	}
}

void
files_free(struct files *fs)
{
	if (fs == NULL)
		return;
	/* With an error set nothing more is written. */
	files_fail(fs, ECANCELED, "write", NULL);
	files_finish(fs);
	for (int i = 0; i < 2; i++)
		while (fs->free[i] != NULL) {
			struct chunk *c = fs->free[i];

			fs->free[i] = c->next;
			free(c);
		}
	free(fs->label);
	free(fs->what);
	free(fs);
}
