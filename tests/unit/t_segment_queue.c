/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_segment_queue.c: the tree of held segments against a plain array, small and large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rng.h"
#include "reassembly/segment_queue.h"

#define SPAN 400
#define ORIGIN ((uint64_t)1 << 40)

/* taken[i]: the number of the node that has position ORIGIN + i, or 0. */
struct naive {
	unsigned taken[SPAN];
	uint64_t bytes;
	size_t n;
};

static void
check_same(const struct segment_queue *h, const struct naive *v)
{
	struct segment_queue_place at;
	const struct queued_segment *p = segment_queue_find(h, 0, &at);

	assert_ptr_equal(p, segment_queue_first(h));
	for (size_t i = 0; i < SPAN; i++) {
		struct segment_queue_place found;
		const struct queued_segment *n =
		    segment_queue_find(h, ORIGIN + i, &found);
		size_t j = i;

		while (j < SPAN && v->taken[j] == 0)
			j++;
		if (j == SPAN) {
			assert_null(n);
			continue;
		}
		assert_non_null(n);
		assert_true(
		    n->pos <= ORIGIN + j && ORIGIN + j < n->pos + n->len);
		assert_int_equal(n->stamp.packet, v->taken[j]);
	}
	for (size_t i = 0; i < SPAN; i++) {
		if (v->taken[i] == 0)
			continue;
		while (p->pos + p->len <= ORIGIN + i)
			p = segment_queue_next(&at);
		assert_int_equal(p->stamp.packet, v->taken[i]);
	}
	assert_int_equal(h->bytes, v->bytes);
	assert_int_equal(h->n, v->n);
}

static void
insert(struct segment_queue *h, struct naive *v, size_t at, size_t len,
    unsigned id)
{
	struct queued_segment like = {
		.pos = ORIGIN + at,
		.len = (uint32_t)len,
		.stamp = { .packet = id },
	};

	for (size_t i = 0; i < len; i++)
		if (at + i >= SPAN || v->taken[at + i] != 0)
			return;
	segment_queue_insert(h, NULL, &like, (struct slice){ NULL, 0 });
	for (size_t i = 0; i < len; i++)
		v->taken[at + i] = id;
	v->bytes += len;
	v->n++;
}

static void
take_out(struct segment_queue *h, struct naive *v,
    const struct queued_segment *n)
{
	struct queued_segment out;

	if (n == NULL)
		return;
	out = segment_queue_take(h, n);
	v->bytes -= out.len;
	v->n--;
	memset(&v->taken[out.pos - ORIGIN], 0,
	    (size_t)out.len * sizeof(v->taken[0]));
}

/* Takes out a part of n. */
static void
carve(struct segment_queue *h, struct naive *v, struct rng *r,
    struct queued_segment *n)
{
	uint32_t from, len;

	if (n == NULL)
		return;
	from = rng_below(r, n->len);
	len = 1 + rng_below(r, n->len - from);
	v->bytes -= len;
	v->n += (size_t)(from > 0) + (from + len < n->len);
	v->n--;
	memset(&v->taken[n->pos + from - ORIGIN], 0, len * sizeof(v->taken[0]));
	segment_queue_carve(h, NULL, n, n->pos + from, n->pos + from + len);
}

static void
against_an_array(void **state)
{
	struct rng r = { rng_seed() };

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		struct naive v = { 0 };
		size_t memory = 0;
		struct segment_queue_place place;
		struct segment_queue h;

		segment_queue_init(&h, &memory);
		for (unsigned id = 1; id <= 600; id++) {
			size_t at = rng_below(&r, SPAN);

			if (round % 3 == 0 && id < SPAN / 3)
				at = round % 2 ? 3 * id : SPAN - 3 * id;
			if (rng_below(&r, 3) > 0)
				insert(&h, &v, at, 1 + rng_below(&r, 5), id);
			else if (rng_one_in(&r, 3))
				take_out(&h, &v, segment_queue_first(&h));
			else if (rng_one_in(&r, 2))
				carve(&h, &v, &r,
				    segment_queue_find(&h, ORIGIN + at,
					&place));
			else
				take_out(&h, &v,
				    segment_queue_find(&h, ORIGIN + at,
					&place));
			if (id % 16 == 0)
				check_same(&h, &v);
		}
		while (segment_queue_first(&h) != NULL)
			take_out(&h, &v, segment_queue_first(&h));
		check_same(&h, &v);
		assert_int_equal(memory, 0);
		segment_queue_fini(&h, NULL);
	}
}

