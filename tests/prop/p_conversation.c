/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * p_conversation.c: two hosts talk over a network that loses and repeats;
 * what was captured of it, shuffled, gives the bytes of both sides back, in
 * an order that never shows an effect before its cause.
 *
 * A packet that its receiver got was captured (perhaps out of place); one
 * that got lost may have been.  CONVERSATIONS=n tries so many.
 *
 * No direction's first octet travels alone: where a direction begins may not
 * be known, and then that is what a keep-alive looks like.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/net.h"
#include "lib/require.h"
#include "lib/rng.h"

#define CONVERSATIONS 10000
#define TEXT_MAX 1500
#define PACKETS_MAX 600
#define FLIGHT_MAX 64

/* Numbers are offsets: 0 is the first byte. */
struct sent {
	int dir;
	size_t from;
	size_t to;
	size_t ack;
	uint8_t flags;
	bool has_ack;
	bool arrives;
	uint32_t tsval;
	uint64_t place; /* in the capture */
};

struct host {
	size_t written;
	size_t received; /* of the other, in order */
	size_t una;	 /* what the other is known to have */
	bool got[TEXT_MAX + 1];
	bool finished;
	bool fin_came; /* the other's */
	uint8_t text[TEXT_MAX];
	/* What the writer of each byte had received. */
	size_t knew[TEXT_MAX];
};

struct sim {
	struct record rec; /* first: the context of events */
	struct rng rng;
	struct talk talk;
	struct host side[2];
	struct sent flight[2][FLIGHT_MAX];
	size_t n_flight[2];
	struct sent captured[PACKETS_MAX];
	size_t n;
	size_t told[2];
	uint32_t clock; /* of both hosts' time stamps */
	bool stamped;	/* they send such */
	bool lossy;	/* not all of it is captured */
	bool swapped;	/* roles had to be guessed, and were not */
	void (*turn)(void *ctx, void *handle, const struct chunk *c);
};

static uint64_t current_seed;

static void
say_seed(int sig)
{
	(void)sig;
	fprintf(stderr, "SEED=%" PRIu64 " CONVERSATIONS=1 repeats this\n",
	    current_seed);
}

/* ---- the two hosts ---- */

static void
capture(struct sim *m, const struct sent *p)
{
	if (m->n < PACKETS_MAX)
		m->captured[m->n++] = *p;
}

static bool
has_room(const struct sim *m)
{
	return m->n < PACKETS_MAX - 100;
}

static void
transmit(struct sim *m, struct sent p)
{
	p.tsval = m->clock++;
	p.arrives = m->n_flight[p.dir] < FLIGHT_MAX && !rng_one_in(&m->rng, 8);
	p.ack = m->side[p.dir].received + m->side[p.dir].fin_came;
	p.has_ack = true;
	if (p.arrives)
		m->flight[p.dir][m->n_flight[p.dir]++] = p;
	if (p.arrives || rng_one_in(&m->rng, 2))
		capture(m, &p);
}

static void
write_some(struct sim *m, int dir)
{
	struct host *s = &m->side[dir];
	size_t from = s->written;
	size_t n = 1 + rng_below(&m->rng, rng_one_in(&m->rng, 5) ? 200 : 30) +
	    (from == 0);

	if (s->finished || from + n > TEXT_MAX || !has_room(m))
		return;
	for (size_t i = from; i < from + n; i++) {
		s->text[i] = (uint8_t)rng_next(&m->rng);
		s->knew[i] = s->received;
	}
	s->written += n;
	while (from < s->written) {
		size_t to = from + 1 + rng_below(&m->rng, 60) + (from == 0);

		to = to < s->written ? to : s->written;
		transmit(m,
		    (struct sent){ .dir = dir, .from = from, .to = to });
		from = to;
	}
}

