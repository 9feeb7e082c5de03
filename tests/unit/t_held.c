/* t_held.c: the list of held segments against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rng.h"
#include "model/held.h"

#define SPAN 400
#define ORIGIN ((uint64_t)1 << 40)

/* taken[i]: the number of the node that has position ORIGIN + i, or 0. */
struct naive {
	unsigned taken[SPAN];
	uint64_t bytes;
	size_t n;
};

static void
check_levels(const struct held *h)
{
	size_t below = SIZE_MAX;

	for (unsigned level = 0; level < HELD_LEVELS; level++) {
		const struct held_node *last = NULL;
		size_t n = 0;

		for (const struct held_node *p = h->head[level]; p != NULL;
		     p = p->next[level]) {
			assert_true(p->levels > level);
			assert_true(
			    last == NULL || last->pos + last->len <= p->pos);
			last = p;
			n++;
		}
		assert_ptr_equal(h->tail[level], last);
		assert_true(n <= below);
		below = n;
	}
}

static void
check_same(const struct held *h, const struct naive *v)
{
	const struct held_node *p = held_first(h);

	for (size_t i = 0; i < SPAN; i++) {
		const struct held_node *at = held_find(h, ORIGIN + i);
		size_t j = i;

		while (j < SPAN && v->taken[j] == 0)
			j++;
		if (j == SPAN) {
			assert_null(at);
			continue;
		}
		assert_non_null(at);
		assert_true(
		    at->pos <= ORIGIN + j && ORIGIN + j < at->pos + at->len);
		assert_int_equal(at->stamp.packet, v->taken[j]);
	}
	for (size_t i = 0; i < SPAN; i++) {
		if (v->taken[i] == 0)
			continue;
		while (p->pos + p->len <= ORIGIN + i)
			p = p->next[0];
		assert_int_equal(p->stamp.packet, v->taken[i]);
	}
	assert_int_equal(h->bytes, v->bytes);
	assert_int_equal(h->n, v->n);
}

static void
insert(struct held *h, struct naive *v, size_t at, size_t len, unsigned id)
{
	struct held_node like = {
		.pos = ORIGIN + at,
		.len = len,
		.stamp = { .packet = id },
		.levels = 99,
	};

	for (size_t i = 0; i < len; i++)
		if (at + i >= SPAN || v->taken[at + i] != 0)
			return;
	held_insert(h, &like);
	for (size_t i = 0; i < len; i++)
		v->taken[at + i] = id;
	v->bytes += len;
	v->n++;
}

static void
take_out(struct held *h, struct naive *v, struct held_node *n)
{
	if (n == NULL)
		return;
	v->bytes -= n->len;
	v->n--;
	memset(&v->taken[n->pos - ORIGIN], 0,
	    (size_t)n->len * sizeof(v->taken[0]));
	held_remove(h, n);
}

static void
against_an_array(void **state)
{
	struct rng r = { rng_seed() };

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		struct naive v = { 0 };
		struct held h;

		held_init(&h, (uint32_t)rng_next(&r));
		for (unsigned id = 1; id <= 300; id++) {
			size_t at = rng_below(&r, SPAN);

			if (round % 3 == 0 && id < SPAN / 3)
				at = round % 2 ? 3 * id : SPAN - 3 * id;
			if (rng_below(&r, 3) > 0)
				insert(&h, &v, at, 1 + rng_below(&r, 5), id);
			else if (rng_one_in(&r, 2))
				take_out(&h, &v, held_first(&h));
			else
				take_out(&h, &v, held_find(&h, ORIGIN + at));
			if (id % 16 == 0) {
				check_levels(&h);
				check_same(&h, &v);
			}
		}
		while (held_first(&h) != NULL) {
			take_out(&h, &v, held_first(&h));
			check_levels(&h);
		}
		check_same(&h, &v);
		held_fini(&h, NULL);
	}
}

static void
gives_bytes_back(void **state)
{
	struct keep *k = keep_new(1 << 10);
	struct held h;

	(void)state;
	held_init(&h, 1);
	for (uint64_t i = 0; i < 100; i++) {
		struct held_node like = { .pos = 10 * (100 - i), .len = 4 };

		if (i % 3 != 0)
			like.bytes = keep_put(k,
			    (struct slice){ (const uint8_t *)"abcd", 4 });
		held_insert(&h, &like);
	}
	assert_true(keep_memory(k) > 0);
	assert_int_equal(h.bytes, 400);
	held_fini(&h, k);
	assert_int_equal(keep_memory(k), 0);
	assert_null(held_first(&h));
	assert_int_equal(h.bytes + h.n, 0);
	keep_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_an_array),
		cmocka_unit_test(gives_bytes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
