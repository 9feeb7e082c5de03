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
#include "proto/mime.h"

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

/* clang-format off */
static const struct {
	const char *type, *target, *dest;
	char named;	  /* c, m or 0 */
	const char *want; /* s script, t by its type, g guess, -WHY not run;
			   * then h x ? for a page, w waits */
	bool nosniff;
	unsigned status; /* 0: 200 */
} bodies_rows[] = {
	/* by its type */
	{ "text/javascript", "/x.png", "image", 0, "st", true, 0 },
	{ "text/javascript", "/x", NULL, 'm', "st", false, 404 },
	/* asked for by a page */
	{ "text/html", "/x", NULL, 'c', "sh", false, 0 },
	{ "text/html", "/x", "script", 0, "sg", false, 0 },
	{ "text/html", "/x", "document", 'c', "h", false, 0 },
	{ "text/html", "/x", "empty", 'c', "", false, 0 },
	{ "application/json", "/x", NULL, 'c', "s", false, 0 },
	{ "application/js", "/x", NULL, 'c', "s", false, 0 },
	{ "text/css", "/x", " Script ", 'c', "s", false, 0 },
	{ NULL, "/x", NULL, 'c', "s?", false, 0 },
	{ NULL, "/x", "script", 'c', "s", false, 0 },
	{ "image/svg+xml", "/x", NULL, 'c', "s-type:x", false, 0 },
	{ "image/png", "/x.js", "script", 0, "sg-type:", false, 0 },
	{ "Audio/x", "/x", NULL, 'c', "s-type:", false, 0 },
	{ "video/x", "/x", NULL, 'c', "s-type:", false, 0 },
	{ "text/csv", "/x", NULL, 'c', "s-type:", false, 0 },
	{ "text/csv-x", "/x", NULL, 'c', "s", false, 0 },
	{ "text/html", "/x", NULL, 'c', "s-nosniff:h", true, 0 },
	{ NULL, "/x", NULL, 'c', "s-nosniff:", true, 0 },
	{ "text/plain", "/x", "script", 0, "sg-nosniff:", true, 0 },
	{ "text/html", "/x", NULL, 'c', "s-status:h", false, 404 },
	{ "text/html", "/x", NULL, 'c', "s-status:h", false, 302 },
	{ "text/html", "/x", NULL, 'c', "sh", false, 299 },
	{ "text/html", "/x", NULL, 'm', "s-type:h", false, 0 },
	{ "text/plain", "/x.js", "script", 'm', "s-type:", false, 0 },
	/* pages */
	{ "Text/HTML", "/x.js", NULL, 0, "hw", false, 0 },
	{ "text/html", NULL, NULL, 0, "h", false, 0 },
	{ "text/html", "/x", NULL, 0, "h", true, 0 },
	{ "text/html", "/x", "iframe", 0, "h", false, 0 },
	{ "text/html", "/x", "style", 0, "", false, 0 },
	{ "text/html", "/x", "nobody", 0, "hw", false, 0 },
	{ "application/xhtml+xml", NULL, NULL, 0, "x", false, 0 },
	{ "text/xml", "/x", NULL, 0, "xw", false, 0 },
	{ "image/SVG+xml", "/x", NULL, 0, "x", false, 0 },
	{ "unknown/unknown", "/x", NULL, 0, "?w", false, 0 },
	{ "*/*", "/x", "document", 0, "?", false, 0 },
	{ NULL, "/x", NULL, 0, "", true, 0 },
	/* guesses */
	{ NULL, "/x.js", NULL, 0, "sg?", false, 0 },
	{ NULL, "/x.JS?v=1.css", NULL, 0, "sg?", false, 0 },
	{ "text/plain", "http://h/x.mjs#a", NULL, 0, "sg", false, 0 },
	{ "text/plain", "/x.mjs", NULL, 0, "", true, 0 },
	{ "text/plain", "/x.mjs", "document", 0, "", false, 0 },
	{ "application/octet-stream", "/x.cjs", "", 0, "sg", false, 0 },
	{ "text/plain", "/x", "serviceworker", 0, "sg", false, 0 },
	{ "text/plain", "/x", "serviceworker", 0, "", true, 0 },
	{ "text/html", "/x", "worker", 'c', "", false, 0 },
	/* what may be named yet, and what may not */
	{ NULL, "/x", "image", 0, "", false, 0 },
	{ NULL, NULL, NULL, 0, "?", false, 0 },
	{ NULL, "/x?y=.js", NULL, 0, "?w", false, 0 },
	{ "text/plain", ".js", NULL, 0, "w", false, 0 },
	{ "text/plain", NULL, NULL, 0, "", false, 0 },
	{ "application/json", "/x.js", NULL, 0, "w", false, 0 },
	{ "image/png", "/x.js", NULL, 0, "", false, 0 },
	{ "font/woff2", "/x", NULL, 0, "", true, 0 },
};
/* clang-format on */

