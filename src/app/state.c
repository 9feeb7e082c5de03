/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* state.c: locks, recovers, reads and writes the file of --state. */
#include "app/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/message.h"
#include "app/state_fragments.h"
#include "app/state_taken.h"
#include "base/sys.h"
#include "base/xalloc.h"
#include "flow/flow_save.h"

/*
 * The file: HEADING (its last two digits are the version), the device and inode
 * of DIR, the packets read, the time of the last, the sessions that are open,
 * the length of the output's name (8 bytes each), the name, what state_taken.h
 * and flow_save.h write, and a SHA-256 of it all.
 */
#define HEADING "tcpsession st 05"
#define HEADING_LEN (sizeof(HEADING) - 1)
#define HEAD_LEN (HEADING_LEN + 48)

struct state {
	const struct run *run;
	char *path;
	char *next;	 /* FILE.next */
	char *part;	 /* FILE.part: that, while it is written */
	char *lock_path; /* FILE.lock */
	int lock;
	/* Of FILE, as it was read. */
	FILE
	    *file; /* at the beginning of the open world; NULL: there is none */
	uint64_t world; /* bytes of it */
	uint64_t packets;
	int64_t time_ns;
	uint64_t open;
	struct state_taken taken;
};

/* What stands before the taken inputs. */
struct state_head {
	uint64_t dev;
	uint64_t ino;
	uint64_t packets;
	int64_t time_ns;
	uint64_t open;
	char *name; /* or NULL */
};

bool
state_has_open(const struct state *s)
{
	return s->open > 0;
}

uint64_t
state_packets(const struct state *s)
{
	return s->packets;
}

int64_t
state_time_ns(const struct state *s)
{
	return s->time_ns;
}

bool
state_has_taken(const struct state *s,
    const uint8_t content[static DIGEST_SHA256_BYTES])
{
	return state_taken_has(&s->taken, content);
}

void
state_take(struct state *s, const uint8_t content[static DIGEST_SHA256_BYTES])
{
	state_taken_add(&s->taken, content);
}

/* ------------------------------------------------------------------ reading */

/* Whether the file is a heading, anything, and the digest of both; *size is
 * without the digest. */
static bool
is_sound(FILE *file, uint64_t *size)
{
	uint8_t piece[8192], last[DIGEST_SHA256_BYTES],
	    sum[DIGEST_SHA256_BYTES];
	struct digest_sha256 sha;
	off_t end;

	if (fseeko(file, 0, SEEK_END) != 0 || (end = ftello(file)) < 0 ||
	    (uint64_t)end < HEAD_LEN + sizeof(last))
		return false;
	rewind(file);
	*size = (uint64_t)end - sizeof(last);
	digest_sha256_init(&sha);
	for (uint64_t left = *size; left > 0;) {
		size_t n = left < sizeof(piece) ? (size_t)left : sizeof(piece);

		if (fread(piece, 1, n, file) != n)
			return false;
		if (left == *size && memcmp(piece, HEADING, HEADING_LEN) != 0)
			return false;
		digest_sha256_update(&sha, (struct slice){ piece, n });
		left -= n;
	}
	digest_sha256_end(&sha, sum);
	return fread(last, 1, sizeof(last), file) == sizeof(last) &&
	    memcmp(last, sum, sizeof(sum)) == 0;
}

/* A sound file, as far as it goes. */
struct state_reader {
	FILE *file;
	uint64_t left;
};

static bool
read_some(void *arg, void *p, size_t n)
{
	struct state_reader *b = arg;

	if (n > b->left || fread(p, 1, n, b->file) != n)
		return false;
	b->left -= n;
	return true;
}

static bool
read_head(struct state_reader *b, struct state_head *h)
{
	uint8_t p[HEAD_LEN];
	uint64_t n;

	*h = (struct state_head){ 0 };
	if (!read_some(b, p, sizeof(p)))
		return false;
	h->dev = get_be64(p + HEADING_LEN);
	h->ino = get_be64(p + HEADING_LEN + 8);
	h->packets = get_be64(p + HEADING_LEN + 16);
	h->time_ns = (int64_t)get_be64(p + HEADING_LEN + 24);
	h->open = get_be64(p + HEADING_LEN + 32);
	n = get_be64(p + HEADING_LEN + 40);
	if (n > b->left || n > FILENAME_MAX)
		return false;
	if (n == 0)
		return true;
	h->name = xcalloc((size_t)n + 1, 1);
	return read_some(b, h->name, (size_t)n);
}

static void
say_damaged(const struct state *s, const char *path)
{
	message_error(s->run->messages, path,
	    "is no state of this version, or damaged; remove it to begin "
	    "anew: what was open in it is lost then");
}

/* Opens a state and reads what stands before its open world: it is at that
 * then.  STATUS_OK with *b empty when there is none. */
