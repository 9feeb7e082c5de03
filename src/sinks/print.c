/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* print.c: --print: each session in one piece on standard output. */
#include "sinks/print.h"

#include <stdlib.h>

#include "base/record_log.h"
#include "base/xalloc.h"
#include "sinks/message_fan.h"

/* Below so much memory, sessions that have ended stay there. */
#define MEMORY_EASY ((size_t)4 << 20)

/* A session whose turns wait in a log, each with its heading. */
struct print {
	struct sink_session *ss;
	const struct sink *shown;
	void *st; /* of shown; NULL while the turns wait */
	struct message_readers readers; /* shown, if it reads messages */
	struct message_fan fan;
	struct spill_log turns;
};

/* What a record of the log says before a turn's bytes, or all of a gap. */
struct heading {
	uint64_t off;
	uint64_t gap_len; /* 0: it is no gap */
	uint64_t packet;
	int64_t ts_ns;
	uint32_t reason; /* of a gap: enum gap_reason */
	uint16_t dir;
	uint16_t concurrent;
};

static void
show(struct print *p, const struct session *s)
{
	p->st = xcalloc(1, p->shown->size);
	p->shown->open(p->st, p->ss, s);
	message_readers_add(&p->readers, p->shown, 0);
	message_fan_open(&p->fan, p->ss->env, &p->readers, p->st);
}

/* Nothing waits. */
static void
print_init(struct print *p)
{
	p->readers = (struct message_readers){ 0 };
	p->fan = (struct message_fan){ 0 };
	p->turns = (struct spill_log){ .fixed = true };
}

static void
print_open(struct print *p, struct sink_session *ss, const struct session *s,
    const struct sink *shown)
{
	p->ss = ss;
	p->shown = shown;
	print_init(p);
	if (ss->env->console->at_once)
		show(p, s);
}

static void
print_store(struct print *p, const struct heading *h, struct slice bytes)
{
	record_log_put(p->ss->env->spill, &p->turns,
	    (struct slice){ (const uint8_t *)h, sizeof *h }, bytes);
}

static void
print_turn(void *st, const struct chunk *c)
{
	struct print *p = st;
	struct heading h = {
		.off = c->off,
		.packet = c->packet,
		.ts_ns = c->ts_ns,
		.dir = (uint16_t)c->dir,
		.concurrent = c->concurrent,
	};

	if (p->st != NULL)
		message_fan_turn(&p->fan, c);
	else
		print_store(p, &h, c->bytes);
}

static void
print_gap(void *st, int dir, const struct gap *g)
{
	struct print *p = st;
	struct heading h = {
		.off = g->off,
		.gap_len = g->len,
		.reason = (uint32_t)g->reason,
		.dir = (uint16_t)dir,
	};

	if (p->st != NULL)
		message_fan_gap(&p->fan, dir, g);
	else
		print_store(p, &h, (struct slice){ NULL, 0 });
}

static void
print_settle(void *st)
{
	struct print *p = st;
	struct spill *k = p->ss->env->spill;

	if (spill_memory(k) > MEMORY_EASY && p->turns.size > 0)
		spill_log_settle(k, &p->turns);
}

/* A record on its way out.  Where the scratch file has failed, anything may
 * pass for one. */
static void
show_record(void *arg, struct slice bytes)
{
	struct print *p = arg;
	struct heading h;

	if (!record_take_head(&bytes, &h, sizeof h))
		return;
	if (h.gap_len > 0) {
		struct gap g = {
			.off = h.off,
			.len = h.gap_len,
			.reason = h.reason < GAP_REASONS ?
			    (enum gap_reason)h.reason :
			    GAP_MEMORY,
		};

		message_fan_gap(&p->fan, h.dir & 1, &g);
	} else if (bytes.n > 0) {
		struct chunk c = {
			.dir = h.dir & 1,
			.concurrent = h.concurrent != 0,
			.off = h.off,
			.bytes = bytes,
			.packet = h.packet,
			.ts_ns = h.ts_ns,
		};

		message_fan_turn(&p->fan, &c);
	}
}

/* Shows what waits, and ends that. */
static void
show_all(struct print *p, const struct session *s)
{
	if (p->st == NULL) {
		show(p, s);
		record_log_replay(p->ss->env->spill, &p->turns, show_record, p);
	}
	(void)message_fan_close(&p->fan, s);
	p->shown->close(p->st, s);
	free(p->st);
	p->st = NULL;
}

/* Should more come after all, that is one more piece, with a header of its own.
 * An index object names the files, which are not all there yet. */
static bool
print_show(void *st, const struct session *s)
{
	struct print *p = st;

	if (p->shown == &shown_json && p->ss->env->out != NULL)
		return false;
	show_all(p, s);
	spill_log_free(p->ss->env->spill, &p->turns);
	print_init(p);
	return true;
}

static void
print_close(void *st, const struct session *s)
{
	struct print *p = st;
	bool rest = p->st != NULL || p->turns.size > 0 || !s->shown;

	if (p->st != NULL || (rest && !p->ss->unwanted))
		show_all(p, s);
	spill_log_free(p->ss->env->spill, &p->turns);
}

static void
open_readable(void *st, struct sink_session *ss, const struct session *s)
{
	print_open(st, ss, s, &shown_readable);
}

static void
open_text(void *st, struct sink_session *ss, const struct session *s)
{
	print_open(st, ss, s, &shown_text);
}

static void
open_hex(void *st, struct sink_session *ss, const struct session *s)
{
	print_open(st, ss, s, &shown_hex);
}

static void
open_json(void *st, struct sink_session *ss, const struct session *s)
{
	print_open(st, ss, s, &shown_json);
}

static void
open_raw(void *st, struct sink_session *ss, const struct session *s)
{
	print_open(st, ss, s, &shown_raw);
}

const struct sink sink_print_readable = {
	.name = "print",
	.shows_wire = true,
	.size = sizeof(struct print),
	.cost = SINK_COST,
	.open = open_readable,
	.turn = print_turn,
	.turn_gap = print_gap,
	.settle = print_settle,
	.show = print_show,
	.close = print_close,
};

const struct sink sink_print_text = {
	.name = "print",
	.shows_wire = true,
	.size = sizeof(struct print),
	.cost = SINK_COST,
	.open = open_text,
	.turn = print_turn,
	.turn_gap = print_gap,
	.settle = print_settle,
	.show = print_show,
	.close = print_close,
};

const struct sink sink_print_hex = {
	.name = "print",
	.shows_wire = true,
	.size = sizeof(struct print),
	.cost = SINK_COST,
	.open = open_hex,
	.turn = print_turn,
	.turn_gap = print_gap,
	.settle = print_settle,
	.show = print_show,
	.close = print_close,
};

const struct sink sink_print_raw = {
	.name = "print",
	.size = sizeof(struct print),
	.cost = SINK_COST,
	.open = open_raw,
	.turn = print_turn,
	.turn_gap = print_gap,
	.settle = print_settle,
	.close = print_close,
};

/* Of each session its index object, also where nothing was said. */
const struct sink sink_print_json = {
	.name = "print",
	.shows_wire = true,
	.size = sizeof(struct print),
	.cost = SINK_COST,
	.bare = true,
	.open = open_json,
	.turn = print_turn,
	.turn_gap = print_gap,
	.settle = print_settle,
	.show = print_show,
	.close = print_close,
};
