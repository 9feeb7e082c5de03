/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html_element.c: the elements that are scripts, or name them (HTML, 4.12.1). */
#include <string.h>

#include "proto/coding.h"
#include "proto/html_parts.h"
#include "proto/jstype.h"

/* Scripts for old browsers' events are run only when it is the window's. */
static bool
is_for_load(struct html *h)
{
	struct slice target = html_value_of(h, HTML_FOR);
	struct slice event = html_value_of(h, HTML_EVENT);

	if (target.p == NULL || event.p == NULL)
		return true;
	return slice_is(slice_trim(target), "window") &&
	    (slice_is(slice_trim(event), "onload") ||
		slice_is(slice_trim(event), "onload()"));
}

/* Why the script is not run, whatever its text, or NULL. */
static const char *
why_not(struct html *h, bool svg, enum jstype_text type)
{
	if (type == JSTYPE_PARAMETERS)
		return "type";
	if (type == JSTYPE_MODULE || svg)
		return NULL;
	if (h->tag.values[HTML_NOMODULE].there)
		return "nomodule";
	return is_for_load(h) ? NULL : "event";
}

/* Where its text is instead; p is NULL when it is here. */
static struct slice
source_of(struct html *h, bool svg)
{
	struct slice href;

	if (!svg)
		return html_value_of(h, HTML_SRC);
	href = html_value_of(h, HTML_HREF);
	return href.p != NULL ? href : html_value_of(h, HTML_XLINK_HREF);
}

static void
begin_text(struct html *h, bool marked_up)
{
	h->script_off = h->off + html_width(h, '>');
	h->level = 0;
	h->dashes = 0;
	if (marked_up) {
		h->marked_up = true;
		h->depth = 0;
	} else {
		h->raw = "script";
		h->state = H_RAW;
	}
}

void
html_open_script(struct html *h, bool svg, bool marked_up, const char *why)
{
	enum jstype_text type = jstype_of_text(html_value_of(h, HTML_TYPE),
	    svg ? (struct slice){ NULL, 0 } : html_value_of(h, HTML_LANGUAGE));
	struct slice source = source_of(h, svg);

	h->wanted = type != JSTYPE_DATA;
	if (why == NULL)
		why = why_not(h, svg, type);
	if (h->wanted && why == NULL && source.n > 0)
		h->events->fetch(h->owner, source,
		    type == JSTYPE_MODULE ? HTML_MODULE : HTML_CLASSIC);
	if (why == NULL && source.p != NULL)
		why = "src";
	h->why = why;
	if (marked_up && h->tag.self_closing)
		h->wanted = false;
	else
		begin_text(h, marked_up);
}

void
html_open_base(struct html *h)
{
	struct slice href = html_value_of(h, HTML_HREF);

	if (h->has_base || href.p == NULL)
		return;
	h->has_base = true;
	h->events->base(h->owner, href);
}

static bool
has_word(struct slice list, const char *word)
{
	size_t at = 0;

	while (at < list.n) {
		size_t n = 0;

		while (at + n < list.n && !html_is_space(list.p[at + n]))
			n++;
		if (slice_is((struct slice){ list.p + at, n }, word))
			return true;
		at += n + 1;
	}
	return false;
}

void
html_open_link(struct html *h)
{
	struct slice href = html_value_of(h, HTML_HREF);

	if (href.n > 0 && has_word(html_value_of(h, HTML_REL), "modulepreload"))
		h->events->fetch(h->owner, href, HTML_MODULE);
}
