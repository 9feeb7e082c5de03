/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* udp_flow.c: UDP datagrams counted by flow; records as the flow table has
 * them, in a table of their own. */
#include "flow/udp_flow.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "flow/flow_table.h"

struct udp_flow {
	int64_t start_ns;
	int64_t last_ns;
	uint64_t first_packet;
	uint64_t last_packet;
	uint64_t packets[2]; /* by direction */
	uint64_t bytes[2];
	uint64_t ip_bytes[2];
	struct hop hop[2];
	uint8_t first[2][UDP_FLOW_FIRST];
	uint8_t n_first[2];
	uint8_t ts_digits;
	uint8_t client; /* an end of the key */
	bool wanted;
};

/* All records are live ones. */
struct udp_flows {
	const struct model_config *cfg;
	const struct events *events;
	struct flow_table tab;
	int64_t now_ns;
	size_t *memory;
};

struct udp_flows *
udp_flows_new(const struct model_config *cfg, const struct events *events,
    size_t *memory)
{
	struct udp_flows *u = xcalloc(1, sizeof(*u));

	u->cfg = cfg;
	u->events = events;
	u->memory = memory;
	u->now_ns = INT64_MIN;
	flow_table_init(&u->tab, memory);
	return u;
}

static uint32_t
oldest(const struct udp_flows *u)
{
	return u->tab.lists[KIND_LIVE].first;
}

static void
drop(struct udp_flows *u, uint32_t i)
{
	free(flow_table_at(&u->tab, i)->udp);
	*u->memory -= sizeof(struct udp_flow);
	flow_table_remove(&u->tab, i);
}

void
udp_flows_free(struct udp_flows *u)
{
	if (u == NULL)
		return;
	while (oldest(u) != FLOW_TABLE_NONE)
		drop(u, oldest(u));
	flow_table_fini(&u->tab);
	free(u);
}

static void
report_flow(const struct udp_flows *u, uint32_t i, enum close_reason reason)
{
	const struct udp_flow *x = flow_table_at(&u->tab, i)->udp;
	const struct key k = flow_table_key_at(&u->tab, i);
	struct endpoint ep[2];
	struct slice first[2];
	bool answered = x->packets[1] > 0;

	key_ends(&k, ep);

	struct session s = {
		.number = SESSION_NO_NUMBER,
		.proto = PROTO_UDP,
		.client = ep[x->client],
		.server = ep[!x->client],
		.start_ns = x->start_ns,
		.end_ns = x->last_ns,
		.first_packet = x->first_packet,
		.last_packet = x->last_packet,
		.ts_digits = x->ts_digits,
		.roles = ROLES_GUESS,
		.handshake = HANDSHAKE_NONE,
		.close = reason,
		.closed_by = CLOSED_BY_NONE,
		.state = answered ? CONN_STATE_SF : CONN_STATE_S0,
		.history = answered ? "Dd" : "D",
		.rtt_ns = -1,
		.wait_ns = { -1, -1 },
		.hop = { x->hop[0], x->hop[1] },
	};

	for (int dir = 0; dir < 2; dir++) {
		s.side[dir].packets = x->packets[dir];
		s.side[dir].bytes = x->bytes[dir];
		s.side[dir].ip_bytes = x->ip_bytes[dir];
		first[dir] = (struct slice){ x->first[dir], x->n_first[dir] };
	}
	u->events->datagrams(u->events->ctx, &s, first);
}

static void
finish(struct udp_flows *u, uint32_t i, enum close_reason reason)
{
	if (flow_table_at(&u->tab, i)->udp->wanted)
		report_flow(u, i, reason);
	drop(u, i);
}

/* client: whether src is known to be the client, or either may be. */
static bool
is_wanted(const struct udp_flows *u, const struct datagram *d, bool client)
{
	const struct endpoint ep[2] = { d->src, d->dst };
	const struct prospect p = {
		.number = SESSION_NO_NUMBER,
		.proto = PROTO_UDP,
		.ep = ep,
		.client = client ? 0 : -1,
	};

	return selection_admits(&u->cfg->selection, &p);
}

static uint32_t
begin(struct udp_flows *u, const struct key *k, uint64_t hash, int e,
    const struct datagram *d)
{
	uint32_t i = flow_table_add(&u->tab, k, hash);
	struct udp_flow *x = xcalloc(1, sizeof(*x));

	*u->memory += sizeof(*x);
	x->start_ns = x->last_ns = d->ts_ns;
	x->first_packet = d->packet;
	x->ts_digits = d->ts_digits;
	x->client = (uint8_t)e;
	x->wanted = is_wanted(u, d, true);
	flow_table_at(&u->tab, i)->udp = x;
	flow_table_append(&u->tab, i, KIND_LIVE);
	return i;
}

static void
count(struct udp_flow *x, int dir, const struct datagram *d)
{
	if (d->ts_ns < x->start_ns)
		x->start_ns = d->ts_ns;
	if (d->ts_ns > x->last_ns)
		x->last_ns = d->ts_ns;
	x->last_packet = d->packet;
	x->bytes[dir] += d->payload_len;
	x->ip_bytes[dir] += d->ip_len;
	if (d->ts_digits > x->ts_digits)
		x->ts_digits = d->ts_digits;
	if (x->packets[dir] == 0)
		x->hop[dir] = d->hop;
	if (x->packets[dir]++ > 0 || d->payload.n == 0)
		return;
	x->n_first[dir] = d->payload.n < UDP_FLOW_FIRST ?
	    (uint8_t)d->payload.n :
	    UDP_FLOW_FIRST;
	memcpy(x->first[dir], d->payload.p, x->n_first[dir]);
}

void
udp_flows_datagram(struct udp_flows *u, const struct datagram *d)
{
	struct key k;
	int e = key_of(&k, &d->src, &d->dst,
	    u->cfg->split_vlan ? hop_vlan_digest(d->hop.vlan) : 0);
	uint64_t hash = flow_table_hash(&u->tab, &k);
	struct flow *r;
	uint32_t i;

	udp_flows_advance(u, d->ts_ns);
	i = flow_table_find(&u->tab, &k, hash);
	if (i == FLOW_TABLE_NONE) {
		if (!is_wanted(u, d, false))
			return;
		i = begin(u, &k, hash, e, d);
	}
	r = flow_table_at(&u->tab, i);
	r->since_ns = u->now_ns;
	flow_table_move(&u->tab, i, KIND_LIVE);
	count(r->udp, e != r->udp->client, d);
}

void
udp_flows_advance(struct udp_flows *u, int64_t ts_ns)
{
	int64_t idle = u->cfg->idle_ns > 0 ? u->cfg->idle_ns : UDP_FLOW_IDLE_NS;

	if (ts_ns <= u->now_ns)
		return;
	u->now_ns = ts_ns;
	while (oldest(u) != FLOW_TABLE_NONE &&
	    (uint64_t)ts_ns -
		    (uint64_t)flow_table_at(&u->tab, oldest(u))->since_ns >
		(uint64_t)idle)
		finish(u, oldest(u), CLOSE_IDLE);
}

bool
udp_flows_evict(struct udp_flows *u)
{
	if (oldest(u) == FLOW_TABLE_NONE)
		return false;
	finish(u, oldest(u), CLOSE_EVICTED);
	return true;
}

void
udp_flows_end(struct udp_flows *u)
{
	flow_table_leave(&u->tab);
	while (oldest(u) != FLOW_TABLE_NONE)
		finish(u, oldest(u), CLOSE_END);
}

uint64_t
udp_flows_live(const struct udp_flows *u)
{
	return u->tab.live;
}
