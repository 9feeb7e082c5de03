/*
 * spooled.c: the store that writes a capture's files to a tar.
 *
 * A tar says how long a file is before its bytes come, so a file waits until
 * it is closed: in the memory that all share and the scratch file behind it,
 * a large one in a scratch file of its own.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "store/tar.h"

/* From this size a file may have a descriptor of its own; then it is written
 * in pieces of FLUSH_SIZE, or FLUSH_SPENT when memory is short. */
#define LARGE_SIZE ((uint64_t)1 << 20)
#define FLUSH_SIZE ((uint64_t)64 << 10)
#define FLUSH_SPENT ((uint64_t)4 << 10)
#define READ_SIZE ((size_t)256 << 10)

/* What a member at rest may have in one piece. */
#define REST_MAX ((uint64_t)64 << 10)

/* The bytes are those in fd, if it is not -1, and then those in sparse; then
 * follow `hole` zeros if anything follows. */
struct content {
	struct sparse sparse;
	uint64_t hole;
	uint64_t in_fd;
	int fd;
};

/* Its bytes are in content, or, when nothing is expected soon, in the piece;
 * when there is neither it is empty. */
struct member {
	struct out_file base;
	struct spooled *store;
	struct member *prev; /* in a ring of all members */
	struct member *next;
	int64_t mtime_ns;
	struct content *content;
	struct kept *piece;
	char name[];
};

/* all: the head of the ring, an element that is no member; only its links
 * are used.  memory: what the keep had after members were last settled. */
struct spooled {
	struct store store;
	struct out out;
	struct tar *tar;
	struct keep *keep;
	char *name;
	struct member *all;
	unsigned n_fds;
	size_t memory;
	struct buf scratch; /* a member on its way to rest */
	bool placed;	    /* its directory is in the tar */
	bool published;
};

static struct member *
member_of(struct out_file *base)
{
	return (struct member *)(void *)base;
}

static struct spooled *
spooled_of(struct store *base)
{
	return (struct spooled *)(void *)base;
}

static bool
has_failed(const struct spooled *s)
{
	const char *what;
	int error = keep_error(s->keep);

	if (error != 0)
		tar_fail(s->tar, error, "write", "scratch file");
	return tar_error(s->tar, &what) != 0;
}

static void
fail_member(const struct member *m, int errnum, const char *verb)
{
	char *path = xasprintf("%s/%s", m->store->name, m->name);

	tar_fail(m->store->tar, errnum, verb, path);
	free(path);
}

/* Makes the content of a member at rest. */
static struct content *
wake(struct member *m)
{
	struct keep *k = m->store->keep;
	struct content *c = m->content;
	struct buf b = { 0 };
	struct slice bytes;

	if (c != NULL)
		return c;
	c = m->content = xcalloc(1, sizeof(*c));
	c->sparse.keep = k;
	c->sparse.wants_data = true;
	c->fd = -1;
	if (m->piece != NULL) {
		bytes = kept_read(k, m->piece, &b);
		(void)sparse_write(&c->sparse, bytes.p, bytes.n);
		kept_free(k, m->piece);
		m->piece = NULL;
		buf_free(&b);
	}
	return c;
}

static void
content_free(struct member *m)
{
	struct content *c = m->content;

	if (c == NULL)
		return;
	if (c->fd >= 0) {
		close(c->fd);
		m->store->n_fds--;
	}
	sparse_fini(&c->sparse);
	free(c);
	m->content = NULL;
}

/* Writes a part of the content to the member's own scratch file. */
static void
put_fd(void *arg, struct slice b)
{
	struct member *m = arg;
	struct content *c = m->content;

	while (b.n > 0 && !has_failed(m->store)) {
		ssize_t w = pwrite(c->fd, b.p, b.n, (off_t)c->in_fd);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			tar_fail(m->store->tar, w < 0 ? errno : ENOSPC, "write",
			    "scratch file");
			return;
		}
		c->in_fd += (uint64_t)w;
		b.p += w;
		b.n -= (size_t)w;
	}
}