/* Packed anew, from somewhere between what is known to have come and all. */
static void
retransmit(struct sim *m, int dir)
{
	struct host *s = &m->side[dir];
	size_t from = s->una, to;

	if (rng_one_in(&m->rng, 3))
		from -= rng_below(&m->rng, from < 20 ? from + 1 : 20);
	to = from + 1 + rng_below(&m->rng, 100) + (from == 0);
	to = to < s->written ? to : s->written;
	transmit(m,
	    (struct sent){ .dir = dir,
		.from = from,
		.to = to,
		.flags = s->finished && to == s->written ? TCP_FIN : 0 });
}

static void
receive(struct sim *m, int dir)
{
	size_t n = m->n_flight[dir];
	size_t i = rng_one_in(&m->rng, 5) ? rng_below(&m->rng, n) : 0;
	struct host *to = &m->side[!dir], *by = &m->side[dir];
	struct sent p;

	if (n == 0)
		return;
	p = m->flight[dir][i];
	memmove(&m->flight[dir][i], &m->flight[dir][i + 1],
	    (n - i - 1) * sizeof(p));
	m->n_flight[dir]--;
	for (size_t k = p.from; k < p.to; k++)
		to->got[k] = true;
	while (to->received < by->written && to->got[to->received])
		to->received++;
	if ((p.flags & TCP_FIN) && to->received == by->written)
		to->fin_came = true;
	if (p.ack > to->una)
		to->una = p.ack < to->written ? p.ack : to->written;
}

static void
step(struct sim *m)
{
	int dir = (int)rng_below(&m->rng, 2);

	switch (rng_below(&m->rng, 8)) {
	case 0:
	case 1:
		write_some(m, dir);
		break;
	case 2:
		if (m->side[dir].una < m->side[dir].written)
			retransmit(m, dir);
		break;
	case 3:
		if (has_room(m))
			transmit(m,
			    (struct sent){ .dir = dir,
				.from = m->side[dir].written,
				.to = m->side[dir].written });
		break;
	default:
		receive(m, dir);
	}
}

/* Goes on until all has come. */
static void
finish(struct sim *m, bool fins)
{
	for (int dir = 0; dir < 2; dir++)
		m->side[dir].finished = fins;
	while (m->n_flight[0] + m->n_flight[1] > 0 ||
	    m->side[0].received < m->side[1].written ||
	    m->side[1].received < m->side[0].written ||
	    (fins && !(m->side[0].fin_came && m->side[1].fin_came))) {
		int dir = (int)rng_below(&m->rng, 2);
		struct host *s = &m->side[dir];

		if (m->side[!dir].received < s->written ||
		    (fins && !m->side[!dir].fin_came)) {
			s->una = m->side[!dir].received;
			retransmit(m, dir);
		}
		receive(m, 0);
		receive(m, 1);
		REQUIRE(m->n < PACKETS_MAX);
	}
}

/* Each of the three may have been missed. */
static void
handshake(struct sim *m)
{
	static const struct sent v[] = {
		{ .dir = 0, .flags = TCP_SYN },
		{ .dir = 1, .flags = TCP_SYN, .has_ack = true },
		{ .dir = 0, .has_ack = true },
	};
	bool all = rng_one_in(&m->rng, 2);

	for (size_t i = 0; i < 3; i++) {
		struct sent p = v[i];

		p.tsval = m->clock++;
		if (all || !rng_one_in(&m->rng, 3))
			capture(m, &p);
	}
}

/* ---- the capture ---- */

static int
by_place(const void *a, const void *b)
{
	const struct sent *x = a, *y = b;

	return x->place < y->place ? -1 : x->place > y->place;
}

static void
duplicate_and_split(struct sim *m)
{
	size_t n = m->n;

	for (size_t i = 0; i < n; i++) {
		struct sent *p = &m->captured[i];

		p->place = 1000 * i;
		if (rng_one_in(&m->rng, 20)) {
			capture(m, p);
		} else if (rng_one_in(&m->rng, 20) && p->to > p->from + 3) {
			struct sent half = *p;
			size_t cut = p->from + (p->to - p->from) / 2;

			if (m->n == PACKETS_MAX)
				return;
			half.from = cut;
			half.place++;
			p->to = cut;
			p->flags = 0;
			capture(m, &half);
		}
	}
}

