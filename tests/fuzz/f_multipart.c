/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_multipart.c: any bytes as a multipart body.
 *
 * The first line is the type.  What is found must not depend on the pieces in
 * which the rest comes, and the parts are what a search of the whole finds in
 * the body, one behind the other.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limit.h"
#include "lib/require.h"
#include "proto/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trace {
	struct buf b;
	struct buf part; /* at hand */
	bool open;
	struct slice rest; /* of the body, behind the last part */
};

static void
on_begin(void *owner, const struct multipart_head *head)
{
	struct trace *t = owner;

	REQUIRE(!t->open && head->number <= LIMIT_PARTS);
	t->open = true;
	buf_reset(&t->part);
	buf_printf(&t->b, "part %u %zu %zu %zu %d\n", head->number,
	    head->name.n, head->type.n, head->range.n,
	    head->filename.p != NULL);
	buf_put(&t->b, head->name.p, head->name.n);
}

static void
on_body(void *owner, struct slice bytes)
{
	struct trace *t = owner;

	REQUIRE(t->open && bytes.n > 0);
	buf_put(&t->part, bytes.p, bytes.n);
}

static void
on_hole(void *owner, uint64_t n)
{
	struct trace *t = owner;

	REQUIRE(t->open && n > 0);
}

static void
on_end(void *owner, bool whole)
{
	struct trace *t = owner;
	const uint8_t *at = t->rest.p;

	REQUIRE(t->open);
	t->open = false;
	if (t->part.n > 0) {
		at = memmem(t->rest.p, t->rest.n, t->part.p, t->part.n);
		REQUIRE(at != NULL);
		at += t->part.n;
		t->rest.n -= (size_t)(at - t->rest.p);
		t->rest.p = at;
	}
	buf_printf(&t->b, "end %zu %d\n", t->part.n, whole);
	buf_put(&t->b, t->part.p, t->part.n);
}

static void
run(struct slice type, struct cur c, size_t piece, struct buf *out)
{
	static const struct multipart_events events = { on_begin, on_body,
		on_hole, on_end };
	struct trace t = { .rest = { c.pos, cur_left(&c) } };
	struct multipart *m = multipart_new(type, &events, &t);

	while (m != NULL && cur_left(&c) > 0) {
		size_t n = cur_left(&c) < piece ? cur_left(&c) : piece;
		uint8_t *own = malloc(n);

		REQUIRE(own != NULL);
		memcpy(own, c.pos, n);
		multipart_put(m, (struct slice){ own, n });
		free(own);
		cur_skip(&c, n);
		REQUIRE(multipart_memory(m) < 4 * MULTIPART_HEAD_MAX);
	}
	if (m != NULL)
		multipart_finish(m);
	multipart_free(m);
	REQUIRE(!t.open);
	buf_free(&t.part);
	*out = t.b;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1, 3, 100 };
	const uint8_t *lf = size > 0 ? memchr(data, '\n', size) : NULL;
	struct slice type;
	struct cur c;
	struct buf whole, cut;

	if (lf == NULL)
		return 0;
	type = (struct slice){ data, (size_t)(lf - data) };
	c = cur_of(lf + 1, size - type.n - 1);
	run(type, c, SIZE_MAX, &whole);
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		run(type, c, pieces[i], &cut);
		REQUIRE(whole.n == cut.n);
		REQUIRE(cut.n == 0 || memcmp(whole.p, cut.p, cut.n) == 0);
		buf_free(&cut);
	}
	buf_free(&whole);
	return 0;
}