/* A segment over what others have left, which began where it ends. */
static void
reaches_over(void **state)
{
	size_t memory = 0;
	struct segment_queue_place at;
	struct segment_queue h;

	(void)state;
	segment_queue_init(&h, &memory);
	for (uint64_t i = 0; i < 1000; i++) {
		struct queued_segment n = { .pos = 100 * i, .len = 10 };

		segment_queue_insert(&h, NULL, &n, (struct slice){ NULL, 0 });
	}
	for (uint64_t i = 0; i < 998; i++) {
		struct queued_segment n = { .pos = 100 * i + 50, .len = 100 };

		segment_queue_take(&h,
		    segment_queue_find(&h, 100 * i + 100, &at));
		segment_queue_insert(&h, NULL, &n, (struct slice){ NULL, 0 });
		for (uint64_t pos = n.pos; pos < n.pos + 100; pos += 7)
			assert_int_equal(segment_queue_find(&h, pos, &at)->pos,
			    n.pos);
		segment_queue_take(&h, segment_queue_find(&h, n.pos, &at));
	}
	assert_int_equal(h.n, 2);
	segment_queue_fini(&h, NULL);
	assert_int_equal(memory, 0);
}

enum order { ORDERLY, REVERSED, RANDOM, INWARDS, ORDERS };

/* The i-th of n that comes. */
static uint64_t
comes(enum order order, uint64_t i, uint64_t n)
{
	switch (order) {
	case REVERSED:
		return n - 1 - i;
	case RANDOM: /* n is a power of two */
		return (i * 2654435761U) & (n - 1);
	case INWARDS:
		return i % 2 ? n - 1 - i / 2 : i / 2;
	default:
		return i;
	}
}

/* Tens of thousands: memory follows them, whatever the order. */
static void
many(void **state)
{
	const uint64_t n = 1 << 15;

	(void)state;
	for (enum order o = ORDERLY; o < ORDERS; o++) {
		size_t memory = 0;
		struct segment_queue h;

		segment_queue_init(&h, &memory);
		for (uint64_t i = 0; i < n; i++) {
			struct queued_segment x = { .pos = comes(o, i, n),
				.len = 1 };

			segment_queue_insert(&h, NULL, &x,
			    (struct slice){ NULL, 0 });
		}
		assert_int_equal(h.n, n);
		assert_in_range(memory, n * sizeof(struct queued_segment),
		    n * (o == RANDOM || o == INWARDS ? 240 : 120));
		for (uint64_t i = 0; i < n; i++) {
			struct segment_queue_place at;
			const struct queued_segment *x = segment_queue_find(&h,
			    o == ORDERLY ? comes(RANDOM, i, n) : i, &at);

			assert_int_equal(x->pos,
			    o == ORDERLY ? comes(RANDOM, i, n) : i);
			segment_queue_take(&h, x);
		}
		assert_null(segment_queue_first(&h));
		assert_int_equal(memory, 0);
		segment_queue_fini(&h, NULL);
	}
}

/* What is left of a segment that was carved still has its bytes. */
static void
parts_have_bytes(void **state)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz";

	(void)state;
	for (uint32_t len = 3; len <= 26; len++) {
		struct spill *k = spill_new(len % 2 ? 1 << 10 : 0);
		struct buf into = { 0 };
		size_t memory = 0;
		struct segment_queue_place at;
		struct segment_queue h;
		struct queued_segment n = { .pos = 1000, .len = len };

		segment_queue_init(&h, &memory);
		segment_queue_insert(&h, k, &n,
		    (struct slice){ (const uint8_t *)text, len });
		segment_queue_carve(&h, k, segment_queue_first(&h), 1001, 1002);
		segment_queue_carve(&h, k, segment_queue_find(&h, 1002, &at),
		    1002, 1003);
		if (len > 4)
			segment_queue_carve(&h, k,
			    segment_queue_find(&h, 1003, &at), 1000 + len - 1,
			    1000 + len);
		assert_memory_equal(segment_queue_read(k,
					segment_queue_first(&h), &into)
					.p,
		    "a", 1);
		if (len > 3) {
			const struct queued_segment *rest =
			    segment_queue_find(&h, 1001, &at);
			struct slice s = segment_queue_read(k, rest, &into);

			assert_int_equal(s.n, len > 4 ? len - 4 : 1);
			assert_memory_equal(s.p, text + 3, s.n);
		}
		segment_queue_fini(&h, k);
		assert_int_equal(memory, 0);
		assert_int_equal(spill_memory(k), 0);
		buf_free(&into);
		spill_free(k);
	}
}

static void
gives_bytes_back(void **state)
{
	static const uint8_t text[SEGMENT_QUEUE_SMALL + 1] = "abcd";
	struct spill *k = spill_new(1 << 10);
	size_t memory = 0;
	struct segment_queue h;

	(void)state;
	segment_queue_init(&h, &memory);
	for (uint64_t i = 0; i < 100; i++) {
		struct queued_segment n = { .pos = 20 * (100 - i), .len = 17 };

		segment_queue_insert(&h, k, &n,
		    (struct slice){ text, i % 3 != 0 ? 17 : 0 });
	}
	assert_true(spill_memory(k) > 0);
	assert_int_equal(h.bytes, 1700);
	segment_queue_fini(&h, k);
	assert_int_equal(spill_memory(k), 0);
	assert_int_equal(memory, 0);
	assert_null(segment_queue_first(&h));
	assert_int_equal(h.bytes + h.n, 0);
	spill_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_an_array),
		cmocka_unit_test(reaches_over),
		cmocka_unit_test(many),
		cmocka_unit_test(parts_have_bytes),
		cmocka_unit_test(gives_bytes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
