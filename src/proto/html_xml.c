/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html_xml.c: what a tag of XML means for scripts: elements are what their
 * namespaces make them (Namespaces in XML 1.0). */
#include <string.h>

#include "proto/html_parts.h"

static enum html_space
space_named(const struct html_value *v)
{
	static const struct {
		const char *name;
		enum html_space space;
	} rows[] = {
		{ "http://www.w3.org/1999/xhtml", SPACE_HTML },
		{ "http://www.w3.org/2000/svg", SPACE_SVG },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (v->n == strlen(rows[i].name) &&
		    memcmp(v->text, rows[i].name, v->n) == 0)
			return rows[i].space;
	return SPACE_OTHER;
}

static bool
same_prefix(const struct html_name *a, const struct html_name *b)
{
	return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

/* What the tag declares holds in its element. */
static void
declare(struct html *h)
{
	for (unsigned i = 0; i < h->tag.n_declared; i++) {
		const struct html_declared *d = &h->tag.declared[i];

		if (h->n_bound == HTML_BOUND_MAX)
			return;
		h->bound[h->n_bound++] = (struct html_bound){ d->prefix,
			space_named(&d->value), h->n_elements };
	}
}

static void
leave_element(struct html *h)
{
	while (
	    h->n_bound > 0 && h->bound[h->n_bound - 1].depth >= h->n_elements)
		h->n_bound--;
	if (h->template == h->n_elements)
		h->template = 0;
	h->n_elements -= h->n_elements > 0;
}

static enum html_space
space_of_tag(const struct html *h)
{
	for (unsigned i = h->n_bound; i-- > 0;)
		if (same_prefix(&h->bound[i].prefix, &h->tag.prefix))
			return h->bound[i].space;
	return SPACE_OTHER;
}

static void
open_known(struct html *h, enum html_space space)
{
	const struct html_name *name = &h->tag.name;
	const char *why = h->template > 0 ? "template" :
	    space == SPACE_OTHER	  ? "foreign" :
					    NULL;

	if (html_name_is(name, "script")) {
		html_open_script(h, space == SPACE_SVG, true, why);
	} else if (space != SPACE_HTML || h->template > 0) {
		return;
	} else if (html_name_is(name, "template")) {
		h->template = h->n_elements;
	} else if (html_name_is(name, "base")) {
		html_open_base(h);
	} else if (html_name_is(name, "link")) {
		html_open_link(h);
	}
}

static void
open_xml(struct html *h)
{
	enum html_space space;

	if (h->n_elements < UINT32_MAX)
		h->n_elements++;
	declare(h);
	space = space_of_tag(h);
	if (h->marked_up &&
	    (space == SPACE_OTHER || !html_name_is(&h->tag.name, "script"))) {
		h->depth += !h->tag.self_closing;
	} else {
		/* Of a script that has another in it no more is read. */
		html_script_end(h, false);
		open_known(h, space);
	}
	if (h->tag.self_closing)
		leave_element(h);
}

static void
close_xml(struct html *h)
{
	if (h->marked_up && h->depth > 0)
		h->depth--;
	else if (h->marked_up)
		html_script_end(h, true);
	leave_element(h);
}

void
html_xml_tag(struct html *h)
{
	if (h->tag.closing)
		close_xml(h);
	else
		open_xml(h);
}

/* The root's declarations are thought to hold, and no end tag to end it. */
void
html_xml_gap(struct html *h)
{
	while (h->n_bound > 0 && h->bound[h->n_bound - 1].depth > 1)
		h->n_bound--;
	for (unsigned i = 0; i < h->n_bound; i++)
		h->bound[i].depth = 0;
	h->n_elements = 1;
	h->template = 0;
}
