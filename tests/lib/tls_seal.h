/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_seal.h: the two sides of a TLS connection as tests make them: hellos,
 * records with AES-128-GCM of TLS 1.2 or 1.3, or ChaCha20-Poly1305 of 1.3, and
 * the secrets that open them.  Keys are made by src/proto/tls_kdf, which has
 * tests of its own; what is sealed here is sealed by nettle alone.
 */
#ifndef LIB_TLS_SEAL_H
#define LIB_TLS_SEAL_H

#include "base/buf.h"
#include "proto/tls_secrets.h"
#include "proto/tls_suite.h"

#define SEAL_GCM_1_3 0x1301
#define SEAL_CHACHA_1_3 0x1303
#define SEAL_GCM_1_2 0xc02f

/* Keys with which a side seals. */
struct seal_keys {
	uint8_t secret[32]; /* of TLS 1.3 */
	uint8_t key[32];
	uint8_t iv[12];
	uint64_t number;
};

struct seal {
	uint16_t suite;
	uint16_t version;
	uint8_t client_random[32];
	uint8_t server_random[32];
	uint8_t master[48];
	uint8_t traffic[6][32]; /* by label */
	struct seal_keys keys[2];
};

/* All of it made from seed. */
void seal_init(struct seal *s, uint16_t suite, uint64_t seed);
/* The secrets of one label, or all of them, into t. */
void seal_tell_secret(const struct seal *s, struct tls_secrets *t,
    enum tls_label label);
void seal_tell_secrets(const struct seal *s, struct tls_secrets *t);

/* Records in the clear, appended to b. */
void seal_plain(struct buf *b, uint8_t type, const void *p, size_t n);
void seal_client_hello(const struct seal *s, struct buf *b, bool early);
void seal_server_hello(const struct seal *s, struct buf *b, bool psk);

/* Messages of the handshake, to be sealed. */
void seal_message(struct buf *b, uint8_t type, const void *p, size_t n);

/* From here on direction dir seals with the keys of that label (1.3), or of the
 * master secret. */
void seal_begin(struct seal *s, int dir, enum tls_label label);
/* What follows a KeyUpdate. */
void seal_update(struct seal *s, int dir);
/* A sealed record with so many zeros of padding, appended to b. */
void seal_record(struct seal *s, struct buf *b, int dir, uint8_t type,
    struct slice text, size_t padding);

#endif
