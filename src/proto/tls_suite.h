/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_suite.h: what a cipher suite of TLS does to a record; how its keys are
 * agreed does not matter here.
 */
#ifndef PROTO_TLS_SUITE_H
#define PROTO_TLS_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_1_0 0x0301
#define TLS_1_2 0x0303
#define TLS_1_3 0x0304

enum tls_mode {
	TLS_GCM,    /* RFC 5288 */
	TLS_CCM,    /* RFC 6655 */
	TLS_CCM_8,  /* ... with a tag of 8 bytes */
	TLS_CHACHA, /* RFC 7905: ChaCha20 with Poly1305 */
	TLS_CBC,    /* RFC 5246, 6.2.3.2 */
};

enum tls_hash { TLS_MD5, TLS_SHA1, TLS_SHA256, TLS_SHA384 };

struct tls_suite {
	enum tls_mode mode;
	uint8_t key;	    /* bytes */
	enum tls_hash hash; /* of the key schedule, from 1.2 on */
	enum tls_hash mac;  /* of TLS_CBC */
};

/* False when records of this suite in this version are not opened here. */
bool tls_suite_find(uint16_t number, uint16_t version, struct tls_suite *out);

/* Bytes of a record, with its header, that are no text; of TLS_CBC 0: that
 * varies. */
size_t tls_suite_overhead(const struct tls_suite *s, uint16_t version);
/* The tag's bytes; of TLS_CBC 0. */
size_t tls_suite_tag(const struct tls_suite *s);

#endif
