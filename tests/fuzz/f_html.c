/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_html.c: any bytes as a page.
 *
 * Bit 0 of the first byte: as XML.  Bit 1: a hole in the middle.  Bits 2 and
 * 3: as UTF-16, little or big endian.  What is found must not depend on how the
 * page is cut; places are in the page, in order, and no text is made up.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "lib/require.h"
#include "proto/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trace {
	struct buf b;
	bool open;
	uint64_t offset; /* of the script at hand, or the last one */
	uint64_t text;	 /* bytes of all scripts */
	bool based;
	size_t size;
};

static void
on_begin(void *owner, uint64_t offset, const char *why)
{
	struct trace *t = owner;

	REQUIRE(!t->open && offset >= t->offset && offset < t->size);
	t->open = true;
	t->offset = offset;
	buf_printf(&t->b, "[%llu %s:", (unsigned long long)offset,
	    why != NULL ? why : "run");
}

static void
on_text(void *owner, struct slice s)
{
	struct trace *t = owner;

	REQUIRE(t->open && s.n > 0);
	t->text += s.n;
	/* A unit of UTF-16 is three bytes of UTF-8 at most; so is what a
	 * reference of three bytes stands for. */
	REQUIRE(t->text <= 2 * (t->size - 1000) + 3);
	buf_put(&t->b, s.p, s.n);
}

static void
on_end(void *owner, bool closed)
{
	struct trace *t = owner;

	REQUIRE(t->open);
	t->open = false;
	buf_byte(&t->b, closed ? ']' : '|');
}

static void
on_base(void *owner, struct slice url)
{
	struct trace *t = owner;

	REQUIRE(!t->based);
	t->based = true;
	buf_put(&t->b, url.p, url.n);
	buf_byte(&t->b, '=');
}

static void
on_fetch(void *owner, struct slice url, enum html_script_kind kind)
{
	struct trace *t = owner;

	REQUIRE(url.n > 0);
	buf_put(&t->b, url.p, url.n);
	buf_byte(&t->b, kind == HTML_MODULE ? '#' : '!');
}

static void
put(struct html *h, const uint8_t *p, size_t n, size_t piece)
{
	while (n > 0) {
		size_t len = n < piece ? n : piece;
		uint8_t *own = malloc(len);

		REQUIRE(own != NULL);
		memcpy(own, p, len);
		html_put(h, (struct slice){ own, len });
		free(own);
		p += len;
		n -= len;
	}
}

static void
run(const uint8_t *data, size_t n, uint8_t how, size_t piece, struct buf *out)
{
	static const struct html_events events = { on_begin, on_text, on_end,
		on_base, on_fetch };
	static const char *const charsets[] = { "", "utf-16le", "utf-16be",
		"x" };
	const char *charset = charsets[how >> 2 & 3];
	struct slice label = { (const uint8_t *)charset, strlen(charset) };
	struct trace t = { .size = n + 1000 };
	struct html *h = html_new((how & 1) != 0, label, &events, &t);
	size_t half = (how & 2) != 0 ? n / 2 : n;

	put(h, data, half, piece);
	if (half < n)
		html_gap(h, 1000);
	put(h, data + half, n - half, piece);
	html_finish(h);
	html_free(h);
	REQUIRE(!t.open);
	*out = t.b;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1, 7 };
	struct buf whole, cut;

	if (size == 0)
		return 0;
	run(data + 1, size - 1, data[0], SIZE_MAX, &whole);
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		run(data + 1, size - 1, data[0], pieces[i], &cut);
		REQUIRE(whole.n == cut.n);
		REQUIRE(cut.n == 0 || memcmp(whole.p, cut.p, cut.n) == 0);
		buf_free(&cut);
	}
	buf_free(&whole);
	return 0;
}
