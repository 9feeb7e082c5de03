/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * t_websocket.c: WebSocket behind a response 101, and on a stream of HTTP/2.
 *
 * Each conversation is told whole, byte by byte and at random cuts; what comes
 * of it must be the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "lib/guard.h"
#include "lib/h2build.h"
#include "lib/rng.h"
#include "lib/spans.h"
#include "proto/conversation.h"
#include "proto/hpack.h"
#include "proto/websocket.h"

/* A frame: its first byte in hexadecimal, and payload; with '~' before it,
 * deflated as part of one stream ('^': not the last of its message; '!': anew);
 * '*' for 70,000 letters.  '}' and '{': a hole of so many bytes; '"': bytes as
 * they are. */
struct said {
	char who;
	unsigned first;
	const char *text;
};

struct picture {
	const char *name;
	const char *extensions;
	struct said said[14];
	const char *want;
};

/* clang-format off */
static const struct picture pictures[] = {
	{ "messages", "",
	  { { '>', 0x81, "hello" }, { '<', 0x81, "you" }, { '<', 0x82, "bin" },
	    { '>', 0x81, "" }, { '<', 0x83, "odd" } },
	  "> 1 hello\n< 1 you\n< 2 bin\n> 1\n< 3 odd\n" },
	{ "fragments, and control between them", "",
	  { { '>', 0x01, "one " }, { '<', 0x89, "are you?" },
	    { '>', 0x8a, "are you?" }, { '>', 0x00, "" }, { '>', 0x00, "two " },
	    { '>', 0x80, "three" }, { '>', 0x88, "\003\350bye" },
	    { '<', 0x88, "" } },
	  "< 9 are you?\n> 10 are you?\n> 1 one two three\n"
	  "> 8 1000 \003\350bye\n< 8\n" },
	{ "a long one", "", { { '>', 0x82, "*" }, { '>', 0x81, "x" } },
	  "> 2 70000 bytes\n> 1 x\n" },
	{ "deflated, windows kept", "permessage-deflate",
	  { { '>', 0xc1, "~abcabcabc" }, { '>', 0xc1, "~abcabcabc" },
	    { '>', 0x81, "as it is" }, { '>', 0x41, "^ab" },
	    { '>', 0x80, "~cab" } },
	  "> 1 abcabcabc\n> 1 abcabcabc\n> 1 as it is\n> 1 abcab\n" },
	{ "deflated, windows not kept",
	  "x-a; b, permessage-deflate; client_no_context_takeover",
	  { { '>', 0xc1, "!abcabcabc" }, { '>', 0xc1, "!abcabcabc" } },
	  "> 1 abcabcabc\n> 1 abcabcabc\n" },
	{ "a bit that nobody agreed to", "",
	  { { '>', 0x81, "a" }, { '>', 0xc1, "~abc" }, { '>', 0x81, "b" },
	    { '<', 0x81, "c" } },
	  "> 1 a\n< 1 c\n" },
	{ "a bit that means nothing", "permessage-deflate",
	  { { '>', 0x01, "a" }, { '>', 0xa0, "b" } },
	  "> 1 a bad framing\n" },
	{ "a length that cannot be", "",
	  { { '>', 0x81, "a" }, { '"', 0, "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff" },
	    { '>', 0x81, "b" } },
	  "> 1 a\n" },
	{ "control that is too long, or in pieces", "",
	  { { '<', 0x09, "a" }, { '<', 0x81, "b" }, { '>', 0x89, "*" },
	    { '>', 0x81, "c" } },
	  "" },
	{ "a continuation of nothing; a message within one", "",
	  { { '<', 0x80, "a" }, { '<', 0x81, "b" }, { '>', 0x01, "c" },
	    { '>', 0x81, "d" } },
	  "> 1 c bad framing\n" },
	{ "what does not inflate", "permessage-deflate",
	  { { '>', 0xc1, "\xff\xff\xff" }, { '>', 0xc1, "~abc" },
	    { '>', 0x81, "d" } },
	  "> 1 bad coding\n> 1 bytes bad coding\n> 1 d\n" },
	{ "a hole within a payload", "",
	  { { '"', 0, "\x81\x08" "ab" }, { '}', 4, "" }, { '"', 0, "gh" },
	    { '>', 0x81, "x" } },
	  "> 1 ab(4)gh hole\n> 1 x\n" },
	{ "... to its end", "",
	  { { '"', 0, "\x01\x02" "a" }, { '}', 1, "" }, { '>', 0x80, "b" } },
	  "> 1 a(1)b hole\n" },
	{ "... of one that is deflated: those behind it cannot be read",
	  "permessage-deflate",
	  { { '"', 0, "\xc1\x06\xaa" }, { '}', 5, "" }, { '>', 0xc1, "~abc" },
	    { '>', 0x81, "x" } },
	  "> 1 (5) hole\n> 1 bytes hole\n> 1 x\n" },
	{ "... unless they begin anew",
	  "permessage-deflate; client_no_context_takeover",
	  { { '"', 0, "\xc1\x06\xaa" }, { '}', 5, "" }, { '>', 0xc1, "!abc" } },
	  "> 1 (5) hole\n> 1 abc\n" },
	{ "a hole over a header", "",
	  { { '"', 0, "\x01\x02" "a" }, { '}', 2, "" }, { '>', 0x81, "b" },
	    { '<', 0x81, "c" } },
	  "> 1 a hole\n< 1 c\n" },
	{ "the end comes first", "",
	  { { '"', 0, "\x81\x02" "a" }, { '<', 0x01, "b" } },
	  "> 1 a aborted\n< 1 b aborted\n" },
};
/* clang-format on */

