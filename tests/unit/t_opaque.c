/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_opaque.c: records of TLS and packets of SSH, and what can be read in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "lib/guard.h"
#include "lib/rng.h"
#include "proto/opaque.h"
#include "proto/tls_hello.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct guard guard;

/* ----------------------------------------------------------- what is sent */

static void
put_text(struct buf *b, const char *text)
{
	buf_str(b, text);
}

/* A record of what is in from. */
static void
put_record(struct buf *b, uint8_t type, const struct buf *from)
{
	buf_byte(b, type);
	buf_be(b, 0x0303, 2);
	buf_be(b, from->n, 2);
	buf_put(b, from->p, from->n);
}

/* A record of n bytes that say nothing. */
static void
put_noise(struct buf *b, uint8_t type, size_t n)
{
	struct buf noise = { 0 };

	for (size_t i = 0; i < n; i++)
		buf_byte(&noise, 0xa7);
	put_record(b, type, &noise);
	buf_free(&noise);
}

static void
put_message(struct buf *b, uint8_t type, const struct buf *body)
{
	buf_byte(b, type);
	buf_be(b, body->n, 3);
	buf_put(b, body->p, body->n);
}

/* One with a body that says nothing. */
static void
put_plain_message(struct buf *b, uint8_t type, size_t n)
{
	buf_byte(b, type);
	buf_be(b, n, 3);
	for (size_t i = 0; i < n; i++)
		buf_byte(b, 0xa7);
}

static void
put_extension(struct buf *b, uint16_t type, const char *hex)
{
	unsigned byte;

	buf_be(b, type, 2);
	buf_be(b, strlen(hex) / 2, 2);
	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		buf_byte(b, (uint8_t)byte);
}

static void
put_name_extension(struct buf *b, const char *name)
{
	size_t n = strlen(name);

	buf_be(b, 0, 2);
	buf_be(b, n + 5, 2);
	buf_be(b, n + 3, 2);
	buf_be(b, 0, 1);
	buf_be(b, n, 2);
	buf_str(b, name);
}

static void
put_random(struct buf *b, bool retry)
{
	static const uint8_t magic[] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a,
		0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
		0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e,
		0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };

	for (size_t i = 0; i < sizeof magic; i++)
		buf_byte(b, retry ? magic[i] : (uint8_t)i);
}

#define ALPN_H2 "000c02683208687474702f312e31"
#define VERSIONS_13                                                            \
	"0a"                                                                   \
	"0a0a"                                                                 \
	"0304"                                                                 \
	"0303"                                                                 \
	"0302"                                                                 \
	"0301"

/* The message; name is NULL for none, padding makes it longer. */
static void
put_client_hello(struct buf *b, const char *name, const char *alpn,
    size_t padding)
{
	struct buf body = { 0 }, ext = { 0 };

	buf_be(&body, 0x0303, 2);
	put_random(&body, false);
	buf_be(&body, 0, 1);
	buf_be(&body, 4, 2);
	buf_be(&body, 0x1301c02f, 4);
	buf_be(&body, 0x0100, 2);
	if (name != NULL)
		put_name_extension(&ext, name);
	if (alpn != NULL)
		put_extension(&ext, 16, alpn);
	put_extension(&ext, 43, VERSIONS_13);
	buf_be(&ext, 21, 2);
	buf_be(&ext, padding, 2);
	for (size_t i = 0; i < padding; i++)
		buf_byte(&ext, 0);
	buf_be(&body, ext.n, 2);
	buf_put(&body, ext.p, ext.n);
	put_message(b, 1, &body);
	buf_free(&body);
	buf_free(&ext);
}

