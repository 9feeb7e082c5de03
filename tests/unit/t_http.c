/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * t_http.c: conversations, and the messages that are found in them.
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
#include "lib/rng.h"
#include "lib/spans.h"
#include "proto/http.h"
#include "proto/http_chunk.h"

/* What is said: '>' and '<' begin a turn of the client or the server, '}' and
 * '{' a hole of so many bytes. */
struct said {
	char who;
	const char *text;
	uint64_t hole;
};

struct picture {
	const char *name;
	struct said said[12];
	bool open; /* the server's FIN does not come */
	const char *want;
};

#define OK "HTTP/1.1 200 OK\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"
#define LEN(n) "Content-Length: " #n "\r\n\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"
#define TEN "0123456789"

/* clang-format off */
static const struct picture pictures[] = {
	{ "length", { { '>', GET("/a"), 0 }, { '<', OK LEN(3) "abc", 0 } },
	  .want = "> GET /a\n= whole\n< 200 /a\nabc= whole\n" },
	{ "lines before",
	  { { '>', "a\nb HTTP/1. c\n\nd\n" GET("/a"), 0 },
	    { '<', "e\n\nf HTTP\ng" OK LEN(1) "x", 0 } },
	  .want = "> GET /a\n= whole\n< 200 /a\nx= whole\n" },
	{ "no bytes", { { '>', GET("/a"), 0 }, { '<', OK LEN(0), 0 } },
	  .want = "> GET /a\n= whole\n< 200 /a\n= whole\n" },
	{ "pipelining",
	  { { '>', GET("/a") GET("/b") GET("/c"), 0 },
	    { '<', OK LEN(1) "A" OK LEN(2) "BB" OK LEN(3) "CCC", 0 } },
	  .want = "> GET /a\n= whole\n> GET /b\n= whole\n> GET /c\n= whole\n"
		  "< 200 /a\nA= whole\n< 200 /b\nBB= whole\n"
		  "< 200 /c\nCCC= whole\n" },
	{ "head, 204, 304",
	  { { '>', "HEAD /a HTTP/1.1\r\n\r\n" GET("/b") GET("/c") GET("/d"), 0 },
	    { '<', OK LEN(30) "HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n"
		   "HTTP/1.1 304 Not\r\nContent-Length: 7\r\n\r\n"
		   OK LEN(1) "d", 0 } },
	  .want = "> HEAD /a\n= whole\n> GET /b\n= whole\n> GET /c\n= whole\n"
		  "> GET /d\n= whole\n"
		  "< 200 /a\n= whole\n< 204 /b\n= whole\n< 304 /c\n= whole\n"
		  "< 200 /d\nd= whole\n" },
	{ "interim responses",
	  { { '>', "POST /a HTTP/1.1\r\nExpect: 100-continue\r\n" LEN(4), 0 },
	    { '<', "HTTP/1.1 100 Continue\r\n\r\n", 0 }, { '>', "body", 0 },
	    { '<', "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" OK LEN(1) "y", 0 } },
	  .want = "> POST /a\nbody= whole\n< 200 /a\ny= whole\n" },
	{ "tunnel",
	  { { '>', "CONNECT h:443 HTTP/1.1\r\n\r\n", 0 },
	    { '<', OK "\r\n", 0 }, { '>', GET("/not"), 0 },
	    { '<', OK LEN(1) "x", 0 } },
	  .want = "> CONNECT h:443\n= whole\n< 200 h:443\n= whole\n"
		  "> GET /not\n= whole\n< 200 /not\nx= whole\n" },
	{ "tunnel of something else",
	  { { '>', "CONNECT h:443 HTTP/1.1\r\n\r\n", 0 },
	    { '<', OK "\r\n", 0 }, { '>', "\x16\r\n" GET("/not"), 0 },
	    { '<', "\r\n" OK LEN(1) "x", 0 } },
	  .want = "> CONNECT h:443\n= whole\n< 200 h:443\n= whole\n" },
	{ "a body that is not sent after all",
	  { { '>', "POST /a HTTP/1.1\r\nExpect: 100-continue\r\n" LEN(9), 0 },
	    { '<', "HTTP/1.1 417 No\r\n" LEN(2) "no", 0 },
	    { '>', GET("/b"), 0 }, { '<', OK LEN(1) "b", 0 } },
	  .want = "< 417 /a\nno= whole\n> POST /a\n= aborted\n"
		  "> GET /b\n= whole\n< 200 /b\nb= whole\n" },
	{ "a body that is sent all the same",
	  { { '>', "POST /a HTTP/1.1\r\nExpect: 100-continue\r\n" LEN(5), 0 },
	    { '<', "HTTP/1.1 417 No\r\n" LEN(2) "no", 0 },
	    { '>', "GETxy" GET("/b"), 0 }, { '<', OK LEN(1) "b", 0 } },
	  .want = "< 417 /a\nno= whole\n> POST /a\nGETxy= whole\n"
		  "> GET /b\n= whole\n< 200 /b\nb= whole\n" },
	{ "lengths that differ",
	  { { '>', GET("/a") GET("/b"), 0 },
	    { '<', OK "Content-Length: 5\r\n" LEN(3) "abcde" OK LEN(1) "b",
		0 } },
	  .want = "> GET /a\n= whole\n> GET /b\n= whole\n"
		  "< 200 /a\nabc= bad framing\n< 200 /b\nb= whole\n" },
	{ "tunnel refused",
	  { { '>', "CONNECT h:443 HTTP/1.1\r\n\r\n", 0 },
	    { '<', "HTTP/1.1 407 No\r\n" LEN(2) "no", 0 },
	    { '>', GET("/a"), 0 }, { '<', OK LEN(1) "a", 0 } },
	  .want = "> CONNECT h:443\n= whole\n< 407 h:443\nno= whole\n"
		  "> GET /a\n= whole\n< 200 /a\na= whole\n" },
	{ "upgrade",
	  { { '>', "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", 0 },
	    { '<', "HTTP/1.1 101 Switching\r\n\r\n" OK LEN(1) "x", 0 },
	    { '>', GET("/a"), 0 } },
	  .want = "> GET /ws\n= whole\n< 101 /ws\n= whole\n" },
	{ "upgrade not taken",
	  { { '>', "GET /ws HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", 0 },
	    { '<', OK LEN(1) "x" , 0 }, { '>', GET("/a"), 0 },
	    { '<', OK LEN(1) "a" , 0 } },
	  .want = "> GET /ws\n= whole\n< 200 /ws\nx= whole\n> GET /a\n= whole\n"
		  "< 200 /a\na= whole\n" },
	{ "chunks",
	  { { '>', GET("/a"), 0 },
	    { '<', OK CHUNKED "3\r\nabc\r\n00A;ext=\"1\";b\r\n" TEN
		   "\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n" OK LEN(1) "z", 0 } },
	  .want = "> GET /a\n= whole\n< 200 /a\nabc" TEN "= whole\n"
		  "< 200 -\nz= whole\n" },
	{ "chunks with bare LF",
	  { { '<', "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3 \nabc\n0\n\n",
	      0 } },
	  .want = "< 200 -\nabc= whole\n" },
	{ "chunk size of 2^64 and more",
	  { { '<', OK CHUNKED "1\r\na\r\n10000000000000001\r\nbc\r\n"
		   OK LEN(1) "z", 0 } },
	  .want = "< 200 -\na= bad framing\n< 200 -\nz= whole\n" },
	{ "chunk size that is none",
	  { { '<', OK CHUNKED "1\r\na\r\n-1\r\nbc\r\n", 0 } },
	  .want = "< 200 -\na= bad framing\n" },
	{ "chunk that is longer than it says",
	  { { '<', OK CHUNKED "1\r\nab\r\n0\r\n\r\n", 0 } },
	  .want = "< 200 -\na= bad framing\n" },
	{ "empty chunks", { { '<', OK CHUNKED "0\r\n\r\n" OK LEN(1) "b", 0 } },
	  .want = "< 200 -\n= whole\n< 200 -\nb= whole\n" },
	{ "up to the end", { { '<', OK "\r\nabc\r\n\r\nHTTP/1.1 200 OK\r\n", 0 } },
	  .want = "< 200 -\nabc\r\n\r\nHTTP/1.1 200 OK\r\n= whole\n" },
	{ "up to an end that is not seen", { { '<', OK "\r\nabc", 0 } },
	  .open = true, .want = "< 200 -\nabc= cut\n" },
	{ "ended early", { { '<', OK LEN(9) "abc", 0 } },
	  .want = "< 200 -\nabc= aborted\n" },
	{ "chunks cut", { { '<', OK CHUNKED "5\r\nabc", 0 } },
	  .open = true, .want = "< 200 -\nabc= cut\n" },
	{ "HTTP/1.0", { { '>', "GET /a HTTP/1.0\r\n\r\n", 0 },
	    { '<', "HTTP/1.0 200 OK\r\n\r\nabc", 0 } },
	  .want = "> GET /a\n= whole\n< 200 /a\nabc= whole\n" },
	{ "HTTP/1.0 knows no chunks",
	  { { '<', "HTTP/1.0 200 OK\r\n" CHUNKED "1\r\na\r\n0\r\n\r\n", 0 } },
	  .want = "< 200 -\n1\r\na\r\n0\r\n\r\n= whole\n" },
	{ "both lengths", { { '<', OK "Content-Length: 2\r\n" CHUNKED
	    "3\r\nabc\r\n0\r\n\r\n" OK LEN(1) "b", 0 } },
	  .want = "< 200 -\nabc= whole\n< 200 -\nb= whole\n" },
	{ "a length twice", { { '<', OK "Content-Length: 3, 3\r\n" LEN(3) "abc"
	    OK LEN(1) "b", 0 } },
	  .want = "< 200 -\nabc= whole\n< 200 -\nb= whole\n" },
	{ "lengths that differ, alone", { { '<', OK "Content-Length: 2\r\n" LEN(3) "abc\n"
	    OK LEN(1) "b", 0 } },
	  .want = "< 200 -\nab= bad framing\n< 200 -\nb= whole\n" },
	{ "a length that is none", { { '<', OK "Content-Length: -3\r\n\r\nabc", 0 } },
	  .want = "< 200 -\nabc= whole\n" },
	{ "a length beyond 2^64",
	  { { '<', OK "Content-Length: 18446744073709551616\r\n\r\nabc", 0 } },
	  .want = "< 200 -\nabc= aborted\n" },
	{ "folded lines",
	  { { '<', OK "X: a\r\n b\r\nContent-Length:\r\n\t3\r\n\r\nabc" OK LEN(1)
		   "b", 0 } },
	  .want = "< 200 -\nabc= whole\n< 200 -\nb= whole\n" },
	{ "bare LF, blanks, no reason",
	  { { '>', "GET  /a b  HTTP/1.1\nHost:h\n\n", 0 },
	    { '<', "HTTP/1.1 200\ncontent-length : 1 \n\na", 0 } },
	  .want = "> GET /a b\n= whole\n< 200 /a b\na= whole\n" },
	{ "empty lines before a message",
	  { { '>', "\r\n\r\n" GET("/a") "\r\n" GET("/b"), 0 },
	    { '<', "\n" OK LEN(1) "a\r\n" OK LEN(1) "b", 0 } },
	  .want = "> GET /a\n= whole\n> GET /b\n= whole\n"
		  "< 200 /a\na= whole\n< 200 /b\nb= whole\n" },
	{ "garbage before a message",
	  { { '>', "what\x01\x02 is this\r\n\xff\xfe" GET("/a"), 0 },
	    { '<', "garbage" OK LEN(1) "a", 0 } },
	  .want = "> GET /a\n= whole\n< 200 /a\na= whole\n" },
	{ "a body that is longer than it says",
	  { { '<', OK LEN(1) "abcdef" OK LEN(1) "z", 0 } },
	  .want = "< 200 -\na= whole\n< 200 -\nz= whole\n" },
	{ "what quotes HTTP",
	  { { '<', "220 mail\r\n", 0 }, { '>', "EHLO x\r\n", 0 },
	    { '<', "250 ok\r\n", 0 },
	    { '>', "Subject: x\r\n\r\n" GET("/") "\r\n.\r\n", 0 } },
	  .want = "" },
	{ "HTTP behind something else",
	  { { '>', "\x05\x01\n", 0 }, { '<', "\x05\n", 0 },
	    { '>', "\r\n" GET("/a"), 0 }, { '<', OK LEN(1) "a", 0 } },
	  .want = "> GET /a\n= whole\n< 200 /a\na= whole\n" },
	{ "responses behind one that is cut off",
	  { { '>', GET("/a") GET("/b"), 0 }, { '<', OK LEN(9) "abc", 0 } },
	  .want = "> GET /a\n= whole\n> GET /b\n= whole\n"
		  "< 200 /a\nabc= aborted\n" },
	{ "the first of two heads in a hole",
	  { { '>', GET("/a") GET("/b"), 0 }, { '<', OK "Content-Le", 0 },
	    { '{', "", 9 } },
	  .want = "> GET /a\n= whole\n> GET /b\n= whole\n"
		  "< 200 /a\n= head lost\n< 0 /b\n= head lost\n" },
	{ "no last line of the chunks",
	  { { '<', OK CHUNKED "1\r\na\r\n0\r\n", 0 } },
	  .want = "< 200 -\na= whole\n" },
	{ "no HTTP", { { '>', "SSH-2.0-a\r\n\x01\x02", 0 },
	    { '<', "SSH-2.0-b\r\n\x03\x04HTTP/1.\r\n", 0 } }, .want = "" },
	{ "HTTP/2", { { '>', "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0 } },
	  .want = "" },
	{ "a part", { { '<', "HTTP/1.1 206 Part\r\nContent-Range: bytes 3-5/9\r\n"
	    LEN(3) "def", 0 } }, .want = "< 206 -\ndef= whole\n" },
	{ "a hole in a body",
	  { { '<', OK LEN(10) "0123", 0 }, { '{', "", 3 }, { '<', "789", 0 },
	    { '<', OK LEN(1) "b", 0 } },
	  .want = "< 200 -\n0123[3]789= whole\n< 200 -\nb= whole\n" },
	{ "a hole that ends with a body",
	  { { '<', OK LEN(10) "0123", 0 }, { '{', "", 6 },
	    { '<', OK LEN(1) "b", 0 } },
	  .want = "< 200 -\n0123[6]= whole\n< 200 -\nb= whole\n" },
	{ "a hole that begins with a body",
	  { { '<', OK LEN(10), 0 }, { '{', "", 4 }, { '<', "456789", 0 } },
	  .want = "< 200 -\n[4]456789= whole\n" },
	{ "a hole beyond a body",
	  { { '<', OK LEN(10) "0123", 0 }, { '{', "", 50 },
	    { '<', "x: y\r\n\r\nbody" OK LEN(1) "b", 0 } },
	  .want = "< 200 -\n0123[6]= lost\n< 200 -\nb= whole\n" },
	{ "a hole in a chunk",
	  { { '<', OK CHUNKED "A\r\n0123", 0 }, { '{', "", 3 },
	    { '<', "789\r\n1\r\nx\r\n0\r\n\r\n", 0 } },
	  .want = "< 200 -\n0123[3]789x= whole\n" },
	{ "a hole in the framing of chunks",
	  { { '<', OK CHUNKED "A\r\n0123", 0 }, { '{', "", 7 },
	    { '<', "789\r\n0\r\n\r\n" OK LEN(1) "b", 0 } },
	  .want = "< 200 -\n0123[7]= lost\n< 200 -\nb= whole\n" },
	{ "a hole in a body up to the end",
	  { { '<', OK "\r\n0123", 0 }, { '{', "", 7 }, { '<', "xyz", 0 } },
	  .want = "< 200 -\n0123[7]xyz= whole\n" },
	{ "a hole in a head",
	  { { '>', GET("/a"), 0 }, { '<', OK "Content-Le", 0 }, { '{', "", 7 },
	    { '<', "7\r\n\r\nabc", 0 }, { '>', GET("/b"), 0 },
	    { '<', OK LEN(1) "b", 0 } },
	  .want = "> GET /a\n= whole\n< 200 /a\n= head lost\n"
		  "> GET /b\n= whole\n< 200 /b\nb= whole\n" },
	{ "a response in a hole",
	  { { '>', GET("/a"), 0 }, { '{', "", 700 }, { '>', GET("/b"), 0 },
	    { '<', OK LEN(1) "b", 0 } },
	  .want = "> GET /a\n= whole\n> GET /b\n= whole\n"
		  "< 0 /a\n= head lost\n< 200 /b\nb= whole\n" },
	{ "some responses in a hole",
	  { { '>', GET("/a") GET("/b"), 0 }, { '{', "", 700 },
	    { '<', OK LEN(1) "b", 0 } },
	  .want = "> GET /a\n= whole\n> GET /b\n= whole\n"
		  "< 0 /a\n= head lost\n< 0 /b\n= head lost\n"
		  "< 200 -\nb= whole\n" },
	{ "a request in a hole",
	  { { '}', "", 70 }, { '<', OK LEN(1) "a", 0 }, { '>', GET("/b"), 0 },
	    { '<', OK LEN(1) "b", 0 } },
	  .want = "< 200 -\na= whole\n> GET /b\n= whole\n< 200 /b\nb= whole\n" },
	{ "from the middle",
	  { { '<', "function () {\r\n return 1;}", 0 }, { '>', GET("/b"), 0 },
	    { '<', OK LEN(1) "b", 0 } },
	  .want = "> GET /b\n= whole\n< 200 /b\nb= whole\n" },
	{ "from the middle, roles exchanged",
	  { { '>', OK LEN(1) "a", 0 }, { '<', GET("/b"), 0 },
	    { '>', OK LEN(1) "b", 0 } },
	  .want = "< 200 -\na= whole\n> GET /b\n= whole\n< 200 /b\nb= whole\n" },
	{ "from the middle, the answer to HEAD",
	  { { '<', OK LEN(500), 0 }, { '>', GET("/b"), 0 },
	    { '<', OK LEN(1) "b", 0 } },
	  .want = "> GET /b\n= whole\n< 200 -\n= whole\n< 200 /b\nb= whole\n" },
	{ "a body that looks like a status line at first",
	  { { '<', OK LEN(9) "HTTP/2xyz" OK CHUNKED "1\r\na\r\n0\r\n\r\n", 0 } },
	  .want = "< 200 -\nHTTP/2xyz= whole\n< 200 -\na= whole\n" },
	{ "an unknown method",
	  { { '>', "REPORT /a HTTP/1.1\r\n\r\n", 0 }, { '<', OK LEN(1) "a", 0 } },
	  .want = "> REPORT /a\n= whole\n< 200 /a\na= whole\n" },
	{ "a request in chunks",
	  { { '>', "POST /a HTTP/1.1\r\n" CHUNKED "2\r\nab\r\n0\r\n\r\n"
		   GET("/b"), 0 }, { '<', OK LEN(1) "a", 0 } },
	  .want = "> POST /a\nab= whole\n> GET /b\n= whole\n"
		  "< 200 /a\na= whole\n" },
	{ "a coding that is no chunks",
	  { { '<', OK "Transfer-Encoding: gzip\r\n" LEN(1) "abc", 0 } },
	  .want = "< 200 -\nabc= whole\n" },
	{ "chunks in codings",
	  { { '<', OK "Transfer-Encoding: gzip, Chunked\r\n\r\n"
		   "1\r\na\r\n0\r\n\r\n", 0 } },
	  .want = "< 200 -\na= whole\n" },
	{ "lines without a colon",
	  { { '<', OK "nothing\r\n: x\r\n" LEN(1) "a", 0 } },
	  .want = "< 200 -\na= whole\n" },
};
/* clang-format on */

/* What was told: messages in the order of their ends, bodies whole. */
struct trace {
	struct buf message[2]; /* of the one at hand */
	struct buf all;
	uint64_t next[2]; /* offsets */
};

static void
put(struct http *h, struct trace *t, int dir, struct slice bytes)
{
	struct chunk c = { .dir = dir,
		.off = t->next[dir],
		.bytes = bytes,
		.packet = 1,
		.ts_ns = 1 };
	uint64_t next = c.off + bytes.n;

	http_put(h, &c);
	assert_int_equal(t->next[dir], next);
}

static void *
on_head(void *owner, struct message *m)
{
	struct trace *t = owner;
	struct buf *b = &t->message[m->dir];
	const struct http_request *r = m->request;

	assert_int_equal(b->n, 0);
	if (message_is_request(m))
		buf_printf(b, "> %.*s %.*s\n", (int)r->method.n,
		    (const char *)r->method.p, (int)r->target.n,
		    (const char *)r->target.p);
	else
		buf_printf(b, "< %u %.*s\n", m->head->status,
		    r != NULL ? (int)r->target.n : 1,
		    r != NULL ? (const char *)r->target.p : "-");
	return t;
}

static void
on_body(void *owner, struct message *m, struct slice s)
{
	assert_true(s.n > 0);
	buf_put(&((struct trace *)owner)->message[m->dir], s.p, s.n);
}

static void
on_hole(void *owner, struct message *m, const struct gap *g)
{
	buf_printf(&((struct trace *)owner)->message[m->dir], "[%llu]",
	    (unsigned long long)g->len);
}

static void
on_end(void *owner, struct message *m, enum message_reason reason)
{
	static const char *const words[MESSAGE_REASONS] = {
		[MESSAGE_COMPLETE] = "whole",
		[MESSAGE_CUT] = "cut",
		[MESSAGE_ABORTED] = "aborted",
		[MESSAGE_HOLE] = "lost",
		[MESSAGE_HEAD_LOST] = "head lost",
		[MESSAGE_BAD_FRAMING] = "bad framing",
	};
	struct trace *t = owner;
	struct buf *b = &t->message[m->dir];

	assert_true(b->n > 0 && words[reason] != NULL);
	buf_put(&t->all, b->p, b->n);
	buf_printf(&t->all, "= %s\n", words[reason]);
	buf_reset(b);
}

static void
on_span(void *owner, const struct chunk *c, const struct span *what)
{
	struct trace *t = owner;

	assert_span_is_next(t->next, c, what);
}

static const struct message_events events = { on_head, on_body, on_hole, on_end,
	on_span, NULL };

/* How a text is cut: piece 0 is whole, else at random up to piece. */
struct cutter {
	size_t piece;
	struct rng rng;
	struct guard guard;
};

static void
tell(struct http *h, struct trace *t, struct cutter *c, const struct said *s)
{
	bool client = s->who == '>' || s->who == '}';
	size_t n = strlen(s->text);
	struct gap g = { t->next[!client], s->hole, GAP_NOT_CAPTURED };

	if (s->who == '}' || s->who == '{') {
		http_gap(h, !client, &g);
		t->next[!client] += g.len;
		return;
	}
	for (size_t at = 0; at < n;) {
		size_t len =
		    c->piece == 0 ? n : 1 + rng_below(&c->rng, c->piece);

		if (len > n - at)
			len = n - at;
		put(h, t, !client, guard_put(&c->guard, s->text + at, len));
		at += len;
	}
}

static void
check(const struct picture *p, struct cutter *c)
{
	struct trace t = { 0 };
	struct http *h = http_new(&events, &t);
	struct message_close how = { .fin = { true, !p->open } };

	for (const struct said *s = p->said; s->who != 0; s++)
		tell(h, &t, c, s);
	http_finish(h, &how);
	http_free(h);
	if (strcmp(buf_cstr(&t.all), p->want) != 0)
		fail_msg("%s, cut %zu:\n%s\nwanted:\n%s", p->name, c->piece,
		    buf_cstr(&t.all), p->want);
	buf_free(&t.message[0]);
	buf_free(&t.message[1]);
	buf_free(&t.all);
}

static void
conversations(void **state)
{
	struct cutter c = { 0, { rng_seed() }, guard_new(4096) };

	(void)state;
	for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
		c.piece = 0;
		check(&pictures[i], &c);
		c.piece = 1;
		check(&pictures[i], &c);
		for (size_t k = 0; k < 40; k++) {
			c.piece = 2 + k;
			check(&pictures[i], &c);
		}
	}
	guard_free(&c.guard);
}

/* A head with all that is of use in it, and cut anywhere it needs more. */
static void
heads(void **state)
{
	static const char text[] =
	    "GET /x HTTP/1.1\r\nhOST:  h.example \r\nReferer: r\r\n"
	    "Sec-Fetch-Dest: script\r\nContent-Type: c/d, a/b;charset=x\r\n"
	    "X-Content-Type-Options: NoSniff, x\r\nLocation: /y\r\n"
	    "X-Content-Type-Options: none\r\n"
	    "Content-Type: junk\r\nContent-Type: */*\r\nContent-Encoding: "
	    "gzip\r\n"
	    "Content-Encoding: BR,identity\r\n"
	    "Transfer-Encoding: deflate, chunked\r\n\r\nrest";
	struct guard guard = guard_new(1024);
	struct http_head head;
	size_t used, n = sizeof text - 1 - 4;

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(http_head_parse(guard_put(&guard, text, i),
				     &head, &used),
		    HTTP_NEED_MORE);
	assert_int_equal(http_head_parse(guard_put(&guard, text,
					     sizeof text - 1),
			     &head, &used),
	    HTTP_CONSUMED);
	assert_int_equal(used, n);
	assert_true(head.side == HTTP_REQUEST && head.minor == 1);
	assert_true(slice_is(head.host, "h.example"));
	assert_true(slice_is(head.referer, "r"));
	assert_true(slice_is(head.dest, "script"));
	assert_true(slice_is(head.type, "a/b;charset=x"));
	assert_true(slice_is(head.mime.essence, "a/b"));
	assert_true(slice_is(head.mime.charset, "x"));
	assert_true(slice_is(head.location, "/y"));
	assert_true(head.nosniff);
	assert_int_equal(head.content.n, 2);
	assert_int_equal(head.content.list[0], CODING_GZIP);
	assert_int_equal(head.content.list[1], CODING_BROTLI);
	assert_int_equal(head.transfer.n, 1);
	assert_true(head.chunked && !head.has_length);
	guard_free(&guard);
}

static void
bad_start_lines(void **state)
{
	static const char *const bad[] = { "\r\n", "GET\r\n", "GET /\r\n",
		"GET HTTP/1.1\r\n", "GET / HTTP/2.0\r\n", "G(T / HTTP/1.1\r\n",
		"HTTP/1.1 20 OK\r\n", "HTTP/1.1 2000\r\n", "HTTP/1.x 200\r\n",
		"HTTP/1.1  \r\n", "HTTP/1.1\r\n", "HTTP/2 200 OK\r\n" };
	struct http_head head;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct slice s = { (const uint8_t *)bad[i], strlen(bad[i]) };

		if (http_head_parse(s, &head, &used) != HTTP_BAD)
			fail_msg("not bad: %s", bad[i]);
	}
}

