/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * peer.h: what tshark and tcpflow make of a capture, as references into
 * frames: a part of theirs is bytes of a frame, or the padding behind them, or
 * a fragment's, or what stands for a hole, or is in no frame at all.
 */
#ifndef VERIFY_PEER_H
#define VERIFY_PEER_H

#include "verify/ours.h"
#include "verify/spawn.h"
#include "verify/verify.h"

enum part_kind {
	PART_BYTES,
	PART_EXTRA,
	PART_FRAGMENT,
	PART_HOLE,
	PART_ALIEN,
};

struct peer_part {
	int64_t pos; /* on the sender's line */
	int64_t len;
	size_t frame; /* of PART_BYTES and PART_EXTRA: index in the pair */
	uint32_t at;  /* in what is kept of the frame */
	uint8_t kind; /* enum part_kind */
	uint8_t from; /* side of the pair */
};

/* A stream of tshark's with both sides in its order, or a file of tcpflow's
 * with one. */
struct peer_stream {
	size_t pair; /* FRAME_NONE: none of ours */
	struct peer_part *v;
	size_t n;
	size_t cap;
	uint64_t bytes; /* what stands for holes too */
};

struct peer_result {
	enum peer_program program;
	struct peer_stream *v; /* after peer_sort: by pair */
	size_t n;
	size_t cap;
	uint8_t *listed;  /* tshark: a bit a packet in which it finds TCP */
	int64_t n_listed; /* bits */
	struct spawn_result result; /* of the last run that failed */
};

struct peer_job {
	const char *home;
	char *const *captures; /* NULL-terminated */
	const char *source;    /* what a link among them leads to, or NULL */
	int starter;	       /* see starter.h */
	struct evidence *frames;
	const struct ours_list
	    *ours;	  /* sorted; what is opened is noted there */
	const char *keys; /* a key log that tshark reads, or NULL */
	bool (*stopped)(void);
};

void peer_run_tshark(struct peer_result *p, const struct peer_job *job);
void peer_run_tcpflow(struct peer_result *p, const struct peer_job *job);
void peer_sort(struct peer_result *p);
void peer_free(struct peer_result *p);

/* The rest is for the two, and for tests. */

void peer_add(struct peer_result *p, size_t pair);
void peer_stream_add(struct peer_stream *s, const struct peer_part *x);
/* 192.0.2.1 or 2001:db8::1, n bytes of text. */
bool peer_parse_address(const char *text, size_t n, struct endpoint *out);
/* 192.000.002.001.00080-... with what tcpflow puts behind. */
bool peer_parse_file(const char *name, struct endpoint *src,
    struct endpoint *dst);
/* A file of tcpflow's with the bytes that side sent, as parts. */
void peer_locate(struct peer_stream *s, struct evidence *f, uint8_t side,
    struct slice file);

/* Reads tshark's output, in whatever pieces it comes. */
struct follow {
	struct peer_result *peer;
	struct evidence *frames;
	const int64_t *numbers; /* of its packets in the capture; NULL: same */
	size_t n_numbers;
	uint64_t top; /* one more than the highest stream met */
	struct buf line;
	struct buf data; /* of the record, base64 undone */
	int64_t packet;
	int node; /* the record's, or the one that is named */
	struct endpoint ep[2];
	bool has_ep[2];
	bool in_stream;
	/* Not NULL: it follows TLS, and this is ours, sorted; by packet, the
	 * pair that has a frame in it, plus 1. */
	const struct ours_list *ours;
	const uint32_t *pair_of;
	size_t n_pair_of;
};
void follow_take(void *follow, struct slice bytes);
void follow_fini(struct follow *f);

#endif
