/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_decode.c: IP and TCP headers, lengths, checksums, outcomes. */
#include "lib/frames.h"

#define ADDR4 "0a000001 0a000002 "
#define EXT6(first) "60000000 @-34 " first " 40 " ADDRESSES6

static const struct sample ip_headers_rows[] = {
	{ "IPv4, options", 101, 4,
	    "4600 @4 0001 0000 40 06 0000 " ADDR4 "01010100 " TCP4 },
	{ "IPv4, reserved bit, DF", 101, 4,
	    "4500 @4 0001 c000 40 06 0000 " ADDR4 TCP4 },
	{ "hop by hop", 101, 6, EXT6("00") "0600 0104 00000000 " TCP6 },
	{ "hop by hop, longer", 101, 6,
	    EXT6("00") "0601 0502 0000 "
		       "0100 0106 000000000000 " TCP6 },
	{ "destination options", 101, 6,
	    EXT6("3c") "0600 0104 00000000 " TCP6 },
	{ "routing, finished", 101, 6,
	    EXT6("2b") "0602 0000 00000000 "
		       "20010db8 00000000 00000000 00000009 " TCP6 },
	{ "mobility", 101, 6, EXT6("87") "0600 0000 00000000 " TCP6 },
	{ "AH", 101, 6,
	    EXT6("33") "0604 0000 00000001 00000001 "
		       "000000000000000000000000 " TCP6 },
	{ "atomic fragment", 101, 6, EXT6("2c") "0600 0000 00000001 " TCP6 },
	{ "many", 101, 6,
	    EXT6("00") "3c00 0104 00000000 "
		       "2b00 0104 00000000 2c00 0000 00000000 "
		       "3c00 0000 00000001 0600 0104 00000000 " TCP6 },
};

static void
ip_headers(void **state)
{
	(void)state;
	check_samples(ip_headers_rows, COUNT(ip_headers_rows));
}

static const struct refusal bad_headers_rows[] = {
	{ "version", 228, DECODE_BAD_HEADER, "6500 @4 " V4("06") TCP4 },
	{ "version of IPv6", 229, DECODE_BAD_HEADER,
	    "50000000 @-34 06 40 " ADDRESSES6 TCP6 },
	{ "header length", 101, DECODE_BAD_HEADER, "4400 @4 " V4("06") TCP4 },
	{ "total length", 101, DECODE_BAD_HEADER, "4500 0013 " V4("06") TCP4 },
	{ "length within options", 101, DECODE_BAD_HEADER,
	    "4600 0014 " V4("06") "00000000 " TCP4 },
	{ "header of 60, frame of 44", 101, DECODE_BAD_HEADER,
	    "4f00 @4 " V4("06") TCP4 },
	{ "TCP too short", 101, DECODE_BAD_HEADER, "4500 0027 " V4("06") TCP4 },
	{ "data offset 4", 101, DECODE_BAD_HEADER,
	    "4500 @4 " V4("06") "9c40 0050 00000064 000000c8 4018 1000 0000 "
				"0000 64617461" },
	{ "data offset beyond the end", 101, DECODE_BAD_HEADER,
	    "4500 @4 " V4("06") "9c40 0050 00000064 000000c8 7018 "
				"1000 0000 0000 64617461" },
	{ "extension too long", 101, DECODE_BAD_HEADER,
	    EXT6("3c") "06ff 0104 00000000 " TCP6 },
	{ "no jumbo length", 101, DECODE_BAD_HEADER,
	    "60000000 0000 "
	    "00 40 " ADDRESSES6 "0600 0104 00000000 " TCP6 },
	{ "jumbo beyond the frame", 101, DECODE_BAD_HEADER,
	    "60000000 0000 00 40 " ADDRESSES6 "0600 c204 7fffffff " TCP6 },
	{ "jumbo shorter than itself", 101, DECODE_BAD_HEADER,
	    "60000000 0000 00 40 " ADDRESSES6 "0600 c204 00000007 " TCP6 },
	{ "fragment without length", 101, DECODE_BAD_HEADER,
	    "4500 0000 0001 2000 40 06 0000 " ADDR4 TCP4 },
	{ "fragment beyond 64 KB", 101, DECODE_BAD_HEADER,
	    "4500 @4 0001 1fff 40 06 0000 " ADDR4 TCP4 },
	{ "fragment of odd length", 101, DECODE_BAD_HEADER,
	    EXT6("2c") "0600 0001 00000001 00112233 44" },
	{ "fragment without bytes", 101, DECODE_BAD_HEADER,
	    "4500 @4 0001 2000 40 06 0000 " ADDR4 },
	{ "UDP too short", 101, DECODE_BAD_HEADER,
	    "4500 @4 " V4("11") "0035 0035" },
	{ "OSPF", 101, DECODE_NOT_TCP, "4500 @4 " V4("59") "0201" },
	{ "no next header", 101, DECODE_NOT_TCP, EXT6("3b") },
	{ "fragment of ICMP", 101, DECODE_NOT_TCP,
	    "4500 @4 0001 2000 40 01 0000 " ADDR4 "0800 0000 "
	    "00010001" },
	{ "seventeen extensions", 101, DECODE_TOO_DEEP,
	    EXT6("00") "0000 0104 00000000 0000 0104 00000000 "
		       "0000 0104 00000000 0000 0104 00000000 "
		       "0000 0104 00000000 0000 0104 00000000 "
		       "0000 0104 00000000 0000 0104 00000000 "
		       "0000 0104 00000000 0000 0104 00000000 "
		       "0000 0104 00000000 0000 0104 00000000 "
		       "0000 0104 00000000 0000 0104 00000000 "
		       "0000 0104 00000000 0000 0104 00000000 "
		       "0600 0104 00000000 " TCP6 },
};