/* ------------------------------------------------------------- what is told */

struct trace {
	struct buf all;
	uint64_t next[2];
};

static void *
on_head(void *owner, struct message *m)
{
	(void)owner;
	(void)m;
	return calloc(1, sizeof(struct buf));
}

static void
on_body(void *owner, struct message *m, struct slice s)
{
	(void)owner;
	assert_true(s.n > 0);
	buf_put(m->kept, s.p, s.n);
}

static void
on_hole(void *owner, struct message *m, const struct gap *g)
{
	(void)owner;
	buf_printf(m->kept, "(%llu)", (unsigned long long)g->len);
}

static bool
is_text(const struct buf *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] == 0 || (b->p[i] >= 0x80 && b->p[i] != 0xe8))
			return false;
	return b->n < 100;
}

/* How long what is deflated becomes depends on the library. */
static void
put_size(struct buf *b, size_t n)
{
	if (n < 100)
		buf_str(b, " bytes");
	else
		buf_printf(b, " %zu bytes", n);
}

static void
on_end(void *owner, struct message *m, enum message_reason reason)
{
	struct trace *t = owner;
	struct buf *b = m->kept;
	const char *word = message_reason_name(reason);

	if (m->protocol == MESSAGE_WEBSOCKET) {
		buf_printf(&t->all, "%c %u", m->dir == 0 ? '>' : '<',
		    m->opcode);
		if (m->opcode == WS_CLOSE && m->sent > 0)
			buf_printf(&t->all, " %u", m->code);
		if (b->n > 0 && !is_text(b))
			put_size(&t->all, b->n);
		else if (b->n > 0)
			buf_printf(&t->all, " %.*s", (int)b->n,
			    (const char *)b->p);
		if (reason == MESSAGE_BAD_FRAMING)
			word = "bad framing";
		if (word != NULL)
			buf_printf(&t->all, " %s", word);
		buf_byte(&t->all, '\n');
	}
	buf_free(b);
	free(b);
}

static void
on_span(void *owner, const struct chunk *c, const struct span *what)
{
	struct trace *t = owner;

	assert_span_is_next(t->next, c, what);
}

static const struct message_events events = { on_head, on_body, on_hole, on_end,
	on_span, NULL };

/* ------------------------------------------------------------------ telling */

struct cutter {
	size_t piece; /* 0: whole; else at random up to it */
	struct rng rng;
	struct guard guard;
	uint64_t fed[2];
	z_stream z;
	bool in_http2; /* stream 1 */
};

