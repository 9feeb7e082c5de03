/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_tls_secrets.c: lines of key logs, and the table of what they hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limit.h"
#include "proto/tls_keylog.h"

/* 32 bytes each. */
#define R1 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define R2 "1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f"
#define S32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define T32 "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define U32 "800102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define S48 S32 "202122232425262728292a2b2c2d2e2f"

static struct tls_secrets *
read_pieces(const char *text, size_t n, size_t piece, uint64_t *good)
{
	struct tls_secrets *t = tls_secrets_new(NULL);
	struct tls_keylog k;

	tls_keylog_begin(&k, t);
	for (size_t at = 0; at < n; at += piece)
		tls_keylog_put(&k,
		    (struct slice){ (const uint8_t *)text + at,
			n - at < piece ? n - at : piece });
	tls_keylog_end(&k);
	*good = k.good;
	return t;
}

static void
line_is(const char *text, size_t n, bool is_one)
{
	for (size_t piece = 1; piece <= n; piece += n / 3 + 1) {
		uint64_t good;
		struct tls_secrets *t = read_pieces(text, n, piece, &good);

		if (good != is_one || tls_secrets_count(t) != is_one)
			fail_msg("%s: %d, expected %d", text, (int)good,
			    is_one);
		tls_secrets_free(t);
	}
}

#define LINE(text, is_one) line_is(text, sizeof(text) - 1, is_one)

static void
lines(void **state)
{
	(void)state;
	LINE("CLIENT_RANDOM " R1 " " S48 "\n", true);
	LINE("CLIENT_RANDOM " R1 " " S48 "\r\n", true);
	LINE("CLIENT_RANDOM " R1 " " S48, true);
	LINE(" \tCLIENT_RANDOM\t \t" R1 "  " S48 " \t\r\n", true);
	LINE("CLIENT_RANDOM " R1 " " S48 " # said later\n", true);
	LINE("# CLIENT_RANDOM " R1 " " S48 "\n", false);
	LINE("  # CLIENT_RANDOM " R1 " " S48 "\n", false);
	LINE("garbage\n\n\r\n#\nCLIENT_RANDOM " R1 " " S48 "\nx", true);
	/* What a log that was cut while it was open begins with. */
	LINE("\0\0\0\0CLIENT_RANDOM " R1 " " S48 "\n", true);
	LINE("CLIENT_RAN\0DOM " R1 " " S48 "\n", false);
	LINE("\xef\xbb\xbf"
	     "CLIENT_RANDOM " R1 " " S48 "\n",
	    true);
	LINE("CLIENT_RANDOM " R1 " " S48 " 00\n", false);
	LINE("CLIENT_RANDOM " R1 " " S48 "0\n", false);
	LINE("CLIENT_RANDOM " R1 "0 " S48 "\n", false);
	LINE("CLIENT_RANDOM " R1 " " S32 "\n", false);
	LINE("CLIENT_RANDOM " R1 "\n" S48 "\n", false);
	LINE("CLIENT_RANDOM g" R2 " " S48 "\n", false);
	LINE("CLIENT_RANDOM " R1 " :" S48 "\n", false);
	LINE("client_random " R1 " " S48 "\n", false);
	LINE("CLIENT_RANDOMS " R1 " " S48 "\n", false);
	LINE("EXPORTER_SECRET " R1 " " S48 "\n", false);
	LINE("RSA 0123456789abcdef " S48 "\n", false);
	LINE("CLIENT_EARLY_TRAFFIC_SECRET " R1 " " S32 "\n", true);
	LINE("CLIENT_EARLY_TRAFFIC_SECRET " R1 " " S48 "\n", true);
	LINE("CLIENT_HANDSHAKE_TRAFFIC_SECRET " R1 " " S32 "\n", true);
	LINE("SERVER_HANDSHAKE_TRAFFIC_SECRET " R1 " " S32 "\n", true);
	LINE("CLIENT_TRAFFIC_SECRET_0 " R1 " " S48 "\n", true);
	LINE("SERVER_TRAFFIC_SECRET_0 " R1 " " S32 "\n", true);
	LINE("SERVER_TRAFFIC_SECRET_1 " R1 " " S32 "\n", false);
}

/* A line that is too long ends where it ends; blanks and comments count not. */
static void
long_lines(void **state)
{
	static const char one[] = "CLIENT_RANDOM " R1 " " S48;
	struct buf b = { 0 };
	uint64_t good;

	(void)state;
	for (int i = 0; i < 2000; i++)
		buf_byte(&b, 'x');
	buf_printf(&b, " %s\n%s #", one, one);
	for (int i = 0; i < 2000; i++)
		buf_byte(&b, 'x');
	buf_byte(&b, '\n');
	for (int i = 0; i < 2000; i++)
		buf_byte(&b, '\0');
	buf_printf(&b, "%s\n", one);
	for (size_t piece = 1; piece < 4000; piece += 997) {
		struct tls_secrets *t =
		    read_pieces((char *)b.p, b.n, piece, &good);

		assert_int_equal(good, 2);
		assert_int_equal(tls_secrets_count(t), 1);
		tls_secrets_free(t);
	}
	buf_free(&b);
}

