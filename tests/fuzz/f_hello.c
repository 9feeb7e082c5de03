/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* f_hello.c: any bytes as a hello of the client, then of the server. */
#include <stdint.h>
#include <string.h>

#include "lib/require.h"
#include "proto/tls_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(struct slice s, struct slice all)
{
	REQUIRE(s.n == 0 ||
	    (s.p >= all.p && s.n <= all.n &&
		(size_t)(s.p - all.p) <= all.n - s.n));
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
	return 0;
}