/* version 0: by the hello's own number. */
static void
put_server_hello(struct buf *b, uint16_t suite, const char *version,
    const char *alpn, bool retry)
{
	struct buf body = { 0 }, ext = { 0 };

	buf_be(&body, 0x0303, 2);
	put_random(&body, retry);
	buf_be(&body, 0, 1);
	buf_be(&body, suite, 2);
	buf_be(&body, 0, 1);
	if (version != NULL)
		put_extension(&ext, 43, version);
	if (alpn != NULL)
		put_extension(&ext, 16, alpn);
	if (ext.n > 0) {
		buf_be(&body, ext.n, 2);
		buf_put(&body, ext.p, ext.n);
	}
	put_message(b, 2, &body);
	buf_free(&body);
	buf_free(&ext);
}

/* The messages in b as one record. */
static void
wrap(struct buf *b)
{
	struct buf record = { 0 };

	put_record(&record, 22, b);
	buf_free(b);
	*b = record;
}

static void
put_packet(struct buf *b, uint8_t message, size_t n)
{
	buf_be(b, n + 6, 4);
	buf_byte(b, 4);
	buf_byte(b, message);
	for (size_t i = 0; i < n + 4; i++)
		buf_byte(b, 0xa7);
}

/* ------------------------------------------------------------- what is told */

/* Who speaks: a turn, or a gap of len bytes. */
struct turn {
	int dir;
	struct buf bytes;
	uint64_t gap;
	bool reading;
};

/* The lines of what was told; adjoining pieces of an item are one. */
struct trace {
	struct buf b;
	uint64_t next[2];
	int dir;
	uint64_t off;
	uint64_t n;
	char label[8192];
};

static void
end_line(struct trace *t)
{
	if (t->n == 0)
		return;
	buf_printf(&t->b, "%c @%llu +%llu %s", t->dir == 0 ? '>' : '<',
	    (unsigned long long)t->off, (unsigned long long)t->n, t->label);
	buf_byte(&t->b, '\n');
	t->n = 0;
}

static void
add(struct trace *t, const struct chunk *c, const char *label, bool begins)
{
	assert_true(c->bytes.n > 0);
	assert_int_equal(c->off, t->next[c->dir]);
	t->next[c->dir] += c->bytes.n;
	if (t->n > 0 && (begins || c->dir != t->dir))
		end_line(t);
	if (t->n == 0) {
		t->dir = c->dir;
		t->off = c->off;
	}
	t->n += c->bytes.n;
	snprintf(t->label, sizeof t->label, "%s", label);
}

static void
on_clear(void *owner, const struct chunk *c)
{
	struct trace *t = owner;

	add(t, c, "clear", t->n > 0 && strcmp(t->label, "clear") != 0);
}

static void
on_opaque(void *owner, const struct chunk *c, const struct opaque_piece *what)
{
	struct trace *t = owner;
	bool begins = what->begins || strcmp(t->label, "clear") == 0;

	assert_int_equal(what->n, c->bytes.n);
	add(t, c, what->label, begins);
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

/* One turn, in pieces of so much at most at random; 0: whole.  *off advances. */
static void
say(struct opaque *o, const struct turn *x, size_t piece, uint64_t *off)
{
	struct rng rng = { piece };
	struct cur c = cur_of(x->bytes.p, x->bytes.n);

	while (cur_left(&c) > 0) {
		size_t n =
		    piece == 0 ? cur_left(&c) : 1 + rng_below(&rng, piece);
		struct chunk chunk = { .dir = x->dir, .off = *off };

		n = n < cur_left(&c) ? n : cur_left(&c);
		chunk.bytes = guard_put(&guard, c.pos, n);
		opaque_turn(o, &chunk, x->reading);
		cur_skip(&c, n);
		*off += n;
	}
}

static void
run(struct turn *turns, size_t n, size_t piece, struct buf *out)
{
	struct trace t = { .b = { 0 } };
	struct opaque *o = opaque_new(&events, &t);
	uint64_t off[2] = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct gap g = { off[turns[i].dir], turns[i].gap, 0 };

		if (g.len > 0) {
			opaque_gap(o, turns[i].dir, &g);
			end_line(&t);
			t.next[turns[i].dir] = off[turns[i].dir] += g.len;
		}
		say(o, &turns[i], piece, &off[turns[i].dir]);
	}
	opaque_finish(o);
	end_line(&t);
	assert_true(t.next[0] == off[0] && t.next[1] == off[1]);
	assert_true(opaque_memory(o) < 200000);
	opaque_free(o);
	*out = t.b;
}

