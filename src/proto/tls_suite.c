/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_suite.c: what a cipher suite of TLS does to a record. */
#include "proto/tls_suite.h"

#define HEADER 5
#define TAG 16
#define TAG_8 8
/* Of the nonce, so much is in each record (RFC 5288, 3). */
#define EXPLICIT 8

/* Suites first, first + step ... last. */
struct suite_run {
	uint16_t first;
	uint16_t last;
	uint8_t step;
	struct tls_suite suite;
};

/* IANA's TLS Cipher Suites with AES or ChaCha20, by what is done to records. */
/* clang-format off */
#define CBC_128 { TLS_CBC, 16, TLS_SHA256, TLS_SHA1 }
#define CBC_256 { TLS_CBC, 32, TLS_SHA256, TLS_SHA1 }
#define CBC_128_SHA256 { TLS_CBC, 16, TLS_SHA256, TLS_SHA256 }
#define CBC_256_SHA256 { TLS_CBC, 32, TLS_SHA256, TLS_SHA256 }
#define CBC_256_SHA384 { TLS_CBC, 32, TLS_SHA384, TLS_SHA384 }
#define GCM_128 { TLS_GCM, 16, TLS_SHA256, TLS_MD5 }
#define GCM_256 { TLS_GCM, 32, TLS_SHA384, TLS_MD5 }
#define CCM_128 { TLS_CCM, 16, TLS_SHA256, TLS_MD5 }
#define CCM_256 { TLS_CCM, 32, TLS_SHA256, TLS_MD5 }
#define CCM_256_SHA384 { TLS_CCM, 32, TLS_SHA384, TLS_MD5 }
#define CCM_8_128 { TLS_CCM_8, 16, TLS_SHA256, TLS_MD5 }
#define CCM_8_256 { TLS_CCM_8, 32, TLS_SHA256, TLS_MD5 }
#define CHACHA { TLS_CHACHA, 32, TLS_SHA256, TLS_MD5 }
static const struct suite_run runs[] = {
	{ 0x002f, 0x0034, 1, CBC_128 }, { 0x0035, 0x003a, 1, CBC_256 },
	{ 0x003c, 0x003c, 1, CBC_128_SHA256 },
	{ 0x003d, 0x003d, 1, CBC_256_SHA256 },
	{ 0x003e, 0x0040, 1, CBC_128_SHA256 },
	{ 0x0067, 0x0067, 1, CBC_128_SHA256 },
	{ 0x0068, 0x006b, 1, CBC_256_SHA256 },
	{ 0x006c, 0x006c, 1, CBC_128_SHA256 },
	{ 0x006d, 0x006d, 1, CBC_256_SHA256 },
	/* With pre-shared keys. */
	{ 0x008c, 0x0094, 4, CBC_128 }, { 0x008d, 0x0095, 4, CBC_256 },
	{ 0x009c, 0x00ac, 2, GCM_128 }, { 0x009d, 0x00ad, 2, GCM_256 },
	{ 0x00ae, 0x00b6, 4, CBC_128_SHA256 },
	{ 0x00af, 0x00b7, 4, CBC_256_SHA384 },
	{ 0x1301, 0x1301, 1, GCM_128 }, { 0x1302, 0x1302, 1, GCM_256 },
	{ 0x1303, 0x1303, 1, CHACHA }, { 0x1304, 0x1304, 1, CCM_128 },
	{ 0x1305, 0x1305, 1, CCM_8_128 },
	{ 0xc004, 0xc018, 5, CBC_128 }, { 0xc005, 0xc019, 5, CBC_256 },
	{ 0xc01d, 0xc01f, 1, CBC_128 }, { 0xc020, 0xc022, 1, CBC_256 },
	{ 0xc023, 0xc029, 2, CBC_128_SHA256 },
	{ 0xc024, 0xc02a, 2, CBC_256_SHA384 },
	{ 0xc02b, 0xc031, 2, GCM_128 }, { 0xc02c, 0xc032, 2, GCM_256 },
	{ 0xc035, 0xc035, 1, CBC_128 }, { 0xc036, 0xc036, 1, CBC_256 },
	{ 0xc037, 0xc037, 1, CBC_128_SHA256 },
	{ 0xc038, 0xc038, 1, CBC_256_SHA384 },
	{ 0xc09c, 0xc09e, 2, CCM_128 }, { 0xc09d, 0xc09f, 2, CCM_256 },
	{ 0xc0a0, 0xc0a2, 2, CCM_8_128 }, { 0xc0a1, 0xc0a3, 2, CCM_8_256 },
	{ 0xc0a4, 0xc0a6, 2, CCM_128 }, { 0xc0a5, 0xc0a7, 2, CCM_256 },
	{ 0xc0a8, 0xc0aa, 2, CCM_8_128 }, { 0xc0a9, 0xc0ab, 2, CCM_8_256 },
	{ 0xc0ac, 0xc0ac, 1, CCM_128 }, { 0xc0ad, 0xc0ad, 1, CCM_256 },
	{ 0xc0ae, 0xc0ae, 1, CCM_8_128 }, { 0xc0af, 0xc0af, 1, CCM_8_256 },
	{ 0xc0b0, 0xc0b0, 1, GCM_128 }, { 0xc0b1, 0xc0b1, 1, GCM_256 },
	{ 0xc0b2, 0xc0b2, 1, CCM_128 }, { 0xc0b3, 0xc0b3, 1, CCM_256_SHA384 },
	{ 0xc0ff, 0xc0ff, 1, CCM_8_128 },
	{ 0xcca8, 0xccae, 1, CHACHA },
	{ 0xd001, 0xd001, 1, GCM_128 }, { 0xd002, 0xd002, 1, GCM_256 },
	{ 0xd003, 0xd003, 1, CCM_8_128 }, { 0xd005, 0xd005, 1, CCM_128 },
};
/* clang-format on */

static bool
may_have(uint16_t number, enum tls_mode mode, uint16_t version)
{
	if (version == TLS_1_3)
		return number >> 8 == 0x13;
	return version >= TLS_1_0 && version <= TLS_1_2 &&
	    number >> 8 != 0x13 && (version == TLS_1_2 || mode == TLS_CBC);
}

bool
tls_suite_find(uint16_t number, uint16_t version, struct tls_suite *out)
{
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		const struct suite_run *r = &runs[i];

		if (number < r->first || number > r->last ||
		    (number - r->first) % r->step != 0)
			continue;
		*out = r->suite;
		return may_have(number, r->suite.mode, version);
	}
	return false;
}

size_t
tls_suite_tag(const struct tls_suite *s)
{
	if (s->mode == TLS_CBC)
		return 0;
	return s->mode == TLS_CCM_8 ? TAG_8 : TAG;
}

size_t
tls_suite_overhead(const struct tls_suite *s, uint16_t version)
{
	if (s->mode == TLS_CBC)
		return 0;
	/* RFC 8446, 5.2: the true type stands behind the text. */
	if (version == TLS_1_3)
		return HEADER + 1 + tls_suite_tag(s);
	return HEADER + tls_suite_tag(s) +
	    (s->mode == TLS_CHACHA ? 0 : EXPLICIT);
}
