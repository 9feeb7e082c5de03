/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_link.c: every link type and EtherType, whole and cut at every byte. */
#include "capture/dlt.h"
#include "lib/frames.h"

#define LLC_SNAP "aaaa03 000000 "

static const struct sample link_types_rows[] = {
	{ "Ethernet", 1, 4, ETHER4 },
	{ "Ethernet, IPv6", 1, 6, MACS "86dd " IP6 },
	{ "802.3", 1, 4, MACS "@0 " LLC_SNAP "0800 " IP4 },
	{ "802.3, LLC with IP", 1, 4, MACS "@0 060603 " IP4 },
	{ "802.3, NLPID", 1, 4, MACS "@0 fefe03 cc " IP4 },
	{ "802.3, bridge tunnel", 1, 4, MACS "@0 aaaa03 0000f8 0800 " IP4 },
	{ "802.3, bridged", 1, 4, MACS "@0 aaaa03 0080c2 0007 " ETHER4 },
	{ "SLL", 113, 4, "0000 0001 0006 020000000001 0000 0800 " IP4 },
	{ "SLL, IPv6", 113, 6, "0000 0001 0006 020000000001 0000 86dd " IP6 },
	{ "SLL, 802.2", 113, 4,
	    "0000 0001 0006 020000000001 0000 "
	    "0004 " LLC_SNAP "0800 " IP4 },
	{ "SLL, tagged", 113, 4,
	    "0000 0001 0006 020000000001 0000 "
	    "8100 0005 0800 " IP4 },
	{ "SLL, 802.11", 113, 4,
	    "0000 0321 0006 020000000001 0000 "
	    "0019 0801 0000 " MACS "020000000003 0000 " LLC_SNAP "0800 " IP4 },
	{ "SLL2", 276, 4,
	    "0800 0000 00000001 0001 00 06 020000000001 0000 " IP4 },
	{ "SLL2, IPv6", 276, 6,
	    "86dd 0000 00000001 0001 00 06 020000000001 0000 " IP6 },
	{ "RAW", 101, 4, IP4 },
	{ "RAW, IPv6", 101, 6, IP6 },
	{ "RAW 12", 12, 4, IP4 },
	{ "RAW 14", 14, 6, IP6 },
	{ "IPV4", 228, 4, IP4 },
	{ "IPV6", 229, 6, IP6 },
	{ "NULL, little-endian", 0, 4, "02000000 " IP4 },
	{ "NULL, big-endian", 0, 4, "00000002 " IP4 },
	{ "NULL, NetBSD", 0, 6, "18000000 " IP6 },
	{ "NULL, FreeBSD", 0, 6, "0000001c " IP6 },
	{ "NULL, Darwin", 0, 6, "1e000000 " IP6 },
	{ "NULL, Linux", 0, 6, "0a000000 " IP6 },
	{ "LOOP", 108, 4, "00000002 " IP4 },
	{ "LOOP, IPv6", 108, 6, "00000018 " IP6 },
	{ "PPP", 9, 4, "0021 " IP4 },
	{ "PPP, IPv6", 9, 6, "ff03 0057 " IP6 },
	{ "PPP, compressed", 9, 4, "21 " IP4 },
	{ "PPP, bridged", 9, 4, "0031 00 01 " ETHER4 },
	{ "PPP, bridged with LAN", 9, 4, "0031 40 01 00000001 " ETHER4 },
	{ "PPP, multilink", 9, 4, "003d c0000001 21 " IP4 },
	{ "PPP, MPLS", 9, 4, "0281 00064140 " IP4 },
	{ "PPP with Cisco's", 9, 4, "0f00 0800 " IP4 },
	{ "PPP with Cisco's, multicast", 9, 6, "8f00 86dd " IP6 },
	{ "PPP_SERIAL", 50, 4, "ff03 0021 " IP4 },
	{ "PPP_SERIAL with Cisco's", 50, 4, "0f00 0800 " IP4 },
	{ "PPP_ETHER", 51, 4, "11 00 0001 @0 0021 " IP4 },
	{ "PPP_PPPD", 166, 4, "0000 0021 " IP4 },
	{ "PPP_WITH_DIR", 204, 4, "00 0021 " IP4 },
	{ "C_HDLC", 104, 4, "0f00 0800 " IP4 },
	{ "C_HDLC, IPv6", 104, 6, "8f00 86dd " IP6 },
	{ "C_HDLC_WITH_DIR", 205, 4, "00 0f00 0800 " IP4 },
	{ "FRELAY", 107, 4, "1841 03 cc " IP4 },
	{ "FRELAY, padded", 107, 6, "1841 03 00 8e " IP6 },
	{ "FRELAY, long address", 107, 4, "18408001 03 cc " IP4 },
	{ "FRELAY, SNAP", 107, 4, "1841 03 00 80 0000000800 " IP4 },
	{ "FRELAY, PPP", 107, 4, "1841 03 cf 0021 " IP4 },
	{ "FRELAY, Cisco", 107, 4, "1841 0800 " IP4 },
	{ "FRELAY_WITH_DIR", 206, 4, "00 1841 03 cc " IP4 },
	{ "IEEE802_5", 6, 4, "1040 " MACS LLC_SNAP "0800 " IP4 },
	{ "IEEE802_5, routed", 6, 4,
	    "1040 020000000002 820000000001 "
	    "0430 0011 " LLC_SNAP "0800 " IP4 },
	{ "ARCNET", 7, 4, "01 02 d4 00 0001 " IP4 },
	{ "ARCNET, IPv6", 7, 6, "01 02 c4 00 0001 " IP6 },
	{ "ARCNET, RFC 1051", 7, 4, "01 02 f0 " IP4 },
	{ "ARCNET, exception", 7, 4, "01 02 d4 ff ffff d4 00 0001 " IP4 },
	{ "ARCNET_LINUX", 129, 4, "01 02 0000 d4 00 0001 " IP4 },
	{ "SLIP", 8, 4, "00000000 00000000 00000000 00000000 " IP4 },
	{ "SLIP_BSDOS", 102, 4,
	    "00000000 00000000 00000000 "
	    "00000000 00000000 00000000 " IP4 },
	{ "FDDI", 10, 4, "50 " MACS LLC_SNAP "0800 " IP4 },
	{ "ATM_RFC1483", 100, 4, LLC_SNAP "0800 " IP4 },
	{ "ATM_RFC1483, bridged", 100, 4, "aaaa03 0080c2 0007 0000 " ETHER4 },
	{ "ATM_CLIP", 106, 4, LLC_SNAP "0800 " IP4 },
	{ "ATM_CLIP, bare", 106, 4, IP4 },
	{ "SUNATM", 123, 4, "02 00 0020 " LLC_SNAP "0800 " IP4 },
	{ "ENC", 109, 4, "00000002 00001234 00000000 " IP4 },
	{ "PFLOG", 117, 4, "05 02 00 00 00 000000 " IP4 },
	{ "IP_OVER_FC", 122, 4,
	    "1000000000000001 1000000000000002 " LLC_SNAP "0800 " IP4 },
	{ "IP_OVER_IEEE1394", 138, 4,
	    "0000000000000001 0000000000000002 0800 " IP4 },
	{ "ERF", 197, 4, "0000000000000000 02 00 0000 0000 0000 0000 " ETHER4 },
	{ "ERF, extended", 197, 4,
	    "0000000000000000 96 00 0000 0000 "
	    "0000 8000000000000000 0000000000000000 " IP4 },
	{ "MPLS", 219, 4, "00064140 " IP4 },
	{ "IPNET", 226, 4,
	    "00000000 00000000 00000000 "
	    "00000000 00000000 00000000 " IP4 },
	{ "NFLOG, little-endian", 239, 4,
	    "02 00 0000 0800 0100 00000000 0500 0a00 00000000 "
	    "4400 0900 "
	    "4500 0040 " V4(
		"06") "9c40 0050 00000064 000000c8 a018 1000 bb28 0000 "
		      "01010101 01010101 01010101 01010101 01010101 64617461" },
	{ "NFLOG, big-endian", 239, 4,
	    "02 00 0000 0008 0001 00000000 @2 0009 " IP4 },
	{ "NETANALYZER", 240, 4, "00000000 " ETHER4 },
	{ "NETANALYZER_TRANSPARENT", 241, 4,
	    "00000000 55555555 555555d5 " ETHER4 },
	{ "IPOIB", 242, 4,
	    "00000000000000000000 00000000000000000000 "
	    "00000000000000000000 00000000000000000000 0800 0000 " IP4 },
	{ "PKTAP", 258, 4, "10000000 01000000 01000000 00000000 " ETHER4 },
	{ "ETHERNET_MPACKET", 274, 4, "55555555 555555d5 " ETHER4 },
};

