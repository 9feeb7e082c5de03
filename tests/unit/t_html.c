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

/*
 * Scripts are wanted as [text], or [text when it is not closed; those that are
 * not run with the reason in front: {src:text].  <url> is fetched as a classic
 * script, (url) as a module, =url= is the base.
 */
struct picture {
	const char *page;
	const char *want;
};

#define S "<script>"
#define E "</script>"
#define X "<x xmlns='http://www.w3.org/1999/xhtml'>"
#define G "<x xmlns='http://www.w3.org/2000/svg'>"

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
	  "[a][b][c][d][e]{type:f]" },
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
	{ "<script language='javascript;x'>a" E "<script language=' javascript'>b"
	  E "<script type='text/javascript ;'>c" E, "{type:c]" },
	{ "<script nomodule>a" E "<script nomodule=x type=module>b" E
	  "<script nomodule type=text/javascript>c" E "<script nomodule type=x>d"
	  E, "{nomodule:a][b]{nomodule:c]" },
	{ "<script for=window event=onload>a" E
	  "<script FOR=' Window ' event='ONLOAD() '>b" E
	  "<script for=x event=onload>c" E "<script for=window event=onclick>d" E
	  "<script for=x>e" E "<script event=x>f" E
	  "<script for event>g" E "<script for=x event=y type=module>h" E,
	  "[a][b]{event:c]{event:d][e][f]{event:g][h]" },
	{ "<script type=text&#47;javascript>a" E
	  "<script type='text&#x2F;plain'>b" E
	  "<script type='text&sol;javascript'>c" E, "[a][c]" },
	{ "<script type=x type=module>a" E "<script type=module type=x>b" E,
	  "[b]" },
	/* elsewhere */
	{ "<script src=x>a" E "<script src>b" E "<script src=''>c" E
	  "<script asrc=x>d" E "<script SRC='x'>e" E "<script data-src=x>f" E,
	  "<x>{src:a]{src:b]{src:c][d]<x>{src:e][f]" },
	{ "<script src='a?x=1&amp;y=2&copy=3&lt=4&gt;&#47;&#x2f/&notit;&colon;'>" E,
	  "<a?x=1&y=2&copy=3&lt=4>///&notit;:>" },
	{ "<script src=a src=b>" E "<script type=module src=c>" E
	  "<script nomodule src=d>" E "<script type=x src=e>" E
	  "<script type='text/javascript;x' src=f>" E
	  "<script for=x event=y src=g>" E "<script type=module nomodule src=h>" E,
	  "<a>(c)(h)" },
	{ "<link rel=modulepreload href=a><link href=b rel='x MODULEPRELOAD'>"
	  "<link rel=preload as=script href=c><link rel=modulepreload>"
	  "<svg><link rel=modulepreload href=d></svg><template>"
	  "<link rel=modulepreload href=e></template>", "(a)(b)" },
	{ "<base target=x><base href=a&amp;b><base href=c><script src=d>" E,
	  "=a&b=<d>" },
	{ "<template><base href=a></template><svg><base href=b></svg>"
	  "<base href=''>", "==" },
	{ "<template><script src=a>" E "</template><noscript><script src=b>" E
	  "</noscript><!--<script src=c>" E "-->", "" },
	/* attributes */
	{ "<script a='>' b=\">\" c=x'y\"z d = e>a" E
	  "<script x=/>b" E "<script/>c" E "<script / a>d" E
	  "<script a=\"x\"src=y>e" E "<script =src=y>f" E "<script a=>g" E
	  "<script\ta\n=\f'b'\r>h" E "<script a/src>i" E "<script a='b>j" E
	  "'>k" E, "[a][b][c][d]<y>{src:e][f][g][h]{src:i][k]" },
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
	  "</template>" S "d" E,
	  "{template:a]{template:b]{template:c][d]" },
	{ "<template shadowrootmode=open>" S "a" E "<template>" S "b" E
	  "</template></template>" S "c" E "</template>" S "d" E,
	  "[a]{template:b][c][d]" },
	{ "<template><script type=x>a" E "<script src=x>b" E "</template>",
	  "{template:b]" },
	{ "<template shadowrootmode=x>" S "a" E "</template>"
	  "<template shadowrootmode=Closed>" S "b" E "</template>",
	  "{template:a][b]" },
	{ "</template>" S "a" E "<template><svg>" S "b" E "<desc></template>" S
	  "&lt;" E, "[a]{template:b][&lt;]" },
	{ "<svg><template>" S "a&lt;" E "</template></svg>" S "&lt;" E,
	  "[a<][&lt;]" },
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
	{ "<svg><script href=x>a" E "<script xlink:href=y>b" E
	  "<script src=x>c" E "<script/>d<script>e" E "</svg>" S "&lt;" E,
	  "<x>{src:a]<y>{src:b][c][e][&lt;]" },
	{ "<svg><script href=x /><script xlink:href=y href=z type=module />"
	  "<script nomodule for=x event=y>a" E, "<x>(z)[a]" },
	{ "<svg><script>a&ltb&amp=&quot&#60c&#x3e;&#128;&#0;&#xd800;&#;&x;&" E,
	  "[a<b&=\"<c>\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd&#;&x;&]" },
	{ "<svg><script>a<script>b" E "c" E "d<script>e" E, "[a[b][e]" },
	{ "<svg><script>a<p>b" E S "&lt;" E, "[a[&lt;]" },
	{ "<svg><font>" S "&lt;" E "<font color=x>" S "&lt;" E, "[<][&lt;]" },
	{ "<svg><title>" S "a" E "</title><style>" S "b" E "</style></svg>",
	  "[a][b]" },
	{ "<svg><foreignObject><title>" S "a" E "</title>" S "&amp;" E
	  "</foreignObject>" S "&amp;" E "</svg>", "[&amp;][&]" },
	{ "<svg><p>" S "&lt;" E, "[&lt;]" },
	{ "<svg/>" S "&lt;" E "<svg></svg>" S "&gt;" E, "[&lt;][&gt;]" },
	{ "<svg><svg></svg>" S "&lt;" E "</svg>" S "&gt;" E, "[<][&gt;]" },
	{ "<math>" S "a" E "<mi>" S "b" E "</mi></math>" S "c" E,
	  "{foreign:a][b][c]" },
	{ "<math><svg>" S "a" E "</svg></math><math><annotation-xml>" S "b" E
	  "<svg>" S "&lt;" E "</svg></annotation-xml></math>",
	  "{foreign:a]{foreign:b][<]" },
	{ "<math><annotation-xml encoding='Text/HTML'>" S "&lt;" E
	  "<p></annotation-xml>" S "a" E, "[&lt;]{foreign:a]" },
	/* frame sets */
	{ "<html><head>" S "a" E "<title>x</title></head>\n<frameset><frame>" S
	  "b" E "<noframes>" S "c" E "</noframes></frameset>" S "&lt;d<p>x" E
	  "</html>" S "e" E, "[a]{frameset:b]{frameset:<d]{frameset:e]" },
	{ "<frameset><script src=a>b" E "<script type=x>c" E,
	  "{frameset:b]" },
	{ "<p>x<frameset>" S "a" E, "[a]" },
	{ "<p><a><frameset>" S "a" E, "{frameset:a]" },
	{ "<body><frameset>" S "a" E, "[a]" },
	{ "<div><br><frameset>" S "a" E "</frameset>", "[a]" },
	{ "<div></br><frameset>" S "a" E, "[a]" },
	{ "<input type=hidden><frameset>" S "a" E, "{frameset:a]" },
	{ "<input><frameset>" S "a" E, "[a]" },
	{ "<template></template><frameset>" S "a" E, "{frameset:a]" },
	{ "<template><frameset></template>" S "a" E, "[a]" },
	{ "<p><template></template><frameset>" S "a" E, "[a]" },
	{ "<svg><frameset></svg>" S "a" E, "[a]" },
	{ "<svg><desc><frameset>" S "a" E, "{frameset:a]" },
	{ "<svg>x</svg><frameset>" S "a" E, "[a]" },
	{ "<title>x</title><style>x</style><frameset>" S "a" E,
	  "{frameset:a]" },
	{ "3 <3<frameset>" S "a" E, "[a]" },
	{ "<svg><desc><svg>" S "&lt;" E "</svg>" S "&lt;" E "</desc></svg>",
	  "[<][&lt;]" },
};

