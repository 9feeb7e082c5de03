/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* order.c: two orders of the same bytes, compared. */
#include "verify/order.h"

#include <stdlib.h>

#include "base/xalloc.h"

/* Differences looked into, of one session. */
#define LOOKS_MAX 1000

/* Bytes of one direction, and how far the other one was when they came. */
struct stage {
	int64_t pos;
	int64_t len;
	int64_t other;
	bool concurrent; /* or the other's bytes just before */
};

/* The stages of one direction; the caller frees. */
static struct stage *
stages_of(const struct turns *t, int dir, size_t *n)
{
	struct stage *v = xcalloc(t->n + 1, sizeof(*v));
	int64_t other = 0;
	bool crossed = false;

	*n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct turn *x = &t->v[i];

		if (x->dir == dir) {
			v[(*n)++] = (struct stage){ x->pos, x->len, other,
				x->concurrent || crossed };
			continue;
		}
		if (x->pos + x->len > other)
			other = x->pos + x->len;
		crossed = x->concurrent;
	}
	return v;
}

/* What the sender of the byte at pos had seen of the other side at least:
 * the least that is acknowledged with it or with anything behind it. */
static int64_t
need_of(const struct evidence *e, int64_t pos)
{
	int64_t need = INT64_MAX;

	for (size_t i = 0; i < e->n_copies; i++) {
		const struct copy *c = &e->copies[i];

		if (c->n > 0 && !c->foreign && c->ack < need &&
		    c->pos + (int64_t)c->n > pos)
			need = c->ack;
	}
	return need == INT64_MAX ? INT64_MIN : need;
}

static enum reason
judge(const struct evidence *e, int64_t pos, int64_t peer_other,
    bool concurrent)
{
	if (need_of(e, pos) > peer_other)
		return REASON_ORDER_CAUSE;
	return concurrent ? REASON_ORDER_CROSSED : REASON_UNKNOWN;
}

static void
compare_stages(const struct stage *a, size_t n_a, const struct stage *b,
    size_t n_b, const struct evidence *e, struct finding *f)
{
	size_t i = 0, k = 0, looks = 0;

	while (i < n_a && k < n_b && looks < LOOKS_MAX) {
		int64_t from = a[i].pos > b[k].pos ? a[i].pos : b[k].pos;
		int64_t a_end = a[i].pos + a[i].len;
		int64_t b_end = b[k].pos + b[k].len;

		/* The other half is found when the directions change roles. */
		if (from < a_end && from < b_end && b[k].other < a[i].other) {
			finding_add(f, from,
			    judge(e, from, b[k].other, a[i].concurrent));
			looks++;
		}
		if (a_end <= b_end)
			i++;
		if (b_end <= a_end)
			k++;
	}
}

void
order_compare(const struct turns *ours, const struct turns *peer,
    const struct evidence *e[2], struct finding f[2])
{
	for (int dir = 0; dir < 2; dir++) {
		size_t n_a, n_b;
		struct stage *a = stages_of(ours, dir, &n_a);
		struct stage *b = stages_of(peer, dir, &n_b);

		compare_stages(a, n_a, b, n_b, e[dir], &f[dir]);
		free(a);
		free(b);
	}
}
