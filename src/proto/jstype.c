/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* jstype.c: decides what is JavaScript. */
#include "proto/jstype.h"

#include <string.h>
#include <strings.h>

#include "proto/coding.h"
#include "proto/mime.h"

/* A media type without its parameters and the white space around it. */
static struct slice
essence_of(struct slice type)
{
	const uint8_t *semicolon;

	if (type.n == 0)
		return type;
	semicolon = memchr(type.p, ';', type.n);
	if (semicolon != NULL)
		type.n = (size_t)(semicolon - type.p);
	return slice_trim(type);
}

bool
jstype_is_script(struct slice type)
{
	static const char *const essences[] = {
		"application/ecmascript",
		"application/javascript",
		"application/x-ecmascript",
		"application/x-javascript",
		"text/ecmascript",
		"text/javascript",
		"text/javascript1.0",
		"text/javascript1.1",
		"text/javascript1.2",
		"text/javascript1.3",
		"text/javascript1.4",
		"text/javascript1.5",
		"text/jscript",
		"text/livescript",
		"text/x-ecmascript",
		"text/x-javascript",
		NULL,
	};

	return slice_is_one_of(essence_of(type), essences);
}

/* Types that are given for want of a better one. */
static bool
is_generic(struct slice essence)
{
	static const char *const words[] = {
		"",
		"text/plain",
		"application/octet-stream",
		"binary/octet-stream",
		"application/unknown",
		"unknown/unknown",
		"*/*",
		NULL,
	};

	return slice_is_one_of(essence, words);
}

/* Types that Fetch never lets run (2.9). */
static bool
is_blocked(struct slice essence)
{
	return slice_begins(essence, "image/") ||
	    slice_begins(essence, "audio/") ||
	    slice_begins(essence, "video/") || slice_is(essence, "text/csv");
}

/* What Sec-Fetch-Dest says that the body is for. */
enum purpose {
	FOR_UNKNOWN,
	FOR_SCRIPT,
	FOR_WORKER,
	FOR_DOCUMENT,
	FOR_OTHER,
};

static enum purpose
purpose_of(struct slice dest)
{
	static const char *const workers[] = { "worker", "sharedworker",
		"serviceworker", "audioworklet", "paintworklet", NULL };
	static const char *const documents[] = { "document", "iframe", "frame",
		"fencedframe", "embed", "object", NULL };
	static const char *const others[] = { "audio", "empty", "font", "image",
		"json", "manifest", "report", "speculationrules", "style",
		"text", "track", "video", "webidentity", "xslt", NULL };
	struct slice word = slice_trim(dest);

	if (slice_is(word, "script"))
		return FOR_SCRIPT;
	if (slice_is_one_of(word, workers))
		return FOR_WORKER;
	if (slice_is_one_of(word, documents))
		return FOR_DOCUMENT;
	return slice_is_one_of(word, others) ? FOR_OTHER : FOR_UNKNOWN;
}

/* By the end of its path. */
static bool
is_script_name(struct slice target)
{
	static const char *const endings[] = { ".js", ".mjs", ".cjs" };
	size_t n = 0;

	while (n < target.n && target.p[n] != '?' && target.p[n] != '#')
		n++;
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
		size_t len = strlen(endings[i]);

		if (n > len &&
		    strncasecmp((const char *)target.p + n - len, endings[i],
			len) == 0)
			return true;
	}
	return false;
}

const char *
jstype_why_not(const struct jstype_facts *f)
{
	if (f->status < 200 || f->status > 299)
		return "status";
	if (is_blocked(f->essence) || f->named == JSTYPE_AS_MODULE)
		return "type";
	return f->nosniff ? "nosniff" : NULL;
}

static enum jstype_page
page_of(const struct jstype_facts *f)
{
	if (slice_is(f->essence, "text/html"))
		return JSTYPE_HTML;
	if (mime_is_xml(f->essence))
		return JSTYPE_XML;
	return mime_is_unknown(f->essence) && !f->nosniff ? JSTYPE_SNIFF :
							    JSTYPE_NO_PAGE;
}

/* Nobody says what it is for, and no page has named it so far. */
static struct jstype
guessed(const struct jstype_facts *f)
{
	struct jstype t = { .page = page_of(f) };

	if (f->nosniff || is_blocked(f->essence))
		return t;
	t.script = t.guess =
	    is_generic(f->essence) && is_script_name(f->target);
	t.waits = !t.script && f->target.n > 0;
	return t;
}

struct jstype
jstype_of(const struct jstype_facts *f)
{
	struct jstype t = { .page = JSTYPE_NO_PAGE };
	enum purpose purpose = purpose_of(f->dest);

	if (jstype_is_script(f->essence)) {
		t.script = t.typed = true;
	} else if (purpose == FOR_WORKER) {
		t.script = t.guess = is_generic(f->essence) && !f->nosniff;
	} else if (purpose == FOR_SCRIPT ||
	    (purpose == FOR_UNKNOWN && f->named != JSTYPE_UNNAMED)) {
		t.script = true;
		t.why = jstype_why_not(f);
		t.guess = f->named == JSTYPE_UNNAMED;
		if (purpose == FOR_UNKNOWN)
			t.page = page_of(f);
	} else if (purpose == FOR_UNKNOWN) {
		t = guessed(f);
	} else if (purpose == FOR_DOCUMENT) {
		t.page = page_of(f);
	}
	return t;
}

enum jstype_start
jstype_start_of(struct slice first, bool whole)
{
	static const char marks[] = "\t\n\f\r \xef\xbb\xbf\xfe\xff";
	static const char comment[] = "<!--";
	size_t n = 0;

	if (first.n >= MIME_SNIFF_MAX) {
		first.n = MIME_SNIFF_MAX;
		whole = true;
	}
	for (size_t i = 0; i < first.n; i++) {
		uint8_t c = first.p[i];

		/* Half of a unit of UTF-16, or between tag and text. */
		if (c == 0 || (n == 0 && strchr(marks, c) != NULL))
			continue;
		if (c != (uint8_t)comment[n])
			return n > 0 ? JSTYPE_MARKUP : JSTYPE_OTHER;
		if (comment[++n] == '\0')
			return JSTYPE_OTHER;
	}
	return !whole ? JSTYPE_MORE : n > 0 ? JSTYPE_MARKUP : JSTYPE_OTHER;
}

enum jstype_text
jstype_of_text(struct slice type, struct slice language)
{
	static const char prefix[] = "text/";
	char name[32];
	struct slice s = { (const uint8_t *)name, 0 };

	if (type.p != NULL) {
		s = slice_trim(type);
		if (type.n == 0)
			return JSTYPE_CLASSIC;
		if (slice_is(s, "module"))
			return JSTYPE_MODULE;
		if (!jstype_is_script(s))
			return JSTYPE_DATA;
		return memchr(s.p, ';', s.n) == NULL ? JSTYPE_CLASSIC :
						       JSTYPE_PARAMETERS;
	}
	if (language.p == NULL || language.n == 0)
		return JSTYPE_CLASSIC;
	if (language.n > sizeof name - sizeof prefix)
		return JSTYPE_DATA;
	memcpy(name, prefix, sizeof prefix - 1);
	memcpy(name + sizeof prefix - 1, language.p, language.n);
	s.n = sizeof prefix - 1 + language.n;
	return memchr(s.p, ';', s.n) == NULL && jstype_is_script(s) ?
	    JSTYPE_CLASSIC :
	    JSTYPE_DATA;
}
