/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * p_stream.c: whatever way a byte string is cut, repeated, overlapped and
 * reordered, it comes back; what is lost is a hole of its size.
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

#include "lib/require.h"
#include "lib/rig.h"
#include "lib/rng.h"

#define ROUNDS 1500
#define LEN_MAX 3000
#define PIECES_MAX 400

struct piece {
	size_t from;
	size_t to;
	unsigned copy; /* which text it is taken from */
};

struct play {
	struct rng rng;
	struct rig rig;
	size_t len;
	uint8_t text[LEN_MAX];
	struct piece pieces[PIECES_MAX];
	size_t n;
	bool seen[LEN_MAX];
	uint8_t want[LEN_MAX]; /* who wins, by the plain rule */
	size_t n_seen;
};

static uint64_t current_seed;

static void
say_seed(int sig)
{
	(void)sig;
	fprintf(stderr, "SEED=%" PRIu64 " repeats this\n", current_seed);
}

/* Another text differs everywhere. */
static uint8_t
byte_of(const struct play *p, size_t i, unsigned copy)
{
	return (uint8_t)(p->text[i] + copy);
}

static void
add(struct play *p, size_t from, size_t to, unsigned copy)
{
	if (p->n < PIECES_MAX && from < to)
		p->pieces[p->n++] = (struct piece){ from, to, copy };
}

/* The text in pieces, and some more of them that overlap. */
static void
cut_up(struct play *p, size_t most, unsigned copies)
{
	size_t at = 0;

	p->n = 0;
	most = p->len / (PIECES_MAX / 2) + most;
	while (at < p->len) {
		size_t n = 1 + rng_below(&p->rng, most);

		n = n < p->len - at ? n : p->len - at;
		add(p, at, at + n, 0);
		at += n;
	}
	for (unsigned i = rng_below(&p->rng, 60); i > 0 && p->len > 0; i--) {
		size_t from = rng_below(&p->rng, p->len);
		size_t to = from + 1 + rng_below(&p->rng, 2 * most);

		add(p, from, to < p->len ? to : p->len,
		    rng_below(&p->rng, copies));
	}
}

/* Pieces move by at most so many places. */
static void
shuffle(struct play *p, size_t window)
{
	for (size_t i = 0; i + 1 < p->n; i++) {
		size_t room = p->n - i < window ? p->n - i : window;
		size_t j = i + rng_below(&p->rng, room);
		struct piece t = p->pieces[i];

		p->pieces[i] = p->pieces[j];
		p->pieces[j] = t;
	}
}

/* Each byte that was pushed is delivered or held. */
static void
check_span(const struct play *p)
{
	REQUIRE(p->rig.raw.n + stream_held(&p->rig.s) == p->n_seen);
}

static void
push(struct play *p, const struct piece *x, bool newest_wins, bool weak)
{
	uint8_t bytes[LEN_MAX];

	for (size_t i = x->from; i < x->to; i++) {
		bytes[i - x->from] = byte_of(p, i, x->copy);
		if (!p->seen[i] || newest_wins)
			p->want[i] = byte_of(p, i, x->copy);
		p->n_seen += !p->seen[i];
		p->seen[i] = true;
	}
	rig_push(&p->rig, x->from, (struct slice){ bytes, x->to - x->from },
	    x->to - x->from, weak);
	check_span(p);
}

static void
begin(struct play *p, struct rng seed, const struct stream_rules *cfg)
{
	p->rng = seed;
	p->len = rng_below(&p->rng, rng_one_in(&p->rng, 4) ? LEN_MAX : 200);
	for (size_t i = 0; i < p->len; i++)
		p->text[i] = (uint8_t)rng_next(&p->rng);
	memset(p->seen, 0, sizeof(p->seen));
	p->n_seen = 0;
	rig_init(&p->rig, (uint32_t)rng_next(&p->rng), cfg);
	if (rng_one_in(&p->rng, 3))
		p->rig.isn = UINT32_MAX - rng_below(&p->rng, 3000);
}