static void
flush(struct member *m)
{
	struct spool *data = &m->content->sparse.data;

	spool_read(m->store->keep, data, 0, put_fd, m);
	spool_free(m->store->keep, data);
}

static void
open_fd(struct member *m)
{
	if (m->store->n_fds >= tar_options(m->store->tar)->max_open)
		return;
	m->content->fd = keep_scratch();
	/* Without one it stays where small ones are. */
	if (m->content->fd >= 0)
		m->store->n_fds++;
}

/* Lets go of memory that a large member has no need of. */
static void
flush_large(struct member *m)
{
	struct content *c = m->content;
	uint64_t n = c->sparse.data.size;
	bool spent =
	    keep_memory(m->store->keep) >= tar_options(m->store->tar)->memory;

	if (c->fd < 0 && n >= LARGE_SIZE)
		open_fd(m);
	if (c->fd >= 0 && n >= (spent ? FLUSH_SPENT : FLUSH_SIZE))
		flush(m);
}

static void
gather(void *arg, struct slice b)
{
	buf_put(arg, b.p, b.n);
}

/* Makes one piece of the member, if it is small and simple. */
static bool
put_to_rest(struct member *m)
{
	struct content *c = m->content;
	struct sparse *s = &c->sparse;
	struct buf *b = &m->store->scratch;

	if (c->fd >= 0 || c->hole > 0 || s->zeros > 0 || s->n_holes > 0 ||
	    s->size > REST_MAX)
		return false;
	buf_reset(b);
	spool_read(m->store->keep, &s->data, 0, gather, b);
	content_free(m);
	m->piece = keep_put(m->store->keep, (struct slice){ b->p, b->n });
	return true;
}

/* Gives back what memory can be had back. */
static void
settle(struct member *m)
{
	if (m->content == NULL || put_to_rest(m))
		return;
	if (m->content->fd >= 0)
		flush(m);
	else
		spool_settle(m->store->keep, &m->content->sparse.data);
	spool_settle(m->store->keep, &m->content->sparse.holes);
}

/*
 * Many members that are open at once each have a little memory even when the
 * budget is spent.  When that comes to another budget, all give it back.
 */
static void
bound_memory(struct spooled *s)
{
	size_t budget = tar_options(s->tar)->memory;
	size_t now = keep_memory(s->keep);

	if (now < s->memory)
		s->memory = now;
	if (now < budget || now - s->memory < budget)
		return;
	for (struct member *m = s->all->next; m != s->all; m = m->next)
		settle(m);
	s->memory = keep_memory(s->keep);
}

static void
member_write(struct out_file *base, const void *p, size_t n)
{
	struct member *m = member_of(base);
	struct content *c;
	bool fits;

	if (n == 0 || has_failed(m->store))
		return;
	c = wake(m);
	fits =
	    sparse_zeros(&c->sparse, c->hole) && sparse_write(&c->sparse, p, n);
	c->hole = 0;
	if (!fits) {
		fail_member(m, EFBIG, "write");
		return;
	}
	flush_large(m);
	bound_memory(m->store);
}

static void
member_hole(struct out_file *base, uint64_t n)
{
	struct member *m = member_of(base);
	struct content *c = wake(m);

	if (n > UINT64_MAX - c->hole)
		fail_member(m, EFBIG, "write");
	else
		c->hole += n;
}

static void
member_settle(struct out_file *base)
{
	settle(member_of(base));
}

static void
pass_on(void *arg, struct slice b)
{
	tar_bytes(arg, b.p, b.n);
}

static void
send_fd(struct member *m)
{
	uint8_t *buf = xmalloc(READ_SIZE);
	uint64_t off = 0;

	while (off < m->content->in_fd && !has_failed(m->store)) {
		ssize_t r = pread(m->content->fd, buf, READ_SIZE, (off_t)off);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			tar_fail(m->store->tar, r < 0 ? errno : EIO, "read",
			    "scratch file");
			break;
		}
		tar_bytes(m->store->tar, buf, (size_t)r);
		off += (uint64_t)r;
	}
	free(buf);
}

