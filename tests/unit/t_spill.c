/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_spill.c: what is kept comes back, in memory or beyond it. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/spill.h"
#include "base/xalloc.h"

static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 8;
}

/* Byte i of the endless text with that seed. */
static uint8_t
text_byte(uint32_t seed, uint64_t i)
{
	uint64_t x = (i + 1) * 0x9e3779b97f4a7c15U + seed * 0x2545f491U;

	return (uint8_t)(x >> 32 ^ x >> 13);
}

static void
fill(uint8_t *p, size_t n, uint32_t seed, uint64_t from)
{
	for (size_t i = 0; i < n; i++)
		p[i] = text_byte(seed, from + i);
}

static bool
is_text(struct slice s, uint32_t seed, uint64_t from)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != text_byte(seed, from + i))
			return false;
	return true;
}

static struct slice
str(const char *s)
{
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}

static void
check_piece(struct spill *k, const struct spill_block *p, const char *want)
{
	struct slice s = spill_block_get(k, p);

	assert_int_equal(s.n, strlen(want));
	assert_memory_equal(s.p, want, s.n);
}

static void
pieces_in_memory(void **state)
{
	struct spill *k = spill_new(1000);
	struct spill_block *a = spill_put(k, str("hello"));
	struct spill_block *b = spill_put(k, str("world!"));

	(void)state;
	check_piece(k, b, "world!");
	check_piece(k, a, "hello");
	assert_in_range(spill_memory(k), 11, 11 + 2 * 24);
	spill_block_free(k, a);
	check_piece(k, b, "world!");
	spill_block_free(k, b);
	spill_block_free(k, NULL);
	assert_int_equal(spill_memory(k), 0);
	assert_int_equal(spill_error(k), 0);
	spill_free(k);
}

static void
pieces_of_no_bytes(void **state)
{
	struct spill *k = spill_new(0);
	struct spill_block *a = spill_put(k, (struct slice){ NULL, 0 });

	(void)state;
	assert_int_equal(spill_block_get(k, a).n, 0);
	spill_block_free(k, a);
	assert_int_equal(spill_memory(k), 0);
	spill_free(k);
}

/* What a piece may take of memory when the budget is spent. */
#define LEAST_MAX 88
#define LONG_TEXT                                                              \
	"a piece that is too long to be kept in memory all the same, not "     \
	"small "
#define LONGER_TEXT LONG_TEXT "and one that is longer"

static void
pieces_beyond_the_budget(void **state)
{
	struct spill *k = spill_new(0);
	struct spill_block *a = spill_put(k, str(LONG_TEXT "1"));
	struct spill_block *b = spill_put(k, str(LONGER_TEXT));

	(void)state;
	check_piece(k, b, LONGER_TEXT);
	check_piece(k, a, LONG_TEXT "1");
	check_piece(k, b, LONGER_TEXT);
	assert_in_range(spill_memory(k), 1, 200);
	spill_block_free(k, b);
	spill_block_free(k, a);
	a = spill_put(k, str("again"));
	check_piece(k, a, "again");
	spill_block_free(k, a);
	assert_int_equal(spill_memory(k), 0);
	assert_int_equal(spill_error(k), 0);
	spill_free(k);
}

/* Beyond its budget a piece takes little, and that is told. */
static void
beyond_the_budget(void **state)
{
	static const uint8_t bytes[1000];

	(void)state;
	for (size_t n = 1; n <= sizeof(bytes); n++) {
		struct spill *k = spill_new(3000);
		struct spill_block *first =
		    spill_put(k, (struct slice){ bytes, 1000 });
		struct spill_block *v[100];

		assert_int_equal(spill_excess(k), 0);
		for (size_t i = 0; i < 100; i++)
			v[i] = spill_put(k, (struct slice){ bytes, n });
		assert_int_equal(spill_excess(k),
		    spill_memory(k) > 3000 ? spill_memory(k) - 3000 : 0);
		assert_true(spill_excess(k) <= 100 * LEAST_MAX);
		for (size_t i = 0; i < 100; i++)
			spill_block_free(k, v[i]);
		assert_int_equal(spill_excess(k), 0);
		spill_block_free(k, first);
		spill_free(k);
	}
}

