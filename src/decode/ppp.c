/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* ppp.c: PPP (RFC 1661), framed like HDLC (RFC 1662) or over Ethernet (RFC
 * 2516), and Cisco HDLC. */
#include "decode/layer.h"

enum { ID_PPPOE = 0x8864 }; /* kind of tunnel identifier */

static layer_fn bridged;
static layer_fn multilink;
static layer_fn closed;

/* clang-format off */
static const struct layer_row protocols[] = {
	{ 0x0021, 0, ip_v4 },
	{ 0x0057, 0, ip_v6 },
	{ 0x0031, 0, bridged },		/* RFC 3518 */
	{ 0x003d, 0, multilink },	/* RFC 1990 */
	{ 0x0281, 0, tunnel_mpls },
	{ 0x0283, 0, tunnel_mpls },
	{ 0x0053, 0, closed },		/* encrypted, RFC 1968 */
	{ 0x0055, 0, closed },
	{ 0x00fd, 0, closed },		/* compressed or MPPE, RFC 3078 */
};
/* clang-format on */

enum outcome
ppp(struct layer *l)
{
	struct slice s;

	if (!layer_take(l, 1, &s))
		return layer_short(l, 1);

	unsigned protocol = s.p[0];

	/* An odd first byte is a compressed field (RFC 1661 6.5). */
	if ((protocol & 1) == 0) {
		if (!layer_take(l, 1, &s))
			return layer_short(l, 1);
		protocol = protocol << 8 | s.p[0];
	}
	return layer_by_number(l, LAYER_ROWS(protocols), WAY_PPP, protocol,
	    DECODE_NOT_IP);
}

enum outcome
ppp_framed(struct layer *l)
{
	struct slice s;

	if (layer_peek(l, 2, &s) && s.p[0] == 0xff && s.p[1] == 3)
		return layer_skip_to(l, 2, ppp);
	return layer_go(l, ppp);
}

enum outcome
ppp_chdlc(struct layer *l)
{
	return layer_skip_to(l, 2, link_typed);
}

enum outcome
ppp_hdlc(struct layer *l)
{
	struct slice s;

	/* No protocol of PPP has such a number. */
	if (layer_peek(l, 2, &s) && (s.p[0] == 0x0f || s.p[0] == 0x8f) &&
	    s.p[1] == 0)
		return layer_go(l, ppp_chdlc);
	return layer_go(l, ppp_framed);
}

enum outcome
ppp_pppoe(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 6, &h))
		return layer_short(l, 6);
	if (h.p[0] != 0x11)
		return DECODE_BAD_HEADER;
	if (h.p[1] != 0)
		return DECODE_NOT_IP; /* discovery */
	layer_limit(l, get_be16(h.p + 4));
	layer_note_tunnel(l, ID_PPPOE, get_be16(h.p + 2));
	return layer_go(l, ppp);
}

/* Flags, type of the addresses; then perhaps a LAN identifier. */
static enum outcome
bridged(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 2, &h))
		return layer_short(l, 2);
	if (h.p[1] != 1)
		return DECODE_NOT_IP; /* not 802.3 */
	return layer_skip_to(l, h.p[0] & 0x40 ? 4 : 0, link_ethernet);
}

/* Only what came in one piece: beginning and end.  Sequence numbers are taken
 * to be long, because short ones need an agreement that we do not see. */
static enum outcome
multilink(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 1, &h))
		return layer_short(l, 1);
	if ((h.p[0] & 0xc0) != 0xc0)
		return DECODE_LINK_FRAGMENT;
	return layer_skip_to(l, 4, ppp);
}

static enum outcome
closed(struct layer *l)
{
	(void)l;
	return DECODE_ENCRYPTED;
}