static void
shuffle(struct sim *m)
{
	static const uint64_t windows[] = { 1, 2, 3, 8, 20, 1000 };
	uint64_t window = windows[rng_below(&m->rng, 6)];

	for (size_t i = 0; i < m->n; i++)
		m->captured[i].place += rng_below(&m->rng, 1000 * window);
	qsort(m->captured, m->n, sizeof(m->captured[0]), by_place);
}

static struct segment
segment_of(const struct sim *m, const struct sent *p)
{
	int dir = p->dir;
	struct segment s = {
		.src = m->talk.ep[dir],
		.dst = m->talk.ep[!dir],
		.seq = m->talk.isn[dir] + (uint32_t)p->from +
		    !(p->flags & TCP_SYN),
		.flags = p->flags | (p->has_ack ? TCP_ACK : 0),
		.window = 60000,
		.wscale = SEGMENT_NO_WSCALE,
		.payload_len = (uint32_t)(p->to - p->from),
		.payload = { m->side[dir].text + p->from, p->to - p->from },
	};

	s.has_tsopt = m->stamped;
	s.tsval = p->tsval;
	if (p->has_ack)
		s.ack = m->talk.isn[!dir] + 1 + (uint32_t)p->ack;
	return s;
}

/* ---- what came out ---- */

static void
on_turn(void *ctx, void *handle, const struct chunk *c)
{
	struct sim *m = ctx;
	const struct rec_session *rs = handle;
	int by = rs->s.client.port == m->talk.ep[0].port ? c->dir : !c->dir;
	const struct host *s = &m->side[by];
	size_t end = (size_t)c->off + c->bytes.n;

	REQUIRE(end <= s->written);
	REQUIRE(m->told[!by] >= s->knew[end - 1]);
	m->told[by] = end;
	m->turn(ctx, handle, c);
}

static void
check(struct sim *m, bool knows_roles)
{
	const struct rec_session *rs;
	bool same;

	if (m->n == 0)
		return;
	REQUIRE(m->rec.n == 1 && m->rec.n_closed == 1);
	rs = m->rec.v[0];
	same = rs->s.client.port == m->talk.ep[0].port;
	REQUIRE(same || !knows_roles);
	for (int dir = 0; dir < 2; dir++) {
		const struct host *s = &m->side[dir];
		const struct buf *b = &rs->data[same ? dir : !dir];

		REQUIRE(b->n == s->written);
		REQUIRE(b->n == 0 || memcmp(b->p, s->text, b->n) == 0);
		REQUIRE(m->told[dir] == s->written);
	}
}

/* ---- what is captured of it ---- */

static void
lose(struct sim *m)
{
	unsigned one_in = 2 + rng_below(&m->rng, 10);
	int deaf = rng_one_in(&m->rng, 4) ? (int)rng_below(&m->rng, 2) : -1;
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->captured[i].dir != deaf && !rng_one_in(&m->rng, one_in))
			m->captured[n++] = m->captured[i];
	m->n = n;
}

static uint64_t
bytes_captured(const struct sim *m)
{
	bool there[2][TEXT_MAX] = { 0 };
	uint64_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		for (size_t at = m->captured[i].from; at < m->captured[i].to;
		     at++) {
			n += !there[m->captured[i].dir][at];
			there[m->captured[i].dir][at] = true;
		}
	return n;
}

/* Octets that look like keep-alives (RFC 9293, 3.8.4): alone in their segment,
 * and the first thing captured of their side, or just below where an earlier
 * segment of that side said that it was, or below what the peer had
 * acknowledged. */
