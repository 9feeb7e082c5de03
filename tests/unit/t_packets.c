/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_packets.c: what products make of the packets they are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memout.h"
#include "sinks/sinks.h"

#define START (1537962662 * INT64_C(1000000000))
#define HEADER                                                                 \
	"time\tdirection\tpayload\tclient_bytes\tserver_bytes\t"               \
	"total_bytes\tsince_last\tsince_client\tsince_server\tsince_first\n"

struct run {
	struct memout out;
	struct spill *keep;
	struct sinks *sinks;
	struct events e;
	struct session s;
	void *handle;
	uint64_t packet;
};

static void
begin(struct run *r, uint8_t ts_digits)
{
	struct sink_env env = {
		.out = memout_init(&r->out),
		.spill = spill_new(1 << 20),
		.capture = "x.pcap",
	};
	unsigned bits = 0;

	assert_true(sinks_parse_emit("pcap,timing", &bits));
	r->keep = env.spill;
	r->sinks = sinks_new(&env, bits);
	r->e = sinks_events(r->sinks);
	r->packet = 0;
	r->s = (struct session){
		.client = { { 192, 0, 2, 1 }, 57080, 4 },
		.server = { { 192, 0, 2, 2 }, 80, 4 },
		.start_ns = START,
		.ts_digits = ts_digits,
		.state = CONN_STATE_SF,
		.history = "",
		.rtt_ns = -1,
	};
	assert_true(r->e.wants_packets);
	r->handle = r->e.open(r->e.ctx, &r->s);
}

static void
packet(struct run *r, int dir, int64_t since_ns, uint32_t len)
{
	static const uint8_t bytes[] = "frame";
	struct packet frame = {
		.number = ++r->packet,
		.ts_ns = START + since_ns,
		.ts_digits = r->s.ts_digits,
		.linktype = 1,
		.len = 9,
		.data = { bytes, 5 },
	};
	struct segment seg = {
		.packet = frame.number,
		.ts_ns = frame.ts_ns,
		.payload_len = len,
		.frame = &frame,
	};
	struct packet_event p = { .dir = dir, .seg = &seg };

	r->e.packet(r->e.ctx, r->handle, &p);
}

static void
finish(struct run *r)
{
	r->e.close(r->e.ctx, r->handle, &r->s);
	sinks_finish(r->sinks);
}

static void
discard(struct run *r)
{
	sinks_free(r->sinks);
	assert_int_equal(spill_memory(r->keep), 0);
	spill_free(r->keep);
	memout_free(&r->out);
}

static void
timing(void **state)
{
	struct run r;

	(void)state;
	begin(&r, 6);
	packet(&r, 1, 0, 0);
	packet(&r, 1, 1500000, 10);
	packet(&r, 0, 61440295000, 3);
	packet(&r, 0, 61440294000, 7); /* clocks jump */
	packet(&r, 1, 61440297999, 0);
	r.s.side[1].bytes = 10;
	finish(&r);
	assert_string_equal(memout_text(&r.out, ".timing"),
	    HEADER
	    "2018-09-26T11:51:02.000000Z\t1\t0\t0\t0\t0\t-\t-\t-\t0.000000\n"
	    "2018-09-26T11:51:02.001500Z\t1\t10\t0\t10\t10\t0.001500\t-\t"
	    "0.001500\t0.001500\n"
	    "2018-09-26T11:52:03.440295Z\t0\t3\t3\t10\t13\t61.438795\t-\t"
	    "61.438795\t61.440295\n"
	    "2018-09-26T11:52:03.440294Z\t0\t7\t10\t10\t20\t-0.000001\t"
	    "-0.000001\t61.438794\t61.440294\n"
	    "2018-09-26T11:52:03.440297Z\t1\t0\t10\t10\t20\t0.000003\t"
	    "0.000003\t61.438797\t61.440297\n");
	discard(&r);
}

static void
nanoseconds(void **state)
{
	struct run r;

	(void)state;
	begin(&r, 9);
	packet(&r, 0, 1, 5);
	r.s.side[0].bytes = 5;
	finish(&r);
	assert_string_equal(memout_text(&r.out, ".timing"),
	    HEADER "2018-09-26T11:51:02.000000001Z\t0\t5\t5\t0\t5\t-\t-\t-\t"
		   "0.000000000\n");
	assert_memory_equal(memout_find(&r.out, ".pcap")->data.p,
	    "\x4d\x3c\xb2\xa1", 4);
	discard(&r);
}

/* A session has the files when payload was sent or its handshake is full. */
static void
existence(void **state)
{
	static const struct {
		enum handshake handshake;
		uint64_t bytes, missing;
		bool made;
	} v[] = {
		{ HANDSHAKE_PARTIAL, 0, 0, false },
		{ HANDSHAKE_FULL, 0, 0, true },
		{ HANDSHAKE_NONE, 1, 0, true },
		{ HANDSHAKE_NONE, 0, 1, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		struct run r;

		begin(&r, 6);
		packet(&r, 0, 0, 0);
		r.s.handshake = v[i].handshake;
		r.s.side[i % 2].bytes = v[i].bytes;
		r.s.side[i % 2].missing = v[i].missing;
		finish(&r);
		assert_int_equal(memout_find(&r.out, ".pcap") != NULL,
		    v[i].made);
		assert_int_equal(memout_find(&r.out, ".timing") != NULL,
		    v[i].made);
		discard(&r);
	}
}

/* A session without a packet to tell has none to write. */
static void
nothing_told(void **state)
{
	struct run r;

	(void)state;
	begin(&r, 6);
	r.s.handshake = HANDSHAKE_FULL;
	finish(&r);
	assert_null(memout_find(&r.out, ".pcap"));
	assert_null(memout_find(&r.out, ".timing"));
	discard(&r);
}

/* A frame that brought two segments is in the file once. */
static void
two_segments(void **state)
{
	struct run r;

	(void)state;
	begin(&r, 6);
	packet(&r, 0, 0, 1);
	r.packet--;
	packet(&r, 0, 0, 1);
	packet(&r, 0, 0, 1);
	r.s.side[0].bytes = 3;
	finish(&r);
	assert_int_equal(memout_find(&r.out, ".pcap")->data.n,
	    24 + 2 * (16 + 5));
	discard(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timing),
		cmocka_unit_test(nanoseconds),
		cmocka_unit_test(existence),
		cmocka_unit_test(nothing_told),
		cmocka_unit_test(two_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
