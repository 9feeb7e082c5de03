/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * p_pair.c: two captures of the same two endpoints, whose numbers do not fit
 * each other's, one behind the other or shuffled together, tell of the same
 * sessions as each of them alone.
 *
 * Each is of one connection: from its beginning or not, of both sides or one,
 * with packets that the tap lost, and with any end.  PAIRS=n tries so many.
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
#include "lib/rng.h"

#define PAIRS 4000
#define STEPS_MAX 64
#define STEP_LEN 48
/* Farther apart than --max-gap and what a connection sends. */
#define APART ((uint32_t)1 << 22)

struct capture {
	struct talk talk;
	char step[STEPS_MAX][STEP_LEN]; /* a packet each, for net_play */
	size_t n;
};

static uint64_t current_seed;

static void
say_seed(int sig)
{
	(void)sig;
	fprintf(stderr, "SEED=%" PRIu64 " repeats this\n", current_seed);
}

/* ---- captures ---- */

/* Bits: whose packets the tap sees. */
enum { CLIENT = 1, SERVER = 2 };

/* Now and then a packet is captured twice. */
static void
add_step(struct capture *c, struct rng *r, unsigned seen, bool lost,
    const char *packet)
{
	unsigned from = packet[0] == '>' ? CLIENT : SERVER;
	const char *twice = rng_below(r, 10) == 0 ? "*" : "";

	snprintf(c->step[c->n++], STEP_LEN, "%s%s",
	    lost || !(seen & from) ? "~" : twice, packet);
}

static void
add_beginning(struct capture *c, struct rng *r, unsigned seen)
{
	/* At most one of the first two is lost. */
	unsigned lost = (unsigned)rng_below(r, 4);

	add_step(c, r, seen, lost == 1, "> S");
	/* Without it the server would be the first that is seen. */
	add_step(c, r, seen, lost == 2 && seen != SERVER, "< SA");
	add_step(c, r, seen, rng_below(r, 8) == 0, ">");
}

static void
add_talk(struct capture *c, struct rng *r, unsigned seen)
{
	size_t turns = 2 + rng_below(r, 8);

	for (size_t i = 0; i < turns; i++) {
		char side = rng_below(r, 2) ? '>' : '<';
		char packet[STEP_LEN];

		/* One segment begins nothing: there must be more. */
		if (i < 2)
			side = seen == SERVER ? '<' : '>';
		snprintf(packet, sizeof(packet), "%c 'text %u'", side,
		    (unsigned)rng_below(r, 100000));
		add_step(c, r, seen, i >= 2 && rng_below(r, 8) == 0, packet);
		if (rng_below(r, 2))
			add_step(c, r, seen, rng_below(r, 8) == 0,
			    side == '>' ? "<" : ">");
	}
}

static void
add_end(struct capture *c, struct rng *r, unsigned seen)
{
	switch (rng_below(r, 4)) {
	case 0:
		add_step(c, r, seen, false, "> F");
		add_step(c, r, seen, false, "< F");
		add_step(c, r, seen, false, ">");
		break;
	case 1:
		add_step(c, r, seen, false, "< F");
		add_step(c, r, seen, false, ">");
		add_step(c, r, seen, false, "> F");
		add_step(c, r, seen, false, "<");
		break;
	case 2:
		add_step(c, r, seen, false, "> R");
		break;
	default:
		break;
	}
}

static void
make_capture(struct capture *c, struct rng *r, const struct talk *t)
{
	unsigned seen = CLIENT | SERVER;
	bool middle = rng_below(r, 4) == 0;

	*c = (struct capture){ .talk = *t };
	if (rng_below(r, 4) == 0)
		seen = middle || rng_below(r, 2) ? CLIENT : SERVER;
	if (middle) {
		add_step(c, r, 0, true, "> S");
		add_step(c, r, 0, true, "< SA");
	} else {
		add_beginning(c, r, seen);
	}
	add_talk(c, r, seen);
	add_end(c, r, seen);
}

/* ---- stories ---- */