static uint64_t
octets_in_doubt(const struct sim *m)
{
	uint64_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct segment octet = segment_of(m, &m->captured[i]);
		bool first = true, below = false;

		for (size_t j = 0; octet.payload_len == 1 && j < i; j++) {
			const struct segment s = segment_of(m, &m->captured[j]);
			bool same = m->captured[j].dir == m->captured[i].dir;

			first &= !same;
			below |= (same ? s.seq : s.ack) == octet.seq + 1;
		}
		n += octet.payload_len == 1 && (first || below);
	}
	return n;
}

static void
check_lossy(struct sim *m)
{
	uint64_t captured = bytes_captured(m), n = 0;

	for (size_t i = 0; i < m->rec.n; i++)
		for (int d = 0; d < 2; d++)
			n += m->rec.v[i]->s.side[d].bytes;
	REQUIRE(n <= captured && n + octets_in_doubt(m) >= captured);
}

static void
replay(struct sim *m)
{
	struct net n;
	bool knows_roles = false;

	net_init(&n, NULL);
	flows_free(n.flows);
	record_init(&m->rec, true);
	m->turn = m->rec.events.turn;
	if (!m->lossy)
		m->rec.events.turn = on_turn;
	n.flows = flows_new(&n.cfg, n.keep, &m->rec.events);
	for (size_t i = 0; i < m->n; i++) {
		struct segment s = segment_of(m, &m->captured[i]);

		knows_roles |= (s.flags & TCP_SYN) != 0;
		net_give(&n, &s);
	}
	net_end(&n);
	if (m->lossy)
		check_lossy(m);
	else
		check(m, knows_roles);
	record_free(&m->rec);
	net_free(&n);
}

static void
converse(uint64_t seed)
{
	static struct sim m;

	current_seed = seed;
	memset(&m, 0, sizeof(m));
	m.rng.state = seed;
	m.talk = talk_of(40000, (uint32_t)rng_next(&m.rng),
	    (uint32_t)rng_next(&m.rng), rng_one_in(&m.rng, 2));
	if (rng_one_in(&m.rng, 3))
		m.talk.isn[rng_below(&m.rng, 2)] =
		    UINT32_MAX - rng_below(&m.rng, 1000);
	handshake(&m);
	for (unsigned i = rng_below(&m.rng, 120); i > 0; i--)
		step(&m);
	finish(&m, rng_one_in(&m.rng, 2));
	duplicate_and_split(&m);
	shuffle(&m);
	replay(&m);
}

static void
converse_lossy(uint64_t seed)
{
	static struct sim m;

	current_seed = seed;
	memset(&m, 0, sizeof(m));
	m.rng.state = seed;
	m.lossy = true;
	m.stamped = rng_one_in(&m.rng, 2);
	m.clock = UINT32_MAX - rng_below(&m.rng, 200);
	m.talk = talk_of(40000, (uint32_t)rng_next(&m.rng),
	    (uint32_t)rng_next(&m.rng), rng_one_in(&m.rng, 2));
	handshake(&m);
	for (unsigned i = rng_below(&m.rng, 120); i > 0; i--)
		step(&m);
	finish(&m, rng_one_in(&m.rng, 2));
	duplicate_and_split(&m);
	lose(&m);
	shuffle(&m);
	replay(&m);
}

/* No rule of what a receiver takes costs a byte of a capture that merely has
 * losses, another order, or one side. */
static void
nothing_captured_is_lost(void **state)
{
	const char *given = getenv("CONVERSATIONS");
	unsigned long n =
	    given != NULL ? strtoul(given, NULL, 10) : CONVERSATIONS;
	uint64_t seed = rng_seed();

	(void)state;
	for (unsigned long i = 0; i < n; i++)
		converse_lossy(seed + i);
}

static void
cause_before_effect(void **state)
{
	const char *given = getenv("CONVERSATIONS");
	unsigned long n =
	    given != NULL ? strtoul(given, NULL, 10) : CONVERSATIONS;
	uint64_t seed = rng_seed();

	(void)state;
	for (unsigned long i = 0; i < n; i++)
		converse(seed + i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cause_before_effect),
		cmocka_unit_test(nothing_captured_is_lost),
	};

	signal(SIGABRT, say_seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
