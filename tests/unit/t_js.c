/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_js.c: scripts out of a session, as files and as lines of the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "lib/rng.h"
#include "memout.h"
#include "sinks/sinks.h"

#define START (1537962662 * (int64_t)1000000000)
#define STEM "192.0.2.1_57080-192.0.2.2_80-6-3"

struct run {
	struct memout out;
	struct spill *keep;
	struct sinks *sinks;
	struct events e;
	struct session s;
	void *handle;
	uint64_t off[2];
	size_t piece; /* 0: whole */
	struct rng rng;
	const char *remark;
};

static void
begin_with(struct run *r, size_t budget)
{
	unsigned bits = 0;
	struct sink_env env = {
		.out = memout_init(&r->out),
		.spill = spill_new(budget),
		.capture = "x.pcap",
	};

	assert_true(sinks_parse_emit("js", &bits));
	r->keep = env.spill;
	r->sinks = sinks_new(&env, bits);
	r->e = sinks_events(r->sinks);
	assert_true(r->e.wants_turns);
	r->s = (struct session){
		.number = 3,
		.client = { { 192, 0, 2, 1 }, 57080, 4 },
		.server = { { 192, 0, 2, 2 }, 80, 4 },
		.start_ns = START,
		.end_ns = START + 1,
		.ts_digits = 6,
		.state = CONN_STATE_SF,
		.history = "",
		.rtt_ns = -1,
		.side = { { .flags = TCP_FIN }, { .flags = TCP_FIN } },
	};
	r->handle = r->e.open(r->e.ctx, &r->s);
	r->off[0] = r->off[1] = 0;
	r->piece = 0;
}

static void
begin(struct run *r)
{
	begin_with(r, 1 << 20);
}

static void
say_bytes(struct run *r, int dir, const void *p, size_t n)
{
	while (n > 0) {
		size_t len = r->piece == 0 || r->piece > n ?
		    n :
		    1 + rng_below(&r->rng, r->piece);
		struct chunk c = {
			.dir = dir,
			.off = r->off[dir],
			.bytes = { p, len },
			.ts_ns = START + 2000,
		};

		r->e.turn(r->e.ctx, r->handle, &c);
		r->off[dir] += len;
		p = (const uint8_t *)p + len;
		n -= len;
	}
}

static void
say(struct run *r, int dir, const char *text)
{
	say_bytes(r, dir, text, strlen(text));
}

static void
lose(struct run *r, int dir, uint64_t len)
{
	struct gap g = { r->off[dir], len, GAP_SNAPLEN };

	r->e.turn_gap(r->e.ctx, r->handle, dir, &g);
	r->off[dir] += len;
}

static void
finish(struct run *r)
{
	size_t at = 0;

	r->e.close(r->e.ctx, r->handle, &r->s);
	sinks_finish(r->sinks);
	r->remark = sinks_remark(r->sinks, &at);
	assert_non_null(r->remark);
	assert_null(sinks_remark(r->sinks, &at));
}

static void
discard(struct run *r)
{
	sinks_free(r->sinks);
	assert_int_equal(spill_error(r->keep), 0);
	assert_int_equal(spill_memory(r->keep), 0);
	spill_free(r->keep);
	memout_free(&r->out);
}

/* What is in script n; NULL without one. */
static const char *
script(const struct run *r, unsigned n)
{
	char ending[32];

	snprintf(ending, sizeof ending, "-%03u.js", n);
	return memout_text(&r->out, ending);
}

static const char *
list(const struct run *r)
{
	return memout_text(&r->out, "scripts.jsonl");
}

#define REQUEST(path)                                                          \
	"GET " path " HTTP/1.1\r\nHost: h.example\r\n"                         \
	"Referer: http://r/\r\n\r\n"
#define REPLY(type, len)                                                       \
	"HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nContent-Length: " #len   \
	"\r\n\r\n"

