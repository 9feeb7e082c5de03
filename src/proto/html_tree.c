/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html_tree.c: what a tag means for scripts: which text follows it, and whether
 * that is run. */
#include <string.h>

#include "proto/coding.h"
#include "proto/html_parts.h"

/*
 * The elements that are open and change what others mean, each by a letter:
 *
 *   s m        svg and math, in which all elements are of SVG and MathML
 *   F D T A    elements of them in which HTML goes on (13.2.6): foreignObject,
 *              desc, title; annotation-xml that says so
 *   1 to 5     likewise: mi, mo, mn, ms, mtext
 *   a          annotation-xml that does not: MathML, but for svg in it
 *   t r        templates, whose scripts are not run, and shadow roots
 */

/* The one of the words (NULL at their end) that the tag's name is, or NULL. */
static const char *
find_name(const struct html_tag *t, const char *const *words)
{
	for (; *words != NULL; words++)
		if (html_name_is(&t->name, *words))
			return *words;
	return NULL;
}

static bool
is_name(const struct html *h, const char *word)
{
	return html_name_is(&h->tag.name, word);
}

/* Elements whose content is text up to their end tag (scripting is on). */
static const char *const raw_names[] = { "title", "textarea", "style", "xmp",
	"iframe", "noembed", "noframes", "noscript", NULL };

/* Start tags that end SVG and MathML (13.2.6.5). */
static const char *const breakouts[] = { "b", "big", "blockquote", "body", "br",
	"center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2",
	"h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing",
	"menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s", "small", "span",
	"strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var",
	NULL };

/* Start tags that leave a page in its head (13.2.6.4.4). */
static const char *const head_names[] = { "html", "head", "base", "basefont",
	"bgsound", "link", "meta", "title", "noscript", "noframes", "style",
	"script", "template", "frameset", NULL };

/* Start tags behind which no frame set replaces the body. */
static const char *const filling[] = { "body", "pre", "listing", "li", "dd",
	"dt", "button", "applet", "marquee", "object", "table", "area", "br",
	"embed", "img", "image", "keygen", "wbr", "input", "hr", "textarea",
	"xmp", "iframe", "select", "template", NULL };

/* The innermost; 0 in plain HTML. */
static char
innermost(const struct html *h)
{
	return h->n_open > 0 ? h->open[h->n_open - 1] : 0;
}

/* Whether elements are of SVG or MathML. */
static bool
in_foreign(const struct html *h)
{
	char in = innermost(h);

	return in == 's' || in == 'm' || in == 'a';
}

static void
push(struct html *h, char kind)
{
	if (h->n_open == HTML_OPEN_MAX)
		return;
	h->open[h->n_open++] = kind;
	h->inert += kind == 't';
}

static void
pop_one(struct html *h)
{
	h->inert -= h->open[--h->n_open] == 't';
}

/* Closes the innermost of those kinds, and all within; nothing without one,
 * or where a template is between. */
static void
pop(struct html *h, const char *kinds)
{
	unsigned i = h->n_open;

	while (i > 0 && strchr(kinds, h->open[i - 1]) == NULL)
		if (strchr("tr", h->open[--i]) != NULL)
			return;
	while (i > 0 && h->n_open >= i)
		pop_one(h);
}

static void
pop_template(struct html *h)
{
	unsigned i = h->n_open;

	while (i > 0 && strchr("tr", h->open[i - 1]) == NULL)
		i--;
	while (i > 0 && h->n_open >= i)
		pop_one(h);
}

/* ---------------------------------------------------------- SVG and MathML */

static bool
breaks_out(const struct html *h)
{
	const struct html_value *v = h->tag.values;

	return find_name(&h->tag, breakouts) != NULL ||
	    (is_name(h, "font") &&
		(v[HTML_COLOR].there || v[HTML_FACE].there ||
		    v[HTML_SIZE].there));
}

static const char *const math_texts[] = { "mi", "mo", "mn", "ms", "mtext" };

/* The letter of an element in which HTML goes on, or 0. */
static char
point_kind(struct html *h)
{
	struct slice encoding;

	if (innermost(h) == 's')
		return is_name(h, "foreignobject") ? 'F' :
		    is_name(h, "desc")		   ? 'D' :
		    is_name(h, "title")		   ? 'T' :
						     0;
	for (size_t i = 0; i < sizeof math_texts / sizeof math_texts[0]; i++)
		if (is_name(h, math_texts[i]))
			return (char)('1' + i);
	if (!is_name(h, "annotation-xml"))
		return 0;
	encoding = html_value_of(h, HTML_ENCODING);
	return slice_is(encoding, "text/html") ||
		slice_is(encoding, "application/xhtml+xml") ?
	    'A' :
	    'a';
}

