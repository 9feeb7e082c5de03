/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* jstype.c: decides what is JavaScript, by media type, name and purpose. */
#include "proto/jstype.h"

#include <string.h>
#include <strings.h>

#include "proto/coding.h"

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

static bool
is_one_of(struct slice s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (slice_is(s, *words))
			return true;
	return false;
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

	return is_one_of(essence_of(type), essences);
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

	return is_one_of(essence, words);
}

static bool
is_destination(struct slice dest)
{
	static const char *const words[] = {
		"script",
		"worker",
		"sharedworker",
		"serviceworker",
		"audioworklet",
		"paintworklet",
		NULL,
	};

	return is_one_of(slice_trim(dest), words);
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

enum jstype
jstype_of(struct slice type, struct slice target, struct slice dest)
{
	struct slice essence = essence_of(type);

	if (jstype_is_script(essence))
		return JSTYPE_SCRIPT;
	if (slice_is(essence, "text/html"))
		return JSTYPE_HTML;
	if (slice_is(essence, "application/xhtml+xml") ||
	    slice_is(essence, "image/svg+xml"))
		return JSTYPE_XML;
	if (is_generic(essence) &&
	    (is_script_name(target) || is_destination(dest)))
		return JSTYPE_GUESS;
	return JSTYPE_NONE;
}

bool
jstype_runs(struct slice type, struct slice language)
{
	static const char prefix[] = "text/";
	char name[32];

	if (type.p != NULL && type.n == 0)
		return true;
	if (type.p != NULL)
		return slice_is(slice_trim(type), "module") ||
		    jstype_is_script(type);
	if (language.p == NULL || language.n == 0)
		return true;
	if (language.n > sizeof name - sizeof prefix)
		return false;
	memcpy(name, prefix, sizeof prefix - 1);
	memcpy(name + sizeof prefix - 1, language.p, language.n);
	return jstype_is_script((struct slice){ (const uint8_t *)name,
	    sizeof prefix - 1 + language.n });
}
