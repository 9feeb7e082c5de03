/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http_head.h: the head of an HTTP/1.x message (RFC 9112, 2 to 6). */
#ifndef PROTO_HTTP_HEAD_H
#define PROTO_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/coding.h"
#include "proto/mime.h"
#include "proto/ws_extensions.h"

enum http_answer { HTTP_CONSUMED, HTTP_NEED_MORE, HTTP_BAD };

enum http_side { HTTP_REQUEST, HTTP_RESPONSE };

/* What is of use.  Slices are of the head's bytes, empty when there is none. */
struct http_head {
	enum http_side side;
	uint8_t minor; /* of HTTP/1.minor */
	uint16_t status;
	struct slice method;
	struct slice target;
	struct slice host;
	struct slice type; /* Content-Type; of several the one that counts */
	struct mime mime;  /* the same, empty when it is no valid one */
	struct slice location;
	struct slice range;
	struct slice referer;
	struct slice dest;	  /* Sec-Fetch-Dest */
	struct slice disposition; /* Content-Disposition */
	struct codings content;
	struct codings transfer; /* without chunked */
	bool has_transfer;
	bool chunked;	 /* last of the transfer codings */
	bool has_length; /* ... that is a number */
	bool bad_length; /* several that differ; length is the least */
	bool expects;	 /* Expect: 100-continue */
	uint64_t length;
	bool has_options; /* X-Content-Type-Options */
	bool nosniff;	  /* ... the first of which is nosniff */
	struct slice upgrade;
	struct ws_extensions extensions; /* Sec-WebSocket-Extensions */
	bool https;			 /* HTTP/2's :scheme */
};

/*
 * Reads the head that in begins with, up to its empty line; *used is its
 * length.  Lines end in LF or CR LF; folded lines stay as they are within
 * their value.  Bad when the first line is no start line, and beyond
 * LIMIT_HTTP_HEAD or LIMIT_HTTP_LINES.
 */
enum http_answer http_head_parse(struct slice in, struct http_head *out,
    size_t *used);

/*
 * The same of a head whose end is missing: reads its whole lines.  False when
 * the first is no start line.
 */
bool http_head_part(struct slice in, struct http_head *out);

/* The fields alone, each with its end of line. */
void http_fields_parse(struct slice in, struct http_head *out);

/* One field. */
void http_field_take(struct http_head *out, struct slice name,
    struct slice value);

/* Whether s begins with a method that is known and a space; HTTP_NEED_MORE
 * when it may. */
enum http_answer http_method_at(struct slice s);
#define HTTP_METHOD_ROOM 16

/*
 * Where in the line, which ends in LF, a start line of that side begins, with
 * a method that is known, or any at the beginning of a whole line; false when
 * none does.
 */
bool http_start_find(struct slice line, enum http_side side, bool whole,
    size_t *at);
#define HTTP_SIDE(side) (1U << (side))
/*
 * The same of a line whose end has not come: the offset from which on it may
 * still become a start line of one of the sides, a set of HTTP_SIDE; line.n
 * when it cannot.  Looks at what is before that offset only, so that who drops
 * it looks at no byte often.
 */
size_t http_start_hope(struct slice line, unsigned sides, bool whole);
/* How many bytes of s are whole lines, before any in which a start line could
 * begin. */
size_t http_start_skip(struct slice s);

#endif
