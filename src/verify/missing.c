/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* missing.c: bytes of ours that a peer does not have, and why. */
#include <stdlib.h>

#include "verify/lookup.h"
#include "verify/wire.h"

/* Bytes at a higher position were captured before that packet. */
static bool
later_came_before(const struct evidence *e, int64_t pos, uint64_t packet)
{
	for (size_t i = evidence_behind(e, pos); i < e->n_copies; i++)
		if (e->copies[i].n > 0 && !e->copies[i].foreign &&
		    e->copies[i].packet < packet)
			return true;
	return false;
}

static enum reason
reason_of_marks(unsigned marks)
{
	if (marks & WIRE_LINK)
		return REASON_LINK;
	if (marks & WIRE_TUNNEL)
		return REASON_TUNNEL;
	if (marks & WIRE_EXTENSION)
		return REASON_EXTENSION;
	if (marks & WIRE_NO_LENGTH)
		return REASON_NO_LENGTH;
	return marks & WIRE_FRAGMENTS ? REASON_FRAGMENTS : REASON_UNKNOWN;
}

/* What is common to the segments that brought bytes of ours. */
struct bringers {
	size_t n; /* bytes that the same segments brought */
	bool taken;
	unsigned marks;	 /* that all of them have */
	uint64_t packet; /* the first */
};

static struct bringers
bringers_of(const struct evidence *e, int64_t pos, struct slice ours)
{
	struct bringers b = { .marks = ~0U, .packet = UINT64_MAX };
	size_t i = evidence_behind(e, pos), limit = ours.n;
	const struct copy *c;

	if (i < e->n_copies && (uint64_t)(e->copies[i].pos - pos) < limit)
		limit = (size_t)(e->copies[i].pos - pos);
	while ((c = evidence_next(e, pos, &i)) != NULL) {
		struct slice s = copy_from(c, pos, false);
		size_t n = slice_common(s, ours);

		if (s.n > 0 && (n > 0 ? n : 1) < limit)
			limit = n > 0 ? n : 1;
		if (n == 0)
			continue;
		b.n = limit;
		b.taken |= *c->taken >= c->n;
		b.marks &= c->marks;
		if (c->packet < b.packet)
			b.packet = c->packet;
	}
	if (b.n > limit)
		b.n = limit;
	return b;
}

/* A hole before pos that the other side did not acknowledge: tshark waits for
 * the bytes to the end. */
static bool
is_behind_hole(const struct evidence *e, int64_t pos)
{
	for (size_t i = 0; i < e->n_gaps && e->peer == PEER_TSHARK; i++) {
		int64_t end = (int64_t)(e->gaps[i].off + e->gaps[i].len);

		if (end <= pos && e->acked < end)
			return true;
	}
	return false;
}

static enum reason
reason_of_loss(const struct evidence *e, int64_t pos, const struct bringers *b)
{
	if (b->n == 0)
		return REASON_UNKNOWN;
	if (e->unseen)
		return REASON_NO_TCP;
	if (e->peer == PEER_TCPFLOW &&
	    reason_of_marks(b->marks) != REASON_UNKNOWN)
		return reason_of_marks(b->marks);
	if (b->taken || e->busy)
		return REASON_REUSE;
	if (e->peer == PEER_TSHARK && e->again != 0 && b->packet > e->again)
		return REASON_SPLIT;
	if (is_behind_hole(e, pos))
		return REASON_HOLE_WAITED;
	if (later_came_before(e, pos, b->packet))
		return e->opened ? REASON_GIVEN_UP : REASON_LATE;
	if (e->ended_at != 0 && b->packet > e->ended_at)
		return REASON_AFTER_END;
	return REASON_UNKNOWN;
}

static void
explain_loss(const struct evidence *e, int64_t from, int64_t to,
    struct finding *f)
{
	int64_t pos = from;

	while (pos < to) {
		struct slice ours = evidence_ours(e, pos);

		if (ours.n > (uint64_t)(to - pos))
			ours.n = (size_t)(to - pos);

		struct bringers b = bringers_of(e, pos, ours);
		enum reason why = reason_of_loss(e, pos, &b);

		finding_add(f, pos, why);
		if (why == REASON_UNKNOWN)
			return;
		pos += (int64_t)b.n;
	}
}

static int
by_from(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

bool
explain_missing(const struct evidence *e, struct finding *f)
{
	size_t at = 0;

	if (f->n_spans > 0)
		qsort(f->spans, f->n_spans, sizeof(*f->spans), by_from);
	for (size_t i = 0; i < e->n_ours; i++) {
		int64_t pos = e->ours[i].pos;
		int64_t end = pos + (int64_t)e->ours[i].bytes.n;

		while (pos < end) {
			while (at < f->n_spans && f->spans[at].to <= pos)
				at++;
			int64_t next =
			    at < f->n_spans && f->spans[at].from < end ?
			    f->spans[at].from :
			    end;

			if (next > pos)
				explain_loss(e, pos, next, f);
			pos = next;
			if (at < f->n_spans && f->spans[at].from <= pos &&
			    f->spans[at].to > pos)
				pos = f->spans[at].to;
		}
	}
	return finding_is_explained(f);
}
