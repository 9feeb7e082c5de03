/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_udp_flow.c: datagrams in, flows of them out. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "lib/net.h"
#include "flow/udp_flow.h"
#include "inspect/enum_names.h"

#define SECOND ((int64_t)1000000000)

/* A table whose flows become lines, and what it is given. */
struct bench {
	struct model_config cfg;
	struct events events;
	struct spill *keep;
	struct flows *flows;
	struct buf said;
	size_t told;
	uint64_t last_first; /* first packet of the flow told last */
	uint64_t packet;
	int64_t now_ns;
};

static void
put_first(struct buf *b, struct slice s)
{
	buf_byte(b, '"');
	buf_put(b, s.p, s.n);
	buf_byte(b, '"');
}

/* "1111>53 2/7 1/3 SF Dd end 1-3 "query"/"yes"" */
static void
on_datagrams(void *ctx, const struct session *s, const struct slice first[2])
{
	static const char *const reasons[] = {
		[CLOSE_IDLE] = "idle",
		[CLOSE_EVICTED] = "evicted",
		[CLOSE_END] = "end",
	};
	struct bench *b = ctx;

	assert_int_equal(s->proto, PROTO_UDP);
	assert_true(s->number == SESSION_NO_NUMBER);
	assert_int_equal(s->roles, ROLES_GUESS);
	assert_int_equal(s->handshake, HANDSHAKE_NONE);
	assert_int_equal(s->closed_by, CLOSED_BY_NONE);
	assert_true(s->rtt_ns == -1);
	assert_true(s->end_ns - s->start_ns >= 0);
	b->told++;
	b->last_first = s->first_packet;
	buf_printf(&b->said, "%u>%u", s->client.port, s->server.port);
	for (int dir = 0; dir < 2; dir++)
		buf_printf(&b->said, " %" PRIu64 "/%" PRIu64,
		    s->side[dir].packets, s->side[dir].bytes);
	buf_printf(&b->said, " %s %s %s %" PRIu64 "-%" PRIu64 " ",
	    enum_name_conn_state(s->state), s->history, reasons[s->close],
	    s->first_packet, s->last_packet);
	put_first(&b->said, first[0]);
	put_first(&b->said, first[1]);
	buf_byte(&b->said, '\n');
}

static void
on_close(void *ctx, void *handle, const struct session *s)
{
	struct bench *b = ctx;

	assert_null(handle);
	buf_printf(&b->said, "TCP %" PRIu64 "\n", s->number);
}

static void
bench_init(struct bench *b, const struct model_config *cfg, bool wants)
{
	*b = (struct bench){ 0 };
	if (cfg != NULL)
		b->cfg = *cfg;
	else
		net_config(&b->cfg);
	b->events = (struct events){
		.ctx = b,
		.wants_datagrams = wants,
		.datagrams = on_datagrams,
		.close = on_close,
	};
	b->keep = spill_new((size_t)1 << 20);
	b->flows = flows_new(&b->cfg, b->keep, &b->events);
}

static void
bench_free(struct bench *b)
{
	flows_free(b->flows);
	spill_free(b->keep);
	buf_free(&b->said);
}

/* The capture ends; what was said is what is wanted. */
static void
bench_end(struct bench *b, const char *want)
{
	flows_end(b->flows);
	assert_string_equal(buf_cstr(&b->said), want);
	bench_free(b);
}

/* Ports below 1024 are at 10.0.0.2, the others at 10.0.0.1. */
static struct endpoint
place(unsigned port)
{
	return (struct endpoint){ { 10, 0, 0, port < 1024 ? 2 : 1 },
		(uint16_t)port, 4 };
}

static void
give(struct bench *b, unsigned from, unsigned to, const char *text)
{
	struct datagram d = {
		.src = place(from),
		.dst = place(to),
		.payload = { (const uint8_t *)text, strlen(text) },
		.payload_len = (uint32_t)strlen(text),
		.packet = ++b->packet,
		.ts_ns = b->now_ns,
		.ts_digits = 6,
	};

	flows_datagram(b->flows, &d);
}

