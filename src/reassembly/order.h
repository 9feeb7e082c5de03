/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * order.h: both directions of a connection as turns in causal order.
 *
 * Bytes that one side had acknowledged when it spoke come before what it
 * said, whatever the order of capture.  Bytes that crossed on the way come in
 * the order of capture and are marked concurrent.
 *
 * Directions here are the connection's own (0, 1), not client and server.
 */
#ifndef REASSEMBLY_ORDER_H
#define REASSEMBLY_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"
#include "base/spill.h"
#include "reassembly/types.h"

struct order;

struct order_ops {
	/* c->dir is the direction as the order knows it. */
	void (*turn)(void *owner, const struct chunk *c);
	void (*gap)(void *owner, int dir, const struct gap *g);
};

/* *memory counts what turns that wait cost beside their bytes. */
struct order *order_new(struct spill *keep, const struct order_ops *ops,
    void *owner, size_t *memory);
void order_free(struct order *o);

/* Bytes of dir, up to position end, were captured in a packet that
 * acknowledged `need` of the other side; they need be neither new nor in
 * order. */
void order_arrived(struct order *o, int dir, uint64_t end, uint64_t need);
/* In-order bytes at pos, whose stream offset is off. */
void order_data(struct order *o, int dir, uint64_t pos, uint64_t off,
    struct slice bytes, const struct stamp *st);
/* A hole that ends at position end. */
void order_gap(struct order *o, int dir, uint64_t end, const struct gap *g);
/* Positions of dir before `end` will not be told: FIN, base, cut bytes. */
void order_pass(struct order *o, int dir, uint64_t end);
/* Bytes of dir that wait for the other side, with what keeping them costs. */
uint64_t order_waiting(const struct order *o, int dir);
/* Tells the earliest turn that waits, though what it needs is not there. */
void order_release(struct order *o);
/* Both directions have ended: everything goes out. */
void order_end(struct order *o);

#endif
