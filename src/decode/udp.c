/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * udp.c: UDP (RFC 768), and tunnels in it.
 *
 * A port is only a hint: each of these functions also asks whether the header
 * is one it knows, with reserved bits as they must be, and answers
 * DECODE_NOT_TCP when it is not.
 */
#include "decode/layer.h"

/* Kinds of tunnel identifiers. */
enum {
	ID_VXLAN = 4789,
	ID_GENEVE = 6081,
	ID_GTP = 2152,
	ID_L2TP = 1701,
	ID_LISP = 4341,
};

enum {
	VXLAN_VNI = 0x08,
	VXLAN_GPE = 0x04,
	GTP_EXTENSIONS_MAX = 16,
	L2TP_CONTROL = 0x80,
	L2TP_LENGTH = 0x40,
	L2TP_SEQUENCE = 0x08,
	L2TP_OFFSET = 0x02,
};

/* RFC 7348, where reserved bits are ignored on receipt, with the group policy
 * and generic protocol drafts. */
static enum outcome
vxlan(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 8, &h))
		return DECODE_NOT_TCP;
	if ((h.p[0] & VXLAN_VNI) == 0)
		return DECODE_NOT_TCP;
	layer_note_tunnel(l, ID_VXLAN, get_be32(h.p + 4) >> 8);
	/* The draft's bit is a reserved one to those who do not know it. */
	if ((h.p[0] & VXLAN_GPE) && h.p[3] != 0 && !tunnel_ethernet_at(l, 0))
		return tunnel_by_gpe(l, h.p[3]);
	return layer_go(l, link_ethernet);
}

/* RFC 8926: not control packets; reserved bits are ignored. */
static enum outcome
geneve(struct layer *l)
{
	struct slice h, options;

	if (!layer_take(l, 8, &h))
		return DECODE_NOT_TCP;
	if (h.p[0] >> 6 != 0 || (h.p[1] & 0x80) != 0 ||
	    !layer_take(l, (h.p[0] & 0x3fu) * 4, &options))
		return DECODE_NOT_TCP;
	layer_note_tunnel(l, ID_GENEVE, get_be32(h.p + 4) >> 8);
	return link_by_ethertype(l, get_be16(h.p + 2));
}

/* Extension headers: length in words of 4 bytes, content, next type. */
static bool
gtp_extensions(struct layer *l, uint8_t type)
{
	struct slice h;

	for (unsigned i = 0; type != 0; i++) {
		if (i == GTP_EXTENSIONS_MAX || !layer_peek(l, 1, &h) ||
		    h.p[0] == 0 || !layer_take(l, h.p[0] * 4u, &h))
			return false;
		type = h.p[h.n - 1];
	}
	return true;
}

/* 3GPP TS 29.281 5.1: user data only. */
static enum outcome
gtp_user(struct layer *l)
{
	struct slice h, optional;

	if (!layer_take(l, 8, &h) || (h.p[0] & 0xf0) != 0x30 || h.p[1] != 0xff)
		return DECODE_NOT_TCP;
	layer_limit(l, get_be16(h.p + 2));
	layer_note_tunnel(l, ID_GTP, get_be32(h.p + 4));
	if (h.p[0] & 7) {
		if (!layer_take(l, 4, &optional))
			return DECODE_NOT_TCP;
		if ((h.p[0] & 4) && !gtp_extensions(l, optional.p[3]))
			return DECODE_NOT_TCP;
	}
	if (!ip_plausible(l) && !ip_v6_sliced(l))
		return DECODE_NOT_TCP;
	return layer_go(l, link_raw);
}

/* RFC 2661 3.1: data messages; the offset's size is in the header. */
static enum outcome
l2tp2(struct layer *l, unsigned flags)
{
	struct slice h;
	size_t n = (flags & L2TP_LENGTH ? 2u : 0u) + 4u +
	    (flags & L2TP_SEQUENCE ? 4u : 0u);

	if (!layer_take(l, n, &h))
		return DECODE_NOT_TCP;
	/* Tunnel and session. */
	layer_note_tunnel(l, ID_L2TP,
	    get_be32(h.p + (flags & L2TP_LENGTH ? 2 : 0)));
	if (flags & L2TP_OFFSET) {
		if (!layer_take(l, 2, &h) || !layer_take(l, get_be16(h.p), &h))
			return DECODE_NOT_TCP;
	}
	return layer_go(l, ppp_framed);
}

