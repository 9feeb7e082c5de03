/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_mime.c: media types, several fields of them, and what bytes are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/mime.h"

static struct slice
slice_of(const char *s)
{
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}

static void
assert_slice(struct slice s, const char *want, const char *of)
{
	if (s.n != strlen(want) || (s.n > 0 && memcmp(s.p, want, s.n) != 0))
		fail_msg("%s: %.*s, wanted %s", of, (int)s.n, (const char *)s.p,
		    want);
}

static void
types(void **state)
{
	static const struct {
		const char *text, *essence, *charset;
	} rows[] = {
		{ "text/html", "text/html", "" },
		{ " Text/HTML ; charset=UTF-16 ", "Text/HTML", "UTF-16" },
		{ "text/html;", "text/html", "" },
		{ "text/html;x=y;charset=a;charset=b", "text/html", "a" },
		{ "text/html; charset=\"a;b\" ;c", "text/html", "a;b" },
		{ "text/html; x=\";charset=no\";charset=a", "text/html", "a" },
		{ "text/html; x=\"\\\";charset=no\";charset=a", "text/html",
		    "a" },
		{ "text/html;\r\n\tcharset=a", "text/html", "a" },
		{ "text/html; charset", "text/html", "" },
		{ "*/*", "*/*", "" },
		{ "application/ld+json", "application/ld+json", "" },
		{ "", "", "" },
		{ "html", "", "" },
		{ "/html", "", "" },
		{ "text/", "", "" },
		{ "text /html", "", "" },
		{ "text/ html", "", "" },
		{ "text/html x", "", "" },
		{ "text/html, x/y", "", "" },
		{ "(text)/html", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct mime m;

		assert_true(mime_parse(slice_of(rows[i].text), &m) ==
		    (rows[i].essence[0] != '\0'));
		assert_slice(m.essence, rows[i].essence, rows[i].text);
		assert_slice(m.charset, rows[i].charset, rows[i].text);
	}
}

static void
lists(void **state)
{
	static const struct {
		const char *fields[3];
		const char *text, *essence, *charset;
	} rows[] = {
		{ { "a/b" }, "a/b", "a/b", "" },
		{ { "a/b", "c/d" }, "c/d", "c/d", "" },
		{ { "a/b, c/d" }, "c/d", "c/d", "" },
		{ { "a/b", "*/*" }, "a/b", "a/b", "" },
		{ { "a/b", "x" }, "a/b", "a/b", "" },
		{ { "a/b", "" }, "a/b", "a/b", "" },
		{ { "x", "y z" }, "y z", "", "" },
		{ { "*/*" }, "*/*", "", "" },
		{ { "" }, "", "", "" },
		{ { "a/b;charset=u", "A/B" }, "A/B", "A/B", "u" },
		{ { "a/b;charset=u", "a/b;charset=v" }, "a/b;charset=v", "a/b",
		    "v" },
		{ { "a/b;charset=u", "c/d", "a/b" }, "a/b", "a/b", "" },
		{ { "a/b;x=\"y,c/d\"" }, "a/b;x=\"y,c/d\"", "a/b", "" },
		{ { "a/b;x=\"y", "c/d" }, "c/d", "c/d", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct mime_list l = { .text = { NULL, 0 } };

		for (size_t k = 0; k < 3 && rows[i].fields[k] != NULL; k++)
			mime_list_add(&l, slice_of(rows[i].fields[k]));
		assert_slice(l.text, rows[i].text, rows[i].fields[0]);
		assert_slice(l.type.essence, rows[i].essence,
		    rows[i].fields[0]);
		assert_slice(l.type.charset, rows[i].charset,
		    rows[i].fields[0]);
	}
}

static void
kinds(void **state)
{
	(void)state;
	assert_true(mime_is_xml(slice_of("Text/XML")));
	assert_true(mime_is_xml(slice_of("application/xml")));
	assert_true(mime_is_xml(slice_of("image/svg+XML")));
	assert_false(mime_is_xml(slice_of("+xml")));
	assert_false(mime_is_xml(slice_of("text/xmlx")));
	assert_true(mime_is_unknown(slice_of("")));
	assert_true(mime_is_unknown(slice_of("*/*")));
	assert_true(mime_is_unknown(slice_of("Unknown/Unknown")));
	assert_false(mime_is_unknown(slice_of("text/plain")));
}

/* clang-format off */
static const struct {
	const char *head;
	enum mime_sniffed more, whole;
} sniffed[] = {
	{ "", MIME_MORE, MIME_OTHER },
	{ " \r\n\t\f", MIME_MORE, MIME_OTHER },
	{ "<html>", MIME_HTML, MIME_HTML },
	{ "\n <HtMl x", MIME_HTML, MIME_HTML },
	{ "<html", MIME_MORE, MIME_OTHER },
	{ "<html\n>", MIME_OTHER, MIME_OTHER },
	{ "<!doctype html>", MIME_HTML, MIME_HTML },
	{ "<!doctype svg>", MIME_OTHER, MIME_OTHER },
	{ "<!--", MIME_MORE, MIME_OTHER },
	{ "<!-- x", MIME_HTML, MIME_HTML },
	{ "<!--x", MIME_OTHER, MIME_OTHER },
	{ "<b", MIME_MORE, MIME_OTHER },
	{ "<bo", MIME_MORE, MIME_OTHER },
	{ "<body>", MIME_HTML, MIME_HTML },
	{ "<big>", MIME_OTHER, MIME_OTHER },
	{ "<p>", MIME_HTML, MIME_HTML },
	{ "<a href", MIME_HTML, MIME_HTML },
	{ "<script>", MIME_HTML, MIME_HTML },
	{ "<span>", MIME_OTHER, MIME_OTHER },
	{ "x<html>", MIME_OTHER, MIME_OTHER },
	{ " <?xml", MIME_XML, MIME_XML },
	{ "<?XML", MIME_OTHER, MIME_OTHER },
	{ "<?x", MIME_MORE, MIME_OTHER },
	{ "\xef\xbb\xbf<html>", MIME_OTHER, MIME_OTHER },
	{ "\xff\xfe<", MIME_OTHER, MIME_OTHER },
	{ "var a", MIME_OTHER, MIME_OTHER },
};
/* clang-format on */

static void
sniffs(void **state)
{
	uint8_t *blanks = malloc(MIME_SNIFF_MAX + 6);

	(void)state;
	for (size_t i = 0; i < sizeof sniffed / sizeof sniffed[0]; i++) {
		struct slice head = slice_of(sniffed[i].head);

		if (mime_sniff(head, false) != sniffed[i].more ||
		    mime_sniff(head, true) != sniffed[i].whole)
			fail_msg("%s", sniffed[i].head);
	}
	/* What is beyond the bytes that count does not. */
	memset(blanks, ' ', MIME_SNIFF_MAX);
	memcpy(blanks + MIME_SNIFF_MAX - 6, "<html>", 6);
	assert_int_equal(mime_sniff((struct slice){ blanks, MIME_SNIFF_MAX },
			     false),
	    MIME_HTML);
	memset(blanks, ' ', MIME_SNIFF_MAX);
	memcpy(blanks + MIME_SNIFF_MAX - 5, "<html>", 6);
	assert_int_equal(mime_sniff((struct slice){ blanks,
					MIME_SNIFF_MAX + 1 },
			     false),
	    MIME_OTHER);
	free(blanks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types),
		cmocka_unit_test(lists),
		cmocka_unit_test(kinds),
		cmocka_unit_test(sniffs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
