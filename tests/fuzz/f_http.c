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
#include "proto/conversation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was told; bodies are summed up. */
struct trace {
	struct buf b;
	bool open[2];
	uint64_t sum[2];
	uint64_t len[2];
	uint64_t next[2]; /* offset behind the spans so far */
	uint64_t fed[2];  /* and behind what was given */
};

static void *
on_head(void *owner, struct message *m)
{
	struct trace *t = owner;

	REQUIRE(!t->open[m->dir]);
	t->open[m->dir] = true;
	t->sum[m->dir] = t->len[m->dir] = 0;
	buf_printf(&t->b, "%d %d %u %d %llu %llu\n", m->dir, (int)m->head->side,
	    m->head->status, m->request != NULL,
	    (unsigned long long)m->exchange, (unsigned long long)m->off);
	buf_put(&t->b, m->head->type.p, m->head->type.n);
	if (m->request != NULL)
		buf_put(&t->b, m->request->target.p, m->request->target.n);
	return t;
}

static void
on_body(void *owner, struct message *m, struct slice s)
{
	struct trace *t = owner;
	int dir = m->dir;

	REQUIRE(t->open[dir] && s.n > 0);
	for (size_t i = 0; i < s.n; i++)
		t->sum[dir] = t->sum[dir] * 31 + s.p[i];
	t->len[dir] += s.n;
}

static void
on_hole(void *owner, struct message *m, const struct gap *g)
{
	struct trace *t = owner;

	REQUIRE(t->open[m->dir] && g->len > 0);
	t->sum[m->dir] = t->sum[m->dir] * 31 + g->len;
}

static void
on_end(void *owner, struct message *m, enum message_reason reason)
{
	struct trace *t = owner;
	int dir = m->dir;

	REQUIRE(t->open[dir]);
	t->open[dir] = false;
	buf_printf(&t->b, "%d %llu %llu %d\n", dir,
	    (unsigned long long)t->len[dir], (unsigned long long)t->sum[dir],
	    (int)reason);
}

/* Each byte passes once. */
static void
on_span(void *owner, const struct chunk *c, const struct span *what)
{
	struct trace *t = owner;

	REQUIRE(c->bytes.n > 0 && c->off == t->next[c->dir]);
	REQUIRE((what->kind == SPAN_BODY) == (what->m != NULL));
	REQUIRE(what->m == NULL || t->open[c->dir]);
	t->next[c->dir] += c->bytes.n;
}

static void
put(struct conversation *h, struct trace *t, int dir, struct cur bytes,
    size_t piece)
{
	while (cur_left(&bytes) > 0) {
		size_t left = cur_left(&bytes);
		size_t n = left < piece ? left : piece;
		uint8_t *own = malloc(n);
		struct chunk c = { .dir = dir,
			.off = t->fed[dir],
			.bytes = { own, n },
			.packet = 1,
			.ts_ns = 1 };

		REQUIRE(own != NULL);
		memcpy(own, bytes.pos, n);
		conversation_turn(h, &c);
		t->fed[dir] += n;
		REQUIRE(t->next[dir] <= t->fed[dir]);
		free(own);
		cur_skip(&bytes, n);
	}
}

static void
tell(struct conversation *h, struct trace *t, struct cur c, size_t piece)
{
	uint16_t head;

	while (cur_be16(&c, &head)) {
		int dir = head >> 15;
		size_t n = head & 0x3fff;
		struct gap g = { t->fed[dir], n, GAP_NOT_CAPTURED };

		if ((head & 0x4000) != 0) {
			if (n > 0)
				conversation_gap(h, dir, &g);
			REQUIRE(n == 0 || t->next[dir] == t->fed[dir]);
			t->fed[dir] += n;
			t->next[dir] += n;
			continue;
		}
		n = n < cur_left(&c) ? n : cur_left(&c);
		put(h, t, dir, cur_of(c.pos, n), piece);
		cur_skip(&c, n);
	}
}

static void
run(struct cur c, size_t piece, struct buf *out)
{
	static const struct message_events events = { on_head, on_body, on_hole,
		on_end, on_span, NULL };
	static const struct message_close how = { .fin = { true, false } };
	struct trace t = { .b = { 0 } };
	struct conversation *h = conversation_new(&events, &t);

	tell(h, &t, c, piece);
	conversation_finish(h, &how);
	conversation_free(h);
	REQUIRE(!t.open[0] && !t.open[1]);
	REQUIRE(t.next[0] == t.fed[0] && t.next[1] == t.fed[1]);
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
