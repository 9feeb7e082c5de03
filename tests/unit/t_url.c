/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_url.c: URLs, resolved as browsers resolve them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/url.h"

static struct slice
slice_of(const char *s)
{
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}

struct row {
	const char *base, *ref, *want; /* "": none */
};

static const struct row rows[] = {
	{ "", "http://h", "http://h/" },
	{ "", "HTTP://A.Example:80/x#y", "http://a.example/x" },
	{ "", "https://h:443/?q#", "https://h/?q" },
	{ "", "https://h:80/", "https://h:80/" },
	{ "", "http://h:00080", "http://h/" },
	{ "", "http://u:p@x@h/", "http://h/" },
	{ "", "/a", "" },
	{ "", "a.js", "" },
	{ "", "data:text/javascript,1", "" },
	{ "", "javascript:1", "" },
	{ "", "ftp://h/x", "" },
	{ "", "http://", "" },
	{ "", "http://a b/", "" },
	{ "", "http://h:65536/", "" },
	{ "", "http://h:x/", "" },
	{ "http://h/a/b?c", "", "http://h/a/b?c" },
	{ "http://h/a/b?c", "#d", "http://h/a/b?c" },
	{ "http://h/a/b?c", "?d", "http://h/a/b?d" },
	{ "http://h/a/b?c", "d", "http://h/a/d" },
	{ "http://h/a/b?c", "./d/../e", "http://h/a/e" },
	{ "http://h/a/b", "../../../d", "http://h/d" },
	{ "http://h/a/b", "..", "http://h/" },
	{ "http://h/a/b", ".", "http://h/a/" },
	{ "http://h/a/b", "%2E%2e/x", "http://h/x" },
	{ "http://h/a/b", "c/%2e", "http://h/a/c/" },
	{ "http://h/a/b", "/c", "http://h/c" },
	{ "http://h/a/b", "\\c\\d", "http://h/c/d" },
	{ "http://h/a/b", "//x/c", "http://x/c" },
	{ "https://h/a/b", "//x/c", "https://x/c" },
	{ "https://h/a/b", "\\/x:443\\c?\\", "https://x/c?\\" },
	{ "http://h/a/b", "http:c", "http://h/a/c" },
	{ "http://h/a/b", "http:/c", "http://h/c" },
	{ "http://h/a/b", "https:c", "https://c/" },
	{ "http://h/a/b", "http:///c", "http://c/" },
	{ "http://h/", " \n/a\tb\r\n.js ", "http://h/ab.js" },
	{ "http://h/", "a b\"<>`{}", "http://h/a%20b%22%3C%3E%60%7B%7D" },
	{ "http://h/", "?a b\"<>'`{}", "http://h/?a%20b%22%3C%3E%27`{}" },
	{ "http://h/", "\xc3\xa9", "http://h/%C3%A9" },
	{ "http://h/", "%zz%41", "http://h/%zz%41" },
	{ "http://h/", "a:b", "" },
	{ "http://h/", "./a:b", "http://h/a:b" },
	{ "", "http://%41b/", "http://ab/" },
	{ "", "http://a%2fb/", "" },
	{ "", "http://127.1/", "http://127.0.0.1/" },
	{ "", "http://0x7f.0.0.01/", "http://127.0.0.1/" },
	{ "", "http://1.2.3.4./", "http://1.2.3.4/" },
	{ "", "http://256.1.1.1/", "" },
	{ "", "http://1.2.3.4.5/", "" },
	{ "", "http://x.09/", "" },
	{ "", "http://1.2.3.4.5x/", "http://1.2.3.4.5x/" },
	{ "", "http://[2001:DB8::1]:80/", "http://[2001:db8::1]/" },
	{ "", "http://[::1/", "" },
	{ "", "http://[::1]x/", "" },
	{ "http://[::1]:8080/a", "b", "http://[::1]:8080/b" },
};

static void
resolves(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };
		bool good = url_resolve(slice_of(rows[i].ref),
		    slice_of(rows[i].base), &out);

		if (strcmp(buf_cstr(&out), rows[i].want) != 0)
			fail_msg("%s %s: %s, wanted %s", rows[i].base,
			    rows[i].ref, buf_cstr(&out), rows[i].want);
		assert_true(good == (rows[i].want[0] != '\0'));
		buf_free(&out);
	}
}

/* What has been resolved is what it resolves to. */
static void
settled(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out = { 0 };

		if (rows[i].want[0] == '\0')
			continue;
		url_resolve(slice_of(rows[i].want), slice_of(""), &out);
		assert_string_equal(buf_cstr(&out), rows[i].want);
		buf_free(&out);
	}
}

static void
long_ones(void **state)
{
	struct buf text = { 0 }, out = { 0 };

	(void)state;
	buf_str(&text, "http://h/");
	while (text.n < URL_MAX)
		buf_byte(&text, '"');
	assert_true(
	    url_resolve((struct slice){ text.p, text.n }, slice_of(""), &out));
	assert_int_equal(out.n, 9 + 3 * (URL_MAX - 9));
	assert_true(
	    url_resolve(slice_of("x"), (struct slice){ out.p, 9 }, &text));
	buf_reset(&text);
	while (text.n <= URL_MAX)
		buf_byte(&text, '/');
	assert_false(url_resolve((struct slice){ text.p, text.n },
	    slice_of("http://h/"), &out));
	assert_int_equal(out.n, 0);
	buf_free(&text);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolves),
		cmocka_unit_test(settled),
		cmocka_unit_test(long_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
