/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_facts.c: what the first handshake of a connection says of it. */
#include "proto/tls_facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/xalloc.h"
#include "proto/tls_fingerprint.h"

static char *
copy_text(struct slice s)
{
	char *to = xmalloc(s.n + 1);

	memcpy(to, s.p, s.n);
	to[s.n] = '\0';
	return to;
}

static void
copy_session_id(uint8_t to[static 33], struct slice id)
{
	to[0] = 0;
	if (id.n == 0 || id.n > 32)
		return;
	to[0] = (uint8_t)id.n;
	memcpy(to + 1, id.p, id.n);
}

/* The server's choice is a list of one (RFC 7301, 3.1). */
static void
take_alpn(struct tls_facts *f, struct slice list)
{
	struct slice name;

	if (f->alpn == NULL && tls_alpn_next(&list, &name) && name.n > 0 &&
	    memchr(name.p, '\0', name.n) == NULL)
		f->alpn = copy_text(name);
}

static void
take_client_hello(struct tls_facts *f, struct slice body)
{
	struct tls_hello h;

	if (f->client || !tls_hello_parse(body, TLS_CLIENT_HELLO, &h))
		return;
	f->client = true;
	f->early = h.early;
	if (!f->server)
		f->version = h.version;
	memcpy(f->client_random, h.random.p, TLS_RANDOM_BYTES);
	copy_session_id(f->session_id[0], h.session_id);
	if (h.name.n > 0)
		f->name = copy_text(h.name);
	buf_put(&f->offered, h.alpn.p, h.alpn.n);
	tls_ja3(f->ja3, &h);
	tls_ja4(f->ja4, &h);
}

static void
take_server_hello(struct tls_facts *f, struct slice body)
{
	struct tls_hello h;

	if (f->server || !tls_hello_parse(body, TLS_SERVER_HELLO, &h))
		return;
	if (h.retry) {
		f->retry = true;
		return;
	}
	f->server = true;
	f->version = h.version;
	f->suite = h.suite;
	f->psk = h.psk;
	copy_session_id(f->session_id[1], h.session_id);
	take_alpn(f, h.alpn);
	tls_ja3s(f->ja3s, &h);
}

/* RFC 8446, 4.3.1. */
static void
take_encrypted_extensions(struct tls_facts *f, struct slice body)
{
	struct slice all = tls_extensions(body), one;
	uint16_t kind;

	while (tls_extension_next(&all, &kind, &one))
		if (kind == TLS_EXTENSION_ALPN)
			take_alpn(f, tls_alpn_list(one));
}

static void
add_certificate(struct tls_certificates *c, struct slice der)
{
	if (c->n == LIMIT_LIST)
		return;
	c->digests = xreallocarray(c->digests, c->n + 1, sizeof *c->digests);
	digest_sha256_of(c->digests[c->n], der);
	c->n++;
}

/* RFC 5246, 7.4.2: a list; in TLS 1.3 behind a context, each with extensions
 * (RFC 8446, 4.4.2). */
static void
take_certificates(struct tls_facts *f, struct tls_certificates *c,
    struct slice body)
{
	bool is_13 = f->server && f->version >= TLS_VERSION_13;
	struct cur in = cur_of(body.p, body.n);
	struct slice context, list, one, extensions;

	if (c->seen)
		return;
	c->seen = true;
	if ((is_13 && !tls_take_vector(&in, 1, &context)) ||
	    !tls_take_vector(&in, 3, &list))
		return;
	in = cur_of(list.p, list.n);
	while (tls_take_vector(&in, 3, &one)) {
		add_certificate(c, one);
		if (is_13 && !tls_take_vector(&in, 2, &extensions))
			return;
	}
}

bool
tls_facts_wants(uint8_t type)
{
	return type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO ||
	    type == TLS_ENCRYPTED_EXTENSIONS || type == TLS_CERTIFICATE;
}

void
tls_facts_message(struct tls_facts *f, bool from_client, uint8_t type,
    struct slice body)
{
	if (body.n == 0)
		return;
	switch (type) {
	case TLS_CLIENT_HELLO:
		take_client_hello(f, body);
		break;
	case TLS_SERVER_HELLO:
		take_server_hello(f, body);
		break;
	case TLS_ENCRYPTED_EXTENSIONS:
		take_encrypted_extensions(f, body);
		break;
	case TLS_CERTIFICATE:
		take_certificates(f, &f->certificates[!from_client], body);
		break;
	}
}

void
tls_facts_fini(struct tls_facts *f)
{
	free(f->name);
	free(f->alpn);
	buf_free(&f->offered);
	free(f->certificates[0].digests);
	free(f->certificates[1].digests);
	*f = (struct tls_facts){ 0 };
}

size_t
tls_facts_memory(const struct tls_facts *f)
{
	return (f->name != NULL ? strlen(f->name) : 0) +
	    (f->alpn != NULL ? strlen(f->alpn) : 0) + f->offered.cap +
	    (f->certificates[0].n + f->certificates[1].n) * DIGEST_SHA256_BYTES;
}

enum tls_resumed
tls_facts_resumed(const struct tls_facts *f)
{
	const uint8_t *client = f->session_id[0];

	if (!f->server)
		return TLS_RESUMED_UNKNOWN;
	if (f->version >= TLS_VERSION_13)
		return f->psk ? TLS_RESUMED_YES : TLS_RESUMED_NO;
	if (!f->client)
		return TLS_RESUMED_UNKNOWN;
	return client[0] > 0 &&
		memcmp(client, f->session_id[1], 1 + client[0]) == 0 ?
	    TLS_RESUMED_YES :
	    TLS_RESUMED_NO;
}

bool
tls_facts_early_refused(const struct tls_facts *f)
{
	return f->early &&
	    (f->retry ||
		(f->server && (!f->psk || f->version < TLS_VERSION_13)));
}
