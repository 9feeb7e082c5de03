/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_facts.h: what the first handshake of a connection says of it: the hellos,
 * their fingerprints (JA3, JA3S, JA4), and the certificates.
 *
 * Nothing depends on which side's messages come first.
 */
#ifndef PROTO_TLS_FACTS_H
#define PROTO_TLS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "proto/tls_hello.h"

/* "t13d1516h2_", two times twelve digits with `_' between, and a NUL. */
#define TLS_JA4_LEN 37

/* Of one side: SHA-256 of each certificate's DER, as sent, its own first. */
struct tls_certificates {
	bool seen;
	size_t n;
	uint8_t (*digests)[DIGEST_SHA256_BYTES]; /* owned */
};

/* Zero-initialised: nothing is known.  tls_facts_fini ends it. */
struct tls_facts {
	bool client;	  /* there was a client hello */
	bool server;	  /* ... a server hello that asks for no other */
	bool retry;	  /* ... one that does */
	bool psk;	  /* the server took a pre-shared key (TLS 1.3) */
	bool early;	  /* the client offered early data */
	bool midstream;	  /* records were seen whose hellos were not captured */
	uint16_t version; /* the server's choice, else the best offered */
	uint16_t suite;
	uint8_t client_random[TLS_RANDOM_BYTES]; /* of a client hello */
	uint8_t session_id[2][33]; /* the client's, the server's: length, id */
	char *name;		   /* server_name; NULL: none */
	char *alpn;		   /* what the server chose; NULL: not known */
	struct buf offered;	   /* ALPN of the client, as in its hello */
	char ja3[DIGEST_MD5_LEN];  /* of the client hello, or empty */
	char ja4[TLS_JA4_LEN];	   /* likewise */
	char ja3s[DIGEST_MD5_LEN]; /* of the server hello, or empty */
	struct tls_certificates certificates[2]; /* client's, server's */
};

/*
 * A whole message of the handshake, as its type is; whatever else it is, it is
 * passed over.  from_client: it came from who said the client hello.
 */
void tls_facts_message(struct tls_facts *f, bool from_client, uint8_t type,
    struct slice body);
/* Messages of this type say something. */
bool tls_facts_wants(uint8_t type);
void tls_facts_fini(struct tls_facts *f);
/* Bytes of memory that it takes, without itself. */
size_t tls_facts_memory(const struct tls_facts *f);

/* Some TLS was seen. */
static inline bool
tls_facts_any(const struct tls_facts *f)
{
	return f->client || f->server || f->retry || f->midstream;
}

enum tls_resumed { TLS_RESUMED_UNKNOWN, TLS_RESUMED_NO, TLS_RESUMED_YES };
/* Whether an earlier session goes on: RFC 8446, 2.2; RFC 5246, 7.3. */
enum tls_resumed tls_facts_resumed(const struct tls_facts *f);
/* Early data was offered, and it is known that the server did not take it: RFC
 * 8446, 4.2.10. */
bool tls_facts_early_refused(const struct tls_facts *f);

#endif
