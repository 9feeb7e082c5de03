/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_hello.c: the hellos of TLS. */
#include "proto/tls_hello.h"

#include <string.h>

/* More of them. */
enum extension {
	EXTENSION_GROUPS = 10,
	EXTENSION_FORMATS = 11,
	EXTENSION_SIGNATURES = 13,
	EXTENSION_ENCRYPT_THEN_MAC = 22,
	EXTENSION_PRE_SHARED_KEY = 41,
	EXTENSION_EARLY_DATA = 42,
	EXTENSION_SUPPORTED_VERSIONS = 43,
};

bool
tls_is_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

bool
tls_take_vector(struct cur *c, int bytes, struct slice *out)
{
	struct cur at = *c;
	struct slice length;
	size_t n = 0;

	if (!cur_take(&at, (size_t)bytes, &length))
		return false;
	for (int i = 0; i < bytes; i++)
		n = n << 8 | length.p[i];
	if (!cur_take(&at, n, out))
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

	if (!tls_take_vector(&c, 2, &list))
		return;
	c = cur_of(list.p, list.n);
	while (cur_u8(&c, &type) && tls_take_vector(&c, 2, &name)) {
		if (type != 0 || h->name.n > 0)
			continue;
		if (name.n > 0 && name.n <= TLS_NAME_MAX &&
		    memchr(name.p, '\0', name.n) == NULL)
			h->name = name;
	}
}

/* A list behind its length in so many bytes, and nothing else. */
static struct slice
list_in(struct slice extension, int bytes)
{
	struct cur c = cur_of(extension.p, extension.n);
	struct slice list;

	return tls_take_vector(&c, bytes, &list) ? list :
						   (struct slice){ NULL, 0 };
}

/* RFC 7301, 3.1. */
struct slice
tls_alpn_list(struct slice extension)
{
	return list_in(extension, 2);
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
	if (!tls_take_vector(&c, 1, &list))
		return;
	c = cur_of(list.p, list.n);
	while (cur_be16(&c, &v))
		if (!tls_is_grease(v) && v > best)
			best = v;
	if (best != 0)
		h->version = best;
}

struct slice
tls_extensions(struct slice body)
{
	return list_in(body, 2);
}

bool
tls_extension_next(struct slice *all, uint16_t *kind, struct slice *body)
{
	struct cur c;

	if (all->n == 0)
		return false;
	c = cur_of(all->p, all->n);
	if (!cur_be16(&c, kind) || !tls_take_vector(&c, 2, body))
		return false;
	*all = (struct slice){ c.pos, cur_left(&c) };
	return true;
}

/* What only a client says. */
static void
read_offer(struct tls_hello *h, uint16_t kind, struct slice one)
{
	switch (kind) {
	case TLS_EXTENSION_SERVER_NAME:
		h->has_name = true;
		read_server_name(h, cur_of(one.p, one.n));
		break;
	case EXTENSION_GROUPS:
		h->groups = list_in(one, 2);
		break;
	case EXTENSION_FORMATS:
		h->formats = list_in(one, 1);
		break;
	case EXTENSION_SIGNATURES:
		h->signatures = list_in(one, 2);
		break;
	case EXTENSION_EARLY_DATA:
		h->early = true;
		break;
	}
}

static void
read_extensions(struct tls_hello *h, uint8_t type)
{
	struct slice all = h->extensions, one;
	uint16_t kind;

	while (tls_extension_next(&all, &kind, &one)) {
		if (kind == TLS_EXTENSION_ALPN)
			h->alpn = tls_alpn_list(one);
		else if (kind == EXTENSION_SUPPORTED_VERSIONS)
			read_versions(h, cur_of(one.p, one.n), type);
		h->psk |= kind == EXTENSION_PRE_SHARED_KEY;
		h->mac_last |= kind == EXTENSION_ENCRYPT_THEN_MAC;
		if (type == TLS_CLIENT_HELLO)
			read_offer(h, kind, one);
	}
}

/* RFC 8446, 4.1.3: a server hello with this random asks for another hello. */
static bool
is_retry(struct slice random)
{
	static const uint8_t retry[TLS_RANDOM_BYTES] = { 0xcf, 0x21, 0xad, 0x74,
		0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65,
		0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
		0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c };

	return memcmp(random.p, retry, sizeof retry) == 0;
}

bool
tls_hello_parse(struct slice body, uint8_t type, struct tls_hello *out)
{
	struct slice compression;
	struct cur c;

	*out = (struct tls_hello){ 0 };
	if (body.n == 0)
		return false;
	c = cur_of(body.p, body.n);
	if (!cur_be16(&c, &out->version) ||
	    !cur_take(&c, TLS_RANDOM_BYTES, &out->random) ||
	    !tls_take_vector(&c, 1, &out->session_id))
		return false;
	if (type == TLS_CLIENT_HELLO) {
		if (!tls_take_vector(&c, 2, &out->suites) ||
		    !tls_take_vector(&c, 1, &compression))
			return false;
	} else {
		if (!cur_be16(&c, &out->suite) ||
		    !cur_u8(&c, &out->compression))
			return false;
		out->retry = is_retry(out->random);
	}
	out->legacy_version = out->version;
	(void)tls_take_vector(&c, 2, &out->extensions);
	read_extensions(out, type);
	return true;
}

bool
tls_alpn_next(struct slice *alpn, struct slice *name)
{
	struct cur c;

	if (alpn->n == 0)
		return false;
	c = cur_of(alpn->p, alpn->n);
	while (tls_take_vector(&c, 1, name)) {
		if (name->n == 2 && tls_is_grease(get_be16(name->p)))
			continue;
		*alpn = (struct slice){ c.pos, cur_left(&c) };
		return true;
	}
	return false;
}
