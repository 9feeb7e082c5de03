/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_record_log.c: records come back whole, in whatever pieces they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/record_log.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define RECORDS 400

struct head {
	uint32_t i;
	uint32_t n;
};

/* Lengths around those of a spool's tails, and none. */
static uint32_t
length(uint32_t i)
{
	static const uint32_t n[] = { 0, 1, 3, 240, 241, 242, 243, 244, 245,
		1000, 16384, 70000 };

	return n[i % COUNT(n)];
}

struct seen {
	uint32_t n;
	struct spill *other; /* that fn puts to, or NULL */
	struct spill_log waste;
};

static void
check_record(void *arg, struct slice record)
{
	struct seen *x = arg;
	struct head h;

	assert_true(record_take_head(&record, &h, sizeof h));
	assert_int_equal(h.i, x->n);
	assert_int_equal(record.n, h.n);
	for (size_t i = 0; i < record.n; i++)
		assert_int_equal(record.p[i], (uint8_t)(h.i + i));
	if (x->other != NULL)
		spill_log_put(x->other, &x->waste, record.p, record.n);
	x->n++;
}

static void
put_all(struct spill *k, struct spill_log *log, uint32_t records)
{
	static uint8_t text[70000];

	for (uint32_t i = 0; i < records; i++) {
		struct head h = { i, length(i) };

		for (size_t j = 0; j < h.n; j++)
			text[j] = (uint8_t)(i + j);
		record_log_put(k, log,
		    (struct slice){ (const uint8_t *)&h, sizeof h },
		    (struct slice){ text, h.n });
	}
}

/* In memory and beyond it; fn may use the keep. */
static void
replayed(void **state)
{
	static const size_t budgets[] = { (size_t)1 << 30, 1 << 16, 0 };

	(void)state;
	for (size_t b = 0; b < COUNT(budgets); b++) {
		struct spill *k = spill_new(budgets[b]);
		struct spill_log log = { 0 };

		put_all(k, &log, RECORDS);
		for (int again = 0; again < 2; again++) {
			struct seen x = { .other = again ? k : NULL };

			assert_true(
			    record_log_replay(k, &log, check_record, &x));
			assert_int_equal(x.n, RECORDS);
			spill_log_free(k, &x.waste);
		}
		spill_log_free(k, &log);
		spill_free(k);
	}
}

static void
append(void *arg, struct slice bytes)
{
	buf_put(arg, bytes.p, bytes.n);
}

static void
in_pieces(void **state)
{
	struct spill *k = spill_new((size_t)1 << 30);
	struct spill_log log = { 0 };
	struct buf all = { 0 };

	(void)state;
	put_all(k, &log, 12);
	spill_log_read(k, &log, 0, append, &all);
	for (size_t piece = 1; piece < 6000; piece = piece * 3 + 1) {
		struct seen x = { 0 };
		struct record_feed f = { .fn = check_record, .arg = &x };

		for (size_t at = 0; at < all.n; at += piece)
			record_feed_put(&f,
			    (struct slice){ all.p + at,
				all.n - at < piece ? all.n - at : piece });
		assert_true(record_feed_end(&f));
		assert_int_equal(x.n, 12);
	}
	buf_free(&all);
	spill_log_free(k, &log);
	spill_free(k);
}

static void
never(void *arg, struct slice record)
{
	(void)arg;
	(void)record;
	fail();
}

static void
damaged(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} v[] = {
		{ "\0\0\0\2a", 5 },    /* cut */
		{ "\0\0\0", 3 },       /* within its length */
		{ "\0\0\0\0\0\0", 6 }, /* a record is not empty */
		{ "\2\0\0\1aaaa", 8 }, /* nor so long */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		struct record_feed f = { .fn = never };
		struct slice s = { (const uint8_t *)v[i].bytes, v[i].n };

		record_feed_put(&f, s);
		/* What is no record is not stored either. */
		if (f.bad)
			record_feed_put(&f, s);
		assert_true(f.rest.n <= s.n);
		assert_false(record_feed_end(&f));
	}
}

static void
built(void **state)
{
	struct buf b = { 0 };
	struct slice bytes = { (const uint8_t *)"ab", 2 };
	uint16_t head;
	size_t begin;

	(void)state;
	buf_str(&b, "x");
	begin = record_begin(&b);
	buf_str(&b, "abc");
	record_end(&b, begin);
	assert_int_equal(b.n, 8);
	assert_memory_equal(b.p, "x\0\0\0\3abc", 8);
	buf_free(&b);
	assert_true(record_take_head(&bytes, &head, sizeof head));
	assert_int_equal(bytes.n, 0);
	assert_false(record_take_head(&bytes, &head, sizeof head));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replayed),
		cmocka_unit_test(in_pieces),
		cmocka_unit_test(damaged),
		cmocka_unit_test(built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
