/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * ours.h: what this program makes of a capture, as references into frames:
 * which bytes of which frame are at which offset of which session.
 */
#ifndef VERIFY_OURS_H
#define VERIFY_OURS_H

#include "flow/events.h"
#include "verify/frames.h"
#include "verify/spoken.h"

/* len bytes at stream offset off: those at `at' of the frame's payload. */
struct ours_piece {
	int64_t off;
	int64_t len;
	size_t frame; /* FRAME_NONE: the packet has no such bytes */
	uint32_t at;
};

/* Bytes of one side, in turn. */
struct ours_turn {
	int64_t off;
	int64_t len;
	int dir;
};

struct ours {
	uint64_t number;
	struct endpoint client;
	struct endpoint server;
	int64_t first_packet;
	int64_t last_packet;
	size_t pair;
	uint8_t from[2];	      /* by direction: the side of the pair */
	struct ours_piece *pieces[2]; /* sorted by offset */
	size_t n[2];
	size_t cap[2];
	int64_t bytes[2];
	int64_t late[2]; /* of them: those that fill a gap late, in no turn */
	struct ours_turn *turns;
	size_t n_turns;
	size_t cap_turns;
	struct spoken *spoken; /* NULL: TLS is not opened */
};

struct ours_list {
	struct evidence *frames;	   /* borrowed */
	const struct tls_secrets *secrets; /* borrowed; NULL: none */
	bool secrets_grow;		   /* more may come with the packets */
	struct ours **v;		   /* closed sessions, owned */
	size_t n;
	size_t cap;
};

/* What is to be called; frames must know a packet before it is. */
struct events ours_events(struct ours_list *l);
/* By pair, then by number. */
void ours_sort(struct ours_list *l);
void ours_free(struct ours_list *l);
/* Of a sorted list, the first session of a pair, or where it would be. */
size_t ours_first(const struct ours_list *l, size_t pair);

int ours_direction(const struct ours *o, uint8_t from);
/* The position of an offset, and back, by the piece that is nearest. */
int64_t ours_position(const struct frame_pair *p, const struct ours *o, int dir,
    int64_t off);
int64_t ours_offset(const struct frame_pair *p, const struct ours *o, int dir,
    int64_t pos);

#endif
