/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_kdf.h: HMAC (RFC 2104) over the hashes of TLS, and what is made of it:
 * the PRFs of TLS 1.0 to 1.2 and HKDF-Expand-Label of 1.3.
 */
#ifndef PROTO_TLS_KDF_H
#define PROTO_TLS_KDF_H

#include <nettle/hmac.h>

#include "base/cur.h"
#include "proto/tls_suite.h"

/* Of any of the hashes. */
#define TLS_HASH_MAX 48

struct tls_hmac {
	enum tls_hash hash;
	union {
		struct hmac_md5_ctx md5;
		struct hmac_sha1_ctx sha1;
		struct hmac_sha256_ctx sha256;
		struct hmac_sha512_ctx sha384;
	} u;
};

/* Bytes of a digest. */
size_t tls_hash_size(enum tls_hash hash);

void tls_hmac_init(struct tls_hmac *h, enum tls_hash hash, struct slice key);
void tls_hmac_update(struct tls_hmac *h, struct slice s);
/* h begins anew, with the same key. */
void tls_hmac_end(struct tls_hmac *h, uint8_t out[static TLS_HASH_MAX]);
void tls_hmac_wipe(struct tls_hmac *h);

/* RFC 5246, 5; before 1.2 (RFC 4346, 5) hash does not matter.  out gets n
 * bytes; the seed is a, then b. */
void tls_prf(uint16_t version, enum tls_hash hash, struct slice secret,
    const char *label, struct slice a, struct slice b, uint8_t *out, size_t n);
/* RFC 8446, 7.1, with an empty context; n is at most TLS_HASH_MAX. */
void tls_expand_label(enum tls_hash hash, struct slice secret,
    const char *label, uint8_t *out, size_t n);

#endif
