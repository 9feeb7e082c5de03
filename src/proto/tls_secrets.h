/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_secrets.h: the secrets that open TLS, by label and client random (RFC
 * 9850).
 *
 * Nothing of them is ever printed or written, but for the program that --verify
 * runs, and their memory is wiped when it is given back.  What a table has given out stays where it is as long as the
 * table lives.
 */
#ifndef PROTO_TLS_SECRETS_H
#define PROTO_TLS_SECRETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

#define TLS_RANDOM 32
/* The longest secret: a master secret, or one of SHA-384. */
#define TLS_SECRET_MAX 48

enum tls_label {
	TLS_LABEL_MASTER, /* CLIENT_RANDOM: 48 bytes, up to TLS 1.2 */
	TLS_LABEL_CLIENT_EARLY,
	TLS_LABEL_CLIENT_HANDSHAKE,
	TLS_LABEL_SERVER_HANDSHAKE,
	TLS_LABEL_CLIENT_TRAFFIC, /* CLIENT_TRAFFIC_SECRET_0 */
	TLS_LABEL_SERVER_TRAFFIC,
	TLS_LABELS,
};

/* Borrowed from the table as long as that lives. */
struct tls_secret {
	enum tls_label label;
	struct slice random; /* TLS_RANDOM bytes: the client's */
	struct slice bytes;  /* the secret: 32 or 48 */
};

struct tls_secrets;

/* base (may be NULL) is another table whose secrets are found in this one, too,
 * before its own: borrowed, and it must not grow any more. */
struct tls_secrets *tls_secrets_new(const struct tls_secrets *base);
/* Wipes them; t may be NULL. */
void tls_secrets_free(struct tls_secrets *t);
/* Bytes of memory that it takes now, without base. */
size_t tls_secrets_memory(const struct tls_secrets *t);

/*
 * Several of one label and random are all kept, in their order; one that is
 * there already is not taken again (where there are very many, it may be).
 * random has TLS_RANDOM bytes, secret as many as the label may have.  False
 * when there were LIMIT_TLS_SECRETS.
 */
bool tls_secrets_add(struct tls_secrets *t, enum tls_label label,
    const uint8_t *random, struct slice secret);
/* One more was to be taken than there may be. */
bool tls_secrets_is_full(const struct tls_secrets *t);

/* How many there are, and the i-th of them. */
size_t tls_secrets_count(const struct tls_secrets *t);
struct tls_secret tls_secrets_get(const struct tls_secrets *t, size_t i);
/* Grows with each secret, and so tells whether looking again is of use. */
uint64_t tls_secrets_generation(const struct tls_secrets *t);

/* Whether there is one of that client random, whatever its label. */
bool tls_secrets_has(const struct tls_secrets *t, const uint8_t *random);
/* Walks the secrets of a label and client random (TLS_RANDOM bytes): begin
 * with *at = 0, call until false.  What was added meanwhile comes, too. */
bool tls_secrets_find(const struct tls_secrets *t, enum tls_label label,
    const uint8_t *random, size_t *at, struct slice *secret);

#endif
