/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_print.c: what standard output gets of sessions that go on side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "memout.h"
#include "sinks/sinks.h"

#define SEC 1000000000
#define START (1537962662 * (int64_t)SEC)

/* A run with nothing but a console; up to two sessions at once. */
struct run {
	struct memout shown;
	struct console console;
	struct console_start start;
	bool exact;
	struct match match;
	struct spill *keep;
	struct sinks *sinks;
	struct events e;
	struct session s[2];
	void *handle[2];
	uint64_t off[2][2];
};

static void
begin(struct run *r, enum console_format format, size_t budget)
{
	struct sink_env env = {
		.spill = spill_new(budget),
		.capture = "x\xc3\xa4\n",
		.console = &r->console,
		.exact = r->exact,
		.match = match_is_set(&r->match) ? &r->match : NULL,
	};

	r->console.product = CONSOLE_PRINT;
	r->console.format = format;
	r->console.file = out_create(memout_init(&r->shown), "-", 0);
	r->console.start = &r->start;
	r->start = (struct console_start){ 0 };
	r->keep = env.spill;
	r->sinks = sinks_new(&env, 0);
	r->e = sinks_events(r->sinks);
	memset(r->off, 0, sizeof r->off);
	for (unsigned i = 0; i < 2; i++)
		r->s[i] = (struct session){
			.number = 3 + i,
			.proto = PROTO_TCP,
			.client = { { 192, 0, 2, 1 }, (uint16_t)(1000 + i), 4 },
			.server = { { 192, 0, 2, 2 }, 80, 4 },
			.start_ns = START,
			.end_ns = START + 2 * (int64_t)SEC,
			.ts_digits = 6,
			.handshake = HANDSHAKE_FULL,
			.close = CLOSE_FIN,
			.closed_by = CLOSED_BY_BOTH,
			.state = CONN_STATE_SF,
			.history = "ShADadFf",
			.rtt_ns = -1,
		};
}

static void
open_session(struct run *r, int i)
{
	r->handle[i] = r->e.open(r->e.ctx, &r->s[i]);
}

static void
close_session(struct run *r, int i)
{
	r->e.close(r->e.ctx, r->handle[i], &r->s[i]);
}

/* What the console has got; frees the run. */
static const char *
finish(struct run *r, struct buf *out)
{
	sinks_finish(r->sinks);
	sinks_free(r->sinks);
	assert_int_equal(spill_error(r->keep), 0);
	assert_int_equal(spill_memory(r->keep), 0);
	spill_free(r->keep);
	buf_reset(out);
	buf_put(out, r->shown.files[0]->data.p, r->shown.files[0]->data.n);
	out_close(r->console.file);
	memout_free(&r->shown);
	return buf_cstr(out);
}

static void
say(struct run *r, int i, int dir, struct slice bytes)
{
	struct chunk c = {
		.dir = dir,
		.concurrent = dir == 1 && r->off[i][dir] > 0,
		.off = r->off[i][dir],
		.bytes = bytes,
		.packet = 7,
		.ordinal = 1,
		.ts_ns = START + SEC / 2,
	};

	r->e.data(r->e.ctx, r->handle[i], &c);
	r->e.turn(r->e.ctx, r->handle[i], &c);
	r->off[i][dir] += bytes.n;
}

static void
tell(struct run *r, int i, int dir, const char *text)
{
	say(r, i, dir, (struct slice){ (const uint8_t *)text, strlen(text) });
}

static void
lose(struct run *r, int i, int dir, uint64_t len)
{
	struct gap g = { r->off[i][dir], len, GAP_SNAPLEN };

	r->e.gap(r->e.ctx, r->handle[i], dir, &g);
	r->e.turn_gap(r->e.ctx, r->handle[i], dir, &g);
	r->off[i][dir] += len;
}

#define HEADER(capture, n)                                                     \
	"# capture " capture "\\n\n# session " #n "\n"                         \
	"# client 192.0.2.1:100"
#define REST                                                                   \
	"\n# server 192.0.2.2:80\n"                                            \
	"# start 2018-09-26T11:51:02.000000Z\n"

