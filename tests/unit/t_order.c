/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_order.c: which turn comes when, and what is said to have crossed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "reassembly/order.h"

/* Position of offset 0 of both sides. */
#define BASE 1000000
#define C 0
#define S 1

struct talk {
	struct order *o;
	struct spill *keep;
	size_t memory;
	uint64_t packet;
	struct buf log; /* "c:GET s:OK c!3 s:more*": ! a hole of 3,
				 * * concurrent */
	int dir;	/* of the last turn, or -1 */
	bool concurrent;
	uint64_t told[2];
};

static void
on_turn(void *owner, const struct chunk *c)
{
	struct talk *t = owner;

	assert_int_equal(c->off, t->told[c->dir]);
	assert_true(c->bytes.n > 0);
	t->told[c->dir] += c->bytes.n;
	if (t->dir == c->dir && t->concurrent == c->concurrent) {
		if (c->concurrent)
			t->log.n--;
	} else {
		buf_printf(&t->log, "%s%c:", t->log.n > 0 ? " " : "",
		    "cs"[c->dir]);
	}
	buf_put(&t->log, c->bytes.p, c->bytes.n);
	if (c->concurrent)
		buf_byte(&t->log, '*');
	t->dir = c->dir;
	t->concurrent = c->concurrent;
}

static void
on_gap(void *owner, int dir, const struct gap *g)
{
	struct talk *t = owner;

	assert_int_equal(g->off, t->told[dir]);
	t->told[dir] += g->len;
	buf_printf(&t->log, "%s%c!%u", t->log.n > 0 ? " " : "", "cs"[dir],
	    (unsigned)g -> len);
	t->dir = -1;
}

static const struct order_ops ops = { on_turn, on_gap };

static void
begin_unknown(struct talk *t)
{
	*t = (struct talk){ .keep = spill_new(64), .dir = -1 };
	t->o = order_new(t->keep, &ops, t, &t->memory);
}

static void
begin(struct talk *t)
{
	begin_unknown(t);
	order_pass(t->o, C, BASE);
	order_pass(t->o, S, BASE);
}

static void
finish(struct talk *t)
{
	order_free(t->o);
	assert_int_equal(t->memory, 0);
	assert_int_equal(spill_memory(t->keep), 0);
	spill_free(t->keep);
	buf_free(&t->log);
}

static void
expect(struct talk *t, const char *log)
{
	assert_string_equal(buf_cstr(&t->log), log);
}

/* A packet with bytes up to off; they are not in order yet. */
static uint64_t
arrive(struct talk *t, int dir, uint64_t end, uint64_t need)
{
	order_arrived(t->o, dir, BASE + end, BASE + need);
	return ++t->packet;
}

static void
deliver(struct talk *t, int dir, uint64_t off, const char *text,
    uint64_t packet)
{
	struct slice s = { (const uint8_t *)text, strlen(text) };
	struct stamp st = { .packet = packet, .ordinal = packet };

	order_data(t->o, dir, BASE + off, off, s, &st);
}

/* A packet in order. */
static void
say(struct talk *t, int dir, uint64_t off, const char *text, uint64_t need)
{
	deliver(t, dir, off, text, arrive(t, dir, off + strlen(text), need));
}

static void
hole(struct talk *t, int dir, uint64_t off, uint64_t len)
{
	struct gap g = { off, len, GAP_NOT_CAPTURED };

	order_gap(t->o, dir, BASE + off + len, &g);
}

static void
as_captured(void **state)
{
	struct talk t;

	(void)state;
	begin(&t);
	say(&t, C, 0, "GET", 0);
	say(&t, S, 0, "OK", 3);
	expect(&t, "c:GET s:OK");
	say(&t, C, 3, "PUT", 2);
	say(&t, S, 2, "YES", 6);
	say(&t, S, 5, "?", 6);
	expect(&t, "c:GET s:OK c:PUT s:YES?");
	assert_int_equal(order_waiting(t.o, C) + order_waiting(t.o, S), 0);
	order_end(t.o);
	finish(&t);
}

static void
effect_before_cause(void **state)
{
	struct talk t;

	(void)state;
	begin(&t);
	say(&t, S, 0, "OK", 3);
	expect(&t, "");
	assert_true(order_waiting(t.o, S) >= 2);
	say(&t, C, 0, "GET", 0);
	expect(&t, "c:GET s:OK");
	/* One side wholly before the other. */
	say(&t, S, 2, "YES", 6);
	say(&t, S, 5, "NO", 9);
	say(&t, C, 3, "PUT", 2);
	expect(&t, "c:GET s:OK c:PUT s:YES");
	say(&t, C, 6, "DEL", 5);
	expect(&t, "c:GET s:OK c:PUT s:YES c:DEL s:NO");
	finish(&t);
}

