/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_cipher.c: keys of TLS, and records opened with them. */
#include "proto/tls_cipher.h"

#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/ccm.h>
#include <nettle/chacha-poly1305.h>
#include <nettle/gcm.h>
#include <nettle/nettle-meta.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/xalloc.h"
#include "proto/tls_kdf.h"

#define NONCE 12
/* Of a nonce of GCM or CCM: the key's part, the record's part. */
#define SALT 4
#define EXPLICIT 8
#define KEY_MAX 32
#define TAG_MAX 16
/* Number, type, version, length (RFC 5246, 6.2.3.3). */
#define AAD_MAX 13
/* Both MAC keys, keys and IVs. */
#define KEY_BLOCK_MAX (2 * (TLS_HASH_MAX + KEY_MAX + TLS_BLOCK))

struct cbc_keys {
	union {
		struct aes128_ctx aes128;
		struct aes256_ctx aes256;
	} u;
	struct tls_hmac mac;
};

struct tls_cipher {
	struct tls_suite suite;
	uint16_t version;
	bool mac_last;
	uint8_t iv[TLS_BLOCK];
	uint8_t secret[TLS_HASH_MAX]; /* TLS 1.3: what made the keys */
	/* Only so much of it is there as the suite needs. */
	union {
		struct gcm_aes128_ctx gcm128;
		struct gcm_aes256_ctx gcm256;
		struct ccm_aes128_ctx ccm128;
		struct ccm_aes256_ctx ccm256;
		struct chacha_poly1305_ctx chacha;
		struct cbc_keys cbc;
	} u;
};

/* ---------------------------------------------------------------------- keys */

/* NULL: CCM, which cannot be told piece by piece, or no such cipher. */
static const struct nettle_aead *
aead_of(const struct tls_suite *s)
{
	if (s->mode == TLS_CHACHA)
		return &nettle_chacha_poly1305;
	if (s->mode != TLS_GCM)
		return NULL;
	return s->key == AES256_KEY_SIZE ? &nettle_gcm_aes256 :
					   &nettle_gcm_aes128;
}

static size_t
keys_size(const struct tls_suite *s)
{
	const struct nettle_aead *aead = aead_of(s);

	if (aead != NULL)
		return aead->context_size;
	if (s->mode == TLS_CBC)
		return sizeof(struct cbc_keys);
	return s->key == AES256_KEY_SIZE ? sizeof(struct ccm_aes256_ctx) :
					   sizeof(struct ccm_aes128_ctx);
}

size_t
tls_cipher_memory(const struct tls_cipher *c)
{
	return offsetof(struct tls_cipher, u) + keys_size(&c->suite);
}

const struct tls_suite *
tls_cipher_suite(const struct tls_cipher *c)
{
	return &c->suite;
}

uint16_t
tls_cipher_version(const struct tls_cipher *c)
{
	return c->version;
}

static struct tls_cipher *
cipher_new(const struct tls_suite *s, uint16_t version)
{
	struct tls_cipher *c =
	    xcalloc(1, offsetof(struct tls_cipher, u) + keys_size(s));

	c->suite = *s;
	c->version = version;
	return c;
}

void
tls_cipher_free(struct tls_cipher *c)
{
	if (c == NULL)
		return;
	explicit_bzero(c, tls_cipher_memory(c));
	free(c);
}

static void
set_key(struct tls_cipher *c, const uint8_t *key)
{
	const struct nettle_aead *aead = aead_of(&c->suite);
	bool long_key = c->suite.key == AES256_KEY_SIZE;

	if (aead != NULL)
		aead->set_decrypt_key(&c->u, key);
	else if (c->suite.mode != TLS_CBC && long_key)
		ccm_aes256_set_key(&c->u.ccm256, key);
	else if (c->suite.mode != TLS_CBC)
		ccm_aes128_set_key(&c->u.ccm128, key);
	else if (long_key)
		aes256_set_decrypt_key(&c->u.cbc.u.aes256, key);
	else
		aes128_set_decrypt_key(&c->u.cbc.u.aes128, key);
}

/* What of the key block is an IV for each side. */
static size_t
iv_size(const struct tls_suite *s, uint16_t version)
{
	if (s->mode == TLS_CBC)
		return version == TLS_1_0 ? TLS_BLOCK : 0;
	return s->mode == TLS_CHACHA ? NONCE : SALT;
}

