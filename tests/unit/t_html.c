/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * t_html.c: pages, and the scripts in them.
 *
 * Each page is given whole, byte by byte and at random cuts; what comes of it
 * must be the same.
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
#include "lib/guard.h"
#include "lib/rng.h"
#include "proto/html.h"

/* Scripts are wanted as [text], or [text when it is not closed. */
struct picture {
	const char *page;
	const char *want;
};

#define S "<script>"
#define E "</script>"

/* clang-format off */
static const struct picture html_pages[] = {
	{ "", "" },
	{ "no tags & <, <3, </ >", "" },
	{ S "a" E, "[a]" },
	{ S E S " " E S "b" E, "[ ][b]" },
	{ "<SCRIPT>a</ScRiPt>" S "b</script\n>" S "c</script/>" S
	  "d</script x='>'>" S "e" E, "[a][b][c][d][e]" },
	{ S "a</scrip>b</scripts>c< /script>d</ script>" E,
	  "[a</scrip>b</scripts>c< /script>d</ script>]" },
	{ S "'<b>' && x</y>&lt;\"" E, "['<b>' && x</y>&lt;\"]" },
	{ "<scripts>a" E "<scrip>b" E "<script-x>c" E, "" },
	/* type and language */
	{ "<script type=''>a" E "<script type>b" E "<script type=\"text/javascript\""
	  ">c" E "<script TYPE=Module>d" E "<script type=' text/ECMAscript '>e"
	  E "<script type=text/javascript;charset=x>f" E,
	  "[a][b][c][d][e][f]" },
	{ "<script type=application/json>a" E "<script type=importmap>b" E
	  "<script type=text/template>c" E "<script type=' '>d" E
	  "<script type=speculationrules>e" E "<script type=text/html>f" E
	  "<script type=application/ld+json>g" E "<script type=text/babel>h" E,
	  "" },
	{ "<script language=JavaScript>a" E "<script language=javascript1.5>b" E
	  "<script language=''>c" E "<script language=vbscript>d" E
	  "<script language=vbscript type=text/javascript>e" E
	  "<script language=javascript type=x>f" E
	  "<script language=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>g" E,
	  "[a][b][c][e]" },
	{ "<script type=text&#47;javascript>a" E
	  "<script type='text&#x2F;plain'>b" E
	  "<script type='text&sol;javascript'>c" E, "[a][c]" },
	{ "<script type=x type=module>a" E "<script type=module type=x>b" E,
	  "[b]" },
	/* elsewhere */
	{ "<script src=x>a" E "<script src>b" E "<script src=''>c" E
	  "<script asrc=x>d" E "<script SRC='x'>e" E "<script data-src=x>f" E,
	  "[d][f]" },
	/* attributes */
	{ "<script a='>' b=\">\" c=x'y\"z d = e>a" E
	  "<script x=/>b" E "<script/>c" E "<script / a>d" E
	  "<script a=\"x\"src=y>e" E "<script =src=y>f" E "<script a=>g" E
	  "<script\ta\n=\f'b'\r>h" E "<script a/src>i" E "<script a='b>j" E
	  "'>k" E, "[a][b][c][d][f][g][h][k]" },
	{ "<script <b>a" E "<script \"a\">b" E, "[a][b]" },
	{ "<p title='" S "a" E "'>" S "b" E "<p x=\"" S "\">" S "c" E,
	  "[b][c]" },
	{ "<a b=" S "x" E ">" S "c" E, "[c]" },
	/* comments */
	{ "<!-- " S "a" E " -->" S "b" E, "[b]" },
	{ "<!-->" S "a" E "<!--->" S "b" E "<!---->" S "c" E, "[a][b][c]" },
	{ "<!--x--!>" S "a" E "<!--x--!-->" S "b" E "<!--x--!y" S "--> " S
	  "c" E, "[a][b][c]" },
	{ "<!-- <!-- -->" S "a" E "<!-- <!-->" S "b" E, "[a][b]" },
	{ "<!--x->" S "a" E "-->" S "b" E "<!----!" S ">-->" S "c" E,
	  "[b][c]" },
	{ "<!--!>" S "a" E "-->" S "b" E "<!-- --- - ->--->" S "c" E,
	  "[b][c]" },
	{ "<!doctype html>" S "a" E "<!DOCTYPE a \">" S "b" E "\">" S "c" E,
	  "[a][b][c]" },
	{ "<!x " S "a" E "<?" S "b" E "</ " S "c" E "</>" S "d" E "<!>" S
	  "e" E, "[d][e]" },
	{ "<![CDATA[" S "a" E "]]>", "" },
	{ "<!-- " S "a" E, "" },
	{ "<!-" S "a" E, "" },
	/* text elements */
	{ "<title>" S "a" E "</title>" S "b" E "<textarea>" S "c" E
	  "</TextArea >" S "d" E, "[b][d]" },
	{ "<style>" S "a" E "</style><xmp>" S "b" E "</xmp><iframe>" S "c" E
	  "</iframe><noembed>" S "d" E "</noembed><noframes>" S "e" E
	  "</noframes><noscript>" S "f" E "</noscript>" S "g" E, "[g]" },
	{ "<title></titles>" S "a" E "</title/>" S "b" E, "[b]" },
	{ "<style><!-- </style>" S "a" E, "[a]" },
	{ "<title/>" S "a" E "</title>" S "b" E, "[b]" },
	{ "<plaintext>" S "a" E "</plaintext>" S "b" E, "" },
	{ "<div>" S "a" E "<pre>" S "b" E "<select>" S "c" E, "[a][b][c]" },
	{ "<template>" S "a" E "<template>" S "b" E "</template>" S "c" E
	  "</template>" S "d" E, "[d]" },
	{ "<template shadowrootmode=open>" S "a" E "<template>" S "b" E
	  "</template></template>" S "c" E "</template>" S "d" E,
	  "[a][c][d]" },
	/* script data escaped */
	{ S "<!-- a" E, "[<!-- a]" },
	{ S "<!-- a -->b" E, "[<!-- a -->b]" },
	{ S "<!-- <script>a" E "b -->c" E "d", "[<!-- <script>a" E "b -->c]" },
	{ S "<!-- <script>a" E "b" E "c", "[<!-- <script>a" E "b]" },
	{ S "<!-- <script>a" E "<script>b" E "c" E,
	  "[<!-- <script>a" E "<script>b" E "c]" },
	{ S "<!--<script >a</script >b</script>c", "[<!--<script >a</script >b]" },
	{ S "<!--<script/a</script/b</script>c", "[<!--<script/a</script/b]" },
	{ S "<!--<SCRIPT>a</SCRIPT>b" E "c", "[<!--<SCRIPT>a</SCRIPT>b]" },
	{ S "<!-- <scripts>a" E "b", "[<!-- <scripts>a]" },
	{ S "<!-- <script" E, "[<!-- <script]" },
	{ S "<!-- <script>a--></script>b", "[<!-- <script>a-->]" },
	{ S "<!-- <script>a--->" E "b", "[<!-- <script>a--->]" },
	{ S "<!-- <script>a- ->" E "b" E, "[<!-- <script>a- ->" E "b]" },
	{ S "<!--><script>a" E "b" E, "[<!--><script>a]" },
	{ S "<!---><script>a" E "b" E, "[<!---><script>a]" },
	{ S "<!----><script>a" E "b" E, "[<!----><script>a]" },
	{ S "<!--x-><script>a" E "b" E, "[<!--x-><script>a" E "b]" },
	{ S "<!-<script>a" E "b" E, "[<!-<script>a]" },
	{ S "<! --<script>a" E "b" E, "[<! --<script>a]" },
	{ S "<<!--<script>a" E "b" E, "[<<!--<script>a" E "b]" },
	{ S "<!--<<script>a" E "b" E, "[<!--<<script>a" E "b]" },
	{ S "<!--</<script>a" E "b" E, "[<!--</<script>a" E "b]" },
	{ S "<!--<script><script>a" E "b" E "c", "[<!--<script><script>a" E
	  "b]" },
	{ S "<!--<script></script><script></script>a" E "b",
	  "[<!--<script></script><script></script>a]" },
	{ S "<!--<script></scripts>a" E "b" E, "[<!--<script></scripts>a" E
	  "b]" },
	{ S "<!--\n//-->\n" E S "b" E, "[<!--\n//-->\n][b]" },
	{ S "<!--aaaaaaaaaa<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>a" E,
	  "[<!--aaaaaaaaaa<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>a]" },
	{ S "</aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>a" E,
	  "[</aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>a]" },
	{ "<style><!--<style>" S "</style>" S "a" E, "[a]" },
	/* no end */
	{ S "a", "[a" }, { S "a<", "[a<" }, { S "a</scr", "[a</scr" },
	{ S "a</script", "[a</script" }, { S "a</script ", "[a" },
	{ S "a<!-", "[a<!-" }, { S, "" }, { "<script", "" },
	{ "<script a='", "" },
	/* SVG and MathML in HTML */
	{ "<svg><script>a&lt;b<![CDATA[<c>&amp;]]>d<!-- x -->e" E "</svg>",
	  "[a<b<c>&amp;de]" },
	{ "<svg><script href=x>a" E "<script xlink:href=x>b" E
	  "<script src=x>c" E "<script/>d<script>e" E "</svg>" S "&lt;" E,
	  "[c][e][&lt;]" },
	{ "<svg><title>" S "a" E "</title><style>" S "b" E "</style></svg>",
	  "[a][b]" },
	{ "<svg><foreignObject><title>" S "a" E "</title>" S "&amp;" E
	  "</foreignObject>" S "&amp;" E "</svg>", "[&amp;][&]" },
	{ "<svg><p>" S "&lt;" E, "[&lt;]" },
	{ "<svg/>" S "&lt;" E "<svg></svg>" S "&gt;" E, "[&lt;][&gt;]" },
	{ "<svg><svg></svg>" S "&lt;" E "</svg>" S "&gt;" E, "[<][&gt;]" },
	{ "<math>" S "a" E "<mi>" S "b" E "</mi></math>" S "c" E, "[b][c]" },
	{ "<svg><desc><svg>" S "&lt;" E "</svg>" S "&lt;" E "</desc></svg>",
	  "[<][&lt;]" },
};