/* Responses to requests beyond those that are kept have none. */
static void
many_requests(void **state)
{
	static const struct slice ok = { (const uint8_t *)(OK LEN(0)),
		sizeof(OK LEN(0)) - 1 };
	static const struct slice last = { (const uint8_t *)GET("/last"),
		sizeof GET("/last") - 1 };
	struct trace t = { 0 };
	struct http *h = http_new(&events, &t);
	struct buf b = { 0 };
	struct message_close how = { .fin = { true, true } };

	(void)state;
	for (size_t i = 0; i < LIMIT_HTTP_QUEUE + 2; i++)
		buf_printf(&b, "GET /%zu HTTP/1.1\r\n\r\n", i);
	put(h, &t, 0, (struct slice){ b.p, b.n });
	buf_reset(&t.all);
	for (size_t i = 0; i < LIMIT_HTTP_QUEUE + 2; i++)
		put(h, &t, 1, ok);
	put(h, &t, 0, last);
	put(h, &t, 1, ok);
	http_finish(h, &how);
	http_free(h);
	assert_non_null(strstr(buf_cstr(&t.all),
	    "< 200 /1023\n= whole\n"
	    "< 200 -\n= whole\n< 200 -\n= whole\n> GET /last\n= whole\n"
	    "< 200 /last\n= whole\n"));
	buf_free(&b);
	buf_free(&t.all);
	buf_free(&t.message[0]);
	buf_free(&t.message[1]);
}