struct tls_cipher *
tls_cipher_of_master(const struct tls_agreed *a, struct slice master,
    bool client)
{
	struct tls_cipher *c = cipher_new(&a->suite, a->version);
	bool cbc = a->suite.mode == TLS_CBC;
	size_t mac = cbc ? tls_hash_size(a->suite.mac) : 0;
	size_t key = a->suite.key, iv = iv_size(&a->suite, a->version);
	uint8_t block[KEY_BLOCK_MAX];
	const uint8_t *p = block;
	size_t side = client ? 0 : 1;

	tls_prf(a->version, a->suite.hash, master, "key expansion",
	    (struct slice){ a->server_random, sizeof a->server_random },
	    (struct slice){ a->client_random, sizeof a->client_random }, block,
	    2 * (mac + key + iv));
	c->mac_last = a->mac_last;
	if (cbc)
		tls_hmac_init(&c->u.cbc.mac, a->suite.mac,
		    (struct slice){ p + side * mac, mac });
	p += 2 * mac;
	set_key(c, p + side * key);
	p += 2 * key;
	memcpy(c->iv, p + side * iv, iv);
	explicit_bzero(block, sizeof block);
	return c;
}

struct tls_cipher *
tls_cipher_of_traffic(const struct tls_suite *suite, struct slice secret)
{
	struct tls_cipher *c = cipher_new(suite, TLS_1_3);
	uint8_t key[KEY_MAX];

	memcpy(c->secret, secret.p,
	    secret.n < sizeof c->secret ? secret.n : sizeof c->secret);
	tls_expand_label(suite->hash, secret, "key", key, suite->key);
	tls_expand_label(suite->hash, secret, "iv", c->iv, NONCE);
	set_key(c, key);
	explicit_bzero(key, sizeof key);
	return c;
}

struct tls_cipher *
tls_cipher_next(const struct tls_cipher *c)
{
	size_t n = tls_hash_size(c->suite.hash);
	struct tls_cipher *next;
	uint8_t secret[TLS_HASH_MAX];

	tls_expand_label(c->suite.hash, (struct slice){ c->secret, n },
	    "traffic upd", secret, n);
	next = tls_cipher_of_traffic(&c->suite, (struct slice){ secret, n });
	explicit_bzero(secret, sizeof secret);
	return next;
}

/* ----------------------------------------------------------------- with a tag */

static void
put_number(uint8_t out[static 8], uint64_t number)
{
	for (int i = 7; i >= 0; i--, number >>= 8)
		out[i] = (uint8_t)number;
}

/* The associated data of up to TLS 1.2, of n bytes of text. */
static void
put_aad(uint8_t out[static AAD_MAX], const uint8_t *header, uint64_t number,
    size_t n)
{
	put_number(out, number);
	memcpy(out + 8, header, 3);
	out[11] = (uint8_t)(n >> 8);
	out[12] = (uint8_t)n;
}

/* What is sealed, and how. */
struct sealed_text {
	uint8_t nonce[NONCE];
	uint8_t aad[AAD_MAX];
	size_t n_aad;
	struct slice text; /* the tag is behind it */
	size_t tag;
};

static bool
begin_tagged(const struct tls_cipher *c, const struct tls_sealed *r,
    uint64_t number, struct sealed_text *s)
{
	bool old = c->version != TLS_1_3;
	size_t front = old && c->suite.mode != TLS_CHACHA ? EXPLICIT : 0;
	uint8_t mask[8];

	s->tag = tls_suite_tag(&c->suite);
	if (r->body.n < front + s->tag)
		return false;
	s->text =
	    (struct slice){ r->body.p + front, r->body.n - front - s->tag };
	memcpy(s->nonce, c->iv, NONCE);
	if (front > 0) {
		memcpy(s->nonce + SALT, r->body.p, EXPLICIT);
	} else {
		put_number(mask, number);
		for (size_t i = 0; i < sizeof mask; i++)
			s->nonce[NONCE - sizeof mask + i] ^= mask[i];
	}
	s->n_aad = old ? AAD_MAX : 5;
	if (old)
		put_aad(s->aad, r->header, number, s->text.n);
	else
		memcpy(s->aad, r->header, 5);
	return true;
}

static bool
open_aead(const struct nettle_aead *aead, void *keys,
    const struct sealed_text *s, uint8_t *out)
{
	uint8_t tag[TAG_MAX];

	aead->set_nonce(keys, s->nonce);
	aead->update(keys, s->n_aad, s->aad);
	aead->decrypt(keys, s->text.n, out, s->text.p);
	aead->digest(keys, DIGEST_WHOLE(sizeof tag, tag));
	return memcmp(tag, s->text.p + s->text.n, sizeof tag) == 0;
}

static bool
open_ccm(struct tls_cipher *c, const struct sealed_text *s, uint8_t *out)
{
	if (c->suite.key == AES256_KEY_SIZE)
		return ccm_aes256_decrypt_message(&c->u.ccm256, NONCE, s->nonce,
			   s->n_aad, s->aad, s->tag, s->text.n, out,
			   s->text.p) == 1;
	return ccm_aes128_decrypt_message(&c->u.ccm128, NONCE, s->nonce,
		   s->n_aad, s->aad, s->tag, s->text.n, out, s->text.p) == 1;
}

