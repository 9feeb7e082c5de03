/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* link_tags.c: headers that devices put between an Ethernet header and what
 * it carries: time stamps, capture modules, meshes. */
#include "decode/layer.h"

enum {
	ARISTA_TIME = 1,    /* subtype */
	ARISTA_LONG = 0x10, /* format, of the version: 64 bits */
	ARISTA_SHORT = 0x20,
	TECMP_HEADER = 12,
	TECMP_ENTRY = 16,
	TECMP_LOGGED = 3, /* message types that hold frames */
	TECMP_REPLAYED = 10,
	TECMP_ETHERNET = 0x80, /* data type */
	TECMP_ENTRIES_MAX = 1024,
	CMP_VERSION = 1,
	CMP_HEADER = 8,
	CMP_DATA = 1, /* message type */
	CMP_ENTRY = 16,
	CMP_ETHERNET = 8,     /* payload type */
	CMP_PARTS = 0x0c,     /* of a frame; flags */
	BATMAN_UNICAST_4 = 3, /* versions up to 14 */
	BATMAN_BROADCAST_4 = 4,
	BATMAN_PART_4 = 6,
	BATMAN_UNICAST4_4 = 9,
	BATMAN_BROADCAST = 1, /* version 15 */
	BATMAN_MULTICAST = 5,
	BATMAN_UNICAST = 0x40,
	BATMAN_PART = 0x41,
	BATMAN_UNICAST4 = 0x42,
};

/* Subtype, version and a time of 64 or 48 bits, then the frame's own type. */
enum outcome
tag_arista(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 4, &h))
		return layer_short(l, 4);
	if (get_be16(h.p) != ARISTA_TIME)
		return DECODE_NOT_IP;

	unsigned format = h.p[3] & 0xf0;

	if (format != ARISTA_LONG && format != ARISTA_SHORT)
		return DECODE_NOT_IP;
	return layer_skip_to(l, format == ARISTA_LONG ? 8 : 6, link_typed);
}

/* Decodes the n bytes at l as a frame of their own. */
static enum outcome
frame_within(struct layer *l, size_t n)
{
	struct layer one = *l;
	enum outcome o;

	layer_limit(&one, n);
	one.bounded = false;
	one.sliced = true;
	one.next = link_ethernet;
	o = layer_run(&one);
	l->way = one.way;
	return o;
}

/* Entries of interface, time, length and flags, each with an Ethernet frame.
 * The outcome is TCP when one of them held it, else that of the last. */
static enum outcome
tecmp_frames(struct layer *l)
{
	enum outcome o = DECODE_NOT_IP;
	struct slice h, frame;

	for (unsigned i = 0; i < TECMP_ENTRIES_MAX; i++) {
		if (!layer_take(l, TECMP_ENTRY, &h))
			return i > 0 ? o : layer_short(l, TECMP_ENTRY);

		size_t n = get_be16(h.p + 12);

		if (n == 0)
			return o; /* the frame's padding */

		enum outcome one = frame_within(l, n);

		if (o != DECODE_TCP)
			o = one;
		if (!layer_take(l, n, &frame))
			return o;
	}
	return o;
}

/* ASAM CMP: a header of 8 bytes, then entries of time, interface, flags, type
 * and length; before an Ethernet frame flags and its length once more. */
static enum outcome
cmp_frame(struct layer *l)
{
	struct slice h, e;

	if (!layer_take(l, CMP_HEADER, &h))
		return layer_short(l, CMP_HEADER);
	if (h.p[4] != CMP_DATA)
		return DECODE_NOT_IP;
	if (!layer_take(l, CMP_ENTRY + 6, &e))
		return layer_short(l, CMP_ENTRY + 6);
	if (e.p[13] != CMP_ETHERNET)
		return DECODE_NOT_IP;
	if (e.p[12] & CMP_PARTS)
		return DECODE_LINK_FRAGMENT;
	return frame_within(l, get_be16(e.p + CMP_ENTRY + 4));
}

/* Technically Enhanced Capture Module Protocol: device, counter, version,
 * message type, data type, reserved, flags; ASAM CMP has the same EtherType
 * and begins with its version. */
enum outcome
tag_tecmp(struct layer *l)
{
	struct slice h;

	if (layer_peek(l, 2, &h) && h.p[0] == CMP_VERSION && h.p[1] == 0)
		return layer_go(l, cmp_frame);
	if (!layer_take(l, TECMP_HEADER, &h))
		return layer_short(l, TECMP_HEADER);
	if ((h.p[5] != TECMP_LOGGED && h.p[5] != TECMP_REPLAYED) ||
	    get_be16(h.p + 6) != TECMP_ETHERNET)
		return DECODE_NOT_IP;
	return layer_go(l, tecmp_frames);
}

/* By packet type: the header's size, then Ethernet; 0 stands for parts of a
 * frame.  Types of version 15, and of those before. */
static const struct batman_row {
	uint8_t type;
	bool old;
	uint8_t size;
} batman_rows[] = {
	{ BATMAN_UNICAST, false, 10 },
	{ BATMAN_UNICAST4, false, 18 },
	{ BATMAN_BROADCAST, false, 14 },
	{ BATMAN_PART, false, 0 },
	{ BATMAN_UNICAST_4, true, 10 },
	{ BATMAN_UNICAST4_4, true, 18 },
	{ BATMAN_BROADCAST_4, true, 14 },
	{ BATMAN_PART_4, true, 0 },
};

/* batman-adv: a mesh below Ethernet.  Type and version come first. */
enum outcome
tag_batman(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 6, &h))
		return layer_short(l, 6);

	bool old = h.p[1] < 15;

	if (!old && h.p[0] == BATMAN_MULTICAST)
		return layer_skip_to(l, 6 + (size_t)get_be16(h.p + 4),
		    link_ethernet);
	for (size_t i = 0; i < sizeof(batman_rows) / sizeof(batman_rows[0]);
	     i++) {
		const struct batman_row *row = &batman_rows[i];

		if (row->type != h.p[0] || row->old != old)
			continue;
		if (row->size == 0)
			return DECODE_LINK_FRAGMENT;
		return layer_skip_to(l, row->size, link_ethernet);
	}
	return DECODE_NOT_IP;
}
