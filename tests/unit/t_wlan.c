/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_wlan.c: 802.11 data frames, and the headers that capture adds. */
#include "lib/frames.h"

#define SNAP "aaaa03 000000 0800 "
/* Duration, three addresses, sequence. */
#define ADDRESSES "0000 " MACS "020000000003 0000 "
#define DATA "0801 " ADDRESSES
#define QOS "8801 " ADDRESSES
#define SUBFRAME(len) MACS len " " SNAP
#define ZEROS8 "0000000000000000 "

static const struct sample frames_rows[] = {
	{ "data", 105, 4, DATA SNAP IP4 },
	{ "data, IPv6", 105, 6, DATA "aaaa03 000000 86dd " IP6 },
	{ "from the access point", 105, 4, "0802 " ADDRESSES SNAP IP4 },
	{ "quality of service", 105, 4, QOS "0000 " SNAP IP4 },
	{ "four addresses", 105, 4,
	    "0803 " ADDRESSES "020000000004 " SNAP IP4 },
	{ "four addresses, quality of service", 105, 4,
	    "8803 " ADDRESSES "020000000004 0000 " SNAP IP4 },
	{ "HT control", 105, 4, "8881 " ADDRESSES "0000 00000000 " SNAP IP4 },
	{ "padded header", 105, 4, QOS "0000 0000 " SNAP IP4 },
	{ "mesh", 105, 4,
	    "8803 " ADDRESSES "020000000004 0001 00 1f 00000001 " SNAP IP4 },
	{ "mesh, more addresses", 105, 4,
	    "8803 " ADDRESSES
	    "020000000004 0001 01 1f 00000001 020000000005 " SNAP IP4 },
	{ "decrypted", 105, 4, "0841 " ADDRESSES SNAP IP4 },
	{ "decrypted, with vector", 105, 4, "0841 " ADDRESSES ZEROS8 SNAP IP4 },
	{ "one of an aggregate", 105, 4, QOS "8000 " MACS "@0 " SNAP IP4 },
	{ "radiotap", 127, 4, "0000 0800 00000000 " DATA SNAP IP4 },
	{ "radiotap, longer", 127, 4,
	    "0000 0c00 02000000 10000000 " DATA SNAP IP4 },
	{ "Prism", 119, 4, "44000000 0c000000 00000000 " DATA SNAP IP4 },
	{ "Prism, big-endian", 119, 4,
	    "00000044 0000000c 00000000 " DATA SNAP IP4 },
	{ "AVS as Prism", 119, 4, "80211001 00000010 " ZEROS8 DATA SNAP IP4 },
	{ "AVS", 163, 4, "80211001 00000010 " ZEROS8 DATA SNAP IP4 },
	{ "PPI", 192, 4, "0000 0800 69000000 " DATA SNAP IP4 },
	{ "PPI, longer", 192, 4, "0000 0c00 69000000 00000000 " DATA SNAP IP4 },
	{ "PPI, Ethernet", 192, 4, "0000 0800 01000000 " ETHER4 },
};

static void
frames(void **state)
{
	(void)state;
	check_samples(frames_rows, COUNT(frames_rows));
}