/* Whole, and cut in pieces, the same is told. */
static void
check(struct turn *turns, size_t n, const char *want)
{
	static const size_t pieces[] = { 0, 1, 2, 5, 7, 100, 1400 };
	struct buf got;

	for (size_t i = 0; i < COUNT(pieces); i++) {
		run(turns, n, pieces[i], &got);
		assert_string_equal(buf_cstr(&got), want);
		buf_free(&got);
	}
	for (size_t i = 0; i < n; i++)
		buf_free(&turns[i].bytes);
}

/* -------------------------------------------------------------------- tests */

static void
test_tls13(void **state)
{
	struct turn t[3] = { { .dir = 0 }, { .dir = 1 }, { .dir = 0 } };

	(void)state;
	put_client_hello(&t[0].bytes, "www.example.org", ALPN_H2, 100);
	wrap(&t[0].bytes);
	put_server_hello(&t[1].bytes, 0x1301, "0304", NULL, false);
	wrap(&t[1].bytes);
	put_noise(&t[1].bytes, 20, 1);
	put_noise(&t[1].bytes, 23, 2000);
	put_noise(&t[1].bytes, 23, 0);
	put_noise(&t[2].bytes, 20, 1);
	put_noise(&t[2].bytes, 23, 60);
	check(t, 3,
	    "> @0 +215 tls client hello www.example.org h2,http/1.1\n"
	    "< @0 +55 tls server hello TLSv1.3 TLS_AES_128_GCM_SHA256\n"
	    "< @55 +6 tls change cipher spec\n"
	    "< @61 +2005 tls application data\n"
	    "< @2066 +5 tls application data\n"
	    "> @215 +6 tls change cipher spec\n"
	    "> @221 +65 tls application data\n");
}

static void
test_tls12(void **state)
{
	struct turn t[4] = { { .dir = 0 }, { .dir = 1 }, { .dir = 0 },
		{ .dir = 1 } };

	(void)state;
	put_client_hello(&t[0].bytes, NULL, NULL, 0);
	wrap(&t[0].bytes);
	/* All of a flight in one record, and one message in two records. */
	put_server_hello(&t[1].bytes, 0xc02f, NULL,
	    "00030268"
	    "32",
	    false);
	put_plain_message(&t[1].bytes, 11, 900);
	put_plain_message(&t[1].bytes, 14, 0);
	wrap(&t[1].bytes);
	{
		struct buf m = { 0 }, part;

		put_plain_message(&m, 16, 100);
		part = (struct buf){ .p = m.p, .n = 30 };
		put_record(&t[2].bytes, 22, &part);
		part = (struct buf){ .p = m.p + 30, .n = m.n - 30 };
		put_record(&t[2].bytes, 22, &part);
		buf_free(&m);
	}
	put_noise(&t[2].bytes, 20, 1);
	put_noise(&t[2].bytes, 22, 40);
	put_noise(&t[2].bytes, 21, 26);
	put_noise(&t[3].bytes, 21, 2);
	put_noise(&t[3].bytes, 24, 30);
	t[3].bytes.p[5] = 2;
	t[3].bytes.p[6] = 40;
	check(t, 4,
	    "> @0 +73 tls client hello\n"
	    "< @0 +966 tls server hello TLSv1.2 "
	    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 h2, certificate, "
	    "server hello done\n"
	    "> @73 +35 tls client key exchange\n"
	    "> @108 +79 tls client key exchange\n"
	    "> @187 +6 tls change cipher spec\n"
	    "> @193 +45 tls encrypted handshake\n"
	    "> @238 +31 tls encrypted alert\n"
	    "< @966 +7 tls alert fatal handshake failure\n"
	    "< @973 +35 tls heartbeat\n");
}

