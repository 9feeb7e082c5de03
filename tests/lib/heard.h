/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * heard.h: any bytes as both directions of a session, for fuzz targets.
 *
 * A record is two bytes and so many bytes as they say: bit 15 the direction,
 * bit 14 a hole instead.  What is found must not depend on how the turns are
 * cut.
 */
#ifndef TESTS_LIB_HEARD_H
#define TESTS_LIB_HEARD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "lib/require.h"
#include "proto/conversation.h"

/* Of a message: its body is summed up. */
struct heard_message {
	uint64_t sum;
	uint64_t len;
	bool open;
};

/* What was told. */
struct heard {
	struct buf b;
	uint64_t n_open;
	uint64_t next[2]; /* offset behind the spans so far */
	uint64_t fed[2];  /* and behind what was given */
};

/* What is said first, whole: NULL is the end. */
struct heard_first {
	int dir;
	const char *bytes;
	size_t n;
};

static inline void *
heard_head(void *owner, struct message *m)
{
	struct heard *t = owner;
	struct heard_message *x = calloc(1, sizeof *x);

	REQUIRE(x != NULL);
	x->open = true;
	t->n_open++;
	buf_printf(&t->b, "%d %d %u %d %llu %llu %llu %u\n", m->dir,
	    (int)m->head->side, m->head->status, m->request != NULL,
	    (unsigned long long)m->exchange, (unsigned long long)m->stream,
	    (unsigned long long)m->off, m->opcode);
	buf_put(&t->b, m->head->type.p, m->head->type.n);
	if (m->request != NULL)
		buf_put(&t->b, m->request->target.p, m->request->target.n);
	return x;
}

static inline void
heard_body(void *owner, struct message *m, struct slice s)
{
	struct heard_message *x = m->kept;

	(void)owner;
	REQUIRE(x->open && s.n > 0);
	for (size_t i = 0; i < s.n; i++)
		x->sum = x->sum * 31 + s.p[i];
	x->len += s.n;
}

static inline void
heard_hole(void *owner, struct message *m, const struct gap *g)
{
	struct heard_message *x = m->kept;

	(void)owner;
	REQUIRE(x->open && (g->len > 0 || m->protocol == MESSAGE_HTTP2));
	x->sum = x->sum * 31 + g->len;
}

static inline void
heard_end(void *owner, struct message *m, enum message_reason reason)
{
	struct heard *t = owner;
	struct heard_message *x = m->kept;

	REQUIRE(x->open);
	buf_printf(&t->b, "%d %llu %llu %d\n", m->dir,
	    (unsigned long long)x->len, (unsigned long long)x->sum,
	    (int)reason);
	t->n_open--;
	free(x);
	m->kept = NULL;
}

/* Each byte passes once. */
static inline void
heard_span(void *owner, const struct chunk *c, const struct span *what)
{
	struct heard *t = owner;

	REQUIRE(c->bytes.n > 0 && c->off == t->next[c->dir]);
	REQUIRE((what->kind == SPAN_BODY) == (what->m != NULL));
	REQUIRE(what->kind != SPAN_OPAQUE || what->label[0] != '\0');
	REQUIRE(what->m == NULL ||
	    ((const struct heard_message *)what->m->kept)->open);
	t->next[c->dir] += c->bytes.n;
}

static inline void
heard_made(void *owner, const struct made_text *m)
{
	struct heard *t = owner;

	REQUIRE(m->text.n > 0 && m->off < t->fed[m->dir] + (1 << 14));
	buf_put(&t->b, m->text.p, m->text.n);
}

static inline void
heard_put(struct conversation *h, struct heard *t, int dir, struct cur bytes,
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

static inline void
heard_tell(struct conversation *h, struct heard *t, struct cur c, size_t piece)
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
		heard_put(h, t, dir, cur_of(c.pos, n), piece);
		cur_skip(&c, n);
	}
}

static inline struct heard
heard_run(const struct heard_first *first, struct cur c, size_t piece)
{
	static const struct message_events events = { heard_head, heard_body,
		heard_hole, heard_end, heard_span, heard_made };
	static const struct message_close how = { .fin = { true, false } };
	struct decode_budget budget = { .ratio = 100 };
	struct heard t = { .b = { 0 } };
	struct conversation *h = conversation_new(&events, &t);

	conversation_budget(h, &budget);
	for (; first != NULL && first->bytes != NULL; first++)
		heard_put(h, &t, first->dir, cur_of(first->bytes, first->n),
		    SIZE_MAX);
	heard_tell(h, &t, c, piece);
	/* Heads, windows, what seeks, and what the budget leaves. */
	REQUIRE(conversation_memory(h) < 8 << 20);
	conversation_finish(h, &how);
	conversation_free(h);
	REQUIRE(t.n_open == 0);
	REQUIRE(t.next[0] == t.fed[0] && t.next[1] == t.fed[1]);
	return t;
}

/* first may be NULL: then where a piece ends can show that HTTP/2 begins, in the
 * middle of a turn, and another cut not. */
static inline void
heard_check(const struct heard_first *first, struct cur c)
{
	static const size_t pieces[] = { 1, 3, 100 };
	struct heard whole = heard_run(first, c, SIZE_MAX);
	bool same =
	    first != NULL || memmem(c.pos, cur_left(&c), "PRI", 3) == NULL;

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		struct heard cut = heard_run(first, c, pieces[i]);

		REQUIRE(!same || whole.b.n == cut.b.n);
		REQUIRE(!same || cut.b.n == 0 ||
		    memcmp(whole.b.p, cut.b.p, cut.b.n) == 0);
		buf_free(&cut.b);
	}
	buf_free(&whole.b);
}

#endif
