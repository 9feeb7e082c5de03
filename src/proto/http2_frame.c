/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http2_frame.c: the headers of HTTP/2's frames (RFC 9113, 4.1 and 6). */
#include <stdio.h>

#include "proto/http2_parts.h"

enum h2_on { ON_STREAM, ON_CONNECTION, ON_ANY };

/* What is said of a type: its name, the flags that it has, where it may stand,
 * and its length: at least, at most (0: any), and of what it is a multiple. */
static const struct {
	const char *name;
	uint8_t flags;
	enum h2_on on;
	uint32_t least;
	uint32_t most;
	uint32_t unit;
} types[H2_TYPES] = {
	[H2_DATA] = { "data", 0x09, ON_STREAM, 0, 0, 1 },
	[H2_HEADERS] = { "headers", 0x2d, ON_STREAM, 1, 0, 1 },
	[H2_PRIORITY] = { "priority", 0, ON_STREAM, 5, 5, 1 },
	[H2_RST_STREAM] = { "rst_stream", 0, ON_STREAM, 4, 4, 1 },
	[H2_SETTINGS] = { "settings", 0x01, ON_CONNECTION, 0, 0, 6 },
	[H2_PUSH_PROMISE] = { "push_promise", 0x0c, ON_STREAM, 5, 0, 1 },
	[H2_PING] = { "ping", 0x01, ON_CONNECTION, 8, 8, 1 },
	[H2_GOAWAY] = { "goaway", 0, ON_CONNECTION, 8, 0, 1 },
	[H2_WINDOW_UPDATE] = { "window_update", 0, ON_ANY, 4, 4, 1 },
	[H2_CONTINUATION] = { "continuation", 0x04, ON_STREAM, 0, 0, 1 },
};

/* What everybody must take (RFC 9113, 4.2). */
#define H2_FRAME_USUAL 16384

void
h2_frame_read(struct h2_frame *f, const uint8_t head[static H2_HEADER])
{
	f->len = get_be32(head) >> 8;
	f->type = head[3];
	f->flags = head[4];
	f->stream = get_be32(head + 5) & 0x7fffffff;
}

static const char *
mark_of(const struct h2_frame *f)
{
	switch (f->type) {
	case H2_SETTINGS:
	case H2_PING:
		return (f->flags & H2_ACK) != 0 ? " ack" : "";
	case H2_HEADERS:
		return (f->flags & H2_END_STREAM) != 0 ? " end" : "";
	default:
		return "";
	}
}

const char *
h2_frame_label(const struct h2_frame *f, char *out, size_t n)
{
	char stream[16] = "";

	if (f->stream != 0)
		snprintf(stream, sizeof stream, " %u", (unsigned)f->stream);
	if (f->type < H2_TYPES)
		snprintf(out, n, "h2 %s%s%s", types[f->type].name, stream,
		    mark_of(f));
	else
		snprintf(out, n, "h2 type %u%s", f->type, stream);
	return out;
}

bool
h2_frame_is_likely(const struct h2_frame *f, uint32_t highest)
{
	if (f->type >= H2_TYPES || f->len > H2_FRAME_USUAL ||
	    f->stream > highest)
		return false;
	if ((f->flags & ~types[f->type].flags) != 0 ||
	    f->len < types[f->type].least ||
	    f->len % types[f->type].unit != 0 ||
	    (types[f->type].most > 0 && f->len > types[f->type].most))
		return false;
	return types[f->type].on == ON_ANY ||
	    (types[f->type].on == ON_STREAM) == (f->stream != 0);
}

size_t
h2_prefix_length(const struct h2_frame *f)
{
	size_t n = (f->flags & H2_PADDED) != 0 ? 1 : 0;

	switch (f->type) {
	case H2_DATA:
		return n;
	case H2_HEADERS:
		return n + ((f->flags & H2_PRIORITY_FLAG) != 0 ? 5 : 0);
	case H2_PUSH_PROMISE:
		return n + 4;
	default:
		return 0;
	}
}

bool
h2_frame_has_block(const struct h2_frame *f)
{
	return f->type == H2_HEADERS || f->type == H2_PUSH_PROMISE ||
	    f->type == H2_CONTINUATION;
}
