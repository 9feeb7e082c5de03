/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_tls_cipher.c: suites, key schedules, and records opened with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "proto/tls_cipher.h"
#include "proto/tls_hello.h"
#include "proto/tls_kdf.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

struct vector {
	uint16_t suite;
	uint16_t version;
	bool mac_last;
	bool client;
	int generation;
	uint64_t number;
	uint8_t type;
	const char *secret;
	const char *before;
	const char *record;
	const char *text;
};

#include "tls_vectors.h"

static void
put_hex(struct buf *b, const char *hex)
{
	unsigned v;

	/* So that it is never NULL. */
	(void)buf_room(b, 1);
	for (; *hex != '\0'; hex += 2) {
		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		buf_byte(b, (uint8_t)v);
	}
}

static struct slice
slice_of(const struct buf *b)
{
	return (struct slice){ b->p, b->n };
}

static struct tls_cipher *
cipher_of(const struct vector *v)
{
	struct tls_agreed a = { .version = v->version,
		.mac_last = v->mac_last };
	struct buf secret = { 0 }, random = { 0 };
	struct tls_cipher *c, *next;

	put_hex(&secret, v->secret);
	assert_true(tls_suite_find(v->suite, v->version, &a.suite));
	if (v->version != TLS_1_3) {
		put_hex(&random, vector_client_random);
		memcpy(a.client_random, random.p, 32);
		buf_reset(&random);
		put_hex(&random, vector_server_random);
		memcpy(a.server_random, random.p, 32);
		c = tls_cipher_of_master(&a, slice_of(&secret), v->client);
	} else {
		c = tls_cipher_of_traffic(&a.suite, slice_of(&secret));
	}
	for (int i = 0; i < v->generation; i++) {
		next = tls_cipher_next(c);
		tls_cipher_free(c);
		c = next;
	}
	buf_free(&secret);
	buf_free(&random);
	return c;
}

struct opened {
	bool whole;
	uint8_t out[512];
	struct tls_text text;
};

static struct opened
open_it(struct tls_cipher *c, const struct buf *record,
    const struct buf *before, uint64_t number)
{
	const struct tls_sealed r = {
		.header = record->p,
		.body = { record->p + 5, record->n - 5 },
		.before = { before->p, before->n },
	};
	struct opened o = { 0 };

	assert_true(record->n < sizeof o.out);
	o.whole = tls_cipher_open(c, &r, number, o.out, &o.text);
	return o;
}

/* Opens with its number, and with no other; no bit of it may differ. */
static void
check_vector(const struct vector *v)
{
	struct tls_cipher *c = cipher_of(v);
	struct buf record = { 0 }, before = { 0 }, text = { 0 };
	struct opened o;

	put_hex(&record, v->record);
	put_hex(&before, v->before);
	put_hex(&text, v->text);
	o = open_it(c, &record, &before, v->number);
	assert_true(o.whole);
	assert_int_equal(o.text.type, v->type);
	assert_int_equal(o.text.n, text.n);
	assert_memory_equal(o.out, text.p, text.n);
	assert_false(open_it(c, &record, &before, v->number + 1).whole);
	for (size_t i = 0; i < record.n; i++) {
		/* Versions and lengths are not authentic in every mode. */
		if (i > 0 && i < 5)
			continue;
		/* What pads is no text before TLS 1.3: any of it may be. */
		record.p[i] ^= 0x40;
		o = open_it(c, &record, &before, v->number);
		assert_false(o.whole);
		record.p[i] ^= 0x40;
	}
	/* Still as it was. */
	assert_true(open_it(c, &record, &before, v->number).whole);
	tls_cipher_free(c);
	buf_free(&record);
	buf_free(&before);
	buf_free(&text);
}

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++)
		check_vector(&vectors[i]);
}

/* A record that is cut anywhere does not open, and nothing is read behind it. */
static void
test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct tls_cipher *c = cipher_of(&vectors[i]);
		struct buf record = { 0 }, before = { 0 };

		put_hex(&record, vectors[i].record);
		put_hex(&before, vectors[i].before);
		for (size_t n = 5; n < record.n; n++) {
			struct buf cut = { 0 };

			buf_put(&cut, record.p, n);
			assert_false(
			    open_it(c, &cut, &before, vectors[i].number).whole);
			buf_free(&cut);
		}
		tls_cipher_free(c);
		buf_free(&record);
		buf_free(&before);
	}
}