/* JunOS: magic, flags, perhaps extensions; what follows hangs on the type. */
#define JUNOS "4d4743 01 "

static const struct sample juniper_rows[] = {
	{ "ETHER", 178, 4, JUNOS ETHER4 },
	{ "ETHER, extended", 178, 4, "4d4743 80 0006 0102 0000 0501 " ETHER4 },
	{ "ETHER, no extensions after all", 178, 4, "4d4743 80 0000 " ETHER4 },
	{ "ETHER, no link", 178, 4, "4d4743 02 02000000 " IP4 },
	{ "ETHER, no link, extended", 178, 6,
	    "4d4743 83 0003 010100 06000000 " IP6 },
	{ "PPP", 179, 4, JUNOS "0021 " IP4 },
	{ "PPP, framed", 179, 6, JUNOS "ff03 0057 " IP6 },
	{ "FRELAY", 180, 4, JUNOS "1841 03 cc " IP4 },
	{ "CHDLC", 181, 4, JUNOS "0f00 0800 " IP4 },
	{ "PPPOE", 167, 4, JUNOS MACS "8864 11 00 0001 @0 0021 " IP4 },
	{ "PPPOE_ATM", 168, 4, JUNOS "8864 11 00 0001 @0 0021 " IP4 },
	{ "MLPPP, cookie", 130, 4, JUNOS "0001 ff03 0021 " IP4 },
	{ "MLPPP, LSQ cookie", 130, 4, JUNOS "54000001 0021 " IP4 },
	{ "MLFR", 131, 4, JUNOS "0001 03 cc " IP4 },
	{ "ES", 132, 4, JUNOS IP4 },
	{ "ES, header", 132, 4,
	    JUNOS "0001 40 03 00000001 c0000201 c0000202 " IP4 },
	{ "GGSN", 133, 4, JUNOS "47000200 00000000 " IP4 },
	{ "GGSN, IPv6", 133, 6, JUNOS "47000600 00000000 " IP6 },
	{ "MFR", 134, 6, JUNOS "00000001 03 8e " IP6 },
	{ "ATM2", 135, 4, JUNOS "00000001 00000000 " LLC_SNAP "0800 " IP4 },
	{ "ATM2, bare", 135, 4, JUNOS "00000001 00000000 " IP4 },
	{ "SERVICES", 136, 4, JUNOS "47000001 00000001 " IP4 },
	{ "SERVICES, longer", 136, 4,
	    JUNOS "47000001 00000001 00000000 00000000 " IP4 },
	{ "ATM1", 137, 4, JUNOS "00000001 " LLC_SNAP "0800 " IP4 },
	{ "MONITOR", 164, 4, JUNOS "00000001 00000001 " IP4 },
	{ "VP", 183, 4, JUNOS "000000000000 000000000000 000000000000 " IP4 },
	{ "ST", 200, 4, JUNOS ETHER4 },
	{ "VS", 232, 4, JUNOS IP4 },
	{ "SRX_E2E", 233, 4, JUNOS IP4 },
};

