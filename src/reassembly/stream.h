/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * stream.h: one direction of a connection: held segments, holes, in-order
 * data.
 *
 * Positions are 64-bit and count from STREAM_ORIGIN, which is the first
 * sequence number that was heard of, so that earlier bytes that arrive later
 * have positions too.  A position minus base is a stream offset.
 *
 * Invariants: once settled, base <= next; every held byte lies at or after
 * next; seen_end is the end of the highest byte ever believed.
 */
#ifndef REASSEMBLY_STREAM_H
#define REASSEMBLY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"
#include "base/spill.h"
#include "reassembly/history.h"
#include "reassembly/types.h"

#define STREAM_ORIGIN ((uint64_t)1 << 40)
#define STREAM_NO_FIN UINT64_MAX

/* What happens seldom; allocated with the first such thing. */
struct stream_rare;

struct stream {
	uint64_t base;	     /* of offset 0; valid when settled */
	uint64_t next;	     /* to deliver next; valid when settled */
	uint64_t seen_end;   /* 0: no payload yet */
	uint64_t sent;	     /* SND.NXT when an empty segment told more; or 0 */
	uint64_t low;	     /* lowest position of payload; 0: none */
	uint64_t acked;	     /* what the peer acknowledged; 0: nothing */
	uint64_t first_ack;  /* the first such number heard; 0: none */
	uint64_t window_end; /* right edge the peer has offered; 0: none */
	uint64_t fin;	     /* position of the FIN, or STREAM_NO_FIN */
	uint64_t bytes;	     /* delivered */
	uint64_t packets;
	uint64_t ip_bytes; /* of their IP datagrams */
	struct stream_rare *rare;
	struct history recent; /* the bytes delivered last, up to next */
	uint32_t origin_seq;   /* sequence number of STREAM_ORIGIN */
	uint32_t isn;	       /* when has_isn */
	uint8_t flags;	       /* all TCP flags seen */
	uint8_t phantom;       /* 1: data went on after the FIN's number */
	bool has_origin;
	bool has_isn;
	bool settled;
	bool ended;
	bool good_checksum; /* a good one has been seen */
	bool ack_step_one;  /* the last ACK went on by exactly one */
};

/* How a stream speaks to the connection that owns it; `e` is its index. */
struct stream_ops {
	/* A packet held bytes up to position end, new or not. */
	void (
	    *arrived)(void *owner, int e, uint64_t end, const struct stamp *st);
	void (*data)(void *owner, int e, uint64_t pos, uint64_t off,
	    struct slice bytes, const struct stamp *st);
	/* A hole that ends at position end. */
	void (*gap)(void *owner, int e, uint64_t end, const struct gap *g);
	/* Bytes up to position end were passed over without a word. */
	void (*skip)(void *owner, int e, uint64_t end);
	/* A base had to be chosen without a SYN. */
	void (*settled)(void *owner, int e);
	/* Bytes of a gap that was reported.  True when somebody takes them:
	 * then they are no gap any more.  NULL: nobody does. */
	bool (*late)(void *owner, int e, uint64_t off, struct slice bytes,
	    const struct stamp *st);
};

struct stream_env {
	const struct stream_rules *cfg;
	struct spill *keep;
	const struct stream_ops *ops;
	void *owner;
	int e;
	size_t *memory; /* bytes of records beside payload */
	bool blank;	/* keep is blank: bytes are not compared */
	bool far;	/* numbers beyond max_gap are believed */
	bool copy;	/* it was captured twice: nobody sent it again */
};

/* What became of a segment's payload. */
enum push {
	PUSH_EMPTY,   /* there was none */
	PUSH_NOTHING, /* kept out */
	PUSH_NEW,
	PUSH_OLD,	     /* every byte was there already */
	PUSH_KEEPALIVE,	     /* one octet or none, at SND.NXT - 1 */
	PUSH_KEEPALIVE_SAME, /* with the very octet that was sent there */
	PUSH_WILD,	     /* too far away to be believed: counted */
};

void stream_init(struct stream *s);
/* Frees everything; delivers nothing. */
void stream_fini(struct stream *s, const struct stream_env *env);

/* The position of a sequence number (RFC 9293, 3.4): the one nearest to the
 * highest position known.  The only place where numbers wrap.  Needs
 * has_origin. */
uint64_t stream_position(const struct stream *s, uint32_t seq);
/* The end of what is known: data, ACKs, base. */
uint64_t stream_known_end(const struct stream *s);
/* Bytes that were not captured so far: of gaps, and before what is known but
 * not delivered. */
uint64_t stream_skipped(const struct stream *s);

