/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* peer.c: streams of parts. */
#include "verify/peer.h"

#include <arpa/inet.h>
#include <stdlib.h>

void
peer_add(struct peer_result *p, size_t pair)
{
	p->v = room_for_one(p->v, p->n, &p->cap, sizeof(*p->v));
	p->v[p->n++] = (struct peer_stream){ .pair = pair };
}

void
peer_stream_add(struct peer_stream *s, const struct peer_part *x)
{
	struct peer_part *last = s->n > 0 ? &s->v[s->n - 1] : NULL;

	if (last != NULL && last->kind == x->kind && x->kind > PART_EXTRA &&
	    last->from == x->from && last->pos + last->len == x->pos) {
		last->len += x->len;
		return;
	}
	s->v = room_for_one(s->v, s->n, &s->cap, sizeof(*s->v));
	s->v[s->n++] = *x;
}

static int
by_pair(const void *a, const void *b)
{
	const struct peer_stream *x = a, *y = b;

	return x->pair < y->pair ? -1 : x->pair > y->pair;
}

void
peer_sort(struct peer_result *p)
{
	if (p->n > 0)
		qsort(p->v, p->n, sizeof(*p->v), by_pair);
}

void
peer_free(struct peer_result *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].v);
	free(p->v);
	free(p->listed);
}

bool
peer_parse_address(const char *text, size_t n, struct endpoint *out)
{
	char copy[INET6_ADDRSTRLEN] = "";

	memset(out->addr, 0, sizeof(out->addr));
	if (n >= sizeof(copy))
		return false;
	memcpy(copy, text, n);
	out->family = strchr(copy, ':') != NULL ? 6 : 4;
	return inet_pton(out->family == 6 ? AF_INET6 : AF_INET, copy,
		   out->addr) == 1;
}