static const struct refusal no_data_rows[] = {
	{ "beacon", 105, DECODE_NOT_IP, "8000 " ADDRESSES "00" },
	{ "acknowledgement", 105, DECODE_NOT_IP, "d400 0000 " MACS },
	{ "no data", 105, DECODE_NOT_IP, "4801 " ADDRESSES },
	{ "no data, quality of service", 105, DECODE_NOT_IP,
	    "c801 " ADDRESSES "0000" },
	{ "other version", 105, DECODE_NOT_IP, "0901 " ADDRESSES SNAP IP4 },
	{ "protected", 105, DECODE_ENCRYPTED,
	    "0841 " ADDRESSES "0102030405060708 1112131415161718" },
	{ "first part", 105, DECODE_LINK_FRAGMENT, "0805 " ADDRESSES SNAP IP4 },
	{ "last part", 105, DECODE_LINK_FRAGMENT,
	    "0801 0000 " MACS "020000000003 1100 64617461" },
	{ "key exchange", 105, DECODE_NOT_IP, DATA "aaaa03 000000 888e 0203" },
	{ "radiotap, length", 127, DECODE_BAD_HEADER,
	    "0000 0700 00000000 " DATA },
	{ "radiotap, version", 127, DECODE_BAD_HEADER,
	    "0100 0800 00000000 " DATA },
	{ "PPI, length", 192, DECODE_BAD_HEADER, "0000 0700 69000000 " DATA },
	{ "PPI in PPI without end", 192, DECODE_TOO_DEEP,
	    "0000 0800 c0000000 0000 0800 c0000000 0000 0800 c0000000 "
	    "0000 0800 c0000000 0000 0800 c0000000 0000 0800 c0000000 "
	    "0000 0800 c0000000 0000 0800 c0000000 0000 0800 c0000000 "
	    "0000 0800 c0000000 0000 0800 c0000000 0000 0800 c0000000 "
	    "0000 0800 c0000000 0000 0800 c0000000 0000 0800 c0000000 "
	    "0000 0800 c0000000 0000 0800 c0000000 0000 0800 c0000000 "
	    "0000 0800 c0000000 0000 0800 c0000000 0000 0800 c0000000 "
	    "0000 0800 c0000000 0000 0800 c0000000 0000 0800 c0000000 "
	    "0000 0800 c0000000 0000 0800 c0000000 0000 0800 "
	    "c0000000" },
};

static void
no_data(void **state)
{
	(void)state;
	check_refusals(no_data_rows, COUNT(no_data_rows));
}

/* 20 + 20 + 4 bytes of IP after 8 of LLC: 52, a multiple of 4 with the 14
 * before them and 2 of padding. */
#define WHOLE SUBFRAME("0034") "4500 002c " V4("06") TCP4

static void
aggregate(void **state)
{
	static const char text[] =
	    QOS "8000 " WHOLE "0000 " MACS "0004 00112233 0000 " WHOLE
		"0000 " WHOLE;
	uint8_t frame[FRAME_MAX];
	size_t n = frame_of(frame, text);
	size_t head = 26, one = 14 + 52 + 2, other = 14 + 4 + 2;
	struct guard g = guard_new(FRAME_MAX);
	struct seen seen;

	(void)state;
	assert_int_equal(n, head + 3 * one - 2 + other);
	assert_int_equal(decode_text(&seen, 105, text), DECODE_TCP);
	assert_int_equal(seen.n, 3);
	for (size_t i = 0; i < 3; i++) {
		check_segment(&seen.s[i], 4);
		assert_int_equal(seen.s[i].checksum, CHECKSUM_GOOD);
		assert_memory_equal(seen.payload[i], "data", 4);
	}
	for (size_t k = 0; k < n; k++) {
		decode_once(&seen, 105, guard_put(&g, frame, k), n);
		assert_true(seen.n >=
		    (k >= head + one) + (size_t)(k >= head + 2 * one + other));
	}
	guard_free(&g);
}

/* One that holds no IP does not hide the others. */
static void
aggregate_of_others(void **state)
{
	struct seen seen;

	(void)state;
	assert_int_equal(decode_text(&seen, 105,
			     QOS "8000 " WHOLE "0000 " MACS "0004 00112233"),
	    DECODE_TCP);
	assert_int_equal(seen.n, 1);
	assert_int_equal(decode_text(&seen, 105,
			     QOS "8000 " MACS "0004 00112233 0000 " MACS
				 "0004 00112233"),
	    DECODE_NOT_IP);
	assert_int_equal(seen.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames),
		cmocka_unit_test(no_data),
		cmocka_unit_test(aggregate),
		cmocka_unit_test(aggregate_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