static void
roles_do_not_matter(void **state)
{
	struct talk t;

	(void)state;
	begin(&t);
	say(&t, C, 0, "OK", 3);
	say(&t, C, 2, "YES", 6);
	say(&t, S, 0, "GET", 0);
	say(&t, S, 3, "PUT", 2);
	expect(&t, "s:GET c:OK s:PUT c:YES");
	finish(&t);
}

static void
crossing(void **state)
{
	struct talk t;

	(void)state;
	begin(&t);
	say(&t, C, 0, "aaa", 0);
	say(&t, S, 0, "bbb", 0);
	expect(&t, "c:aaa s:bbb*");
	say(&t, S, 3, "ccc", 3);
	say(&t, C, 3, "ddd", 6);
	expect(&t, "c:aaa s:bbb* s:ccc c:ddd");
	finish(&t);
}

/* A turn that needs the first half of another comes between the halves, when
 * it was captured before it. */
static void
cut_at_the_ack(void **state)
{
	struct talk t;

	(void)state;
	begin(&t);
	say(&t, S, 0, "R1", 3);
	say(&t, C, 0, "GETPUT", 0);
	expect(&t, "c:GET s:R1 c:PUT*");
	say(&t, S, 2, "R2", 6);
	expect(&t, "c:GET s:R1 c:PUT* s:R2");
	finish(&t);
	begin(&t);
	say(&t, C, 0, "GETPUT", 0);
	say(&t, S, 0, "R1", 3);
	expect(&t, "c:GETPUT s:R1*");
	finish(&t);
	begin(&t);
	say(&t, S, 0, "1", 1);
	say(&t, S, 1, "2", 2);
	say(&t, S, 2, "3", 3);
	say(&t, C, 0, "abcd", 0);
	expect(&t, "c:a s:1 c:b* s:2 c:c* s:3 c:d*");
	finish(&t);
}

/* What was sent before a retransmission does not know what that knows. */
static void
newer_ack_of_a_retransmission(void **state)
{
	struct talk t;
	uint64_t held, again;

	(void)state;
	begin(&t);
	held = arrive(&t, C, 6, 0);
	say(&t, S, 0, "hello", 0);
	again = arrive(&t, C, 3, 5);
	deliver(&t, C, 0, "GET", again);
	deliver(&t, C, 3, "PUT", held);
	expect(&t, "s:hello c:GETPUT*");
	finish(&t);
	/* Else the order would be forced the wrong way round. */
	begin(&t);
	held = arrive(&t, C, 6, 0);
	again = arrive(&t, C, 3, 2);
	deliver(&t, C, 0, "GET", again);
	deliver(&t, C, 3, "PUT", held);
	say(&t, S, 0, "R1", 3);
	expect(&t, "c:GETPUT s:R1*");
	finish(&t);
}

/* Bytes of one packet that need different things. */
static void
a_packet_of_old_and_new(void **state)
{
	struct talk t;

	(void)state;
	begin(&t);
	arrive(&t, C, 3, 0);
	arrive(&t, C, 6, 5);
	/* A copy of both is the first that is in order. */
	say(&t, C, 0, "GETPUT", 5);
	expect(&t, "c:GET");
	say(&t, S, 0, "hello", 0);
	expect(&t, "c:GET s:hello* c:PUT");
	finish(&t);
	/* A late original says what the copy did not. */
	begin(&t);
	say(&t, C, 0, "GET", 5);
	say(&t, S, 0, "hello", 3);
	expect(&t, "");
	arrive(&t, C, 3, 0);
	expect(&t, "c:GET s:hello");
	finish(&t);
}

static void
holes(void **state)
{
	struct talk t;

	(void)state;
	/* A request was lost, its answer waits for it. */
	begin(&t);
	say(&t, S, 0, "R1", 3);
	arrive(&t, C, 6, 2);
	hole(&t, C, 0, 3);
	expect(&t, "c!3 s:R1");
	deliver(&t, C, 3, "PUT", 2);
	say(&t, S, 2, "R2", 6);
	expect(&t, "c!3 s:R1 c:PUT s:R2");
	finish(&t);
	/* An answer was. */
	begin(&t);
	say(&t, C, 0, "GET", 0);
	say(&t, C, 3, "PUT", 2);
	arrive(&t, S, 4, 6);
	hole(&t, S, 0, 2);
	deliver(&t, S, 2, "R2", 3);
	expect(&t, "c:GET s!2 c:PUT s:R2");
	finish(&t);
	/* Both of them, and each side knows later bytes of the other. */
	begin(&t);
	arrive(&t, C, 6, 4);
	arrive(&t, S, 6, 6);
	hole(&t, C, 0, 3);
	hole(&t, S, 0, 4);
	deliver(&t, C, 3, "PUT", 1);
	deliver(&t, S, 4, "R2", 2);
	order_end(t.o);
	expect(&t, "c!3 s!4 c:PUT s:R2");
	finish(&t);
}