static const struct picture xml_pages[] = {
	{ X S "a" E "</x>", "[a]" },
	{ "<html>" S "a" E "</html>", "{foreign:a]" },
	{ "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a \"" S "no" E "\">\n"
	  "<!ELEMENT b (c)>]>" X S "a" E "</x>", "[a]" },
	{ X S "<![CDATA[a<b</c>&amp;]]>" E, "[a<b</c>&amp;]" },
	{ X S "//<![CDATA[\na]]b]]]>c\n//]]&gt;" E, "[//\na]]b]c\n//]]>]" },
	{ X S "a &lt; b &amp;&amp; c &#62; d &#x20AC;&quot;&apos; &nope; &lt &" E,
	  "[a < b && c > d \xe2\x82\xac\"' &nope; &lt &]" },
	{ X S "a<!-- b -->c<b>d</b>e<b/>f" E, "[acef]" },
	{ X "<script src='x'/>" S "a" E "<script/>b", "<x>[a]" },
	{ "<x xmlns:svg='http://www.w3.org/2000/svg' "
	  "xmlns:h=\"http://www.w3.org/1999/xhtml\"><svg:script>a</svg:script>"
	  "<h:script type='text/ecmascript'>b</h:script><script>c" E
	  "<n:script>d</n:script></x>", "[a][b]{foreign:c]{foreign:d]" },
	{ X "<SCRIPT>a</SCRIPT>" S "b" E, "[b]" },
	{ X "<title>" S "a" E "</title><style>" S "b" E "</style><noscript>" S
	  "c" E "</noscript>", "[a][b][c]" },
	{ X "<style><![CDATA[" S "a" E "]]></style>" S "b" E, "[b]" },
	{ X "<!-- --!> " S "a" E " -->" S "b" E, "[b]" },
	{ X "<script xlink:href='x'>a" E "<script href='x'>b" E, "[a][b]" },
	{ G "<script xlink:href='x'>a" E "<script href='y'>b" E
	  "<script src='x'>c" E, "<x>{src:a]<y>{src:b][c]" },
	{ X "<y xmlns='http://www.w3.org/2000/svg'><script href='x'/></y>"
	  "<script href='y'>a" E "<y xmlns=''>" S "b" E "</y>" S "c" E
	  "<y xmlns='z'/>" S "d" E, "<x>[a]{foreign:b][c][d]" },
	{ "<script xmlns='http://www.w3.org/1999/xhtml'>a<b xmlns='x'>" S "b" E
	  "</b>c" E S "d" E, "[ac]{foreign:d]" },
	{ X S "a<b>" S "c" E "</b>d" E S "e" E, "[a[c][e]" },
	{ X "<template>" S "a" E "<template/></template>" S "b" E
	  "<template/>" S "c" E, "{template:a][b][c]" },
	{ X "<script nomodule='' src='x'>a" E "<script for='x' event='y'>b" E,
	  "{nomodule:a]{event:b]" },
	{ X "<base href='a'/><link rel='modulepreload' href='b'/>"
	  "<h:base xmlns:h='x' href='c'/>", "=a=(b)" },
	{ X "<frameset>" S "a" E "</frameset>", "[a]" },
	{ X S "a&lt", "[a&lt" },
	{ X S "<![CDATA[a]]", "[a" },
};
/* clang-format on */

