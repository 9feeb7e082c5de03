/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* obstacle.c: counts what could not be followed, by what was in the way. */
#include "decode/obstacle.h"

#include <stdio.h>

/* Numbers of IEEE and IANA whose meaning is known, and none of which carries
 * IP; sorted. */
static const uint16_t ethertypes[] = {
	0x010b, /* per-VLAN spanning tree */
	0x0842, /* wake on LAN */
	0x0bad, /* Banyan VINES */
	0x2000, /* Cisco discovery, and its kin */
	0x2003,
	0x2004,
	0x22ea, /* stream reservation */
	0x22f0, /* audio and video transport */
	0x22f4, /* IS-IS of TRILL */
	0x6000,
	0x6001,
	0x6002,
	0x6003,
	0x6004,
	0x6005, /* DEC */
	0x6006,
	0x6007,
	0x6008,
	0x6009,
	0x8035, /* reverse ARP */
	0x809b, /* AppleTalk */
	0x80c4, /* VINES */
	0x80f3, /* AppleTalk ARP */
	0x8137,
	0x8138, /* IPX */
	0x8191, /* NetBEUI */
	0x8808, /* MAC control */
	0x8809, /* slow protocols */
	0x8863, /* PPPoE discovery */
	0x886d, /* probes of teamed cards */
	0x886f, /* load balancing */
	0x8874, /* Broadcom's */
	0x887b, /* HomePlug */
	0x888e, /* 802.1X */
	0x8892, /* PROFINET */
	0x8899, /* Realtek's */
	0x889a, /* HyperSCSI */
	0x88a2, /* ATA */
	0x88a4, /* EtherCAT */
	0x88ab, /* Powerlink */
	0x88b8,
	0x88b9,
	0x88ba, /* IEC 61850 */
	0x88bf, /* MikroTik's */
	0x88c7, /* 802.11 preauthentication */
	0x88cc, /* LLDP */
	0x88cd, /* SERCOS */
	0x88d9, /* topology discovery */
	0x88dc, /* vehicles */
	0x88e1, /* HomePlug AV */
	0x88e3, /* ring redundancy */
	0x88f5,
	0x88f6, /* registration of VLANs and addresses */
	0x88f7, /* time */
	0x88f8, /* management controllers */
	0x88fb, /* parallel redundancy */
	0x8902, /* fault management */
	0x8906,
	0x8914, /* Fibre Channel */
	0x8915, /* RDMA */
	0x891d, /* time-triggered Ethernet */
	0x8940, /* edge control */
	0x8947, /* vehicles */
	0x9000, /* loopback */
	0x9003,
};

/* Sorted. */
static const uint8_t protocols[] = {
	1, /* ICMP */
	2, /* IGMP */
	3, /* gateways */
	8,
	9,
	27,
	33, /* DCCP */
	46, /* RSVP */
	54, /* NARP */
	58, /* ICMPv6 */
	59, /* nothing */
	88, /* EIGRP */
	89, /* OSPF */
	102,
	103, /* PNNI, PIM */
	112, /* VRRP */
	113, /* PGM */
	115, /* L2TP's control messages */
	118,
	124, /* STP, IS-IS */
	132, /* SCTP */
	136, /* UDP-Lite */
	139,
	140,
};

static bool
is_known_ethertype(unsigned type)
{
	/* ARP is what most of them are. */
	if (type == 0x0806)
		return true;
	for (size_t i = 0; i < sizeof(ethertypes) / sizeof(ethertypes[0]); i++)
		if (ethertypes[i] == type)
			return true;
	return false;
}

static bool
is_known_protocol(unsigned protocol)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i] == protocol)
			return true;
	return false;
}

bool
way_holds_neither(const struct way *w)
{
	if (w->opaque)
		return false;
	switch (w->kind) {
	case WAY_ETHERTYPE:
		return w->found || is_known_ethertype(w->number);
	case WAY_PROTOCOL:
		return w->found || is_known_protocol(w->number);
	case WAY_PPP:
		/* Above are control protocols (RFC 1661 2). */
		return w->found || w->number >= 0x4000;
	case WAY_VERSION:
		return false;
	default:
		return true;
	}
}

static struct obstacle *
rarest(struct obstacles *o)
{
	struct obstacle *least = &o->v[0];

	for (size_t i = 1; i < o->n; i++)
		if (o->v[i].frames < least->frames)
			least = &o->v[i];
	return least;
}

void
obstacles_add(struct obstacles *o, const struct way *w, int outcome)
{
	struct obstacle *to = NULL;

	o->frames++;
	for (size_t i = 0; i < o->n && to == NULL; i++)
		if (o->v[i].outcome == outcome && o->v[i].way.kind == w->kind &&
		    o->v[i].way.number == w->number)
			to = &o->v[i];
	if (to == NULL && o->n < OBSTACLES_MAX) {
		to = &o->v[o->n++];
		to->frames = 0;
	} else if (to == NULL) {
		to = rarest(o);
	}
	to->way = *w;
	to->outcome = outcome;
	to->frames++;
}

const struct obstacle *
obstacles_first(const struct obstacles *o)
{
	const struct obstacle *most = NULL;

	for (size_t i = 0; i < o->n; i++)
		if (most == NULL || o->v[i].frames > most->frames)
			most = &o->v[i];
	return most;
}

void
way_name(char out[static 32], const struct way *w)
{
	switch (w->kind) {
	case WAY_ETHERTYPE:
		snprintf(out, 32, "EtherType 0x%04x", w->number & 0xffff);
		break;
	case WAY_PROTOCOL:
		snprintf(out, 32, "IP protocol %u", w->number);
		break;
	case WAY_PPP:
		snprintf(out, 32, "PPP protocol 0x%04x", w->number & 0xffff);
		break;
	case WAY_VERSION:
		snprintf(out, 32, "IP version %u", w->number);
		break;
	default:
		out[0] = '\0';
	}
}