static void
bad_headers(void **state)
{
	(void)state;
	check_refusals(bad_headers_rows, COUNT(bad_headers_rows));
}

/* What the frame has after the IP datagram is no data. */
static void
padding(void **state)
{
	static const char *const frames[] = {
		MACS "0800 4500 002c " V4("06") TCP4 "ffffffff ffff",
		MACS "86dd 60000000 0018 06 40 " ADDRESSES6 TCP6 "ffff",
		MACS "0034 aaaa03 000000 0800 4500 002c " V4("06") TCP4
		"ffffffff",
	};
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < COUNT(frames); i++) {
		assert_int_equal(decode_text(&seen, 1, frames[i]), DECODE_TCP);
		check_segment(&seen.s[0], i == 1 ? 6 : 4);
		assert_int_equal(seen.s[0].payload.n, 4);
		assert_int_equal(seen.s[0].checksum, CHECKSUM_GOOD);
	}
}

static void
expect_flawed(uint16_t linktype, const char *text, size_t captured, size_t wire,
    unsigned flaws)
{
	struct seen seen;

	assert_int_equal(decode_text(&seen, linktype, text), DECODE_TCP);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.s[0].payload.n, captured);
	assert_int_equal(seen.s[0].payload_len, wire);
	assert_int_equal(seen.s[0].flaws, flaws);
	if (flaws & SEGMENT_SHORT_FRAME)
		assert_int_equal(seen.s[0].checksum, CHECKSUM_UNKNOWN);
}

static void
expect_lengths(uint16_t linktype, const char *text, size_t captured,
    size_t wire)
{
	expect_flawed(linktype, text, captured, wire, 0);
}

/* What a frame that was not cut does not hold is nothing, whatever its IP
 * header announces. */
static void
frame_too_short(void **state)
{
	const unsigned is_short = SEGMENT_SHORT_FRAME;

	(void)state;
	expect_flawed(1, MACS "0800 4500 0030 " V4("06") TCP4, 4, 4, is_short);
	expect_lengths(101, V6("06") TCP6, 4, 4);
	expect_flawed(101, "60000000 001c 06 40 " ADDRESSES6 TCP6, 4, 4,
	    is_short);
	expect_flawed(1,
	    MACS "8864 1100 0001 002c 0021 4500 0030 " V4(
		"06") "9c40 0050 " TCP_AFTER_PORTS "0000 0000 "
		      "6461 000000000000",
	    2, 2, is_short);
	/* So it is for what a short datagram carries, whatever that says. */
	expect_flawed(101,
	    "4500 0044 0002 0000 40 04 0000 c0000201 c0000202 "
	    "4500 0030 " V4("06") TCP4,
	    4, 4, is_short);
	expect_flawed(101,
	    "4500 0044 0002 0000 40 04 0000 c0000201 c0000202 "
	    "4500 002c " V4("06") TCP4,
	    4, 4, is_short);
}

