/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html.c: splits a page into tags, attributes, comments and text. */
#include "proto/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "proto/html_parts.h"

struct html *
html_new(bool xml, struct slice charset, const struct html_events *events,
    void *owner)
{
	struct html *h = xcalloc(1, sizeof *h);

	h->xml = xml;
	h->named = html_encoding_named(charset);
	h->events = events;
	h->owner = owner;
	return h;
}

size_t
html_memory(const struct html *h)
{
	size_t n = sizeof *h;

	for (size_t i = 0; i < HTML_URLS; i++)
		n += h->tag.urls[i].cap;
	return n;
}

void
html_free(struct html *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < HTML_URLS; i++)
		buf_free(&h->tag.urls[i]);
	free(h);
}

/* Text that is reported of a script that is marked up: not that of elements
 * within. */
static void
marked_text(struct html *h, uint8_t c)
{
	if (h->marked_up && h->depth == 0)
		html_text(h, c);
}

/* Text between tags. */
static void
page_text(struct html *h, uint8_t c)
{
	marked_text(h, c);
	if (c != 0 && !html_is_space(c))
		html_tree_text(h);
}

/* -------------------------------------------------------------------- tags */

/* The byte behind a tag's name, an attribute's name, or a value. */
static void
between(struct html *h, uint8_t c)
{
	if (c == '>')
		html_tag_ended(h);
	else if (c == '/')
		h->state = H_SELF_CLOSING;
	else
		h->state = H_BEFORE_NAME;
}

static bool
tag_name(struct html *h, uint8_t c)
{
	if (html_is_space(c) || c == '/' || c == '>')
		between(h, c);
	else if (c == ':' && h->xml)
		html_name_prefix(&h->tag);
	else
		html_name_add(h, &h->tag.name, c);
	return true;
}

static bool
tag_open(struct html *h, uint8_t c)
{
	if (html_is_alpha(c)) {
		html_tag_begin(h, false);
		return false;
	}
	h->state = c == '/' ? H_END_TAG_OPEN :
	    c == '!'	    ? H_MARKUP :
	    c == '?'	    ? H_BOGUS :
			      H_DATA;
	h->n_pend = 0;
	if (h->state != H_DATA)
		return true;
	page_text(h, '<');
	return false;
}

static bool
end_tag_open(struct html *h, uint8_t c)
{
	if (html_is_alpha(c)) {
		html_tag_begin(h, true);
		return false;
	}
	h->state = c == '>' ? H_DATA : H_BOGUS;
	return c == '>';
}

static bool
before_name(struct html *h, uint8_t c)
{
	if (html_is_space(c))
		return true;
	if (c == '/' || c == '>') {
		between(h, c);
		return true;
	}
	h->tag.attr.n = 0;
	h->state = H_NAME;
	if (c != '=')
		return false;
	html_name_add(h, &h->tag.attr, c);
	return true;
}

static bool
attr_name(struct html *h, uint8_t c)
{
	if (c != '=' && c != '/' && c != '>' && !html_is_space(c)) {
		html_name_add(h, &h->tag.attr, c);
		return true;
	}
	html_attr_named(h);
	if (c == '=')
		h->state = H_BEFORE_VALUE;
	else if (html_is_space(c))
		h->state = H_AFTER_NAME;
	else
		between(h, c);
	return true;
}

static bool
after_name(struct html *h, uint8_t c)
{
	if (html_is_space(c))
		return true;
	h->state = c == '=' ? H_BEFORE_VALUE : H_BEFORE_NAME;
	return c == '=';
}

static bool
before_value(struct html *h, uint8_t c)
{
	if (html_is_space(c))
		return true;
	if (c == '>') {
		html_tag_ended(h);
		return true;
	}
	h->state = c == '"' ? H_DOUBLE : c == '\'' ? H_SINGLE : H_UNQUOTED;
	return h->state != H_UNQUOTED;
}

