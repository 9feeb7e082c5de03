/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* half_open.c: all that can be said of SYNs without an answer. */
#include "flow/half_open.h"

static bool
is_wanted(const struct model *m, uint64_t number, const struct endpoint ep[2],
    int client)
{
	const struct prospect p = {
		.number = number,
		.proto = PROTO_TCP,
		.ep = ep,
		.client = client,
	};

	return !m->dropping && !m->cfg->stream.strict &&
	    selection_admits(&m->cfg->selection, &p);
}

bool
half_open_finish(struct model *m, uint64_t number, const struct endpoint ep[2],
    const struct half_open *h, enum close_reason reason)
{
	const struct hop *hop = hops_at(&m->hops, h->hop);
	struct session s = {
		.number = number,
		.proto = PROTO_TCP,
		.client = ep[h->end],
		.server = ep[!h->end],
		.start_ns = h->first_ns,
		.end_ns = h->last_ns,
		.first_packet = h->first_packet,
		.last_packet = h->last_packet,
		.ts_digits = h->ts_digits,
		.roles = ROLES_SYN,
		.handshake = HANDSHAKE_PARTIAL,
		.close = reason,
		.closed_by = CLOSED_BY_NONE,
		.state = CONN_STATE_S0,
		.history = "S",
		.rtt_ns = -1,
		.wait_ns = { -1, -1 },
		.hop = { *hop, { .vlan = hop->vlan } },
		.notes = h->flags & TCP_URG ? NOTE_URGENT : 0,
		.side[0] = {
			.packets = h->packets,
			.ip_bytes = (uint64_t)h->packets * h->ip_len,
			.flags = h->flags,
			.duplicates = h->copies,
		},
	};

	if (h->checksum == CHECKSUM_BAD ||
	    (h->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) != TCP_SYN)
		return false;
	if (is_wanted(m, number, ep, h->end)) {
		m->told++;
		m->events->close(m->events->ctx, NULL, &s);
	}
	return true;
}
