/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_tls_records.c: any bytes as what two sides say behind a hello of each.
 *
 * A part is two bytes and so many bytes as they say: bit 15 the direction, bit
 * 14 a gap instead.  Each byte is told of once, and of TLS nothing depends on
 * how it is cut.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "lib/require.h"
#include "proto/opaque.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An empty hello: what comes next is a record. */
static const uint8_t hello[] = { 0x16, 3, 1, 0, 4, 1, 0, 0, 0 };

/* What was told: items, each with its last label. */
struct trace {
	struct buf b;
	uint64_t next[2];
	uint64_t n[2];
	char label[2][8192];
};

static void
end_item(struct trace *t, int dir)
{
	if (t->n[dir] > 0)
		buf_printf(&t->b, "%d +%llu %s\n", dir,
		    (unsigned long long)t->n[dir], t->label[dir]);
	t->n[dir] = 0;
}

static void
on_clear(void *owner, const struct chunk *c)
{
	struct trace *t = owner;

	REQUIRE(c->bytes.n > 0 && c->off == t->next[c->dir]);
	t->next[c->dir] += c->bytes.n;
}

static void
on_opaque(void *owner, const struct chunk *c, const struct opaque_piece *what)
{
	struct trace *t = owner;
	size_t n = strlen(what->label);

	on_clear(owner, c);
	REQUIRE(what->n == c->bytes.n);
	REQUIRE(n > 0 && n < sizeof t->label[0]);
	for (size_t i = 0; i < n; i++)
		REQUIRE(what->label[i] >= ' ' && what->label[i] < 0x7f);
	if (what->begins)
		end_item(t, c->dir);
	t->n[c->dir] += c->bytes.n;
	memcpy(t->label[c->dir], what->label, n + 1);
}

/* What is in the clear is that, whoever reads it. */
static void
on_http2(void *owner, int dir, enum http2_begin how)
{
	(void)owner;
	(void)dir;
	(void)how;
}

static const struct opaque_events events = { on_clear, on_opaque, on_http2 };

static void
put(struct opaque *o, struct chunk *c, const uint8_t *p, size_t n, size_t piece)
{
	while (n > 0) {
		size_t len = n < piece ? n : piece;
		uint8_t *own = malloc(len);

		REQUIRE(own != NULL);
		memcpy(own, p, len);
		c->bytes = (struct slice){ own, len };
		opaque_turn(o, c, false);
		REQUIRE(opaque_memory(o) < 400000);
		free(own);
		c->off += len;
		p += len;
		n -= len;
	}
}

static void
run(struct cur c, size_t piece, struct buf *out)
{
	struct trace t = { .b = { 0 } };
	struct opaque *o = opaque_new(&events, &t);
	struct chunk say[2] = { { .dir = 0 }, { .dir = 1 } };
	uint16_t head;

	put(o, &say[0], hello, sizeof hello, SIZE_MAX);
	put(o, &say[1], hello, sizeof hello, SIZE_MAX);
	while (cur_be16(&c, &head)) {
		int dir = head >> 15;
		size_t n = head & 0x3fff;
		struct gap g = { say[dir].off, n, GAP_NOT_CAPTURED };

		if ((head & 0x4000) != 0) {
			if (n > 0)
				opaque_gap(o, dir, &g);
			say[dir].off = t.next[dir] += n;
			continue;
		}
		n = n < cur_left(&c) ? n : cur_left(&c);
		put(o, &say[dir], c.pos, n, piece);
		cur_skip(&c, n);
	}
	opaque_finish(o);
	opaque_free(o);
	REQUIRE(t.next[0] == say[0].off && t.next[1] == say[1].off);
	end_item(&t, 0);
	end_item(&t, 1);
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
