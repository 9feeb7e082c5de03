/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_tunnel.c: every encapsulation, whole and cut at every byte. */
#include <zlib.h>

#include "lib/frames.h"

#define GRE OUTER4("2f")
#define IN_UDP(port) OUTER4("11") UDP(port)
#define WLAN                                                                   \
	"8801 0000 " MACS "020000000003 0000 0000 "                            \
	"aaaa03 000000 0800 "

static const struct sample in_ip_rows[] = {
	{ "IP in IP", 101, 4, OUTER4("04") IP4 },
	{ "6in4", 101, 6, OUTER4("29") IP6 },
	{ "4in6", 101, 4, V6("04") IP4 },
	{ "6in6", 101, 6, V6("29") IP6 },
	{ "KA9Q", 101, 4, OUTER4("5e") IP4 },
	{ "AH", 101, 4,
	    OUTER4("33") "0404 0000 00000001 00000001 "
			 "000000000000000000000000 " IP4 },
	{ "AH, transport", 101, 4,
	    "4500 @4 " V4("33") "0604 0000 00000001 00000001 "
				"000000000000000000000000 " TCP4 },
	{ "EtherIP", 101, 4, OUTER4("61") "3000 " ETHER4 },
	{ "IPComp", 101, 4, OUTER4("6c") "0400 0002 " IP4 },
	{ "MPLS in IP", 101, 4, OUTER4("89") "00064140 " IP4 },
	{ "Ethernet in IPv6", 101, 4, V6("8f") ETHER4 },
	{ "L2TPv3", 101, 4, OUTER4("73") "00000001 " ETHER4 },
	{ "L2TPv3, cookie", 101, 4,
	    OUTER4("73") "00000001 1234567887654321 " ETHER4 },
	{ "MPLS, two labels", 219, 6, "00064040 00065140 " IP6 },
	{ "MPLS, Ethernet", 219, 4, "00064140 " ETHER4 },
	{ "MPLS, control word", 219, 4, "00064140 00000001 " ETHER4 },
	{ "MPLS, Ethernet like IP", 219, 4,
	    "00064140 460000000002 020000000001 0800 " IP4 },
	{ "MPLS, Ethernet, tagged", 219, 4,
	    "00064140 " MACS "8100 0005 0800 " IP4 },
	{ "MPLS, Ethernet, 802.3", 219, 4,
	    "00064140 " MACS "@0 aaaa03 000000 0800 " IP4 },
};

static void
in_ip(void **state)
{
	(void)state;
	check_samples(in_ip_rows, COUNT(in_ip_rows));
}

