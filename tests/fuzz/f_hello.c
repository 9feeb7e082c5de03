/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* f_hello.c: any bytes as a hello of the client, then of the server; as each
 * message that says something of a connection; and as what a session says, cut
 * in any way. */
#include <stdint.h>
#include <string.h>

#include "base/limit.h"
#include "lib/require.h"
#include "proto/tls_probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct slice s, struct slice all)
{
	REQUIRE(s.n == 0 ||
	    (s.p >= all.p && s.n <= all.n &&
		(size_t)(s.p - all.p) <= all.n - s.n));
}

static void
as_messages(struct slice all)
{
	struct tls_facts f = { 0 };

	for (uint8_t type = 0; type < 16; type++)
		for (int from_client = 0; from_client < 2; from_client++)
			tls_facts_message(&f, from_client != 0, type, all);
	REQUIRE(!f.client || strlen(f.ja4) == TLS_JA4_LEN - 1);
	REQUIRE(f.client == (f.ja3[0] != '\0'));
	REQUIRE(f.server == (f.ja3s[0] != '\0'));
	for (int i = 0; i < 2; i++)
		REQUIRE(f.certificates[i].n <= LIMIT_LIST);
	REQUIRE(tls_facts_memory(&f) < 2 * all.n + 100000);
	tls_facts_fini(&f);
}

/* Both sides say the same. */
static struct tls_probe *
probe(struct slice all, size_t piece)
{
	struct tls_probe *p = NULL;

	for (int dir = 0; dir < 2; dir++)
		for (size_t at = 0; at < all.n;) {
			size_t left = all.n - at;
			struct chunk c = { .dir = dir, .off = at };

			c.bytes.p = all.p + at;
			c.bytes.n = left < piece ? left : piece;
			tls_probe_data(&p, &c, false);
			at += c.bytes.n;
		}
	return p;
}

/* A hello at the beginning is found however it is cut; records without one only
 * in pieces that hold their headers. */
static void
as_session(struct slice all)
{
	static const size_t pieces[] = { 1, 3, 100 };
	struct tls_probe *whole = probe(all, SIZE_MAX);
	const struct tls_facts *f = tls_probe_facts(whole);

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		struct tls_probe *cut = probe(all, pieces[i]);
		const struct tls_facts *g = tls_probe_facts(cut);

		if (f != NULL && f->client && !f->midstream) {
			REQUIRE(g != NULL && g->client);
			REQUIRE(strcmp(f->ja4, g->ja4) == 0);
		}
		tls_probe_free(cut);
	}
	tls_probe_free(whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice all = { data, size };

	for (uint8_t type = TLS_CLIENT_HELLO; type <= TLS_SERVER_HELLO;
	     type++) {
		struct tls_hello h;
		struct slice name;

		if (!tls_hello_parse(all, type, &h))
			continue;
		inside(h.random, all);
		inside(h.session_id, all);
		inside(h.name, all);
		inside(h.alpn, all);
		REQUIRE(h.name.n <= TLS_NAME_MAX);
		REQUIRE(
		    h.name.n == 0 || memchr(h.name.p, '\0', h.name.n) == NULL);
		while (tls_alpn_next(&h.alpn, &name))
			inside(name, all);
	}
	as_messages(all);
	as_session(all);
	return 0;
}
