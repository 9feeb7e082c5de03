/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * source.h: bytes in order, from a descriptor, from memory, or from whatever
 * a function yields, seen through one window.
 *
 * Invariant: [pos, end) may be read, and total - (end - pos) is the offset of
 * pos in the whole.  Memory is used through the window as it is; anything
 * else passes through one buffer that grows only when it is full of bytes
 * that have arrived.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cur.h"
#include "capture/capture.h"

#define SOURCE_BUFFER ((size_t)512 << 10)
/* The most that source_need may ask for. */
#define SOURCE_NEED_MAX (((size_t)16 << 20) + 4096)
#define SOURCE_WHY_LEN 160

struct source {
	const uint8_t *pos;
	const uint8_t *end;
	uint64_t total; /* bytes that came so far */
	uint8_t *buf;	/* owned; NULL before the first read */
	size_t cap;
	enum capture_status state; /* CAPTURE_PACKET: more may come */
	char why[SOURCE_WHY_LEN];  /* one line, when it ended badly */
	/* Puts 1 to n bytes at p and returns how many; 0 after source_stop. */
	size_t (*read)(struct source *s, uint8_t *p, size_t n);
	void *ctx;	    /* read's own; not owned */
	int fd;		    /* not owned */
	capture_wait *wait; /* NULL: not called */
	void *wait_arg;
	capture_moving *moving; /* NULL: not called */
	void *moving_arg;
};

/* fd stays the caller's; nothing is read yet. */
void source_init_fd(struct source *s, int fd);
/* The bytes are borrowed until source_fini and never copied. */
void source_init_mem(struct source *s, struct slice bytes);
void source_init_read(struct source *s,
    size_t (*read)(struct source *s, uint8_t *p, size_t n), void *ctx);
void source_fini(struct source *s);

/* For read functions: no more bytes come; state says how it ended, and fmt,
 * unless that is CAPTURE_END, why. */
void source_stop(struct source *s, enum capture_status state, const char *fmt,
    ...) ATTR_PRINTF(3, 4);

/* Behind source_need. */
bool source_fill(struct source *s, size_t n) ATTR_NODISCARD;
/* Passes over n bytes of any number; false when fewer come. */
bool source_skip(struct source *s, uint64_t n) ATTR_NODISCARD;

static inline size_t
source_left(const struct source *s)
{
	return (size_t)(s->end - s->pos);
}

static inline uint64_t
source_offset(const struct source *s)
{
	return s->total - source_left(s);
}

/* The next n bytes, n <= SOURCE_NEED_MAX, valid until moving is called, which
 * a call may do, and not before the next one; NULL
 * when fewer come, which are then in the window.  Consumes nothing: the
 * caller moves pos. */
static inline const uint8_t *
source_need(struct source *s, size_t n)
{
	if (n > source_left(s) && !source_fill(s, n))
		return NULL;
	return s->pos;
}

#endif
