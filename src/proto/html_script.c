/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* html_script.c: collects the text of a script and finds where it ends. */
#include <string.h>
#include <strings.h>

#include "proto/html_parts.h"

static void
html_flush(struct html *h)
{
	struct slice s = { h->out, h->n_out };

	if (s.n == 0)
		return;
	h->n_out = 0;
	if (!h->begun)
		h->events->begin(h->owner, h->script_off, h->why);
	h->begun = true;
	h->events->text(h->owner, s);
}

void
html_text(struct html *h, uint8_t c)
{
	if (!h->wanted)
		return;
	if (h->n_out == sizeof h->out)
		html_flush(h);
	h->out[h->n_out++] = c;
}

void
html_text_run(struct html *h, struct slice s)
{
	if (!h->wanted || s.n == 0)
		return;
	html_flush(h);
	if (!h->begun)
		h->events->begin(h->owner, h->script_off, h->why);
	h->begun = true;
	h->events->text(h->owner, s);
}

void
html_script_end(struct html *h, bool closed)
{
	html_flush(h);
	if (h->begun)
		h->events->end(h->owner, closed);
	h->wanted = h->begun = h->marked_up = false;
	h->depth = 0;
}

/* ------------------------------------------------------------- script data */

/* What was set aside is text. */
static void
html_release(struct html *h)
{
	for (size_t i = 0; i < h->n_pend; i++)
		html_text(h, h->pend[i]);
	h->n_pend = 0;
	h->dashes = 0;
}

static void
html_hold(struct html *h, uint8_t c)
{
	if (h->n_pend == sizeof h->pend)
		html_release(h);
	else
		h->pend[h->n_pend++] = c;
}

static bool
ends_name(uint8_t c)
{
	return html_is_space(c) || c == '/' || c == '>';
}

/* Whether what was set aside, from byte `from` on, is the name. */
static bool
held_is(const struct html *h, size_t from, const char *name)
{
	return h->n_pend == from + strlen(name) &&
	    strncasecmp((const char *)h->pend + from, name, strlen(name)) == 0;
}

static void
escape_fast_byte(struct html *h, uint8_t c)
{
	if (c == '<') {
		html_hold(h, c);
		return;
	}
	html_text(h, c);
	if (h->level == 0)
		return;
	if (c == '-') {
		h->dashes = h->dashes == 0 ? 1 : 2;
		return;
	}
	if (c == '>' && h->dashes == 2)
		h->level = 0;
	h->dashes = 0;
}

/* Behind "<" and letters in escaped text: "<script" escapes once more. */
static void
open_byte(struct html *h, uint8_t c)
{
	if (html_is_alpha(c) && h->n_pend < sizeof h->pend) {
		html_hold(h, c);
		return;
	}
	if (ends_name(c)) {
		if (held_is(h, 1, "script"))
			h->level = 2;
		html_release(h);
		html_text(h, c);
		return;
	}
	html_release(h);
	escape_fast_byte(h, c);
}

/* Behind "</" and letters; true when the element ends. */
static bool
close_byte(struct html *h, uint8_t c)
{
	if (html_is_alpha(c) && h->n_pend < sizeof h->pend) {
		html_hold(h, c);
		return false;
	}
	if (ends_name(c) && h->level < 2 && held_is(h, 2, h->raw)) {
		h->n_pend = 0;
		return true;
	}
	if (ends_name(c) && h->level == 2) {
		if (held_is(h, 2, "script"))
			h->level = 1;
		html_release(h);
		html_text(h, c);
		return false;
	}
	html_release(h);
	escape_fast_byte(h, c);
	return false;
}

/* Behind "<!" or "<!-": "<!--" escapes. */
static void
escape_byte(struct html *h, uint8_t c)
{
	bool done = h->n_pend == 3;

	if (c != '-') {
		html_release(h);
		escape_fast_byte(h, c);
		return;
	}
	html_hold(h, c);
	if (!done)
		return;
	html_release(h);
	h->level = 1;
	h->dashes = 2;
}

/* The byte behind "<". */
static void
less_than_byte(struct html *h, uint8_t c)
{
	bool script = strcmp(h->raw, "script") == 0;

	if (c == '/' || (script && c == '!' && h->level == 0) ||
	    (html_is_alpha(c) && h->level == 1)) {
		html_hold(h, c);
		return;
	}
	html_release(h);
	escape_fast_byte(h, c);
}

bool
html_raw_byte(struct html *h, uint8_t c)
{
	if (h->n_pend == 0)
		escape_fast_byte(h, c);
	else if (h->n_pend == 1)
		less_than_byte(h, c);
	else if (h->pend[1] == '/')
		return close_byte(h, c);
	else if (h->pend[1] == '!')
		escape_byte(h, c);
	else
		open_byte(h, c);
	return false;
}