/* What is at rest has no holes. */
static void
send_piece(struct member *m, const char *path)
{
	struct keep *k = m->store->keep;
	struct sparse s = { .keep = k };
	struct slice bytes = { 0 };

	if (m->piece != NULL)
		bytes = kept_get(k, m->piece);
	s.size = bytes.n;
	tar_begin(m->store->tar, path, m->mtime_ns, &s);
	tar_bytes(m->store->tar, bytes.p, bytes.n);
}

static void
send_content(struct member *m, const char *path)
{
	struct tar *t = m->store->tar;
	struct content *c = m->content;

	sparse_end(&c->sparse);
	tar_begin(t, path, m->mtime_ns, &c->sparse);
	if (c->fd >= 0)
		send_fd(m);
	spool_read(m->store->keep, &c->sparse.data, 0, pass_on, t);
}

static void
send(struct member *m)
{
	struct spooled *s = m->store;
	char *path = xasprintf("%s/%s", s->name, m->name);

	if (!s->placed)
		tar_directory(s->tar, s->name, m->mtime_ns);
	s->placed = true;
	if (m->content != NULL)
		send_content(m, path);
	else
		send_piece(m, path);
	/* What could not be read again came as zeros. */
	if (!has_failed(s))
		tar_end(s->tar);
	free(path);
}

static void
member_discard(struct out_file *base)
{
	struct member *m = member_of(base);

	content_free(m);
	kept_free(m->store->keep, m->piece);
	m->prev->next = m->next;
	m->next->prev = m->prev;
	free(m);
}

static void
member_close(struct out_file *base)
{
	struct member *m = member_of(base);

	if (!has_failed(m->store))
		send(m);
	member_discard(base);
}

static struct out_file *
member_create(struct out *o, const char *name, int64_t mtime_ns)
{
	struct spooled *s = (struct spooled *)(void *)((char *)o -
	    offsetof(struct spooled, out));
	size_t n = strlen(name) + 1;
	struct member *m = xcalloc(1, sizeof(*m) + n);

	assert(name[0] != '\0' && strchr(name, '/') == NULL);
	m->base.out = o;
	m->store = s;
	m->mtime_ns = mtime_ns;
	m->prev = s->all->prev;
	m->next = s->all;
	m->prev->next = m;
	s->all->prev = m;
	memcpy(m->name, name, n);
	return &m->base;
}

static const struct out_ops member_ops = {
	.create = member_create,
	.write = member_write,
	.hole = member_hole,
	.settle = member_settle,
	.close = member_close,
	.discard = member_discard,
};

static struct out *
spooled_out(struct store *base)
{
	return &spooled_of(base)->out;
}

static int
spooled_error(const struct store *base, const char **what)
{
	const struct spooled *s = (const void *)base;

	has_failed(s);
	return tar_error(s->tar, what);
}

static void
finish(struct spooled *s)
{
	struct member *next;

	for (struct member *m = s->all->next; m != s->all; m = next) {
		next = m->next;
		member_close(&m->base);
	}
}

static int
spooled_publish(struct store *base)
{
	struct spooled *s = spooled_of(base);

	finish(s);
	s->published = !has_failed(s);
	return s->published ? 0 : -1;
}

static void
spooled_free(struct store *base)
{
	struct spooled *s = spooled_of(base);

	/* With an error set nothing more is written. */
	if (!s->published)
		tar_fail(s->tar, ECANCELED, "write", s->name);
	finish(s);
	buf_free(&s->scratch);
	free(s->all);
	free(s->name);
	free(s);
}

static const struct store_ops spooled_ops = {
	.out = spooled_out,
	.error = spooled_error,
	.publish = spooled_publish,
	.free = spooled_free,
};

struct store *
store_tar_new(struct tar *t, const char *name)
{
	struct spooled *s = xcalloc(1, sizeof(*s));

	s->store.ops = &spooled_ops;
	s->out.ops = &member_ops;
	s->tar = t;
	s->keep = tar_keep(t);
	s->name = xstrdup(name);
	s->all = xcalloc(1, sizeof(*s->all));
	s->all->prev = s->all->next = s->all;
	return &s->store;
}
