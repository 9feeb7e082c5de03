/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_seal.c: TLS as tests make it. */
#include "lib/tls_seal.h"

#include <nettle/chacha-poly1305.h>
#include <nettle/gcm.h>
#include <string.h>

#include "base/digest.h"
#include "lib/rng.h"
#include "proto/tls_kdf.h"

static void
make(struct rng *r, uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)rng_next(r);
}

void
seal_init(struct seal *s, uint16_t suite, uint64_t seed)
{
	struct rng r = { seed };

	*s = (struct seal){ .suite = suite };
	s->version = suite == SEAL_GCM_1_2 ? TLS_1_2 : TLS_1_3;
	make(&r, s->client_random, sizeof s->client_random);
	make(&r, s->server_random, sizeof s->server_random);
	make(&r, s->master, sizeof s->master);
	for (int i = 0; i < 6; i++)
		make(&r, s->traffic[i], sizeof s->traffic[i]);
}

void
seal_tell_secret(const struct seal *s, struct tls_secrets *t,
    enum tls_label label)
{
	struct slice secret = { s->traffic[label], sizeof s->traffic[label] };

	if (label == TLS_LABEL_MASTER)
		secret = (struct slice){ s->master, sizeof s->master };
	tls_secrets_add(t, label, s->client_random, secret);
}

void
seal_tell_secrets(const struct seal *s, struct tls_secrets *t)
{
	if (s->version == TLS_1_2) {
		seal_tell_secret(s, t, TLS_LABEL_MASTER);
		return;
	}
	for (int i = TLS_LABEL_CLIENT_EARLY; i <= TLS_LABEL_SERVER_TRAFFIC; i++)
		seal_tell_secret(s, t, (enum tls_label)i);
}

/* -------------------------------------------------------------------- in the clear */

void
seal_plain(struct buf *b, uint8_t type, const void *p, size_t n)
{
	buf_byte(b, type);
	buf_be(b, 0x0303, 2);
	buf_be(b, n, 2);
	buf_put(b, p, n);
}

void
seal_message(struct buf *b, uint8_t type, const void *p, size_t n)
{
	buf_byte(b, type);
	buf_be(b, n, 3);
	buf_put(b, p, n);
}

static void
put_extension(struct buf *b, uint16_t type, uint64_t v, int n)
{
	buf_be(b, type, 2);
	buf_be(b, (uint64_t)n, 2);
	buf_be(b, v, n);
}

/* The record of a hello, whose body is all but extensions. */
static void
put_hello(struct buf *b, uint8_t type, struct buf *body,
    const struct buf *extensions)
{
	struct buf message = { 0 };

	buf_be(body, extensions->n, 2);
	buf_put(body, extensions->p, extensions->n);
	seal_message(&message, type, body->p, body->n);
	seal_plain(b, 22, message.p, message.n);
	buf_free(&message);
}

void
seal_client_hello(const struct seal *s, struct buf *b, bool early)
{
	struct buf body = { 0 }, extensions = { 0 };

	buf_be(&body, 0x0303, 2);
	buf_put(&body, s->client_random, 32);
	buf_byte(&body, 0);
	buf_be(&body, 2, 2);
	buf_be(&body, s->suite, 2);
	buf_be(&body, 0x0100, 2);
	if (s->version == TLS_1_3)
		put_extension(&extensions, 43, 0x020304, 3);
	if (early)
		put_extension(&extensions, 42, 0, 0);
	put_extension(&extensions, 23, 0, 0);
	put_hello(b, 1, &body, &extensions);
	buf_free(&body);
	buf_free(&extensions);
}

void
seal_server_hello(const struct seal *s, struct buf *b, bool psk)
{
	struct buf body = { 0 }, extensions = { 0 };

	buf_be(&body, 0x0303, 2);
	buf_put(&body, s->server_random, 32);
	buf_byte(&body, 0);
	buf_be(&body, s->suite, 2);
	buf_byte(&body, 0);
	if (s->version == TLS_1_3)
		put_extension(&extensions, 43, 0x0304, 2);
	if (psk)
		put_extension(&extensions, 41, 0, 2);
	put_extension(&extensions, 23, 0, 0);
	put_hello(b, 2, &body, &extensions);
	buf_free(&body);
	buf_free(&extensions);
}

/* --------------------------------------------------------------------------- sealed */

static void
set_traffic(struct seal *s, struct seal_keys *k)
{
	struct slice secret = { k->secret, sizeof k->secret };

	k->number = 0;
	tls_expand_label(TLS_SHA256, secret, "key", k->key,
	    s->suite == SEAL_GCM_1_3 ? 16 : 32);
	tls_expand_label(TLS_SHA256, secret, "iv", k->iv, 12);
}

