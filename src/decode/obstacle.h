/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * obstacle.h: what stood in the way of frames that could not be followed to
 * TCP or UDP.
 *
 * Frames that are known to hold neither (ARP, ICMP, LLDP, 802.11 management
 * and so on) had nothing in their way.
 */
#ifndef DECODE_OBSTACLE_H
#define DECODE_OBSTACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a layer looked for the next one by, last of all. */
enum way_kind {
	WAY_NONE,
	WAY_ETHERTYPE,
	WAY_PROTOCOL, /* of IP */
	WAY_PPP,
	WAY_VERSION, /* of IP: the first nibble */
};

struct way {
	enum way_kind kind;
	unsigned number;
	bool found;  /* somebody reads it on */
	bool opaque; /* what is behind it is unreadable, whatever it is */
};

struct obstacle {
	struct way way;
	int outcome; /* enum outcome */
	uint64_t frames;
};

#define OBSTACLES_MAX 16

/* Zero-initialise.  Of more kinds than there is room for, the rarest so far
 * makes room, so that the most frequent one is there. */
struct obstacles {
	struct obstacle v[OBSTACLES_MAX];
	size_t n;
	uint64_t frames; /* in all */
};

/* Whether a type that nobody reads on holds neither TCP nor UDP. */
bool way_holds_neither(const struct way *w);
void obstacles_add(struct obstacles *o, const struct way *w, int outcome);
/* The most frequent one, or NULL. */
const struct obstacle *obstacles_first(const struct obstacles *o);
/* "EtherType 0x88b5", "IP protocol 253"; "" without one. */
void way_name(char out[static 32], const struct way *w);

#endif
