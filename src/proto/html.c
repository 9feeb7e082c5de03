/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html.c: splits a page into tags, attributes, comments and text. */
#include "proto/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "proto/html_parts.h"

struct html *
html_new(bool xml, const struct html_events *events, void *owner)
{
	struct html *h = xcalloc(1, sizeof *h);

	h->xml = xml;
	h->events = events;
	h->owner = owner;
	return h;
}

size_t
html_memory(void)
{
	return sizeof(struct html);
}

void
html_free(struct html *h)
{
	free(h);
}

/* Text that is reported, of an XML script: not that of elements within. */
static void
xml_text(struct html *h, uint8_t c)
{
	if (h->xml_script && h->depth == 0)
		html_text(h, c);
}

/* -------------------------------------------------------------------- tags */

static void
begin_tag(struct html *h, bool closing)
{
	h->tag.n_name = 0;
	h->tag.closing = closing;
	h->tag.self_closing = false;
	h->tag.value = NULL;
	for (size_t i = 0; i < HTML_ATTRS; i++)
		h->tag.values[i] = (struct html_value){ .there = false };
	h->state = H_TAG_NAME;
}

/* Adds to a name, which is cut at its room. */
static void
add_name(const struct html *h, char *name, uint8_t *n, uint8_t c)
{
	if (*n < HTML_NAME_MAX)
		name[(*n)++] = (char)(h->xml ? c : html_lower(c));
}

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
		h->tag.n_name = 0;
	else
		add_name(h, h->tag.name, &h->tag.n_name, c);
	return true;
}

static bool
tag_open(struct html *h, uint8_t c)
{
	if (html_is_alpha(c)) {
		begin_tag(h, false);
		return false;
	}
	h->state = c == '/' ? H_END_TAG_OPEN :
	    c == '!'	    ? H_MARKUP :
	    c == '?'	    ? H_BOGUS :
			      H_DATA;
	h->n_pend = 0;
	if (h->state != H_DATA)
		return true;
	xml_text(h, '<');
	return false;
}

static bool
end_tag_open(struct html *h, uint8_t c)
{
	if (html_is_alpha(c)) {
		begin_tag(h, true);
		return false;
	}
	h->state = c == '>' ? H_DATA : H_BOGUS;
	return c == '>';
}

/* The first of several attributes of a name counts. */
static void
attr_named(struct html *h)
{
	static const char *const names[HTML_ATTRS] = {
		[HTML_TYPE] = "type",
		[HTML_LANGUAGE] = "language",
		[HTML_SRC] = "src",
		[HTML_HREF] = "href",
		[HTML_XLINK_HREF] = "xlink:href",
		[HTML_SHADOW_ROOT] = "shadowrootmode",
	};
	struct html_tag *t = &h->tag;

	t->value = NULL;
	for (size_t i = 0; i < HTML_ATTRS; i++) {
		if (strlen(names[i]) != t->n_attr ||
		    memcmp(names[i], t->attr, t->n_attr) != 0 ||
		    t->values[i].there)
			continue;
		t->values[i].there = true;
		t->value = &t->values[i];
	}
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
	h->tag.n_attr = 0;
	h->state = H_NAME;
	if (c != '=')
		return false;
	add_name(h, h->tag.attr, &h->tag.n_attr, c);
	return true;
}

static bool
attr_name(struct html *h, uint8_t c)
{
	if (c != '=' && c != '/' && c != '>' && !html_is_space(c)) {
		add_name(h, h->tag.attr, &h->tag.n_attr, c);
		return true;
	}
	attr_named(h);
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

static void
add_value(struct html *h, uint8_t c)
{
	struct html_value *v = h->tag.value;

	if (v != NULL && v->n < sizeof v->text)
		v->text[v->n++] = (char)c;
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
	add_value(h, c);
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
	char kind = h->n_foreign > 0 ? h->foreign[h->n_foreign - 1] : 0;

	return h->xml || kind == 's' || kind == 'm';
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
		xml_text(h, c);
		return true;
	}
	if (c == '>' && h->dashes == 2) {
		h->state = H_DATA;
		return true;
	}
	for (; h->dashes > 0; h->dashes--)
		xml_text(h, ']');
	xml_text(h, c);
	return true;
}

static bool
data(struct html *h, uint8_t c)
{
	if (c == '<') {
		h->state = H_TAG_OPEN;
	} else if (c == '&' && h->xml_script && h->depth == 0) {
		h->pend[0] = c;
		h->n_pend = 1;
		h->state = H_REFERENCE;
	} else {
		xml_text(h, c);
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
	begin_tag(h, true);
	h->tag.n_name = (uint8_t)strlen(h->raw);
	memcpy(h->tag.name, h->raw, h->tag.n_name);
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

/* Bytes up to the next '<' that cannot mean anything; how many. */
static size_t
skip_plain(struct html *h, struct slice s)
{
	const uint8_t *lt;
	size_t n = s.n;

	if (h->state == H_PLAIN)
		return n;
	if (!(h->state == H_DATA && !h->xml_script) &&
	    !(h->state == H_RAW && h->n_pend == 0 && h->level == 0))
		return 0;
	lt = memchr(s.p, '<', s.n);
	if (lt != NULL)
		n = (size_t)(lt - s.p);
	if (h->state == H_RAW)
		html_text_run(h, (struct slice){ s.p, n });
	return n;
}

void
html_put(struct html *h, struct slice bytes)
{
	for (size_t i = 0; i < bytes.n;) {
		size_t n =
		    skip_plain(h, (struct slice){ bytes.p + i, bytes.n - i });

		h->off += n;
		i += n;
		if (i == bytes.n)
			break;
		while (!steps[h->state](h, bytes.p[i]))
			;
		h->off++;
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
html_gap(struct html *h, uint64_t n)
{
	break_off(h);
	h->state = H_DATA;
	h->level = 0;
	h->n_foreign = h->inert = h->shadow = 0;
	h->off += n;
}

void
html_finish(struct html *h)
{
	break_off(h);
	h->state = H_PLAIN;
}