static enum status
open_file(struct state *s, const char *path, struct state_reader *b,
    struct state_head *h)
{
	*h = (struct state_head){ 0 };
	*b = (struct state_reader){ .file = fopen(path, "re") };
	if (b->file == NULL && errno == ENOENT)
		return STATUS_OK;
	if (b->file == NULL) {
		message_error(s->run->messages, path, "cannot be opened: %s",
		    strerror(errno));
		return STATUS_INCOMPLETE;
	}
	if (is_sound(b->file, &b->left)) {
		rewind(b->file);
		if (read_head(b, h) &&
		    state_taken_read(&s->taken, read_some, b))
			return STATUS_OK;
	}
	free(h->name);
	h->name = NULL;
	if (ferror(b->file)) {
		message_error(s->run->messages, path, "cannot be read: %s",
		    strerror(errno));
		return STATUS_INCOMPLETE;
	}
	say_damaged(s, path);
	return STATUS_USAGE;
}

static enum status
read_file(struct state *s)
{
	struct state_reader b;
	struct state_head h;
	enum status status;

	state_taken_free(&s->taken);
	status = open_file(s, s->path, &b, &h);
	s->file = b.file;
	s->world = b.left;
	s->packets = h.packets;
	s->time_ns = h.time_ns;
	s->open = h.open;
	free(h.name);
	return status;
}

bool
state_load(struct state *s, struct flows *f, struct decoder *d)
{
	struct state_reader b = { s->file, s->world };
	off_t world;

	if (s->world == 0)
		return true;
	world = ftello(s->file);
	if (world >= 0 && flow_save_load(f, read_some, &b) &&
	    state_fragments_read(d, read_some, &b) && b.left == 0 &&
	    /* It is read again when an input turns out to be unreadable. */
	    fseeko(s->file, world, SEEK_SET) == 0)
		return true;
	say_damaged(s, s->path);
	return false;
}

/* --------------------------------------------------- what killed runs left */

char *
state_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? xstrdup(".") :
			       xasprintf("%.*s/", (int)(slash - path), path);
}

/* The directory in which path stands is on disk. */
static bool
sync_parent(const char *path)
{
	char *dir = state_parent(path);
	int fd = sys_open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd >= 0 ? sys_fsync(fd) : -1;

	/* Not every file system can. */
	if (rc != 0 && (errno == EINVAL || errno == EROFS))
		rc = 0;
	if (fd >= 0)
		close(fd);
	free(dir);
	return rc == 0;
}

static bool
move_next(struct state *s)
{
	if (rename(s->next, s->path) == 0 && sync_parent(s->path))
		return true;
	message_error(s->run->messages, s->path, "cannot be replaced: %s",
	    strerror(errno));
	return false;
}