struct lines {
	char *text;
	char *line[8];
	size_t n;
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Without the session's number; and one that another took the place of may
 * have been open or not when the capture ended. */
static void
add_lines(struct lines *l, const struct net *n)
{
	struct buf b = { 0 };
	char *at;

	record_story(&n->rec, &b);
	at = strdup(buf_cstr(&b));
	buf_free(&b);
	for (char *line = strtok(at, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		char *reuse = strstr(line, " reuse/");

		if (reuse != NULL) {
			memmove(reuse + 1, reuse + 3, strlen(reuse + 3) + 1);
			memcpy(reuse, " end", 4);
		}
		l->line[l->n++] = strdup(strchr(line, ' '));
		assert_true(l->n < 8);
	}
	free(at);
	qsort(l->line, l->n, sizeof(l->line[0]), by_text);
}

static void
play_one(struct lines *l, const struct capture *c)
{
	struct talk t = c->talk;
	struct net n;

	net_init(&n, NULL);
	for (size_t i = 0; i < c->n; i++)
		net_play(&n, &t, c->step[i]);
	net_end(&n);
	add_lines(l, &n);
	net_free(&n);
}

static void
play_both(struct lines *l, struct rng *r, const struct capture *c,
    bool shuffled, struct buf *script)
{
	struct talk t[2] = { c[0].talk, c[1].talk };
	size_t at[2] = { 0 };
	struct net n;

	net_init(&n, NULL);
	while (at[0] < c[0].n || at[1] < c[1].n) {
		int which = at[0] == c[0].n;

		if (shuffled && at[0] < c[0].n && at[1] < c[1].n)
			which = (int)rng_below(r, 2);
		buf_printf(script, "%c: %s\n", "AB"[which],
		    c[which].step[at[which]]);
		net_play(&n, &t[which], c[which].step[at[which]++]);
	}
	net_end(&n);
	add_lines(l, &n);
	net_free(&n);
}

static void
lines_free(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->line[i]);
	*l = (struct lines){ 0 };
}

static void
compare(const struct lines *alone, const struct lines *both,
    const struct buf *script)
{
	bool same = alone->n == both->n;

	for (size_t i = 0; same && i < alone->n; i++)
		same = strcmp(alone->line[i], both->line[i]) == 0;
	if (same)
		return;
	fprintf(stderr, "%.*s", (int)script->n, (const char *)script->p);
	for (size_t i = 0; i < alone->n; i++)
		fprintf(stderr, "alone:%s\n", alone->line[i]);
	for (size_t i = 0; i < both->n; i++)
		fprintf(stderr, "both: %s\n", both->line[i]);
	abort();
}

static void
two_captures_are_their_union(void **state)
{
	const char *wanted = getenv("PAIRS");
	long pairs = wanted != NULL ? atol(wanted) : PAIRS;
	struct rng r = { rng_seed() };

	(void)state;
	for (long k = 0; k < pairs; k++) {
		uint32_t isn[2] = { (uint32_t)rng_next(&r),
			(uint32_t)rng_next(&r) };
		bool swap = rng_below(&r, 2);
		struct talk a, b;
		struct capture c[2];
		struct lines alone = { 0 }, both = { 0 };
		struct buf script = { 0 };
		uint32_t span = UINT32_MAX - 2 * APART;

		current_seed = r.state;
		a = talk_of(40000, isn[0], isn[1], swap);
		b = talk_of(40000,
		    isn[0] + APART + (uint32_t)rng_below(&r, span),
		    isn[1] + APART + (uint32_t)rng_below(&r, span), swap);
		make_capture(&c[0], &r, &a);
		make_capture(&c[1], &r, &b);
		play_one(&alone, &c[0]);
		play_one(&alone, &c[1]);
		qsort(alone.line, alone.n, sizeof(alone.line[0]), by_text);
		play_both(&both, &r, c, rng_below(&r, 4) != 0, &script);
		compare(&alone, &both, &script);
		buf_free(&script);
		lines_free(&alone);
		lines_free(&both);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_captures_are_their_union),
	};

	signal(SIGABRT, say_seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