struct trace {
	struct buf text;
	struct buf offsets;
};

static void
on_begin(void *owner, uint64_t offset, const char *why)
{
	struct trace *t = owner;

	if (why != NULL)
		buf_printf(&t->text, "{%s:", why);
	else
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

static void
on_base(void *owner, struct slice url)
{
	buf_printf(&((struct trace *)owner)->text, "=%.*s=", (int)url.n,
	    (const char *)url.p);
}

static void
on_fetch(void *owner, struct slice url, enum html_script_kind kind)
{
	buf_printf(&((struct trace *)owner)->text,
	    kind == HTML_MODULE ? "(%.*s)" : "<%.*s>", (int)url.n,
	    (const char *)url.p);
}

static const struct html_events events = { on_begin, on_text, on_end, on_base,
	on_fetch };
static const struct slice no_charset;

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
	struct html *h = html_new(xml, no_charset, &events, &t);

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
		struct html *h = html_new(false, no_charset, &events, &t);

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
		struct html *h = html_new(false, no_charset, &events, &t);
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

/* The text in UTF-16, with a mark or without. */
static void
put_utf16(struct buf *b, const char *text, bool big, bool mark)
{
	uint16_t units[256];
	size_t n = 0;

	if (mark)
		units[n++] = 0xfeff;
	for (; *text != '\0'; text++)
		units[n++] = *text == '$' ? 0x20ac : (uint8_t)*text;
	/* A pair, and what is half of one. */
	for (size_t i = 0; i < n; i++) {
		if (units[i] == '@') {
			buf_put(b,
			    big ? "\xd8\x3d\xde\x00" : "\x3d\xd8\x00\xde", 4);
			continue;
		}
		if (units[i] == '~')
			units[i] = 0xdc00;
		if (units[i] == '^')
			units[i] = 0xd800;
		if (big)
			buf_be(b, units[i], 2);
		else
			buf_le(b, units[i], 2);
	}
}

static void
check_utf16(const char *page, const char *charset, bool big, bool mark,
    const char *want)
{
	struct cutter c = { 0, { 1 }, guard_new(4096) };
	struct slice label = { (const uint8_t *)charset, strlen(charset) };
	struct buf wide = { 0 };

	put_utf16(&wide, page, big, mark);
	for (c.piece = 0; c.piece < 7; c.piece++) {
		struct trace t = { .text = { 0 } };
		struct html *h = html_new(page[1] == '?', label, &events, &t);

		put(h, &c, (const char *)wide.p, wide.n);
		html_finish(h);
		html_free(h);
		buf_put(&t.text, t.offsets.p, t.offsets.n);
		assert_string_equal(buf_cstr(&t.text), want);
		buf_free(&t.text);
		buf_free(&t.offsets);
	}
	buf_free(&wide);
	guard_free(&c.guard);
}

/* Offsets are of the page as it is. */
static void
utf16(void **state)
{
	static const char page[] = "<p>" S "a$@~^b" E S "c" E;
	static const char text[] = "[a\xe2\x82\xac\xf0\x9f\x98\x80"
				   "\xef\xbf\xbd\xef\xbf\xbd"
				   "b][c]";
	static const char xml[] = "<?xml?>" X S "$" E;
	char want[64];

	(void)state;
	snprintf(want, sizeof want, "%s24 72 ", text);
	check_utf16(page, "", false, true, want);
	check_utf16(page, "utf-8", true, true, want);
	snprintf(want, sizeof want, "%s22 70 ", text);
	check_utf16(page, "UTF-16", false, false, want);
	check_utf16(page, " utf-16le", false, false, want);
	check_utf16(page, "utf-16BE", true, false, want);
	check_utf16(page, "unicodefffe", true, false, want);
	check_utf16(page, "", true, false, "");
	check_utf16(page, "iso-2022-kr", true, false, "");
	check_utf16(xml, "", false, false, "[\xe2\x82\xac]110 ");
	check_utf16(xml, "", true, false, "[\xe2\x82\xac]110 ");
	check_utf16(S "a^", "", true, true,
	    "[a\xef\xbf\xbd"
	    "18 ");
}

/* Labels that are no encoding of ours, and short pages. */
static void
bytes(void **state)
{
	static const struct {
		const char *page, *charset, *want;
	} rows[] = {
		{ S "a" E, "utf-8", "[a]" },
		{ S "a" E, "x", "[a]" },
		{ S "a" E, "hz-gb-2312", "" },
		{ "\xef\xbb\xbf" S "a" E, "utf-16", "[a]" },
		{ "\xef\xbb\xbf<frameset>" S "a" E, "", "{frameset:a]" },
		{ "\xef\xbb<frameset>" S "a" E, "", "[a]" },
		{ "<p>", "", "" },
	};
	struct cutter c = { 1, { 1 }, guard_new(4096) };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct trace t = { .text = { 0 } };
		struct slice label = { (const uint8_t *)rows[i].charset,
			strlen(rows[i].charset) };
		struct html *h = html_new(false, label, &events, &t);

		put(h, &c, rows[i].page, strlen(rows[i].page));
		html_finish(h);
		html_free(h);
		assert_string_equal(buf_cstr(&t.text), rows[i].want);
		buf_free(&t.text);
		buf_free(&t.offsets);
	}
	guard_free(&c.guard);
}