static void
assert_hex(const uint8_t *p, const char *hex)
{
	struct buf want = { 0 };

	put_hex(&want, hex);
	assert_memory_equal(p, want.p, want.n);
	buf_free(&want);
}

/* RFC 8448, 3: the server's keys of the handshake. */
static void
test_expand_label(void **state)
{
	struct buf secret = { 0 };
	uint8_t out[TLS_HASH_MAX];

	(void)state;
	put_hex(&secret,
	    "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
	tls_expand_label(TLS_SHA256, slice_of(&secret), "key", out, 16);
	assert_hex(out, "3fce516009c21727d0f2e4e86ee403bc");
	tls_expand_label(TLS_SHA256, slice_of(&secret), "iv", out, 12);
	assert_hex(out, "5d313eb2671276ee13000b30");
	buf_free(&secret);
}

/* The widely used test of P_SHA256. */
static void
test_prf(void **state)
{
	struct buf secret = { 0 }, seed = { 0 };
	uint8_t out[100];

	(void)state;
	put_hex(&secret, "9bbe436ba940f017b17652849a71db35");
	put_hex(&seed, "a0ba9f936cda311827a6f796ffd5198c");
	tls_prf(TLS_1_2, TLS_SHA256, slice_of(&secret), "test label",
	    (struct slice){ seed.p, 7 }, (struct slice){ seed.p + 7, 9 }, out,
	    sizeof out);
	assert_hex(out,
	    "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
	    "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
	    "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
	    "87347b66");
	buf_free(&secret);
	buf_free(&seed);
}

/* Key, hash, MAC and mode are what the name says. */
static void
check_suite(uint16_t number, const char *name)
{
	bool cbc = strstr(name, "_CBC_") != NULL;
	bool known =
	    strstr(name, "AES_") != NULL || strstr(name, "CHACHA") != NULL;
	uint16_t version = number >> 8 == 0x13 ? TLS_1_3 : TLS_1_2;
	struct tls_suite s;

	assert_int_equal(tls_suite_find(number, version, &s), known);
	if (!known)
		return;
	assert_int_equal(s.key, strstr(name, "AES_128") != NULL ? 16 : 32);
	assert_int_equal(s.hash,
	    strstr(name, "SHA384") != NULL ? TLS_SHA384 : TLS_SHA256);
	assert_int_equal(s.mode == TLS_CBC, cbc);
	assert_int_equal(s.mode == TLS_GCM, strstr(name, "_GCM_") != NULL);
	assert_int_equal(s.mode == TLS_CCM_8, strstr(name, "CCM_8") != NULL);
	assert_int_equal(s.mode == TLS_CHACHA, strstr(name, "CHACHA") != NULL);
	if (cbc)
		assert_int_equal(s.mac,
		    strstr(name, "SHA384") != NULL     ? TLS_SHA384 :
			strstr(name, "SHA256") != NULL ? TLS_SHA256 :
							 TLS_SHA1);
}

static void
test_suites(void **state)
{
	struct tls_suite s;

	(void)state;
	for (unsigned i = 0; i <= UINT16_MAX; i++)
		if (tls_suite_name((uint16_t)i) != NULL)
			check_suite((uint16_t)i, tls_suite_name((uint16_t)i));
	/* Suites of another version. */
	assert_false(tls_suite_find(0x1301, TLS_1_2, &s));
	assert_false(tls_suite_find(0xc02f, TLS_1_3, &s));
	assert_false(tls_suite_find(0xc02f, 0x0302, &s));
	assert_false(tls_suite_find(0xc013, 0x0300, &s));
	assert_true(tls_suite_find(0xc013, TLS_1_0, &s));
}

static void
check_overhead(uint16_t number, uint16_t version, size_t bytes)
{
	struct tls_suite s;

	assert_true(tls_suite_find(number, version, &s));
	assert_int_equal(tls_suite_overhead(&s, version), bytes);
}

static void
test_overhead(void **state)
{
	(void)state;
	check_overhead(0xc02f, TLS_1_2, 29);
	check_overhead(0xc09c, TLS_1_2, 29);
	check_overhead(0xc0a0, TLS_1_2, 21);
	check_overhead(0xcca8, TLS_1_2, 21);
	check_overhead(0x1301, TLS_1_3, 22);
	check_overhead(0x1305, TLS_1_3, 14);
	check_overhead(0xc013, TLS_1_2, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_expand_label),
		cmocka_unit_test(test_prf),
		cmocka_unit_test(test_suites),
		cmocka_unit_test(test_overhead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
