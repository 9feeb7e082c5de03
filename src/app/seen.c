/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* seen.c: remembers what is no capture; see seen.h. */
#include "app/seen.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/sys.h"
#include "base/xalloc.h"
#include "store/fs_tree.h"

#define HEADING "tcpsession seen 1\n"
#define HEAD_BYTES 4096

struct seen_file {
	char name[DIGEST_SHA256_LEN];
	char what[DIGEST_SHA256_LEN];
	bool met; /* by this run */
};

/* files[0..n_sorted) are sorted by name; the rest came in this run. */
struct seen {
	int dirfd;
	struct seen_file *files;
	size_t n;
	size_t n_sorted;
	size_t cap;
	bool changed;
	pthread_mutex_t lock;
};

static int
by_name(const void *a, const void *b)
{
	const struct seen_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
add_file(struct seen *s, const struct seen_file *f)
{
	size_t cap = s->cap > 0 ? s->cap * 2 : 16;

	if (s->n == s->cap) {
		s->files = xreallocarray(s->files, cap, sizeof(*s->files));
		s->cap = cap;
	}
	s->files[s->n++] = *f;
}

struct meeting {
	struct seen *s;
	const struct seen_file *f;
};

static void
meet(void *arg)
{
	const struct meeting *x = arg;

	add_file(x->s, x->f);
}

static bool
is_digest(const char *text)
{
	return strlen(text) == DIGEST_SHA256_LEN - 1 &&
	    strspn(text, "0123456789abcdef") == DIGEST_SHA256_LEN - 1;
}

static void
read_lines(struct seen *s, FILE *file)
{
	struct seen_file f = { .met = false };
	char line[512];

	if (fgets(line, sizeof(line), file) == NULL ||
	    strcmp(line, HEADING) != 0)
		return;
	while (s->n < SEEN_MAX && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "%64s %64s", f.name, f.what) == 2 &&
		    is_digest(f.name) && is_digest(f.what))
			add_file(s, &f);
}

struct seen *
seen_load(int dirfd)
{
	struct seen *s = xcalloc(1, sizeof(*s));
	int fd = sys_openat(dirfd, SEEN_NAME,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;

	s->dirfd = dirfd;
	pthread_mutex_init(&s->lock, NULL);
	if (file != NULL) {
		read_lines(s, file);
		fclose(file);
	} else if (fd >= 0) {
		close(fd);
	}
	if (s->n > 0)
		qsort(s->files, s->n, sizeof(*s->files), by_name);
	s->n_sorted = s->n;
	return s;
}

void
seen_free(struct seen *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s->files);
	free(s);
}

static void
digest_text(char out[static DIGEST_SHA256_LEN], struct slice bytes,
    struct slice more)
{
	struct digest_sha256 d;

	digest_sha256_init(&d);
	digest_sha256_update(&d, bytes);
	digest_sha256_update(&d, more);
	digest_sha256_text(&d, out);
}

/* False when it cannot be read: then nothing is known of it. */
static bool
describe(struct seen_file *f, const char *path, int fd, const struct stat *st)
{
	uint8_t head[HEAD_BYTES];
	char facts[80];
	ssize_t n = sys_pread(fd, head, sizeof(head), 0);
	int len = snprintf(facts, sizeof(facts), "%lld %lld.%09ld\n",
	    (long long)st->st_size, (long long)st->st_mtim.tv_sec,
	    st->st_mtim.tv_nsec);

	if (n < 0)
		return false;
	digest_text(f->name,
	    (struct slice){ (const uint8_t *)path, strlen(path) },
	    (struct slice){ 0 });
	digest_text(f->what,
	    (struct slice){ (const uint8_t *)facts, (size_t)len },
	    (struct slice){ head, (size_t)n });
	f->met = true;
	return true;
}

bool
seen_has(struct seen *s, const char *path, int fd, const struct stat *st)
{
	struct seen_file now, *before;
	bool same;

	if (!S_ISREG(st->st_mode) || !describe(&now, path, fd, st))
		return false;
	pthread_mutex_lock(&s->lock);
	before = s->n_sorted > 0 ?
	    bsearch(&now, s->files, s->n_sorted, sizeof(now), by_name) :
	    NULL;
	same = before != NULL && strcmp(before->what, now.what) == 0;
	if (before != NULL)
		*before = now;
	else
		/* Without memory it will be told once more. */
		(void)!xalloc_guard(meet, &(struct meeting){ s, &now });
	s->changed |= !same;
	pthread_mutex_unlock(&s->lock);
	return same;
}

/* Of more than are remembered, those that this run has met. */
static void
print_files(struct seen *s, struct buf *b)
{
	size_t left = SEEN_MAX;

	qsort(s->files, s->n, sizeof(*s->files), by_name);
	buf_str(b, HEADING);
	for (size_t i = 0; i < s->n && left > 0; i++) {
		const struct seen_file *f = &s->files[i];

		if (!f->met && s->n > SEEN_MAX)
			continue;
		buf_printf(b, "%s %s\n", f->name, f->what);
		left--;
	}
}

int
seen_save(struct seen *s, bool sync)
{
	struct buf b = { 0 };
	int rc = 0;

	if (!s->changed)
		return 0;
	print_files(s, &b);
	rc =
	    tree_replace(s->dirfd, SEEN_NAME, (struct slice){ b.p, b.n }, sync);
	buf_free(&b);
	return rc;
}