static void
give_syn(struct bench *b, unsigned port)
{
	struct segment s = {
		.src = place(port),
		.dst = place(80),
		.flags = TCP_SYN,
		.seq = port,
		.window = 1000,
		.wscale = SEGMENT_NO_WSCALE,
		.packet = ++b->packet,
		.ts_ns = b->now_ns,
		.ts_digits = 6,
	};

	flows_segment(b->flows, &s);
}

static void
both_directions(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, NULL, true);
	give(&b, 1111, 53, "query");
	give(&b, 2222, 53, "other");
	give(&b, 53, 1111, "answer");
	give(&b, 1111, 53, "q2");
	give(&b, 53, 3333, "speaks first");
	give(&b, 3333, 53, "");
	bench_end(&b,
	    "2222>53 1/5 0/0 S0 D end 2-2 \"other\"\"\"\n"
	    "1111>53 2/7 1/6 SF Dd end 1-4 \"query\"\"answer\"\n"
	    "53>3333 1/12 1/0 SF Dd end 5-6 \"speaks first\"\"\"\n");
}

static void
first_bytes(void **state)
{
	struct datagram d = {
		.src = place(1111),
		.dst = place(53),
		.payload_len = 1000,
		.packet = 1,
		.ts_digits = 6,
	};
	struct bench b;

	(void)state;
	bench_init(&b, NULL, true);
	/* Not captured: what comes later is not the first. */
	flows_datagram(b.flows, &d);
	give(&b, 1111, 53, "late");
	give(&b, 53, 1111, "01234567890123456789012345678901 and more");
	bench_end(&b,
	    "1111>53 2/1004 1/41 SF Dd end 1-2 "
	    "\"\"\"01234567890123456789012345678901\"\n");
}

static void
silence(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, NULL, true);
	give(&b, 1111, 53, "a");
	b.now_ns += 59 * SECOND;
	give(&b, 2222, 53, "b");
	b.now_ns += 1 * SECOND;
	give(&b, 1111, 53, "c");
	b.now_ns += 60 * SECOND;
	/* The clock is every packet's; it never goes back. */
	give_syn(&b, 5000);
	b.now_ns -= 30 * SECOND;
	give(&b, 1111, 53, "d");
	assert_int_equal(b.told, 1);
	b.now_ns += 90 * SECOND + 1;
	give_syn(&b, 5001);
	assert_int_equal(b.told, 2);
	give(&b, 53, 1111, "e");
	bench_end(&b,
	    "2222>53 1/1 0/0 S0 D idle 2-2 \"b\"\"\"\n"
	    "1111>53 3/3 0/0 S0 D idle 1-5 \"a\"\"\"\n"
	    "TCP 0\nTCP 1\n"
	    "53>1111 1/1 0/0 S0 D end 7-7 \"e\"\"\"\n");
}

static void
idle_option(void **state)
{
	struct model_config cfg;
	struct bench b;

	(void)state;
	net_config(&cfg);
	cfg.idle_ns = 5 * SECOND;
	bench_init(&b, &cfg, true);
	give(&b, 1111, 53, "a");
	b.now_ns += 5 * SECOND;
	give(&b, 1111, 53, "b");
	b.now_ns += 5 * SECOND + 1;
	give(&b, 1111, 53, "c");
	bench_end(&b,
	    "1111>53 2/2 0/0 S0 D idle 1-2 \"a\"\"\"\n"
	    "1111>53 1/1 0/0 S0 D end 3-3 \"c\"\"\"\n");
}

/* Clocks at both ends of time. */
static void
odd_clocks(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, NULL, true);
	b.now_ns = INT64_MIN + 1;
	give(&b, 1111, 53, "a");
	b.now_ns = INT64_MAX;
	give(&b, 2222, 53, "b");
	assert_int_equal(b.told, 1);
	bench_end(&b,
	    "1111>53 1/1 0/0 S0 D idle 1-1 \"a\"\"\"\n"
	    "2222>53 1/1 0/0 S0 D end 2-2 \"b\"\"\"\n");
}

