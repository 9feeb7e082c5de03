/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_udp.c: which packets are told of as UDP datagrams, and what of them. */
#include "lib/frames.h"

#define ETHER_IP4 MACS "0800 4500 @4 "
#define QUERY "8214 0035 @6 0000 68656c6c6f "
#define PING "0800 f7ff 00000000 "
/* VXLAN network 1. */
#define VXLAN "08000000 00000100 "

struct packet_notes {
	size_t n;
	struct datagram d[SEEN_MAX];
	uint8_t payload[SEEN_MAX][FRAME_MAX];
};

static void
on_datagram(void *arg, const struct datagram *d)
{
	struct packet_notes *t = arg;

	assert_true(t->n < SEEN_MAX && d->payload.n <= FRAME_MAX);
	assert_true(d->payload.n <= d->payload_len);
	t->d[t->n] = *d;
	if (d->payload.n > 0)
		memcpy(t->payload[t->n], d->payload.p, d->payload.n);
	t->n++;
}

static struct decoder *
listener(struct seen *seen, struct packet_notes *t)
{
	struct decoder *d = decoder_new(seen_segment, seen);

	seen->n = 0;
	t->n = 0;
	decoder_on_datagram(d, on_datagram, t);
	return d;
}

static enum outcome
feed_text(struct decoder *d, uint16_t linktype, const char *text)
{
	uint8_t frame[FRAME_MAX];
	size_t n = frame_of(frame, text);

	return feed_at(d, linktype, 1, (struct slice){ frame, n }, n);
}

static void
fields(void **state)
{
	static const uint8_t v4[2][16] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
	static const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 2 };
	struct seen seen;
	struct packet_notes t;
	struct decoder *d = listener(&seen, &t);

	(void)state;
	assert_int_equal(feed_text(d, 1, ETHER_IP4 V4("11") QUERY),
	    DECODE_NOT_TCP);
	assert_int_equal(feed_text(d, 1,
			     MACS "8100 0007 0800 4500 @4 " V4("11") QUERY),
	    DECODE_NOT_TCP);
	assert_int_equal(feed_text(d, 101, V6("11") QUERY), DECODE_NOT_TCP);
	assert_int_equal(seen.n, 0);
	assert_int_equal(t.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(t.d[i].src.port, 0x8214);
		assert_int_equal(t.d[i].dst.port, 53);
		assert_int_equal(t.d[i].payload_len, 5);
		assert_int_equal(t.d[i].payload.n, 5);
		assert_memory_equal(t.payload[i], "hello", 5);
		assert_int_equal(t.d[i].packet, 7);
		assert_int_equal(t.d[i].ts_ns, 1);
		assert_int_equal(t.d[i].ts_digits, 6);
		assert_int_equal(t.d[i].src.family, i < 2 ? 4 : 6);
		assert_memory_equal(t.d[i].dst.addr, i < 2 ? v4[1] : v6, 16);
	}
	assert_memory_equal(t.d[0].src.addr, v4[0], 16);
	assert_int_equal(t.d[0].hop.vlan, 0);
	assert_int_not_equal(t.d[1].hop.vlan, 0);
	decoder_free(d);
}

/* What is told of a packet: ports of its datagram, or none (0). */
static const struct {
	const char *name;
	const char *text;
	unsigned sport;
	unsigned dport;
} rows[] = {
	{ "TCP", ETHER4, 0, 0 },
	{ "ICMP that quotes UDP",
	    ETHER_IP4 V4("01") "0303 0000 00000000 4500 0021 " V4("11") QUERY,
	    0, 0 },
	{ "the VXLAN of TCP", ETHER_IP4 V4("11") UDP("12b5") VXLAN ETHER4, 0,
	    0 },
	{ "the VXLAN of UDP",
	    ETHER_IP4 V4("11") UDP("12b5") VXLAN ETHER_IP4 V4("11") QUERY,
	    0x8214, 53 },
	{ "the VXLAN of ICMP",
	    ETHER_IP4 V4("11") UDP("12b5") VXLAN ETHER_IP4 V4("01") PING,
	    0xd431, 4789 },
	{ "the VXLAN of ARP",
	    ETHER_IP4 V4("11") UDP("12b5") VXLAN MACS "0806 0001", 0xd431,
	    4789 },
	{ "the VXLAN of a fragment",
	    ETHER_IP4 V4("11") UDP("12b5") VXLAN MACS
	    "0800 4500 @4 0001 2000 40 11 0000 "
	    "0a000001 0a000002 " QUERY "000000",
	    0, 0 },
	{ "no VXLAN, though its port", ETHER_IP4 V4("11") UDP("12b5") "616263",
	    0xd431, 4789 },
	{ "ESP in UDP", ETHER_IP4 V4("11") UDP("1194") "00000001 00000001 ff",
	    0xd431, 4500 },
	{ "UDP in GRE", ETHER_IP4 V4("2f") "0000 0800 4500 @4 " V4("11") QUERY,
	    0x8214, 53 },
	{ "header cut", ETHER_IP4 V4("11") "82140035 0008", 0, 0 },
};