static const struct sample in_gre_rows[] = {
	{ "GRE", 101, 4, GRE "0000 0800 " IP4 },
	{ "GRE, IPv6", 101, 6, GRE "0000 86dd " IP6 },
	{ "GRE in IPv6", 101, 4, V6("2f") "0000 0800 " IP4 },
	{ "GRE, checksum", 101, 4, GRE "8000 0800 0000 0000 " IP4 },
	{ "GRE, key", 101, 4, GRE "2000 0800 00000001 " IP4 },
	{ "GRE, all", 101, 4,
	    GRE "b000 0800 0000 0000 00000001 "
		"00000002 " IP4 },
	{ "GRE, routed", 101, 4,
	    GRE "4000 0800 0000 0000 "
		"0800 00 04 0a000009 0000 00 00 " IP4 },
	{ "GRE, bridging", 101, 4, GRE "0000 6558 " ETHER4 },
	{ "GRE, tagged", 101, 4, GRE "0000 6558 " MACS "8100 0005 0800 " IP4 },
	{ "GRE, MPLS", 101, 4, GRE "0000 8847 00064140 " IP4 },
	{ "GRE, frame relay", 101, 4, GRE "0000 6559 1841 03 cc " IP4 },
	{ "GRE, NLPID", 101, 4, GRE "0000 00fe cc " IP4 },
	{ "GRE, PPP", 101, 4, GRE "0000 880b 0021 " IP4 },
	{ "NVGRE", 101, 4, GRE "2000 6558 00000100 " ETHER4 },
	{ "PPTP", 101, 4,
	    GRE "3001 880b @6 0001 00000001 "
		"ff03 0021 " IP4 },
	{ "ERSPAN I", 101, 4, GRE "0000 88be " ETHER4 },
	{ "ERSPAN II", 101, 4,
	    GRE "1000 88be 00000001 "
		"10010001 00000001 " ETHER4 },
	{ "ERSPAN III", 101, 4,
	    GRE "1000 22eb 00000001 "
		"20010001 00000001 00000000 " ETHER4 },
	{ "ERSPAN III, platform", 101, 4,
	    GRE "1000 22eb 00000001 "
		"20010001 00000001 00000001 0000000000000000 " ETHER4 },
	{ "ERSPAN III, IP", 101, 4,
	    GRE "1000 22eb 00000001 "
		"20010001 00000001 00000800 " IP4 },
	{ "WCCP 1", 101, 4, GRE "0000 883e " IP4 },
	{ "WCCP 2", 101, 4, GRE "0000 883e 00000001 " IP4 },
	{ "Aruba", 101, 4, GRE "0000 8200 " WLAN IP4 },
	{ "Aruba, other", 101, 4, GRE "0000 8350 " WLAN IP4 },
};

static void
in_gre(void **state)
{
	(void)state;
	check_samples(in_gre_rows, COUNT(in_gre_rows));
}

