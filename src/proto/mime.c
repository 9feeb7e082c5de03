/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* mime.c: media types, as browsers read and guess them. */
#include "proto/mime.h"

#include <string.h>
#include <strings.h>

#include "proto/coding.h"

/* ------------------------------------------------------------------- one type */

/* RFC 9110, 5.6.2. */
static bool
is_token(struct slice s)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z');

		if (!word && (c == 0 || strchr(others, c) == NULL))
			return false;
	}
	return s.n > 0;
}

/* Bytes up to c, which is not among them, or to the end. */
static struct slice
take_until(struct cur *in, uint8_t c)
{
	const uint8_t *end =
	    cur_left(in) > 0 ? memchr(in->pos, c, cur_left(in)) : NULL;
	struct slice s = { in->pos,
		end != NULL ? (size_t)(end - in->pos) : cur_left(in) };

	cur_skip(in, s.n);
	return s;
}

/* Behind the opening quote; what is escaped stays so. */
static struct slice
take_quoted(struct cur *in)
{
	struct slice s = { in->pos, 0 };

	while (cur_left(in) > 0 && *in->pos != '"')
		cur_skip(in, *in->pos == '\\' && cur_left(in) > 1 ? 2 : 1);
	s.n = (size_t)(in->pos - s.p);
	cur_skip(in, 1);
	return s;
}

static void
skip_space(struct cur *in)
{
	while (cur_left(in) > 0 &&
	    (*in->pos == ' ' || *in->pos == '\t' || *in->pos == '\r' ||
		*in->pos == '\n'))
		cur_skip(in, 1);
}

/* "name=value" behind a semicolon; up to the next one. */
static void
take_parameter(struct cur *in, struct slice *name, struct slice *value)
{
	struct cur ahead;

	skip_space(in);
	ahead = *in;
	*name = take_until(in, ';');
	*value = (struct slice){ NULL, 0 };
	cur_limit(&ahead, name->n);
	*name = take_until(&ahead, '=');
	if (!cur_skip(&ahead, 1))
		return;
	if (cur_left(&ahead) == 0 || *ahead.pos != '"') {
		*value =
		    slice_trim((struct slice){ ahead.pos, cur_left(&ahead) });
		return;
	}
	/* A quoted semicolon ends nothing. */
	ahead.end = in->end;
	cur_skip(&ahead, 1);
	*value = take_quoted(&ahead);
	take_until(&ahead, ';');
	*in = ahead;
}

bool
mime_parse(struct slice text, struct mime *out)
{
	struct slice trimmed = slice_trim(text);
	struct cur in = cur_of(trimmed.p, trimmed.n);
	struct slice type, subtype, name, value;

	*out = (struct mime){ { NULL, 0 }, { NULL, 0 } };
	type = take_until(&in, '/');
	if (!is_token(type) || !cur_skip(&in, 1))
		return false;
	subtype = slice_trim(take_until(&in, ';'));
	if (!is_token(subtype) || subtype.p != type.p + type.n + 1)
		return false;
	out->essence = (struct slice){ type.p, type.n + 1 + subtype.n };
	while (cur_skip(&in, 1)) {
		take_parameter(&in, &name, &value);
		if (out->charset.n == 0 && slice_is(name, "charset"))
			out->charset = value;
	}
	return true;
}

/* -------------------------------------------------------------------- several */

bool
mime_element(struct cur *list, struct slice *element)
{
	struct slice s = { list->pos, 0 };

	if (list->pos == NULL)
		return false;
	while (cur_left(list) > 0 && *list->pos != ',') {
		bool quote = *list->pos == '"';

		cur_skip(list, 1);
		if (quote)
			take_quoted(list);
	}
	s.n = (size_t)(list->pos - s.p);
	*element = slice_trim(s);
	if (!cur_skip(list, 1))
		list->pos = NULL;
	return true;
}

static bool
same(struct slice a, struct slice b)
{
	return a.n == b.n &&
	    (a.n == 0 ||
		strncasecmp((const char *)a.p, (const char *)b.p, a.n) == 0);
}

void
mime_list_add(struct mime_list *l, struct slice value)
{
	struct cur list = cur_of(value.p, value.n);
	struct slice element;
	struct mime m;

	while (mime_element(&list, &element)) {
		if (!mime_parse(element, &m) || slice_is(m.essence, "*/*")) {
			if (l->type.essence.n == 0 && element.n > 0)
				l->text = element;
			continue;
		}
		/* A type that is repeated keeps its charset. */
		if (m.charset.n == 0 && same(m.essence, l->type.essence))
			m.charset = l->type.charset;
		l->type = m;
		l->text = element;
	}
}

/* -------------------------------------------------------------------- guesses */

bool
mime_is_xml(struct slice essence)
{
	struct slice end = { essence.p, 4 };

	if (slice_is(essence, "text/xml") ||
	    slice_is(essence, "application/xml"))
		return true;
	if (essence.n <= end.n)
		return false;
	end.p += essence.n - end.n;
	return slice_is(end, "+xml");
}

bool
mime_is_unknown(struct slice essence)
{
	return essence.n == 0 || slice_is(essence, "unknown/unknown") ||
	    slice_is(essence, "application/unknown") ||
	    slice_is(essence, "*/*");
}

static bool
blank_byte(uint8_t c)
{
	return c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

/* Whether s begins with the tag, in any case, and what ends a tag. */
static enum mime_sniffed
try_tag(struct slice s, const char *tag)
{
	size_t n = strlen(tag);
	size_t have = s.n < n ? s.n : n;

	if (strncasecmp((const char *)s.p, tag, have) != 0)
		return MIME_OTHER;
	if (s.n <= n)
		return MIME_MORE;
	return s.p[n] == ' ' || s.p[n] == '>' ? MIME_HTML : MIME_OTHER;
}

static enum mime_sniffed
sniff_text(struct slice s)
{
	static const char *const tags[] = { "<!DOCTYPE HTML", "<HTML", "<HEAD",
		"<SCRIPT", "<IFRAME", "<H1", "<DIV", "<FONT", "<TABLE", "<A",
		"<STYLE", "<TITLE", "<B", "<BODY", "<BR", "<P", "<!--" };
	static const char xml[] = "<?xml";
	size_t n = s.n < sizeof xml - 1 ? s.n : sizeof xml - 1;
	bool more = false;

	if (s.n == 0)
		return MIME_MORE;
	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
		enum mime_sniffed found = try_tag(s, tags[i]);

		if (found == MIME_HTML)
			return found;
		more |= found == MIME_MORE;
	}
	if (memcmp(s.p, xml, n) == 0)
		return n == sizeof xml - 1 ? MIME_XML : MIME_MORE;
	return more ? MIME_MORE : MIME_OTHER;
}

enum mime_sniffed
mime_sniff(struct slice head, bool whole)
{
	struct slice s = head;
	enum mime_sniffed found;

	if (s.n >= MIME_SNIFF_MAX) {
		s.n = MIME_SNIFF_MAX;
		whole = true;
	}
	while (s.n > 0 && blank_byte(s.p[0])) {
		s.p++;
		s.n--;
	}
	found = sniff_text(s);
	return found == MIME_MORE && whole ? MIME_OTHER : found;
}
