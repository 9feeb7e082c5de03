/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_jstype.c: what is JavaScript by its type, its name and its purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/coding.h"
#include "proto/jstype.h"

static struct slice
slice_of(const char *s)
{
	if (s == NULL)
		return (struct slice){ NULL, 0 };
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}

static void
essences(void **state)
{
	static const char *const yes[] = { "text/javascript",
		"application/javascript", "APPLICATION/X-JavaScript",
		"text/javascript;charset=utf-8", " text/jscript ; x",
		"text/livescript", "text/javascript1.0", "text/javascript1.5",
		"text/x-ecmascript", "application/ecmascript",
		"application/x-ecmascript", "text/ecmascript",
		"text/x-javascript" };
	static const char *const no[] = { "", "text/javascript1.6",
		"application/json", "importmap", "module", "javascript",
		"text/javascripts", "text/javascrip", "text /javascript",
		"text/html", "application/ld+json", "text/plain",
		";text/javascript" };

	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		if (!jstype_is_script(slice_of(yes[i])))
			fail_msg("%s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		if (jstype_is_script(slice_of(no[i])))
			fail_msg("%s", no[i]);
	assert_false(jstype_is_script(slice_of(NULL)));
}

static void
bodies(void **state)
{
	static const struct {
		const char *type, *target, *dest;
		enum jstype want;
	} rows[] = {
		{ "text/javascript", "/x.png", "image", JSTYPE_SCRIPT },
		{ "Text/HTML; charset=x", "/x.js", "script", JSTYPE_HTML },
		{ "application/xhtml+xml", NULL, NULL, JSTYPE_XML },
		{ "image/SVG+xml", NULL, NULL, JSTYPE_XML },
		{ NULL, "/x.js", NULL, JSTYPE_GUESS },
		{ NULL, "/x.JS?v=1.css", NULL, JSTYPE_GUESS },
		{ "text/plain", "http://h/x.mjs#a", NULL, JSTYPE_GUESS },
		{ "application/octet-stream", "/x.cjs", "", JSTYPE_GUESS },
		{ "text/plain;charset=x", "/x", "serviceworker", JSTYPE_GUESS },
		{ NULL, "/x", "Script", JSTYPE_GUESS },
		{ "*/*", "/x", "worker", JSTYPE_GUESS },
		{ NULL, "/x", "image", JSTYPE_NONE },
		{ NULL, NULL, NULL, JSTYPE_NONE },
		{ NULL, "/x?y=.js", NULL, JSTYPE_NONE },
		{ NULL, ".js", NULL, JSTYPE_NONE },
		{ NULL, "/x.json", NULL, JSTYPE_NONE },
		{ "application/json", "/x.js", "script", JSTYPE_NONE },
		{ "image/png", "/x.js", "script", JSTYPE_NONE },
		{ "text/xml", "/x", NULL, JSTYPE_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (jstype_of(slice_of(rows[i].type), slice_of(rows[i].target),
			slice_of(rows[i].dest)) != rows[i].want)
			fail_msg("row %zu", i);
}

static void
codings(void **state)
{
	static const struct {
		const char *list;
		const char *want; /* a letter each; ? for one not known */
	} rows[] = {
		{ "", "" },
		{ "identity", "" },
		{ " GZip", "g" },
		{ "x-gzip,,\tidentity , Deflate", "gd" },
		{ "br\r\n , zstd", "bz" },
		{ "compress", "?" },
		{ "gzip, gzip, gzip", "gg?" },
		{ "gzip;q=1", "?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct codings c = { .n = 0 };
		char got[CODINGS_MAX + 2] = "";

		codings_add_list(&c, slice_of(rows[i].list));
		for (size_t k = 0; k < c.n; k++)
			got[k] = "gdbz"[c.list[k]];
		if (c.unknown)
			got[c.n] = '?';
		assert_string_equal(got, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(essences),
		cmocka_unit_test(bodies),
		cmocka_unit_test(codings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