/* Of heads beyond the limits nothing but the beginning is told. */
static void
long_heads(void **state)
{
	struct trace t = { 0 };
	struct http *h = http_new(&events, &t);
	struct buf b = { 0 };
	struct message_close how = { .fin = { true, true } };

	(void)state;
	buf_str(&b, OK);
	for (size_t i = 0; i < LIMIT_HTTP_LINES; i++)
		buf_str(&b, "A: b\r\n");
	buf_str(&b, LEN(1) "x" OK "A: ");
	for (size_t i = 0; i < LIMIT_HTTP_HEAD; i++)
		buf_byte(&b, 'a');
	buf_str(&b, "\r\n" LEN(1) "y" OK LEN(1) "z");
	put(h, &t, 1, (struct slice){ b.p, b.n });
	http_finish(h, &how);
	http_free(h);
	assert_string_equal(buf_cstr(&t.all),
	    "< 200 -\n= head lost\n"
	    "< 200 -\n= head lost\n< 200 -\nz= whole\n");
	buf_free(&b);
	buf_free(&t.all);
	buf_free(&t.message[0]);
	buf_free(&t.message[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversations),
		cmocka_unit_test(heads),
		cmocka_unit_test(bad_start_lines),
		cmocka_unit_test(many_requests),
		cmocka_unit_test(long_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
