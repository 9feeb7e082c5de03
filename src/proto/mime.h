/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* mime.h: media types, as browsers read and guess them (WHATWG MIME Sniffing
 * and Fetch). */
#ifndef PROTO_MIME_H
#define PROTO_MIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cur.h"

/* Slices are of the text that was read; charset is empty without one. */
struct mime {
	struct slice essence; /* type/subtype, in any case */
	struct slice charset;
};

/* Reads one type with its parameters (MIME Sniffing, 4.4); false, with *out
 * empty, when it is none. */
bool mime_parse(struct slice text, struct mime *out);

/*
 * What several Content-Type fields say together: the last valid type that is
 * not any (Fetch, 3.5, "extract a MIME type").  Zero-initialised is none.
 */
struct mime_list {
	struct slice text; /* of the type that counts, else of the last */
	struct mime type;  /* empty when none is valid */
};

/* Adds the value of the next field, itself a list. */
void mime_list_add(struct mime_list *l, struct slice value);

/* Takes the next element off a comma-separated list whose quoted strings may
 * hold commas, without the white space around it; false at the end. */
bool mime_element(struct cur *list, struct slice *element);

/* text/xml, application/xml, and whatever ends in +xml. */
bool mime_is_xml(struct slice essence);
/* No type, or one that says that nobody knows. */
bool mime_is_unknown(struct slice essence);

/* What a body of an unknown type is by its first bytes (MIME Sniffing, 7.1). */
enum mime_sniffed {
	MIME_MORE, /* more bytes decide */
	MIME_HTML,
	MIME_XML,
	MIME_OTHER,
};

/* It looks at so many bytes, at most. */
#define MIME_SNIFF_MAX ((size_t)1445)

/* whole: there are no more. */
enum mime_sniffed mime_sniff(struct slice head, bool whole);

#endif