static bool
value(struct html *h, uint8_t c)
{
	if (h->state == H_UNQUOTED && (html_is_space(c) || c == '>')) {
		between(h, c);
		return true;
	}
	if ((h->state == H_DOUBLE && c == '"') ||
	    (h->state == H_SINGLE && c == '\'')) {
		h->state = H_BEFORE_NAME;
		return true;
	}
	html_value_add(h, c);
	return true;
}

static bool
self_closing(struct html *h, uint8_t c)
{
	h->state = H_BEFORE_NAME;
	if (c != '>')
		return false;
	h->tag.self_closing = true;
	html_tag_ended(h);
	return true;
}

/* ---------------------------------------------------- comments and the like */

/* Where CDATA is what it is in XML. */
static bool
is_foreign(const struct html *h)
{
	char kind = h->n_open > 0 ? h->open[h->n_open - 1] : 0;

	return h->xml || kind == 's' || kind == 'm' || kind == 'a';
}

/* Behind "<!": what of it is still to be told apart waits in pend. */
static bool
markup(struct html *h, uint8_t c)
{
	static const char cdata[] = "[CDATA[";
	static const char doctype[] = "DOCTYPE";

	h->pend[h->n_pend++] = c;
	if (h->n_pend == 2 && memcmp(h->pend, "--", 2) == 0) {
		h->state = H_COMMENT;
		h->dashes = 0;
		h->fresh = true;
		h->bang = false;
	} else if (is_foreign(h) && memcmp(h->pend, cdata, h->n_pend) == 0) {
		if (h->n_pend < sizeof cdata - 1)
			return true;
		h->state = H_CDATA;
		h->dashes = 0;
	} else if (h->xml && memcmp(h->pend, doctype, h->n_pend) == 0) {
		if (h->n_pend < sizeof doctype - 1)
			return true;
		h->state = H_DOCTYPE;
		h->quote = 0;
		h->nest = 0;
	} else if (h->n_pend != 1 || c != '-') {
		h->state = H_BOGUS;
		h->n_pend = 0;
		return false;
	} else {
		return true;
	}
	h->n_pend = 0;
	return true;
}

/* Ends in -->, --!>, and at once in > or ->. */
static bool
comment(struct html *h, uint8_t c)
{
	bool fresh = h->fresh;

	if (c == '>' && (h->dashes == 2 || (!h->xml && (h->bang || fresh)))) {
		h->state = H_DATA;
		return true;
	}
	h->fresh = fresh && c == '-' && h->dashes == 0;
	h->bang = c == '!' && h->dashes == 2;
	if (c == '-')
		h->dashes = h->dashes == 0 ? 1 : 2;
	else
		h->dashes = 0;
	return true;
}

static bool
doctype(struct html *h, uint8_t c)
{
	if (h->quote != 0)
		h->quote = c == h->quote ? 0 : h->quote;
	else if (c == '"' || c == '\'')
		h->quote = c;
	else if (c == '[')
		h->nest++;
	else if (c == ']')
		h->nest -= h->nest > 0;
	else if (c == '>' && h->nest == 0)
		h->state = H_DATA;
	return true;
}

/* Up to "]]>"; more brackets than two are text. */
static bool
cdata(struct html *h, uint8_t c)
{
	if (c == ']' && h->dashes < 2) {
		h->dashes++;
		return true;
	}
	if (c == ']') {
		page_text(h, c);
		return true;
	}
	if (c == '>' && h->dashes == 2) {
		h->state = H_DATA;
		return true;
	}
	for (; h->dashes > 0; h->dashes--)
		page_text(h, ']');
	page_text(h, c);
	return true;
}

static bool
data(struct html *h, uint8_t c)
{
	if (c == '<') {
		h->state = H_TAG_OPEN;
	} else if (c == '&' && h->marked_up && h->depth == 0) {
		h->pend[0] = c;
		h->n_pend = 1;
		h->state = H_REFERENCE;
	} else {
		page_text(h, c);
	}
	return true;
}

