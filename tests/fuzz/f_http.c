/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_http.c: any bytes as both directions of a session.
 *
 * A record is two bytes and so many bytes as they say: bit 15 the direction,
 * bit 14 a hole instead.  What is found must not depend on how the turns are
 * cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "lib/require.h"
#include "proto/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was told; bodies are summed up. */
struct trace {
	struct buf b;
	bool open[2];
	uint64_t sum[2];
	uint64_t len[2];
};

static void
on_begin(void *owner, const struct http_message *m)
{
	struct trace *t = owner;

	REQUIRE(!t->open[m->dir]);
	t->open[m->dir] = true;
	t->sum[m->dir] = t->len[m->dir] = 0;
	buf_printf(&t->b, "%d %d %u %d\n", m->dir, (int)m->head->side,
	    m->head->status, m->request != NULL);
	buf_put(&t->b, m->head->type.p, m->head->type.n);
	if (m->request != NULL)
		buf_put(&t->b, m->request->target.p, m->request->target.n);
}

static void
on_body(void *owner, int dir, struct slice s)
{
	struct trace *t = owner;

	REQUIRE(t->open[dir] && s.n > 0);
	for (size_t i = 0; i < s.n; i++)
		t->sum[dir] = t->sum[dir] * 31 + s.p[i];
	t->len[dir] += s.n;
}

static void
on_hole(void *owner, int dir, const struct gap *g)
{
	struct trace *t = owner;

	REQUIRE(t->open[dir] && g->len > 0);
	t->sum[dir] = t->sum[dir] * 31 + g->len;
}

static void
on_end(void *owner, int dir, enum http_outcome outcome)
{
	struct trace *t = owner;

	REQUIRE(t->open[dir]);
	t->open[dir] = false;
	buf_printf(&t->b, "%d %llu %llu %d\n", dir,
	    (unsigned long long)t->len[dir], (unsigned long long)t->sum[dir],
	    (int)outcome);
}

static void
put(struct http *h, int dir, const uint8_t *p, size_t n, size_t piece)
{
	while (n > 0) {
		size_t len = n < piece ? n : piece;
		uint8_t *own = malloc(len);

		REQUIRE(own != NULL);
		memcpy(own, p, len);
		http_put(h, dir, (struct slice){ own, len }, 1);
		free(own);
		p += len;
		n -= len;
	}
}

static void
tell(struct http *h, struct cur c, size_t piece)
{
	uint16_t head;

	while (cur_be16(&c, &head)) {
		int dir = head >> 15;
		size_t n = head & 0x3fff;
		struct gap g = { 0, n, GAP_NOT_CAPTURED };

		if ((head & 0x4000) != 0) {
			if (n > 0)
				http_gap(h, dir, &g);
			continue;
		}
		n = n < cur_left(&c) ? n : cur_left(&c);
		put(h, dir, c.pos, n, piece);
		cur_skip(&c, n);
	}
}

static void
run(struct cur c, size_t piece, struct buf *out)
{
	static const struct http_events events = { on_begin, on_body, on_hole,
		on_end };
	static const bool fin[2] = { true, false };
	struct trace t = { .b = { 0 } };
	struct http *h = http_new(&events, &t);

	tell(h, c, piece);
	http_finish(h, fin);
	http_free(h);
	REQUIRE(!t.open[0] && !t.open[1]);
	*out = t.b;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1, 3, 100 };
	struct cur c = cur_of(data, size);
	struct buf whole, cut;

	run(c, SIZE_MAX, &whole);
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		run(c, pieces[i], &cut);
		REQUIRE(whole.n == cut.n);
		REQUIRE(cut.n == 0 || memcmp(whole.p, cut.p, cut.n) == 0);
		buf_free(&cut);
	}
	buf_free(&whole);
	return 0;
}
