/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * peer.h: what tshark and tcpflow made of a capture.
 */
#ifndef VERIFY_PEER_H
#define VERIFY_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "verify/spawn.h"
#include "verify/wire.h"
#include "base/spill.h"

/* Bytes that follow one another with a peer.  missing: see peer_run. */
struct peer_part {
	uint64_t len;
	uint64_t missing;
	int64_t pos; /* where they were found in the session, to end */
	int64_t end;
	uint8_t from; /* index of the pair's endpoint */
};

/* A stream of tshark's with both directions in its order, or a file of
 * tcpflow's with one. */
struct peer_stream {
	size_t pair;		 /* of the wire; WIRE_NO_PAIR: none of ours */
	uint64_t number;	 /* tshark's; of a file, the order of names */
	struct peer_part *parts; /* tshark only */
	size_t n_parts;
	size_t cap_parts;
	struct spill_log bytes[2]; /* by sender */
	uint64_t size[2];
	char *path; /* of a file; NULL: bytes are in the spools */
};

/* Packet and stream, in the order of packets. */
struct peer_frame {
	uint64_t packet;
	uint64_t stream;
};

struct peer {
	bool present;
	bool failed;
	struct peer_stream *v;
	size_t n;
	size_t cap;
	struct peer_frame *frames; /* tshark only */
	size_t n_frames;
	size_t cap_frames;
	uint64_t listed;     /* the last packet that tshark told of */
	uint64_t *first;     /* packet of each stream below top_stream */
	uint64_t top_stream; /* one more than the highest number met */
	char words[SPAWN_WORDS_LEN];
	int code;
};

struct peer_job {
	const char *home;
	const char *const *captures; /* NULL-terminated */
	const struct wire *wire;
	struct spill *keep;
};

/* Adds a stream. */
struct peer_stream *peer_add(struct peer *p);
void peer_free(struct peer *p, struct spill *keep);

/* Runs tshark on the first capture. */
void peer_run_tshark(struct peer *p, const struct peer_job *job);
/* Runs tcpflow on each capture. */
void peer_run_tcpflow(struct peer *p, const struct peer_job *job);

/* Pure parts, for tests. */

/* 192.0.2.1:80, [2001:db8::1]:80, 2001:db8::1:80 */
bool peer_parse_node(const char *text, struct endpoint *out);
/* 192.000.002.001.00080-... with what tcpflow puts behind. */
bool peer_parse_file(const char *name, struct endpoint *src,
    struct endpoint *dst);

/* Reads tshark's output, in whatever pieces it comes. */
struct follow {
	struct peer *peer;
	const struct peer_job *job;
	struct buf line;
	bool in_block;
	bool swapped; /* node 0 is the pair's second endpoint */
	uint64_t number;
	struct endpoint node0;
	struct peer_stream *stream; /* of the block, once its nodes are known */
};
void follow_take(struct follow *f, struct slice bytes);
void follow_fini(struct follow *f);

#endif
