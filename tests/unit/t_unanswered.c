/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_unanswered.c: the end of connections that are nothing but SYNs, told
 * without a connection and with one: the same words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "lib/net.h"
#include "lib/rng.h"
#include "flow/conn.h"
#include "flow/half_open.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What was told. */
struct told_close {
	size_t n;
	struct session s;
	char history[40];
	enum conn_state state;
};

static void
on_close(void *ctx, void *handle, const struct session *s)
{
	struct told_close *t = ctx;

	assert_null(handle);
	t->n++;
	t->s = *s;
	strncpy(t->history, s->history, sizeof(t->history) - 1);
	t->state = s->state;
}

static void
assert_same_side(const struct side *a, const struct side *b)
{
	assert_int_equal(a->packets, b->packets);
	assert_int_equal(a->ip_bytes, b->ip_bytes);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->missing, b->missing);
	assert_int_equal(a->retransmitted, b->retransmitted);
	assert_int_equal(a->out_of_order, b->out_of_order);
	assert_int_equal(a->conflicting, b->conflicting);
	assert_int_equal(a->bad_checksum, b->bad_checksum);
	assert_int_equal(a->zero_window, b->zero_window);
	assert_int_equal(side_refused(a), side_refused(b));
	assert_int_equal(a->late, b->late);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->n_gaps, b->n_gaps);
	assert_int_equal(a->n_conflicts, b->n_conflicts);
}

static void
assert_same(const struct told_close *a, const struct told_close *b)
{
	const struct session *s = &a->s, *o = &b->s;

	assert_int_equal(a->n, b->n);
	if (a->n == 0)
		return;
	assert_string_equal(a->history, b->history);
	assert_int_equal(a->state, b->state);
	assert_int_equal(s->number, o->number);
	assert_int_equal(s->proto, o->proto);
	assert_true(endpoint_equal(&s->client, &o->client));
	assert_true(endpoint_equal(&s->server, &o->server));
	assert_int_equal(s->start_ns, o->start_ns);
	assert_int_equal(s->end_ns, o->end_ns);
	assert_int_equal(s->first_packet, o->first_packet);
	assert_int_equal(s->last_packet, o->last_packet);
	assert_int_equal(s->ts_digits, o->ts_digits);
	assert_int_equal(s->roles, o->roles);
	assert_int_equal(s->handshake, o->handshake);
	assert_int_equal(s->close, o->close);
	assert_int_equal(s->closed_by, o->closed_by);
	assert_int_equal(s->rtt_ns, o->rtt_ns);
	assert_memory_equal(s->wait_ns, o->wait_ns, sizeof(s->wait_ns));
	assert_int_equal(s->notes, o->notes);
	for (int dir = 0; dir < 2; dir++) {
		assert_memory_equal(&s->hop[dir], &o->hop[dir],
		    sizeof(s->hop[dir]));
		assert_same_side(&s->side[dir], &o->side[dir]);
	}
}

/* A session that was nothing but SYNs. */
struct unanswered {
	uint64_t number;
	struct endpoint ep[2];
	struct half_open half;
	enum close_reason reason;
};

static struct told_close
told_whole(struct model *m, const struct unanswered *u)
{
	struct told_close t = { 0 };
	struct events events = { .ctx = &t, .close = on_close };
	size_t memory = m->memory;
	struct conn *c;

	m->events = &events;
	c = conn_new(m, u->number, u->ep);
	conn_half_open(c, &u->half);
	conn_finish(c, u->reason);
	assert_int_equal(m->memory, memory);
	return t;
}

/* False when it takes a connection. */
static bool
told_directly(struct model *m, const struct unanswered *u, struct told_close *t)
{
	struct events events = { .ctx = t, .close = on_close };
	size_t memory = m->memory;

	*t = (struct told_close){ 0 };
	m->events = &events;
	if (!half_open_finish(m, u->number, u->ep, &u->half, u->reason)) {
		assert_int_equal(t->n, 0);
		return false;
	}
	assert_int_equal(m->memory, memory);
	return true;
}

static const struct hop some_hop = {
	.vlan = 7,
	.src_mac = { 2, 0, 0, 0, 0, 1 },
	.has_src = true,
};

static struct endpoint
any_endpoint(struct rng *r, uint8_t family)
{
	struct endpoint e = {
		.addr = { 10, (uint8_t)rng_below(r, 2), (uint8_t)rng_next(r) },
		.port = (uint16_t)(rng_below(r, 3) == 0 ? 80 : rng_next(r)),
		.family = family,
	};

	return e;
}