/* A probe may cut what a tunnel carries and make the outer lengths fit; a
 * snap length, or a recorder's limit, leaves a known length. */
static void
cut_on_the_way(void **state)
{
	uint8_t frame[FRAME_MAX];
	struct seen seen;
	size_t n;

	(void)state;
	expect_lengths(101,
	    "4500 0040 0002 0000 40 04 0000 c0000201 c0000202 "
	    "4500 0030 " V4("06") TCP4,
	    4, 8);
	expect_lengths(101,
	    OUTER4("11") UDP("0868") "30ff @-4 00000001 "
				     "4500 0030 0001 0000 40 06 66c5 "
				     "0a000001 0a000002 " TCP4,
	    4, 8);
	expect_lengths(101,
	    OUTER4("11") UDP("0868") "30ff @-4 00000001 "
				     "60000000 001c 06 40 " ADDRESSES6 TCP6,
	    4, 8);
	expect_lengths(239, "02 00 0000 3000 0900 4500 0030 " V4("06") TCP4, 4,
	    8);
	n = frame_of(frame, MACS "0800 4500 0030 " V4("06") TCP4);
	decode_once(&seen, 1, (struct slice){ frame, n }, n + 4);
	assert_int_equal(seen.s[0].payload_len, 8);
	assert_int_equal(seen.s[0].flaws, 0);
}

/* Fragments in short frames are joined to nothing. */
static void
short_fragment(void **state)
{
	struct seen seen;

	(void)state;
	assert_int_equal(decode_text(&seen, 101,
			     "4500 0034 0001 2000 40 06 0000 " ADDR4 TCP4),
	    DECODE_BAD_HEADER);
}

static void
ip_options(void **state)
{
	static const struct {
		const char *options;
		bool bad;
	} v4[] = {
		{ "01010101", false },
		{ "00ffffff", false },
		{ "94040000", false }, /* router alert */
		{ "94030000", true },
		{ "5e040000", false }, /* unknown: passed over */
		{ "0101015e", true },
		{ "5e010000", true },
		{ "5e060000", true },
		{ "0707040000000000", false }, /* record route */
		{ "0707030000000000", true },
		{ "0707050000000000", true },
		{ "0707080000000000", false }, /* full */
		{ "8303040000000000", false }, /* no room for any */
		{ "8302000000000000", true },
		{ "4408050000000000", false }, /* timestamps */
		{ "4408040000000000", true },
		{ "4408050100000000", true }, /* no room for an address */
		{ "4408090100000000", false },
	};
	static const struct {
		const char *options;
		bool bad;
		bool hop;
	} v6[] = {
		{ "0104 00000000", false, false },
		{ "0502 0000 0000", false, true }, /* router alert */
		{ "1e04 00000000", false, false }, /* unknown: skip */
		{ "5e04 00000000", true, false },  /* discard */
		{ "9e04 00000000", true, true },   /* and say so */
		{ "de04 00000000", true, false },
		{ "01ff 00000000", true, false },
		{ "0000 00000001", true, false },
		{ "c204 00000000", true, false },  /* jumbo: not here */
		{ "8b04 00000000", false, false }, /* ILNP nonce */
		{ "8b04 00000000", true, true },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < COUNT(v4); i++) {
		snprintf(text, sizeof(text), "4%c00 @4 %s%s%s",
		    strlen(v4[i].options) == 8 ? '6' : '7', V4("06"),
		    v4[i].options, TCP4);
		expect_flawed(101, text, 4, 4,
		    v4[i].bad ? SEGMENT_BAD_IP_OPTIONS : 0);
	}
	for (size_t i = 0; i < COUNT(v6); i++) {
		snprintf(text, sizeof(text), "%s%s%s06 00 %s %s",
		    "60000000 @-34 ", v6[i].hop ? "00" : "3c",
		    " 40 " ADDRESSES6, v6[i].options, TCP6);
		expect_flawed(101, text, 4, 4,
		    v6[i].bad ? SEGMENT_BAD_IP_OPTIONS : 0);
	}
}

