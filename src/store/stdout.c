/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* stdout.c: writes products to standard output. */
#include "store/stdout.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"

/* As much as a pipe takes at once. */
#define BLOCK ((size_t)64 << 10)

struct stdout_file {
	struct out_file file;
	struct out out;
	int fd;
	atomic_int error; /* other threads may ask */
	struct buf waiting;
};

static void
stdout_put(struct stdout_file *s, const uint8_t *p, size_t n)
{
	while (n > 0 && s->error == 0) {
		ssize_t got = write(s->fd, p, n);

		if (got < 0 && errno != EINTR)
			s->error = errno;
		if (got <= 0)
			continue;
		p += got;
		n -= (size_t)got;
	}
}

static void
stdout_flush(struct stdout_file *s)
{
	stdout_put(s, s->waiting.p, s->waiting.n);
	buf_reset(&s->waiting);
}

static struct out_file *
stdout_create(struct out *o, const char *name, int64_t mtime_ns)
{
	(void)name;
	(void)mtime_ns;
	return &((struct stdout_file *)((char *)o -
		     offsetof(struct stdout_file, out)))
		    ->file;
}

static void
stdout_write(struct out_file *f, const void *p, size_t n)
{
	struct stdout_file *s = (struct stdout_file *)f;

	if (s->waiting.n + n > BLOCK)
		stdout_flush(s);
	if (n >= BLOCK)
		stdout_put(s, p, n);
	else if (s->error == 0)
		buf_put(&s->waiting, p, n);
}

static void
stdout_hole(struct out_file *f, uint64_t n)
{
	static const uint8_t zeros[4096];

	for (size_t step; n > 0; n -= step) {
		step = n < sizeof(zeros) ? (size_t)n : sizeof(zeros);
		stdout_write(f, zeros, step);
	}
}

static void
stdout_settle(struct out_file *f)
{
	stdout_flush((struct stdout_file *)f);
}

static const struct out_ops ops = {
	.create = stdout_create,
	.write = stdout_write,
	.hole = stdout_hole,
	.settle = stdout_settle,
	.close = stdout_settle,
	.discard = stdout_settle,
};

struct stdout_file *
stdout_new(int fd)
{
	struct stdout_file *s = xcalloc(1, sizeof(*s));

	s->fd = fd;
	s->out.ops = &ops;
	s->file.out = &s->out;
	return s;
}

struct out_file *
stdout_out(struct stdout_file *s)
{
	return &s->file;
}

int
stdout_error(const struct stdout_file *s)
{
	return s->error;
}

void
stdout_free(struct stdout_file *s)
{
	if (s == NULL)
		return;
	buf_free(&s->waiting);
	free(s);
}
