/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_cipher.h: the keys of one direction and epoch of TLS, which open records
 * (RFC 8446, 5.2; RFC 5246, 6.2.3).
 *
 * A record is opened when its tag or MAC verifies for a number; nothing is
 * given out otherwise.  Keys take constant memory and are wiped.
 */
#ifndef PROTO_TLS_CIPHER_H
#define PROTO_TLS_CIPHER_H

#include "base/attr.h"
#include "base/cur.h"
#include "proto/tls_suite.h"

#define TLS_BLOCK 16
/* A block, and a MAC behind it. */
#define TLS_BEFORE (TLS_BLOCK + 48)

struct tls_cipher;

/* What a master secret makes keys of. */
struct tls_agreed {
	uint16_t version;
	struct tls_suite suite;
	bool mac_last; /* encrypt-then-MAC (RFC 7366), of TLS_CBC */
	uint8_t client_random[32];
	uint8_t server_random[32];
};

/* Of the client or the server, up to TLS 1.2; the caller frees it. */
struct tls_cipher *tls_cipher_of_master(const struct tls_agreed *a,
    struct slice master, bool client) ATTR_NONNULL;
/* Of a traffic secret of TLS 1.3: as many bytes as the suite's hash has. */
struct tls_cipher *tls_cipher_of_traffic(const struct tls_suite *suite,
    struct slice secret) ATTR_NONNULL;
/* What follows a KeyUpdate (RFC 8446, 7.2); c is of TLS 1.3 and stays. */
struct tls_cipher *tls_cipher_next(const struct tls_cipher *c) ATTR_NONNULL;
/* Wipes them; c may be NULL. */
void tls_cipher_free(struct tls_cipher *c);
const struct tls_suite *tls_cipher_suite(const struct tls_cipher *c);
uint16_t tls_cipher_version(const struct tls_cipher *c);
/* Bytes of memory that it takes. */
size_t tls_cipher_memory(const struct tls_cipher *c);

/* A record as it is on the wire. */
struct tls_sealed {
	const uint8_t *header; /* its 5 bytes */
	struct slice body;
	/* What is known of the bytes before the header, TLS_BEFORE of them at
	 * most: TLS 1.0 goes on with a block of the record before. */
	struct slice before;
};

struct tls_text {
	uint8_t type; /* the true one */
	size_t n;     /* bytes of text */
	bool padded;  /* zeros stood behind them, in TLS 1.3 */
};

/*
 * Opens the record with that number: out, which has room for its body, gets the
 * text.  False when it does not verify; out is of no use then.
 */
bool tls_cipher_open(struct tls_cipher *c, const struct tls_sealed *r,
    uint64_t number, uint8_t *out, struct tls_text *text);

#endif
