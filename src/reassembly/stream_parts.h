/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * stream_parts.h: what the files of the stream share; nobody else's.
 *
 * stream.c: positions, SYN, ACK, FIN, the end.  deliver.c: what goes on in
 * order.  insert.c: what comes in.
 */
#ifndef REASSEMBLY_STREAM_PARTS_H
#define REASSEMBLY_STREAM_PARTS_H

#include "reassembly/segment_queue.h"
#include "reassembly/overlap.h"
#include "reassembly/stream.h"

struct stream_rare {
	struct segment_queue held;
	uint64_t cut; /* bytes beyond --max-bytes */
	uint64_t missing;
	uint64_t skipped; /* of that, not captured */
	uint64_t retransmitted;
	uint64_t out_of_order;
	uint64_t conflicting;
	uint64_t late;
	uint64_t counts[COUNT_OUT_OF_WINDOW + 1];
	struct gap *gaps;
	size_t n_gaps;
	struct range *conflicts; /* off is a position until asked for */
	size_t n_conflicts;
	bool lists_cut;
};

/* The rare facts, made when they are missing. */
struct stream_rare *stream_rare(struct stream *s, const struct stream_env *env);
/* Whether [pos, pos + len) is near enough to what is known to be believed. */
bool stream_near(const struct stream *s, const struct stream_env *env,
    uint64_t pos, uint64_t len);
/* As stream_position; of a number that is believed though it is far ahead, the
 * sender cannot have been at a place before the first one. */
uint64_t stream_place_of(const struct stream *s, const struct stream_env *env,
    uint32_t seq);

/* The stream offset of a position that has been or is being delivered. */
uint64_t stream_offset(const struct stream *s, uint64_t pos);
/* Tells of a hole that ends at s->next. */
void stream_emit_gap(struct stream *s, const struct stream_env *env,
    uint64_t off, uint64_t len, enum gap_reason reason);
/* Goes on to end, over a hole. */
void stream_pass_gap(struct stream *s, const struct stream_env *env,
    uint64_t end, enum gap_reason reason);
/* Bytes that begin at s->next. */
void stream_deliver(struct stream *s, const struct stream_env *env,
    struct slice b, const struct stamp *st);
/* Delivers what is contiguous; when final, all. */
void stream_drain(struct stream *s, const struct stream_env *env, bool final);

/* Places the captured part of a segment and what was cut off it, and delivers
 * what it makes contiguous.  True when any of it was new. */
bool stream_place(struct stream *s, const struct stream_env *env, uint64_t pos,
    struct slice bytes, uint64_t len, const struct stamp *st, bool weak);

#endif