static const struct picture xml_pages[] = {
	{ "<html>" S "a" E "</html>", "[a]" },
	{ "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a \"" S "no" E "\">\n"
	  "<!ELEMENT b (c)>]><x>" S "a" E "</x>", "[a]" },
	{ S "<![CDATA[a<b</c>&amp;]]>" E, "[a<b</c>&amp;]" },
	{ S "//<![CDATA[\na]]b]]]>c\n//]]&gt;" E, "[//\na]]b]c\n//]]>]" },
	{ S "a &lt; b &amp;&amp; c &#62; d &#x20AC;&quot;&apos; &nope; &" E,
	  "[a < b && c > d \xe2\x82\xac\"' &nope; &]" },
	{ S "a<!-- b -->c<b>d</b>e<b/>f" E, "[acef]" },
	{ "<script src='x'/>" S "a" E "<script/>b", "[a]" },
	{ "<svg:script>a</svg:script><h:script type='text/ecmascript'>b"
	  "</h:script>", "[a][b]" },
	{ "<SCRIPT>a</SCRIPT>" S "b" E, "[b]" },
	{ "<title>" S "a" E "</title><style>" S "b" E "</style>", "[a][b]" },
	{ "<style><![CDATA[" S "a" E "]]></style>" S "b" E, "[b]" },
	{ "<!-- --!> " S "a" E " -->" S "b" E, "[b]" },
	{ "<script xlink:href='x'>a" E "<script href='x'>b" E, "" },
	{ S "a&lt", "[a&lt" },
	{ S "<![CDATA[a]]", "[a" },
};
/* clang-format on */