static void
sessions_one_after_the_other(void **state)
{
	static const char text[] = HEADER("x\xc3\xa4",
	    4) "1" REST "> 0.500000 #7 @0\n|b\xc3\xa4\n"
	       "< 0.500000 #7 @0\n|c\\\n! < @1 +5 snaplen\n"
	       "= fin both 2.000000\n"
	       "\n" HEADER("x\xc3\xa4",
		   3) "0" REST "> 0.500000 #7 @0\n|ad\\\n= fin both 2.000000\n";
	struct buf out = { 0 };

	(void)state;
	for (size_t budget = 0; budget <= 1 << 20; budget += 1 << 20) {
		struct run r = { .start = { 0 } };

		begin(&r, FORMAT_TEXT, budget);
		open_session(&r, 0);
		tell(&r, 0, 0, "a");
		open_session(&r, 1);
		tell(&r, 1, 0, "b\xc3\xa4\n");
		tell(&r, 0, 0, "d");
		tell(&r, 1, 1, "c");
		lose(&r, 1, 1, 5);
		assert_int_equal(r.shown.files[0]->data.n, 0);
		close_session(&r, 1);
		r.e.settle(r.e.ctx, r.handle[0]);
		close_session(&r, 0);
		assert_string_equal(finish(&r, &out), text);
	}
	buf_free(&out);
}

static void
at_once_where_there_is_one(void **state)
{
	struct run r = { .console.at_once = true };
	struct buf out = { 0 };

	(void)state;
	begin(&r, FORMAT_TEXT, 0);
	open_session(&r, 0);
	lose(&r, 0, 0, 5);
	assert_int_equal(r.shown.files[0]->data.n, 0);
	tell(&r, 0, 0, "a");
	assert_true(r.shown.files[0]->data.n > 0);
	close_session(&r, 0);
	assert_string_equal(finish(&r, &out),
	    HEADER("x\xc3\xa4", 3) "0" REST "! > @0 +5 snaplen\n> 0.500000 #7 "
				   "@5\n|a\\\n= fin both 2.000000\n");
	buf_free(&out);
}

static void
nothing_of_what_is_unwanted(void **state)
{
	struct run r = { .match = { .regex = NULL } };
	struct buf out = { 0 };

	(void)state;
	match_add_text(&r.match, "192.0.2.1:1001  ");
	begin(&r, FORMAT_TEXT, 1 << 20);
	open_session(&r, 0);
	open_session(&r, 1);
	tell(&r, 0, 0, "a");
	tell(&r, 1, 0, "b");
	close_session(&r, 0);
	assert_int_equal(r.shown.files[0]->data.n, 0);
	close_session(&r, 1);
	assert_int_equal(sinks_unmatched(r.sinks), 1);
	/* One that never had a byte. */
	r.e.close(r.e.ctx, NULL, &r.s[0]);
	assert_int_equal(sinks_unmatched(r.sinks), 2);
	assert_string_equal(finish(&r, &out),
	    HEADER("x\xc3\xa4",
		4) "1" REST "> 0.500000 #7 @0\n|b\\\n= fin both 2.000000\n");
	buf_free(&out);
	match_fini(&r.match);
}

#define DIM(s) "\033[2m" s "\033[0m\n"

static void
each_line_coloured_and_ascii(void **state)
{
	static const char head[] =
	    DIM("# capture x\\xc3\\xa4\\n") DIM("# session 3")
		DIM("# client 192.0.2.1:1000") DIM("# server 192.0.2.2:80")
		    DIM("# start 2018-09-26T11:51:02.000000Z");
	struct buf out = { 0 };
	struct run r = { .console = { .color = true, .ascii = true } };

	(void)state;
	begin(&r, FORMAT_TEXT, 1 << 20);
	open_session(&r, 0);
	tell(&r, 0, 0, "\xc3\xa4\n\nb");
	tell(&r, 0, 1, "c\n");
	lose(&r, 0, 0, 2);
	close_session(&r, 0);
	finish(&r, &out);
	assert_memory_equal(out.p, head, sizeof head - 1);
	assert_string_equal(buf_cstr(&out) + sizeof head - 1,
	    DIM("> 0.500000 #7 @0") "\033[31m|\033[2m\\xc3\\xa4\033[22m\033["
				    "0m\n"
				    "\033[31m|\033[0m\n"
				    "\033[31m|b\033[2m\\\033[22m\033[0m\n" DIM(
					"< 0.500000 #7 @0") "\033[94m|c\033["
							    "0m\n" DIM("! > @5 "
								       "+2 "
								       "snaple"
								       "n")
								DIM("= fin "
								    "both "
								    "2."
								    "000000"));

	begin(&r, FORMAT_HEX, 1 << 20);
	open_session(&r, 0);
	tell(&r, 0, 1, "0123456789abcdefg");
	close_session(&r, 0);
	finish(&r, &out);
	assert_string_equal(buf_cstr(&out) + sizeof head - 1,
	    DIM("< 0.500000 #7 @0") "\033[94m|00000000  30 31 32 33 34 35 36 "
				    "37  38 39 61 62 63 64 65 "
				    "66  |0123456789abcdef|\033[0m\n"
				    "\033[94m|00000010  67                     "
				    "                       "
				    "    |g|\033[0m\n" DIM(
					"= fin both 2.000000"));
	buf_free(&out);
}

