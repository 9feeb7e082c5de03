/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * json.h: a JSON writer that appends to a buffer.
 *
 * Commas and quoting are its business; nesting up to JSON_DEPTH is checked by
 * assert.  No spaces are written, except that none of our readers needs any.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/cur.h"

#define JSON_DEPTH 16

struct json {
	struct buf *b; /* borrowed */
	unsigned depth;
	bool comma[JSON_DEPTH]; /* this level has a value already */
	bool after_key;
};

struct json json_on(struct buf *b);
void json_object(struct json *j);
void json_object_end(struct json *j);
void json_array(struct json *j);
void json_array_end(struct json *j);
/* The key of the next value: n characters that need no escape. */
void json_key_n(struct json *j, const char *key, size_t n);
void json_string(struct json *j, const char *s);
/* Bytes as a JSON string: valid UTF-8 stays, every other byte becomes the
 * four characters \xNN (Python's backslashreplace), all of it quoted as JSON
 * demands; valid characters that are not printable (see utf8_printable, so
 * U+2028 and U+2029 too) are written \uNNNN. */
void json_bytes(struct json *j, struct slice s);
void json_u64(struct json *j, uint64_t v);
void json_bool(struct json *j, bool v);
void json_null(struct json *j);
/* A number that is written as given: from fmt_seconds, say. */
void json_number(struct json *j, const char *text);

/* The key of the next value; a literal of ours, measured when compiled. */
static inline void
json_key(struct json *j, const char *key)
{
	json_key_n(j, key, strlen(key));
}

/* Says that a value comes now, which the caller appends to the buffer. */
void json_value(struct json *j);
/* A string value in parts: between the two the caller appends what
 * json_text_put makes, or characters that need no escape. */
void json_string_begin(struct json *j);
void json_string_end(struct json *j);

/* The escaping of json_bytes without the quotes, for callers that stream:
 * appends to b what the bytes become.  When `more` is true an incomplete
 * UTF-8 sequence at the end is left: returns the number of bytes used. */
size_t json_escape(struct buf *b, struct slice s, bool more);

/* Makes every character beyond ASCII in b from `from` on, which is valid JSON,
 * \uNNNN. */
void json_ascii(struct buf *b, size_t from);

/* Makes every < > and & in b from `from` on, which is valid JSON or a piece of
 * it, \\u00NN: so that nothing in it is markup. */
void json_inert(struct buf *b, size_t from);

/*
 * One text that comes in parts: a UTF-8 sequence may be split over calls.
 * Zero-initialised begins a text.
 */
struct json_text {
	uint8_t carry[4]; /* bytes of an unfinished sequence */
	uint8_t n_carry;
};

void json_text_put(struct json_text *t, struct buf *b, struct slice s);
/* Ends the text and resets t. */
void json_text_end(struct json_text *t, struct buf *b);

#endif