static const struct sample in_udp_rows[] = {
	{ "VXLAN", 101, 4, IN_UDP("12b5") "08000000 00000100 " ETHER4 },
	{ "VXLAN, old port", 101, 4,
	    IN_UDP("2118") "08000000 00000100 " ETHER4 },
	{ "VXLAN, source port", 101, 4,
	    OUTER4("11") "12b5 d431 @4 0000 08000000 00000100 " ETHER4 },
	{ "VXLAN, policy", 101, 4, IN_UDP("12b5") "88000005 00000100 " ETHER4 },
	{ "VXLAN, reserved byte", 101, 4,
	    IN_UDP("12b5") "08000000 00000101 " ETHER4 },
	{ "VXLAN, reserved bytes", 101, 4,
	    IN_UDP("12b5") "08ffffff 000001ff " ETHER4 },
	{ "VXLAN, all flags", 101, 6,
	    IN_UDP("12b5") "ff000000 00000100 " MACS "86dd " IP6 },
	{ "VXLAN-GPE", 101, 4, IN_UDP("12b6") "0c000001 00000100 " IP4 },
	{ "VXLAN-GPE, IPv6", 101, 6, IN_UDP("12b6") "0c000002 00000100 " IP6 },
	{ "VXLAN-GPE, NSH", 101, 4,
	    IN_UDP("12b6") "0c000004 00000100 0fc2 01 03 00000001 " ETHER4 },
	{ "VXLAN-GPE, MPLS", 101, 4,
	    IN_UDP("12b6") "0c000005 00000100 00064140 " IP4 },
	{ "GENEVE", 101, 4, IN_UDP("17c1") "0000 6558 00000100 " ETHER4 },
	{ "GENEVE, reserved bits", 101, 4,
	    IN_UDP("17c1") "003f 6558 00000101 " ETHER4 },
	{ "GENEVE, options", 101, 4,
	    IN_UDP("17c1") "0240 0800 00000100 0102800100000000 " IP4 },
	{ "GTP-U", 101, 4, IN_UDP("0868") "30ff @-4 00000001 " IP4 },
	{ "GTP-U, sequence", 101, 6,
	    IN_UDP("0868") "32ff @-4 00000001 0001 00 00 " IP6 },
	{ "GTP-U, extensions", 101, 4,
	    IN_UDP("0868") "34ff @-4 00000001 0001 00 85 01 1009 c0 01 0000 "
			   "00 " IP4 },
	{ "L2TP", 101, 4, IN_UDP("06a5") "0002 0001 0001 ff03 0021 " IP4 },
	{ "L2TP, all", 101, 4,
	    IN_UDP("06a5") "4a02 @4 0001 0001 0000 0000 0002 0000 0021 " IP4 },
	{ "L2TPv3", 101, 4,
	    IN_UDP("06a5") "0003 0000 00000001 "
			   "00000000 " ETHER4 },
	{ "CAPWAP", 101, 4, IN_UDP("147f") "00100200 00000000 " ETHER4 },
	{ "CAPWAP, 802.11", 101, 4,
	    IN_UDP("147f") "00100300 00000000 " WLAN IP4 },
	{ "CAPWAP, swapped", 101, 4,
	    IN_UDP("147f") "00100300 00000000 0108 0000 " MACS
			   "020000000003 0000 aaaa03 000000 0800 " IP4 },
	{ "CAPWAP, sequence swapped", 101, 4,
	    IN_UDP("147f") "00100300 00000000 0108 0000 " MACS
			   "020000000003 3610 aaaa03 000000 0800 " IP4 },
	{ "CAPWAP, only the first swapped", 101, 4,
	    IN_UDP("147f") "00100300 00000000 0108 0000 " MACS
			   "020000000003 1036 aaaa03 000000 0800 " IP4 },
	{ "CAPWAP, swapped, service", 101, 4,
	    IN_UDP("147f") "00100300 00000000 0188 0000 " MACS
			   "020000000003 3610 0080 aaaa03 000000 0800 " IP4 },
	{ "CAPWAP, radio MAC", 101, 4,
	    IN_UDP("147f") "00200310 00000000 06020000 00000300 " WLAN IP4 },
	{ "AYIYA", 101, 6,
	    IN_UDP("13d0") "41 52 11 29 00000001 "
			   "00000000000000000000000000000000 "
			   "0000000000000000000000000000000000000000 " IP6 },
	{ "Teredo", 101, 6, IN_UDP("0dd8") IP6 },
	{ "Teredo, origin", 101, 6, IN_UDP("0dd8") "0000 1234 00000001 " IP6 },
	{ "Teredo, both", 101, 6,
	    IN_UDP("0dd8") "0001 01 01 aa bb 0000000000000001 00 "
			   "0000 1234 00000001 " IP6 },
	{ "GRE in UDP", 101, 4, IN_UDP("1292") "0000 0800 " IP4 },
	{ "MPLS in UDP", 101, 4, IN_UDP("19eb") "00064140 " IP4 },
	{ "LISP", 101, 4, IN_UDP("10f5") "80000001 00000001 " IP4 },
	{ "TZSP", 101, 4, IN_UDP("9090") "01000001 00 0a01c8 01 " ETHER4 },
	{ "TZSP, 802.11", 101, 4, IN_UDP("9090") "01000012 01 " WLAN IP4 },
};

static void
in_udp(void **state)
{
	(void)state;
	check_samples(in_udp_rows, COUNT(in_udp_rows));
}

static const struct sample nested_rows[] = {
	{ "ERSPAN with VXLAN", 1, 4,
	    MACS "0800 " GRE "1000 88be 00000001 10010001 00000001 " MACS
		 "0800 " IN_UDP("12b5") "08000000 00000100 " ETHER4 },
	{ "GENEVE with GRE", 1, 6,
	    MACS "0800 " IN_UDP("17c1") "0000 6558 00000100 " MACS "0800 " GRE
					"0000 86dd " IP6 },
	{ "PPPoE in L2TP", 1, 4,
	    MACS "0800 " IN_UDP("06a5") "0003 0000 00000001 " MACS
					"8864 1100 0001 @0 0021 " IP4 },
	{ "802.1ah tagged", 1, 4,
	    MACS "88a8 0005 88e7 00000006 " MACS "8100 0007 0800 " IP4 },
	{ "eight deep", 101, 4,
	    OUTER4("04") OUTER4("04") OUTER4("04") OUTER4("04") OUTER4("04")
		OUTER4("04") OUTER4("04") OUTER4("04") IP4 },
};

