/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http_chunk.c: undoes the chunks of a body (RFC 9112, 7.1). */
#include "proto/http_chunk.h"

#include <string.h>

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The line with the size has ended. */
static void
begin_data(struct http_chunk *k)
{
	k->state = k->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
	k->digits = false;
	k->line_full = false;
}

/* One byte of the size; false when it cannot be. */
static bool
take_size(struct http_chunk *k, uint8_t c)
{
	int digit = hex_digit(c);

	if (digit >= 0) {
		if (k->left >> 59 != 0)
			return false;
		k->left = k->left << 4 | (uint64_t)digit;
		k->digits = true;
		return true;
	}
	if (!k->digits)
		return c == ' ' || c == '\t';
	if (c == '\n')
		begin_data(k);
	else if (c == ';' || c == ' ' || c == '\t' || c == '\r')
		k->state = CHUNK_EXTENSION;
	else
		return false;
	return true;
}

/* Up to and with the LF; false when there is none. */
static bool
skip_line(struct cur *c)
{
	const uint8_t *lf = memchr(c->pos, '\n', cur_left(c));

	c->pos = lf != NULL ? lf + 1 : c->end;
	return lf != NULL;
}

static enum chunk_answer
take_data(struct http_chunk *k, struct cur *c, struct slice *data)
{
	size_t n = cur_left(c);

	if (n > k->left)
		n = (size_t)k->left;
	cur_take(c, n, data);
	k->left -= n;
	if (k->left == 0)
		k->state = CHUNK_DATA_END;
	return CHUNK_BYTES;
}

/* Trailers end at an empty line. */
static bool
trailer_ends(struct http_chunk *k, uint8_t c)
{
	if (c == '\n') {
		if (!k->line_full)
			return true;
		k->line_full = false;
	} else if (c != '\r') {
		k->line_full = true;
	}
	return false;
}

enum chunk_answer
http_chunk_next(struct http_chunk *k, struct cur *c, struct slice *data)
{
	uint8_t byte;

	*data = (struct slice){ 0 };
	while (cur_left(c) > 0) {
		if (k->state == CHUNK_DATA)
			return take_data(k, c, data);
		if (k->state == CHUNK_EXTENSION) {
			if (skip_line(c))
				begin_data(k);
			continue;
		}
		if (!cur_u8(c, &byte))
			break;
		if (k->state == CHUNK_TRAILER && trailer_ends(k, byte))
			return CHUNK_LAST;
		if (k->state == CHUNK_SIZE && !take_size(k, byte))
			return CHUNK_BROKEN;
		if (k->state != CHUNK_DATA_END)
			continue;
		if (byte == '\n')
			k->state = CHUNK_SIZE;
		else if (byte != '\r')
			return CHUNK_BROKEN;
	}
	return CHUNK_MORE;
}

bool
http_chunk_skip(struct http_chunk *k, uint64_t n)
{
	if (k->state != CHUNK_DATA || n > k->left)
		return false;
	k->left -= n;
	if (k->left == 0)
		k->state = CHUNK_DATA_END;
	return true;
}
