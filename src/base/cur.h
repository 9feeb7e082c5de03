/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * cur.h: the only way to read captured bytes.
 *
 * A cursor yields what was asked for or leaves itself as it was and answers
 * false.  Invariant: pos <= end, and every byte in [pos, end) may be read.
 */
#ifndef BASE_CUR_H
#define BASE_CUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; valid for the call that received them unless said otherwise. */
struct slice {
	const uint8_t *p;
	size_t n;
};

struct cur {
	const uint8_t *pos;
	const uint8_t *end;
};

/* p may be NULL where n is 0: nothing may be added to NULL, not even 0. */
static inline struct cur
cur_of(const void *p, size_t n)
{
	const uint8_t *pos = p != NULL ? p : (const uint8_t *)"";

	return (struct cur){ pos, pos + n };
}

static inline size_t
cur_left(const struct cur *c)
{
	return (size_t)(c->end - c->pos);
}

static inline bool
cur_take(struct cur *c, size_t n, struct slice *out)
{
	if (n > cur_left(c))
		return false;
	*out = (struct slice){ c->pos, n };
	c->pos += n;
	return true;
}

static inline bool
cur_skip(struct cur *c, size_t n)
{
	if (n > cur_left(c))
		return false;
	c->pos += n;
	return true;
}

/* Cuts the cursor to its first n bytes; a cursor that is shorter stays. */
static inline void
cur_limit(struct cur *c, size_t n)
{
	if (n < cur_left(c))
		c->end = c->pos + n;
}

static inline uint16_t
get_be16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}

static inline uint32_t
get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t
get_le16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[1] << 8 | p[0]);
}

static inline uint32_t
get_le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t
get_be64(const uint8_t *p)
{
	return (uint64_t)get_be32(p) << 32 | get_be32(p + 4);
}

static inline bool
cur_u8(struct cur *c, uint8_t *out)
{
	struct slice s;

	if (!cur_take(c, 1, &s))
		return false;
	*out = s.p[0];
	return true;
}

static inline bool
cur_be16(struct cur *c, uint16_t *out)
{
	struct slice s;

	if (!cur_take(c, 2, &s))
		return false;
	*out = get_be16(s.p);
	return true;
}

static inline bool
cur_be32(struct cur *c, uint32_t *out)
{
	struct slice s;

	if (!cur_take(c, 4, &s))
		return false;
	*out = get_be32(s.p);
	return true;
}

static inline bool
cur_le16(struct cur *c, uint16_t *out)
{
	struct slice s;

	if (!cur_take(c, 2, &s))
		return false;
	*out = get_le16(s.p);
	return true;
}

static inline bool
cur_le32(struct cur *c, uint32_t *out)
{
	struct slice s;

	if (!cur_take(c, 4, &s))
		return false;
	*out = get_le32(s.p);
	return true;
}

#endif
