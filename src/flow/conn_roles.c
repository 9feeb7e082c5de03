/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* conn_roles.c: who is the client where no SYN says it: what was said, or else
 * who was heard first. */
#include <stdlib.h>

#include "flow/conn_parts.h"

/* What both sides hold, as chunks.  Their bytes lie behind each other in room,
 * from ordinal on until all are there. */
struct overheard {
	struct buf room;
	struct buf chunks;
	int e;
};

static void
hear(void *arg, uint64_t off, struct slice bytes, const struct stamp *st)
{
	struct overheard *h = arg;
	const struct chunk c = {
		.dir = h->e,
		.off = off,
		.bytes.n = bytes.n,
		.packet = st->packet,
		.ordinal = h->room.n,
		.ts_ns = st->ts_ns,
	};

	buf_put(&h->chunks, &c, sizeof c);
	buf_put(&h->room, bytes.p, bytes.n);
}

static int
by_packet(const void *a, const void *b)
{
	const struct chunk *x = a, *y = b;

	if (x->packet != y->packet)
		return x->packet < y->packet ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

/* The end that is the client by what was said, or -1. */
static int
client_by_content(const struct conn *c)
{
	const struct events *ev = c->model->events;
	struct overheard h = { .e = 0 };
	struct chunk *v;
	size_t n;
	int client = -1;

	if (ev->client == NULL || c->blank)
		return -1;
	for (; h.e < 2; h.e++)
		stream_show_held(&c->stream[h.e], conn_keep(c),
		    MODEL_SETTLE_BYTES, hear, &h);
	v = (struct chunk *)(void *)h.chunks.p;
	n = h.chunks.n / sizeof *v;
	for (size_t i = 0; i < n; i++) {
		v[i].bytes.p = h.room.p + v[i].ordinal;
		v[i].ordinal = i + 1;
	}
	if (n > 0) {
		qsort(v, n, sizeof *v, by_packet);
		client = ev->client(ev->ctx, v, n);
	}
	buf_free(&h.room);
	buf_free(&h.chunks);
	return client;
}

void
conn_settle_roles(struct conn *c)
{
	int client;

	if (c->client >= 0)
		return;
	client = client_by_content(c);
	if (client >= 0)
		c->roles = ROLES_CONTENT;
	c->client = client >= 0 ? (int8_t)client : c->first_sender;
}
