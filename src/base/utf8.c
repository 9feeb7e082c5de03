/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* utf8.c: UTF-8 (RFC 3629): decoding, and which characters are printable. */
#include "base/utf8.h"

/* Second bytes that a sequence with this first byte may have. */
static bool
second_ok(uint8_t first, uint8_t c)
{
	switch (first) {
	case 0xe0:
		return c >= 0xa0 && c <= 0xbf;
	case 0xed:
		return c >= 0x80 && c <= 0x9f;
	case 0xf0:
		return c >= 0x90 && c <= 0xbf;
	case 0xf4:
		return c >= 0x80 && c <= 0x8f;
	default:
		return (c & 0xc0) == 0x80;
	}
}

int
utf8_decode(struct slice s, uint32_t *cp)
{
	uint8_t c = s.p[0];
	size_t len;

	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	if (c < 0xc2 || c > 0xf4)
		return 0;
	if (c < 0xe0 && s.n > 1) {
		*cp = (c & 0x1fu) << 6 | (s.p[1] & 0x3fu);
		return (s.p[1] & 0xc0) == 0x80 ? 2 : 0;
	}
	len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t v = c & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if (i == s.n)
			return -1;
		if (i == 1 ? !second_ok(c, s.p[1]) : (s.p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (s.p[i] & 0x3fu);
	}
	*cp = v;
	return (int)len;
}

bool
utf8_printable(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x0000, 0x001f },
		{ 0x007f, 0x009f },
		{ 0x200b, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2060, 0x206f },
		{ 0xd800, 0xdfff },
		{ 0xfdd0, 0xfdef },
		{ 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb },
	};

	/* Most of what is written, first. */
	if ((cp >= 0xa0 && cp < 0x200b) || (cp >= 0x2070 && cp < 0xd800))
		return true;
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		if (cp >= hidden[i].first && cp <= hidden[i].last)
			return false;
	return (cp & 0xfffe) != 0xfffe && cp <= 0x10ffff;
}

/* Without a branch, so that a compiler can do many at once. */
static inline uint8_t
is_text(uint8_t c)
{
	return (uint8_t)(((uint8_t)(c - 0x20) < 0x5f) | (c == '\t') |
	    (c == '\n') | (c == '\r'));
}

/* A sequence begins with c, of four bytes at most, if next continues it. */
static inline uint8_t
may_begin(uint8_t c, uint8_t next)
{
	return (uint8_t)((c >= 0xc2) & ((next & 0xc0) == 0x80));
}

#define COUNTED ((size_t)64)

void
utf8_count_put(struct utf8_count *u, struct slice s)
{
	uint64_t text = 0, begun = 0;
	size_t i = 0;

	if (s.n == 0)
		return;
	begun += may_begin(u->last, s.p[0]);
	for (; i + COUNTED < s.n; i += COUNTED) {
		const uint8_t *p = s.p + i;
		uint8_t t = 0, b = 0;

		for (size_t k = 0; k < COUNTED; k++) {
			t = (uint8_t)(t + is_text(p[k]));
			b = (uint8_t)(b + may_begin(p[k], p[k + 1]));
		}
		text += t;
		begun += b;
	}
	for (; i < s.n; i++) {
		text += is_text(s.p[i]);
		begun += i + 1 < s.n && may_begin(s.p[i], s.p[i + 1]);
	}
	u->last = s.p[s.n - 1];
	u->least += text;
	u->most += text + 4 * begun;
}

/* Goes on with a sequence by one byte; false when the byte is none of it. */
static bool
count_byte(struct utf8_exact *u, uint8_t c)
{
	uint32_t cp;
	int len;

	u->carry[u->n_carry++] = c;
	len = utf8_decode((struct slice){ u->carry, u->n_carry }, &cp);
	if (len < 0)
		return true;
	if (len > 0 && utf8_printable(cp))
		u->n += (uint64_t)len;
	/* What was before it can begin nothing. */
	c = u->n_carry;
	u->n_carry = 0;
	return len > 0 || c == 1;
}

void
utf8_exact_put(struct utf8_exact *u, struct slice s)
{
	for (size_t i = 0; i < s.n;) {
		uint8_t c = s.p[i];

		if (u->n_carry > 0 || c >= 0x80)
			i += count_byte(u, c);
		else
			u->n += is_text(s.p[i++]);
	}
}