void
seal_begin(struct seal *s, int dir, enum tls_label label)
{
	struct seal_keys *k = &s->keys[dir];
	uint8_t block[40];

	if (s->version == TLS_1_3) {
		memcpy(k->secret, s->traffic[label], sizeof k->secret);
		set_traffic(s, k);
		return;
	}
	tls_prf(TLS_1_2, TLS_SHA256,
	    (struct slice){ s->master, sizeof s->master }, "key expansion",
	    (struct slice){ s->server_random, 32 },
	    (struct slice){ s->client_random, 32 }, block, sizeof block);
	k->number = 0;
	memcpy(k->key, block + 16 * dir, 16);
	memcpy(k->iv, block + 32 + 4 * dir, 4);
}

void
seal_update(struct seal *s, int dir)
{
	struct seal_keys *k = &s->keys[dir];
	uint8_t next[32];

	tls_expand_label(TLS_SHA256, (struct slice){ k->secret, 32 },
	    "traffic upd", next, sizeof next);
	memcpy(k->secret, next, sizeof next);
	set_traffic(s, k);
}

static void
seal_gcm(const struct seal_keys *k, const uint8_t *nonce, const struct buf *aad,
    const struct buf *text, uint8_t *out)
{
	struct gcm_aes128_ctx c;

	gcm_aes128_set_key(&c, k->key);
	gcm_aes128_set_iv(&c, 12, nonce);
	gcm_aes128_update(&c, aad->n, aad->p);
	gcm_aes128_encrypt(&c, text->n, out, text->p);
	gcm_aes128_digest(&c, DIGEST_WHOLE(16, out + text->n));
}

static void
seal_chacha(const struct seal_keys *k, const uint8_t *nonce,
    const struct buf *aad, const struct buf *text, uint8_t *out)
{
	struct chacha_poly1305_ctx c;

	chacha_poly1305_set_key(&c, k->key);
	chacha_poly1305_set_nonce(&c, nonce);
	chacha_poly1305_update(&c, aad->n, aad->p);
	chacha_poly1305_encrypt(&c, text->n, out, text->p);
	chacha_poly1305_digest(&c, DIGEST_WHOLE(16, out + text->n));
}

static void
record_1_3(struct seal *s, struct seal_keys *k, struct buf *b, uint8_t type,
    struct slice text, size_t padding)
{
	struct buf aad = { 0 }, inner = { 0 };
	uint8_t nonce[12];

	buf_put(&inner, text.p, text.n);
	buf_byte(&inner, type);
	for (size_t i = 0; i < padding; i++)
		buf_byte(&inner, 0);
	buf_byte(&aad, 23);
	buf_be(&aad, 0x0303, 2);
	buf_be(&aad, inner.n + 16, 2);
	memcpy(nonce, k->iv, 12);
	for (int i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(k->number >> 8 * i);
	buf_put(b, aad.p, aad.n);
	(s->suite == SEAL_GCM_1_3 ? seal_gcm : seal_chacha)(k, nonce, &aad,
	    &inner, buf_room(b, inner.n + 16));
	b->n += inner.n + 16;
	buf_free(&aad);
	buf_free(&inner);
}

static void
record_1_2(struct seal_keys *k, struct buf *b, uint8_t type, struct slice text)
{
	struct buf aad = { 0 }, inner = { 0 }, explicit = { 0 };
	uint8_t nonce[12];

	(void)buf_room(&inner, 1);
	buf_put(&inner, text.p, text.n);
	buf_be(&aad, k->number, 8);
	buf_byte(&aad, type);
	buf_be(&aad, 0x0303, 2);
	buf_be(&aad, inner.n, 2);
	buf_be(&explicit, k->number + 0x1234567890, 8);
	memcpy(nonce, k->iv, 4);
	memcpy(nonce + 4, explicit.p, 8);
	buf_byte(b, type);
	buf_be(b, 0x0303, 2);
	buf_be(b, 8 + inner.n + 16, 2);
	buf_put(b, explicit.p, 8);
	seal_gcm(k, nonce, &aad, &inner, buf_room(b, inner.n + 16));
	b->n += inner.n + 16;
	buf_free(&aad);
	buf_free(&inner);
	buf_free(&explicit);
}

void
seal_record(struct seal *s, struct buf *b, int dir, uint8_t type,
    struct slice text, size_t padding)
{
	struct seal_keys *k = &s->keys[dir];

	if (s->version == TLS_1_3)
		record_1_3(s, k, b, type, text, padding);
	else
		record_1_2(k, b, type, text);
	k->number++;
}