static void
a_hole_waits_for_nothing(void **state)
{
	struct talk t;

	(void)state;
	begin(&t);
	/* Behind bytes that wait themselves it keeps its place. */
	say(&t, C, 0, "abc", 5);
	hole(&t, C, 3, 4);
	arrive(&t, C, 10, 9);
	deliver(&t, C, 7, "xyz", 2);
	expect(&t, "");
	say(&t, S, 0, "hello", 0);
	expect(&t, "s:hello c:abc c!4");
	say(&t, S, 5, "more", 7);
	expect(&t, "s:hello c:abc c!4 s:more c:xyz");
	finish(&t);
}

static void
positions_without_bytes(void **state)
{
	struct talk t;

	(void)state;
	/* The peer knows of our FIN. */
	begin(&t);
	say(&t, S, 0, "bye", 4);
	say(&t, C, 0, "end", 0);
	expect(&t, "c:end");
	order_pass(t.o, C, BASE + 4);
	expect(&t, "c:end s:bye");
	order_pass(t.o, C, BASE + 2);
	finish(&t);
	/* A FIN behind bytes that wait. */
	begin(&t);
	say(&t, C, 0, "end", 2);
	order_pass(t.o, C, BASE + 4);
	order_pass(t.o, C, BASE + 4);
	say(&t, S, 0, "go", 0);
	say(&t, S, 2, "bye", 4);
	expect(&t, "s:go c:end s:bye");
	finish(&t);
	/* Where a side begins is told late. */
	begin_unknown(&t);
	say(&t, S, 0, "hello", 0);
	expect(&t, "");
	order_pass(t.o, C, BASE);
	expect(&t, "s:hello");
	finish(&t);
}

static void
without_an_ack(void **state)
{
	struct talk t;

	(void)state;
	begin_unknown(&t);
	order_arrived(t.o, C, BASE + 3, 0);
	deliver(&t, C, 0, "TFO", ++t.packet);
	expect(&t, "c:TFO");
	finish(&t);
}

/* ACKs that contradict each other: the order of capture decides, at the
 * end. */
static void
contradiction(void **state)
{
	struct talk t;

	(void)state;
	begin(&t);
	say(&t, S, 0, "bbbbb", 5);
	say(&t, C, 0, "aaaaa", 5);
	say(&t, C, 5, "ccccc", 10);
	say(&t, S, 5, "ddddd", 10);
	expect(&t, "");
	order_end(t.o);
	expect(&t, "s:bbbbb c:aaaaaccccc s:ddddd");
	finish(&t);
	/* What never came is not waited for at the end. */
	begin(&t);
	say(&t, S, 0, "bbb", 500);
	say(&t, C, 0, "aaa", 0);
	say(&t, C, 3, "ccc", 700);
	expect(&t, "c:aaa");
	order_end(t.o);
	expect(&t, "c:aaa s:bbb c:ccc");
	finish(&t);
}

static void
release(void **state)
{
	struct talk t;

	(void)state;
	begin(&t);
	order_release(t.o);
	say(&t, C, 0, "ask", 100);
	say(&t, C, 3, "more", 100);
	expect(&t, "");
	order_release(t.o);
	expect(&t, "c:ask");
	/* What comes after all is told before those that know of it. */
	arrive(&t, S, 100, 0);
	deliver(&t, S, 0, "answer", t.packet);
	expect(&t, "c:ask s:answer*");
	hole(&t, S, 6, 94);
	expect(&t, "c:ask s:answer* s!94 c:more");
	assert_int_equal(order_waiting(t.o, C), 0);
	finish(&t);
	/* The earlier of both sides goes first. */
	begin(&t);
	say(&t, S, 0, "second", 500);
	say(&t, C, 0, "first", 500);
	order_release(t.o);
	expect(&t, "s:second");
	order_release(t.o);
	expect(&t, "s:second c:first");
	finish(&t);
}

static void
thrown_away(void **state)
{
	struct talk t;

	(void)state;
	begin(&t);
	say(&t, S, 0,
	    "a long text that is kept in the scratch file, as the "
	    "memory for it is rather small here",
	    3);
	hole(&t, S, 86, 10);
	say(&t, C, 0, "x", 50);
	finish(&t);
	order_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_captured),
		cmocka_unit_test(effect_before_cause),
		cmocka_unit_test(roles_do_not_matter),
		cmocka_unit_test(crossing),
		cmocka_unit_test(cut_at_the_ack),
		cmocka_unit_test(newer_ack_of_a_retransmission),
		cmocka_unit_test(a_packet_of_old_and_new),
		cmocka_unit_test(holes),
		cmocka_unit_test(a_hole_waits_for_nothing),
		cmocka_unit_test(positions_without_bytes),
		cmocka_unit_test(without_an_ack),
		cmocka_unit_test(contradiction),
		cmocka_unit_test(release),
		cmocka_unit_test(thrown_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