static bool
bogus(struct html *h, uint8_t c)
{
	if (c == '>')
		h->state = H_DATA;
	return true;
}

static bool
raw(struct html *h, uint8_t c)
{
	if (!html_raw_byte(h, c))
		return true;
	html_tag_begin(h, true);
	h->tag.name.n = (uint8_t)strlen(h->raw);
	memcpy(h->tag.name.text, h->raw, h->tag.name.n);
	return false;
}

static bool
plain(struct html *h, uint8_t c)
{
	(void)h;
	(void)c;
	return true;
}

/* -------------------------------------------------------------------- bytes */

/* Takes one byte; false when it must be read again in another state. */
static bool (*const steps[])(struct html *h, uint8_t c) = {
	[H_DATA] = data,
	[H_TAG_OPEN] = tag_open,
	[H_END_TAG_OPEN] = end_tag_open,
	[H_TAG_NAME] = tag_name,
	[H_BEFORE_NAME] = before_name,
	[H_NAME] = attr_name,
	[H_AFTER_NAME] = after_name,
	[H_BEFORE_VALUE] = before_value,
	[H_DOUBLE] = value,
	[H_SINGLE] = value,
	[H_UNQUOTED] = value,
	[H_SELF_CLOSING] = self_closing,
	[H_MARKUP] = markup,
	[H_COMMENT] = comment,
	[H_BOGUS] = bogus,
	[H_DOCTYPE] = doctype,
	[H_CDATA] = cdata,
	[H_REFERENCE] = html_reference_byte,
	[H_RAW] = raw,
	[H_PLAIN] = plain,
};

/* The place in the page is behind these bytes. */
static void
move_on(struct html *h, struct slice s)
{
	if (h->encoding == ENCODING_BYTES) {
		h->off += s.n;
		return;
	}
	for (size_t i = 0; i < s.n; i++)
		h->off += html_width(h, s.p[i]);
}

/* Bytes up to the next '<' that cannot mean anything; how many. */
static size_t
skip_plain(struct html *h, struct slice s)
{
	const uint8_t *lt;
	bool text = h->state == H_DATA && !h->marked_up;

	if (h->state == H_PLAIN)
		return s.n;
	if (!text && !(h->state == H_RAW && h->n_pend == 0 && h->level == 0))
		return 0;
	lt = memchr(s.p, '<', s.n);
	if (lt != NULL)
		s.n = (size_t)(lt - s.p);
	if (h->state == H_RAW)
		html_text_run(h, s);
	/* Of text it counts whether there is any. */
	for (size_t i = 0; text && !h->filled && i < s.n; i++)
		page_text(h, s.p[i]);
	return s.n;
}

void
html_read(struct html *h, struct slice bytes)
{
	for (size_t i = 0; i < bytes.n;) {
		struct slice rest = { bytes.p + i, bytes.n - i };
		size_t n = skip_plain(h, rest);

		move_on(h, (struct slice){ rest.p, n });
		i += n;
		if (i == bytes.n)
			break;
		while (!steps[h->state](h, bytes.p[i]))
			;
		h->off += html_width(h, bytes.p[i]);
		i++;
	}
}

/* What was set aside when the text broke off belongs to it. */
static void
break_off(struct html *h)
{
	if (h->state == H_RAW || h->state == H_REFERENCE)
		for (size_t i = 0; i < h->n_pend; i++)
			html_text(h, h->pend[i]);
	html_script_end(h, false);
	h->n_pend = 0;
}

void
html_read_gap(struct html *h)
{
	break_off(h);
	h->state = H_DATA;
	h->level = 0;
	h->n_open = h->inert = 0;
	h->in_body = h->filled = true;
	html_xml_gap(h);
}

void
html_read_end(struct html *h)
{
	break_off(h);
	h->state = H_PLAIN;
}
