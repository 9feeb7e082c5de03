/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_json.c: the JSON writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "base/json.h"
#include "base/xalloc.h"

#include "sometext.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BYTES(s)                                                               \
	{                                                                      \
		(const uint8_t *)(s), sizeof(s) - 1                            \
	}

static void
commas(void **state)
{
	struct buf b = { 0 };
	struct json j = json_on(&b);

	(void)state;
	json_object(&j);
	json_key(&j, "a");
	json_u64(&j, 0);
	json_key(&j, "b");
	json_array(&j);
	json_array(&j);
	json_array_end(&j);
	json_u64(&j, UINT64_MAX);
	json_object(&j);
	json_object_end(&j);
	json_null(&j);
	json_bool(&j, true);
	json_bool(&j, false);
	json_number(&j, "-0.25");
	json_string(&j, "x");
	json_array_end(&j);
	json_key(&j, "c");
	json_object(&j);
	json_key(&j, "d");
	json_null(&j);
	json_object_end(&j);
	json_key(&j, "e");
	json_string_begin(&j);
	buf_str(&b, "parts");
	json_string_end(&j);
	json_key(&j, "f");
	json_value(&j);
	buf_str(&b, "7");
	json_key(&j, "g");
	json_string(&j, "");
	json_key(&j, "h");
	json_array(&j);
	json_string(&j, "y");
	json_string(&j, "10.0.0.1");
	json_array_end(&j);
	json_object_end(&j);
	assert_string_equal(buf_cstr(&b),
	    "{\"a\":0,\"b\":[[],"
	    "18446744073709551615,{},null,true,false,-0.25,\"x\"],"
	    "\"c\":{\"d\":null},\"e\":\"parts\",\"f\":7,"
	    "\"g\":\"\",\"h\":[\"y\",\"10.0.0.1\"]}");
	buf_free(&b);
}

static const struct {
	struct slice in;
	const char *out;
} texts[] = {
	{ BYTES(""), "" },
	{ BYTES("plain / text"), "plain / text" },
	{ BYTES("\"\\"), "\\\"\\\\" },
	{ BYTES("\n\r\t"), "\\n\\r\\t" },
	{ BYTES("\0\b\f\x1f\x7f"), "\\u0000\\u0008\\u000c\\u001f\\u007f" },
	{ BYTES("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
	    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
	{ BYTES("\xe2\x80\xa8\xe2\x80\xa9"), "\\u2028\\u2029" },
	{ BYTES("\xc2\x85\xe2\x80\xae\xef\xbb\xbf"), "\\u0085\\u202e\\ufeff" },
	{ BYTES("\xef\xbf\xbf\xf0\x9f\xbf\xbe"), "\\uffff\\ud83f\\udffe" },
	{ BYTES("\xff"), "\\\\xff" },
	{ BYTES("\xed\xa0\x80"), "\\\\xed\\\\xa0\\\\x80" },
	{ BYTES("\xf0\x9f\x98z"), "\\\\xf0\\\\x9f\\\\x98z" },
	{ BYTES("\xe2\xc3\xa4"), "\\\\xe2\xc3\xa4" },
	{ BYTES("z\xe2\x82"), "z\\\\xe2\\\\x82" },
	{ BYTES("\\xff"), "\\\\xff" },
};

static void
escapes(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		buf_reset(&b);
		assert_int_equal(json_escape(&b, texts[i].in, false),
		    texts[i].in.n);
		assert_string_equal(buf_cstr(&b), texts[i].out);
	}
	buf_free(&b);
}

static void
escapes_in_parts(void **state)
{
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct json_text t = { 0 };

		buf_reset(&b);
		for (size_t at = 0; at < texts[i].in.n; at++) {
			uint8_t *one = xmalloc(1);

			*one = texts[i].in.p[at];
			json_text_put(&t, &b, (struct slice){ one, 1 });
			free(one);
		}
		json_text_end(&t, &b);
		assert_string_equal(buf_cstr(&b), texts[i].out);
	}
	buf_free(&b);
}

static void
leaves_what_is_cut(void **state)
{
	struct slice s = BYTES("ab\xe2\x82");
	struct slice bad = BYTES("ab\xe2\x28");
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(json_escape(&b, s, true), 2);
	assert_string_equal(buf_cstr(&b), "ab");
	assert_int_equal(json_escape(&b, bad, true), 4);
	assert_string_equal(buf_cstr(&b), "abab\\\\xe2(");
	buf_free(&b);
}

/* A sequence across the place where the writer itself cuts. */
static void
long_text(void **state)
{
	struct buf in = { 0 };
	struct buf out = { 0 };

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		buf_reset(&in);
		buf_reset(&out);
		for (size_t i = 0; i < shift; i++)
			buf_byte(&in, 'x');
		while (in.n < 50000)
			buf_str(&in, "\xf0\x9f\x98\x80");
		json_escape(&out, (struct slice){ in.p, in.n }, false);
		assert_int_equal(out.n, in.n);
		assert_memory_equal(out.p, in.p, in.n);
	}
	buf_free(&in);
	buf_free(&out);
}

/* The same by the rules, byte by byte. */
static void
by_the_rules(struct buf *b, struct slice s)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		uint8_t c = s.p[i];
		uint32_t cp;
		int len = utf8_decode((struct slice){ s.p + i, s.n - i }, &cp);

		n = len > 0 ? (size_t)len : 1;
		if (len <= 0)
			buf_printf(b, "\\\\x%02x", c);
		else if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c == '\n' || c == '\r' || c == '\t')
			buf_printf(b, "\\%c",
			    c == '\n'	  ? 'n' :
				c == '\r' ? 'r' :
					    't');
		else if (utf8_printable(cp))
			buf_put(b, s.p + i, n);
		else if (cp < 0x10000)
			buf_printf(b, "\\u%04x", cp);
		else
			buf_printf(b, "\\u%04x\\u%04x",
			    0xd800 + ((cp - 0x10000) >> 10),
			    0xdc00 + ((cp - 0x10000) & 0x3ff));
	}
}

/* In pieces of n bytes, each in memory of its own. */
static void
in_pieces(struct buf *b, struct slice s, size_t n)
{
	struct json_text t = { 0 };

	for (size_t i = 0; i < s.n; i += n) {
		size_t len = s.n - i < n ? s.n - i : n;
		uint8_t *piece = xmalloc(len);

		memcpy(piece, s.p + i, len);
		json_text_put(&t, b, (struct slice){ piece, len });
		free(piece);
	}
	json_text_end(&t, b);
}

static void
holds(struct slice s)
{
	struct buf want = { 0 }, got = { 0 };

	by_the_rules(&want, s);
	for (size_t n = s.n < 24 ? 1 : s.n / 3; n <= s.n; n++) {
		buf_reset(&got);
		in_pieces(&got, s, n);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas),
		cmocka_unit_test(escapes),
		cmocka_unit_test(escapes_in_parts),
		cmocka_unit_test(leaves_what_is_cut),
		cmocka_unit_test(long_text),
		cmocka_unit_test(as_the_rules_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
