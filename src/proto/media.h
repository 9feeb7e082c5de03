/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* media.h: what a body is, by its media type and by its first bytes. */
#ifndef PROTO_MEDIA_H
#define PROTO_MEDIA_H

#include <stdbool.h>

#include "base/cur.h"

struct media {
	const char *type;   /* essence, in lower case */
	const char *ending; /* of a file's name, without the dot */
	bool text;	    /* its bytes are to be read as they are */
};

/* Of so many bytes at the beginning media_sniff can tell what it can. */
#define MEDIA_SNIFF 512

/* A Content-Type without its parameters and the white space around it: up to
 * the first `;' or blank (RFC 9110, 8.3.1). */
struct slice media_essence(struct slice type);
/* The row of a type, in any case; NULL when it is not known. */
const struct media *media_find(struct slice essence);
/* Types that are given for want of a better one, and none. */
bool media_is_generic(struct slice essence);
/* What the beginning of a body, all of a shorter one, shows it to be; text
 * when it is text of no known kind, else NULL. */
const struct media *media_sniff(struct slice first);
/* Programs are told apart, so that they never get the name of one. */
bool media_is_program(struct slice first);
/* UTF-8 without control characters; the end may cut a character. */
bool media_is_text(struct slice s);

#endif