/* An external script and a page, however they are cut. */
static void
lines(void **state)
{
	(void)state;
	for (size_t piece = 0; piece < 9; piece++) {
		struct run r = { .rng = { piece } };

		begin(&r);
		r.piece = piece;
		say(&r, 0, REQUEST("/a.js?\xff\""));
		say(&r, 1, REPLY("text/javascript", 8) "alert(1)");
		say(&r, 0, REQUEST("/"));
		say(&r, 1,
		    REPLY("text/html",
			46) "<p><script>a</script><script src=x></script>b<");
		finish(&r);
		assert_string_equal(script(&r, 1), "alert(1)");
		assert_string_equal(script(&r, 2), "a");
		assert_null(script(&r, 3));
		assert_string_equal(list(&r),
		    "{\"session\":3,\"file\":\"" STEM "-001.js\","
		    "\"kind\":\"external\","
		    "\"url\":\"http://h.example/a.js?\\\\xff\\\"\","
		    "\"page_url\":\"http://r/\",\"type\":\"text/javascript\","
		    "\"guess\":false,\"method\":\"GET\",\"status\":200,"
		    "\"offset\":null,\"size\":8,\"sha256\":"
		    "\"6e11c72f7cf6bc383152dd16ddd5903aba6bb1c99d6b6639a4bb0"
		    "b838185fa92\",\"complete\":true,\"reason\":null,"
		    "\"time\":\"2018-09-26T11:51:02.000002Z\"}\n"
		    "{\"session\":3,\"file\":\"" STEM "-002.js\","
		    "\"kind\":\"inline\",\"url\":\"http://h.example/\","
		    "\"page_url\":\"http://h.example/\",\"type\":\"text/html\","
		    "\"guess\":false,\"method\":\"GET\",\"status\":200,"
		    "\"offset\":11,\"size\":1,\"sha256\":"
		    "\"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807"
		    "785afee48bb\",\"complete\":true,\"reason\":null,"
		    "\"time\":\"2018-09-26T11:51:02.000002Z\"}\n");
		assert_string_equal(r.remark,
		    "scripts: 1 external, 1 inline, 0 of them incomplete");
		assert_non_null(strstr(memout_text(&r.out, "sessions.jsonl"),
		    "\"files\":[\"" STEM "-001.js\",\"" STEM "-002.js\"]"));
		assert_true(memout_find(&r.out, "-001.js")->mtime_ns == START);
		discard(&r);
	}
}

/* One body from the server, and what the list says of it. */
struct answer {
	const char *request;
	const char *reply;
	const char *want; /* the first script; NULL: none */
	const char *line; /* in its line */
};

static void
answers(void **state)
{
	static const struct answer rows[] = {
		{ REQUEST("/x.js"), REPLY("text/plain", 1) "a", "a",
		    "\"guess\":true" },
		{ "GET /x HTTP/1.1\r\nSec-Fetch-Dest: script\r\n\r\n",
		    REPLY("", 1) "a", "a",
		    "\"url\":\"http://192.0.2.2/x\",\"page_url\":null,"
		    "\"type\":null,\"guess\":true" },
		{ "GET http://o/x HTTP/1.1\r\n\r\n",
		    REPLY("text/javascript", 1) "a", "a",
		    "\"url\":\"http://o/x\"" },
		{ "", REPLY("text/javascript", 1) "a", "a",
		    "\"url\":null,\"page_url\":null,\"type\":\"text/"
		    "javascript\",\"guess\":false,\"method\":null" },
		{ REQUEST("/x.js"), REPLY("application/json", 1) "a", NULL,
		    NULL },
		{ REQUEST("/x.js"), REPLY("text/javascript", 0), NULL, NULL },
		{ REQUEST("/x.js"), REPLY("text/javascript", 5) "abc", "abc",
		    "\"complete\":false,\"reason\":\"cut\"" },
		{ REQUEST("/x.js"),
		    "HTTP/1.1 404 No\r\nContent-Type: text/javascript\r\n\r\na",
		    "a", "\"status\":404" },
		{ REQUEST("/x.js"),
		    "HTTP/1.1 206 Part\r\nContent-Type: text/javascript\r\n"
		    "Content-Range: bytes 0-0/2\r\n\r\na",
		    "a", "\"complete\":false,\"reason\":\"part\"" },
		{ REQUEST("/x.js"),
		    "HTTP/1.1 206 Part\r\nContent-Type: text/javascript\r\n"
		    "Content-Range: bytes 0-0/1\r\n\r\na",
		    "a", "\"complete\":true" },
		{ REQUEST("/x.js"),
		    "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\nX\r\n",
		    "a", "\"reason\":\"bad chunk\"" },
		{ REQUEST("/x.js"),
		    "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\n"
		    "Content-Encoding: compress\r\n\r\n\x1f\x9d",
		    "\x1f\x9d", "\"reason\":\"coding unknown\"" },
		{ REQUEST("/"), REPLY("text/html", 9) "<script>a", "a",
		    "\"complete\":false,\"reason\":\"not closed\"" },
		{ REQUEST("/"), REPLY("text/html", 99) "<script>a", "a",
		    "\"complete\":false,\"reason\":\"cut\"" },
		{ REQUEST("/"),
		    REPLY("image/svg+xml",
			57) "<script xmlns='http://www.w3.org/2000/svg'>"
			    "&lt;</script/>",
		    "<", "\"complete\":true" },
		{ "POST /x HTTP/1.1\r\nContent-Type: text/javascript\r\n"
		  "Content-Length: 1\r\n\r\na",
		    "", "a", "\"method\":\"POST\",\"status\":null" },
		{ "PUT /x.js HTTP/1.1\r\nContent-Length: 1\r\n\r\na", "", NULL,
		    NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct run r = { .rng = { 1 } };

		begin(&r);
		say(&r, 0, rows[i].request);
		say(&r, 1, rows[i].reply);
		finish(&r);
		if (rows[i].want == NULL) {
			assert_null(script(&r, 1));
			assert_string_equal(list(&r), "");
		} else {
			assert_non_null(script(&r, 1));
			assert_string_equal(script(&r, 1), rows[i].want);
			if (strstr(list(&r), rows[i].line) == NULL)
				fail_msg("row %zu: %s", i, list(&r));
		}
		assert_null(script(&r, 2));
		discard(&r);
	}
}

static void
holes(void **state)
{
	struct run r = { .rng = { 1 } };

	(void)state;
	begin(&r);
	say(&r, 1, REPLY("text/javascript", 9) "abc");
	lose(&r, 1, 3);
	say(&r, 1, "ghi" REPLY("text/html", 100) "<script>a");
	lose(&r, 1, 50);
	say(&r, 1,
	    "b</script><script>c</script>              " REPLY(
		"text/javascript", 4));
	lose(&r, 1, 4);
	finish(&r);
	assert_string_equal(script(&r, 1), "abcghi");
	assert_string_equal(script(&r, 2), "a");
	assert_string_equal(script(&r, 3), "c");
	assert_string_equal(script(&r, 4), "");
	assert_null(script(&r, 5));
	assert_non_null(strstr(list(&r), "\"size\":6,"));
	assert_non_null(strstr(list(&r), "\"offset\":77,"));
	assert_string_equal(r.remark,
	    "scripts: 2 external, 2 inline, 3 of them incomplete");
	assert_non_null(
	    strstr(list(&r), "\"complete\":false,\"reason\":\"snaplen\""));
	discard(&r);
}

/* Only a body up to the end needs the server's FIN. */
static void
without_fin(void **state)
{
	struct run r = { .rng = { 1 } };

	(void)state;
	begin(&r);
	r.s.side[1].flags = 0;
	say(&r, 1,
	    REPLY("text/javascript",
		1) "a"
		   "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\n\r\nb");
	finish(&r);
	assert_string_equal(r.remark,
	    "scripts: 2 external, 0 inline, 1 of them incomplete");
	discard(&r);
}

static void
gzip(struct buf *out, const char *text, size_t times)
{
	z_stream z = { 0 };
	size_t len = strlen(text);

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9,
			     Z_DEFAULT_STRATEGY),
	    Z_OK);
	for (size_t i = 0; i < times; i++) {
		size_t room = 4096 + len;

		z.next_in = (Bytef *)(uintptr_t)text;
		z.avail_in = (uInt)len;
		z.next_out = buf_room(out, room);
		z.avail_out = (uInt)room;
		deflate(&z, i + 1 < times ? Z_NO_FLUSH : Z_FINISH);
		out->n += room - z.avail_out;
	}
	deflateEnd(&z);
}