struct trace {
	struct buf text;
	struct buf offsets;
};

static void
on_begin(void *owner, uint64_t offset)
{
	struct trace *t = owner;

	buf_str(&t->text, "[");
	buf_printf(&t->offsets, "%llu ", (unsigned long long)offset);
}

static void
on_text(void *owner, struct slice s)
{
	assert_true(s.n > 0);
	buf_put(&((struct trace *)owner)->text, s.p, s.n);
}

static void
on_end(void *owner, bool closed)
{
	if (closed)
		buf_str(&((struct trace *)owner)->text, "]");
}

static const struct html_events events = { on_begin, on_text, on_end };

struct cutter {
	size_t piece; /* 0: whole; else at random up to so much */
	struct rng rng;
	struct guard guard;
};

static void
put(struct html *h, struct cutter *c, const char *page, size_t n)
{
	for (size_t at = 0; at < n;) {
		size_t len =
		    c->piece == 0 ? n : 1 + rng_below(&c->rng, c->piece);

		if (len > n - at)
			len = n - at;
		html_put(h, guard_put(&c->guard, page + at, len));
		at += len;
	}
}

static void
check(const struct picture *p, bool xml, struct cutter *c)
{
	struct trace t = { .text = { 0 } };
	struct html *h = html_new(xml, &events, &t);

	put(h, c, p->page, strlen(p->page));
	html_finish(h);
	html_free(h);
	if (strcmp(buf_cstr(&t.text), p->want) != 0)
		fail_msg("%s, cut %zu:\n%s\nwanted:\n%s", p->page, c->piece,
		    buf_cstr(&t.text), p->want);
	buf_free(&t.text);
	buf_free(&t.offsets);
}

