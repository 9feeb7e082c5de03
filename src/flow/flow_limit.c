/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow_limit.c: who goes when there is more than --max-memory.
 */
#include "base/spill.h"
#include "flow/flow_parts.h"

/* The last connection may have so much, whatever the limit is. */
#define MEMORY_OF_ONE ((size_t)64 << 10)

static uint64_t
live(const struct flows *f)
{
	return f->tab.live + (f->udp != NULL ? udp_flows_live(f->udp) : 0);
}

static bool
evict_udp(struct flows *f)
{
	if (f->udp == NULL || !udp_flows_evict(f->udp))
		return false;
	f->stats.evicted_udp++;
	return true;
}

/* Closed records go first: nothing is lost with them. */
static void
evict_one(struct flows *f)
{
	static const enum flow_kind turn[] = { KIND_SPARED, KIND_LINGERING,
		KIND_HALF_OPEN, KIND_OLD, KIND_LIVE };

	for (size_t t = 0; t < sizeof(turn) / sizeof(turn[0]); t++) {
		uint32_t i = f->tab.lists[turn[t]].first;

		if (turn[t] == KIND_OLD && evict_udp(f))
			return;
		if (i == FLOW_TABLE_NONE)
			continue;
		/* It has come just now: one that is silent goes instead. */
		if (turn[t] == KIND_HALF_OPEN && f->tab.live > 1 &&
		    f->tab.lists[KIND_HALF_OPEN].n == 1 &&
		    flow_table_half(flow_table_at(&f->tab, i)).last_packet ==
			f->packet)
			continue;
		if (turn[t] == KIND_HALF_OPEN)
			f->stats.evicted_half_open++;
		else if (turn[t] == KIND_OLD || turn[t] == KIND_LIVE)
			f->stats.evicted++;
		flows_finish(f, i, CLOSE_EVICTED);
		return;
	}
}

void
flows_look_beside(struct flows *f)
{
	const size_t *elsewhere = f->model.events->memory;

	f->beside = spill_excess(f->model.keep) + spill_excess(f->model.blank) +
	    (elsewhere != NULL ? *elsewhere : 0);
}

static uint64_t
held(const struct flows *f)
{
	return f->model.memory + f->beside;
}

/* Evicts until no more than that is held. */
static void
shrink(struct flows *f, uint64_t most)
{
	uint64_t n;

	flows_look_beside(f);
	while ((n = live(f)) > 0 && held(f) > most &&
	    (n > 1 || held(f) > MEMORY_OF_ONE)) {
		evict_one(f);
		flows_look_beside(f);
	}
}

void
flows_make_room(struct flows *f)
{
	shrink(f, f->model.cfg->max_memory);
}

bool
flows_give_up_half(struct flows *f)
{
	uint64_t before = live(f);

	flows_look_beside(f);
	shrink(f, held(f) / 2);
	return live(f) < before;
}
