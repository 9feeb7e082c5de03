/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * selection.h: which sessions are wanted.
 *
 * Asked when a connection begins, by what is certain then, so that nothing is
 * kept of one that cannot be wanted; and once more when its roles are
 * settled, before anything is told of it.
 */
#ifndef FLOW_SELECTION_H
#define FLOW_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/segment.h"

/* An address, and perhaps a port.  Zero-initialised is any. */
struct endpoint_pattern {
	struct endpoint ep;
	bool has_addr;
	bool has_port;
};

/* Session numbers from first to last. */
struct number_range {
	uint64_t first;
	uint64_t last;
};

/* A session is wanted when every criterion admits it.  Zero-initialised wants
 * all. */
struct selection {
	uint64_t shard;	 /* below shards */
	uint64_t shards; /* 0: not sharded */
	struct endpoint_pattern client;
	struct endpoint_pattern server;
	uint32_t port; /* of either; 0: any */
	const struct number_range *numbers;
	size_t n_numbers; /* 0: any */
};

/* What is known of a session when it must be decided. */
struct prospect {
	uint64_t number; /* or SESSION_NO_NUMBER */
	uint8_t proto;
	const struct endpoint *ep; /* two, borrowed for the call */
	int client;		   /* index of ep, or -1 while not settled */
};

/* False when the session is not wanted, whoever turns out to be its client. */
bool selection_admits(const struct selection *s, const struct prospect *p);

#endif
