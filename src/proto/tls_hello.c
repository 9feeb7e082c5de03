/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_hello.c: the hellos of TLS. */
#include "proto/tls_hello.h"

#include <string.h>

#define RANDOM_BYTES 32

/* Extensions (IANA's TLS ExtensionType values). */
enum extension {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ALPN = 16,
	EXTENSION_ENCRYPT_THEN_MAC = 22,
	EXTENSION_PRE_SHARED_KEY = 41,
	EXTENSION_EARLY_DATA = 42,
	EXTENSION_SUPPORTED_VERSIONS = 43,
};

/* Values that a client makes up to keep servers tolerant (RFC 8701). */
static bool
is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* A vector with a length of one or two bytes before it. */
static bool
take_vector(struct cur *c, int bytes, struct slice *out)
{
	struct cur at = *c;
	uint16_t n16 = 0;
	uint8_t n8 = 0;

	if (bytes == 1 ? !cur_u8(&at, &n8) : !cur_be16(&at, &n16))
		return false;
	if (!cur_take(&at, bytes == 1 ? n8 : n16, out))
		return false;
	*c = at;
	return true;
}

/* RFC 6066, 3: the first name of type host_name. */
static void
read_server_name(struct tls_hello *h, struct cur c)
{
	struct slice list, name;
	uint8_t type;

	if (!take_vector(&c, 2, &list))
		return;
	c = cur_of(list.p, list.n);
	while (cur_u8(&c, &type) && take_vector(&c, 2, &name)) {
		if (type != 0 || h->name.n > 0)
			continue;
		if (name.n > 0 && name.n <= TLS_NAME_MAX &&
		    memchr(name.p, '\0', name.n) == NULL)
			h->name = name;
	}
}

/* RFC 7301, 3.1. */
static void
read_alpn(struct tls_hello *h, struct cur c)
{
	struct slice list;

	if (take_vector(&c, 2, &list))
		h->alpn = list;
}

/* RFC 8446, 4.2.1: a list of the client's, the server's one choice. */
static void
read_versions(struct tls_hello *h, struct cur c, uint8_t type)
{
	struct slice list;
	uint16_t v, best = 0;

	if (type == TLS_SERVER_HELLO) {
		if (cur_be16(&c, &v))
			h->version = v;
		return;
	}
	if (!take_vector(&c, 1, &list))
		return;
	c = cur_of(list.p, list.n);
	while (cur_be16(&c, &v))
		if (!is_grease(v) && v > best)
			best = v;
	if (best != 0)
		h->version = best;
}

static void
read_extensions(struct tls_hello *h, struct cur c, uint8_t type)
{
	struct slice all, one;
	uint16_t kind;

	if (!take_vector(&c, 2, &all))
		return;
	c = cur_of(all.p, all.n);
	while (cur_be16(&c, &kind) && take_vector(&c, 2, &one)) {
		struct cur in = cur_of(one.p, one.n);

		if (kind == EXTENSION_SERVER_NAME && type == TLS_CLIENT_HELLO)
			read_server_name(h, in);
		else if (kind == EXTENSION_ALPN)
			read_alpn(h, in);
		else if (kind == EXTENSION_SUPPORTED_VERSIONS)
			read_versions(h, in, type);
		h->psk |= kind == EXTENSION_PRE_SHARED_KEY;
		h->early |= kind == EXTENSION_EARLY_DATA;
		h->mac_last |= kind == EXTENSION_ENCRYPT_THEN_MAC;
	}
}

/* RFC 8446, 4.1.3: a server hello with this random asks for another hello. */
static bool
is_retry(struct slice random)
{
	static const uint8_t retry[RANDOM_BYTES] = { 0xcf, 0x21, 0xad, 0x74,
		0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65,
		0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
		0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };

	return memcmp(random.p, retry, sizeof retry) == 0;
}

bool
tls_hello_parse(struct slice body, uint8_t type, struct tls_hello *out)
{
	struct slice suites, compression;
	struct cur c;

	*out = (struct tls_hello){ 0 };
	if (body.n == 0)
		return false;
	c = cur_of(body.p, body.n);
	if (!cur_be16(&c, &out->version) ||
	    !cur_take(&c, RANDOM_BYTES, &out->random) ||
	    !take_vector(&c, 1, &out->session_id))
		return false;
	if (type == TLS_CLIENT_HELLO) {
		if (!take_vector(&c, 2, &suites) ||
		    !take_vector(&c, 1, &compression))
			return false;
	} else {
		if (!cur_be16(&c, &out->suite) || !cur_skip(&c, 1))
			return false;
		out->retry = is_retry(out->random);
	}
	read_extensions(out, c, type);
	return true;
}

bool
tls_alpn_next(struct slice *alpn, struct slice *name)
{
	struct cur c;

	if (alpn->n == 0)
		return false;
	c = cur_of(alpn->p, alpn->n);
	while (take_vector(&c, 1, name)) {
		if (name->n == 2 && is_grease(get_be16(name->p)))
			continue;
		*alpn = (struct slice){ c.pos, cur_left(&c) };
		return true;
	}
	return false;
}