static void
juniper(void **state)
{
	(void)state;
	check_samples(juniper_rows, COUNT(juniper_rows));
}

static void
link_types(void **state)
{
	(void)state;
	check_samples(link_types_rows, COUNT(link_types_rows));
}

static const struct sample ethertypes_rows[] = {
	{ "802.1Q", 1, 4, MACS "8100 0005 0800 " IP4 },
	{ "802.1ad", 1, 4, MACS "88a8 0005 8100 0006 0800 " IP4 },
	{ "QinQinQ", 1, 6, MACS "9100 0005 9200 0006 9300 0007 86dd " IP6 },
	{ "802.1Q, length", 1, 4, MACS "8100 0005 @0 " LLC_SNAP "0800 " IP4 },
	{ "MPLS", 1, 4, MACS "8847 00064140 " IP4 },
	{ "MPLS, multicast", 1, 4, MACS "8848 00064140 " IP4 },
	{ "PPPoE", 1, 4, MACS "8864 11 00 0001 @0 0021 " IP4 },
	{ "PPPoE, IPv6", 1, 6, MACS "8864 11 00 0001 @0 0057 " IP6 },
	{ "802.1ah", 1, 4, MACS "88e7 00000005 " ETHER4 },
	{ "bridging", 1, 4, MACS "6558 " ETHER4 },
	{ "PPP", 1, 4, MACS "880b 0021 " IP4 },
	{ "long 802.3", 1, 4, MACS "8870 " LLC_SNAP "0800 " IP4 },
	{ "FabricPath", 1, 4, MACS "8903 0001 " ETHER4 },
	{ "Cisco metadata", 1, 4, MACS "8909 01 01 0001 0005 0800 " IP4 },
	{ "VN-Tag", 1, 4, MACS "8926 00000000 0800 " IP4 },
	{ "E-Tag", 1, 4, MACS "893f 000000000000 0800 " IP4 },
	{ "HSR", 1, 4, MACS "892f 0034 0001 0800 " IP4 },
	{ "TRILL", 1, 4, MACS "22f3 003f 0001 0002 " ETHER4 },
	{ "TRILL, options", 1, 4, MACS "22f3 007f 0001 0002 00000000 " ETHER4 },
	{ "NSH", 1, 4,
	    MACS "894f 0f c6 01 01 00000001 00000000 "
		 "00000000 00000000 00000000 " IP4 },
	{ "802.1CB", 1, 4, MACS "f1c1 0000 0001 0800 " IP4 },
	{ "802.1CB, tagged", 1, 6, MACS "8100 0005 f1c1 0000 0001 86dd " IP6 },
	{ "Arista, 64 bits", 1, 4,
	    MACS "d28b 0001 0010 0000000000000001 0800 " IP4 },
	{ "Arista, 64 bits, UTC", 1, 6,
	    MACS "d28b 0001 0111 0000000000000001 86dd " IP6 },
	{ "Arista, 48 bits", 1, 4,
	    MACS "d28b 0001 0020 000000000001 0800 " IP4 },
	{ "Arista, 48 bits, UTC, tagged", 1, 4,
	    MACS "d28b 0001 0120 000000000001 8100 0005 0800 " IP4 },
	{ "TECMP", 1, 4,
	    MACS "99fe 0060 0001 02 03 0080 0000 000f 00000011 "
		 "0000000000000001 003a 0000 " ETHER4 },
	{ "TECMP, replay", 1, 4,
	    MACS "99fe 0060 0001 03 0a 0080 0000 000f 00000011 "
		 "0000000000000001 003a 0000 " ETHER4 },
	{ "TECMP, after another frame", 1, 4,
	    MACS "99fe 0060 0001 03 03 0080 0000 000f 00000011 "
		 "0000000000000001 000e 0000 " MACS "0806 00000011 "
		 "0000000000000001 003a 0000 " ETHER4 },
	{ "ASAM CMP", 1, 4,
	    MACS "99fe 01 00 0001 01 00 0001 0000000000000001 00000001 00 08 "
		 "0040 0000 0000 003a " ETHER4 },
	{ "batman-adv", 1, 4, MACS "4305 40 0f 32 01 020000000002 " ETHER4 },
	{ "batman-adv, four addresses", 1, 4,
	    MACS "4305 42 0f 32 01 020000000002 020000000009 01 00 " ETHER4 },
	{ "batman-adv, broadcast", 1, 4,
	    MACS "4305 01 0f 32 00 00000001 020000000002 " ETHER4 },
	{ "batman-adv, multicast", 1, 4,
	    MACS "4305 05 0f 32 00 0004 01020304 " ETHER4 },
	{ "batman-adv 14", 1, 4, MACS "4305 03 0e 32 01 020000000002 " ETHER4 },
	{ "batman-adv 14, broadcast", 1, 4,
	    MACS "4305 04 0e 32 00 00000001 020000000002 " ETHER4 },
	{ "batman-adv 14, four addresses", 1, 4,
	    MACS "4305 09 0e 32 01 020000000002 020000000009 01 00 " ETHER4 },
	{ "IPv6 as IPv4", 1, 6, MACS "0800 " IP6 },
	{ "IPv4 as IPv6", 1, 4, MACS "86dd " IP4 },
	{ "MACsec", 1, 4,
	    MACS "88e5 20 00 00000001 "
		 "0200000000010001 0800 " IP4 },
};

