/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * flow_parts.h: what the files of the flow table share; nobody else's.
 *
 * flow.c: where segments arrive, and when a connection is over.  flow_match.c:
 * whose a segment is.  flow_pair.c: records and strays of a pair.  flow_record.c:
 * one record.  flow_conn.c: its connection.  flow_limit.c: what goes for want
 * of memory.  flow_save.c, flow_load.c: from one run to the next.
 */
#ifndef FLOW_FLOW_PARTS_H
#define FLOW_FLOW_PARTS_H

#include "flow/conn.h"
#include "flow/flow.h"
#include "flow/flow_table.h"
#include "flow/pair.h"
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
	struct pairs pairs;
	struct segment
	    *early; /* its time is far ahead: it waits for the next */
	struct udp_flows *udp; /* NULL: nobody asks */
	uint64_t next_number;
	int64_t now_ns;
	uint64_t taken;	 /* segments */
	uint64_t packet; /* of the capture, that was taken last */
	size_t beside;	 /* see flow.c */
	struct flows_stats stats;
	size_t n_waiting;
	struct waiting waiting[FLOWS_BATCH];
};

/* A connection for the record, which has its key and number. */
struct conn *flows_new_conn(struct flows *f, uint32_t i);
/* The record's connection, made now if it was packed or nothing but SYNs. */
struct conn *flows_conn(struct flows *f, uint32_t i);
/* What is known of the record's numbers. */
struct conn_numbers flows_numbers(const struct flows *f, uint32_t i);
/* The end that counts as the record's client. */
int8_t flows_client(const struct flows *f, uint32_t i);
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

/* Forgets all deferred connections without a word. */
void flows_drop(struct flows *f);

/* Begins a connection with its first segment, which end e sent, in a record
 * that is in no list yet; h is NULL, or what it has from another. */
void flows_begin(struct flows *f, uint32_t i, int e, const struct segment *seg,
    uint64_t number, const struct conn_heritage *h);
/* The segment that waits because of its time is taken; ts_ns is what comes
 * next. */
void flows_take_early(struct flows *f, int64_t ts_ns);
/* Makes the segment that one: its time is far ahead. */
void flows_keep_early(struct flows *f, const struct segment *seg);
/* What is to be known of the record when it is gone. */
struct tombstone flows_tombstone(struct flows *f, uint32_t i);
/* The segment is that record's. */
void flows_give(struct flows *f, uint32_t i, int e, const struct segment *seg,
    enum segment_log_as as);
/* Finds out whose the segment is, of a pair that has `record`. */
void flows_match(struct flows *f, uint32_t record, const struct lookup *x,
    const struct segment *seg);
/* All that waits among strays is decided. */
void flows_settle_strays(struct flows *f);

/* Puts a record into the list where its connection belongs. */
void flows_file(struct flows *f, uint32_t i);
/* How long closed records are known. */
int64_t flows_linger_ns(const struct flows *f);

static inline int64_t
flows_last_use(const struct flow *r)
{
	return r->kind == KIND_HALF_OPEN ? flow_table_half_last_ns(r) :
					   r->since_ns;
}

/* What a segment is to connections whose record is gone. */
enum recall {
	RECALL_NOTHING,
	RECALL_LATE,	/* an ACK, FIN, RST or copy that comes late */
	RECALL_GOES_ON, /* text that goes on from one: *h says how */
};
enum recall flows_recall(const struct flows *f, const struct lookup *x,
    const struct segment *seg, struct conn_heritage *h);

/* A segment and the pair of endpoints that it is for. */
struct arrival {
	struct flows *f;
	const struct lookup *x;
	const struct segment *seg;
	struct pair *pair; /* NULL: one record and no stray */
	uint32_t only;	   /* that record, or one of them */
};

uint64_t arrival_max_gap(const struct flows *f);
/* The records of the pair: the one used last comes first. */
uint32_t arrival_records(const struct arrival *a);
uint32_t arrival_record(const struct arrival *a, uint32_t i);
/* The open record that was used last, or the one of all. */
uint32_t arrival_home(const struct arrival *a);
/* Whether what the segment leaves out may have been sent. */
bool arrival_gap_is_possible(const struct flows *f, uint32_t record, int e,
    const struct segment *seg, const struct seq_match *m);
/* The segment, of end e, is the record's; strays may be, now. */
void arrival_give(struct arrival *a, uint32_t record, int e,
    const struct segment *seg, enum segment_log_as as);
/* It begins a connection beside those that the pair has; h may be NULL. */
uint32_t arrival_begin(struct arrival *a, int e, const struct segment *seg,
    uint64_t number, const struct conn_heritage *h);
/* It waits among the strays, or goes on from stray i in both numbers. */
void arrival_put_stray(struct arrival *a);
void arrival_join(struct arrival *a, uint32_t i);

#endif
