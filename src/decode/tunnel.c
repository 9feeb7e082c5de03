/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tunnel.c: encapsulations that follow an EtherType or an IP protocol. */
#include "decode/layer.h"

enum {
	ID_MPLS = 0x8847, /* kinds of tunnel identifiers */
	ID_L2TP3 = 115,
	MPLS_LABELS_MAX = 16,
	MACSEC_SCI = 0x20,
	MACSEC_CHANGED = 0x0c, /* encrypted, or altered */
};

/* Whether an Ethernet header that leads to something known is off bytes from
 * here: for encapsulations that do not say what they hold. */
bool
tunnel_ethernet_at(const struct layer *l, size_t off)
{
	struct slice s;

	if (!layer_peek(l, off + 17, &s))
		return false;

	const uint8_t *payload = s.p + off + 14;
	unsigned type = get_be16(payload - 2);

	switch (type) {
	case 0x0800:
		return payload[0] >= 0x45 && payload[0] <= 0x4f;
	case 0x86dd:
		return payload[0] >> 4 == 6;
	case 0x8100:
	case 0x88a8:
	case 0x8847:
		return true;
	case 0x8864:
		return payload[0] == 0x11;
	default:
		return type <= 1500 && get_be16(payload) == 0xaaaa &&
		    payload[2] == 3;
	}
}

/* Ethernet after at most max bytes of headers whose presence was agreed upon
 * where we cannot know. */
static enum outcome
ethernet_within(struct layer *l, size_t max)
{
	for (size_t off = 0; off <= max; off += 4) {
		if (tunnel_ethernet_at(l, off))
			return layer_skip_to(l, off, link_ethernet);
	}
	l->way.opaque = true;
	return DECODE_NOT_IP;
}

/* What follows the labels is told only by the two ends' agreement: IP, or
 * Ethernet, perhaps with a control word (RFC 4448) first. */
static enum outcome
after_labels(struct layer *l)
{
	struct slice s;

	if (!layer_peek(l, 1, &s))
		return layer_short(l, 1);
	if (ip_plausible(l))
		return layer_go(l, link_raw);

	enum outcome o = ethernet_within(l, 4);

	if (o == LAYER_NEXT)
		return o;
	l->way.opaque = false;
	return layer_go(l, link_raw);
}

enum outcome
tunnel_mpls(struct layer *l)
{
	struct slice h;

	for (unsigned i = 0; i < MPLS_LABELS_MAX; i++) {
		if (!layer_take(l, 4, &h))
			return layer_short(l, 4);
		if (h.p[2] & 1) {
			layer_note_tunnel(l, ID_MPLS, get_be32(h.p) >> 12);
			return after_labels(l);
		}
	}
	return DECODE_TOO_DEEP;
}

/* Service headers (RFC 8300): their length, then what the numbers shared with
 * VXLAN-GPE say. */
enum outcome
tunnel_nsh(struct layer *l)
{
	struct slice h, rest;

	if (!layer_take(l, 8, &h))
		return layer_short(l, 8);

	size_t n = (h.p[1] & 0x3fu) * 4;

	if (n < 8)
		return DECODE_BAD_HEADER;
	if (!layer_take(l, n - 8, &rest))
		return layer_short(l, n - 8);
	return tunnel_by_gpe(l, h.p[3]);
}

static const struct layer_row gpe_protocols[] = {
	{ 1, 0, ip_v4 },
	{ 2, 0, ip_v6 },
	{ 3, 0, link_ethernet },
	{ 4, 0, tunnel_nsh },
	{ 5, 0, tunnel_mpls },
};

enum outcome
tunnel_by_gpe(struct layer *l, unsigned protocol)
{
	return layer_by_key(l, LAYER_ROWS(gpe_protocols), protocol,
	    DECODE_NOT_IP);
}

/* 802.1AE: readable when only integrity is protected. */
enum outcome
tunnel_macsec(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 6, &h))
		return layer_short(l, 6);
	if (h.p[0] & MACSEC_CHANGED)
		return DECODE_ENCRYPTED;
	return layer_skip_to(l, h.p[0] & MACSEC_SCI ? 8 : 0, link_typed);
}

/* RFC 6325 3: options in words of 4 bytes, then Ethernet. */
enum outcome
tunnel_trill(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 6, &h))
		return layer_short(l, 6);
	return layer_skip_to(l, (get_be16(h.p) >> 6 & 0x1fu) * 4,
	    link_ethernet);
}

/* RFC 3378. */
enum outcome
tunnel_etherip(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 2, &h))
		return layer_short(l, 2);
	if (h.p[0] >> 4 != 3)
		return DECODE_BAD_HEADER;
	return layer_skip_to(l, 2, link_ethernet);
}

/* RFC 3931 4.1.1: the session, then perhaps a cookie and a sublayer. */
enum outcome
tunnel_l2tp3(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 4, &h))
		return layer_short(l, 4);
	if (get_be32(h.p) == 0)
		return DECODE_NOT_TCP; /* control */
	layer_note_tunnel(l, ID_L2TP3, get_be32(h.p));
	return ethernet_within(l, 12);
}

/* RFC 4302, before IPv4's payload. */
enum outcome
tunnel_ah(struct layer *l)
{
	struct slice h, rest;

	if (!layer_peek(l, 2, &h))
		return layer_short(l, 2);

	uint8_t next = h.p[0];
	size_t n = (h.p[1] + 2u) * 4;

	if (n < 12)
		return DECODE_BAD_HEADER;
	if (!layer_take(l, n, &rest))
		return layer_short(l, n);
	return ip_by_protocol(l, next);
}

/* The length of what was compressed is only known when all of it is here. */
static enum outcome
inflated(struct layer *l, unsigned protocol)
{
	struct slice packed = { l->cur.pos, cur_left(&l->cur) };
	struct slice out;

	if (l->inflated ||
	    !ipcomp_inflate(layer_ipcomp(l), packed, packed.n < l->len, &out)) {
		l->way.opaque = true;
		return DECODE_NOT_TCP;
	}
	l->inflated = true;
	l->cur = cur_of(out.p, out.n);
	l->len = out.n;
	return ip_by_protocol(l, protocol);
}

/* RFC 3173.  Some send what did not shrink with the header all the same: it is
 * believed when a TCP checksum or an IP header says so. */
enum outcome
tunnel_ipcomp(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 4, &h))
		return layer_short(l, 4);

	struct slice rest = { l->cur.pos, cur_left(&l->cur) };

	if (h.p[0] == 6 && rest.n == l->len && tcp_checksum_good(&l->seg, rest))
		return layer_go(l, tcp_segment);
	if ((h.p[0] == 4 || h.p[0] == 41) && ip_plausible(l))
		return layer_go(l, link_raw);
	return inflated(l, h.p[0]);
}
