/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * ours.h: what the model tells of each session, kept for comparison.
 */
#ifndef VERIFY_OURS_H
#define VERIFY_OURS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/spill.h"
#include "flow/events.h"

/* Bytes [off, off + len) of a direction that one packet brought. */
struct ours_piece {
	uint64_t off;
	uint64_t len;
	uint64_t packet;
};

/* Bytes of one side that came in turn. */
struct ours_turn {
	uint64_t off;
	uint64_t len;
	uint8_t dir;
	bool concurrent;
};

struct ours_side {
	struct spill_log bytes;	   /* delivered, one after the other */
	struct ours_piece *pieces; /* in stream order */
	size_t n_pieces;
	size_t cap_pieces;
	struct gap *gaps;
	size_t n_gaps;
	size_t cap_gaps;
	uint64_t missing;
	uint64_t out_of_window; /* packets */
	uint64_t late;		/* bytes */
};

struct ours {
	uint64_t number;
	struct endpoint client;
	struct endpoint server;
	uint64_t first_packet;
	uint64_t last_packet;
	unsigned notes; /* enum session_note */
	enum handshake handshake;
	enum close_reason close;
	struct ours_side side[2];
	struct ours_turn *turns;
	size_t n_turns;
	size_t cap_turns;
	bool turns_differ; /* from the bytes of the directions */
};

struct ours_list {
	struct spill *keep; /* borrowed */
	struct ours **v;    /* closed sessions, owned */
	size_t n;
	size_t cap;
};

/* What the model is to call. */
struct events ours_events(struct ours_list *l);
/* In the order of their numbers. */
void ours_sort(struct ours_list *l);
void ours_free(struct ours_list *l);

#endif