/* What the plain rule says must have come, and holes where nothing was. */
static void
check_end(struct play *p, size_t end)
{
	size_t n = 0;

	for (size_t i = 0; i < p->len; i++) {
		if (!p->seen[i])
			continue;
		REQUIRE(n < p->rig.raw.n && p->rig.raw.p[n] == p->want[i]);
		n++;
	}
	REQUIRE(n == p->rig.raw.n);
	REQUIRE(p->rig.told == end);
}

static void
each(struct rng *r, struct play *p, const struct stream_rules *cfg)
{
	current_seed = r->state;
	begin(p, (struct rng){ r->state }, cfg);
	r->state++;
}

static size_t
some_window(struct rng *r)
{
	static const size_t windows[] = { 1, 2, 5, 30, PIECES_MAX };

	return windows[rng_below(r, 5)];
}

/* ACKs of what has come in order, here and there. */
static void
ack_some(struct play *p)
{
	size_t n = 0;

	while (n < p->len && p->seen[n])
		n++;
	if (rng_one_in(&p->rng, 4))
		rig_ack(&p->rig, rng_below(&p->rng, n + 1));
}

static void
comes_back(void **state)
{
	struct rng seed = { rng_seed() };
	static struct play p;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct stream_rules cfg = rig_default_config();
		size_t syn_at;

		cfg.overlap = (enum overlap)(round % 6);
		each(&seed, &p, &cfg);
		cut_up(&p, 1 + rng_below(&p.rng, 40), 1);
		shuffle(&p, some_window(&p.rng));
		syn_at =
		    rng_one_in(&p.rng, 2) ? 0 : rng_below(&p.rng, 2 * p.n + 1);
		for (size_t i = 0; i < p.n; i++) {
			if (i == syn_at)
				rig_syn(&p.rig);
			push(&p, &p.pieces[i], false, rng_one_in(&p.rng, 9));
			if (syn_at == 0)
				ack_some(&p);
			if (rng_one_in(&p.rng, 50))
				rig_fin(&p.rig, p.len);
		}
		rig_end(&p.rig, rng_one_in(&p.rng, 2));
		check_end(&p, p.len);
		rig_fini(&p.rig);
	}
}

static void
holes_have_their_size(void **state)
{
	struct rng seed = { rng_seed() };
	static struct play p;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		size_t end = 0;

		each(&seed, &p, NULL);
		cut_up(&p, 1 + rng_below(&p.rng, 40), 1);
		shuffle(&p, some_window(&p.rng));
		rig_syn(&p.rig);
		for (size_t i = 0; i < p.n; i++) {
			if (rng_one_in(&p.rng, 3))
				continue;
			push(&p, &p.pieces[i], false, false);
			if (p.pieces[i].to > end)
				end = p.pieces[i].to;
		}
		if (rng_one_in(&p.rng, 2)) {
			rig_fin(&p.rig, p.len);
			end = p.len;
		}
		rig_end(&p.rig, false);
		check_end(&p, end);
		rig_fini(&p.rig);
	}
}

/* Where copies differ, the first wins, or the last one that comes before
 * anything is delivered. */
static void
one_copy_wins(void **state)
{
	struct rng seed = { rng_seed() };
	static struct play p;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct stream_rules cfg = rig_default_config();
		bool last = round % 2;

		cfg.overlap = last ? OVERLAP_LAST : OVERLAP_FIRST;
		each(&seed, &p, &cfg);
		cut_up(&p, 2 + rng_below(&p.rng, 40), 3);
		shuffle(&p, some_window(&p.rng));
		rig_syn(&p.rig);
		for (size_t i = 0; i < p.n; i++) {
			const struct piece *x = &p.pieces[i];

			/* One octet may be a keep-alive. */
			if (!last || x->to - x->from > 1)
				push(&p, x, last, false);
		}
		if (last)
			REQUIRE(p.rig.raw.n == 0);
		rig_fin(&p.rig, p.len);
		rig_end(&p.rig, false);
		check_end(&p, p.len);
		rig_fini(&p.rig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(holes_have_their_size),
		cmocka_unit_test(one_copy_wins),
	};

	signal(SIGABRT, say_seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
