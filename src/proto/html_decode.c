/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html_decode.c: from the bytes of a page to those that are read: UTF-16
 * becomes UTF-8, all else stays as it is. */
#include <string.h>

#include "proto/html_parts.h"

/* ---------------------------------------------------------------- UTF-16 */

static void
read_character(struct html *h, uint32_t cp)
{
	char utf8[4];
	size_t n = html_put_utf8(utf8, cp);

	html_read(h, (struct slice){ (const uint8_t *)utf8, n });
}

/* A unit; halves of a pair that stand alone are replaced. */
static void
read_unit(struct html *h, uint16_t unit)
{
	bool low = unit >= 0xdc00 && unit < 0xe000;
	uint16_t high = h->high;

	h->high = 0;
	if (high != 0 && low) {
		read_character(h,
		    0x10000 + ((uint32_t)(high - 0xd800) << 10) +
			(uint32_t)(unit - 0xdc00));
		return;
	}
	if (high != 0)
		read_character(h, 0xfffd);
	if (unit >= 0xd800 && unit < 0xdc00)
		h->high = unit;
	else
		read_character(h, low ? 0xfffd : unit);
}

static void
read_utf16(struct html *h, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (h->odd) {
			h->odd = false;
			h->off++;
			continue;
		}
		h->first[h->n_first++] = s.p[i];
		if (h->n_first < 2)
			continue;
		h->n_first = 0;
		read_unit(h,
		    h->encoding == ENCODING_UTF16_LE ? get_le16(h->first) :
						       get_be16(h->first));
	}
}

/* -------------------------------------------------------------- which it is */

static bool
begins(const struct html *h, const char *bytes, size_t n)
{
	return h->n_first >= n && memcmp(h->first, bytes, n) == 0;
}

/* The encoding, by the first bytes; *mark: how many of them are a mark. */
static enum html_encoding
encoding_of(const struct html *h, size_t *mark)
{
	*mark = 3;
	if (begins(h, "\xef\xbb\xbf", 3))
		return ENCODING_BYTES;
	*mark = 2;
	if (begins(h, "\xff\xfe", 2))
		return ENCODING_UTF16_LE;
	if (begins(h, "\xfe\xff", 2))
		return ENCODING_UTF16_BE;
	*mark = 0;
	if (h->named != ENCODING_OPEN)
		return h->named;
	if (begins(h, "<\0?\0x\0", 6))
		return ENCODING_UTF16_LE;
	if (begins(h, "\0<\0?\0x", 6))
		return ENCODING_UTF16_BE;
	return ENCODING_BYTES;
}

static void
decode(struct html *h, struct slice s)
{
	if (h->encoding == ENCODING_BYTES)
		html_read(h, s);
	else if (h->encoding != ENCODING_NONE)
		read_utf16(h, s);
}

/* What waited is read now. */
static void
settle_encoding(struct html *h)
{
	uint8_t first[sizeof h->first];
	size_t n = h->n_first, mark;

	h->encoding = encoding_of(h, &mark);
	memcpy(first, h->first, n);
	h->n_first = 0;
	h->off += mark;
	decode(h, (struct slice){ first + mark, n - mark });
}

void
html_put(struct html *h, struct slice bytes)
{
	while (h->encoding == ENCODING_OPEN && bytes.n > 0) {
		h->first[h->n_first++] = *bytes.p++;
		bytes.n--;
		if (h->n_first == sizeof h->first)
			settle_encoding(h);
	}
	if (bytes.n > 0)
		decode(h, bytes);
}

/* What waits is read now. */
static void
decode_end(struct html *h)
{
	if (h->encoding == ENCODING_OPEN)
		settle_encoding(h);
	if (h->high != 0)
		read_character(h, 0xfffd);
	h->high = 0;
	if (h->n_first > 0) {
		h->off++;
		h->odd = true;
	}
	h->n_first = 0;
}

void
html_gap(struct html *h, uint64_t n)
{
	decode_end(h);
	html_read_gap(h);
	h->off += n;
	/* The first of them may be half of a unit, and the last, too. */
	if (h->encoding != ENCODING_BYTES)
		h->odd = h->odd == (n % 2 == 0);
}

void
html_finish(struct html *h)
{
	decode_end(h);
	html_read_end(h);
}