/* A piece with several owners lives until the last has freed it. */
static void
pieces_are_shared(void **state)
{
	(void)state;
	for (size_t budget = 0; budget <= 1000; budget += 1000) {
		struct spill *k = spill_new(budget);
		struct spill_block *a = spill_put(k, str(LONGER_TEXT));
		struct buf into = { 0 };
		struct slice s;

		spill_block_share(a);
		spill_block_share(a);
		spill_block_free(k, a);
		spill_block_free(k, a);
		s = spill_block_part(k, a, 2, 5, &into);
		assert_int_equal(s.n, 5);
		assert_memory_equal(s.p, "piece", 5);
		check_piece(k, a, LONGER_TEXT);
		spill_block_free(k, a);
		assert_int_equal(spill_memory(k), 0);
		spill_block_share(NULL);
		buf_free(&into);
		spill_free(k);
	}
}

#define N_PIECES 64

/* Pieces of all sizes come and go; each is compared when it goes. */
static void
churn(size_t budget, size_t size_max, uint32_t seed, int steps)
{
	struct spill *k = spill_new(budget);
	struct spill_block *piece[N_PIECES] = { 0 };
	uint32_t of[N_PIECES];
	uint8_t *buf = xmalloc(size_max);

	for (int i = 0; i < steps; i++) {
		size_t j = next_random(&seed) % N_PIECES;
		size_t n = next_random(&seed) % size_max + 1;

		if (piece[j] != NULL) {
			assert_true(
			    is_text(spill_block_get(k, piece[j]), of[j], 0));
			spill_block_free(k, piece[j]);
		}
		of[j] = (uint32_t)i;
		fill(buf, n, of[j], 0);
		piece[j] = spill_put(k, (struct slice){ buf, n });
		assert_in_range(spill_memory(k), 0,
		    budget + N_PIECES * LEAST_MAX);
	}
	for (size_t j = 0; j < N_PIECES; j++) {
		if (piece[j] != NULL)
			assert_true(
			    is_text(spill_block_get(k, piece[j]), of[j], 0));
		spill_block_free(k, piece[j]);
	}
	assert_int_equal(spill_memory(k), 0);
	assert_int_equal(spill_error(k), 0);
	spill_free(k);
	free(buf);
}

static void
pieces_come_and_go(void **state)
{
	const char *env = getenv("SEED");
	uint32_t seed = env != NULL ? (uint32_t)strtoul(env, NULL, 0) : 1;

	(void)state;
	print_message("SEED=%u\n", seed);
	churn((size_t)1 << 30, 3000, seed, 2000);
	churn(50000, 3000, seed, 4000);
	churn(0, 3000, seed, 4000);
	churn(0, 300000, seed, 500);
	churn(1000000, 300000, seed, 500);
}

static void
pieces_read_into_a_buffer(void **state)
{
	static const size_t budgets[] = { 0, 1000 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct spill *k = spill_new(budgets[i]);
		struct spill_block *a = spill_put(k, str(LONG_TEXT "1"));
		struct buf into = { 0 };
		struct slice s = spill_block_read(k, a, &into);
		struct spill_block *b = spill_put(k, str(LONG_TEXT "2"));

		(void)spill_block_get(k, b);
		assert_int_equal(s.n, strlen(LONG_TEXT) + 1);
		assert_memory_equal(s.p, LONG_TEXT "1", s.n);
		spill_block_free(k, a);
		spill_block_free(k, b);
		spill_free(k);
		buf_free(&into);
	}
}

/* What spill_log_read hands over is compared as it comes. */
struct reader {
	uint32_t seed;
	uint64_t at;
	bool good;
};

static void
compare(void *arg, struct slice s)
{
	struct reader *r = arg;

	if (s.n == 0 || !is_text(s, r->seed, r->at))
		r->good = false;
	r->at += s.n;
}

