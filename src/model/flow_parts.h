/* flow_parts.h: what flow.c and flowstate.c share; nobody else's. */
#ifndef MODEL_FLOW_PARTS_H
#define MODEL_FLOW_PARTS_H

#include "model/conn.h"
#include "model/flow.h"
#include "model/flowtab.h"
#include "model/past.h"
#include "model/udpflow.h"

struct flows {
	struct model model;
	struct flowtab tab;
	struct past past;
	struct udpflows *udp; /* NULL: nobody asks */
	uint64_t next_number;
	int64_t now_ns;
	uint64_t taken; /* segments */
	size_t beside;	/* see flow.c */
	struct flows_stats stats;
};

/* A connection for the record, which has its key and number. */
struct conn *flows_new_conn(struct flows *f, uint32_t i);
/* Ends the record's connection and frees the record. */
void flows_finish(struct flows *f, uint32_t i, enum close_reason reason);

#endif
