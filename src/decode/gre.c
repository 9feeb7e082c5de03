/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* gre.c: generic routing encapsulation: RFC 2784 and 2890, with the routing
 * of RFC 1701; PPTP's version 1 (RFC 2637). */
#include "decode/layer.h"

enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080,
	GRE_VERSION = 0x0007,
	GRE_ROUTES_MAX = 16,
	ID_GRE = 47, /* kinds of tunnel identifiers */
	ID_ERSPAN = 0x88be,
};

static layer_fn erspan;
static layer_fn erspan3;
static layer_fn wccp;

/* Besides the EtherTypes. */
/* clang-format off */
static const struct layer_row protocols[] = {
	{ 0x88be, 0, erspan },
	{ 0x22eb, 0, erspan3 },
	{ 0x883e, 0, wccp },
	{ 0x6559, 0, link_frame_relay },
	{ 0x00fe, 0, link_nlpid },
	{ 0x8200, 0, wlan_frame },	/* Aruba's, here and below */
	{ 0x8210, 0, wlan_frame },
	{ 0x8220, 0, wlan_frame },
	{ 0x8230, 0, wlan_frame },
	{ 0x8240, 0, wlan_frame },
	{ 0x8250, 0, wlan_frame },
	{ 0x8260, 0, wlan_frame },
	{ 0x8270, 0, wlan_frame },
	{ 0x8280, 0, wlan_frame },
	{ 0x8290, 0, wlan_frame },
	{ 0x82a0, 0, wlan_frame },
	{ 0x82b0, 0, wlan_frame },
	{ 0x82c0, 0, wlan_frame },
	{ 0x82d0, 0, wlan_frame },
	{ 0x82e0, 0, wlan_frame },
	{ 0x82f0, 0, wlan_frame },
	{ 0x8300, 0, wlan_frame },
	{ 0x8310, 0, wlan_frame },
	{ 0x8320, 0, wlan_frame },
	{ 0x8330, 0, wlan_frame },
	{ 0x8340, 0, wlan_frame },
	{ 0x8350, 0, wlan_frame },
	{ 0x8360, 0, wlan_frame },
	{ 0x8370, 0, wlan_frame },
	{ 0x9000, 0, wlan_frame },
};
/* clang-format on */

/* The size of a field that is there when a flag is set. */
static size_t
word_if(unsigned flag)
{
	return flag != 0 ? 4 : 0;
}

/* Version 1: the payload's length, perhaps numbers, then PPP. */
static enum outcome
enhanced(struct layer *l, unsigned flags, unsigned protocol)
{
	struct slice h, numbers;
	size_t n = word_if(flags & GRE_SEQUENCE) + word_if(flags & GRE_ACK);

	if (protocol != 0x880b || (flags & GRE_KEY) == 0)
		return DECODE_BAD_HEADER;
	if (!layer_take(l, 4, &h))
		return layer_short(l, 4);
	if (!layer_take(l, n, &numbers))
		return layer_short(l, n);
	if ((flags & GRE_SEQUENCE) == 0)
		return DECODE_NOT_IP; /* an acknowledgement alone */
	layer_limit(l, get_be16(h.p));
	layer_note_tunnel(l, ID_GRE, get_be16(h.p + 2));
	return layer_go(l, ppp_framed);
}

/* Source route entries: family, offset, length; the last is all zero. */
static enum outcome
skip_routes(struct layer *l)
{
	struct slice h, address;

	for (unsigned i = 0; i < GRE_ROUTES_MAX; i++) {
		if (!layer_take(l, 4, &h))
			return layer_short(l, 4);
		if (get_be16(h.p) == 0 && h.p[3] == 0)
			return LAYER_NEXT;
		if (!layer_take(l, h.p[3], &address))
			return layer_short(l, h.p[3]);
	}
	return DECODE_TOO_DEEP;
}

enum outcome
gre(struct layer *l)
{
	struct slice h, optional;

	if (!layer_take(l, 4, &h))
		return layer_short(l, 4);

	unsigned flags = get_be16(h.p);
	unsigned protocol = get_be16(h.p + 2);
	size_t n = word_if(flags & (GRE_CHECKSUM | GRE_ROUTING)) +
	    word_if(flags & GRE_KEY) + word_if(flags & GRE_SEQUENCE);

	if ((flags & GRE_VERSION) == 1)
		return enhanced(l, flags, protocol);
	if ((flags & GRE_VERSION) != 0)
		return DECODE_BAD_HEADER;
	if (!layer_take(l, n, &optional))
		return layer_short(l, n);
	if (flags & GRE_KEY)
		layer_note_tunnel(l, ID_GRE,
		    get_be32(optional.p +
			word_if(flags & (GRE_CHECKSUM | GRE_ROUTING))));
	if (flags & GRE_ROUTING) {
		enum outcome o = skip_routes(l);

		if (o != LAYER_NEXT)
			return o;
	}
	l->sequenced = (flags & GRE_SEQUENCE) != 0;

	enum outcome o =
	    layer_by_key(l, LAYER_ROWS(protocols), protocol, DECODE_NOT_IP);

	return o != DECODE_NOT_IP ? o : link_by_ethertype(l, protocol);
}

/* Type I is bare Ethernet; type II came with GRE's sequence number. */
static enum outcome
erspan(struct layer *l)
{
	struct slice h;

	if (!l->sequenced)
		return layer_go(l, link_ethernet);
	if (!layer_take(l, 8, &h))
		return layer_short(l, 8);
	layer_note_tunnel(l, ID_ERSPAN, get_be16(h.p + 2) & 0x3ff);
	return layer_go(l, link_ethernet);
}

/* Type III: 12 bytes, and 8 for the platform when the last bit says so. */
static enum outcome
erspan3(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 12, &h))
		return layer_short(l, 12);

	bool is_ip = (get_be16(h.p + 10) >> 10 & 0x1f) == 2;

	layer_note_tunnel(l, ID_ERSPAN, get_be16(h.p + 2) & 0x3ff);

	return layer_skip_to(l, h.p[11] & 1 ? 8 : 0,
	    is_ip ? link_raw : link_ethernet);
}

/* Version 2 has 4 bytes of its own, which never look like IPv4. */
static enum outcome
wccp(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 1, &h))
		return layer_short(l, 1);
	return layer_skip_to(l, h.p[0] >> 4 == 4 ? 0 : 4, ip_v4);
}