/* RFC 8446, 5.2: the type is the last byte that is not zero. */
static bool
strip_padding(const uint8_t *out, size_t n, struct tls_text *text)
{
	size_t end = n;

	while (end > 0 && out[end - 1] == 0)
		end--;
	if (end == 0)
		return false;
	text->type = out[end - 1];
	text->n = end - 1;
	text->padded = end < n;
	return true;
}

static bool
open_tagged(struct tls_cipher *c, const struct tls_sealed *r, uint64_t number,
    uint8_t *out, struct tls_text *text)
{
	const struct nettle_aead *aead = aead_of(&c->suite);
	struct sealed_text s;

	if (!begin_tagged(c, r, number, &s))
		return false;
	if (aead != NULL ? !open_aead(aead, &c->u, &s, out) :
			   !open_ccm(c, &s, out))
		return false;
	if (c->version == TLS_1_3)
		return strip_padding(out, s.text.n, text);
	*text = (struct tls_text){ .type = r->header[0], .n = s.text.n };
	return true;
}

/* ----------------------------------------------------------------- with a MAC */

/* Whether the MAC of s stands behind it. */
static bool
mac_fits(struct tls_hmac *h, const uint8_t *header, uint64_t number,
    struct slice s)
{
	uint8_t aad[AAD_MAX], sum[TLS_HASH_MAX];

	put_aad(aad, header, number, s.n);
	tls_hmac_update(h, (struct slice){ aad, sizeof aad });
	tls_hmac_update(h, s);
	tls_hmac_end(h, sum);
	return memcmp(sum, s.p + s.n, tls_hash_size(h->hash)) == 0;
}

/* RFC 5246, 6.2.3.2: takes the padding off *n bytes; false when it is none. */
static bool
take_padding(const uint8_t *p, size_t *n)
{
	size_t pad = p[*n - 1];

	if (pad + 1 > *n)
		return false;
	*n -= pad + 1;
	for (size_t i = 0; i < pad; i++)
		if (p[*n + i] != pad)
			return false;
	return true;
}

static void
decrypt_cbc(struct tls_cipher *c, const uint8_t *iv, struct slice in,
    uint8_t *out)
{
	uint8_t block[TLS_BLOCK];

	memcpy(block, iv, sizeof block);
	if (c->suite.key == AES256_KEY_SIZE)
		cbc_decrypt(&c->u.cbc.u.aes256,
		    (nettle_cipher_func *)aes256_decrypt, TLS_BLOCK, block,
		    in.n, out, in.p);
	else
		cbc_decrypt(&c->u.cbc.u.aes128,
		    (nettle_cipher_func *)aes128_decrypt, TLS_BLOCK, block,
		    in.n, out, in.p);
}

/* RFC 2246, 6.2.3.2: the last block of the record before; NULL when that is not
 * known. */
static const uint8_t *
chained_iv(const struct tls_cipher *c, const struct tls_sealed *r,
    uint64_t number)
{
	size_t n = TLS_BLOCK;

	if (number == 0)
		return c->iv;
	if (c->mac_last)
		n += tls_hash_size(c->suite.mac);
	return r->before.n >= n ? r->before.p + r->before.n - n : NULL;
}

static bool
open_cbc(struct tls_cipher *c, const struct tls_sealed *r, uint64_t number,
    uint8_t *out, struct tls_text *text)
{
	struct tls_hmac *h = &c->u.cbc.mac;
	size_t mac = tls_hash_size(c->suite.mac), n;
	struct slice in = r->body;
	const uint8_t *iv = chained_iv(c, r, number);

	if (c->mac_last) {
		if (in.n < mac)
			return false;
		in.n -= mac;
		if (!mac_fits(h, r->header, number, in))
			return false;
	}
	if (c->version != TLS_1_0) {
		iv = in.p;
		if (in.n < TLS_BLOCK)
			return false;
		in = (struct slice){ in.p + TLS_BLOCK, in.n - TLS_BLOCK };
	}
	if (iv == NULL || in.n == 0 || in.n % TLS_BLOCK != 0)
		return false;
	decrypt_cbc(c, iv, in, out);
	n = in.n;
	if (!take_padding(out, &n))
		return false;
	if (!c->mac_last) {
		if (n < mac)
			return false;
		n -= mac;
		if (!mac_fits(h, r->header, number, (struct slice){ out, n }))
			return false;
	}
	*text = (struct tls_text){ .type = r->header[0], .n = n };
	return true;
}

bool
tls_cipher_open(struct tls_cipher *c, const struct tls_sealed *r,
    uint64_t number, uint8_t *out, struct tls_text *text)
{
	if (c->suite.mode == TLS_CBC)
		return open_cbc(c, r, number, out, text);
	return open_tagged(c, r, number, out, text);
}