static void
nested(void **state)
{
	(void)state;
	check_samples(nested_rows, COUNT(nested_rows));
}

static const struct refusal refused_rows[] = {
	{ "nine deep", 101, DECODE_TOO_DEEP,
	    OUTER4("04") OUTER4("04") OUTER4("04") OUTER4("04") OUTER4("04")
		OUTER4("04") OUTER4("04") OUTER4("04") OUTER4("04") IP4 },
	{ "ESP", 101, DECODE_ENCRYPTED, OUTER4("32") "00000001" },
	{ "ESP in UDP", 101, DECODE_ENCRYPTED,
	    IN_UDP("1194") "12345678 00000001" },
	{ "IKE in UDP", 101, DECODE_NOT_TCP,
	    IN_UDP("1194") "00000000 00000001" },
	{ "keep-alive of NAT", 101, DECODE_NOT_TCP, IN_UDP("1194") "ff" },
	{ "IPComp, compressed", 101, DECODE_NOT_TCP,
	    "4500 @4 " V4("6c") "0600 0002 4bcd" },
	{ "IPComp, altered", 101, DECODE_NOT_TCP,
	    "4500 @4 " V4("6c") "0600 0002 9c41 0050 " TCP_AFTER_PORTS
				"1547 0000 64617461" },
	{ "L2TPv3, control", 101, DECODE_NOT_TCP,
	    OUTER4("73") "00000000 c803" },
	{ "AH, length", 101, DECODE_BAD_HEADER,
	    OUTER4("33") "0400 0000 00000001 " IP4 },
	{ "EtherIP, version", 101, DECODE_BAD_HEADER,
	    OUTER4("61") "4000 " ETHER4 },
	{ "GRE, version 2", 101, DECODE_BAD_HEADER, GRE "0002 0800 " IP4 },
	{ "GRE, ARP", 101, DECODE_NOT_TCP, GRE "0000 0806 0001" },
	{ "PPTP, acknowledgement", 101, DECODE_NOT_TCP,
	    GRE "2081 880b 0000 0001 00000001" },
	{ "PPTP, encrypted", 101, DECODE_ENCRYPTED,
	    GRE "3001 880b @6 0001 00000001 00fd 1000" },
	{ "MPLS, associated channel", 219, DECODE_NOT_IP,
	    "00064140 10000021 00" },
	{ "MPLS without end", 219, DECODE_TOO_DEEP,
	    "00000000 00000000 00000000 00000000 00000000 00000000 "
	    "00000000 00000000 00000000 00000000 00000000 00000000 "
	    "00000000 00000000 00000000 00000000 00000000" },
	{ "GTP-U, echo", 101, DECODE_NOT_TCP,
	    IN_UDP("0868") "3201 @-4 00000000 0001 0000" },
	{ "CAPWAP, DTLS", 101, DECODE_ENCRYPTED,
	    IN_UDP("147f") "01000000 17feff00" },
	{ "CAPWAP, 802.11 in parts", 101, DECODE_LINK_FRAGMENT,
	    IN_UDP("147f") "00100300 00000000 0108 0000 " MACS
			   "020000000003 3611 00000000 " IP4 },
	{ "GENEVE, control", 101, DECODE_NOT_TCP,
	    IN_UDP("17c1") "0080 6558 00000100 " ETHER4 },
	{ "CAPWAP, in parts", 101, DECODE_LINK_FRAGMENT,
	    IN_UDP("147f") "00100280 00010000 " ETHER4 },
	{ "VXLAN, a runt in it", 101, DECODE_NOT_TCP,
	    IN_UDP("12b5") "08000000 00000100 0011" },
	{ "GENEVE, version", 101, DECODE_NOT_TCP,
	    IN_UDP("17c1") "4000 6558 00000100 " ETHER4 },
	{ "GRE in UDP, reserved bit", 101, DECODE_NOT_TCP,
	    IN_UDP("1292") "0400 0800 " IP4 },
	{ "UDP", 101, DECODE_NOT_TCP, IN_UDP("0035") IP4 },
	{ "ICMP quoting TCP", 101, DECODE_NOT_TCP,
	    OUTER4("01") "0303 0000 00000000 " IP4 },
};