static void
put_line(struct tls_secrets *t, const char *text)
{
	struct tls_keylog k;

	tls_keylog_begin(&k, t);
	tls_keylog_put(&k,
	    (struct slice){ (const uint8_t *)text, strlen(text) });
	tls_keylog_end(&k);
}

static void
next_is(const struct tls_secrets *t, enum tls_label label, uint8_t random,
    size_t *at, int first)
{
	uint8_t bytes[TLS_RANDOM];
	struct slice s = { NULL, 0 };
	bool found;

	memset(bytes, random, sizeof bytes);
	found = tls_secrets_find(t, label, bytes, at, &s);
	assert_int_equal(found ? s.p[0] : -1, first);
	assert_int_equal(s.n, found ? 32 : 0);
}

/* Several of one label and random, in two tables. */
static void
several(void **state)
{
	struct tls_secrets *base = tls_secrets_new(NULL);
	struct tls_secrets *t;
	size_t at = 0;

	(void)state;
	put_line(base, "CLIENT_TRAFFIC_SECRET_0 " R2 " " T32);
	put_line(base, "CLIENT_TRAFFIC_SECRET_0 " R2 " " S32);
	put_line(base, "CLIENT_TRAFFIC_SECRET_0 " R2 " " S32);
	put_line(base, "SERVER_TRAFFIC_SECRET_0 " R1 " " S32);
	assert_int_equal(tls_secrets_count(base), 3);
	t = tls_secrets_new(base);
	next_is(t, TLS_LABEL_CLIENT_TRAFFIC, 0x1f, &at, 0xff);
	next_is(t, TLS_LABEL_CLIENT_TRAFFIC, 0x1f, &at, 0x00);
	next_is(t, TLS_LABEL_CLIENT_TRAFFIC, 0x1f, &at, -1);
	/* What comes later is found from there on. */
	put_line(t, "CLIENT_TRAFFIC_SECRET_0 " R2 " " T32);
	assert_int_equal(tls_secrets_generation(t), 3);
	put_line(t, "CLIENT_TRAFFIC_SECRET_0 " R2 " " U32);
	assert_int_equal(tls_secrets_generation(t), 4);
	next_is(t, TLS_LABEL_CLIENT_TRAFFIC, 0x1f, &at, 0x80);
	next_is(t, TLS_LABEL_CLIENT_TRAFFIC, 0x1f, &at, -1);
	at = 0;
	next_is(t, TLS_LABEL_SERVER_TRAFFIC, 0x1f, &at, -1);
	next_is(t, TLS_LABEL_SERVER_HANDSHAKE, 0x1f, &at, -1);
	assert_int_equal(tls_secrets_get(t, 0).bytes.p[0], 0xff);
	assert_int_equal(tls_secrets_get(t, 2).label, TLS_LABEL_SERVER_TRAFFIC);
	assert_int_equal(tls_secrets_get(t, 3).bytes.p[0], 0x80);
	tls_secrets_free(t);
	tls_secrets_free(base);
}

/* Many randoms, a chain of many secrets, and no more than there may be. */
static void
many(void **state)
{
	struct tls_secrets *t = tls_secrets_new(NULL);
	uint8_t random[TLS_RANDOM] = { 0 }, secret[32] = { 0 };
	struct slice s = { secret, sizeof secret };
	size_t at = 0;

	(void)state;
	for (uint32_t i = 0; i < LIMIT_TLS_SECRETS; i++) {
		uint32_t of = i < 1000 ? 0 : i;

		memcpy(random, &of, sizeof of);
		memcpy(secret, &i, sizeof i);
		assert_true(
		    tls_secrets_add(t, TLS_LABEL_CLIENT_EARLY, random, s));
	}
	assert_false(tls_secrets_is_full(t));
	assert_true(tls_secrets_add(t, TLS_LABEL_CLIENT_EARLY, random, s));
	assert_false(tls_secrets_add(t, TLS_LABEL_MASTER, random, s));
	assert_true(tls_secrets_is_full(t));
	assert_int_equal(tls_secrets_count(t), LIMIT_TLS_SECRETS);
	assert_true(tls_secrets_memory(t) / LIMIT_TLS_SECRETS < 120);
	memset(random, 0, sizeof random);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_true(tls_secrets_find(t, TLS_LABEL_CLIENT_EARLY, random,
		    &at, &s));
		assert_memory_equal(s.p, &i, sizeof i);
	}
	assert_false(
	    tls_secrets_find(t, TLS_LABEL_CLIENT_EARLY, random, &at, &s));
	tls_secrets_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(several),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
