/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_sparse.c: holes are where the bytes say, however they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "store/sparse.h"

#define B SPARSE_BLOCK

struct found {
	char text[256];
	uint8_t *data;
	size_t n_data;
};

static void
on_hole(void *arg, struct slice b)
{
	struct found *f = arg;
	struct hole h;

	for (; b.n >= sizeof(h); b.p += sizeof(h), b.n -= sizeof(h)) {
		size_t n = strlen(f->text);

		memcpy(&h, b.p, sizeof(h));
		snprintf(f->text + n, sizeof(f->text) - n, "%llu+%llu ",
		    (unsigned long long)h.off, (unsigned long long)h.len);
	}
	assert_int_equal(b.n, 0);
}

static void
on_data(void *arg, struct slice b)
{
	struct found *f = arg;

	f->data = xreallocarray(f->data, f->n_data + b.n, 1);
	memcpy(f->data + f->n_data, b.p, b.n);
	f->n_data += b.n;
}

/* n bytes: zeros but where `set` says that there is an 'x'. */
static uint8_t *
picture(size_t n, const size_t *set, size_t n_set)
{
	uint8_t *p = xcalloc(n + 1, 1);

	for (size_t i = 0; i < n_set; i++)
		p[set[i]] = 'x';
	return p;
}

/* Puts p in pieces; with zeros, runs of them are told as such. */
static void
feed(struct sparse *s, const uint8_t *p, size_t n, size_t piece, bool zeros)
{
	for (size_t i = 0; i < n;) {
		size_t part = n - i < piece ? n - i : piece;
		size_t z = 0;

		while (zeros && z < part && p[i + z] == 0)
			z++;
		if (z > 0) {
			assert_true(sparse_zeros(s, z));
			i += z;
			continue;
		}
		assert_true(sparse_write(s, p + i, part));
		i += part;
	}
}

static void
check_fed(const uint8_t *p, size_t n, size_t piece, bool zeros,
    const char *want)
{
	struct sparse s = { .spill = spill_new(1 << 20), .wants_data = true };
	struct found f = { 0 };
	size_t at = 0, n_holes = 0;
	const char *h = want;

	feed(&s, p, n, piece, zeros);
	sparse_end(&s);
	assert_int_equal(s.size, n);
	spill_log_read(s.spill, &s.holes, 0, on_hole, &f);
	assert_string_equal(f.text, want);
	spill_log_read(s.spill, &s.data, 0, on_data, &f);
	while (*h != '\0') {
		size_t off = strtoul(h, (char **)(uintptr_t)&h, 10);
		size_t len = strtoul(h + 1, (char **)(uintptr_t)&h, 10);

		assert_memory_equal(f.data, p + at, off - at);
		memmove(f.data, f.data + (off - at), f.n_data - (off - at));
		f.n_data -= off - at;
		at = off + len;
		n_holes++;
		h++;
	}
	assert_int_equal(s.n_holes, n_holes);
	assert_int_equal(f.n_data, n - at);
	if (n > at)
		assert_memory_equal(f.data, p + at, n - at);
	free(f.data);
	sparse_fini(&s);
	assert_int_equal(spill_memory(s.spill), 0);
	spill_free(s.spill);
}

static void
check(size_t n, const size_t *set, size_t n_set, const char *want)
{
	static const size_t pieces[] = { 1, 7, 100, B - 1, B, B + 1, 1 << 20 };
	uint8_t *p = picture(n, set, n_set);

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		for (int zeros = 0; zeros < 2; zeros++)
			check_fed(p, n, pieces[i], zeros, want);
	free(p);
}

#define SET(...)                                                               \
	(const size_t[]){ __VA_ARGS__ },                                       \
	    sizeof((const size_t[]){ __VA_ARGS__ }) / sizeof(size_t)

static void
pictures(void **state)
{
	(void)state;
	check(0, NULL, 0, "");
	check(1, NULL, 0, "");
	check(B - 1, NULL, 0, "");
	check(B, NULL, 0, "");
	check(B + 1, NULL, 0, "0+4096 ");
	check(2 * B, NULL, 0, "0+4096 ");
	check(3 * B, NULL, 0, "0+8192 ");
	check(3 * B, SET(0), "4096+4096 ");
	check(3 * B, SET(B - 1), "4096+4096 ");
	check(3 * B, SET(B), "0+4096 ");
	check(3 * B, SET(2 * B - 1), "0+4096 ");
	check(3 * B, SET(2 * B), "0+8192 ");
	check(3 * B + 5, SET(3 * B + 4), "0+12288 ");
	check(5 * B, SET(0, B, 2 * B, 3 * B), "");
	check(9 * B, SET(5, 3 * B + 1, 8 * B), "4096+8192 16384+16384 ");
	/* A block's worth of zeros, but in no block. */
	check(4 * B, SET(B - 2, 2 * B - 1, 2 * B, 3 * B), "");
}

static void
far_holes(void **state)
{
	struct sparse s = { .spill = spill_new(0) };
	struct found f = { 0 };

	(void)state;
	assert_true(sparse_write(&s, "a", 1));
	assert_true(sparse_zeros(&s, (uint64_t)1 << 62));
	assert_false(sparse_zeros(&s, (uint64_t)1 << 62));
	assert_true(sparse_write(&s, "b", 1));
	assert_int_equal(s.size, ((uint64_t)1 << 62) + 2);
	assert_false(sparse_zeros(&s, UINT64_MAX));
	sparse_end(&s);
	spill_log_read(s.spill, &s.holes, 0, on_hole, &f);
	assert_string_equal(f.text, "4096+4611686018427383808 ");
	sparse_fini(&s);
	spill_free(s.spill);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures),
		cmocka_unit_test(far_holes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