static void
refused(void **state)
{
	(void)state;
	check_refusals(refused_rows, COUNT(refused_rows));
}

/* DEFLATE, with or without zlib's header, in transport and tunnel mode. */
static void
compressed(void **state)
{
	static const char *const frames[] = {
		"4500 @4 " V4("6c") "0600 0002 9be3c010c0c0c09002c4270224041844"
				    "dd819cc4924400",
		"4500 @4 " V4("6c") "0600 0002 78da9be3c010c0c0c09002c427022404"
				    "1844dd819cc492440037d104c7",
		OUTER4(
		    "6c") "0400 0002 736560d06160646070606360e06260600462a6390e"
			  "0c010c0c0c29407c2240428041d41dc8492c490400",
		OUTER4(
		    "6c") "0400 1234 78da736560d06160646070606360e06260600462a6"
			  "390e0c010c0c0c29407c2240428041d41dc8492c490400"
			  "576d0596",
	};
	uint8_t frame[FRAME_MAX];
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < COUNT(frames); i++) {
		size_t n = frame_of(frame, frames[i]);
		struct guard g = guard_new(FRAME_MAX);

		assert_int_equal(decode_text(&seen, 101, frames[i]),
		    DECODE_TCP);
		check_segment(&seen.s[0], 4);
		assert_memory_equal(seen.payload[0], "data", 4);
		assert_int_equal(seen.s[0].checksum, CHECKSUM_GOOD);
		for (size_t k = 0; k < n; k++)
			decode_once(&seen, 101, guard_put(&g, frame, k), n);
		guard_free(&g);
	}
}

/* A packet in a packet, both compressed: one is undone. */
static void
compressed_twice(void **state)
{
	struct seen seen;
	uint8_t inner[FRAME_MAX], frame[FRAME_MAX];
	uLongf n = FRAME_MAX;
	size_t inner_n = frame_of(inner,
	    OUTER4("6c") "0400 0002 736560d06160646070606360e06260600462a6390e"
			 "0c010c0c0c29407c2240428041d41dc8492c490400");
	size_t head = frame_of(frame, "4500 0000 " V4("6c") "0400 0002 ");

	(void)state;
	assert_int_equal(compress(frame + head, &n, inner, inner_n), Z_OK);
	frame[2] = (uint8_t)((head + n) >> 8);
	frame[3] = (uint8_t)(head + n);
	assert_int_equal(decode_once(&seen, 101,
			     (struct slice){ frame, head + n }, head + n),
	    DECODE_NOT_TCP);
}

/* 16 MB of zeros in 16 KB: no datagram is longer than 64 KB. */
static void
compressed_bomb(void **state)
{
	static uint8_t zeros[1 << 24], frame[1 << 16];
	uLongf n = sizeof(frame) - 24;
	size_t head = frame_of(frame, "4500 0000 " V4("6c") "0400 0002 ");
	struct seen seen;

	(void)state;
	assert_int_equal(compress(frame + head, &n, zeros, sizeof(zeros)),
	    Z_OK);
	frame[2] = (uint8_t)((head + n) >> 8);
	frame[3] = (uint8_t)(head + n);
	assert_int_equal(decode_once(&seen, 101,
			     (struct slice){ frame, head + n }, head + n),
	    DECODE_NOT_TCP);
}