static struct unanswered
any_unanswered(struct rng *r)
{
	static const uint8_t flags[] = { TCP_SYN, TCP_SYN, TCP_SYN,
		TCP_SYN | TCP_ECE | TCP_CWR, TCP_SYN | TCP_URG,
		TCP_SYN | TCP_PSH };
	uint8_t family = rng_below(r, 2) ? 4 : 6;
	struct unanswered u = {
		.number = rng_below(r, 100),
		.reason = rng_below(r, 2)     ? CLOSE_END :
			    rng_below(r, 2)   ? CLOSE_IDLE :
			      rng_below(r, 2) ? CLOSE_EVICTED :
						CLOSE_REUSE,
		.half = {
			.first_ns = (int64_t)rng_next(r) / 4,
			.first_packet = rng_next(r) >> 20,
			.isn = (uint32_t)rng_next(r),
			.packets = 1,
			.window = (uint16_t)rng_next(r),
			.ip_len = (uint16_t)rng_next(r),
			.wscale = rng_below(r, 2) ? SEGMENT_NO_WSCALE :
						    (uint8_t)rng_below(r, 20),
			.end = (uint8_t)rng_below(r, 2),
			.checksum = (uint8_t)rng_below(r, CHECKSUM_BAD),
			.flags = flags[rng_below(r, COUNT(flags))],
			.ts_digits = rng_below(r, 2) ? 6 : 9,
			.hop = (uint32_t)rng_below(r, 2),
		},
	};

	u.ep[0] = any_endpoint(r, family);
	u.ep[1] = any_endpoint(r, family);
	u.half.last_ns = u.half.first_ns;
	u.half.last_packet = u.half.first_packet;
	if (rng_below(r, 2) != 0) {
		u.half.packets = 1 + (uint32_t)rng_below(r, UINT16_MAX);
		u.half.last_packet += u.half.packets * 3;
		u.half.last_ns += (int64_t)rng_below(r, 1000000) - 1000;
	}
	return u;
}

/* Criteria that some fulfil; what `which` is even for has none. */
static struct selection
selection_of(int which)
{
	static struct number_range low = { 0, 49 };
	static struct endpoint_pattern of_80 = { .ep.port = 80,
		.has_port = true };
	static struct shard third = { 1, 3 };
	static uint16_t port = 80;
	struct selection s = { 0 };

	switch (which) {
	case 1:
		s.ports = &port;
		s.n_ports = 1;
		break;
	case 3:
		s.server = (struct endpoint_patterns){ &of_80, 1 };
		break;
	case 5:
		s.shards = &third;
		s.n_shards = 1;
		break;
	case 7:
		s.numbers = &low;
		s.n_numbers = 1;
		break;
	}
	return s;
}

static void
compare_many(struct model *m, uint64_t *told)
{
	struct rng r = { rng_seed() };

	for (unsigned i = 0; i < 4000; i++) {
		const struct unanswered u = any_unanswered(&r);
		struct told_close whole = told_whole(m, &u), direct;

		assert_true(told_directly(m, &u, &direct));
		assert_same(&direct, &whole);
		*told += direct.n;
	}
}

static void
same_words(void **state)
{
	for (int which = 0; which < 16; which++) {
		struct model_config cfg;
		struct model m = { .cfg = &cfg };
		uint64_t told = 0;

		(void)state;
		net_config(&cfg);
		cfg.selection = selection_of(which % 8);
		cfg.stream.strict = which == 2;
		hops_init(&m.hops, &m.memory, cfg.max_memory);
		assert_int_equal(hops_number(&m.hops, &some_hop), 1);
		m.keep = spill_new((size_t)1 << 20);
		m.blank = spill_new_blank();
		m.deferred = which >= 8;
		m.dropping = which == 8;
		compare_many(&m, &told);
		assert_int_equal(told > 0, which != 2 && which != 8);
		assert_int_equal(m.told, 2 * told);
		spill_free(m.blank);
		spill_free(m.keep);
		buf_free(&m.scratch);
		hops_fini(&m.hops);
	}
}

/* Bad checksums, and flags that only a damaged state file has. */
static void
some_take_a_connection(void **state)
{
	static const uint8_t flags[] = { 0, TCP_ACK, TCP_SYN | TCP_ACK,
		TCP_SYN | TCP_RST, TCP_SYN | TCP_FIN, TCP_FIN | TCP_RST,
		TCP_SYN };
	struct rng r = { rng_seed() };
	struct model_config cfg;
	struct model m = { .cfg = &cfg };

	(void)state;
	net_config(&cfg);
	hops_init(&m.hops, &m.memory, cfg.max_memory);
	for (size_t i = 0; i < COUNT(flags); i++) {
		struct unanswered u = any_unanswered(&r);
		struct told_close t;

		u.half.flags = flags[i];
		u.half.hop = 0;
		if (flags[i] == TCP_SYN)
			u.half.checksum = CHECKSUM_BAD;
		assert_false(told_directly(&m, &u, &t));
		assert_int_equal(m.told, 0);
	}
	hops_fini(&m.hops);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_words),
		cmocka_unit_test(some_take_a_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