/* Keeps account of SVG and MathML; true when the element is of one of them. */
static bool
open_foreign(struct html *h)
{
	char kind = 0;
	bool foreign = in_foreign(h);

	while (foreign && breaks_out(h) && in_foreign(h))
		pop_one(h);
	foreign = in_foreign(h) && !(innermost(h) == 'a' && is_name(h, "svg"));
	if (foreign)
		kind = is_name(h, "svg") && innermost(h) == 's' ? 's' :
								  point_kind(h);
	else if (is_name(h, "svg"))
		kind = 's';
	else if (is_name(h, "math"))
		kind = 'm';
	if (kind != 0 && !h->tag.self_closing)
		push(h, kind);
	return foreign;
}

static void
close_foreign(struct html *h)
{
	static const struct {
		const char *name, *kinds;
	} rows[] = {
		{ "svg", "s" },
		{ "math", "m" },
		{ "foreignobject", "F" },
		{ "desc", "D" },
		{ "title", "T" },
		{ "mi", "1" },
		{ "mo", "2" },
		{ "mn", "3" },
		{ "ms", "4" },
		{ "mtext", "5" },
		{ "annotation-xml", "aA" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (is_name(h, rows[i].name))
			pop(h, rows[i].kinds);
	while (in_foreign(h) && (is_name(h, "p") || is_name(h, "br")))
		pop_one(h);
}

/* --------------------------------------------------------------- frame sets */

/* Text, and some tags, are for a body, and keep it. */
void
html_tree_text(struct html *h)
{
	h->in_body = true;
	h->filled = true;
}

/* Keeps account of what a start tag means for the body. */
static void
note_body(struct html *h)
{
	struct slice type;

	if (find_name(&h->tag, head_names) == NULL && h->inert == 0)
		h->in_body = true;
	if (find_name(&h->tag, filling) == NULL)
		return;
	type = html_value_of(h, HTML_TYPE);
	if (!is_name(h, "input") || !slice_is(type, "hidden"))
		h->filled = true;
}

/* A frame set takes the place of a body in which there is nothing. */
static void
open_frames(struct html *h)
{
	for (unsigned i = 0; i < h->n_open; i++)
		if (strchr("tr", h->open[i]) != NULL)
			return;
	if (h->in_body && h->filled)
		return;
	h->n_open = 0;
	h->frames = true;
}

/* In one, nothing but text for other browsers is an element. */
static void
open_in_frames(struct html *h)
{
	if (is_name(h, "noframes")) {
		h->raw = "noframes";
		h->state = H_RAW;
		h->level = 0;
	} else if (is_name(h, "script")) {
		html_open_script(h, false, true, "frameset");
	}
}

/* --------------------------------------------------------------------- tags */

static void
open_html(struct html *h)
{
	note_body(h);
	h->level = 0;
	if (is_name(h, "frameset"))
		open_frames(h);
	else if (is_name(h, "plaintext"))
		h->state = H_PLAIN;
	else if (is_name(h, "base") && h->inert == 0)
		html_open_base(h);
	else if (is_name(h, "link") && h->inert == 0)
		html_open_link(h);
	else if ((h->raw = find_name(&h->tag, raw_names)) != NULL)
		h->state = H_RAW;
}

/* What is in a template is not run, unless it is a shadow root. */
static void
open_template(struct html *h)
{
	struct slice mode = html_value_of(h, HTML_SHADOW_ROOT);
	bool root = slice_is(mode, "open") || slice_is(mode, "closed");

	note_body(h);
	push(h, h->inert == 0 && root ? 'r' : 't');
}

static void
open_element(struct html *h)
{
	bool foreign;
	const char *why;

	if (h->marked_up && !is_name(h, "script") &&
	    !(in_foreign(h) && breaks_out(h))) {
		h->depth += !h->tag.self_closing;
		return;
	}
	/* A script that HTML breaks out of is never run; of one that has
	 * another in it no more is read. */
	html_script_end(h, false);
	if (h->frames) {
		open_in_frames(h);
		return;
	}
	foreign = open_foreign(h);
	if (is_name(h, "script")) {
		why = h->inert > 0		   ? "template" :
		    foreign && innermost(h) != 's' ? "foreign" :
						     NULL;
		html_open_script(h, foreign, foreign, why);
	} else if (is_name(h, "template") && !foreign) {
		open_template(h);
	} else if (!foreign) {
		open_html(h);
	}
}

static void
close_element(struct html *h)
{
	static const char *const of_body[] = { "body", "html", "br", NULL };

	if (in_foreign(h) && (is_name(h, "p") || is_name(h, "br")))
		html_script_end(h, false);
	if (is_name(h, "script")) {
		html_script_end(h, true);
	} else if (h->marked_up) {
		h->depth -= h->depth > 0;
	} else if (is_name(h, "template")) {
		pop_template(h);
	} else {
		if (find_name(&h->tag, of_body) != NULL && h->inert == 0)
			h->in_body = true;
		h->filled |= is_name(h, "br");
		close_foreign(h);
	}
}

void
html_tag_ended(struct html *h)
{
	h->state = H_DATA;
	if (h->xml)
		html_xml_tag(h);
	else if (h->tag.closing)
		close_element(h);
	else
		open_element(h);
}
