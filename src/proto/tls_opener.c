/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_opener.c: a session's turns, with TLS opened. */
#include "proto/tls_opener.h"

#include <stdlib.h>

#include "base/xalloc.h"

struct tls_opener {
	struct tls_opener_setup setup;
	struct tls_opened facts;
};

struct tls_opener *
tls_opener_new(const struct tls_opener_setup *setup)
{
	struct tls_opener *o = xcalloc(1, sizeof *o);

	o->setup = *setup;
	o->facts.client = -1;
	return o;
}

void
tls_opener_free(struct tls_opener *o)
{
	free(o);
}

size_t
tls_opener_memory(const struct tls_opener *o)
{
	return sizeof *o;
}

void
tls_opener_turn(struct tls_opener *o, const struct chunk *turn)
{
	o->setup.events->turn(o->setup.owner, turn);
}

void
tls_opener_gap(struct tls_opener *o, int dir, const struct gap *g)
{
	o->setup.events->gap(o->setup.owner, dir, g);
}

void
tls_opener_finish(struct tls_opener *o)
{
	(void)o;
}

void
tls_opener_give_up(struct tls_opener *o)
{
	(void)o;
}

const struct tls_opened *
tls_opener_facts(struct tls_opener *o)
{
	return &o->facts;
}

const char *
tls_reason_name(enum tls_reason reason)
{
	static const char *const names[] = {
		[TLS_NO_KEYS] = "no keys",
		[TLS_WRONG_KEYS] = "wrong keys",
		[TLS_NO_HANDSHAKE] = "no handshake",
		[TLS_UNKNOWN_SUITE] = "unknown suite",
		[TLS_BROKEN] = "broken",
		[TLS_LIMIT] = "limit",
	};

	return names[reason];
}
