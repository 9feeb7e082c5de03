/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * html.h: the inline scripts of a page, as a browser would run them.
 *
 * A tokenizer that follows the WHATWG standard (HTML, 13.2.5) where that
 * decides what is a script: comments, attributes, elements whose content is
 * text, and the states of script data; and as much of its tree as tells
 * scripts of SVG, and those in templates, which are not run.  XHTML and SVG
 * files are read as XML.
 */
#ifndef PROTO_HTML_H
#define PROTO_HTML_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cur.h"

/*
 * What is reported of each script that is run and is not empty: its beginning
 * (offset of the first byte of its text in the page), its text, and its end;
 * closed is false when the page ended, or had a gap, before the end tag.
 */
struct html_events {
	void (*begin)(void *owner, uint64_t offset);
	void (*text)(void *owner, struct slice bytes);
	void (*end)(void *owner, bool closed);
};

struct html;

/* events is borrowed as long as the reader lives. */
struct html *html_new(bool xml, const struct html_events *events,
    void *owner) ATTR_NONNULL;
/* h may be NULL. */
void html_free(struct html *h);
/* Bytes of memory that a reader takes. */
size_t html_memory(void);

void html_put(struct html *h, struct slice bytes);
/* n bytes are missing; what follows them is read as the beginning is. */
void html_gap(struct html *h, uint64_t n);
void html_finish(struct html *h);

#endif
