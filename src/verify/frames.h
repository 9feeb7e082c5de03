/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * frames.h: every TCP segment of a capture as its frame holds it, by pair of
 * endpoints: the only evidence of --verify.  Taken from the decoder; neither
 * reassembly nor the flow table has a part in it.
 */
#ifndef VERIFY_FRAMES_H
#define VERIFY_FRAMES_H

#include "base/hash_table.h"
#include "base/spill.h"
#include "flow/key.h"

/* What a frame shows of itself; bits. */
enum frame_mark {
	FRAME_BAD_SUM = 1 << 0, /* of TCP */
	FRAME_BAD_IP = 1 << 1,	/* its header's sum */
	FRAME_REFUSED = 1 << 2, /* no receiver's IP takes it */
	FRAME_HIDDEN = 1 << 3,	/* something lies between link, IP and TCP */
};

/* So low that sums do not overflow. */
#define FRAME_NO_ACK (INT64_MIN / 4)
#define FRAME_NONE SIZE_MAX

/* A segment.  Positions are sequence numbers without their wrap: each is the
 * one nearest to its sender's before, so all segments of a side lie on one
 * line, whatever connection they are of. */
struct frame {
	int64_t packet; /* from 1 */
	int64_t ts_ns;
	int64_t pos;	 /* of the first byte of payload */
	int64_t ack;	 /* on the other side's line; or FRAME_NO_ACK */
	uint32_t tsval;	 /* RFC 7323, when has_ts */
	uint32_t n;	 /* bytes of payload captured */
	uint32_t len;	 /* bytes of payload on the wire */
	uint32_t extra;	 /* bytes of the frame behind the payload */
	uint32_t island; /* see judge.h */
	uint8_t flags;	 /* enum tcp_flag */
	uint8_t from;	 /* index of the endpoint that sent it */
	uint8_t marks;	 /* enum frame_mark */
	bool has_ts;
	struct spill_block *bytes; /* payload and extra; NULL without */
};

struct frame_at {
	int64_t pos;
	size_t frame;
};

/* Two endpoints; when both are the same, all frames are from 0. */
struct frame_pair {
	struct key key;
	struct endpoint ep[2];
	struct frame *v; /* in the order of the capture */
	size_t n;
	size_t cap;
	int64_t here[2]; /* the side's last position, when it is known */
	bool known[2];
	struct frame_at *by_pos[2]; /* by side; see pair_sort */
	size_t n_by_pos[2];
	int64_t longest[2]; /* by side: bytes of any frame */
};

struct evidence {
	struct spill *spill; /* borrowed */
	struct siphash_key secret;
	struct hash_table table;
	struct frame_pair *v;
	size_t n;
	size_t cap;
	struct frame_part {
		struct spill_block *bytes;
		int64_t packet;
	} * parts; /* frames that hold IP fragments */
	size_t n_parts;
	size_t cap_parts;
	struct buf room;
};

void frames_init(struct evidence *f, struct spill *spill);
void frames_fini(struct evidence *f);
void frames_segment(struct evidence *f, const struct segment *s);
/* A frame with a fragment of a datagram. */
void frames_part(struct evidence *f, const struct packet *p);
/* How many of the bytes a fragment has in a row; 0: too few to say so. */
size_t frames_find_part(struct evidence *f, struct slice bytes);
/* The pair's number, whichever endpoint comes first; FRAME_NONE: none. */
size_t frames_find(const struct evidence *f, const struct endpoint *a,
    const struct endpoint *b);

uint8_t pair_side(const struct frame_pair *p, const struct endpoint *e);
uint8_t pair_other(const struct frame_pair *p, uint8_t side);
/* Sorts each side's frames by position. */
void pair_sort(struct frame_pair *p);
/* Frames of side that have the byte at pos, of payload or of what follows it:
 * begin with *at = pair_behind, call until FRAME_NONE. */
size_t pair_behind(const struct frame_pair *p, uint8_t side, int64_t pos);
size_t pair_next(const struct frame_pair *p, uint8_t side, int64_t pos,
    size_t *at);
/* Payload and what follows; borrowed until the spill or into changes. */
struct slice frame_bytes(struct spill *s, const struct frame *f,
    struct buf *into);

/* Of n records, sorted by a number that stands at v in the first and every
 * size bytes: the first whose number is above that one, or n. */
size_t first_above(const int64_t *v, size_t n, size_t size, int64_t number);
/* Room for one more record; returns the array. */
void *room_for_one(void *v, size_t n, size_t *cap, size_t size);
size_t slice_common(struct slice a, struct slice b);
struct slice slice_from(struct slice s, uint64_t at);

#endif