static enum outcome
l2tp(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 2, &h) || (h.p[0] & (L2TP_CONTROL | 0x34)) != 0)
		return DECODE_NOT_TCP;
	if (h.p[1] == 2)
		return l2tp2(l, h.p[0]);
	if (h.p[1] != 3 || h.p[0] != 0 || !layer_take(l, 2, &h))
		return DECODE_NOT_TCP;
	return tunnel_l2tp3(l);
}

/* RFC 5415 4.3.  The payload is 802.3, or 802.11 as the wireless binding
 * (RFC 5416) says. */
static enum outcome
capwap(struct layer *l)
{
	struct slice h, rest;

	if (!layer_take(l, 8, &h))
		return DECODE_NOT_TCP;
	if (h.p[0] == 1)
		return DECODE_ENCRYPTED; /* DTLS follows */

	size_t n = (h.p[1] >> 3) * 4u;
	bool native = (h.p[2] & 1) != 0;
	bool fragment = (h.p[3] & 0x80) != 0;
	bool keepalive = (h.p[3] & 0x08) != 0;

	if (h.p[0] != 0 || n < 8 || (h.p[3] & 7) != 0 || keepalive ||
	    !layer_take(l, n - 8, &rest))
		return DECODE_NOT_TCP;
	if (fragment)
		return DECODE_LINK_FRAGMENT;
	return layer_go(l, native ? wlan_swapped : link_ethernet);
}

/* Identity of 2^n bytes, words of signature; methods and operation known
 * only up to small numbers; operation 1 forwards. */
static enum outcome
ayiya(struct layer *l)
{
	struct slice h, rest;

	if (!layer_take(l, 8, &h))
		return DECODE_NOT_TCP;

	size_t identity = (size_t)1 << (h.p[0] >> 4);
	size_t signature = (h.p[1] >> 4) * 4u;

	if ((h.p[0] & 0xf) > 2 || (h.p[1] & 0xf) > 3 || h.p[2] >> 4 > 3 ||
	    (h.p[2] & 0xf) != 1 || identity > 64 ||
	    !layer_take(l, identity + signature, &rest) || !ip_plausible(l))
		return DECODE_NOT_TCP;
	return layer_go(l, link_raw);
}

/* RFC 4380 5.1.1: perhaps authentication, perhaps the origin, then IPv6;
 * bubbles have nothing behind that header. */
static enum outcome
teredo_packet(struct layer *l)
{
	struct slice h, rest;

	if (layer_peek(l, 4, &h) && get_be16(h.p) == 1 &&
	    !layer_take(l, 13u + h.p[2] + h.p[3], &rest))
		return DECODE_NOT_TCP;
	if (layer_peek(l, 2, &h) && get_be16(h.p) == 0 &&
	    !layer_take(l, 8, &rest))
		return DECODE_NOT_TCP;
	if (!layer_peek(l, 1, &h) || h.p[0] >> 4 != 6 || !ip_plausible(l))
		return DECODE_NOT_TCP;
	return layer_go(l, ip_v6);
}

/* A server, whose port is known, and a client, whose port this tells. */
static enum outcome
teredo(struct layer *l)
{
	enum outcome o = teredo_packet(l);

	if (o == LAYER_NEXT)
		teredo_learn(layer_teredo(l),
		    l->udp.dst.port == TEREDO_PORT ? &l->udp.src : &l->udp.dst);
	return o;
}

/* A client and a relay or another client, on ports that nobody assigned: one
 * end was seen with a server, or an address inside names it. */
static enum outcome
teredo_peer(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 1, &h) || (h.p[0] >> 4 != 6 && h.p[0] != 0))
		return DECODE_NOT_TCP;
	if (layer_peek(l, 40, &h) && h.p[0] >> 4 == 6 &&
	    (teredo_is_address_of(h.p + 8, &l->udp.src) ||
		teredo_is_address_of(h.p + 24, &l->udp.dst)))
		return teredo_packet(l);
	if (!layer_knows_teredo(l) ||
	    (!teredo_knows(layer_teredo(l), &l->udp.src) &&
		!teredo_knows(layer_teredo(l), &l->udp.dst)))
		return DECODE_NOT_TCP;
	return teredo_packet(l);
}