static void
put(struct conversation *h, struct cutter *c, int dir, struct slice s)
{
	for (size_t at = 0; at < s.n;) {
		size_t n =
		    c->piece == 0 ? s.n : 1 + rng_below(&c->rng, c->piece);
		struct chunk x = { .dir = dir, .off = c->fed[dir] };

		if (n > s.n - at)
			n = s.n - at;
		x.bytes =
		    (struct slice){ guard_put(&c->guard, s.p + at, n).p, n };
		conversation_turn(h, &x);
		at += n;
		c->fed[dir] += n;
	}
}

/* The text behind its mark, deflated, without the four bytes at the end of a
 * message. */
static void
deflate_text(struct cutter *c, struct buf *b, const char *text)
{
	uint8_t *to = buf_room(b, 1000);
	char mark = *text++;

	if (mark == '!')
		assert_int_equal(deflateReset(&c->z), Z_OK);
	c->z.next_in = (Bytef *)(uintptr_t)text;
	c->z.avail_in = (uInt)strlen(text);
	c->z.next_out = to;
	c->z.avail_out = 1000;
	assert_int_equal(deflate(&c->z, Z_SYNC_FLUSH), Z_OK);
	b->n += 1000 - c->z.avail_out - (mark == '^' ? 0 : 4);
}

static void
make_frame(struct cutter *c, struct buf *b, const struct said *s)
{
	struct buf p = { 0 };

	if (s->text[0] != '\0' && strchr("~!^", s->text[0]) != NULL) {
		deflate_text(c, &p, s->text);
	} else if (s->text[0] == '*') {
		for (int i = 0; i < 70000; i++)
			buf_byte(&p, 'x');
	} else {
		buf_str(&p, s->text);
	}
	ws_frame(b, s->first, s->who == '>', p.p, p.n);
	buf_free(&p);
}

static void
say(struct conversation *h, struct trace *t, struct cutter *c,
    const struct said *s)
{
	int dir = s->who == '<' || s->who == '{';
	struct buf b = { 0 }, frame = { 0 };

	if (s->who == '}' || s->who == '{') {
		struct gap g = { c->fed[dir], s->first, GAP_NOT_CAPTURED };

		conversation_gap(h, dir, &g);
		c->fed[dir] += g.len;
		t->next[dir] += g.len;
		return;
	}
	if (s->who == '"' && (uint8_t)s->text[1] == 0x7f)
		buf_put(&b, s->text, 10);
	else if (s->who == '"')
		buf_str(&b, s->text);
	else
		make_frame(c, &b, s);
	if (c->in_http2)
		h2_frame(&frame, 0, 0, 1, &b);
	put(h, c, dir,
	    c->in_http2 ? (struct slice){ frame.p, frame.n } :
			  (struct slice){ b.p, b.n });
	buf_free(&frame);
	buf_free(&b);
}

