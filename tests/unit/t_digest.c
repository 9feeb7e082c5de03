/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_digest.c: hexadecimal text, MD5, SHA-256 and the Community ID; file names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/name.h"

static struct slice
of(const char *s)
{
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}

static void
hex(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x0f, 0xa5, 0xff };
	struct buf b = { 0 };

	(void)state;
	buf_str(&b, "x");
	hex_put(&b, (struct slice){ bytes, sizeof bytes });
	hex_put(&b, (struct slice){ bytes, 0 });
	assert_string_equal(buf_cstr(&b), "x000fa5ff");
	buf_free(&b);
}

/* RFC 4648, 10. */
static void
base64(void **state)
{
	static const char *const rows[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" } };
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_reset(&b);
		base64_put(&b, of(rows[i][0]));
		assert_string_equal(buf_cstr(&b), rows[i][1]);
	}
	buf_free(&b);
}

/* RFC 1321, A.5. */
static void
md5(void **state)
{
	char out[DIGEST_MD5_LEN];
	struct digest_md5 d;

	(void)state;
	digest_md5_init(&d);
	digest_md5_text(&d, out);
	assert_string_equal(out, "d41d8cd98f00b204e9800998ecf8427e");
	digest_md5_update(&d, of("message "));
	digest_md5_update(&d, of("digest"));
	digest_md5_text(&d, out);
	assert_string_equal(out, "f96b697d7cb7938d525a2f31aaf161d0");
	digest_md5_update(&d, of("abc"));
	digest_md5_text(&d, out);
	assert_string_equal(out, "900150983cd24fb0d6963f7d28e17f72");
}