/* A hello of several segments and records, and one that is too long. */
static void
test_long_hellos(void **state)
{
	struct turn t[2] = { { .dir = 0 }, { .dir = 1 } };
	struct buf m = { 0 }, part;

	(void)state;
	put_client_hello(&m, "a.example", ALPN_H2, 40000);
	for (size_t at = 0; at < m.n; at += 16384) {
		part = (struct buf){ .p = m.p + at,
			.n = m.n - at < 16384 ? m.n - at : 16384 };
		put_record(&t[0].bytes, 22, &part);
	}
	buf_free(&m);
	put_client_hello(&m, "b.example", ALPN_H2, 65400);
	m.p[1] = 1; /* says that it is 64 KiB longer */
	part = (struct buf){ .p = m.p, .n = 16384 };
	put_record(&t[1].bytes, 22, &part);
	put_record(&t[1].bytes, 22, &part);
	buf_free(&m);
	check(t, 2,
	    "> @0 +16389 tls client hello\n"
	    "> @16389 +16389 tls client hello\n"
	    "> @32778 +7341 tls client hello a.example h2,http/1.1\n"
	    "< @0 +16389 tls client hello\n"
	    "< @16389 +16389 tls client hello\n");
}

/* The second hello of a retry comes behind a change of ciphers. */
static void
test_retry(void **state)
{
	struct turn t[4] = { { .dir = 0 }, { .dir = 1 }, { .dir = 0 },
		{ .dir = 1 } };

	(void)state;
	put_client_hello(&t[0].bytes, "a", NULL, 0);
	wrap(&t[0].bytes);
	put_server_hello(&t[1].bytes, 0x1302, "0304", NULL, true);
	wrap(&t[1].bytes);
	put_noise(&t[1].bytes, 20, 1);
	put_client_hello(&t[2].bytes, "b", NULL, 0);
	wrap(&t[2].bytes);
	put_server_hello(&t[3].bytes, 0x1302, "0304", NULL, false);
	wrap(&t[3].bytes);
	put_noise(&t[3].bytes, 22, 30);
	check(t, 4,
	    "> @0 +83 tls client hello a\n"
	    "< @0 +55 tls hello retry request TLSv1.3 "
	    "TLS_AES_256_GCM_SHA384\n"
	    "< @55 +6 tls change cipher spec\n"
	    "> @83 +83 tls client hello b\n"
	    "< @61 +55 tls server hello TLSv1.3 TLS_AES_256_GCM_SHA384\n"
	    "< @116 +35 tls encrypted handshake\n");
}

