/*
 * udpflow.h: flows of UDP datagrams, for those who count them.
 *
 * A flow is one pair of endpoints until it has been silent for a while; who
 * sent its first datagram is the client.  Nothing is kept of its datagrams
 * but what the first of each direction began with.
 */
#ifndef MODEL_UDPFLOW_H
#define MODEL_UDPFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/datagram.h"
#include "flow/events.h"
#include "flow/model.h"

/* Bytes kept of the first datagram of each direction. */
#define UDPFLOW_FIRST 32
/* A flow silent for longer is over, unless the configuration says how long
 * sessions may be idle. */
#define UDPFLOW_IDLE_NS ((int64_t)60 * 1000000000)

struct udpflows;

/* Everything is borrowed until udpflows_free; *memory counts what flows
 * cost. */
struct udpflows *udpflows_new(const struct model_config *cfg,
    const struct events *events, size_t *memory);
/* Flows not told of yet are dropped without a word. */
void udpflows_free(struct udpflows *u);

void udpflows_datagram(struct udpflows *u, const struct datagram *d);
/* The capture has shown this time: ends flows that were silent for too long.
 * Time never goes back. */
void udpflows_advance(struct udpflows *u, int64_t ts_ns);
/* Ends the flow that has been silent for longest; false when there is none. */
bool udpflows_evict(struct udpflows *u);
/* Ends all flows, in the order of their last datagrams. */
void udpflows_end(struct udpflows *u);

/* Flows now. */
uint64_t udpflows_live(const struct udpflows *u);

#endif