static void
check_spool(struct spill *k, const struct spill_log *s, uint32_t seed,
    uint64_t off)
{
	struct reader r = { seed, off, true };

	spill_log_read(k, s, off, compare, &r);
	assert_true(r.good);
	assert_int_equal(r.at, s->size);
}

static void
append(struct spill *k, struct spill_log *s, uint32_t seed, size_t n)
{
	uint8_t *buf = xmalloc(n);

	fill(buf, n, seed, s->size);
	spill_log_put(k, s, buf, n);
	free(buf);
}

static void
spool_from_every_offset(void **state)
{
	static const size_t budgets[] = { 0, 3000, 20000, 1 << 20 };

	(void)state;
	for (size_t b = 0; b < 4; b++) {
		struct spill *k = spill_new(budgets[b]);
		struct spill_log s = { 0 };

		spill_log_read(k, &s, 0, compare, NULL);
		for (size_t n = 1; s.size < 40000; n = n * 3 % 1461 + 1)
			append(k, &s, 7, n);
		for (uint64_t off = 0; off < s.size; off += 97)
			check_spool(k, &s, 7, off);
		check_spool(k, &s, 7, s.size - 1);
		check_spool(k, &s, 7, s.size);
		spill_log_free(k, &s);
		assert_int_equal(s.size, 0);
		assert_int_equal(spill_memory(k), 0);
		assert_int_equal(spill_error(k), 0);
		spill_free(k);
	}
}

static void
large_spool_in_few_blocks(void **state)
{
	struct spill *k = spill_new((size_t)64 << 20);
	struct spill_log s = { 0 };

	(void)state;
	append(k, &s, 3, 8000000);
	assert_in_range(s.n_blocks, 1, 160);
	check_spool(k, &s, 3, 0);
	check_spool(k, &s, 3, 7999999);
	spill_log_free(k, &s);
	spill_free(k);
}

static void
tiny_spool_costs_little(void **state)
{
	struct spill *k = spill_new((size_t)64 << 20);
	struct spill_log s = { 0 };

	(void)state;
	append(k, &s, 3, 100);
	assert_in_range(spill_memory(k), 100, 300);
	spill_log_free(k, &s);
	spill_free(k);
}

#define N_SPOOLS 1000

/* Tails count: many spools stay near the budget, or a little each above. */
static void
many_spools_stay_within_bounds(void **state)
{
	size_t budget = (size_t)1 << 20;
	struct spill *k = spill_new(budget);
	struct spill_log *s = xcalloc(N_SPOOLS, sizeof(*s));

	(void)state;
	for (int round = 0; round < 20; round++)
		for (uint32_t i = 0; i < N_SPOOLS; i++)
			append(k, &s[i], i, 700);
	assert_in_range(spill_memory(k), 0, budget + N_SPOOLS * 2200);
	for (uint32_t i = 0; i < N_SPOOLS; i++)
		check_spool(k, &s[i], i, i % 3 == 0 ? 0 : 5000);
	for (uint32_t i = 0; i < N_SPOOLS; i++)
		spill_log_free(k, &s[i]);
	assert_int_equal(spill_memory(k), 0);
	assert_int_equal(spill_error(k), 0);
	spill_free(k);
	free(s);
}

static void
settled_spool_leaves_memory(void **state)
{
	struct spill *k = spill_new((size_t)1 << 20);
	struct spill_log s = { 0 };

	(void)state;
	append(k, &s, 5, 100000);
	assert_in_range(spill_memory(k), 100000, 120000);
	spill_log_settle(k, &s);
	assert_in_range(spill_memory(k), 0, 1000);
	check_spool(k, &s, 5, 0);
	append(k, &s, 5, 50000);
	spill_log_settle(k, &s);
	spill_log_settle(k, &s);
	append(k, &s, 5, 10);
	check_spool(k, &s, 5, 0);
	check_spool(k, &s, 5, 99990);
	spill_log_free(k, &s);
	assert_int_equal(spill_memory(k), 0);
	spill_free(k);
}

#define N_FIXED 40

/* Those that have waited longest go to the scratch file, some are freed, all
 * are read now and then. */
