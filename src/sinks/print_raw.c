/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * print_raw.c: --print, the bytes as they were said: of both sides in the order
 * of cause and effect, or of one.  Gaps are left out.
 */
#include "sinks/print.h"

struct said_raw {
	const struct console *console;
};

static void
raw_begin(void *st, struct sink_session *ss, const struct session *s)
{
	struct said_raw *x = st;

	(void)s;
	x->console = ss->env->console;
}

static void
raw_turn(void *st, const struct chunk *c)
{
	struct said_raw *x = st;

	if (x->console->only == (c->dir == 0 ? ONLY_SERVER : ONLY_CLIENT))
		return;
	out_write(x->console->file, c->bytes.p, c->bytes.n);
}

static void
raw_gap(void *st, int dir, const struct gap *g)
{
	(void)st;
	(void)dir;
	(void)g;
}

static void
raw_end(void *st, const struct session *s)
{
	(void)st;
	(void)s;
}

const struct sink shown_raw = {
	.name = "print",
	.size = sizeof(struct said_raw),
	.open = raw_begin,
	.turn = raw_turn,
	.turn_gap = raw_gap,
	.close = raw_end,
};
