/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* digest.c: hexadecimal and base64 text, MD5, SHA-256, and the Community ID of
 * a session. */
#include "base/digest.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <string.h>

#include "base/md5pair.h"

static inline uint8_t
digit(uint8_t nibble)
{
	return (uint8_t)(nibble + (nibble < 10 ? '0' : 'a' - 10));
}

static inline void
put_hex_digits(uint8_t *w, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		w[2 * i] = digit(p[i] >> 4);
		w[2 * i + 1] = digit(p[i] & 15);
	}
}

void
hex_put(struct buf *b, struct slice s)
{
	uint8_t *w;
	size_t i = 0;

	if (s.n == 0)
		return;
	w = buf_room(b, s.n * 2);
	/* A number that the compiler knows makes vectors of it. */
	for (; i + 16 <= s.n; i += 16)
		put_hex_digits(w + 2 * i, s.p + i, 16);
	put_hex_digits(w + 2 * i, s.p + i, s.n - i);
	b->n += s.n * 2;
}

void
base64_put(struct buf *b, struct slice s)
{
	size_t n = BASE64_ENCODE_RAW_LENGTH(s.n);

	if (n == 0)
		return;
	base64_encode_raw((char *)buf_room(b, n), s.n, s.p);
	b->n += n;
}

void
digest_md5_init(struct digest_md5 *d)
{
	md5_init(&d->ctx);
}

void
digest_md5_update(struct digest_md5 *d, struct slice s)
{
	md5_update(&d->ctx, s.n, s.p);
}

/* Takes bytes of s until d has no block that is not whole, or s ends. */
static void
make_whole(struct digest_md5 *d, struct slice *s)
{
	size_t n = (MD5_BLOCK_SIZE - d->ctx.index) % MD5_BLOCK_SIZE;

	if (n > s->n)
		n = s->n;
	if (n > 0)
		md5_update(&d->ctx, n, s->p);
	*s = (struct slice){ s->p + n, s->n - n };
}

void
digest_md5_update_two(struct digest_md5 *d, struct slice s,
    struct digest_md5 *e, struct slice t)
{
	size_t blocks, n;

	make_whole(d, &s);
	make_whole(e, &t);
	blocks = (s.n < t.n ? s.n : t.n) / MD5_BLOCK_SIZE;
	n = blocks * MD5_BLOCK_SIZE;
	md5_pair_blocks(&d->ctx, s.p, &e->ctx, t.p, blocks);
	if (s.n > n)
		md5_update(&d->ctx, s.n - n, s.p + n);
	if (t.n > n)
		md5_update(&e->ctx, t.n - n, t.p + n);
}

/* 2 * n digits and a NUL. */
static void
put_digits(char *out, const uint8_t *sum, size_t n)
{
	put_hex_digits((uint8_t *)out, sum, n);
	out[2 * n] = '\0';
}

void
digest_md5_text(struct digest_md5 *d, char out[static DIGEST_MD5_LEN])
{
	uint8_t sum[MD5_DIGEST_SIZE];

	_Static_assert(2 * sizeof sum + 1 == DIGEST_MD5_LEN, "it fills out");
	md5_digest(&d->ctx, DIGEST_WHOLE(sizeof sum, sum));
	put_digits(out, sum, sizeof sum);
}

void
digest_sha256_init(struct digest_sha256 *d)
{
	sha256_init(&d->ctx);
}

void
digest_sha256_update(struct digest_sha256 *d, struct slice s)
{
	sha256_update(&d->ctx, s.n, s.p);
}

void
digest_sha256_text(struct digest_sha256 *d, char out[static DIGEST_SHA256_LEN])
{
	uint8_t sum[DIGEST_SHA256_BYTES];

	_Static_assert(2 * sizeof sum + 1 == DIGEST_SHA256_LEN, "it fills out");
	digest_sha256_end(d, sum);
	put_digits(out, sum, sizeof sum);
}

void
digest_sha256_end(struct digest_sha256 *d,
    uint8_t out[static DIGEST_SHA256_BYTES])
{
	_Static_assert(DIGEST_SHA256_BYTES == SHA256_DIGEST_SIZE, "all of it");
	sha256_digest(&d->ctx, DIGEST_WHOLE(DIGEST_SHA256_BYTES, out));
}

void
digest_sha256_of(uint8_t out[static DIGEST_SHA256_BYTES], struct slice s)
{
	struct digest_sha256 d;

	digest_sha256_init(&d);
	digest_sha256_update(&d, s);
	digest_sha256_end(&d, out);
}

static size_t
addr_len(const struct peer *p)
{
	return p->family == 6 ? 16 : 4;
}

static uint8_t *
put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

void
community_digest(uint8_t out[static COMMUNITY_DIGEST_LEN], const struct peer *a,
    const struct peer *b, uint8_t proto)
{
	int order = memcmp(a->addr, b->addr, addr_len(a));
	/* Three numbers of two bytes, two addresses, the protocol, a zero. */
	uint8_t text[3 * 2 + 2 * 16 + 2];
	uint8_t *p = put_be16(text, 0);
	struct sha1_ctx ctx;

	if (order > 0 || (order == 0 && a->port > b->port)) {
		const struct peer *swap = a;

		a = b;
		b = swap;
	}
	p = mempcpy(p, a->addr, addr_len(a));
	p = mempcpy(p, b->addr, addr_len(b));
	*p++ = proto;
	*p++ = 0;
	p = put_be16(put_be16(p, a->port), b->port);
	sha1_init(&ctx);
	sha1_update(&ctx, (size_t)(p - text), text);
	sha1_digest(&ctx, DIGEST_WHOLE(COMMUNITY_DIGEST_LEN, out));
}

void
community_id(char out[static COMMUNITY_ID_LEN], const struct peer *a,
    const struct peer *b, uint8_t proto)
{
	uint8_t sum[COMMUNITY_DIGEST_LEN];

	_Static_assert(2 + BASE64_ENCODE_RAW_LENGTH(COMMUNITY_DIGEST_LEN) + 1 ==
		COMMUNITY_ID_LEN,
	    "the identifier fills its buffer");
	community_digest(sum, a, b, proto);
	out[0] = '1';
	out[1] = ':';
	base64_encode_raw(out + 2, sizeof sum, sum);
	out[COMMUNITY_ID_LEN - 1] = '\0';
}