static void
fixed_spools_give_way(void **state)
{
	size_t budget = (size_t)100 << 10;
	struct spill *k = spill_new(budget);
	struct spill_log s[N_FIXED] = { 0 };
	uint32_t seed = 3;

	(void)state;
	for (uint32_t i = 0; i < N_FIXED; i++)
		s[i].fixed = true;
	for (int step = 0; step < 3000; step++) {
		uint32_t i = next_random(&seed) % N_FIXED;
		uint32_t what = next_random(&seed) % 40;

		if (what == 0) {
			check_spool(k, &s[i], i, 0);
			spill_log_free(k, &s[i]);
			s[i].fixed = true;
		} else if (what == 1) {
			spill_log_settle(k, &s[i]);
		} else if (what == 2) {
			check_spool(k, &s[i], i, s[i].size / 2);
		} else {
			append(k, &s[i], i, next_random(&seed) % 3000 + 1);
		}
		assert_in_range(spill_memory(k), 0,
		    budget + N_FIXED * ((size_t)4 << 10));
	}
	for (uint32_t i = 0; i < N_FIXED; i++) {
		check_spool(k, &s[i], i, 0);
		spill_log_free(k, &s[i]);
	}
	assert_int_equal(spill_memory(k), 0);
	assert_int_equal(spill_error(k), 0);
	spill_free(k);
}

/* In the order in which they were put, with some left out, and backwards. */
static void
pieces_read_in_any_order(void **state)
{
	enum { N = 300 };
	struct spill *k = spill_new(0);
	struct spill_block *p[N];
	uint8_t text[2000];

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		fill(text, sizeof text, i, 0);
		p[i] = spill_put(k, (struct slice){ text, 100 + i % 7 * 300 });
	}
	for (int step = 1; step < 5; step++) {
		for (uint32_t i = 0; i < N; i += (uint32_t)step)
			assert_true(is_text(spill_block_get(k, p[i]), i, 0));
		for (uint32_t i = N; i-- > 0;)
			assert_true(is_text(spill_block_get(k, p[i]), i, 0));
	}
	for (uint32_t i = 0; i < N; i++) {
		assert_true(is_text(spill_block_get(k, p[i]), i, 0));
		spill_block_free(k, p[i]);
	}
	/* The file begins anew, with other bytes. */
	fill(text, sizeof text, 1000, 0);
	for (int i = 0; i < 50; i++)
		p[i] = spill_put(k, (struct slice){ text, sizeof text });
	for (int i = 0; i < 50; i++) {
		assert_true(is_text(spill_block_get(k, p[i]), 1000, 0));
		spill_block_free(k, p[i]);
	}
	assert_int_equal(spill_error(k), 0);
	spill_free(k);
}

/* Disk space of the unlinked regular files that are open. */
static uint64_t
unlinked_space(void)
{
	uint64_t n = 0;

	for (int fd = 3; fd < 64; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_nlink == 0)
			n += (uint64_t)st.st_blocks * 512;
	}
	return n;
}

/* What has been freed does not stay on disk, even while something else
 * lives. */
static void
scratch_gives_space_back(void **state)
{
	struct spill *k = spill_new(0);
	struct spill_block *first = spill_put(k, str(LONG_TEXT "1"));
	struct spill_block *queue[100] = { 0 };
	uint8_t *buf = xcalloc(1, 30000);

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		spill_block_free(k, queue[i % 100]);
		queue[i % 100] = spill_put(k, (struct slice){ buf, 30000 });
	}
	assert_in_range(unlinked_space(), 2000000, 8000000);
	check_piece(k, first, LONG_TEXT "1");
	spill_block_free(k, first);
	for (size_t i = 0; i < 100; i++)
		spill_block_free(k, queue[i]);
	assert_int_equal(unlinked_space(), 0);
	assert_int_equal(spill_error(k), 0);
	spill_free(k);
	free(buf);
}

