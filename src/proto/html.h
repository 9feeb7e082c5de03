/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * html.h: the scripts of a page, as a browser would run them.
 *
 * A tokenizer that follows the WHATWG standard (HTML, 13.2.5) where that
 * decides what is a script: comments, attributes, elements whose content is
 * text, and the states of script data; and as much of its tree as tells
 * scripts of SVG, those in templates, which are not run, and pages that are
 * frame sets, which have none.  Documents of XML are read as such, with the
 * namespaces that make an element a script.
 */
#ifndef PROTO_HTML_H
#define PROTO_HTML_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cur.h"

enum html_script_kind { HTML_CLASSIC, HTML_MODULE };

/*
 * What is reported of each script that has text: its beginning (offset of the
 * first byte of its text in the page), its text, in UTF-8 where the page is in
 * UTF-16, and its end; closed is false when the page ended, or had a gap,
 * before the end tag.  why is NULL when it is run, else why it is not, in a
 * word; blocks of data are no scripts.  And what the page names: the base of
 * its URLs, once, before those that it is for, and the URL of each script that
 * it has fetched.
 */
struct html_events {
	void (*begin)(void *owner, uint64_t offset, const char *why);
	void (*text)(void *owner, struct slice bytes);
	void (*end)(void *owner, bool closed);
	void (*base)(void *owner, struct slice url);
	void (
	    *fetch)(void *owner, struct slice url, enum html_script_kind kind);
};

struct html;

/*
 * charset: what the page's Content-Type says, or empty; its byte order mark
 * counts more (HTML, 13.2.3).  Only UTF-16 is told from others, whose markup
 * is ASCII.  events is borrowed as long as the reader lives.
 */
struct html *html_new(bool xml, struct slice charset,
    const struct html_events *events, void *owner);
/* h may be NULL. */
void html_free(struct html *h);
/* Bytes of memory that it takes now. */
size_t html_memory(const struct html *h);

void html_put(struct html *h, struct slice bytes);
/* n bytes are missing; what follows them is read as the beginning is. */
void html_gap(struct html *h, uint64_t n);
void html_finish(struct html *h);

#endif
