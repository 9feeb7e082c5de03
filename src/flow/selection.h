/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * selection.h: which sessions are wanted.
 *
 * Asked when a connection begins, by what is certain then, so that nothing is
 * kept of one that cannot be wanted; and once more when its roles are
 * settled, before anything is told of it.  When it was is known at its end
 * only: see struct time_span.
 */
#ifndef FLOW_SELECTION_H
#define FLOW_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "decode/segment.h"

/* Addresses that begin alike, and perhaps a port.  Zero-initialised is any. */
struct endpoint_pattern {
	struct endpoint ep; /* family 0: any address */
	uint8_t bits;	    /* of ep.addr that count, from the first */
	bool has_port;
};

/* Any of them; any endpoint when there are none. */
struct endpoint_patterns {
	struct endpoint_pattern *v;
	size_t n;
};

/* Session numbers from first to last. */
struct number_range {
	uint64_t first;
	uint64_t last;
};

/* Community IDs whose first 8 bytes are `part` modulo `parts`, which is more. */
struct shard {
	uint64_t part;
	uint64_t parts;
};

/* A session is wanted when every criterion admits it, and each does when one
 * in its list does, or the list is empty.  Zero-initialised wants all. */
struct selection {
	struct endpoint_patterns client;
	struct endpoint_patterns server;
	struct endpoint_patterns host; /* of either */
	uint16_t *ports;	       /* of either */
	size_t n_ports;
	uint8_t (*ids)[COMMUNITY_DIGEST_LEN]; /* Community IDs, as digests */
	size_t n_ids;
	struct number_range *numbers;
	size_t n_numbers;
	struct shard *shards;
	size_t n_shards;
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
/* Whether no session is left out. */
bool selection_is_empty(const struct selection *s);
/* Frees the lists. */
void selection_fini(struct selection *s);

/* When a session must have had packets: one at from_ns or after it, and one
 * before to_ns. */
struct time_span {
	int64_t from_ns;
	int64_t to_ns;
};

static inline bool
time_span_admits(const struct time_span *t, int64_t first_ns, int64_t last_ns)
{
	return last_ns >= t->from_ns && first_ns < t->to_ns;
}

#endif
