/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_escape.c: payload as text that cannot forge or drive anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/escape.h"
#include "base/utf8.h"
#include "base/xalloc.h"

#include "sometext.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BYTES(s)                                                               \
	{                                                                      \
		(const uint8_t *)(s), sizeof(s) - 1                            \
	}

/* A record that comes in pieces of n bytes. */
static void
record(struct buf *b, struct slice s, size_t n)
{
	struct escape_lines e = { 0 };

	buf_reset(b);
	for (size_t i = 0; i < s.n; i += n) {
		size_t len = s.n - i < n ? s.n - i : n;
		/* Of its own, so that a read beyond its end is seen. */
		uint8_t *piece = xmalloc(len);

		memcpy(piece, s.p + i, len);
		escape_lines_put(&e, b, (struct slice){ piece, len });
		free(piece);
	}
	escape_lines_end(&e, b);
	assert_false(e.in_line);
	assert_int_equal(e.n_carry, 0);
}

static void
lines(void **state)
{
	static const struct {
		struct slice in;
		const char *out;
	} rows[] = {
		{ BYTES(""), "" },
		{ BYTES("a"), "|a\\\n" },
		{ BYTES("\n"), "|\n" },
		{ BYTES("a\n"), "|a\n" },
		{ BYTES("\n\n"), "|\n|\n" },
		{ BYTES("a\nb"), "|a\n|b\\\n" },
		{ BYTES("a\r\nb\r\n"), "|a\\r\n|b\\r\n" },
		{ BYTES("\\"), "|\\\\\\\n" },
		{ BYTES("\\\n"), "|\\\\\n" },
		{ BYTES("\\n"), "|\\\\n\\\n" },
		{ BYTES("\t|> 0 #1 @0"), "|\\t|> 0 #1 @0\\\n" },
		{ BYTES("\0\x1b[2J\x7f"), "|\\x00\\x1b[2J\\x7f\\\n" },
		{ BYTES("\xc3\xa4"), "|\xc3\xa4\\\n" },
		{ BYTES("\xe2\x82\xac\n"), "|\xe2\x82\xac\n" },
		{ BYTES("\xf0\x9f\x98\x80"), "|\xf0\x9f\x98\x80\\\n" },
		/* cut by the record's end */
		{ BYTES("\xc3"), "|\\xc3\\\n" },
		{ BYTES("\xf0\x9f\x98"), "|\\xf0\\x9f\\x98\\\n" },
		/* cut by something else, which stands */
		{ BYTES("\xf0\x9f\x98z"), "|\\xf0\\x9f\\x98z\\\n" },
		{ BYTES("\xe2\x82\n"), "|\\xe2\\x82\n" },
		{ BYTES("\xe2\xc3\xa4"), "|\\xe2\xc3\xa4\\\n" },
		/* never the beginning of anything */
		{ BYTES("\x80"), "|\\x80\\\n" },
		{ BYTES("\xff\xfe"), "|\\xff\\xfe\\\n" },
		/* overlong, surrogate, beyond the last */
		{ BYTES("\xc0\xaf"), "|\\xc0\\xaf\\\n" },
		{ BYTES("\xe0\x80\xaf"), "|\\xe0\\x80\\xaf\\\n" },
		{ BYTES("\xed\xa0\x80"), "|\\xed\\xa0\\x80\\\n" },
		{ BYTES("\xf4\x90\x80\x80"), "|\\xf4\\x90\\x80\\x80\\\n" },
		/* C1, U+200B, U+202E, U+2028, U+2066, U+FEFF, U+FFF9, U+FFFE */
		{ BYTES("\xc2\x9b"), "|\\xc2\\x9b\\\n" },
		{ BYTES("\xc2\xa0"), "|\xc2\xa0\\\n" },
		{ BYTES("\xe2\x80\x8b"), "|\\xe2\\x80\\x8b\\\n" },
		{ BYTES("\xe2\x80\xae"), "|\\xe2\\x80\\xae\\\n" },
		{ BYTES("\xe2\x80\xa8"), "|\\xe2\\x80\\xa8\\\n" },
		{ BYTES("\xe2\x81\xa6"), "|\\xe2\\x81\\xa6\\\n" },
		{ BYTES("\xef\xbb\xbf"), "|\\xef\\xbb\\xbf\\\n" },
		{ BYTES("\xef\xbf\xb9"), "|\\xef\\xbf\\xb9\\\n" },
		{ BYTES("\xef\xbf\xbe"), "|\\xef\\xbf\\xbe\\\n" },
		{ BYTES("\xef\xbf\xbd"), "|\xef\xbf\xbd\\\n" },
	};
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t n = 1; n <= 5; n++) {
			record(&b, rows[i].in, n);
			assert_string_equal(buf_cstr(&b), rows[i].out);
		}
	}
	buf_free(&b);
}

