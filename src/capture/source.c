/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* source.c: reads bytes in order and shows them through one window. */
#include "capture/source.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"

#define WAIT_MS 200

/* A descriptor that somebody made non-blocking is waited for. */
static bool
retry(int fd, int err)
{
	if (err == EAGAIN || err == EWOULDBLOCK) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };

		return poll(&wait, 1, -1) >= 0 || errno == EINTR;
	}
	return err == EINTR;
}

/* False when the owner would not wait longer. */
static bool
wait_for_bytes(struct source *s)
{
	struct pollfd wait = { .fd = s->fd, .events = POLLIN };
	int rc;

	while (s->wait != NULL) {
		rc = poll(&wait, 1, WAIT_MS);
		if (rc > 0 || (rc < 0 && errno != EINTR))
			break;
		if (!s->wait(s->wait_arg))
			return false;
	}
	return true;
}

static size_t
read_fd(struct source *s, uint8_t *p, size_t n)
{
	ssize_t got;

	do {
		if (!wait_for_bytes(s)) {
			source_stop(s, CAPTURE_IO, "stopped");
			return 0;
		}
		got = read(s->fd, p, n);
	} while (got < 0 && retry(s->fd, errno));
	if (got > 0)
		return (size_t)got;
	if (got == 0)
		source_stop(s, CAPTURE_END, "%s", "");
	else
		source_stop(s, CAPTURE_IO, "read failed: %s", strerror(errno));
	return 0;
}

void
source_init_read(struct source *s,
    size_t (*read)(struct source *s, uint8_t *p, size_t n), void *ctx)
{
	*s = (struct source){
		.state = CAPTURE_PACKET,
		.read = read,
		.ctx = ctx,
		.fd = -1,
	};
}

void
source_init_fd(struct source *s, int fd)
{
	source_init_read(s, read_fd, NULL);
	s->fd = fd;
}

void
source_init_mem(struct source *s, struct slice bytes)
{
	*s = (struct source){
		.state = CAPTURE_END,
		.fd = -1,
		.total = bytes.n,
	};
	if (bytes.n > 0) {
		s->pos = bytes.p;
		s->end = bytes.p + bytes.n;
	}
}

void
source_fini(struct source *s)
{
	free(s->buf);
	s->buf = NULL;
	s->pos = s->end = NULL;
}

void
source_stop(struct source *s, enum capture_status state, const char *fmt, ...)
{
	va_list ap;

	s->state = state;
	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
}

/* Doubles the buffer, whose bytes start at its beginning. */
static void
grow_buffer(struct source *s)
{
	size_t left = source_left(s);
	size_t cap = s->cap > 0 ? s->cap * 2 : SOURCE_BUFFER;

	if (cap > SOURCE_NEED_MAX)
		cap = SOURCE_NEED_MAX;
	s->buf = xreallocarray(s->buf, cap, 1);
	s->cap = cap;
	s->pos = s->buf;
	s->end = s->buf + left;
}

bool
source_fill(struct source *s, size_t n)
{
	size_t left = source_left(s);

	assert(n <= SOURCE_NEED_MAX);
	if (s->state != CAPTURE_PACKET)
		return false;
	if (s->moving != NULL)
		s->moving(s->moving_arg);
	/* What is left goes to the buffer's beginning: then a read finds the
	 * most room, and a need of any allowed size fits. */
	if (s->buf != NULL) {
		if (left > 0)
			memmove(s->buf, s->pos, left);
		s->pos = s->buf;
		s->end = s->buf + left;
	}
	for (; left < n; left = source_left(s)) {
		size_t got;

		if (left == s->cap)
			grow_buffer(s);
		got = s->read(s, s->buf + left, s->cap - left);
		if (got == 0)
			return false;
		s->end += got;
		s->total += got;
	}
	return true;
}

bool
source_skip(struct source *s, uint64_t n)
{
	while (n > source_left(s)) {
		n -= source_left(s);
		s->pos = s->end;
		if (source_need(s, 1) == NULL)
			return false;
	}
	s->pos += n;
	return true;
}