static enum outcome
feed_text(struct decoder *d, const char *text)
{
	uint8_t frame[FRAME_MAX];
	size_t n = frame_of(frame, text);

	return feed_at(d, 101, 1, (struct slice){ frame, n }, n);
}

/* IPv4 between the client 192.0.2.1, its server and a relay. */
#define TO_SERVER "4500 @4 0002 0000 40 11 0000 c0000201 cb007101 "
#define TO_CLIENT "4500 @4 0002 0000 40 11 0000 cb007109 c0000201 "
#define FROM_CLIENT "4500 @4 0002 0000 40 11 0000 c0000201 cb007109 "
#define NAT "4500 @4 0002 0000 40 11 0000 "

/* What a client's exchange with its server tells of its port. */
static void
teredo_relays(void **state)
{
	struct seen seen = { .n = 0 };
	struct decoder *d = decoder_new(seen_segment, &seen);

	(void)state;
	/* Nobody knows the port yet, and the addresses are others. */
	assert_int_equal(feed_text(d, TO_CLIENT "8084 0ed5 @6 0000 " IP6),
	    DECODE_NOT_TCP);
	feed_text(d,
	    TO_SERVER "0ed5 0dd8 @6 0000 "
		      "60000000 0000 3b 40 " ADDRESSES6);
	assert_int_equal(feed_text(d, TO_CLIENT "8084 0ed5 @6 0000 " IP6),
	    DECODE_TCP);
	assert_int_equal(feed_text(d, FROM_CLIENT "0ed5 8084 @6 0000 " IP6),
	    DECODE_TCP);
	assert_int_equal(seen.n, 2);
	check_segment(&seen.s[0], 6);
	/* Another port of the client is another thing. */
	assert_int_equal(feed_text(d, TO_CLIENT "8084 0ed6 @6 0000 " IP6),
	    DECODE_NOT_TCP);
	/* And what is no IPv6 is not looked at. */
	assert_int_equal(feed_text(d, TO_CLIENT "8084 0ed5 @6 0000 01020304"),
	    DECODE_NOT_TCP);
	decoder_free(d);
}

#define TEREDO_TCP(src, dst)                                                   \
	"60000000 0018 06 40 " src dst "9c40 0050 " TCP_AFTER_PORTS            \
	"0000 0000 64617461 "
#define TEREDO_ADDRESS "20010000 cb007101 0000 f12a 3ffffdfe "
#define NATIVE "20010db8 00000000 00000000 00000002 "

/* What its address tells: port and IPv4 address as seen from outside. */
static void
teredo_addresses(void **state)
{
	static const struct {
		const char *text;
		enum outcome outcome;
	} rows[] = {
		{ FROM_CLIENT
		    "0ed5 8084 @6 0000 " TEREDO_TCP(TEREDO_ADDRESS, NATIVE),
		    DECODE_TCP },
		{ TO_CLIENT
		    "8084 0ed5 @6 0000 " TEREDO_TCP(NATIVE, TEREDO_ADDRESS),
		    DECODE_TCP },
		{ TO_CLIENT
		    "8084 0ed6 @6 0000 " TEREDO_TCP(NATIVE, TEREDO_ADDRESS),
		    DECODE_NOT_TCP },
		{ TO_CLIENT
		    "8084 0ed5 @6 0000 " TEREDO_TCP(TEREDO_ADDRESS, NATIVE),
		    DECODE_NOT_TCP },
		{ NAT "c0000202 cb007109 0ed5 8084 @6 0000 " TEREDO_TCP(
		      TEREDO_ADDRESS, NATIVE),
		    DECODE_NOT_TCP },
	};
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (decode_text(&seen, 101, rows[i].text) != rows[i].outcome)
			fail_msg("%zu", i);
}