/* What tells whose a segment is: that of the header nearest to TCP. */
static void
identification(void **state)
{
	struct seen seen;
	const struct segment *s = &seen.s[0];

	(void)state;
	decode_text(&seen, 1, ETHER4);
	assert_int_equal(s->ip_id, 1);
	assert_true(s->hop.has_dst);
	assert_memory_equal(s->hop.dst_mac, "\2\0\0\0\0\2", 6);
	assert_memory_equal(s->hop.src_mac, "\2\0\0\0\0\1", 6);
	decode_text(&seen, 1, MACS "8100 0005 0800 " IP4);
	assert_true(s->hop.has_dst);
	assert_memory_equal(s->hop.src_mac, "\2\0\0\0\0\1", 6);
	decode_text(&seen, 1,
	    MACS
	    "0800 " OUTER4("2f") "0000 6558 0200000000ff 0200000000fe "
				 "86dd 6abcdef0 @-34 06 40 " ADDRESSES6 TCP6);
	assert_int_equal(s->ip_id, 0xcdef0);
	assert_int_equal(s->ip_checksum, CHECKSUM_UNKNOWN);
	assert_memory_equal(s->hop.src_mac, "\2\0\0\0\0\1", 6);
	decode_text(&seen, 101, IP4);
	assert_false(s->hop.has_dst);
}

static void
header_checksum(void **state)
{
	static const struct {
		const char *text;
		enum checksum sum;
	} rows[] = {
		{ MACS "0800 4500 002c 0001 0000 40 06 66c9 " ADDR4 TCP4,
		    CHECKSUM_GOOD },
		{ MACS "0800 4500 002c 0001 0000 40 06 66cd " ADDR4 TCP4,
		    CHECKSUM_BAD },
		{ ETHER4, CHECKSUM_BAD },
		{ MACS
		    "8100 0005 0800 4500 002c 0001 0000 40 06 66c9 " ADDR4 TCP4,
		    CHECKSUM_GOOD },
		{ MACS "0800 4600 0030 0001 0000 40 06 63c3 " ADDR4
		       "01010101 " TCP4,
		    CHECKSUM_GOOD },
		{ MACS "0800 4600 0030 0001 0000 40 06 63c3 " ADDR4
		       "01010102 " TCP4,
		    CHECKSUM_BAD },
		{ MACS "0800 " OUTER4(
		      "04") "4500 002c 0001 0000 40 06 66c9 " ADDR4 TCP4,
		    CHECKSUM_GOOD },
	};
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(decode_text(&seen, 1, rows[i].text),
		    DECODE_TCP);
		assert_int_equal(seen.s[0].ip_checksum, rows[i].sum);
	}
}

/* Length 0 in the IP header: the frame tells (segmentation offload). */
static void
length_from_frame(void **state)
{
	struct seen seen;

	(void)state;
	expect_lengths(1, MACS "0800 4500 0000 " V4("06") TCP4, 4, 4);
	expect_lengths(1, MACS "86dd 60000000 0000 06 40 " ADDRESSES6 TCP6, 4,
	    4);
	decode_text(&seen, 1, MACS "0800 4500 0000 " V4("06") TCP4);
	assert_int_equal(seen.s[0].checksum, CHECKSUM_UNKNOWN);
	expect_lengths(1,
	    MACS "86dd 60000000 0000 00 40 " ADDRESSES6
		 "0600 c204 00000020 " TCP6,
	    4, 4);
	expect_lengths(1,
	    MACS "86dd 60000000 0000 00 40 " ADDRESSES6
		 "0600 c204 0000001e " TCP6,
	    2, 2);
	/* An inner header has its own length again. */
	expect_lengths(101,
	    "4500 0000 " V4("04") "4500 002c " V4("06") TCP4 "0000", 4, 4);
}