static void
ethertypes(void **state)
{
	(void)state;
	check_samples(ethertypes_rows, COUNT(ethertypes_rows));
}

static const struct refusal others_rows[] = {
	{ "user", 147, DECODE_LINKTYPE_UNKNOWN, ETHER4 },
	{ "802.15.4", 195, DECODE_NOT_IP, ETHER4 },
	{ "Juniper, magic", 178, DECODE_BAD_HEADER, "4d4744 01 " ETHER4 },
	{ "Juniper, no IP", 136, DECODE_NOT_IP, JUNOS "47000001 00000001" },
	{ "Arista, other subtype", 1, DECODE_NOT_IP,
	    MACS "d28b 0002 0010 0000000000000001 0800 " IP4 },
	{ "Arista, other format", 1, DECODE_NOT_IP,
	    MACS "d28b 0001 0030 0000000000000001 0800 " IP4 },
	{ "TECMP, CAN", 1, DECODE_NOT_IP,
	    MACS "99fe 0060 0001 02 03 0002 0000 000f 00000011" },
	{ "TECMP, status", 1, DECODE_NOT_IP,
	    MACS "99fe 0060 0001 02 01 0080 0000 000f 00000011" },
	{ "ASAM CMP, CAN", 1, DECODE_NOT_IP,
	    MACS "99fe 01 00 0001 01 00 0001 0000000000000001 00000001 00 01 "
		 "0040 0000 0000 003a " ETHER4 },
	{ "batman-adv, originator", 1, DECODE_NOT_IP,
	    MACS "4305 00 0f 32 00 00000001" },
	{ "batman-adv, in parts", 1, DECODE_LINK_FRAGMENT,
	    MACS "4305 41 0f 32 00 020000000002 020000000009 0001 0100 00" },
	{ "PPP, odd number", 9, DECODE_NOT_IP, "0f01 0800 " IP4 },
	{ "empty", 1, DECODE_BAD_HEADER, "" },
	{ "runt", 1, DECODE_BAD_HEADER, MACS },
	{ "ARP", 1, DECODE_NOT_IP, MACS "0806 0001 0800 06 04 0001" },
	{ "LLDP", 1, DECODE_NOT_IP, MACS "88cc 0207 0000" },
	{ "no type, no length", 1, DECODE_NOT_IP, MACS "05dd " IP4 },
	{ "spanning tree", 1, DECODE_NOT_IP, MACS "@0 424203 0000" },
	{ "IPX", 1, DECODE_NOT_IP, MACS "@0 ffff 0022 0011" },
	{ "CDP", 1, DECODE_NOT_IP, MACS "@0 aaaa03 00000c 2000" },
	{ "supervisory LLC", 1, DECODE_NOT_IP, MACS "@0 aaaa01 00" },
	{ "raw, no IP", 101, DECODE_NOT_IP, "00112233" },
	{ "NULL, other family", 0, DECODE_NOT_IP, "07000000 " IP4 },
	{ "PPPoE discovery", 1, DECODE_NOT_IP, MACS "8863 11 09 0000 0000" },
	{ "PPPoE, not a session", 1, DECODE_NOT_IP,
	    MACS "8864 11 a7 0000 0000" },
	{ "PPPoE, version", 1, DECODE_BAD_HEADER, MACS "8864 21 00 0000 0000" },
	{ "PPP, LCP", 9, DECODE_NOT_IP, "c021 0101" },
	{ "PPP, encrypted", 9, DECODE_ENCRYPTED, "00fd 1000 0011" },
	{ "PPP, part of one", 9, DECODE_LINK_FRAGMENT,
	    "003d 80000001 21 " IP4 },
	{ "FDDI, management", 10, DECODE_NOT_IP, "41 " MACS "0000000000" },
	{ "token ring, access", 6, DECODE_NOT_IP, "1000 " MACS "0000" },
	{ "ARCNET, in parts", 7, DECODE_LINK_FRAGMENT,
	    "01 02 d4 01 0001 " IP4 },
	{ "ARCNET, ARP", 7, DECODE_NOT_IP, "01 02 d5 00 0001 " },
	{ "NFLOG, length", 239, DECODE_BAD_HEADER, "02 00 0000 0300 0100 00" },
	{ "NFLOG, no payload", 239, DECODE_NOT_IP,
	    "02 00 0000 0800 0100 00000000" },
	{ "PKTAP, length", 258, DECODE_BAD_HEADER,
	    "08000000 01000000 01000000" },
	{ "MACsec, encrypted", 1, DECODE_ENCRYPTED,
	    MACS "88e5 0c 00 00000001 00112233" },
	{ "NSH, length", 1, DECODE_BAD_HEADER,
	    MACS "894f 0f c1 01 01 00000001" },
};

