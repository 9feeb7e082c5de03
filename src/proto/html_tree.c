/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html_tree.c: what a tag means for scripts: which text follows it, and whether
 * that is run. */
#include <string.h>

#include "proto/html_parts.h"
#include "proto/jstype.h"

static bool
is_name(const struct html_tag *t, const char *name)
{
	return t->n_name == strlen(name) &&
	    memcmp(t->name, name, t->n_name) == 0;
}

/* The one of the words (NULL at their end) that the tag's name is, or NULL. */
static const char *
find_name(const struct html_tag *t, const char *const *words)
{
	for (; *words != NULL; words++)
		if (is_name(t, *words))
			return *words;
	return NULL;
}

/* Elements whose content is text up to their end tag (scripting is on). */
static const char *const raw_names[] = { "title", "textarea", "style", "xmp",
	"iframe", "noembed", "noframes", "noscript", NULL };

/* Elements in which HTML goes on, of SVG and MathML (13.2.6). */
static const char *const svg_points[] = { "foreignobject", "desc", "title",
	NULL };
static const char *const math_points[] = { "mi", "mo", "mn", "ms", "mtext",
	"annotation-xml", NULL };

/* Start tags that end SVG and MathML (13.2.6.5). */
static const char *const breakouts[] = { "b", "big", "blockquote", "body", "br",
	"center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2",
	"h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing",
	"menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s", "small", "span",
	"strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var",
	NULL };

/* s or m; 0 where HTML is read. */
static char
innermost(const struct html *h)
{
	char kind = h->n_foreign > 0 ? h->foreign[h->n_foreign - 1] : 0;

	return kind == 's' || kind == 'm' ? kind : 0;
}

/* The kind of an element in which HTML goes on: its letter, in capitals. */
static char
point_kind(const struct html_tag *t)
{
	return (char)(t->name[0] - 'a' + 'A');
}

static void
push(struct html *h, char kind)
{
	if (h->n_foreign < HTML_FOREIGN_MAX)
		h->foreign[h->n_foreign++] = kind;
}

/* Closes the innermost of that kind and all within; nothing without one. */
static void
pop(struct html *h, char kind)
{
	for (unsigned i = h->n_foreign; i-- > 0;) {
		if (h->foreign[i] == kind) {
			h->n_foreign = i;
			return;
		}
	}
}

static void
break_out(struct html *h)
{
	while (innermost(h) != 0)
		h->n_foreign--;
}

/* Keeps account of SVG and MathML in HTML; true when the element is of one of
 * them. */
static bool
open_foreign(struct html *h)
{
	const struct html_tag *t = &h->tag;
	char in = innermost(h);

	if (in != 0 && find_name(t, breakouts) != NULL) {
		break_out(h);
		return false;
	}
	if (t->self_closing)
		return in != 0;
	if (is_name(t, "svg"))
		push(h, 's');
	else if (is_name(t, "math"))
		push(h, 'm');
	else if ((in == 's' && find_name(t, svg_points) != NULL) ||
	    (in == 'm' && find_name(t, math_points) != NULL))
		push(h, point_kind(t));
	return in != 0;
}

static void
close_foreign(struct html *h)
{
	const struct html_tag *t = &h->tag;

	if (h->n_foreign == 0)
		return;
	if (is_name(t, "svg"))
		pop(h, 's');
	else if (is_name(t, "math"))
		pop(h, 'm');
	else if (find_name(t, svg_points) != NULL ||
	    find_name(t, math_points) != NULL)
		pop(h, point_kind(t));
	else if (is_name(t, "p") || is_name(t, "br"))
		break_out(h);
}

/* What is in a template is not run, unless it is a shadow root. */
static void
open_template(struct html *h)
{
	if (h->inert == 0 && h->tag.values[HTML_SHADOW_ROOT].there)
		h->shadow++;
	else
		h->inert++;
}

static void
close_template(struct html *h)
{
	if (h->inert > 0)
		h->inert--;
	else if (h->shadow > 0)
		h->shadow--;
}

static struct slice
value_of(struct html *h, enum html_attr attr)
{
	struct html_value *v = &h->tag.values[attr];

	if (!v->there)
		return (struct slice){ NULL, 0 };
	v->n = (uint8_t)html_unescape(v->text, v->n);
	return (struct slice){ (const uint8_t *)v->text, v->n };
}

static void
open_script(struct html *h, bool foreign)
{
	const struct html_value *v = h->tag.values;
	bool elsewhere = (v[HTML_SRC].there && (h->xml || !foreign)) ||
	    (foreign && (v[HTML_HREF].there || v[HTML_XLINK_HREF].there));

	if (foreign && h->tag.self_closing)
		return;
	h->wanted = !elsewhere && h->inert == 0 && innermost(h) != 'm' &&
	    jstype_runs(value_of(h, HTML_TYPE), value_of(h, HTML_LANGUAGE));
	h->script_off = h->off + 1;
	h->level = 0;
	h->dashes = 0;
	if (foreign) {
		h->xml_script = true;
	} else {
		h->raw = "script";
		h->state = H_RAW;
	}
}

static void
open_element(struct html *h)
{
	bool foreign;

	if (h->xml_script) {
		h->depth += !h->tag.self_closing;
		return;
	}
	foreign = h->xml || open_foreign(h);
	if (is_name(&h->tag, "script")) {
		open_script(h, foreign);
	} else if (is_name(&h->tag, "template")) {
		if (!foreign || (h->xml && !h->tag.self_closing))
			open_template(h);
	} else if (!foreign) {
		h->raw = find_name(&h->tag, raw_names);
		if (h->raw != NULL)
			h->state = H_RAW;
		else if (is_name(&h->tag, "plaintext"))
			h->state = H_PLAIN;
		h->level = 0;
	}
}

static void
close_element(struct html *h)
{
	if (h->xml_script) {
		if (is_name(&h->tag, "script") && (h->depth == 0 || !h->xml))
			html_script_end(h, true);
		else if (h->depth > 0)
			h->depth--;
		return;
	}
	if (is_name(&h->tag, "script"))
		html_script_end(h, true);
	else if (is_name(&h->tag, "template"))
		close_template(h);
	else if (!h->xml)
		close_foreign(h);
}

void
html_tag_ended(struct html *h)
{
	h->state = H_DATA;
	if (h->tag.closing)
		close_element(h);
	else
		open_element(h);
}