static void
checksums(void **state)
{
	uint8_t frame[FRAME_MAX];
	struct seen seen;
	size_t n = frame_of(frame, IP4);

	(void)state;
	for (size_t i = 20; i < n; i++) {
		/* The data offset is no good place. */
		if (i == 32)
			continue;
		frame[i] ^= 0x10;
		assert_int_equal(decode_once(&seen, 101,
				     (struct slice){ frame, n }, n),
		    DECODE_TCP);
		assert_int_equal(seen.s[0].checksum, CHECKSUM_BAD);
		frame[i] ^= 0x10;
	}
	decode_once(&seen, 101, (struct slice){ frame, n }, n);
	assert_int_equal(seen.s[0].checksum, CHECKSUM_GOOD);
	/* The time to live and the IP header's sum are not its matter. */
	frame[8] ^= 1;
	decode_once(&seen, 101, (struct slice){ frame, n }, n);
	assert_int_equal(seen.s[0].checksum, CHECKSUM_GOOD);
	decode_once(&seen, 101, (struct slice){ frame, n - 1 }, n);
	assert_int_equal(seen.s[0].checksum, CHECKSUM_UNKNOWN);
}

static void
note_checksum(void *arg, const struct segment *s)
{
	int *checksum = arg;

	*checksum = s->checksum;
}

/* Segments beyond 64 KB are no packets of a link: whoever captured them did so
 * before they were cut and summed (BIG TCP), with the length told by a jumbo
 * option or by nothing. */
static void
checksum_of_big_ones(void **state)
{
	static const char *const heads[] = {
		"60000000 0000 00 40 " ADDRESSES6
		"0600 c204 0001115c 9c40 0050 " TCP_AFTER_PORTS "0000 0000 ",
		"60000000 0000 06 40 " ADDRESSES6 "9c40 0050 " TCP_AFTER_PORTS
		"0000 0000 ",
		"4500 0000 " V4("06") "9c40 0050 " TCP_AFTER_PORTS "0000 0000 ",
	};
	static uint8_t frame[70020];

	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++) {
		int checksum = -1;
		struct decoder *d = decoder_new(note_checksum, &checksum);

		memset(frame, 'x', sizeof(frame));
		frame_of(frame, heads[i]);
		assert_int_equal(feed_at(d, 101, 1,
				     (struct slice){ frame, sizeof(frame) },
				     sizeof(frame)),
		    DECODE_TCP);
		assert_int_equal(checksum, CHECKSUM_UNKNOWN);
		decoder_free(d);
	}
}

