/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report_shares.c: how much of each session a report shows. */
#include "base/limit.h"
#include "sinks/report_parts.h"

/* What a thing takes in the page, about: of payload four bytes for three, with
 * more for those that are escaped. */
#define ROW_COST 110
#define ELEMENT_COST 160
#define THING_COST 45
#define EXCHANGE_COST 350
#define PAYLOAD_COST(n) ((n) / 3 * 4)

void
report_shares_init(struct report *r)
{
	budget_init(&r->payload, LIMIT_REPORT_PAYLOAD, LIMIT_REPORT_DIRECTION);
	budget_init(&r->turns, LIMIT_REPORT_TURNS, LIMIT_REPORT_SESSION_TURNS);
	budget_init(&r->packets, LIMIT_REPORT_PACKETS,
	    LIMIT_REPORT_SESSION_PACKETS);
	budget_init(&r->files, LIMIT_REPORT_FILES, LIMIT_REPORT_SESSION_FILES);
	budget_init(&r->exchanges, LIMIT_REPORT_EXCHANGES,
	    LIMIT_REPORT_SESSION_EXCHANGES);
	budget_init(&r->stretches, LIMIT_REPORT_TURNS,
	    LIMIT_REPORT_SESSION_TURNS);
	budget_init(&r->decoded, LIMIT_REPORT_BODIES,
	    LIMIT_REPORT_SESSION_BODIES);
}

void
report_shares_fini(struct report *r)
{
	budget_fini(&r->payload);
	budget_fini(&r->turns);
	budget_fini(&r->packets);
	budget_fini(&r->files);
	budget_fini(&r->exchanges);
	budget_fini(&r->stretches);
	budget_fini(&r->decoded);
}

void
report_shares_add(struct report *r, const struct report_record *h)
{
	budget_add(&r->payload, h->len[REPORT_C2S]);
	budget_add(&r->payload, h->len[REPORT_S2C]);
	budget_add(&r->turns,
	    h->len[REPORT_TURNS] / sizeof(struct report_turn));
	budget_add(&r->packets,
	    h->len[REPORT_PACKETS] / sizeof(struct report_packet));
	budget_add(&r->files, h->n_files);
	budget_add(&r->exchanges, h->n_exchanges);
	budget_add(&r->stretches, h->n_stretches);
	budget_add(&r->decoded, h->decoded);
}

/* What there is whatever the shares are. */
static uint64_t
fixed_cost(const struct report_spool *p)
{
	uint64_t rows =
	    p->n_rows < LIMIT_REPORT_ROWS ? p->n_rows : LIMIT_REPORT_ROWS;
	uint64_t cost = rows * ROW_COST + p->n * ELEMENT_COST;

	for (size_t i = 0; i < p->n; i++)
		cost += p->entries[i].head.len[REPORT_TEXT];
	return cost;
}

static void
scale(struct budget *b, uint64_t room, uint64_t wanted)
{
	budget_lower(b,
	    (uint64_t)((double)b->sum * (double)room / (double)wanted));
}

void
report_shares_settle(struct report *r)
{
	const struct report_spool *p = &r->spool;
	uint64_t fixed = fixed_cost(p), wanted, room;

	report_shares_fini(r);
	report_shares_init(r);
	for (size_t i = 0; i < p->n; i++)
		report_shares_add(r, &p->entries[i].head);
	wanted = PAYLOAD_COST(r->payload.sum + r->decoded.sum) +
	    EXCHANGE_COST * r->exchanges.sum +
	    THING_COST *
		(r->turns.sum + r->packets.sum + r->files.sum +
		    r->stretches.sum);
	room = fixed < LIMIT_REPORT_PAGE ? LIMIT_REPORT_PAGE - fixed : 0;
	if (wanted <= room)
		return;
	scale(&r->payload, room, wanted);
	scale(&r->turns, room, wanted);
	scale(&r->packets, room, wanted);
	scale(&r->files, room, wanted);
	scale(&r->exchanges, room, wanted);
	scale(&r->stretches, room, wanted);
	scale(&r->decoded, room, wanted);
}
