/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_tunnel.c: every encapsulation, whole and cut at every byte. */
#include "frames.h"

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
	{ "VXLAN-GPE", 101, 4, IN_UDP("12b6") "0c000001 00000100 " IP4 },
	{ "VXLAN-GPE, IPv6", 101, 6, IN_UDP("12b6") "0c000002 00000100 " IP6 },
	{ "VXLAN-GPE, NSH", 101, 4,
	    IN_UDP("12b6") "0c000004 00000100 0fc2 01 03 00000001 " ETHER4 },
	{ "VXLAN-GPE, MPLS", 101, 4,
	    IN_UDP("12b6") "0c000005 00000100 00064140 " IP4 },
	{ "GENEVE", 101, 4, IN_UDP("17c1") "0000 6558 00000100 " ETHER4 },
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
	{ "CAPWAP, in parts", 101, DECODE_FRAGMENT,
	    IN_UDP("147f") "00100280 00010000 " ETHER4 },
	{ "VXLAN, reserved byte", 101, DECODE_NOT_TCP,
	    IN_UDP("12b5") "08000000 00000101 " ETHER4 },
	{ "VXLAN, reserved flag", 101, DECODE_NOT_TCP,
	    IN_UDP("12b5") "18000000 00000100 " ETHER4 },
	{ "VXLAN, a runt in it", 101, DECODE_NOT_TCP,
	    IN_UDP("12b5") "08000000 00000100 0011" },
	{ "GENEVE, reserved byte", 101, DECODE_NOT_TCP,
	    IN_UDP("17c1") "0000 6558 00000101 " ETHER4 },
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
		cmocka_unit_test(tunnel_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
