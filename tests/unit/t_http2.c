/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * t_http2.c: conversations in HTTP/2, and the messages that are found in them.
 *
 * Each is told whole, byte by byte and at random cuts; what comes of it must
 * be the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limit.h"
#include "lib/guard.h"
#include "lib/h2build.h"
#include "lib/rng.h"
#include "lib/spans.h"
#include "proto/conversation.h"
#include "proto/hpack.h"
#include "proto/http2.h"

/* What is said: '>' and '<' begin a turn of the client or the server, in lines
 * of h2build.h or, with a quote, text as it is; '}' and '{' a hole of so many
 * bytes, instead of those that the lines make or else of `hole'. */
struct said {
	char who;
	const char *text;
	uint64_t hole;
};

struct picture {
	const char *name;
	struct said said[12];
	bool open; /* no FIN comes */
	const char *want;
};

#define HELLO                                                                  \
	{ '>', "preface\nsettings\n", 0 },                                     \
	{                                                                      \
		'<', "settings\n", 0                                           \
	}

/* clang-format off */
static const struct picture pictures[] = {
	{ "a request",
	  { HELLO, { '>', "get 1 /a", 0 },
	    { '<', "answer 1 200 4 content-type=a/b\ndata 1 1 abc", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n1< 200 a/b\n1< abc whole\n" },
	{ "the server's preface first",
	  { { '<', "settings\n", 0 }, { '>', "preface\nsettings\nget 1 /a", 0 },
	    { '<', "answer 1 204 5", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n1< 204\n1< whole\n" },
	{ "streams at once",
	  { HELLO, { '>', "get 1 /a\nget 3 /b", 0 },
	    { '<', "answer 3 200 4\nanswer 1 404 4\ndata 1 0 x\ndata 3 0 y\n"
		   "data 1 1 X\ndata 3 0 Y\ndata 3 1", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n3> GET http://h/b\n3> whole\n"
		  "3< 200\n1< 404\n1< xX whole\n3< yY whole\n" },
	{ "a body, trailers, padding, priority, interim",
	  { HELLO,
	    { '>', "ask 1 POST /p 4 :scheme=https :authority=s "
		   "content-length=4\n"
		   "frame 0 1 8 02 61 62 00 00\nframe 0 1 0\n"
		   "frame 2 1 0 0 0 0 0 9\nframe 0 1 9 00 63 64", 0 },
	    { '<', "answer 1 100 4\nanswer 1 103 4 link=x\n"
		   "frame 1 1 2c 03 00 00 00 00 10 88 00 00 00\n"
		   "data 1 0 z\nframe 1 1 5 00 01 61 01 62", 0 } },
	  .want = "1> POST https://s/p\n1> abcd whole\n1< 200\n1< z whole\n" },
	{ "a length that differs",
	  { HELLO, { '>', "ask 1 POST /p 4 content-length=5\ndata 1 1 abcd", 0 },
	    { '<', "answer 1 200 5 content-length=5", 0 } },
	  .want = "1> POST -/p\n1> abcd bad framing\n"
		  "1< 200\n1< bad framing\n" },
	{ "a length and no body",
	  { HELLO, { '>', "ask 1 HEAD /p 5\nask 3 GET /q 5", 0 },
	    { '<', "answer 1 200 5 content-length=5\n"
		   "answer 3 304 5 content-length=5", 0 } },
	  .want = "1> HEAD -/p\n1> whole\n3> GET -/q\n3> whole\n"
		  "1< 200\n1< whole\n3< 304\n3< whole\n" },
	{ "continuation",
	  { HELLO,
	    { '>', "frame 1 1 1 82\nframe 9 1 0 86 84\nframe 9 1 0\n"
		   "frame 9 1 4 01 01 68", 0 },
	    { '<', "answer 1 204 5", 0 } },
	  .want = "1> GET http://h/\n1> whole\n1< 204\n1< whole\n" },
	{ "another frame in a block: heads are not believed",
	  { HELLO, { '>', "frame 1 1 1 82\nframe 6 0 0 0 0 0 0 0 0 0 0\n"
			  "frame 9 1 4 86 84\nget 3 /b", 0 },
	    { '<', "answer 3 200 5", 0 } },
	  .want = "3> -\n3> head lost\n3< 200\n3< whole\n" },
	{ "the table: what one block says another means",
	  { HELLO,
	    { '>', "frame 1 1 5 82 86 40 05 3a 70 61 74 68 02 2f 78\n"
		   "frame 1 3 5 82 86 be", 0 },
	    { '<', "answer 1 204 5\nanswer 3 204 5", 0 } },
	  .want = "1> GET -/x\n1> whole\n3> GET -/x\n3> whole\n"
		  "1< 204\n1< whole\n3< 204\n3< whole\n" },
	{ "a block that cannot be",
	  { HELLO, { '>', "frame 1 1 5 ff ff ff ff ff ff ff ff\nget 3 /b", 0 },
	    { '<', "answer 1 200 4\ndata 1 1 x\nanswer 3 200 5", 0 } },
	  .want = "1> -\n1> head lost\n3> -\n3> head lost\n"
		  "1< 200\n1< x whole\n3< 200\n3< whole\n" },
	{ "reset by either, before the end and behind it",
	  { HELLO, { '>', "get 1 /a\nask 3 POST /b 4\nget 5 /c\nget 7 /d", 0 },
	    { '<', "answer 1 200 4\ndata 1 0 x\nframe 3 3 0 0 0 0 8\n"
		   "answer 5 200 4\ndata 5 1 y\nframe 3 5 0 0 0 0 0", 0 },
	    { '>', "frame 3 1 0 0 0 0 8\ndata 3 1 late", 0 },
	    { '<', "data 1 1 late\nanswer 3 200 4", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n3> POST -/b\n"
		  "5> GET http://h/c\n5> whole\n7> GET http://h/d\n7> whole\n"
		  "1< 200\n3> aborted\n5< 200\n5< y whole\n1< x aborted\n" },
	{ "cancelled by who receives it: what has come was all",
	  { HELLO, { '>', "get 1 /a\nget 3 /b\nget 5 /c", 0 },
	    { '<', "answer 1 200 4\ndata 1 0 x\n"
		   "answer 3 200 4 content-length=2\ndata 3 0 y\n"
		   "answer 5 200 4\ndata 5 0 z", 0 },
	    { '>', "frame 3 1 0 0 0 0 8\nframe 3 3 0 0 0 0 8\n"
		   "frame 3 5 0 0 0 0 8", 0 }, { '<', "data 5 1", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n3> GET http://h/b\n3> whole\n"
		  "5> GET http://h/c\n5> whole\n"
		  "1< 200\n3< 200\n5< 200\n"
		  "3< y aborted\n5< z whole\n1< x whole\n" },
	{ "promised",
	  { HELLO, { '>', "get 1 /a", 0 },
	    { '<', "frame 5 1 4 00 00 00 02 82 86 84 01 01 68\n"
		   "answer 1 200 5\nanswer 2 200 4\ndata 2 1 push", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n"
		  "2< GET http://h/\n2< whole\n"
		  "1< 200\n1< whole\n2< 200\n2< push whole\n" },
	{ "unknown types, SETTINGS, PING, GOAWAY, windows",
	  { HELLO, { '>', "frame 200 0 ff 1 2 3\nframe 8 0 0 0 0 0 1\n"
			  "get 1 /a\nframe 77 1 0", 0 },
	    { '<', "settings\nframe 4 0 1\nframe 6 0 1 0 0 0 0 0 0 0 0\n"
		   "answer 1 200 5\nframe 7 0 0 0 0 0 1 0 0 0 0 62 79 65",
		0 } },
	  .want = "1> GET http://h/a\n1> whole\n1< 200\n1< whole\n" },
	{ "the end comes first",
	  { HELLO, { '>', "get 1 /a\nask 3 POST /b 4\ndata 3 0 x", 0 },
	    { '<', "answer 1 200 4\ndata 1 0 y", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n3> POST -/b\n1< 200\n"
		  "1< y aborted\n3> x aborted\n" },
	{ "... with the capture", .open = true,
	  .said = { HELLO, { '>', "get 1 /a", 0 }, { '<', "answer 1 200 4", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n1< 200\n1< cut\n" },
	{ "a hole in data",
	  { HELLO, { '>', "get 1 /a\nget 3 /b", 0 },
	    { '<', "answer 1 200 4\nanswer 3 200 4\nhex 0 0 a 0 0 0 0 0 1 61",
		0 },
	    { '{', "", 7 },
	    { '<', "hex 62 63\ndata 3 1 y\ndata 1 1 z", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n3> GET http://h/b\n3> whole\n"
		  "1< 200\n3< 200\n3< y whole\n1< a(7)bcz hole\n" },
	{ "a hole to the end of data that ends a stream, and its padding",
	  { HELLO, { '>', "get 1 /a", 0 },
	    { '<', "answer 1 200 4\nhex 0 0 7 0 9 0 0 0 1 2 61", 0 },
	    { '{', "", 5 }, { '>', "get 3 /b", 0 },
	    { '<', "answer 3 200 5", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n1< 200\n1< a(3) hole\n"
		  "3> GET http://h/b\n3> whole\n3< 200\n3< whole\n" },
	{ "a hole over frames: heads are not believed, data goes on",
	  { HELLO, { '>', "get 1 /a\nget 3 /b\nget 5 /c\nget 7 /d", 0 },
	    { '<', "answer 1 200 4\nanswer 3 200 4\ndata 1 0 x", 0 },
	    { '{', "data 1 1 lost\nanswer 5 200 5", 0 },
	    { '<', "data 3 0 y\nanswer 7 200 4\ndata 7 1 z\ndata 3 1 Y\n"
		   "settings", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n3> GET http://h/b\n3> whole\n"
		  "5> GET http://h/c\n5> whole\n7> GET http://h/d\n7> whole\n"
		  "1< 200\n3< 200\n"
		  "7< -\n7< z head lost\n3< (?)yY hole\n5< -\n5< head lost\n"
		  "1< x(?) aborted\n" },
	{ "... and where frames begin shows two that chain",
	  { HELLO, { '>', "get 1 /a", 0 },
	    { '<', "answer 1 200 4\nhex 0 0 9 0 0 0 0 0 1 61", 0 },
	    { '{', "", 20 },
	    { '<', "hex 0 0 1 0 0 0 0 0 1 0 0\ndata 1 0 bc\ndata 1 1 d", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n1< 200\n"
		  "1< a(8)(?)bcd hole\n" },
	{ "a hole in the client's heads",
	  { HELLO, { '}', "get 1 /a", 0 }, { '>', "settings\nget 3 /b", 0 },
	    { '<', "answer 1 200 5\nanswer 3 200 5", 0 } },
	  .want = "3> -\n3> head lost\n1< 200\n1< whole\n3< 200\n3< whole\n" },
	{ "a hole within a block: frames go on",
	  { HELLO, { '>', "hex 0 0 5 1 5 0 0 0 1 82", 0 }, { '}', "", 2 },
	    { '>', "hex 84 84\nframe 8 0 0 0 0 0 1\nget 3 /b", 0 },
	    { '<', "answer 1 200 5", 0 } },
	  .want = "1> -\n1> head lost\n3> -\n3> head lost\n"
		  "1< 200\n1< whole\n" },
	{ "upgraded",
	  { { '>', "'GET /u HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n", 0 },
	    { '<', "'HTTP/1.1 101 Go\r\nUpgrade: h2c\r\n\r\n", 0 },
	    { '<', "settings\nanswer 1 200 4\ndata 1 1 x", 0 },
	    { '>', "preface\nsettings\nget 3 /b", 0 },
	    { '<', "answer 3 204 5", 0 } },
	  .want = "0> GET http://h/u\n0> whole\n1< 200\n1< x whole\n"
		  "3> GET http://h/b\n3> whole\n3< 204\n3< whole\n" },
	{ "no HTTP/2 after all",
	  { { '>', "preface\n", 0 },
	    { '<', "'HTTP/1.1 400 Bad Request\r\n\r\n", 0 } },
	  .want = "" },
	{ "a preface that is none",
	  { { '>', "'PRI * HTTP", 0 }, { '>', "'/1.1\r\nHost: h\r\n\r\n", 0 },
	    { '<', "'HTTP/1.1 400 No\r\nContent-Length: 1\r\n\r\nx", 0 } },
	  .want = "0> PRI http://h*\n0> whole\n0< 400\n0< x whole\n" },
	{ "CONNECT: what is in the tunnel is no body",
	  { HELLO, { '>', "ask 1 CONNECT x 4 :authority=t:1\n", 0 },
	    { '<', "answer 1 200 4\ndata 1 0 abc", 0 },
	    { '>', "data 1 1 def\n", 0 }, { '<', "data 1 1", 0 },
	    { '>', "ask 3 CONNECT x 4 :authority=t:1\n", 0 },
	    { '<', "answer 3 403 4\ndata 3 1 no", 0 } },
	  .want = "1> CONNECT t:1\n1> whole\n1< 200\n1< whole\n"
		  "3> CONNECT t:1\n3> whole\n3< 403\n3< no whole\n" },
	{ "padding that is too long",
	  { HELLO, { '>', "get 1 /a", 0 },
	    { '<', "answer 1 200 4\nframe 0 1 8 05 61 62\ndata 1 1 x", 0 } },
	  .want = "1> GET http://h/a\n1> whole\n1< 200\n1< (?) aborted\n" },
};
/* clang-format on */

/* ------------------------------------------------------------- what is told */

struct trace {
	struct buf all;
	uint64_t next[2];
	uint64_t made; /* bytes of texts */
};

static void
put_name(struct trace *t, const struct message *m)
{
	buf_printf(&t->all, "%llu%c", (unsigned long long)m->stream,
	    m->dir == 0 ? '>' : '<');
}

static void
put_url(struct buf *b, const struct http_request *q)
{
	buf_byte(b, ' ');
	buf_put(b, q->method.p, q->method.n);
	buf_byte(b, ' ');
	if (!slice_is(q->method, "CONNECT")) {
		buf_str(b,
		    q->https	      ? "https://" :
			q->host.n > 0 ? "http://" :
					"-");
		buf_put(b, q->host.p, q->host.n);
	}
	buf_put(b, q->target.p, q->target.n);
}

static void *
on_head(void *owner, struct message *m)
{
	struct trace *t = owner;

	put_name(t, m);
	if (m->head->side == HTTP_REQUEST && m->request != NULL)
		put_url(&t->all, m->request);
	else if (m->head->side == HTTP_RESPONSE && m->head->status > 0)
		buf_printf(&t->all, " %u", m->head->status);
	else
		buf_str(&t->all, " -");
	if (m->head->type.n > 0)
		buf_printf(&t->all, " %.*s", (int)m->head->type.n,
		    (const char *)m->head->type.p);
	buf_byte(&t->all, '\n');
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
	struct buf *b = m->kept;

	(void)owner;
	assert_true(m->holed);
	if (g->len > 0)
		buf_printf(b, "(%llu)", (unsigned long long)g->len);
	else
		buf_str(b, "(?)");
}

static void
on_end(void *owner, struct message *m, enum message_reason reason)
{
	struct trace *t = owner;
	struct buf *b = m->kept;
	const char *word = message_reason_name(reason);

	put_name(t, m);
	if (b->n > 0)
		buf_byte(&t->all, ' ');
	buf_put(&t->all, b->p, b->n);
	buf_printf(&t->all, " %s\n",
	    reason == MESSAGE_BAD_FRAMING ? "bad framing" :
		word != NULL		  ? word :
					    "whole");
	buf_free(b);
	free(b);
}

static void
on_span(void *owner, const struct chunk *c, const struct span *what)
{
	struct trace *t = owner;

	assert_span_is_next(t->next, c, what);
}

static void
on_made(void *owner, const struct made_text *m)
{
	((struct trace *)owner)->made += m->text.n;
}

static const struct message_events events = { on_head, on_body, on_hole, on_end,
	on_span, on_made };

/* ------------------------------------------------------------------ telling */

struct cutter {
	size_t piece; /* 0: whole; else at random up to it */
	struct rng rng;
	struct guard guard;
	uint64_t fed[2];
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
		assert_true(conversation_memory(h) < 1 << 20);
		at += n;
		c->fed[dir] += n;
	}
}

static void
say(struct conversation *h, struct trace *t, struct cutter *c,
    const struct said *s)
{
	int dir = s->who == '<' || s->who == '{';
	struct buf b = { 0 };

	if (s->text[0] == '\'')
		buf_str(&b, s->text + 1);
	else
		h2_lines(&b, s->text);
	if (s->who == '}' || s->who == '{') {
		struct gap g = { c->fed[dir], b.n > 0 ? b.n : s->hole,
			GAP_NOT_CAPTURED };

		conversation_gap(h, dir, &g);
		c->fed[dir] += g.len;
		t->next[dir] += g.len;
	} else {
		put(h, c, dir, (struct slice){ b.p, b.n });
	}
	buf_free(&b);
}

static void
check(const struct picture *p, struct cutter *c)
{
	struct trace t = { 0 };
	struct conversation *h = conversation_new(&events, &t);
	struct message_close how = { .fin = { !p->open, !p->open } };

	c->fed[0] = c->fed[1] = 0;
	for (const struct said *s = p->said; s->who != 0; s++)
		say(h, &t, c, s);
	conversation_finish(h, &how);
	conversation_free(h);
	if (strcmp(buf_cstr(&t.all), p->want) != 0)
		fail_msg("%s, cut %zu:\n%s\nwanted:\n%s", p->name, c->piece,
		    buf_cstr(&t.all), p->want);
	assert_true(t.next[0] == c->fed[0] && t.next[1] == c->fed[1]);
	buf_free(&t.all);
}

static void
conversations(void **state)
{
	struct cutter c = { 0, { rng_seed() }, guard_new(4096), { 0 } };

	(void)state;
	if (!hpack_is_there())
		skip();
	for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++)
		for (c.piece = 0; c.piece < 40; c.piece++)
			check(&pictures[i], &c);
	guard_free(&c.guard);
}

/* ----------------------------------------------------------------- hostile */

/* text, each @ in it a number. */
static void
put_numbered(struct buf *b, const char *text, unsigned number)
{
	buf_reset(b);
	for (; *text != '\0'; text++)
		if (*text == '@')
			buf_printf(b, "%u", number);
		else
			buf_byte(b, (uint8_t)*text);
}

/* Lines so many times over, with numbers of streams; *cut: not all were
 * followed. */
static void
flood(const char *line, unsigned n, bool *cut)
{
	struct buf text = { 0 };
	struct trace t = { 0 };
	struct conversation *h = conversation_new(&events, &t);
	struct cutter c = { 0, { 1 }, guard_new(65536), { 0 } };
	struct message_close how = { .fin = { true, true } };

	say(h, &t, &c, &(struct said){ '>', "preface\nsettings", 0 });
	say(h, &t, &c, &(struct said){ '<', "settings", 0 });
	for (unsigned i = 0; i < n; i++) {
		put_numbered(&text, line, 1 + i * 2);
		say(h, &t, &c, &(struct said){ '>', buf_cstr(&text), 0 });
		buf_reset(&t.all);
	}
	*cut = conversation_is_cut(h);
	conversation_finish(h, &how);
	conversation_free(h);
	guard_free(&c.guard);
	buf_free(&t.all);
	buf_free(&text);
}

/* Memory does not grow (see put), and what was left out is noted. */
static void
floods(void **state)
{
	bool cut;

	(void)state;
	if (!hpack_is_there())
		skip();
	flood("get @ /a", LIMIT_HTTP2_STREAMS, &cut);
	assert_false(cut);
	flood("get @ /a", 20000, &cut);
	assert_true(cut);
	/* Begun and reset, as often as one likes. */
	flood("get @ /a\nframe 3 @ 0 0 0 0 8", 20000, &cut);
	assert_false(cut);
	/* ... with an answer that is not over. */
	flood("ask @ POST /a 4\nframe 3 @ 0 0 0 0 8", 20000, &cut);
	assert_false(cut);
	flood("frame 9 1 0 82", 20000, &cut);
	flood("frame 4 0 0 0 3 0 0 0 1", 20000, &cut);
	flood("frame 0 1 0", 20000, &cut);
	flood("frame 2 @ 0 0 0 0 0 0", 20000, &cut);
	/* A block that does not end. */
	flood("hex 0 0 1 1 0 0 0 0 1 82\nframe 9 1 0 82", 20000, &cut);
}

/* A field of 4,000 bytes in the table, which each byte of a block repeats: of a
 * head so much is read, and no more. */
static void
bomb(void **state)
{
	struct trace t = { 0 };
	struct conversation *h = conversation_new(&events, &t);
	struct cutter c = { 0, { 1 }, guard_new(65536), { 0 } };
	struct message_close how = { .fin = { true, true } };
	struct buf block = { 0 }, b = { 0 };

	(void)state;
	if (!hpack_is_there())
		skip();
	say(h, &t, &c, &(struct said){ '>', "preface\nsettings", 0 });
	h2_hex(&block, "82 86 84 40 01 78 7f a1 1e");
	for (int i = 0; i < 4000; i++)
		buf_byte(&block, 'a');
	for (int i = 0; i < 8000; i++)
		buf_byte(&block, 0xbe);
	h2_frame(&b, 1, 5, 1, &block);
	put(h, &c, 0, (struct slice){ b.p, b.n });
	assert_true(t.made > 32000 && t.made < 2 * LIMIT_HTTP2_FIELDS);
	conversation_finish(h, &how);
	conversation_free(h);
	assert_string_equal(buf_cstr(&t.all), "1> GET -/\n1> whole\n");
	buf_free(&t.all);
	buf_free(&block);
	buf_free(&b);
	guard_free(&c.guard);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversations),
		cmocka_unit_test(floods),
		cmocka_unit_test(bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
