/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * conn_wait.c: how long each end let the other wait for its answer: from the
 * last new byte of the one to the first of the other that was sent when all of
 * that had arrived.
 *
 * Times are those at which bytes were first captured: what is said again moves
 * nothing.  A wait counts when both ends of it are in the capture: where
 * something is missing between them nobody knows who waited.
 */
#include "flow/conn_parts.h"

/* What the answer's sender had received, against what the other side said. */
enum heard {
	HEARD_LESS, /* they crossed: it is no answer yet */
	HEARD_ALL,
	HEARD_MORE, /* something that was not captured */
};

static enum heard
heard(const struct stream *asked, uint64_t need)
{
	if (need == 0 || need == asked->seen_end ||
	    (asked->fin == asked->seen_end && need == asked->fin + 1))
		return HEARD_ALL;
	return need < asked->seen_end ? HEARD_LESS : HEARD_MORE;
}

static void
count_wait(struct conn_wait *w, int e, int64_t asked_ns, int64_t ts_ns)
{
	int64_t ns;

	if (__builtin_sub_overflow(ts_ns, asked_ns, &ns) || ns < 0 ||
	    (uint64_t)ns < w->longest[e])
		return;
	w->longest[e] = (uint64_t)ns + 1;
}

void
conn_wait_forget(struct conn *c)
{
	c->wait.unsure = false;
	c->wait.asked_ns = 0;
}

/* Of the end that had spoken already. */
static void
speak_on(struct conn *c, int e, const struct said *x)
{
	struct conn_wait *w = &c->wait;

	if (!w->unsure || x->pos > x->next)
		return;
	count_wait(w, e, w->asked_ns, x->ts_ns);
	conn_wait_forget(c);
}

/* Of the other: false when it is no answer yet. */
static bool
answers(struct conn *c, int e, const struct said *x)
{
	struct conn_wait *w = &c->wait;
	enum heard h = heard(&c->stream[!e], x->need);

	conn_wait_forget(c);
	if (h != HEARD_ALL)
		return h != HEARD_LESS;
	if (x->seen_end == 0 || x->pos <= x->seen_end) {
		count_wait(w, e, w->spoke_ns, x->ts_ns);
	} else {
		w->unsure = true;
		w->asked_ns = w->spoke_ns;
	}
	return true;
}

void
conn_note_said(struct conn *c, int e, const struct said *x)
{
	struct conn_wait *w = &c->wait;

	/* Captured late: the other end had it. */
	if (c->self || x->end <= c->stream[e].acked)
		return;
	if (w->spoke == 1 + e)
		speak_on(c, e, x);
	else if (w->spoke != 0 && !answers(c, e, x))
		return;
	w->spoke = (uint8_t)(1 + e);
	w->spoke_ns = x->ts_ns;
}

int64_t
conn_wait_ns(const struct conn *c, int e)
{
	return (int64_t)(c->wait.longest[e] - 1);
}