/* Whether what the killed run was about to publish is there. */
static enum status
was_published(const struct state *s, const struct state_head *h,
    bool *published)
{
	const struct run *r = s->run;
	struct stat st;

	*published = true;
	if (h->name == NULL)
		return STATUS_OK;
	if (r->output_fd < 0 || fstat(r->output_fd, &st) != 0 ||
	    (uint64_t)st.st_dev != h->dev || (uint64_t)st.st_ino != h->ino) {
		message_error(r->messages, s->next,
		    "a run that was killed had written to another directory "
		    "than %s: name that one with -o, or remove this file if "
		    "%s is not there",
		    r->cfg->output_dir, h->name);
		return STATUS_USAGE;
	}
	*published =
	    fstatat(r->output_fd, h->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (*published || errno == ENOENT)
		return STATUS_OK;
	message_error(r->messages, h->name, "%s", strerror(errno));
	return STATUS_INCOMPLETE;
}

/* Ends or takes back what a run that was killed had begun. */
static enum status
recover(struct state *s)
{
	struct state_reader b;
	struct state_head h;
	enum status status = open_file(s, s->next, &b, &h);
	bool published = false;

	(void)unlink(s->part);
	if (status == STATUS_OK && b.file != NULL)
		status = was_published(s, &h, &published);
	if (status == STATUS_OK && published && !move_next(s))
		status = STATUS_INCOMPLETE;
	if (status == STATUS_OK && b.file != NULL && !published &&
	    unlink(s->next) != 0) {
		message_error(s->run->messages, s->next,
		    "cannot be removed: %s", strerror(errno));
		status = STATUS_INCOMPLETE;
	}
	if (b.file != NULL)
		fclose(b.file);
	free(h.name);
	return status;
}

/* Whether the lock is of the file that has the name: whoever had it before
 * removed that at its end. */
static bool
is_of_name(int fd, const char *path)
{
	struct stat by_fd, by_name;

	return fstat(fd, &by_fd) == 0 && stat(path, &by_name) == 0 &&
	    by_fd.st_dev == by_name.st_dev && by_fd.st_ino == by_name.st_ino;
}

static enum status
take_lock(struct state *s)
{
	for (;;) {
		int rc;

		s->lock = sys_open(s->lock_path,
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW);
		if (s->lock < 0)
			break;
		rc = sys_flock(s->lock, LOCK_EX | LOCK_NB);
		if (rc == 0 && is_of_name(s->lock, s->lock_path))
			return STATUS_OK;
		if (rc != 0)
			break;
		close(s->lock);
	}
	if (s->lock >= 0 && errno == EWOULDBLOCK) {
		message_error(s->run->messages, s->path,
		    "another run is at it; wait for it");
		close(s->lock);
		s->lock = -1;
		return STATUS_LOCKED;
	}
	message_error(s->run->messages, s->lock_path, "cannot be locked: %s",
	    strerror(errno));
	return STATUS_INCOMPLETE;
}

struct opening {
	struct state *s;
	enum status status;
};

static void
read_state(void *arg)
{
	struct opening *o = arg;

	o->status = recover(o->s);
	if (o->status == STATUS_OK)
		o->status = read_file(o->s);
}

struct state *
state_open(const struct run *r, enum status *status)
{
	struct opening o = { .status = STATUS_OK };
	struct state *s = xcalloc(1, sizeof(*s));

	s->run = r;
	s->path = xstrdup(r->cfg->state);
	s->next = xasprintf("%s.next", s->path);
	s->part = xasprintf("%s.part", s->path);
	s->lock_path = xasprintf("%s.lock", s->path);
	*status = take_lock(s);
	if (*status == STATUS_OK) {
		o.s = s;
		/* Without memory the run ends, but not with the lock there. */
		if (!xalloc_guard(read_state, &o)) {
			(void)unlink(s->lock_path);
			xalloc_fail();
		}
		*status = o.status;
	}
	if (*status == STATUS_OK)
		return s;
	state_close(s);
	return NULL;
}

void
state_close(struct state *s)
{
	if (s == NULL)
		return;
	if (s->file != NULL)
		fclose(s->file);
	if (s->lock >= 0) {
		(void)unlink(s->lock_path);
		close(s->lock);
	}
	state_taken_free(&s->taken);
	free(s->path);
	free(s->next);
	free(s->part);
	free(s->lock_path);
	free(s);
}

/* ------------------------------------------------------------------ writing */

struct state_writer {
	FILE *file;
	struct digest_sha256 sha;
};

static void
write_some(void *arg, const void *p, size_t n)
{
	struct state_writer *w = arg;

	digest_sha256_update(&w->sha, (struct slice){ p, n });
	/* A failure shows in ferror. */
	(void)!fwrite(p, 1, n, w->file);
}

static void
write_head(struct state_writer *w, const struct state_head *h)
{
	size_t n = h->name != NULL ? strlen(h->name) : 0;
	struct buf b = { 0 };

	buf_str(&b, HEADING);
	buf_be(&b, h->dev, 8);
	buf_be(&b, h->ino, 8);
	buf_be(&b, h->packets, 8);
	buf_be(&b, (uint64_t)h->time_ns, 8);
	buf_be(&b, h->open, 8);
	buf_be(&b, n, 8);
	buf_put(&b, h->name, n);
	write_some(w, b.p, b.n);
	buf_free(&b);
}

/* The whole file; false with errno. */
static bool
write_state(struct state *s, struct state_writer *w, struct state_head *h,
    struct flows *f, const struct decoder *d)
{
	uint8_t sum[DIGEST_SHA256_BYTES];

	digest_sha256_init(&w->sha);
	write_head(w, h);
	state_taken_write(&s->taken, write_some, w);
	if (f != NULL) {
		flow_save_save(f, write_some, w);
		state_fragments_write(d, write_some, w);
	}
	digest_sha256_end(&w->sha, sum);
	(void)!fwrite(sum, 1, sizeof(sum), w->file);
	return fflush(w->file) == 0 && !ferror(w->file) &&
	    sys_fsync(fileno(w->file)) == 0;
}

bool
state_write(struct state *s, struct flows *f, const struct decoder *d,
    uint64_t packets, const char *name)
{
	int fd = sys_open(s->part,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC);
	struct state_writer w = { .file = fd >= 0 ? fdopen(fd, "w") : NULL };
	struct state_head h = { .packets = packets, .time_ns = s->time_ns };
	struct stat st;
	bool ok = true;

	/* With another directory's identity the next run would refuse it. */
	if (s->run->output_fd >= 0) {
		ok = fstat(s->run->output_fd, &st) == 0;
		h.dev = ok ? (uint64_t)st.st_dev : 0;
		h.ino = ok ? (uint64_t)st.st_ino : 0;
	}
	if (f != NULL) {
		h.open = flow_save_open(f);
		h.time_ns = flow_save_time_ns(f);
	}
	h.name = name != NULL ? xstrdup(name) : NULL;
	ok = ok && w.file != NULL && write_state(s, &w, &h, f, d) &&
	    rename(s->part, s->next) == 0 && sync_parent(s->next);
	if (!ok)
		message_error(s->run->messages, s->path,
		    "cannot be written: %s", strerror(errno));
	if (w.file != NULL)
		fclose(w.file);
	if (!ok && fd >= 0) {
		(void)unlink(s->part);
		(void)unlink(s->next);
	}
	free(h.name);
	return ok;
}

bool
state_settle(struct state *s)
{
	return recover(s) == STATUS_OK;
}