static void
objects_for_programs(void **state)
{
	static const char want[] =
	    "{\"capture\":\"x\xc3\xa4\\n\",\"session\":3,\"direction\":\"s2c\","
	    "\"gap\":[0,3,\"snaplen\"]}\n"
	    "{\"capture\":\"x\xc3\xa4\\n\",\"session\":3,\"direction\":\"s2c\","
	    "\"time\":\"2018-09-26T11:51:02.500000Z\",\"packet\":7,"
	    "\"offset\":3,\"concurrent\":true,\"base64\":\"YWJj\"}\n"
	    "{\"capture\":\"x\xc3\xa4\\n\",\"session\":3,\"direction\":\"c2s\","
	    "\"time\":\"2018-09-26T11:51:02.500000Z\",\"packet\":7,"
	    "\"offset\":0,\"base64\":\"/w==\"}\n";
	const char *end;
	struct buf out = { 0 };
	struct run r = { .console.many = true };

	(void)state;
	begin(&r, FORMAT_JSON, 1 << 20);
	open_session(&r, 0);
	lose(&r, 0, 1, 3);
	tell(&r, 0, 1, "abc");
	tell(&r, 0, 0, "\xff");
	close_session(&r, 0);
	close_session(&r, 1);
	assert_true(strncmp(finish(&r, &out), want, sizeof want - 1) == 0);
	end = buf_cstr(&out) + sizeof want - 1;
	assert_true(
	    strncmp(end, "{\"session\":3,\"stem\":\"192.0.2.1_1000-", 36) == 0);
	end = strchr(end, '\n') + 1;
	assert_true(
	    strncmp(end, "{\"session\":4,\"stem\":\"192.0.2.1_1001-", 36) == 0);
	assert_string_equal(strchr(end, '\n'), "\n");
	buf_free(&out);
}

/* A stretch stays one, wherever blocks of what waited end in it. */
static void
stretches_across_blocks(void **state)
{
	static uint8_t bytes[150001];
	struct buf waited = { 0 }, direct = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * i >> 8);
	for (int format = FORMAT_JSON; format <= FORMAT_HEX; format++) {
		if (format == FORMAT_ZEEK || format == FORMAT_ZEEK_JSON)
			continue;
		/* Of text that is to be read, less is written. */
		for (int i = 0; i < 4; i++) {
			int once = i & 1;
			struct run r = { .console.at_once = once,
				.exact = i >= 2 };

			begin(&r, (enum console_format)format, 0);
			open_session(&r, 0);
			for (size_t n = 1; n < sizeof bytes; n = n * 3 + 1)
				say(&r, 0, n % 2, (struct slice){ bytes, n });
			close_session(&r, 0);
			finish(&r, once ? &direct : &waited);
			if (!once)
				continue;
			assert_int_equal(waited.n, direct.n);
			assert_memory_equal(waited.p, direct.p, direct.n);
			assert_true(direct.n > sizeof bytes || !r.exact);
		}
	}
	buf_free(&waited);
	buf_free(&direct);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_one_after_the_other),
		cmocka_unit_test(at_once_where_there_is_one),
		cmocka_unit_test(nothing_of_what_is_unwanted),
		cmocka_unit_test(each_line_coloured_and_ascii),
		cmocka_unit_test(objects_for_programs),
		cmocka_unit_test(stretches_across_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
