/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * udp_flow.h: flows of UDP datagrams, for those who count them.
 *
 * A flow is one pair of endpoints until it has been silent for a while; who
 * sent its first datagram is the client.  Nothing is kept of its datagrams
 * but what the first of each direction began with.
 */
#ifndef FLOW_UDP_FLOW_H
#define FLOW_UDP_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/datagram.h"
#include "flow/events.h"
#include "flow/model.h"

/* Bytes kept of the first datagram of each direction. */
#define UDP_FLOW_FIRST 32
/* A flow silent for longer is over, unless the configuration says how long
 * sessions may be idle. */
#define UDP_FLOW_IDLE_NS ((int64_t)60 * 1000000000)

struct udp_flows;

/* Everything is borrowed until udp_flows_free; *memory counts what flows
 * cost. */
struct udp_flows *udp_flows_new(const struct model_config *cfg,
    const struct events *events, size_t *memory);
/* Flows not told of yet are dropped without a word. */
void udp_flows_free(struct udp_flows *u);

void udp_flows_datagram(struct udp_flows *u, const struct datagram *d);
/* The capture has shown this time: ends flows that were silent for too long.
 * Time never goes back. */
void udp_flows_advance(struct udp_flows *u, int64_t ts_ns);
/* Ends the flow that has been silent for longest; false when there is none. */
bool udp_flows_evict(struct udp_flows *u);
/* Ends all flows, in the order of their last datagrams. */
void udp_flows_end(struct udp_flows *u);

/* Flows now. */
uint64_t udp_flows_live(const struct udp_flows *u);

#endif
