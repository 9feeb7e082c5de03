/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * digest.h: hexadecimal and base64 text, MD5, SHA-256, and the Community ID of
 * a session.  Besides digest and md5pair only proto/tls_kdf and
 * proto/tls_cipher know nettle.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <nettle/md5.h>
#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cur.h"
#include "base/peer.h"

/* What a digest function of nettle is told of the place for all n bytes of the
 * digest: nettle 3 wants n, nettle 4 takes it for granted. */
#ifdef HAVE_NETTLE_3
#define DIGEST_WHOLE(n, out) (n), (out)
#else
#define DIGEST_WHOLE(n, out) (out)
#endif

/* Appends two lower-case digits for each byte. */
void hex_put(struct buf *b, struct slice s);
/* Appends s in base64, padded (RFC 4648, 4). */
void base64_put(struct buf *b, struct slice s);

/* 32 digits and a NUL. */
#define DIGEST_MD5_LEN 33

struct digest_md5 {
	struct md5_ctx ctx;
};

void digest_md5_init(struct digest_md5 *d);
void digest_md5_update(struct digest_md5 *d, struct slice s);
/* Adds s to d and t to e, which is another; of the same length, they take
 * little longer than one. */
void digest_md5_update_two(struct digest_md5 *d, struct slice s,
    struct digest_md5 *e, struct slice t);
/* The digest as lower-case hexadecimal; d begins anew. */
void digest_md5_text(struct digest_md5 *d, char out[static DIGEST_MD5_LEN]);

/* 64 digits and a NUL. */
#define DIGEST_SHA256_LEN 65

struct digest_sha256 {
	struct sha256_ctx ctx;
};

void digest_sha256_init(struct digest_sha256 *d);
void digest_sha256_update(struct digest_sha256 *d, struct slice s);
/* The digest as lower-case hexadecimal; d begins anew. */
void digest_sha256_text(struct digest_sha256 *d,
    char out[static DIGEST_SHA256_LEN]);

#define DIGEST_SHA256_BYTES 32

/* The digest as it is; d begins anew. */
void digest_sha256_end(struct digest_sha256 *d,
    uint8_t out[static DIGEST_SHA256_BYTES]);
/* The digest of s as it is. */
void digest_sha256_of(uint8_t out[static DIGEST_SHA256_BYTES], struct slice s);

#define COMMUNITY_DIGEST_LEN 20
/* "1:", 28 characters of base64 and a NUL. */
#define COMMUNITY_ID_LEN 31

/*
 * The SHA-1 behind the Community ID (version 1, seed 0) of a flow: the same
 * for both orders of the peers, which are of one family.
 */
void community_digest(uint8_t out[static COMMUNITY_DIGEST_LEN],
    const struct peer *a, const struct peer *b, uint8_t proto);
void community_id(char out[static COMMUNITY_ID_LEN], const struct peer *a,
    const struct peer *b, uint8_t proto);

#endif
