/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* link.c: Ethernet and what resembles it, Linux cooked, raw, NULL and LOOP. */
#include "decode/layer.h"

enum {
	LLC_MAX = 1500, /* a length, not an EtherType */
	ETHERTYPE_MIN = 0x600,
};

static layer_fn vlan;

/* The first ones are met most. */
/* clang-format off */
static const struct layer_row ethertypes[] = {
	{ 0x0800, 0, ip_v4 },
	{ 0x86dd, 0, ip_v6 },
	{ 0x8100, 0, vlan },		/* 802.1Q */
	{ 0x88a8, 0, vlan },		/* 802.1ad */
	{ 0x9100, 0, vlan },		/* QinQ before 802.1ad */
	{ 0x9200, 0, vlan },
	{ 0x9300, 0, vlan },
	{ 0x8847, 0, tunnel_mpls },
	{ 0x8848, 0, tunnel_mpls },
	{ 0x8864, 0, ppp_pppoe },
	{ 0x88e7, 4, link_ethernet },	/* 802.1ah: service tag */
	{ 0x6558, 0, link_ethernet },	/* transparent Ethernet bridging */
	{ 0x880b, 0, ppp_framed },
	{ 0x8870, 0, link_llc },	/* 802.3 with a long payload */
	{ 0x8903, 2, link_ethernet },	/* FabricPath */
	{ 0x8909, 6, link_typed },	/* Cisco metadata */
	{ 0x8926, 4, link_typed },	/* VN-Tag */
	{ 0x893f, 6, link_typed },	/* 802.1BR E-Tag */
	{ 0x892f, 4, link_typed },	/* HSR */
	{ 0x22f3, 0, tunnel_trill },
	{ 0x894f, 0, tunnel_nsh },
	{ 0x88e5, 0, tunnel_macsec },
	{ 0xf1c1, 4, link_typed },	/* 802.1CB R-tag */
	{ 0xd28b, 0, tag_arista },
	{ 0x99fe, 0, tag_tecmp },
	{ 0x4305, 0, tag_batman },
};
/* clang-format on */

enum outcome
link_by_ethertype(struct layer *l, unsigned type)
{
	return layer_by_number(l, LAYER_ROWS(ethertypes), WAY_ETHERTYPE, type,
	    DECODE_NOT_IP);
}

/* The EtherType of Ethernet or after a tag may be a length (802.3). */
static enum outcome
type_or_length(struct layer *l, unsigned type)
{
	if (type >= ETHERTYPE_MIN)
		return link_by_ethertype(l, type);
	if (type > LLC_MAX) {
		l->way.kind = WAY_NONE;
		return DECODE_NOT_IP;
	}
	layer_limit(l, type);
	return layer_go(l, link_llc);
}

enum outcome
link_typed(struct layer *l)
{
	struct slice s;

	if (!layer_take(l, 2, &s))
		return layer_short(l, 2);
	return type_or_length(l, get_be16(s.p));
}

enum outcome
link_ethernet(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 14, &h))
		return layer_short(l, 14);
	if (!l->seg.hop.has_src)
		layer_set_mac(&l->seg, h.p);
	return type_or_length(l, get_be16(h.p + 12));
}

/* The order of tags counts, the priority does not, and a tag with the null
 * VLAN names none (802.1Q 9.6). */
static enum outcome
vlan(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 4, &h))
		return layer_short(l, 4);

	uint64_t vid = get_be16(h.p) & HOP_VLAN_MAX;

	if (vid != 0)
		l->seg.hop.vlan =
		    (l->seg.hop.vlan << HOP_VLAN_BITS | vid) & HOP_VLANS_MASK;
	return type_or_length(l, get_be16(h.p + 2));
}

/* After SNAP's 3 bytes: organisation and protocol (802-2014 9.5). */
static enum outcome
snap(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 5, &h))
		return layer_short(l, 5);

	uint32_t oui = get_be32(h.p) >> 8;
	unsigned protocol = get_be16(h.p + 3);

	if (oui == 0x000000 || oui == 0x0000f8)
		return link_by_ethertype(l, protocol);
	/* RFC 2427 4.2: bridged Ethernet, with or without its FCS. */
	if (oui == 0x0080c2 && (protocol == 1 || protocol == 7))
		return layer_go(l, link_ethernet);
	return DECODE_NOT_IP;
}