/* What others chose stays one word, in ASCII. */
static void
test_hostile_names(void **state)
{
	static const struct {
		const char *name;
		const char *alpn;
		const char *want;
	} cases[] = {
		{ "a b\n\x1b[2J", NULL, " a\\x20b\\n\\x1b[2J" },
		{ "\xc3\xbc", NULL, " \\xc3\\xbc" },
		{ NULL, "0003020a0a", "" },
		{ NULL, "0003026832", " - h2" },
		{ "a",
		    "00090568322c20780268"
		    "33",
		    " a h2,\\x20x,h3" },
		/* Lengths that lie. */
		{ "a", "00ff026832", " a" },
		{ "a", "0003ff6832", " a" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct turn t = { .dir = 0 };
		char want[256];

		put_client_hello(&t.bytes, cases[i].name, cases[i].alpn, 0);
		wrap(&t.bytes);
		snprintf(want, sizeof want, "> @0 +%zu tls client hello%s\n",
		    t.bytes.n, cases[i].want);
		check(&t, 1, want);
	}
}

/* Behind clear text, in either direction first; not within a message. */
static void
test_starttls(void **state)
{
	struct turn t[4] = { { .dir = 1 }, { .dir = 0 }, { .dir = 1 },
		{ .dir = 0 } };
	struct turn body[2] = { { .dir = 1 }, { .dir = 0 } };

	(void)state;
	put_text(&t[0].bytes, "220 mail ESMTP\r\n");
	put_text(&t[1].bytes, "STARTTLS\r\n");
	put_text(&t[2].bytes, "220 go\r\n");
	put_client_hello(&t[3].bytes, "m", NULL, 0);
	wrap(&t[3].bytes);
	check(t, 4,
	    "< @0 +16 clear\n"
	    "> @0 +10 clear\n"
	    "< @16 +8 clear\n"
	    "> @10 +83 tls client hello m\n");

	body[0].reading = true;
	put_client_hello(&body[0].bytes, "m", NULL, 0);
	wrap(&body[0].bytes);
	put_text(&body[1].bytes, "\x16\x03");
	check(body, 2, "< @0 +83 clear\n> @0 +2 clear\n");
}

/* An answer in the clear to a hello, and one that is an alert. */
static void
test_answers(void **state)
{
	struct turn t[2] = { { .dir = 0 }, { .dir = 1 } };

	(void)state;
	put_client_hello(&t[0].bytes, NULL, NULL, 0);
	wrap(&t[0].bytes);
	put_text(&t[1].bytes, "HTTP/1.1 400 Bad Request\r\n\r\n");
	check(t, 2, "> @0 +73 tls client hello\n< @0 +28 clear\n");

	put_client_hello(&t[0].bytes, NULL, NULL, 0);
	wrap(&t[0].bytes);
	buf_put(&t[1].bytes, "\x15\x03\x01\x00\x02\x02\x46", 7);
	check(t, 2,
	    "> @0 +73 tls client hello\n"
	    "< @0 +7 tls alert fatal protocol version\n");
}

/* Records whose hellos were not captured. */
static void
test_midstream(void **state)
{
	struct turn one[2] = { { .dir = 0 }, { .dir = 1 } };
	struct turn two[3] = { { .dir = 1 }, { .dir = 1 }, { .dir = 0 } };
	struct turn no[3] = { { .dir = 0 }, { .dir = 1 }, { .dir = 0 } };

	(void)state;
	/* One that fills its turn; the other side is in the midst of one. */
	put_noise(&one[0].bytes, 23, 50);
	put_text(&one[1].bytes, "the end of a record");
	put_noise(&one[1].bytes, 23, 70);
	put_noise(&one[1].bytes, 23, 80);
	check(one, 2,
	    "> @0 +55 tls application data\n"
	    "< @0 +94 tls cut\n"
	    "< @94 +85 tls application data\n");
	/* One behind the other. */
	put_noise(&two[0].bytes, 23, 5000);
	put_noise(&two[0].bytes, 22, 60);
	put_noise(&two[1].bytes, 21, 40);
	check(two, 2,
	    "< @0 +5005 tls application data\n"
	    "< @5005 +65 tls encrypted handshake\n"
	    "< @5070 +45 tls encrypted alert\n");
	/* None, but for what it begins with. */
	put_noise(&no[0].bytes, 23, 50);
	put_text(&no[0].bytes, "more");
	put_noise(&no[1].bytes, 23, 50);
	no[1].bytes.n -= 10;
	put_noise(&no[2].bytes, 23, 50);
	check(no, 3, "> @0 +59 clear\n< @0 +45 clear\n> @59 +55 clear\n");
}

static void
test_broken(void **state)
{
	struct turn t[3] = { { .dir = 0 }, { .dir = 1 }, { .dir = 0 } };

	(void)state;
	put_client_hello(&t[0].bytes, NULL, NULL, 0);
	wrap(&t[0].bytes);
	put_noise(&t[1].bytes, 23, 10);
	buf_put(&t[1].bytes, "\x17\x03\x03\x48\x01zzzzz", 10);
	put_text(&t[2].bytes, "plain");
	check(t, 3,
	    "> @0 +73 tls client hello\n"
	    "< @0 +15 tls application data\n"
	    "< @15 +10 tls broken\n"
	    "> @73 +5 tls broken\n");
}

/* In a record it costs that record; else a header is sought. */
static void
test_gaps(void **state)
{
	struct turn t[7] = { { .dir = 0 }, { .dir = 1 },
		{ .dir = 1, .gap = 50 }, { .dir = 1, .gap = 500 }, { .dir = 1 },
		{ .dir = 0, .gap = 9 }, { .dir = 0 } };

	(void)state;
	put_client_hello(&t[0].bytes, NULL, NULL, 0);
	wrap(&t[0].bytes);
	put_noise(&t[1].bytes, 23, 100);
	t[1].bytes.n -= 90;
	put_noise(&t[2].bytes, 23, 35);
	buf_drop(&t[2].bytes, 0);
	put_noise(&t[2].bytes, 23, 100);
	t[2].bytes.n -= 20;
	for (int i = 0; i < 30; i++)
		buf_byte(&t[3].bytes, 0x17);
	put_noise(&t[3].bytes, 23, 60);
	put_noise(&t[4].bytes, 23, 70);
	put_noise(&t[5].bytes, 22, 70);
	put_noise(&t[6].bytes, 22, 71);
	check(t, 7,
	    "> @0 +73 tls client hello\n"
	    "< @0 +15 tls application data\n"
	    "< @65 +40 tls application data\n"
	    "< @105 +85 tls application data\n"
	    "< @690 +95 tls cut\n"
	    "< @785 +75 tls application data\n"
	    "> @82 +75 tls cut\n"
	    "> @157 +76 tls handshake\n");
}

static void
test_ssh(void **state)
{
	struct turn t[4] = { { .dir = 1 }, { .dir = 0 }, { .dir = 1 },
		{ .dir = 0 } };

	(void)state;
	put_text(&t[0].bytes, "Nobody is here.\r\nSSH-2.0-x y\r\n");
	put_packet(&t[0].bytes, 20, 500);
	put_text(&t[1].bytes, "SSH-2.0-OpenSSH_9.2\r\n");
	put_packet(&t[1].bytes, 20, 1000);
	put_packet(&t[1].bytes, 30, 1);
	put_packet(&t[2].bytes, 31, 300);
	put_packet(&t[2].bytes, 21, 0);
	for (int i = 0; i < 600; i++)
		buf_byte(&t[2].bytes, 0xa7);
	put_packet(&t[3].bytes, 21, 0);
	put_text(&t[3].bytes, "\xa7\xa7\xa7");
	check(t, 4,
	    "< @0 +30 clear\n"
	    "< @30 +510 ssh key exchange\n"
	    "> @0 +21 clear\n"
	    "> @21 +1021 ssh key exchange\n"
	    "< @540 +320 ssh key exchange\n"
	    "< @860 +600 ssh encrypted\n"
	    "> @1042 +10 ssh key exchange\n"
	    "> @1052 +3 ssh encrypted\n");
}

/* What begins like it and is not. */
static void
test_no_ssh(void **state)
{
	static const char *const texts[] = { "SSH-2.0-x\r\nsome text",
		"SSH-2.0", "SSH-1.5-old\r\n\1\2\3\4\5\6", "\nSSH-2.0-x\n",
		"SSH-2.0-x\r\nab", "\x16\x03\x01", "\x16\x03\x01\xff\xff\x01",
		"\x16\x03\x01\x02\x03\x03" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct turn t = { .dir = 0 };
		char want[64];

		put_text(&t.bytes, texts[i]);
		snprintf(want, sizeof want, "> @0 +%zu clear\n", t.bytes.n);
		check(&t, 1, want);
	}
}

static void
test_ssh_cut(void **state)
{
	struct turn t[3] = { { .dir = 0 }, { .dir = 0, .gap = 3 },
		{ .dir = 0, .gap = 100 } };

	(void)state;
	put_text(&t[0].bytes, "SSH-1.99-x\n");
	put_packet(&t[0].bytes, 20, 90);
	t[0].bytes.n -= 20;
	put_noise(&t[1].bytes, 1, 12);
	put_packet(&t[1].bytes, 30, 90);
	put_noise(&t[2].bytes, 1, 15);
	check(t, 3,
	    "> @0 +11 clear\n"
	    "> @11 +80 ssh key exchange\n"
	    "> @94 +117 ssh key exchange\n"
	    "> @311 +20 ssh\n");
}

static void
test_facts(void **state)
{
	struct trace trace = { .b = { 0 } };
	struct opaque *o = opaque_new(&events, &trace);
	struct chunk c = { .dir = 0 };
	struct buf m = { 0 };
	const struct tls_facts *f;

	(void)state;
	assert_null(opaque_tls(o));
	put_client_hello(&m, "www.example.org", ALPN_H2, 0);
	wrap(&m);
	c.bytes = (struct slice){ m.p, m.n };
	opaque_turn(o, &c, false);
	f = opaque_tls(o);
	assert_non_null(f);
	assert_true(f->client && !f->server);
	assert_int_equal(f->version, 0x0304);
	assert_string_equal(f->name, "www.example.org");
	buf_free(&m);
	put_server_hello(&m, 0xc030, NULL, "0003026832", false);
	wrap(&m);
	c = (struct chunk){ .dir = 1, .bytes = { m.p, m.n } };
	opaque_turn(o, &c, false);
	assert_true(f->server);
	assert_int_equal(f->version, 0x0303);
	assert_int_equal(f->suite, 0xc030);
	assert_string_equal(f->alpn, "h2");
	opaque_free(o);
	buf_free(&m);
	buf_free(&trace.b);
}

/* Cut at every length, a hello is refused or says less. */
static void
test_hello_cut(void **state)
{
	struct tls_hello h;
	struct buf m = { 0 };

	(void)state;
	put_client_hello(&m, "www.example.org", ALPN_H2, 0);
	for (size_t n = 0; n + 4 <= m.n; n++) {
		struct slice s = guard_put(&guard, m.p + 4, n);
		bool read = tls_hello_parse(s, TLS_CLIENT_HELLO, &h);

		assert_int_equal(read, n >= 2 + 32 + 1 + 6 + 2);
		assert_true(h.name.n == 0 || n + 4 == m.n);
	}
	assert_int_equal(h.name.n, 15);
	assert_int_equal(h.version, 0x0304);
	buf_free(&m);
	put_server_hello(&m, 0x1303, "0304", NULL, false);
	for (size_t n = 0; n + 4 <= m.n; n++) {
		struct slice s = guard_put(&guard, m.p + 4, n);

		assert_int_equal(tls_hello_parse(s, TLS_SERVER_HELLO, &h),
		    n >= 2 + 32 + 1 + 3);
	}
	assert_int_equal(h.suite, 0x1303);
	assert_int_equal(h.version, 0x0304);
	buf_free(&m);
}

static void
test_names(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_string_equal(tls_suite_name(0x0004), "TLS_RSA_WITH_RC4_128_MD5");
	assert_string_equal(tls_suite_name(0x1303),
	    "TLS_CHACHA20_POLY1305_SHA256");
	assert_string_equal(tls_suite_name(0xccac),
	    "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256");
	/* The table is in order. */
	for (unsigned i = 0, known = 0; i <= 0x10000; i++) {
		known += i < 0x10000 && tls_suite_name((uint16_t)i) != NULL;
		if (i == 0x10000)
			assert_true(known > 60);
	}
	tls_put_suite(&b, 0x1a2b);
	tls_put_version(&b, 0x0300);
	tls_put_version(&b, 0x7f1c);
	assert_string_equal(buf_cstr(&b), "0x1a2bSSLv30x7f1c");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tls13),
		cmocka_unit_test(test_tls12),
		cmocka_unit_test(test_long_hellos),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_starttls),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_midstream),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_ssh),
		cmocka_unit_test(test_no_ssh),
		cmocka_unit_test(test_ssh_cut),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_hello_cut),
		cmocka_unit_test(test_names),
	};

	guard = guard_new(100000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
