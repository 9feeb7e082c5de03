/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* wlan.c: 802.11 data frames and the headers that capture puts before them. */
#include "decode/layer.h"

enum {
	WLAN_HEADER = 24,
	SUBTYPE_NULL = 0x40, /* of the first frame control byte */
	SUBTYPE_QOS = 0x80,
	TO_DS = 0x01, /* of the second */
	FROM_DS = 0x02,
	MORE_FRAGMENTS = 0x04,
	PROTECTED = 0x40,
	ORDER = 0x80,
	QOS_AMSDU = 0x80,
	SUBFRAMES_MAX = 1024,
};

static bool
snap_at(const struct layer *l, size_t off)
{
	struct slice s;

	return layer_peek(l, off + 3, &s) && get_be16(s.p + off) == 0xaaaa &&
	    s.p[off + 2] == 3;
}

/* One subframe of an A-MSDU: two addresses, a length, then LLC. */
static enum outcome
subframe(struct layer *l, size_t n)
{
	struct layer one = *l;
	enum outcome o;

	layer_limit(&one, n);
	one.next = link_llc;
	o = layer_run(&one);
	l->way = one.way;
	return o;
}

/* Subframes are padded to 4 bytes, but for the last.  The outcome is TCP when
 * one of them held it, else that of the last. */
static enum outcome
aggregate(struct layer *l)
{
	enum outcome o = DECODE_NOT_IP;
	struct slice h, rest;

	for (unsigned i = 0; i < SUBFRAMES_MAX; i++) {
		if (!layer_take(l, 14, &h))
			break;

		size_t n = get_be16(h.p + 12);

		enum outcome one = subframe(l, n);

		if (o != DECODE_TCP)
			o = one;
		if (!layer_take(l, n, &rest) ||
		    !layer_take(l, (size_t) - (14 + n) & 3, &rest))
			break;
	}
	return o;
}

/* The body, when nothing said what comes first: LLC, perhaps behind a mesh
 * control field, or padding of the header to 4 bytes. */
static enum outcome
body(struct layer *l, size_t header)
{
	struct slice s;

	if (snap_at(l, 0))
		return layer_go(l, link_llc);
	if (header % 4 == 2 && snap_at(l, 2))
		return layer_skip_to(l, 2, link_llc);
	if (layer_peek(l, 1, &s) && snap_at(l, 6 + (s.p[0] & 3u) * 6))
		return layer_skip_to(l, 6 + (s.p[0] & 3u) * 6, link_llc);
	return layer_go(l, link_llc);
}

/* Some tools decrypt and leave the flag, with or without the 8 bytes of
 * initialisation vector. */
static enum outcome
protected_body(struct layer *l)
{
	if (snap_at(l, 0))
		return layer_go(l, link_llc);
	if (snap_at(l, 8))
		return layer_skip_to(l, 8, link_llc);
	return DECODE_ENCRYPTED;
}

static size_t
header_size(unsigned subtype, unsigned flags)
{
	size_t n = WLAN_HEADER;

	if ((flags & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS))
		n += 6; /* fourth address */
	if (subtype & SUBTYPE_QOS)
		n += flags & ORDER ? 6 : 2;
	return n;
}

/* Whether the frame is one of several: a fragment number that is not 0.  Who
 * swaps the bytes of the frame control may swap those of the sequence control
 * too, or not. */
static bool
is_fragment(const uint8_t *h, unsigned flags, bool swapped)
{
	if (flags & MORE_FRAGMENTS)
		return true;
	return (h[22] & 0xf) != 0 && (!swapped || (h[23] & 0xf) != 0);
}

static bool
is_aggregate(const struct layer *l, const uint8_t *qos, bool swapped)
{
	if (swapped && snap_at(l, 0))
		return false;
	return (qos[0] & QOS_AMSDU) || (swapped && (qos[1] & QOS_AMSDU));
}

static enum outcome
data_frame(struct layer *l, unsigned subtype, unsigned flags, bool swapped)
{
	struct slice h;
	size_t n = header_size(subtype, flags);
	size_t qos = n - (flags & ORDER ? 6 : 2);

	if (!layer_take(l, n, &h))
		return layer_short(l, n);
	if (subtype & SUBTYPE_NULL)
		return DECODE_NOT_IP;
	if (is_fragment(h.p, flags, swapped))
		return DECODE_LINK_FRAGMENT;
	if (flags & PROTECTED)
		return protected_body(l);
	if ((subtype & SUBTYPE_QOS) && is_aggregate(l, h.p + qos, swapped))
		return aggregate(l);
	return body(l, n);
}

/* Version 0, type data. */
static bool
is_data(unsigned control)
{
	return (control & 0x0f) == 0x08;
}

enum outcome
wlan_frame(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 2, &h))
		return layer_short(l, 2);
	if (!is_data(h.p[0]))
		return DECODE_NOT_IP;
	return data_frame(l, h.p[0] & 0xf0, h.p[1], false);
}

enum outcome
wlan_swapped(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 2, &h))
		return layer_short(l, 2);
	if (!is_data(h.p[0]) && is_data(h.p[1]))
		return data_frame(l, h.p[1] & 0xf0, h.p[0], true);
	return layer_go(l, wlan_frame);
}

enum outcome
wlan_radiotap(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 8, &h))
		return layer_short(l, 8);
	if (h.p[0] != 0 || get_le16(h.p + 2) < 8)
		return DECODE_BAD_HEADER;
	return layer_skip_to(l, get_le16(h.p + 2), wlan_frame);
}

/* AVS says its own length, in network byte order. */
enum outcome
wlan_avs(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 8, &h))
		return layer_short(l, 8);
	return layer_skip_to(l, get_be32(h.p + 4), wlan_frame);
}

/* The length is in the byte order of the host that captured; AVS comes under
 * this link type too. */
enum outcome
wlan_prism(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 8, &h))
		return layer_short(l, 8);
	if (get_be32(h.p) >> 12 == 0x80211)
		return layer_go(l, wlan_avs);

	uint32_t n = get_le32(h.p + 4);

	if (n > UINT16_MAX)
		n = get_be32(h.p + 4);
	return layer_skip_to(l, n, wlan_frame);
}