/* For what has no more than ASCII, and with a colour to each line. */
static void
ascii_and_colours(void **state)
{
	static const struct slice in = BYTES("a\xc3\xa4\n\n\xe2\x82\xac\xc3");
	static const char ascii[] =
	    "|a\\xc3\\xa4\n|\n|\\xe2\\x82\\xac\\xc3\\\n";
	static const char colour[] =
	    "<|a\xc3\xa4>\n<|>\n<|\xe2\x82\xac\\xc3\\>\n";
	struct escape_lines e = { .ascii = true };
	struct buf b = { 0 };

	(void)state;
	for (size_t n = 1; n <= in.n; n++) {
		struct escape_lines c = { .before = "<", .after = ">" };

		buf_reset(&b);
		for (size_t i = 0; i < in.n; i += n)
			escape_lines_put(&e, &b,
			    (struct slice){ in.p + i,
				in.n - i < n ? in.n - i : n });
		escape_lines_end(&e, &b);
		assert_string_equal(buf_cstr(&b), ascii);
		assert_true(e.ascii);
		buf_reset(&b);
		for (size_t i = 0; i < in.n; i += n)
			escape_lines_put(&c, &b,
			    (struct slice){ in.p + i,
				in.n - i < n ? in.n - i : n });
		escape_lines_end(&c, &b);
		assert_string_equal(buf_cstr(&b), colour);
	}
	buf_reset(&b);
	escape_text(&b, in, true);
	assert_string_equal(buf_cstr(&b),
	    "a\\xc3\\xa4\\n\\n\\xe2\\x82\\xac\\xc3");
	buf_free(&b);
}

/* Every byte in every place of eight, against each by itself. */
static void
bytes_by_themselves(void **state)
{
	struct buf all = { 0 }, each = { 0 };

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		for (size_t at = 0; at < 16; at++) {
			uint8_t text[16];

			memset(text, 'x', sizeof text);
			text[at] = (uint8_t)c;
			buf_reset(&all);
			buf_reset(&each);
			escape_line(&all, (struct slice){ text, sizeof text });
			for (size_t i = 0; i < sizeof text; i++)
				escape_line(&each,
				    (struct slice){ text + i, 1 });
			assert_int_equal(all.n, each.n);
			assert_memory_equal(all.p, each.p, all.n);
		}
	}
	buf_free(&all);
	buf_free(&each);
}

/* What is not to be shown, at both ends of each range. */
static void
printable(void **state)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} hidden[] = {
		{ 0x00, 0x1f },
		{ 0x7f, 0x9f },
		{ 0x200b, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2060, 0x206f },
		{ 0xd800, 0xdfff },
		{ 0xfdd0, 0xfdef },
		{ 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb },
		{ 0xfffe, 0xffff },
		{ 0x1fffe, 0x1ffff },
		{ 0x10fffe, 0x110000 },
	};
	uint32_t n_hidden = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(hidden); i++) {
		assert_false(utf8_printable(hidden[i].first));
		assert_false(utf8_printable(hidden[i].last));
		if (hidden[i].first > 0)
			assert_true(utf8_printable(hidden[i].first - 1) ||
			    hidden[i].first == 0xfffe);
	}
	for (uint32_t cp = 0; cp < 0x110000; cp++)
		n_hidden += !utf8_printable(cp);
	/* 32 + 33 + 5 + 7 + 16 + 2048 + 32 + 1 + 3, and 2 in 17 planes */
	assert_int_equal(n_hidden, 2177 + 34);
}