/* The Internet checksum by the definition, two bytes at a time. */
static uint16_t
plain_sum(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

/* Every length, with bytes that carry. */
static void
checksum_lengths(void **state)
{
	uint8_t frame[FRAME_MAX];
	struct seen seen;
	size_t head = frame_of(frame, IP4) - 4;

	(void)state;
	for (size_t payload = 0; payload < 1500; payload++) {
		size_t n = head + payload;
		uint32_t pseudo = 2 * 0x0a00 + 1 + 2 + 6 + (uint32_t)(n - 20);

		for (size_t i = head; i < n; i++)
			frame[i] = (uint8_t)(i % 7 == 0 ? i : 0xff - i % 3);
		frame[2] = (uint8_t)(n >> 8);
		frame[3] = (uint8_t)n;
		frame[36] = frame[37] = 0;

		uint16_t sum = plain_sum(frame + 20, n - 20, pseudo);

		frame[36] = (uint8_t)(sum >> 8);
		frame[37] = (uint8_t)sum;
		decode_once(&seen, 101, (struct slice){ frame, n }, n);
		assert_int_equal(seen.s[0].checksum, CHECKSUM_GOOD);
		frame[37] ^= 1;
		decode_once(&seen, 101, (struct slice){ frame, n }, n);
		assert_int_equal(seen.s[0].checksum, CHECKSUM_BAD);
	}
}

/* The addresses of a connection are those of its two ends, wherever the
 * packet is on its way; the checksum was made with them. */
static void
routes(void **state)
{
	struct seen seen;

	(void)state;
	decode_text(&seen, 101,
	    "4700 @4 0001 0000 40 06 0000 "
	    "0a000001 0a000009 8307 04 0a000002 00 " TCP4);
	check_segment(&seen.s[0], 4);
	assert_int_equal(seen.s[0].dst.addr[3], 2);
	assert_int_equal(seen.s[0].checksum, CHECKSUM_GOOD);
	/* Used up: the header has the end. */
	decode_text(&seen, 101,
	    "4700 @4 0001 0000 40 06 0000 "
	    "0a000001 0a000002 8907 08 0a000009 00 " TCP4);
	assert_int_equal(seen.s[0].dst.addr[3], 2);
	decode_text(&seen, 101,
	    "60000000 @-34 2b 40 "
	    "20010db8 00000000 00000000 00000001 "
	    "20010db8 00000000 00000000 00000009 0602 0001 00000000 "
	    "20010db8 00000000 00000000 00000002 " TCP6);
	assert_int_equal(seen.s[0].dst.addr[15], 2);
	assert_int_equal(seen.s[0].checksum, CHECKSUM_GOOD);
	decode_text(&seen, 101,
	    "60000000 @-34 2b 40 "
	    "20010db8 00000000 00000000 00000001 "
	    "20010db8 00000000 00000000 00000009 0604 0401 01000000 "
	    "20010db8 00000000 00000000 00000002 "
	    "20010db8 00000000 00000000 00000009 " TCP6);
	assert_int_equal(seen.s[0].dst.addr[15], 2);
	assert_int_equal(seen.s[0].checksum, CHECKSUM_GOOD);
	decode_text(&seen, 101,
	    "60000000 @-34 3c 40 "
	    "20010db8 00000000 00000000 00000009 "
	    "20010db8 00000000 00000000 00000002 0602 0102 0000 c910 "
	    "20010db8 00000000 00000000 00000001 " TCP6);
	assert_int_equal(seen.s[0].src.addr[15], 1);
	assert_int_equal(seen.s[0].checksum, CHECKSUM_GOOD);
}

static void
tcp_options(void **state)
{
	static const struct {
		const char *offset;
		const char *options;
		uint8_t wscale;
		bool has_tsopt;
		uint32_t tsval;
	} rows[] = {
		{ "50", "", SEGMENT_NO_WSCALE, false, 0 },
		{ "80", "0101080a 01020304 05060708", SEGMENT_NO_WSCALE, true,
		    0x01020304 },
		{ "a0", "020405b4 0402080a 01020304 00000000 01030307", 7, true,
		    0x01020304 },
		{ "60", "01030300", 0, false, 0 },
		{ "60", "00030307", SEGMENT_NO_WSCALE, false, 0 },
		{ "60", "03040707", SEGMENT_NO_WSCALE, false, 0 },
		{ "60", "08060102", SEGMENT_NO_WSCALE, false, 0 },
		{ "60", "0500030e", SEGMENT_NO_WSCALE, false, 0 },
		{ "60", "01010103", SEGMENT_NO_WSCALE, false, 0 },
	};
	char text[256];
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text),
		    "4500 @4 %s 9c40 0050 00000064 "
		    "000000c8 %s02 1000 0000 0000 %s 6461",
		    V4("06"), rows[i].offset, rows[i].options);
		assert_int_equal(decode_text(&seen, 101, text), DECODE_TCP);
		assert_int_equal(seen.s[0].wscale, rows[i].wscale);
		assert_int_equal(seen.s[0].has_tsopt, rows[i].has_tsopt);
		assert_int_equal(seen.s[0].tsval, rows[i].tsval);
		assert_int_equal(seen.s[0].payload_len, 2);
		assert_int_equal(seen.s[0].flags, TCP_SYN);
	}
}

static void
counts(void **state)
{
	struct seen seen = { .n = 0 };
	struct decoder *d = decoder_new(seen_segment, &seen);
	uint8_t frame[FRAME_MAX];
	size_t n = frame_of(frame, ETHER4);
	struct slice whole = { frame, n };

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		feed_at(d, 1, 1, whole, n);
	feed_at(d, 147, 1, whole, n);
	feed_at(d, 1, 1, (struct slice){ frame, 20 }, n);
	feed_at(d, 1, 1, (struct slice){ frame, 20 }, 20);
	assert_int_equal(decoder_count(d, DECODE_TCP), 3);
	assert_int_equal(decoder_count(d, DECODE_LINKTYPE_UNKNOWN), 1);
	assert_int_equal(decoder_count(d, DECODE_CUT), 1);
	assert_int_equal(decoder_count(d, DECODE_BAD_HEADER), 1);
	assert_int_equal(seen.s[2].ts_ns, 1);
	assert_int_equal(seen.s[2].ts_digits, 6);
	decoder_free(d);
	decoder_free(NULL);
	for (int o = 0; o < DECODE_OUTCOMES; o++)
		assert_true(strlen(outcome_name((enum outcome)o)) > 1);
}