static void
others(void **state)
{
	(void)state;
	check_refusals(others_rows, COUNT(others_rows));
}

/* The digest of tags depends on them, in order, but not on the priority. */
static void
vlan_digest(void **state)
{
	static const char *const tags[] = {
		"",
		"8100 0005 ",
		"8100 0006 ",
		"88a8 0005 8100 0006 ",
		"88a8 0006 8100 0005 ",
		"88a8 0005 8100 0005 ",
	};
	uint64_t vlan[COUNT(tags)];
	char text[512];
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < COUNT(tags); i++) {
		snprintf(text, sizeof(text), "%s%s0800 %s", MACS, tags[i], IP4);
		assert_int_equal(decode_text(&seen, 1, text), DECODE_TCP);
		vlan[i] = seen.s[0].hop.vlan;
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(vlan[i], vlan[j]);
	}
	assert_int_equal(vlan[0], 0);
	decode_text(&seen, 1, MACS "8100 e005 0800 " IP4);
	assert_int_equal(seen.s[0].hop.vlan, vlan[1]);
	decode_text(&seen, 1, MACS "8100 e000 0800 " IP4);
	assert_int_equal(seen.s[0].hop.vlan, 0);
}

/* Only so many tags: then the packet is too deep. */
static void
tags_without_end(void **state)
{
	uint8_t frame[FRAME_MAX];
	struct seen seen;
	size_t n = frame_of(frame, MACS);

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		n += frame_of(frame + n, "8100 0005");
	assert_int_equal(decode_once(&seen, 1, (struct slice){ frame, n }, n),
	    DECODE_TOO_DEEP);

	n = frame_of(frame, MACS);
	for (unsigned i = 0; i < DECODE_DEPTH_MAX - 3; i++)
		n += frame_of(frame + n, "8100 0005");
	n += frame_of(frame + n, "0800 " IP4);
	assert_int_equal(decode_once(&seen, 1, (struct slice){ frame, n }, n),
	    DECODE_TCP);
}

