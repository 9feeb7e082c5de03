/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_filter.c: filters see through what hides a packet from BPF. */
#include "lib/frames.h"

#include "capture/filter.h"

static enum filter_verdict
verdict(const char *expression, uint16_t linktype, const char *hex)
{
	char message[FILTER_MESSAGE_LEN];
	uint8_t bytes[FRAME_MAX];
	struct filter *f = filter_new(expression, message);
	struct packet p = { .linktype = linktype };
	enum filter_verdict v;

	assert_non_null(f);
	filter_on_ip(f, decode_find_ip);
	p.data = (struct slice){ bytes, frame_of(bytes, hex) };
	p.len = (uint32_t)p.data.n;
	v = filter_packet(f, &p);
	filter_free(f);
	return v;
}

static const struct {
	const char *name;
	uint16_t linktype;
	const char *frame;
} hidden[] = {
	{ "plain", 1, ETHER4 },
	{ "VLAN", 1, MACS "8100 0007 0800 " IP4 },
	{ "QinQ", 1, MACS "88a8 0007 8100 0008 0800 " IP4 },
	{ "MPLS", 1, MACS "8847 00010040 00020140 " IP4 },
	{ "PPPoE", 1, MACS "8864 1100 0001 @0 0021 " IP4 },
	{ "VLAN and PPPoE", 1, MACS "8100 0007 8864 1100 0001 @0 0021 " IP4 },
	{ "SLL with VLAN", 113,
	    "0000 0001 0006 020000000001 0000 8100 0005 0800 " IP4 },
	{ "raw", 101, IP4 },
};

static void
sees_inside(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hidden); i++) {
		const char *frame = hidden[i].frame;

		if (verdict("tcp port 80", hidden[i].linktype, frame) !=
		    FILTER_MATCH)
			fail_msg("%s: port 80 not seen", hidden[i].name);
		if (verdict("tcp port 81", hidden[i].linktype, frame) !=
		    FILTER_NO_MATCH)
			fail_msg("%s: port 81 seen", hidden[i].name);
	}
}

static void
keeps_the_outer_frame(void **state)
{
	(void)state;
	assert_int_equal(verdict("vlan 7", 1, MACS "8100 0007 0800 " IP4),
	    FILTER_MATCH);
	assert_int_equal(verdict("vlan 8", 1, MACS "8100 0007 0800 " IP4),
	    FILTER_NO_MATCH);
	assert_int_equal(verdict("ether src 02:00:00:00:00:01 and port 80", 1,
			     MACS "8100 0007 0800 " IP4),
	    FILTER_MATCH);
}

static void
says_what_is_wrong(void **state)
{
	char message[FILTER_MESSAGE_LEN] = "";

	(void)state;
	assert_null(filter_new("port nosuchport", message));
	assert_non_null(strstr(message, "nosuchport"));
	/* Words that only one link type has are some. */
	assert_int_equal(verdict("fisu", 1, ETHER4), FILTER_BROKEN);
	assert_int_equal(verdict("ether host 02:00:00:00:00:01", 101, IP4),
	    FILTER_BROKEN);
}

/* libpcap compiles no IP for NFLOG: the packet in the frame is looked at. */
static void
sees_what_libpcap_does_not(void **state)
{
	static const char nflog[] = "02 00 0000 0008 0001 00000000 @2 0009 ";
	static const struct {
		const char *expression;
		const char *rest;
		enum filter_verdict verdict;
	} rows[] = {
		{ "tcp port 80", IP4, FILTER_MATCH },
		{ "tcp port 81", IP4, FILTER_NO_MATCH },
		{ "not port 81", IP4, FILTER_MATCH },
		{ "not port 80", IP4, FILTER_NO_MATCH },
		{ "ip6", IP6, FILTER_MATCH },
		{ "ip6", IP4, FILTER_NO_MATCH },
		/* Nothing of IP in it. */
		{ "not port 81", "", FILTER_NO_MATCH },
		{ "ether host 02:00:00:00:00:01", IP4, FILTER_BROKEN },
		{ "vlan 7", IP4, FILTER_BROKEN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char frame[2048];

		snprintf(frame, sizeof(frame), "%s%s", nflog, rows[i].rest);
		if (verdict(rows[i].expression, 239, frame) != rows[i].verdict)
			fail_msg("%s, row %zu", rows[i].expression, i);
	}
	/* Nobody knows that link type: not for a filter to say. */
	assert_int_equal(verdict("tcp port 81", 147, IP4), FILTER_MATCH);
	assert_int_equal(verdict("ether host 02:00:00:00:00:01", 147, IP4),
	    FILTER_BROKEN);
}

/* No byte beyond a cut frame is looked at. */
static void
survives_cuts(void **state)
{
	char message[FILTER_MESSAGE_LEN];
	uint8_t bytes[FRAME_MAX];
	struct filter *f = filter_new("tcp port 80", message);

	(void)state;
	assert_non_null(f);
	for (size_t i = 0; i < COUNT(hidden); i++) {
		size_t n = frame_of(bytes, hidden[i].frame);

		for (size_t cut = 0; cut <= n; cut++) {
			uint8_t *exact = malloc(cut + 1);
			struct packet p = { .linktype = hidden[i].linktype,
				.len = (uint32_t)n };

			assert_non_null(exact);
			memcpy(exact, bytes, cut);
			exact = realloc(exact, cut > 0 ? cut : 1);
			assert_non_null(exact);
			p.data = (struct slice){ exact, cut };
			(void)filter_packet(f, &p);
			free(exact);
		}
	}
	filter_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sees_inside),
		cmocka_unit_test(keeps_the_outer_frame),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(sees_what_libpcap_does_not),
		cmocka_unit_test(survives_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