/* Coded bodies, also when they have to wait on disk, and two at once. */
static void
coded(void **state)
{
	static const char head[] =
	    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Type: text/html\r\nContent-Length: ";
	struct buf body = { 0 }, reply = { 0 };

	(void)state;
	gzip(&body, "<script>a</script><script>b</script>", 1);
	buf_printf(&reply, "%s%zu\r\n\r\n", head, body.n);
	buf_put(&reply, body.p, body.n);
	for (size_t piece = 0; piece < 5; piece++) {
		struct run r = { .rng = { piece } };

		begin_with(&r, piece == 0 ? 0 : 1 << 20);
		r.piece = piece;
		say_bytes(&r, 1, reply.p, reply.n);
		say_bytes(&r, 1, reply.p, reply.n - 9);
		lose(&r, 1, 9);
		finish(&r);
		assert_string_equal(script(&r, 1), "a");
		assert_string_equal(script(&r, 2), "b");
		assert_string_equal(script(&r, 3), "a");
		assert_non_null(strstr(list(&r), "\"offset\":26,"));
		discard(&r);
	}
	buf_free(&body);
	buf_free(&reply);
}

static void
bomb(void **state)
{
	struct run r = { .rng = { 1 } };
	struct buf body = { 0 };
	char *zeros = xcalloc(1, 1 << 16);

	(void)state;
	memset(zeros, ' ', (1 << 16) - 1);
	gzip(&body, zeros, 3200);
	begin(&r);
	say(&r, 1,
	    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	    "Content-Type: text/javascript\r\n\r\n");
	r.piece = 2000;
	say_bytes(&r, 1, body.p, body.n);
	finish(&r);
	assert_non_null(strstr(list(&r),
	    "\"complete\":false,"
	    "\"reason\":\"bomb: ratio limit\""));
	assert_true(memout_find(&r.out, "-001.js")->data.n < 64 << 20);
	discard(&r);
	buf_free(&body);
	free(zeros);
}

/* Without scripts there is a list without lines. */
static void
no_scripts(void **state)
{
	struct run r = { .rng = { 1 } };

	(void)state;
	begin(&r);
	say(&r, 0, "SSH-2.0\r\n");
	finish(&r);
	assert_string_equal(list(&r), "");
	assert_int_equal(r.out.n, 2);
	discard(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(answers),
		cmocka_unit_test(holes),
		cmocka_unit_test(without_fin),
		cmocka_unit_test(coded),
		cmocka_unit_test(bomb),
		cmocka_unit_test(no_scripts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
