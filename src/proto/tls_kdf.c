/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_kdf.c: HMAC, and the functions that make keys with it. */
#include "proto/tls_kdf.h"

#include <string.h>

#include "base/digest.h"

size_t
tls_hash_size(enum tls_hash hash)
{
	static const size_t sizes[] = {
		[TLS_MD5] = MD5_DIGEST_SIZE,
		[TLS_SHA1] = SHA1_DIGEST_SIZE,
		[TLS_SHA256] = SHA256_DIGEST_SIZE,
		[TLS_SHA384] = SHA384_DIGEST_SIZE,
	};

	return sizes[hash];
}

void
tls_hmac_init(struct tls_hmac *h, enum tls_hash hash, struct slice key)
{
	h->hash = hash;
	switch (hash) {
	case TLS_MD5:
		hmac_md5_set_key(&h->u.md5, key.n, key.p);
		break;
	case TLS_SHA1:
		hmac_sha1_set_key(&h->u.sha1, key.n, key.p);
		break;
	case TLS_SHA256:
		hmac_sha256_set_key(&h->u.sha256, key.n, key.p);
		break;
	case TLS_SHA384:
		hmac_sha384_set_key(&h->u.sha384, key.n, key.p);
		break;
	}
}

void
tls_hmac_update(struct tls_hmac *h, struct slice s)
{
	if (s.n == 0)
		return;
	switch (h->hash) {
	case TLS_MD5:
		hmac_md5_update(&h->u.md5, s.n, s.p);
		break;
	case TLS_SHA1:
		hmac_sha1_update(&h->u.sha1, s.n, s.p);
		break;
	case TLS_SHA256:
		hmac_sha256_update(&h->u.sha256, s.n, s.p);
		break;
	case TLS_SHA384:
		hmac_sha384_update(&h->u.sha384, s.n, s.p);
		break;
	}
}

void
tls_hmac_end(struct tls_hmac *h, uint8_t out[static TLS_HASH_MAX])
{
	switch (h->hash) {
	case TLS_MD5:
		hmac_md5_digest(&h->u.md5, DIGEST_WHOLE(MD5_DIGEST_SIZE, out));
		break;
	case TLS_SHA1:
		hmac_sha1_digest(&h->u.sha1,
		    DIGEST_WHOLE(SHA1_DIGEST_SIZE, out));
		break;
	case TLS_SHA256:
		hmac_sha256_digest(&h->u.sha256,
		    DIGEST_WHOLE(SHA256_DIGEST_SIZE, out));
		break;
	case TLS_SHA384:
		hmac_sha384_digest(&h->u.sha384,
		    DIGEST_WHOLE(SHA384_DIGEST_SIZE, out));
		break;
	}
}

void
tls_hmac_wipe(struct tls_hmac *h)
{
	explicit_bzero(h, sizeof *h);
}

/* What a PRF is applied to. */
struct seed {
	struct slice label;
	struct slice a;
	struct slice b;
};

static void
update_seed(struct tls_hmac *h, const struct seed *s)
{
	tls_hmac_update(h, s->label);
	tls_hmac_update(h, s->a);
	tls_hmac_update(h, s->b);
}

/* P_hash (RFC 5246, 5), its bytes added to those of out by exclusive or. */
static void
p_hash(enum tls_hash hash, struct slice secret, const struct seed *seed,
    uint8_t *out, size_t n)
{
	uint8_t a[TLS_HASH_MAX], block[TLS_HASH_MAX];
	size_t size = tls_hash_size(hash);
	struct tls_hmac h;

	tls_hmac_init(&h, hash, secret);
	update_seed(&h, seed);
	tls_hmac_end(&h, a);
	for (size_t done = 0; done < n; done += size) {
		tls_hmac_update(&h, (struct slice){ a, size });
		update_seed(&h, seed);
		tls_hmac_end(&h, block);
		for (size_t i = 0; i < size && done + i < n; i++)
			out[done + i] ^= block[i];
		tls_hmac_update(&h, (struct slice){ a, size });
		tls_hmac_end(&h, a);
	}
	tls_hmac_wipe(&h);
	explicit_bzero(a, sizeof a);
	explicit_bzero(block, sizeof block);
}

void
tls_prf(uint16_t version, enum tls_hash hash, struct slice secret,
    const char *label, struct slice a, struct slice b, uint8_t *out, size_t n)
{
	const struct seed seed = {
		.label = { (const uint8_t *)label, strlen(label) },
		.a = a,
		.b = b,
	};
	size_t half = (secret.n + 1) / 2;

	memset(out, 0, n);
	if (version >= TLS_1_2) {
		p_hash(hash, secret, &seed, out, n);
		return;
	}
	p_hash(TLS_MD5, (struct slice){ secret.p, half }, &seed, out, n);
	p_hash(TLS_SHA1, (struct slice){ secret.p + secret.n - half, half },
	    &seed, out, n);
}

void
tls_expand_label(enum tls_hash hash, struct slice secret, const char *label,
    uint8_t *out, size_t n)
{
	uint8_t info[4 + 6 + 16], block[TLS_HASH_MAX], counter = 0;
	size_t size = tls_hash_size(hash), len = strnlen(label, 16), at = 0;
	struct tls_hmac h;

	info[at++] = 0;
	info[at++] = (uint8_t)n;
	info[at++] = (uint8_t)(6 + len);
	memcpy(info + at, "tls13 ", 6);
	memcpy(info + at + 6, label, len);
	at += 6 + len;
	info[at++] = 0;
	tls_hmac_init(&h, hash, secret);
	for (size_t done = 0; done < n; done += size) {
		if (done > 0)
			tls_hmac_update(&h, (struct slice){ block, size });
		tls_hmac_update(&h, (struct slice){ info, at });
		counter++;
		tls_hmac_update(&h, (struct slice){ &counter, 1 });
		tls_hmac_end(&h, block);
		memcpy(out + done, block, n - done < size ? n - done : size);
	}
	tls_hmac_wipe(&h);
	explicit_bzero(block, sizeof block);
}
