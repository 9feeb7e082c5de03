/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_keylog.c: any bytes as a key log: the same secrets however it is cut, and
 * each is found by its label and random.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/require.h"
#include "proto/tls_keylog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tls_secrets *
read_log(const uint8_t *data, size_t size, size_t piece, uint64_t *good)
{
	struct tls_secrets *t = tls_secrets_new(NULL);
	struct tls_keylog k;

	tls_keylog_begin(&k, t);
	for (size_t at = 0; at < size;) {
		size_t n = size - at < piece ? size - at : piece;

		tls_keylog_put(&k, (struct slice){ data + at, n });
		at += n;
	}
	tls_keylog_end(&k);
	*good = k.good;
	return t;
}

static bool
same(struct slice a, struct slice b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static void
must_be_found(const struct tls_secrets *t, struct tls_secret s)
{
	struct slice found;
	size_t at = 0;

	while (tls_secrets_find(t, s.label, s.random.p, &at, &found))
		if (same(found, s.bytes))
			return;
	REQUIRE(false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1, 3, 64 };
	uint64_t good, again;
	struct tls_secrets *whole = read_log(data, size, SIZE_MAX, &good);
	size_t n = tls_secrets_count(whole);

	REQUIRE(n <= good);
	for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
		struct tls_secrets *cut =
		    read_log(data, size, pieces[p], &again);

		REQUIRE(again == good && tls_secrets_count(cut) == n);
		for (size_t i = 0; i < n; i++) {
			struct tls_secret a = tls_secrets_get(whole, i);
			struct tls_secret b = tls_secrets_get(cut, i);

			REQUIRE(a.label == b.label &&
			    same(a.random, b.random) && same(a.bytes, b.bytes));
			must_be_found(cut, b);
		}
		tls_secrets_free(cut);
	}
	tls_secrets_free(whole);
	return 0;
}