/* FIPS 180-4: the empty message, and the examples of NIST. */
static void
sha256(void **state)
{
	char out[DIGEST_SHA256_LEN];
	struct digest_sha256 d;

	(void)state;
	digest_sha256_init(&d);
	digest_sha256_text(&d, out);
	assert_string_equal(out,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_sha256_update(&d, of("a"));
	digest_sha256_update(&d, of("bc"));
	digest_sha256_text(&d, out);
	assert_string_equal(out,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void
sha256_bytes(void **state)
{
	uint8_t out[DIGEST_SHA256_BYTES];

	(void)state;
	digest_sha256_of(out, of("abc"));
	assert_int_equal(out[0], 0xba);
	assert_int_equal(out[31], 0xad);
}

/* The vector that the specification's authors publish, both ways round. */
static void
community(void **state)
{
	static const uint8_t one[16] = { 1, 2, 3, 4 };
	static const uint8_t two[16] = { 5, 6, 7, 8 };
	static const struct peer a = { one, 4, 1122 };
	static const struct peer b = { two, 4, 3344 };
	char out[COMMUNITY_ID_LEN];

	(void)state;
	community_id(out, &a, &b, 6);
	assert_string_equal(out, "1:wCb3OG7yAFWelaUydu0D+125CLM=");
	community_id(out, &b, &a, 6);
	assert_string_equal(out, "1:wCb3OG7yAFWelaUydu0D+125CLM=");
	community_id(out, &a, &b, 17);
	assert_string_not_equal(out, "1:wCb3OG7yAFWelaUydu0D+125CLM=");
}

/* Equal addresses: the port decides, as a number. */
static void
community_ports(void **state)
{
	static const uint8_t lo[16] = { 127, 0, 0, 1 };
	static const struct peer a = { lo, 4, 255 };
	static const struct peer b = { lo, 4, 256 };
	uint8_t x[COMMUNITY_DIGEST_LEN];
	uint8_t y[COMMUNITY_DIGEST_LEN];

	(void)state;
	community_digest(x, &a, &b, 6);
	community_digest(y, &b, &a, 6);
	assert_memory_equal(x, y, sizeof x);
}

/* Only 4 bytes of an IPv4 address count, all 16 of an IPv6 one. */
static void
community_lengths(void **state)
{
	static const uint8_t v6a[16] = { 0xfe, 0x80, [15] = 1 };
	static const uint8_t v6b[16] = { 0xfe, 0x80, [15] = 2 };
	static const uint8_t four[16] = { 1, 2, 3, 4, 9, 9 };
	static const uint8_t two[16] = { 5, 6, 7, 8, 9 };
	static const struct peer a = { v6a, 6, 5 }, b = { v6b, 6, 5 };
	static const struct peer c = { four, 4, 1122 }, d = { two, 4, 3344 };
	uint8_t x[COMMUNITY_DIGEST_LEN];
	uint8_t y[COMMUNITY_DIGEST_LEN];
	char out[COMMUNITY_ID_LEN];

	(void)state;
	community_digest(x, &a, &b, 6);
	community_digest(y, &a, &a, 6);
	assert_memory_not_equal(x, y, sizeof x);
	community_digest(y, &b, &a, 6);
	assert_memory_equal(x, y, sizeof x);
	community_id(out, &c, &d, 6);
	assert_string_equal(out, "1:wCb3OG7yAFWelaUydu0D+125CLM=");
}

/* A connection between documentation addresses, computed from the text of
 * the specification by other means. */
static void
community_v6(void **state)
{
	static const uint8_t one[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
	static const uint8_t two[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 2 };
	static const struct peer a = { one, 6, 40000 };
	static const struct peer b = { two, 6, 443 };
	char out[COMMUNITY_ID_LEN];

	(void)state;
	community_id(out, &a, &b, 6);
	assert_string_equal(out, "1:RYG3Msb11GthNt1OYXJouPzmrvA=");
}

/* clang-format off */
static const struct {
	int family;
	uint8_t a[16];
	uint16_t a_port;
	uint8_t b[16];
	uint16_t b_port;
	uint8_t proto;
	const char *id;
} vectors[] = {
	{ 4, { 128, 232, 110, 120 }, 34855, { 66, 35, 250, 204 }, 80, 6,
	    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ 4, { 192, 168, 1, 52 }, 54585, { 8, 8, 8, 8 }, 53, 17,
	    "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	{ 6, { 0x20, 0x01, 0x04, 0x70, 0xe5, 0xbf, 0xde, 0xad,
		0x49, 0x57, 0x21, 0x74, 0xe8, 0x2c, 0x48, 0x87 }, 63943,
	    { 0x26, 0x07, 0xf8, 0xb0, 0x40, 0x0c, 0x0c, 0x03, [15] = 0x1a },
	    25, 6, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
	{ 4, { 255, 255, 255, 255 }, 65535, { 0 }, 0, 17, "1:WxXnfU8dgITMAInEo8bdS1Btk4A=" },
	{ 6, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, 1,
	    { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 }, 65535, 17, "1:+VhhDEFQ13TYbad7nlV+e+XiPbQ=" },
};
/* clang-format on */

static void
community_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct peer a = { vectors[i].a, vectors[i].family,
			vectors[i].a_port };
		struct peer b = { vectors[i].b, vectors[i].family,
			vectors[i].b_port };
		char out[COMMUNITY_ID_LEN];

		community_id(out, &a, &b, vectors[i].proto);
		assert_string_equal(out, vectors[i].id);
		community_id(out, &b, &a, vectors[i].proto);
		assert_string_equal(out, vectors[i].id);
	}
}

static void
names(void **state)
{
	static const uint8_t one[16] = { 192, 168, 1, 137 };
	static const uint8_t two[16] = { 152, 19, 134, 43 };
	static const uint8_t six[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
	static const struct peer a = { one, 4, 57080 };
	static const struct peer b = { two, 4, 80 };
	static const uint8_t mapped[16] = { [10] = 0xff, 0xff, 192, 0, 2, 1 };
	static const uint8_t groups[16] = { 0xff, 0xff, 0x0f, 0xff, 0, 0xff, 0,
		0x0f, 0xf0, 0xf0, 0x10, 0, 1, 0, 0, 0x10 };
	static const struct peer c = { six, 6, 65535 };
	static const struct peer d = { mapped, 6, 1 }, e = { groups, 6, 2 };
	char stem[NAME_STEM_LEN];
	size_t n;
	char *s;

	(void)state;
	n = name_stem(stem, &a, &b, 0);
	assert_string_equal(stem, "192.168.1.137_57080-152.19.134.43_80-6-0");
	assert_int_equal(n, strlen(stem));
	n = name_stem(stem, &c, &c, UINT64_MAX);
	assert_string_equal(stem,
	    "2001.db8.0.0.0.0.0.1_65535-2001.db8.0.0.0.0.0.1_65535-6-"
	    "18446744073709551615");
	assert_int_equal(n, strlen(stem));
	n = name_stem(stem, &d, &e, 1);
	assert_string_equal(stem,
	    "0.0.0.0.0.ffff.c000.201_1-"
	    "ffff.fff.ff.f.f0f0.1000.100.10_2-6-1");
	assert_int_equal(n, strlen(stem));
	s = name_file("stem", ".c2s");
	assert_string_equal(s, "stem.c2s");
	free(s);
}

/* Two at once, each in pieces of other lengths, against each alone. */
static void
md5_of_two(void **state)
{
	uint8_t text[700];

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * i >> 3 ^ i);
	for (size_t n = 0; n <= 300; n += n < 140 ? 1 : 7) {
		for (size_t m = 0; m <= 260; m += 13) {
			struct digest_md5 d, e, alone_d, alone_e;
			char got[DIGEST_MD5_LEN], want[DIGEST_MD5_LEN];

			digest_md5_init(&d);
			digest_md5_init(&e);
			digest_md5_init(&alone_d);
			digest_md5_init(&alone_e);
			for (size_t i = 0; i < 3; i++) {
				struct slice s = { text + i, n };
				struct slice t = { text + 5 * i + 1, m + i };

				digest_md5_update_two(&d, s, &e, t);
				digest_md5_update(&alone_d, s);
				digest_md5_update(&alone_e, t);
			}
			digest_md5_text(&d, got);
			digest_md5_text(&alone_d, want);
			assert_string_equal(got, want);
			digest_md5_text(&e, got);
			digest_md5_text(&alone_e, want);
			assert_string_equal(got, want);
		}
	}
}

/* Every byte in every place of those that are taken at once. */
static void
hex_of_every_byte(void **state)
{
	struct buf got = { 0 }, want = { 0 };

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		for (size_t at = 0; at < 35; at++) {
			uint8_t text[35];

			memset(text, 0x5a, sizeof text);
			text[at] = (uint8_t)c;
			buf_reset(&got);
			buf_reset(&want);
			hex_put(&got, (struct slice){ text, sizeof text });
			for (size_t i = 0; i < sizeof text; i++)
				buf_printf(&want, "%02x", text[i]);
			assert_int_equal(got.n, want.n);
			assert_memory_equal(got.p, want.p, want.n);
		}
	}
	buf_free(&got);
	buf_free(&want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md5_of_two),
		cmocka_unit_test(hex_of_every_byte),
		cmocka_unit_test(hex),
		cmocka_unit_test(base64),
		cmocka_unit_test(md5),
		cmocka_unit_test(sha256),
		cmocka_unit_test(sha256_bytes),
		cmocka_unit_test(community),
		cmocka_unit_test(community_ports),
		cmocka_unit_test(community_lengths),
		cmocka_unit_test(community_v6),
		cmocka_unit_test(community_vectors),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
