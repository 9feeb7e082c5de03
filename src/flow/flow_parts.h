/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow_parts.h: what the files of the flow table share; nobody else's.
 *
 * flow.c: whose a segment is, and when one is over.  flow_conn.c: a record's
 * connection.  flow_limit.c: what goes for want of memory.  flow_save.c: from
 * one run to the next.
 */
#ifndef FLOW_FLOW_PARTS_H
#define FLOW_FLOW_PARTS_H

#include "flow/conn.h"
#include "flow/flow.h"
#include "flow/flow_table.h"
#include "flow/tombstone.h"
#include "flow/udp_flow.h"

/* Segments that may wait until there are so many. */
#define FLOWS_BATCH 32

/* A segment whose flow is about to be looked up. */
struct lookup {
	uint64_t hash;
	struct key key;
	uint32_t likely; /* its record, if it has one, or FLOW_TABLE_NONE */
	int e;		 /* the end that sent it */
};

struct waiting {
	struct lookup lookup;
	struct segment seg;
};

struct flows {
	struct model model;
	struct flow_table tab;
	struct tombstones past;
	struct udp_flows *udp; /* NULL: nobody asks */
	uint64_t next_number;
	int64_t now_ns;
	uint64_t taken; /* segments */
	size_t beside;	/* see flow.c */
	struct flows_stats stats;
	size_t n_waiting;
	struct waiting waiting[FLOWS_BATCH];
};

/* A connection for the record, which has its key and number. */
struct conn *flows_new_conn(struct flows *f, uint32_t i);
/* The record's connection, made now if it was packed or nothing but SYNs. */
struct conn *flows_conn(struct flows *f, uint32_t i);
/* Tells of the end of one that is nothing but SYNs, without a connection;
 * false, and nothing is told, when it takes one. */
bool flows_finish_half(struct flows *f, uint32_t i, enum close_reason reason);
/* Packs the record's connection if that can be. */
void flows_pack(struct flows *f, uint32_t i);
/* Fetches what the record, which is there by now, leads to; i may be
 * FLOW_TABLE_NONE. */
void flows_fetch(const struct flows *f, uint32_t i);
/* Looks how much memory sessions take elsewhere: for what must be known of
 * bytes that wait, and with those who write of them. */
void flows_look_beside(struct flows *f);
/* Ends sessions until the rest has room in the memory that is allowed. */
void flows_make_room(struct flows *f);
/* Ends the record's connection and frees the record. */
void flows_finish(struct flows *f, uint32_t i, enum close_reason reason);

#endif