/* RFC 8086: version 0 with the bits that RFC 2890 leaves. */
static enum outcome
gre_in_udp(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 4, &h) || (h.p[0] & 0x4f) != 0 || h.p[1] != 0)
		return DECODE_NOT_TCP;
	return layer_go(l, gre);
}

/* RFC 7510. */
static enum outcome
mpls_in_udp(struct layer *l)
{
	struct layer ahead = *l;

	return tunnel_mpls(&ahead) == LAYER_NEXT ? layer_go(l, tunnel_mpls) :
						   DECODE_NOT_TCP;
}

/* RFC 3948: ESP, unless the marker of zeros says IKE. */
static enum outcome
esp_in_udp(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 8, &h) || get_be32(h.p) == 0)
		return DECODE_NOT_TCP;
	return DECODE_ENCRYPTED;
}

/* RFC 9300 5.1: data. */
static enum outcome
lisp(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 8, &h) || !ip_plausible(l))
		return DECODE_NOT_TCP;
	/* The instance, when its bit is set. */
	if (h.p[0] & 0x08)
		layer_note_tunnel(l, ID_LISP, get_be32(h.p + 4) >> 8);
	return layer_go(l, link_raw);
}

static const struct layer_row tzsp_protocols[] = {
	{ 0x01, 0, link_ethernet },
	{ 0x12, 0, wlan_frame },
	{ 0x77, 0, wlan_prism },
	{ 0x7f, 0, wlan_avs },
};

/* Tags of type, length and value, up to type 1; type 0 is padding. */
static enum outcome
tzsp(struct layer *l)
{
	struct slice h, tag;

	if (!layer_take(l, 4, &h) || h.p[0] != 1 || h.p[1] > 1)
		return DECODE_NOT_TCP;
	while (layer_take(l, 1, &tag)) {
		if (tag.p[0] == 1)
			return layer_by_key(l, LAYER_ROWS(tzsp_protocols),
			    get_be16(h.p + 2), DECODE_NOT_TCP);
		if (tag.p[0] != 0 &&
		    (!layer_take(l, 1, &tag) || !layer_take(l, tag.p[0], &tag)))
			return DECODE_NOT_TCP;
	}
	return DECODE_NOT_TCP;
}

/* clang-format off */
static const struct layer_row ports[] = {
	{ 4789, 0, vxlan },
	{ 4790, 0, vxlan },
	{ 8472, 0, vxlan },		/* Linux before the number was given */
	{ 6081, 0, geneve },
	{ 2152, 0, gtp_user },
	{ 1701, 0, l2tp },
	{ 5247, 0, capwap },
	{ 5072, 0, ayiya },
	{ 3544, 0, teredo },
	{ 4754, 0, gre_in_udp },
	{ 6635, 0, mpls_in_udp },
	{ 4500, 0, esp_in_udp },
	{ 4341, 0, lisp },
	{ 37008, 0, tzsp },
};
/* clang-format on */

/* What a tunnel's function says; l stays as it is when it refuses. */
static enum outcome
try(struct layer *l, layer_fn *fn)
{
	struct cur cur = l->cur;
	size_t len = l->len;
	bool bounded = l->bounded;
	enum outcome o = fn(l);

	if (o == LAYER_NEXT) {
		l->guessed = true;
		return o;
	}
	l->cur = cur;
	l->len = len;
	l->bounded = bounded;
	l->tunnel = 0;
	return o == DECODE_ENCRYPTED || o == DECODE_LINK_FRAGMENT ?
	    o :
	    DECODE_NOT_TCP;
}

static enum outcome
try_port(struct layer *l, unsigned port)
{
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i].key == port)
			return try(l, ports[i].fn);
	return DECODE_NOT_TCP;
}

enum outcome
udp_datagram(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 8, &h))
		return layer_short(l, 8);
	layer_note_datagram(l, h.p);
	l->udp.src = l->seg.src;
	l->udp.dst = l->seg.dst;
	l->udp.src.port = get_be16(h.p);
	l->udp.dst.port = get_be16(h.p + 2);

	enum outcome o = try_port(l, l->udp.dst.port);

	if (o == DECODE_NOT_TCP)
		o = try_port(l, l->udp.src.port);
	return o != DECODE_NOT_TCP ? o : try(l, teredo_peer);
}