static void
type_names(void **state)
{
	char name[32];

	(void)state;
	linktype_name(name, 1);
	assert_string_equal(name, "EN10MB");
	linktype_name(name, 101);
	assert_string_equal(name, "RAW");
	linktype_name(name, 113);
	assert_string_equal(name, "LINUX_SLL");
	linktype_name(name, 65000);
	assert_string_equal(name, "type 65000");
}

/* What a filter sees of a link type that libpcap does not know. */
static void
finds_ip(void **state)
{
	uint8_t bytes[FRAME_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(link_types_rows); i++) {
		const struct sample *row = &link_types_rows[i];
		struct packet p = { .linktype = row->linktype };
		struct slice ip;
		uint32_t len;

		p.data = (struct slice){ bytes, frame_of(bytes, row->text) };
		p.len = (uint32_t)p.data.n;
		if (decode_find_ip(&p, &ip, &len) != 1)
			fail_msg("%s: no IP", row->name);
		if (ip.n == 0 || ip.p[0] >> 4 != row->family || len < ip.n)
			fail_msg("%s: IP is elsewhere", row->name);
		for (size_t cut = 0; cut < p.data.n; cut++) {
			struct packet q = p;

			q.data.n = cut;
			(void)decode_find_ip(&q, &ip, &len);
		}
	}
	struct packet arp = { .linktype = 1, .len = 14 };
	struct slice none;
	uint32_t len;

	arp.data = (struct slice){ bytes, frame_of(bytes, MACS "0806") };
	assert_int_equal(decode_find_ip(&arp, &none, &len), 0);
	arp.linktype = 147;
	assert_int_equal(decode_find_ip(&arp, &none, &len), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_types),
		cmocka_unit_test(juniper),
		cmocka_unit_test(ethertypes),
		cmocka_unit_test(others),
		cmocka_unit_test(vlan_digest),
		cmocka_unit_test(tags_without_end),
		cmocka_unit_test(type_names),
		cmocka_unit_test(finds_ip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
