/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* ws_extensions.c: reads Sec-WebSocket-Extensions. */
#include "proto/ws_extensions.h"

#include <string.h>

#include "proto/coding.h"

/* The next part of an element, up to a semicolon; false at the end. */
static bool
next_parameter(struct cur *c, struct slice *out)
{
	const uint8_t *end;
	size_t n = cur_left(c);

	if (n == 0)
		return false;
	end = memchr(c->pos, ';', n);
	if (end != NULL)
		n = (size_t)(end - c->pos);
	*out = slice_trim((struct slice){ c->pos, n });
	cur_skip(c, end != NULL ? n + 1 : n);
	return true;
}

void
ws_extensions_add(struct ws_extensions *x, struct slice list)
{
	struct cur rest = cur_of(list.p, list.n);
	struct slice element, word;

	while (list_next(&rest, &element)) {
		struct cur c = cur_of(element.p, element.n);

		if (x->deflate || !next_parameter(&c, &word) ||
		    !slice_is(word, "permessage-deflate"))
			continue;
		x->deflate = true;
		while (next_parameter(&c, &word)) {
			x->no_takeover[0] |=
			    slice_is(word, "client_no_context_takeover");
			x->no_takeover[1] |=
			    slice_is(word, "server_no_context_takeover");
		}
	}
}
