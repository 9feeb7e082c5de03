/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* h2build.h: frames of HTTP/2 and WebSocket, byte by byte, for tests. */
#ifndef TESTS_LIB_H2BUILD_H
#define TESTS_LIB_H2BUILD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static inline void
h2_frame(struct buf *b, unsigned type, unsigned flags, unsigned stream,
    const struct buf *payload)
{
	buf_be(b, payload->n, 3);
	buf_be(b, type, 1);
	buf_be(b, flags, 1);
	buf_be(b, stream, 4);
	buf_put(b, payload->p, payload->n);
}

/* A field as it is: not to be indexed, not in Huffman's code. */
static inline void
h2_field(struct buf *b, const char *name, const char *value)
{
	buf_byte(b, 0);
	buf_byte(b, (uint8_t)strlen(name));
	buf_str(b, name);
	buf_byte(b, (uint8_t)strlen(value));
	buf_str(b, value);
}

/* "82 86 00" */
static inline void
h2_hex(struct buf *b, const char *text)
{
	char *end;

	for (;; text = end) {
		unsigned long v = strtoul(text, &end, 16);

		if (end == text)
			return;
		buf_byte(b, (uint8_t)v);
	}
}

/*
 * A line of those below, as the frame that it names; FLAGS of what has any in
 * hexadecimal.
 *
 *	preface
 *	settings
 *	get ID PATH		its stream's side ends
 *	ask ID METHOD PATH FLAGS NAME=VALUE...
 *	answer ID STATUS FLAGS NAME=VALUE...
 *	data ID FLAGS TEXT
 *	frame TYPE ID FLAGS HEX
 *	hex HEX
 */
static inline void
h2_fields(struct buf *b, const char *rest)
{
	char name[80], value[200];
	int n;

	while (sscanf(rest, " %79[^= ]=%199s%n", name, value, &n) == 2) {
		h2_field(b, name, value);
		rest += n;
	}
}

static inline void
h2_line(struct buf *b, const char *line)
{
	struct buf p = { 0 };
	unsigned id, type, flags;
	char one[80], two[80];
	int n = 0;

	if (strcmp(line, "preface") == 0) {
		buf_str(b, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	} else if (strcmp(line, "settings") == 0) {
		h2_frame(b, 4, 0, 0, &p);
	} else if (sscanf(line, "get %u %79s", &id, one) == 2) {
		h2_hex(&p, "82 86");
		h2_field(&p, ":path", one);
		h2_field(&p, ":authority", "h");
		h2_frame(b, 1, 5, id, &p);
	} else if (sscanf(line, "ask %u %79s %79s %x%n", &id, one, two, &flags,
		       &n) == 4) {
		h2_field(&p, ":method", one);
		h2_field(&p, ":path", two);
		h2_fields(&p, line + n);
		h2_frame(b, 1, flags, id, &p);
	} else if (sscanf(line, "answer %u %79s %x%n", &id, one, &flags, &n) ==
	    3) {
		h2_field(&p, ":status", one);
		h2_fields(&p, line + n);
		h2_frame(b, 1, flags, id, &p);
	} else if (sscanf(line, "data %u %x%n", &id, &flags, &n) == 2) {
		if (sscanf(line + n, "%79s", one) == 1)
			buf_str(&p, one);
		h2_frame(b, 0, flags, id, &p);
	} else if (sscanf(line, "frame %u %u %x%n", &type, &id, &flags, &n) ==
	    3) {
		h2_hex(&p, line + n);
		h2_frame(b, type, flags, id, &p);
	} else if (sscanf(line, "hex%n", &n) == 0 && n == 3) {
		h2_hex(b, line + n);
	} else {
		fprintf(stderr, "no such line: %s\n", line);
		abort();
	}
	buf_free(&p);
}

/* Lines, one behind the other; what is no line of these ends it. */
static inline void
h2_lines(struct buf *b, const char *text)
{
	char line[400];
	int n;

	while (sscanf(text, " %399[^\n]%n", line, &n) == 1) {
		h2_line(b, line);
		text += n;
	}
}

/* A frame of WebSocket: first is its first byte; masked by clients. */
static inline void
ws_frame(struct buf *b, unsigned first, bool masked, const void *p, size_t n)
{
	static const uint8_t mask[4] = { 0x12, 0x34, 0x56, 0x78 };
	unsigned bit = masked ? 0x80 : 0;

	buf_be(b, first, 1);
	if (n > 0xffff) {
		buf_be(b, bit | 127, 1);
		buf_be(b, n, 8);
	} else if (n > 125) {
		buf_be(b, bit | 126, 1);
		buf_be(b, n, 2);
	} else {
		buf_be(b, bit | n, 1);
	}
	if (masked)
		buf_put(b, mask, sizeof mask);
	for (size_t i = 0; i < n; i++)
		buf_byte(b,
		    ((const uint8_t *)p)[i] ^ (masked ? mask[i & 3] : 0));
}

#endif
