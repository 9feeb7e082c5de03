/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_html.c: any bytes as a page.
 *
 * Bit 0 of the first byte: as XML.  Bit 1: a hole in the middle.  What is
 * found must not depend on how the page is cut, and is text of the page.
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
	uint64_t offset; /* of the next byte of the script at hand */
	size_t size;
};

static void
on_begin(void *owner, uint64_t offset)
{
	struct trace *t = owner;

	REQUIRE(!t->open && offset >= t->offset && offset < t->size);
	t->open = true;
	t->offset = offset;
	buf_printf(&t->b, "[%llu:", (unsigned long long)offset);
}

static void
on_text(void *owner, struct slice s)
{
	struct trace *t = owner;

	REQUIRE(t->open && s.n > 0);
	t->offset += s.n;
	REQUIRE(t->offset <= t->size);
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
	static const struct html_events events = { on_begin, on_text, on_end };
	struct trace t = { .size = n + 1000 };
	struct html *h = html_new((how & 1) != 0, &events, &t);
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