/* Encodes cp; returns the length. */
static size_t
encode(uint8_t out[static 4], uint32_t cp)
{
	if (cp < 0x80) {
		out[0] = (uint8_t)cp;
		return 1;
	}
	size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	static const uint8_t mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i > 0; i--) {
		out[i] = (uint8_t)(0x80 | (cp & 0x3f));
		cp >>= 6;
	}
	out[0] = (uint8_t)(mark[n] | cp);
	return n;
}

static void
every_code_point(void **state)
{
	(void)state;
	for (uint32_t cp = 0; cp < 0x110000; cp++) {
		bool surrogate = cp >= 0xd800 && cp < 0xe000;
		uint8_t seq[4];
		size_t n = encode(seq, cp);
		uint32_t got = 0;

		assert_int_equal(utf8_decode((struct slice){ seq, n }, &got),
		    surrogate ? 0 : (int)n);
		assert_true(surrogate || got == cp);
		for (size_t cut = 1; cut < n && !surrogate; cut++)
			assert_int_equal(utf8_decode((struct slice){ seq, cut },
					     &got),
			    -1);
	}
}

/* Of all strings of three bytes, those that stand for a character are the
 * ones that encode() makes. */
static void
every_three_bytes(void **state)
{
	unsigned whole = 0;

	(void)state;
	for (uint32_t v = 0xc00000; v < 0x1000000; v++) {
		uint8_t s[3] = { (uint8_t)(v >> 16), (uint8_t)(v >> 8),
			(uint8_t)v };
		uint32_t cp;

		whole += utf8_decode((struct slice){ s, 3 }, &cp) == 3;
	}
	assert_int_equal(whole, 0x10000 - 0x800 - 0x800);
}

static void
one_line(void **state)
{
	struct slice s = BYTES("a\n\r\t\\\0\xc3\xa4\xe2\x80\xae\xe2\x82");
	struct buf b = { 0 };

	(void)state;
	escape_line(&b, s);
	assert_string_equal(buf_cstr(&b),
	    "a\\n\\r\\t\\\\\\x00\xc3\xa4\\xe2\\x80\\xae\\xe2\\x82");
	buf_reset(&b);
	escape_name(&b, "x\x1b]0;\a.pcap");
	assert_string_equal(buf_cstr(&b), "x\\x1b]0;\\x07.pcap");
	buf_free(&b);
}

/* Pieces of any length give the same text, also where the writer itself cuts
 * what it is given. */
static void
any_pieces(void **state)
{
	static const char *const parts[] = {
		"plain ",
		"\n",
		"\xe2\x82\xac",
		"\\",
		"\xff",
		"\xf0\x9f\x98\x80",
		"\xe2\x82",
		"\r\n",
		"\xc3",
	};
	static const size_t pieces[] = { 1, 2, 3, 7, 4096, 8191, 8192, 8193,
		100000 };
	struct buf in = { 0 };
	struct buf whole = { 0 };
	struct buf b = { 0 };
	uint32_t x = 12345;

	(void)state;
	while (in.n < 60000) {
		x = x * 1664525 + 1013904223;
		buf_str(&in, parts[(x >> 16) % COUNT(parts)]);
	}
	record(&whole, (struct slice){ in.p, in.n }, in.n);
	for (size_t i = 0; i < COUNT(pieces); i++) {
		record(&b, (struct slice){ in.p, in.n }, pieces[i]);
		assert_int_equal(b.n, whole.n);
		assert_memory_equal(b.p, whole.p, b.n);
	}
	buf_free(&in);
	buf_free(&whole);
	buf_free(&b);
}