/* Decodes n bytes of a frame of len, and of what is behind its Ethernet
 * header. */
static void
check_same(const uint8_t *frame, size_t n, size_t len)
{
	struct seen a, b;
	enum outcome o = decode_once(&a, 228,
	    (struct slice){ frame + 14, n - 14 }, len - 14);
	const struct segment *x = &a.s[0], *y = &b.s[0];

	assert_int_equal(decode_once(&b, 1, (struct slice){ frame, n }, len),
	    o);
	assert_int_equal(a.n, b.n);
	if (a.n == 0)
		return;
	assert_true(endpoint_equal(&x->src, &y->src));
	assert_true(endpoint_equal(&x->dst, &y->dst));
	assert_int_equal(x->seq, y->seq);
	assert_int_equal(x->ack, y->ack);
	assert_int_equal(x->window, y->window);
	assert_int_equal(x->flags, y->flags);
	assert_int_equal(x->wscale, y->wscale);
	assert_int_equal(x->checksum, y->checksum);
	assert_int_equal(x->ts_digits, y->ts_digits);
	assert_int_equal(x->has_tsopt, y->has_tsopt);
	assert_int_equal(x->tsval, y->tsval);
	assert_int_equal(x->hop.vlan, y->hop.vlan);
	assert_int_equal(x->payload_len, y->payload_len);
	assert_int_equal(x->ip_len, y->ip_len);
	assert_int_equal(x->ip_id, y->ip_id);
	assert_int_equal(x->ip_checksum, y->ip_checksum);
	assert_int_equal(x->flaws, y->flaws);
	assert_int_equal(x->tunnel, y->tunnel);
	assert_int_equal(x->interface, y->interface);
	assert_true(y->hop.has_dst);
	assert_memory_equal(y->hop.dst_mac, frame, 6);
	assert_memory_equal(y->hop.src_mac, frame + 6, 6);
	assert_int_equal(x->payload.n, y->payload.n);
	assert_memory_equal(a.payload[0], b.payload[0], x->payload.n);
	assert_int_equal(x->packet, y->packet);
	assert_int_equal(x->n_earlier, y->n_earlier);
	assert_int_equal(x->ts_ns, y->ts_ns);
}

/* The frame that is decoded in one go is what the layers make of it, whatever
 * byte is another and wherever it is cut. */
static void
common_frames(void **state)
{
	static const char *const frames[] = {
		ETHER4 "0000 0000",
		MACS
		"0800 4500 0038 " V4("06") "9c40 0050 00000064 000000c8 "
					   "9018 1000 4c3a 0000 01 0303 07 "
					   "080a 00000001 00000002 01 01 "
					   "64617461",
	};

	(void)state;
	for (size_t f = 0; f < COUNT(frames); f++) {
		uint8_t frame[FRAME_MAX];
		size_t n = frame_of(frame, frames[f]);

		for (size_t i = 14; i < n; i++) {
			check_same(frame, i, n);
			for (unsigned flip = 0; flip < 256; flip++) {
				frame[i] ^= (uint8_t)flip;
				check_same(frame, n, n);
				frame[i] ^= (uint8_t)flip;
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ip_headers),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(padding),
		cmocka_unit_test(frame_too_short),
		cmocka_unit_test(cut_on_the_way),
		cmocka_unit_test(short_fragment),
		cmocka_unit_test(ip_options),
		cmocka_unit_test(identification),
		cmocka_unit_test(header_checksum),
		cmocka_unit_test(length_from_frame),
		cmocka_unit_test(checksums),
		cmocka_unit_test(checksum_lengths),
		cmocka_unit_test(checksum_of_big_ones),
		cmocka_unit_test(routes),
		cmocka_unit_test(tcp_options),
		cmocka_unit_test(counts),
		cmocka_unit_test(common_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