static void
which(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct seen seen;
		struct packet_notes t;
		struct decoder *d = listener(&seen, &t);

		feed_text(d, 1, rows[i].text);
		if (t.n != (rows[i].dport != 0))
			fail_msg("%s: %zu datagrams", rows[i].name, t.n);
		if (t.n > 0 &&
		    (t.d[0].src.port != rows[i].sport ||
			t.d[0].dst.port != rows[i].dport))
			fail_msg("%s: from %u to %u", rows[i].name,
			    t.d[0].src.port, t.d[0].dst.port);
		decoder_free(d);
	}
}

/* Nothing of one packet is told with the next. */
static void
nothing_stays(void **state)
{
	struct seen seen;
	struct packet_notes t;
	struct decoder *d = listener(&seen, &t);

	(void)state;
	feed_text(d, 1, ETHER_IP4 V4("11") UDP("12b5") VXLAN ETHER4);
	feed_text(d, 1, MACS "0806 0001");
	feed_text(d, 1, ETHER_IP4 V4("11") QUERY);
	feed_text(d, 1, MACS "0806 0001");
	assert_int_equal(seen.n, 1);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.d[0].dst.port, 53);
	decoder_free(d);
}

static void
lengths(void **state)
{
	static const struct {
		const char *text;
		size_t wire;
		size_t captured;
	} v[] = {
		{ "4500 0030 " V4("11") "8214 0035 001c 0000 68656c6c6f", 5,
		    5 },
		/* Bytes that the UDP header does not count. */
		{ "4500 @4 " V4("11") "8214 0035 000a 0000 68656c6c6f", 2, 2 },
		{ "4500 @4 " V4("11") "8214 0035 0008 0000 ", 0, 0 },
		{ "4500 @4 " V4("11") "8214 0035 0008 0000 68", 0, 0 },
		/* Lengths that cannot be. */
		{ "4500 @4 " V4("11") "8214 0035 0007 0000 68656c6c6f", 5, 5 },
		{ "4500 @4 " V4("11") "8214 0035 0000 0000 68656c6c6f", 5, 5 },
		{ "4500 @4 " V4("11") "8214 0035 ffff 0000 68656c6c6f", 5, 5 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		struct seen seen;
		struct packet_notes t;
		struct decoder *d = listener(&seen, &t);

		feed_text(d, 101, v[i].text);
		assert_int_equal(t.n, 1);
		assert_int_equal(t.d[0].payload_len, v[i].wire);
		assert_int_equal(t.d[0].payload.n, v[i].captured);
		decoder_free(d);
	}
}

static void
fragments(void **state)
{
	struct seen seen;
	struct packet_notes t;
	struct decoder *d = listener(&seen, &t);

	(void)state;
	assert_int_equal(feed_text(d, 101,
			     "4500 @4 0009 2000 40 11 0000 0a000001 0a000002 "
			     "8214 0035 0012 0000 3031323334353637"),
	    DECODE_FRAGMENT);
	assert_int_equal(t.n, 0);
	feed_text(d, 101,
	    "4500 @4 0009 0002 40 11 0000 0a000001 0a000002 3839");
	assert_int_equal(t.n, 1);
	assert_int_equal(t.d[0].payload_len, 10);
	assert_memory_equal(t.payload[0], "0123456789", 10);
	/* One that never completes. */
	feed_text(d, 101,
	    "4500 @4 000a 2000 40 11 0000 0a000001 0a000002 "
	    "8214 0035 0012 0000 3031323334353637");
	assert_int_equal(t.n, 1);
	decoder_free(d);
}

/* Every shorter capture of a datagram is told with what was captured. */
static void
cuts(void **state)
{
	struct guard g = guard_new(FRAME_MAX);
	uint8_t frame[FRAME_MAX];
	size_t n = frame_of(frame, ETHER_IP4 V4("11") QUERY);

	(void)state;
	for (size_t k = 0; k < n; k++) {
		struct seen seen;
		struct packet_notes t;
		struct decoder *d = listener(&seen, &t);

		feed_at(d, 1, 1, guard_put(&g, frame, k), n);
		assert_int_equal(t.n, k >= n - 5);
		if (t.n > 0) {
			assert_int_equal(t.d[0].payload_len, 5);
			assert_int_equal(t.d[0].payload.n, k - (n - 5));
		}
		decoder_free(d);
	}
	guard_free(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(which),
		cmocka_unit_test(nothing_stays),
		cmocka_unit_test(lengths),
		cmocka_unit_test(fragments),
		cmocka_unit_test(cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