static void
check_all(const struct picture *p, size_t n, bool xml)
{
	struct cutter c = { 0, { rng_seed() }, guard_new(4096) };

	for (size_t i = 0; i < n; i++)
		for (c.piece = 0; c.piece < 12; c.piece++)
			check(&p[i], xml, &c);
	guard_free(&c.guard);
}

static void
pages(void **state)
{
	(void)state;
	check_all(html_pages, sizeof html_pages / sizeof html_pages[0], false);
}

static void
xml(void **state)
{
	(void)state;
	check_all(xml_pages, sizeof xml_pages / sizeof xml_pages[0], true);
}

/* Text is exact, NUL and all, and offsets count from the page's beginning. */
static void
exact(void **state)
{
	static const char page[] = "\xef\xbb\xbf<p>\0" S "a\0\xff\r\n" E
				   "<svg>" S "b" E "</svg><script a='b'\n>c" E;
	struct cutter c = { 0, { 1 }, guard_new(4096) };

	(void)state;
	for (c.piece = 0; c.piece < 9; c.piece++) {
		struct trace t = { .text = { 0 } };
		struct html *h = html_new(false, &events, &t);

		put(h, &c, page, sizeof page - 1);
		html_finish(h);
		html_free(h);
		assert_int_equal(t.text.n, 13);
		assert_memory_equal(t.text.p, "[a\0\xff\r\n][b][c]", 13);
		assert_string_equal(buf_cstr(&t.offsets), "15 42 73 ");
		buf_free(&t.text);
		buf_free(&t.offsets);
	}
	guard_free(&c.guard);
}

/* Behind a hole tags are read as at the beginning. */
static void
holes(void **state)
{
	static const char *const before[] = { S "a", "<!-- ", "<title>",
		S "a<!-- <script>", "<p a='", "<template>", "<svg>" };
	static const char *const want[] = { "[a[c]", "[c]", "[c]",
		"[a<!-- <script>[c]", "[c]", "[c]", "[c]" };

	(void)state;
	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
		struct trace t = { .text = { 0 } };
		struct html *h = html_new(false, &events, &t);
		struct cutter c = { 0, { 1 }, guard_new(4096) };
		char offset[32];

		put(h, &c, before[i], strlen(before[i]));
		html_gap(h, 1000);
		put(h, &c, "b" E S "c" E, strlen("b" E S "c" E));
		html_finish(h);
		html_free(h);
		assert_string_equal(buf_cstr(&t.text), want[i]);
		snprintf(offset, sizeof offset, "%zu ",
		    1000 + strlen(before[i]) + strlen("b" E S));
		assert_non_null(strstr(buf_cstr(&t.offsets), offset));
		buf_free(&t.text);
		buf_free(&t.offsets);
		guard_free(&c.guard);
	}
}

/* A script of any length comes whole. */
static void
large(void **state)
{
	struct trace t = { .text = { 0 } };
	struct html *h = html_new(false, &events, &t);
	struct cutter c = { 7, { 2 }, guard_new(16) };

	(void)state;
	put(h, &c, S, strlen(S));
	for (int i = 0; i < 10000; i++)
		put(h, &c, "<a</b<!", 7);
	put(h, &c, E, strlen(E));
	html_finish(h);
	html_free(h);
	assert_int_equal(t.text.n, 70002);
	for (size_t i = 0; i < 10000; i++)
		assert_memory_equal(t.text.p + 1 + 7 * i, "<a</b<!", 7);
	buf_free(&t.text);
	buf_free(&t.offsets);
	guard_free(&c.guard);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages),
		cmocka_unit_test(xml),
		cmocka_unit_test(exact),
		cmocka_unit_test(holes),
		cmocka_unit_test(large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
