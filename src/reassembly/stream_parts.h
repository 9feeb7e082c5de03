/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * stream_parts.h: what the files of the stream share; nobody else's.
 *
 * stream.c: numbers, SYN, ACK, FIN, and what goes on in order.  insert.c: what
 * comes in.  refused.c: bytes that no receiver would have taken.
 * stream_facts.c: totals and lists.
 */
#ifndef REASSEMBLY_STREAM_PARTS_H
#define REASSEMBLY_STREAM_PARTS_H

#include "reassembly/overlap.h"
#include "reassembly/segment_queue.h"
#include "reassembly/stream.h"

/* So many pieces that were given up are remembered. */
#define STREAM_LOST_MAX 64

/* refused: disjoint; what lies before next is not there any more, or will not
 * be when anything is delivered. */
struct stream_rare {
	struct segment_queue held;
	struct segment_queue refused;
	bool lists_cut;
	uint64_t octet;	      /* the first thing seen, of one byte; or 0 */
	uint64_t octet_need;  /* what its sender had heard of */
	uint64_t other_fin;   /* a FIN that is not believed; or 0 */
	uint64_t peer_packet; /* the peer's last one since bytes are refused */
	uint64_t cut;	      /* bytes beyond --max-bytes */
	uint64_t missing;
	uint64_t skipped; /* of that, not captured */
	uint64_t retransmitted;
	uint64_t out_of_order;
	uint64_t conflicting;
	uint64_t late;
	uint64_t counts[STREAM_COUNTS];
	uint32_t refusals[REFUSALS];
	struct range *lost; /* positions, of what was given up last */
	size_t n_lost;	    /* since the beginning */
	struct gap *gaps;   /* sorted, disjoint */
	size_t n_gaps;
	struct range *conflicts; /* off is a position until asked for */
	size_t n_conflicts;
};

/* ---- stream_facts.c ---- */

/* The rare facts, made when they are missing. */
struct stream_rare *stream_rare(struct stream *s, const struct stream_env *env);
void stream_rare_free(struct stream *s, const struct stream_env *env);
/* Notes a gap, the last one of all, or joins it to the one before. */
void stream_add_gap(struct stream_rare *r, const struct stream_env *env,
    const struct gap *g);
/* Positions that were given up for memory; only the last ones are known. */
void stream_add_lost(struct stream_rare *r, const struct stream_env *env,
    struct range lost);
/* Whether anything in [from, to), positions, was given up for memory. */
bool stream_has_lost(const struct stream *s, uint64_t from, uint64_t to);
/*
 * The part of [off, off + len), offsets, that lies in the first listed gap
 * that it touches and that late bytes may fill.  False when there is none.
 */
bool stream_find_gap(const struct stream_rare *r, uint64_t off, uint64_t len,
    struct range *part);
/* A part of a listed gap, as stream_find_gap gave it, is none any more. */
void stream_fill_gap(struct stream_rare *r, const struct stream_env *env,
    struct range part);
/* Copies of [from, to), positions, differ. */
void stream_add_conflict(struct stream *s, const struct stream_env *env,
    uint64_t from, uint64_t to);

/* ---- refused.c ---- */

/* Keeps those of n's bytes that are not there yet. */
void stream_put_refused(struct stream *s, const struct stream_env *env,
    const struct queued_segment *n, struct slice bytes);
/* Drops what lies before pos. */
void stream_purge_refused(struct stream_rare *r, const struct stream_env *env,
    uint64_t pos);
/* Whether the bytes of n may be used; at the end, when the peer has not said
 * a word since, also those that it did not acknowledge. */
bool stream_may_use(const struct stream *s, const struct queued_segment *n,
    bool final);
/* What lies behind a FIN that was just acknowledged is refused. */
void stream_refuse_past_fin(struct stream *s, const struct stream_env *env);

/* ---- stream.c ---- */

/* Whether [pos, pos + len) is near enough to what is known to be believed. */
bool stream_near(const struct stream *s, const struct stream_env *env,
    uint64_t pos, uint64_t len);
/* As stream_position; of a number that is believed though it is far ahead, the
 * sender cannot have been at a place before the first one. */
uint64_t stream_place_of(const struct stream *s, const struct stream_env *env,
    uint32_t seq);
/* The stream offset of a position that has been or is being delivered. */
uint64_t stream_offset(const struct stream *s, uint64_t pos);
/* Bytes that begin at s->next. */
void stream_deliver(struct stream *s, const struct stream_env *env,
    struct slice b, const struct stamp *st);
/* Delivers what is contiguous; when final, all. */
void stream_drain(struct stream *s, const struct stream_env *env, bool final);

/* ---- insert.c ---- */

/* Places the captured part of a segment and what was cut off it, and delivers
 * what it makes contiguous.  True when any of it was new. */
bool stream_place(struct stream *s, const struct stream_env *env, uint64_t pos,
    struct slice bytes, uint64_t len, const struct stamp *st, bool weak);

#endif
