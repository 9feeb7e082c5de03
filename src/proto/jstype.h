/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* jstype.h: decides what is JavaScript, by media type, name and purpose. */
#ifndef PROTO_JSTYPE_H
#define PROTO_JSTYPE_H

#include <stdbool.h>

#include "base/cur.h"

enum jstype {
	JSTYPE_NONE,
	JSTYPE_SCRIPT,
	JSTYPE_GUESS, /* a script by its URL or its purpose */
	JSTYPE_HTML,
	JSTYPE_XML, /* XHTML, SVG */
};

/* Whether the media type's essence is one of JavaScript (WHATWG MIME Sniffing,
 * 4.6), in any case. */
bool jstype_is_script(struct slice type);

/* What a body is, by its Content-Type, or where that is missing or says
 * nothing, by the target of its request and Sec-Fetch-Dest. */
enum jstype jstype_of(struct slice type, struct slice target,
    struct slice dest);

/*
 * Whether a script element's text is run, by its attributes type and language
 * (p is NULL where there is none; HTML, 4.12.1.1).
 */
bool jstype_runs(struct slice type, struct slice language);

#endif