/* Behind a hole of any length units are found again. */
static void
utf16_holes(void **state)
{
	(void)state;
	for (size_t cut = 0; cut < 4; cut++) {
		for (size_t n = 0; n < 5; n++) {
			struct cutter c = { 1, { 1 }, guard_new(4096) };
			struct trace t = { .text = { 0 } };
			struct html *h =
			    html_new(false, no_charset, &events, &t);
			struct buf b = { 0 };
			char want[32];

			put_utf16(&b, "<p>xxxx" S "a" E, false, true);
			put(h, &c, (const char *)b.p, 8 + cut);
			html_gap(h, n);
			put(h, &c, (const char *)b.p + 8 + cut + n,
			    b.n - 8 - cut - n);
			html_finish(h);
			html_free(h);
			snprintf(want, sizeof want, "%d ", 2 * (1 + 7 + 8));
			assert_string_equal(buf_cstr(&t.text), "[a]");
			assert_string_equal(buf_cstr(&t.offsets), want);
			buf_free(&b);
			buf_free(&t.text);
			buf_free(&t.offsets);
			guard_free(&c.guard);
		}
	}
}

/* A script of any length comes whole. */
static void
large(void **state)
{
	struct trace t = { .text = { 0 } };
	struct html *h = html_new(false, no_charset, &events, &t);
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
		cmocka_unit_test(utf16),
		cmocka_unit_test(bytes),
		cmocka_unit_test(utf16_holes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