static void
write_type(const struct jstype *t, char *to, size_t n)
{
	snprintf(to, n, "%s%s%s%s%s%s%s%s", t->script ? "s" : "",
	    t->typed ? "t" : "", t->guess ? "g" : "", t->why != NULL ? "-" : "",
	    t->why != NULL ? t->why : "", t->why != NULL ? ":" : "",
	    t->page == JSTYPE_HTML	? "h" :
		t->page == JSTYPE_XML	? "x" :
		t->page == JSTYPE_SNIFF ? "?" :
					  "",
	    t->waits ? "w" : "");
}

static void
bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bodies_rows / sizeof bodies_rows[0];
	     i++) {
		char named = bodies_rows[i].named;
		unsigned status = bodies_rows[i].status;
		struct jstype_facts f = {
			.essence = slice_of(bodies_rows[i].type),
			.nosniff = bodies_rows[i].nosniff,
			.status = status != 0 ? status : 200,
			.target = slice_of(bodies_rows[i].target),
			.dest = slice_of(bodies_rows[i].dest),
			.named = named == 'c' ? JSTYPE_AS_CLASSIC :
			    named == 'm'      ? JSTYPE_AS_MODULE :
						JSTYPE_UNNAMED,
		};
		struct jstype t = jstype_of(&f);
		char got[32];

		write_type(&t, got, sizeof got);
		if (strcmp(got, bodies_rows[i].want) != 0)
			fail_msg("row %zu: %s, wanted %s", i, got,
			    bodies_rows[i].want);
	}
}

static void
starts(void **state)
{
	static uint8_t blanks[MIME_SNIFF_MAX + 2];
	static const struct {
		const char *first;
		size_t n;
		enum jstype_start more, whole;
	} rows[] = {
		{ "", 0, JSTYPE_MORE, JSTYPE_OTHER },
		{ " \r\n", 3, JSTYPE_MORE, JSTYPE_OTHER },
		{ "var", 3, JSTYPE_OTHER, JSTYPE_OTHER },
		{ "<", 1, JSTYPE_MORE, JSTYPE_MARKUP },
		{ "\n<h", 3, JSTYPE_MARKUP, JSTYPE_MARKUP },
		{ "<!", 2, JSTYPE_MORE, JSTYPE_MARKUP },
		{ "<!d", 3, JSTYPE_MARKUP, JSTYPE_MARKUP },
		{ "<!-", 3, JSTYPE_MORE, JSTYPE_MARKUP },
		{ "<!--", 4, JSTYPE_OTHER, JSTYPE_OTHER },
		{ "\xef\xbb\xbf<p", 5, JSTYPE_MARKUP, JSTYPE_MARKUP },
		{ "\xff\xfe<\0p\0", 6, JSTYPE_MARKUP, JSTYPE_MARKUP },
		{ "\xfe\xff\0<\0!\0-\0-", 10, JSTYPE_OTHER, JSTYPE_OTHER },
		{ "\xff\xfev\0", 4, JSTYPE_OTHER, JSTYPE_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct slice s = { (const uint8_t *)rows[i].first, rows[i].n };

		if (jstype_start_of(s, false) != rows[i].more ||
		    jstype_start_of(s, true) != rows[i].whole)
			fail_msg("row %zu", i);
	}
	/* No more bytes count than these. */
	memset(blanks, ' ', sizeof blanks);
	blanks[MIME_SNIFF_MAX] = '<';
	assert_int_equal(jstype_start_of((struct slice){ blanks,
					     MIME_SNIFF_MAX - 1 },
			     false),
	    JSTYPE_MORE);
	assert_int_equal(jstype_start_of((struct slice){ blanks,
					     sizeof blanks },
			     false),
	    JSTYPE_OTHER);
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
		{ "gzip, gzip, gzip, gzip, gzip", "gggg?" },
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
		cmocka_unit_test(starts),
		cmocka_unit_test(codings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
