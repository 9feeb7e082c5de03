/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * plain.c: what was said in a session that was opened, a file for each
 * direction.
 *
 * What stood in the clear before TLS began is part of it; it waits until
 * something is opened, and is forgotten when nothing can be.
 */
#include "base/record_log.h"
#include "sinks/sink.h"

struct plain {
	struct sink_session *ss;
	struct out_file *file[2]; /* NULL before the first byte */
	uint64_t next[2];	  /* offset behind the last byte */
	struct spill_log
	    clear; /* of each chunk struct clear_place, then bytes */
};

struct clear_place {
	uint64_t off;
	uint64_t dir;
};

static void
plain_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct plain *x = st;

	(void)s;
	x->ss = ss;
	x->clear.fixed = true;
}

/* A gap needs no event of its own: it shows where the next bytes begin. */
static void
put_plain(struct plain *x, int dir, uint64_t off, struct slice bytes)
{
	static const char *const endings[2] = { ".plain.c2s", ".plain.s2c" };

	if (x->file[dir] == NULL) {
		x->file[dir] = sink_create(x->ss, endings[dir]);
		if (!x->file[dir]->absent)
			x->ss->names.plain[dir] = x->ss->names.last;
	}
	if (off > x->next[dir] && !x->ss->env->gaps_skip)
		out_hole(x->file[dir], off - x->next[dir]);
	out_write(x->file[dir], bytes.p, bytes.n);
	x->next[dir] = off + bytes.n;
}

static void
pass_clear(void *arg, struct slice record)
{
	struct clear_place at;

	if (record_take_head(&record, &at, sizeof at))
		put_plain(arg, at.dir & 1, at.off, record);
}

static void
plain_turn(void *st, const struct chunk *c)
{
	struct plain *x = st;
	struct spill *k = x->ss->env->spill;
	const struct tls_opened *o = x->ss->opened;
	const struct clear_place at = { c->off, (uint64_t)c->dir };

	if (o == NULL || (o->seen && o->decrypted == TLS_DECRYPTED_NO)) {
		spill_log_free(k, &x->clear);
		return;
	}
	if (o->decrypted == TLS_DECRYPTED_NO) {
		record_log_put(k, &x->clear,
		    (struct slice){ (const uint8_t *)&at, sizeof at },
		    c->bytes);
		return;
	}
	record_log_replay(k, &x->clear, pass_clear, x);
	spill_log_free(k, &x->clear);
	put_plain(x, c->dir, c->off, c->bytes);
}

static void
plain_settle(void *st)
{
	struct plain *x = st;

	for (int dir = 0; dir < 2; dir++)
		if (x->file[dir] != NULL)
			out_settle(x->file[dir]);
}

static void
plain_close(void *st, const struct session *s)
{
	struct plain *x = st;

	(void)s;
	for (int dir = 0; dir < 2; dir++)
		if (x->file[dir] != NULL)
			sink_close(x->ss, x->file[dir]);
	spill_log_free(x->ss->env->spill, &x->clear);
}

const struct sink sink_plain = {
	.name = "plain",
	.size = sizeof(struct plain),
	.cost = SINK_COST,
	.only_opened = true,
	.open = plain_open,
	.turn = plain_turn,
	.settle = plain_settle,
	.close = plain_close,
};