/* The same by the rules, byte by byte; lines: as a record. */
static void
by_the_rules(struct buf *b, struct slice s, bool lines, bool ascii)
{
	bool in_line = false;

	for (size_t i = 0, n; i < s.n; i += n) {
		uint8_t c = s.p[i];
		uint32_t cp;
		int len = utf8_decode((struct slice){ s.p + i, s.n - i }, &cp);
		bool shown =
		    len > 0 && utf8_printable(cp) && (len == 1 || !ascii);

		n = shown ? (size_t)len : 1;
		if (lines && !in_line)
			buf_byte(b, '|');
		in_line = !lines || c != '\n';
		if (!in_line)
			buf_byte(b, '\n');
		else if (c == '\\' || c == '\n' || c == '\r' || c == '\t')
			buf_printf(b, "\\%c",
			    c == '\n'	  ? 'n' :
				c == '\r' ? 'r' :
				c == '\t' ? 't' :
					    '\\');
		else if (shown)
			buf_put(b, s.p + i, n);
		else
			buf_printf(b, "\\x%02x", c);
	}
	if (lines && in_line)
		buf_str(b, "\\\n");
}

static void
holds(struct slice s)
{
	struct buf want = { 0 }, got = { 0 };

	for (int ascii = 0; ascii < 2; ascii++) {
		buf_reset(&want);
		buf_reset(&got);
		by_the_rules(&want, s, false, ascii);
		escape_text(&got, s, ascii);
		assert_int_equal(got.n, want.n);
		if (want.n > 0)
			assert_memory_equal(got.p, want.p, want.n);
	}
	buf_reset(&want);
	by_the_rules(&want, s, true, false);
	for (size_t n = s.n < 24 ? 1 : s.n / 3; n <= s.n; n++) {
		record(&got, s, n);
		assert_int_equal(got.n, want.n);
		assert_memory_equal(got.p, want.p, want.n);
	}
	buf_free(&want);
	buf_free(&got);
}

static void
as_the_rules_say(void **state)
{
	(void)state;
	try_texts(holds);
}

/* A sequence of every kind in every place of a block and across its end. */
static void
in_every_place(void **state)
{
	static const char *const sequences[] = { "\xc3\xa4", "\xc2\x85",
		"\xe2\x82\xac", "\xe2\x80\x8b", "\xe3\x81\x82", "\xed\x9f\xbf",
		"\xef\xbb\xbf", "\xf0\x9f\x98\x80", "\xf0\x9f\xbf\xbe",
		"\xe3\x81", "\xf0\x9f\x98", "\xed\xa0\x80" };
	uint8_t text[300];

	(void)state;
	for (size_t i = 0; i < COUNT(sequences); i++) {
		size_t n = strlen(sequences[i]);

		for (size_t at = 0; at + n <= sizeof text; at++) {
			struct buf want = { 0 }, got = { 0 };

			memset(text, 0xff, sizeof text);
			memcpy(text + at, sequences[i], n);
			by_the_rules(&want, (struct slice){ text, sizeof text },
			    false, false);
			escape_line(&got, (struct slice){ text, sizeof text });
			assert_int_equal(got.n, want.n);
			assert_memory_equal(got.p, want.p, want.n);
			buf_free(&want);
			buf_free(&got);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(ascii_and_colours),
		cmocka_unit_test(bytes_by_themselves),
		cmocka_unit_test(printable),
		cmocka_unit_test(every_code_point),
		cmocka_unit_test(every_three_bytes),
		cmocka_unit_test(one_line),
		cmocka_unit_test(any_pieces),
		cmocka_unit_test(as_the_rules_say),
		cmocka_unit_test(in_every_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
