/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * report_turns.c: what was said in a session, cut into records as transcripts
 * cut it (transcript.c); and how much of it a report keeps.
 */
#include <string.h>

#include "base/fmt.h"
#include "sinks/report_parts.h"
#include "sinks/transcript.h"

static bool
is_shown(const struct report_session *x)
{
	return x->n_turns <= x->report->turns.share;
}

static void
keep_turn(struct report_session *x, const struct report_turn *t)
{
	x->log.fixed = true;
	if (is_shown(x))
		spill_log_put(x->report->spill, &x->log, t, sizeof *t);
}

void
report_turn_end(struct report_session *x)
{
	if (x->in_turn)
		keep_turn(x, &x->turn);
	x->in_turn = false;
}

/* A new record begins where text begins that was opened. */
static void
note_opened(struct report_session *x)
{
	if (x->opened || x->ss->env->wire || !sink_is_opened(x->ss))
		return;
	x->opened = true;
	report_turn_end(x);
}

static void
turn_begin(struct report_session *x, const struct chunk *c)
{
	memset(&x->turn, 0, sizeof x->turn);
	x->turn.ts_ns = c->ts_ns;
	x->turn.packet = c->packet;
	x->turn.off = c->off;
	x->turn.dir = (uint8_t)c->dir;
	x->turn.concurrent = c->concurrent;
	x->in_turn = true;
	x->n_turns++;
}

/* As much of the bytes as the direction may show. */
static void
keep_bytes(struct report_session *x, const struct chunk *c)
{
	struct spill_log *said = &x->said[c->dir];
	uint32_t share = x->report->payload.share;
	size_t n = c->bytes.n;

	if (!is_shown(x) || said->size >= share)
		return;
	if (n > share - said->size)
		n = (size_t)(share - said->size);
	said->fixed = true;
	spill_log_put(x->report->spill, said, c->bytes.p, n);
	x->turn.kept += (uint32_t)n;
}

void
report_turn(void *st, const struct chunk *c)
{
	struct report_session *x = st;

	note_opened(x);
	if (!x->in_turn || c->dir != x->turn.dir ||
	    fmt_since(c->ts_ns, x->last_ns) > TRANSCRIPT_SILENCE_NS) {
		report_turn_end(x);
		turn_begin(x, c);
	}
	x->last_ns = c->ts_ns;
	x->turn.len += c->bytes.n;
	keep_bytes(x, c);
	report_count(x->report);
}

void
report_gap(void *st, int dir, const struct gap *g)
{
	struct report_session *x = st;
	struct report_turn t;

	report_turn_end(x);
	memset(&t, 0, sizeof t);
	t.off = g->off;
	t.len = g->len;
	t.dir = (uint8_t)dir;
	t.is_gap = 1;
	t.reason = (uint8_t)g->reason;
	x->n_turns++;
	keep_turn(x, &t);
	report_count(x->report);
}