static void
vlans(void **state)
{
	(void)state;
	for (int split = 0; split < 2; split++) {
		struct model_config cfg;
		struct bench b;

		net_config(&cfg);
		cfg.split_vlan = split;
		bench_init(&b, &cfg, true);
		for (uint32_t i = 0; i < 6; i++) {
			struct datagram d = {
				.src = place(1111),
				.dst = place(53),
				.hop.vlan = i % 3,
				.ts_digits = 6,
			};

			flows_datagram(b.flows, &d);
		}
		flows_end(b.flows);
		assert_int_equal(b.told, split ? 3 : 1);
		bench_free(&b);
	}
}

static void
selected(void **state)
{
	struct number_range numbers = { 0, UINT64_MAX };
	struct endpoint_pattern dns = { .ep.port = 53, .has_port = true };
	uint16_t port = 53;
	const struct {
		struct selection s;
		const char *said;
	} v[] = {
		{ { .ports = &port, .n_ports = 1 },
		    "1111>53 1/1 1/1 SF Dd end 1-2 \"a\"\"b\"\n"
		    "53>3333 1/1 1/1 SF Dd end 5-6 \"e\"\"f\"\n" },
		{ { .client = { &dns, 1 } },
		    "53>3333 1/1 1/1 SF Dd end 5-6 \"e\"\"f\"\n" },
		{ { .server = { &dns, 1 } },
		    "1111>53 1/1 1/1 SF Dd end 1-2 \"a\"\"b\"\n" },
		{ { .numbers = &numbers, .n_numbers = 1 }, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct model_config cfg;
		struct bench b;

		net_config(&cfg);
		cfg.selection = v[i].s;
		bench_init(&b, &cfg, true);
		give(&b, 1111, 53, "a");
		give(&b, 53, 1111, "b");
		give(&b, 2222, 123, "c");
		give(&b, 123, 2222, "d");
		give(&b, 53, 3333, "e");
		give(&b, 3333, 53, "f");
		bench_end(&b, v[i].said);
	}
}

/* Each flow belongs to one shard, whichever side is heard first. */
static void
shards(void **state)
{
	size_t told[3] = { 0 };

	(void)state;
	for (uint64_t shard = 0; shard < 3; shard++) {
		struct shard one = { shard, 3 };
		struct model_config cfg;
		struct bench b;

		net_config(&cfg);
		cfg.selection.shards = &one;
		cfg.selection.n_shards = 1;
		bench_init(&b, &cfg, true);
		for (unsigned port = 2000; port < 2100; port++) {
			give(&b, port, 53, "a");
			give(&b, 53, port, "b");
		}
		flows_end(b.flows);
		told[shard] = b.told;
		bench_free(&b);
	}
	assert_int_equal(told[0] + told[1] + told[2], 100);
	for (size_t i = 0; i < 3; i++)
		assert_true(told[i] > 10);
}

static void
nobody_asks(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, NULL, false);
	give(&b, 1111, 53, "a");
	bench_end(&b, "");
	bench_init(&b, NULL, true);
	give(&b, 1111, 53, "a");
	bench_free(&b);
}

/* A flood costs what max_memory says, and spares a TCP connection. */
static void
memory(void **state)
{
	struct model_config cfg;
	struct flows_stats st;
	struct segment s = {
		.src = place(5000),
		.dst = place(80),
		.flags = TCP_ACK,
		.window = 1000,
		.ts_digits = 6,
	};
	struct bench b;

	(void)state;
	net_config(&cfg);
	cfg.max_memory = (size_t)100 << 10;
	bench_init(&b, &cfg, true);
	flows_segment(b.flows, &s);
	give_syn(&b, 5001);
	for (unsigned port = 2000; port < 12000; port++)
		give(&b, port, 53, "flood");
	st = flows_stats(b.flows);
	assert_int_equal(st.evicted_half_open, 1);
	assert_int_equal(st.evicted, 0);
	assert_int_equal(st.evicted_udp, b.told);
	assert_in_range(b.told, 9000, 9999);
	flows_end(b.flows);
	assert_int_equal(b.told, 10000);
	assert_int_equal(b.last_first, b.packet);
	bench_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions),
		cmocka_unit_test(first_bytes),
		cmocka_unit_test(silence),
		cmocka_unit_test(idle_option),
		cmocka_unit_test(odd_clocks),
		cmocka_unit_test(vlans),
		cmocka_unit_test(selected),
		cmocka_unit_test(shards),
		cmocka_unit_test(nobody_asks),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