/* A sequence number heard before anything else gives the stream its origin. */
void stream_hear(struct stream *s, uint32_t seq);
/* The SYN (or SYN/ACK) was seen: the base is exact. */
void stream_syn(struct stream *s, const struct stream_env *env, uint32_t isn);
/* Another SYN/ACK turned out to be the one: forget the first.  Only while no
 * payload has been seen. */
void stream_rebase(struct stream *s, const struct stream_env *env,
    uint32_t isn);

/*
 * Payload of len bytes at seq, of which bytes.n were captured; a segment with
 * none is told, too, for its number.  Delivers what became contiguous.  `weak`
 * bytes yield to any other copy and wait for one.
 */
enum push stream_push(struct stream *s, const struct stream_env *env,
    uint32_t seq, struct slice bytes, uint64_t len, const struct stamp *st,
    bool weak);

/*
 * A segment that no receiver would take.  It moves nothing.  Its bytes wait
 * apart: they are used when no other copy of them came until they are a
 * gap or the end, and the peer acknowledged them or was not heard again.
 */
void stream_refuse(struct stream *s, const struct stream_env *env, uint32_t seq,
    struct slice bytes, const struct stamp *st, enum refusal why);
/* So many bytes at seq were captured and given up for memory: of a gap there
 * this is the reason. */
void stream_lost(struct stream *s, const struct stream_env *env, uint32_t seq,
    uint32_t len);
/* The end of the refused bytes that wait; 0: there are none. */
uint64_t stream_refused_end(const struct stream *s);
/* The peer sent that packet, of the capture. */
void stream_peer_spoke(struct stream *s, uint64_t packet);
/* The peer acknowledged bytes of which there are none but refused ones. */
bool stream_lives_on_refused(const struct stream *s);
/*
 * The peer, whose own segment began before position seq of its stream,
 * acknowledged ack.  One octet, the first thing seen, whose sender had heard
 * of more than that is a keep-alive: the peer had it before it was sent.
 */
void stream_had_octet(struct stream *s, const struct stream_env *env,
    uint64_t ack, uint64_t seq);

/* The peer acknowledged ack.  Returns its position, or what is known when it
 * is too far to be believed. */
uint64_t stream_ack(struct stream *s, const struct stream_env *env,
    uint32_t ack);
/* A FIN whose number is seq.  A weak one counts when it is acknowledged. */
void stream_fin(struct stream *s, const struct stream_env *env, uint32_t seq,
    bool weak);
/* Whether something was seen that an ACK of pos acknowledges: bytes up to
 * there, or a FIN, be it believed or not. */
bool stream_saw(const struct stream *s, uint64_t pos);
/* All bytes before the FIN have been delivered. */
bool stream_finished(const struct stream *s);
/* Chooses a base now when the SYN was not seen. */
void stream_settle(struct stream *s, const struct stream_env *env);
/* The hole before the first held segment is one: goes on behind it. */
void stream_give_up_hole(struct stream *s, const struct stream_env *env);
/* The end: delivers what is held, declares what is missing.  `fin_likely`:
 * the connection closed, so a last single number acknowledged was the FIN. */
void stream_end(struct stream *s, const struct stream_env *env,
    bool fin_likely);

uint64_t stream_held(const struct stream *s);
/* Tells of what is held and may come next, a segment at a time, each with the
 * number of bytes from the lowest one to its first: of those that begin in the
 * first `most' bytes. */
void stream_show_held(const struct stream *s, struct spill *keep, uint64_t most,
    void (*show)(void *arg, uint64_t off, struct slice bytes,
	const struct stamp *st),
    void *arg);
/* True when a held segment waits behind a hole. */
bool stream_has_hole(const struct stream *s);
void stream_forget_recent(struct stream *s, const struct stream_env *env);
/* Frees the room for what is rare when nothing is in it. */
void stream_shed(struct stream *s, const struct stream_env *env);

enum stream_count {
	COUNT_BAD_CHECKSUM,
	COUNT_ZERO_WINDOW,
	COUNT_DUPLICATES,   /* captured twice */
	COUNT_WILD_PAYLOAD, /* refused as wild, with payload */
	STREAM_COUNTS,
};
/* Counts one packet; returns the new count. */
uint64_t stream_count(struct stream *s, const struct stream_env *env,
    enum stream_count what);
/* Counts a packet that brought nothing. */
void stream_count_refused(struct stream *s, const struct stream_env *env,
    enum refusal why);
/* The same for one at an impossible position, with len bytes of payload. */
void stream_count_wild(struct stream *s, const struct stream_env *env,
    uint64_t len);

/* The facts of this direction; lists are borrowed until the stream changes.
 * True when a list was cut. */
bool stream_side(const struct stream *s, struct side *out);

#endif