static const struct layer_row nlpids[] = {
	{ 0xcc, 0, ip_v4 },
	{ 0x8e, 0, ip_v6 },
	{ 0x80, 0, snap },
	{ 0xcf, 0, ppp },
};

enum outcome
link_nlpid(struct layer *l)
{
	struct slice s;

	if (!layer_take(l, 1, &s))
		return layer_short(l, 1);
	return layer_by_key(l, LAYER_ROWS(nlpids), s.p[0], DECODE_NOT_IP);
}

/* By destination and source service access point; unnumbered information. */
static const struct layer_row llc_saps[] = {
	{ 0xaaaa, 0, snap },
	{ 0x0606, 0, ip_v4 },
	{ 0xfefe, 0, link_nlpid },
};

enum outcome
link_llc(struct layer *l)
{
	struct slice h;

	l->way.kind = WAY_NONE;
	if (!layer_take(l, 3, &h))
		return layer_short(l, 3);
	if (h.p[2] != 3)
		return DECODE_NOT_IP;
	return layer_by_key(l, LAYER_ROWS(llc_saps), get_be16(h.p),
	    DECODE_NOT_IP);
}

enum outcome
link_raw(struct layer *l)
{
	struct slice s;

	if (!layer_peek(l, 1, &s))
		return layer_short(l, 1);

	unsigned version = s.p[0] >> 4;

	if (version == 4)
		return layer_go(l, ip_v4);
	if (version == 6)
		return layer_go(l, ip_v6);
	l->way.kind = WAY_VERSION;
	l->way.number = version;
	return DECODE_NOT_IP;
}

/* Address families: the numbers of the BSDs, Darwin, Linux. */
static const struct layer_row families[] = {
	{ 2, 0, ip_v4 },
	{ 24, 0, ip_v6 },
	{ 28, 0, ip_v6 },
	{ 30, 0, ip_v6 },
	{ 10, 0, ip_v6 },
};

/* The byte order is that of the machine that captured. */
enum outcome
link_null(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 4, &h))
		return layer_short(l, 4);

	uint32_t family = get_be32(h.p);

	if (family > UINT16_MAX)
		family = get_le32(h.p);
	return layer_by_key(l, LAYER_ROWS(families), family, DECODE_NOT_IP);
}

/* Hardware types of Linux whose frames are not told by an EtherType. */
static const struct layer_row cooked_types[] = {
	{ 801, 0, wlan_frame },
	{ 802, 0, wlan_prism },
	{ 803, 0, wlan_radiotap },
};

static enum outcome
cooked(struct layer *l, unsigned hardware, unsigned protocol)
{
	enum outcome o =
	    layer_by_key(l, LAYER_ROWS(cooked_types), hardware, DECODE_NOT_IP);

	if (o != DECODE_NOT_IP)
		return o;
	return protocol == 4 ? layer_go(l, link_llc) :
			       link_by_ethertype(l, protocol);
}

/* Cooked captures have the sender's address alone; of which this is the length,
 * and where it is. */
static void
set_sender(struct layer *l, unsigned len, const uint8_t *addr)
{
	struct hop *hop = &l->seg.hop;

	if (len != sizeof(hop->src_mac) || hop->has_src)
		return;
	hop->has_src = true;
	memcpy(hop->src_mac, addr, sizeof(hop->src_mac));
}

enum outcome
link_sll(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 16, &h))
		return layer_short(l, 16);
	set_sender(l, get_be16(h.p + 4), h.p + 6);
	return cooked(l, get_be16(h.p + 2), get_be16(h.p + 14));
}

enum outcome
link_other(struct layer *l)
{
	(void)l;
	return DECODE_NOT_IP;
}

enum outcome
link_sll2(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 20, &h))
		return layer_short(l, 20);
	set_sender(l, h.p[11], h.p + 12);
	return cooked(l, get_be16(h.p + 8), get_be16(h.p));
}
