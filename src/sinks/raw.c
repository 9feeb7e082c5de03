/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* raw.c: the bytes of each direction, a file each. */
#include "sinks/sink.h"

struct raw {
	struct sink_session *ss;
	struct out_file *file[2]; /* NULL before the first byte */
	uint64_t next[2];	  /* stream offset behind the last byte */
};

static void
raw_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct raw *r = st;

	(void)s;
	r->ss = ss;
}

/* A gap needs no event of its own: it shows where the next bytes begin. */
static void
raw_data(void *st, const struct chunk *c)
{
	struct raw *r = st;
	int dir = c->dir;

	if (r->file[dir] == NULL)
		r->file[dir] = sink_create_raw(r->ss, dir);
	if (c->off > r->next[dir] && !r->ss->env->gaps_skip)
		out_hole(r->file[dir], c->off - r->next[dir]);
	out_write(r->file[dir], c->bytes.p, c->bytes.n);
	r->next[dir] = c->off + c->bytes.n;
}

/* The gap has been passed: its bytes go where its zeros are. */
static bool
raw_late(void *st, const struct chunk *c)
{
	struct raw *r = st;
	struct chunk rest = *c;
	uint64_t before = r->next[c->dir];

	if (r->ss->env->gaps_skip)
		return false;
	if (c->off < before) {
		size_t n = c->bytes.n;

		if (before - c->off < n)
			n = (size_t)(before - c->off);
		out_fill(r->file[c->dir], c->off, c->bytes.p, n);
		rest.off += n;
		rest.bytes.p += n;
		rest.bytes.n -= n;
	}
	if (rest.bytes.n > 0)
		raw_data(st, &rest);
	return true;
}

static void
raw_settle(void *st)
{
	struct raw *r = st;

	for (int dir = 0; dir < 2; dir++)
		if (r->file[dir] != NULL)
			out_settle(r->file[dir]);
}

static void
raw_close(void *st, const struct session *s)
{
	struct raw *r = st;

	(void)s;
	for (int dir = 0; dir < 2; dir++)
		if (r->file[dir] != NULL)
			sink_close(r->ss, r->file[dir]);
}

const struct sink sink_raw = {
	.name = "raw",
	.size = sizeof(struct raw),
	.cost = SINK_COST,
	.open = raw_open,
	.data = raw_data,
	.late = raw_late,
	.settle = raw_settle,
	.close = raw_close,
};