/* On any port that tunnels use, bytes that are none of them are UDP. */
static void
ports_prove_nothing(void **state)
{
	static const char *const ports[] = {
		"12b5",
		"12b6",
		"2118",
		"17c1",
		"0868",
		"06a5",
		"147f",
		"13d0",
		"0dd8",
		"1292",
		"19eb",
		"10f5",
		"9090",
	};
	static const char *const payloads[] = {
		"",
		"00",
		"12340100 00010000 00000000 03777777 00",
		"474554202f20485454502f312e310d0a0d0a",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	char text[512];
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < COUNT(ports); i++) {
		for (size_t j = 0; j < COUNT(payloads); j++) {
			snprintf(text, sizeof(text), "%sd431 %s @4 0000 %s",
			    OUTER4("11"), ports[i], payloads[j]);

			enum outcome o = decode_text(&seen, 101, text);

			if (o != DECODE_NOT_TCP)
				fail_msg("%s %zu: %s", ports[i], j,
				    outcome_name(o));
		}
	}
}

/* The identifier of the tunnel that carries the innermost IP, of whatever
 * kind; 0 where that has none. */
static void
tunnel_digest(void **state)
{
	static const char *const frames[] = {
		MACS "0800 " IN_UDP("12b5") "08000000 00000100 " ETHER4,
		MACS "0800 " IN_UDP("12b5") "08000000 00000200 " ETHER4,
		MACS "0800 " IN_UDP("17c1") "0000 6558 00000100 " ETHER4,
		MACS "0800 " IN_UDP("0868") "30ff @-4 00000001 " IP4,
		MACS "0800 " IN_UDP("0868") "30ff @-4 00000002 " IP4,
		MACS "0800 " IN_UDP("06a5") "0002 0001 0001 ff03 0021 " IP4,
		MACS "0800 " IN_UDP("06a5") "0002 0001 0002 ff03 0021 " IP4,
		MACS "0800 " GRE "2000 0800 00000001 " IP4,
		MACS "0800 " GRE "2000 0800 00000002 " IP4,
		MACS "0800 " GRE "3001 880b @6 0002 00000001 ff03 0021 " IP4,
		MACS "0800 " GRE "1000 88be 00000001 10010005 00000001 " ETHER4,
		MACS "0800 " GRE
		     "1000 22eb 00000001 20010006 00000001 00000000 " ETHER4,
		MACS "0800 " OUTER4("73") "00000001 " ETHER4,
		MACS "0800 " IN_UDP("10f5") "88000001 00000100 " IP4,
		MACS "8864 11 00 0001 @0 0021 " IP4,
		MACS "8847 00064140 " IP4,
	};
	static const char *const none[] = {
		ETHER4,
		MACS "0800 " OUTER4("04") IP4,
		MACS "0800 " GRE "0000 0800 " IP4,
		MACS "0800 " IN_UDP("12b5") "08000000 00000100 " MACS
					    "0800 " OUTER4("04") IP4,
	};
	uint32_t digest[COUNT(frames)];
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < COUNT(frames); i++) {
		if (decode_text(&seen, 1, frames[i]) != DECODE_TCP)
			fail_msg("%zu", i);
		digest[i] = seen.s[0].tunnel;
		assert_int_not_equal(digest[i], 0);
		for (size_t j = 0; j < i; j++)
			if (digest[i] == digest[j] && !(i == 9 && j == 8))
				fail_msg("%zu and %zu", i, j);
	}
	for (size_t i = 0; i < COUNT(none); i++) {
		assert_int_equal(decode_text(&seen, 1, none[i]), DECODE_TCP);
		assert_int_equal(seen.s[0].tunnel, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_ip),
		cmocka_unit_test(in_gre),
		cmocka_unit_test(in_udp),
		cmocka_unit_test(nested),
		cmocka_unit_test(refused),
		cmocka_unit_test(ports_prove_nothing),
		cmocka_unit_test(compressed),
		cmocka_unit_test(compressed_twice),
		cmocka_unit_test(compressed_bomb),
		cmocka_unit_test(teredo_relays),
		cmocka_unit_test(teredo_addresses),
		cmocka_unit_test(tunnel_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
