/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * jstype.h: decides what is JavaScript: by media type, by who asked for it, by
 * name and purpose (HTML, 4.12.1 and 8.1.4.2; Fetch, 2.9 and 3.6).
 */
#ifndef PROTO_JSTYPE_H
#define PROTO_JSTYPE_H

#include <stdbool.h>

#include "base/cur.h"

/* Whether the media type's essence is one of JavaScript (WHATWG MIME Sniffing,
 * 4.6), in any case. */
bool jstype_is_script(struct slice type);

/* Whether a page has the body's URL fetched, and as what. */
enum jstype_named { JSTYPE_UNNAMED, JSTYPE_AS_MODULE, JSTYPE_AS_CLASSIC };

/* What is known of a response when its head has come. */
struct jstype_facts {
	struct slice essence; /* of its type; empty without a valid one */
	bool nosniff;	      /* X-Content-Type-Options */
	unsigned status;
	struct slice target; /* of its request, */
	struct slice dest;   /* ... and its Sec-Fetch-Dest; empty without */
	enum jstype_named named;
};

enum jstype_page {
	JSTYPE_NO_PAGE,
	JSTYPE_HTML,
	JSTYPE_XML,
	JSTYPE_SNIFF, /* its first bytes decide (mime_sniff) */
};

/*
 * What the body is.  Unless its own type makes it a script, it is none if it
 * begins as markup does; then it is a page, if it may be one, and else it is
 * no page, if it may be a script.
 */
struct jstype {
	bool script;	 /* somebody wants to run it, */
	bool typed;	 /* ... and its type is one of JavaScript */
	const char *why; /* ... and a browser would not, in a word; or NULL */
	bool guess;	 /* a script by its name or purpose only */
	enum jstype_page page;
	bool waits; /* a script if a page names it yet */
};

struct jstype jstype_of(const struct jstype_facts *f);

/* Of a body that waited, when it was named: why a browser would not run it, or
 * NULL. */
const char *jstype_why_not(const struct jstype_facts *f);

enum jstype_start { JSTYPE_MORE, JSTYPE_MARKUP, JSTYPE_OTHER };

/*
 * Whether a body begins as markup does, which no script can: with a < that is
 * not of <!--, behind blanks and marks of an encoding; whole: these are all of
 * its bytes.
 */
enum jstype_start jstype_start_of(struct slice first, bool whole);

/* What a script element's text is (HTML, 4.12.1.1). */
enum jstype_text {
	JSTYPE_DATA, /* no script */
	JSTYPE_CLASSIC,
	JSTYPE_MODULE,
	JSTYPE_PARAMETERS, /* none either: a type of JavaScript that has some */
};

/* By its attributes type and language; p is NULL where there is none. */
enum jstype_text jstype_of_text(struct slice type, struct slice language);

#endif