static void
open_http1(struct conversation *h, struct cutter *c, const char *extensions)
{
	struct buf b = { 0 };

	buf_str(&b, "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
	put(h, c, 0, (struct slice){ b.p, b.n });
	buf_reset(&b);
	buf_printf(&b,
	    "HTTP/1.1 101 Go\r\nUpgrade: WebSocket\r\n"
	    "Sec-WebSocket-Extensions: %s\r\n\r\n",
	    extensions);
	put(h, c, 1, (struct slice){ b.p, b.n });
	buf_free(&b);
}

/* RFC 8441, 5.1. */
static void
open_http2(struct conversation *h, struct cutter *c, const char *extensions)
{
	struct buf b = { 0 }, block = { 0 };

	h2_lines(&b,
	    "preface\nsettings\n"
	    "ask 1 CONNECT /chat 4 :protocol=websocket :scheme=https "
	    ":authority=h");
	put(h, c, 0, (struct slice){ b.p, b.n });
	buf_reset(&b);
	h2_field(&block, ":status", "200");
	if (extensions[0] != '\0')
		h2_field(&block, "sec-websocket-extensions", extensions);
	h2_lines(&b, "settings");
	h2_frame(&b, 1, 4, 1, &block);
	put(h, c, 1, (struct slice){ b.p, b.n });
	buf_free(&b);
	buf_free(&block);
}

static void
check(const struct picture *p, struct cutter *c)
{
	struct trace t = { 0 };
	struct conversation *h = conversation_new(&events, &t);
	struct message_close how = { .fin = { true, true } };

	c->fed[0] = c->fed[1] = 0;
	c->z = (z_stream){ 0 };
	assert_int_equal(deflateInit2(&c->z, 6, Z_DEFLATED, -12, 8, 0), Z_OK);
	if (c->in_http2)
		open_http2(h, c, p->extensions);
	else
		open_http1(h, c, p->extensions);
	for (const struct said *s = p->said; s->who != 0; s++)
		say(h, &t, c, s);
	conversation_finish(h, &how);
	conversation_free(h);
	deflateEnd(&c->z);
	if (strcmp(buf_cstr(&t.all), p->want) != 0)
		fail_msg("%s, cut %zu%s:\n%s\nwanted:\n%s", p->name, c->piece,
		    c->in_http2 ? ", in HTTP/2" : "", buf_cstr(&t.all),
		    p->want);
	assert_true(t.next[0] == c->fed[0] && t.next[1] == c->fed[1]);
	buf_free(&t.all);
}

static void
run_pictures(struct cutter *c)
{
	for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
		/* A hole in frames of HTTP/2 is another thing. */
		bool hole = false;

		for (const struct said *s = pictures[i].said; s->who != 0; s++)
			hole |= s->who == '}' || s->who == '"';
		if (hole && c->in_http2)
			continue;
		for (c->piece = 0; c->piece < 20; c->piece++)
			check(&pictures[i], c);
	}
}

static void
conversations(void **state)
{
	struct cutter c = { .rng = { rng_seed() },
		.guard = guard_new(1 << 17) };

	(void)state;
	run_pictures(&c);
	guard_free(&c.guard);
}

static void
on_streams(void **state)
{
	struct cutter c = { .rng = { rng_seed() },
		.guard = guard_new(1 << 17),
		.in_http2 = true };

	(void)state;
	if (!hpack_is_there())
		skip();
	run_pictures(&c);
	guard_free(&c.guard);
}

/* A message that grows too much ends there, and so do those that would take
 * its window over. */
static void
bomb(void **state)
{
	struct decode_budget budget = { .ratio = 100 };
	struct trace t = { 0 };
	struct conversation *h = conversation_new(&events, &t);
	struct cutter c = { .guard = guard_new(1 << 17) };
	struct message_close how = { .fin = { true, true } };
	struct buf zeros = { 0 }, b = { 0 };
	uint8_t *packed = malloc(1 << 16);
	z_stream z = { 0 };

	(void)state;
	conversation_budget(h, &budget);
	open_http1(h, &c, "permessage-deflate");
	buf_room(&zeros, 8 << 20);
	memset(zeros.p, 0, 8 << 20);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, 0), Z_OK);
	z.next_in = zeros.p;
	z.avail_in = 8 << 20;
	z.next_out = packed;
	z.avail_out = 1 << 16;
	assert_int_equal(deflate(&z, Z_SYNC_FLUSH), Z_OK);
	assert_int_equal(z.avail_in, 0);
	ws_frame(&b, 0xc2, true, packed, (1 << 16) - z.avail_out - 4);
	put(h, &c, 0, (struct slice){ b.p, b.n });
	assert_true(budget.decoded >= 1 << 20 && budget.decoded < 2 << 20);
	buf_reset(&b);
	ws_frame(&b, 0xc2, true, "abc", 3);
	put(h, &c, 0, (struct slice){ b.p, b.n });
	conversation_finish(h, &how);
	conversation_free(h);
	assert_non_null(strstr(buf_cstr(&t.all), " ratio\n> 2 abc ratio\n"));
	deflateEnd(&z);
	free(packed);
	buf_free(&zeros);
	buf_free(&b);
	buf_free(&t.all);
	guard_free(&c.guard);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversations),
		cmocka_unit_test(on_streams),
		cmocka_unit_test(bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