static void
scratch_that_cannot_be_made(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char *old = tmp != NULL ? xstrdup(tmp) : NULL;
	struct spill *k = spill_new(0);
	static const uint8_t big[200000] = { 1 };
	struct spill_block *p;

	(void)state;
	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
	p = spill_put(k, (struct slice){ big, sizeof(big) });
	assert_int_equal(spill_error(k), ENOENT);
	assert_int_equal(spill_block_get(k, p).n, sizeof(big));
	assert_int_equal(spill_block_get(k, p).p[0], 0);
	spill_block_free(k, p);
	p = spill_put(k, str("x"));
	assert_int_equal(spill_block_get(k, p).n, 1);
	spill_block_free(k, p);
	spill_free(k);
	if (old != NULL)
		setenv("TMPDIR", old, 1);
	else
		unsetenv("TMPDIR");
	free(old);
}

static void
scratch_that_is_full(void **state)
{
	struct spill *k = spill_new(0);
	struct rlimit old, low;
	struct spill_log s = { 0 };
	struct reader r = { 0, 0, true };

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = old;
	low.rlim_cur = 100000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	append(k, &s, 1, 500000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(spill_error(k), EFBIG);
	spill_log_read(k, &s, 0, compare, &r);
	assert_int_equal(r.at, 500000);
	assert_false(r.good);
	spill_log_free(k, &s);
	assert_int_equal(spill_memory(k), 0);
	spill_free(k);
}

/* Where files may not grow so large there are several. */
static void
scratch_in_parts(void **state)
{
	static const rlim_t limits[] = { 1000, 100000, (2 << 20) + 5 };
	struct rlimit old, low;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < 3; i++) {
		struct spill_log s = { 0 };
		struct reader r = { 1, 0, true };
		struct spill *k;

		low = old;
		low.rlim_cur = limits[i];
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
		k = spill_new(0);
		for (int round = 0; round < 2; round++) {
			append(k, &s, 1, i == 0 ? 50000 : 5000000);
			r = (struct reader){ 1, 0, true };
			spill_log_read(k, &s, 0, compare, &r);
			assert_true(r.good);
			assert_int_equal(r.at, i == 0 ? 50000 : 5000000);
			spill_log_free(k, &s);
			assert_int_equal(spill_error(k), 0);
		}
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		spill_free(k);
	}
}

static void
blank_knows_lengths_only(void **state)
{
	static const uint8_t zeros[9];
	struct spill *k = spill_new_blank();
	struct spill_block *a = spill_put(k, str("four"));
	struct spill_block *b = spill_put(k, str("and five."));
	struct spill_block *c = spill_put(k, str(""));
	struct buf into = { 0 };
	struct slice s;

	(void)state;
	s = spill_block_read(k, b, &into);
	assert_int_equal(s.n, 9);
	assert_memory_equal(s.p, zeros, 9);
	spill_block_free(k, b);
	s = spill_block_get(k, a);
	assert_int_equal(s.n, 4);
	assert_memory_equal(s.p, zeros, 4);
	assert_int_equal(spill_block_get(k, c).n, 0);
	spill_block_free(k, a);
	spill_block_free(k, c);
	assert_int_equal(spill_memory(k), 0);
	assert_int_equal(spill_error(k), 0);
	buf_free(&into);
	spill_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_in_memory),
		cmocka_unit_test(pieces_of_no_bytes),
		cmocka_unit_test(pieces_beyond_the_budget),
		cmocka_unit_test(beyond_the_budget),
		cmocka_unit_test(pieces_are_shared),
		cmocka_unit_test(pieces_come_and_go),
		cmocka_unit_test(pieces_read_into_a_buffer),
		cmocka_unit_test(blank_knows_lengths_only),
		cmocka_unit_test(spool_from_every_offset),
		cmocka_unit_test(large_spool_in_few_blocks),
		cmocka_unit_test(tiny_spool_costs_little),
		cmocka_unit_test(many_spools_stay_within_bounds),
		cmocka_unit_test(settled_spool_leaves_memory),
		cmocka_unit_test(fixed_spools_give_way),
		cmocka_unit_test(pieces_read_in_any_order),
		cmocka_unit_test(scratch_gives_space_back),
		cmocka_unit_test(scratch_that_cannot_be_made),
		cmocka_unit_test(scratch_that_is_full),
		cmocka_unit_test(scratch_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
