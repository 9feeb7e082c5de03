/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_fingerprint.c: fingerprints of hellos. */
#include "proto/tls_fingerprint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The numbers of two bytes in s, but those of RFC 8701, in decimal. */
static void
put_decimals(struct buf *b, struct slice s)
{
	const char *dash = "";
	struct cur c;
	uint16_t v;

	if (s.n == 0)
		return;
	c = cur_of(s.p, s.n);
	while (cur_be16(&c, &v)) {
		if (tls_is_grease(v))
			continue;
		buf_printf(b, "%s%u", dash, v);
		dash = "-";
	}
}

static void
put_extension_decimals(struct buf *b, struct slice all)
{
	const char *dash = "";
	struct slice one;
	uint16_t kind;

	while (tls_extension_next(&all, &kind, &one)) {
		if (tls_is_grease(kind))
			continue;
		buf_printf(b, "%s%u", dash, kind);
		dash = "-";
	}
}

static void
end_ja3(char out[static DIGEST_MD5_LEN], struct buf *b)
{
	struct digest_md5 d;

	digest_md5_init(&d);
	digest_md5_update(&d, (struct slice){ b->p, b->n });
	digest_md5_text(&d, out);
	buf_free(b);
}

void
tls_ja3(char out[static DIGEST_MD5_LEN], const struct tls_hello *h)
{
	struct buf b = { 0 };

	buf_printf(&b, "%u,", h->legacy_version);
	put_decimals(&b, h->suites);
	buf_byte(&b, ',');
	put_extension_decimals(&b, h->extensions);
	buf_byte(&b, ',');
	put_decimals(&b, h->groups);
	buf_byte(&b, ',');
	for (size_t i = 0; i < h->formats.n; i++)
		buf_printf(&b, "%s%u", i == 0 ? "" : "-", h->formats.p[i]);
	end_ja3(out, &b);
}

void
tls_ja3s(char out[static DIGEST_MD5_LEN], const struct tls_hello *h)
{
	struct buf b = { 0 };

	buf_printf(&b, "%u,%u,", h->legacy_version, h->suite);
	put_extension_decimals(&b, h->extensions);
	end_ja3(out, &b);
}

/* ----------------------------------------------------------------------- JA4 */

/* Numbers of two bytes. */
struct number_list {
	uint16_t *v; /* points into a buf */
	size_t n;
};

static struct number_list
numbers_in(struct buf *b)
{
	return (struct number_list){ (uint16_t *)(void *)b->p,
		b->n / sizeof(uint16_t) };
}

static void
add_number(struct buf *b, uint16_t v)
{
	if (!tls_is_grease(v))
		buf_put(b, &v, sizeof v);
}

static void
add_numbers(struct buf *b, struct slice s)
{
	struct cur c;
	uint16_t v;

	if (s.n == 0)
		return;
	c = cur_of(s.p, s.n);
	while (cur_be16(&c, &v))
		add_number(b, v);
}

static int
compare_numbers(const void *a, const void *b)
{
	const uint16_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Appends them in four digits each, with commas between. */
static void
put_hexadecimals(struct buf *to, struct buf *from)
{
	struct number_list l = numbers_in(from);

	for (size_t i = 0; i < l.n; i++)
		buf_printf(to, "%s%04x", i == 0 ? "" : ",", l.v[i]);
}

static void
sort_numbers(struct buf *b)
{
	struct number_list l = numbers_in(b);

	if (l.n > 1)
		qsort(l.v, l.n, sizeof l.v[0], compare_numbers);
}

/* The first twelve digits of the text's digest; of an empty one zeros. */
static void
put_digest(char out[static 13], const struct buf *text)
{
	struct digest_sha256 d;
	char all[DIGEST_SHA256_LEN];

	digest_sha256_init(&d);
	digest_sha256_update(&d, (struct slice){ text->p, text->n });
	digest_sha256_text(&d, all);
	memcpy(out, text->n > 0 ? all : "000000000000", 12);
	out[12] = '\0';
}

static const char *
version_letters(uint16_t version)
{
	switch (version) {
	case 0x0304:
		return "13";
	case 0x0303:
		return "12";
	case 0x0302:
		return "11";
	case 0x0301:
		return "10";
	case 0x0300:
		return "s3";
	case 0x0002:
		return "s2";
	default:
		return "00";
	}
}

/* First and last character of the first protocol; where one of them is no
 * letter or digit, first and last digit of its bytes. */
static void
alpn_letters(char out[static 3], struct slice list)
{
	static const char digits[] = "0123456789abcdef";
	struct slice name;
	uint8_t first, last;

	memcpy(out, "00", 3);
	if (!tls_alpn_next(&list, &name) || name.n == 0)
		return;
	first = name.p[0];
	last = name.p[name.n - 1];
	if (first < 0x80 && last < 0x80 && isalnum(first) && isalnum(last)) {
		out[0] = (char)first;
		out[1] = (char)last;
	} else {
		out[0] = digits[first >> 4];
		out[1] = digits[last & 15];
	}
}

/* The sorted suites; how many there are. */
static size_t
digest_suites(char out[static 13], const struct tls_hello *h)
{
	struct buf list = { 0 }, text = { 0 };
	size_t n;

	add_numbers(&list, h->suites);
	sort_numbers(&list);
	put_hexadecimals(&text, &list);
	put_digest(out, &text);
	n = numbers_in(&list).n;
	buf_free(&list);
	buf_free(&text);
	return n;
}

/* The sorted extensions but server name and ALPN, `_', and the signature
 * algorithms as sent; how many extensions there are, with those two. */
static size_t
digest_extensions(char out[static 13], const struct tls_hello *h)
{
	struct slice all = h->extensions, one;
	struct buf list = { 0 }, text = { 0 };
	size_t n = 0;
	uint16_t kind;

	while (tls_extension_next(&all, &kind, &one)) {
		n += !tls_is_grease(kind);
		if (kind != TLS_EXTENSION_SERVER_NAME &&
		    kind != TLS_EXTENSION_ALPN)
			add_number(&list, kind);
	}
	sort_numbers(&list);
	put_hexadecimals(&text, &list);
	buf_reset(&list);
	add_numbers(&list, h->signatures);
	if (list.n > 0)
		buf_byte(&text, '_');
	put_hexadecimals(&text, &list);
	put_digest(out, &text);
	buf_free(&list);
	buf_free(&text);
	return n;
}

void
tls_ja4(char out[static TLS_JA4_LEN], const struct tls_hello *h)
{
	char suites[13], extensions[13], alpn[3];
	size_t n_suites = digest_suites(suites, h);
	size_t n_extensions = digest_extensions(extensions, h);

	alpn_letters(alpn, h->alpn);
	snprintf(out, TLS_JA4_LEN, "t%s%c%02u%02u%s_%s_%s",
	    version_letters(h->version), h->has_name ? 'd' : 'i',
	    (unsigned)(n_suites < 99 ? n_suites : 99),
	    (unsigned)(n_extensions < 99 ? n_extensions : 99), alpn, suites,
	    extensions);
}
