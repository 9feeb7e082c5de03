/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * picture.h: one direction as pictures: what comes in, what has been
 * delivered so far, what is held.
 */
#ifndef LIB_PICTURE_H
#define LIB_PICTURE_H

#include "lib/rig.h"

enum step_kind {
	NONE,	 /* the script is over */
	SYN,	 /* also without one: see midstream */
	DATA,	 /* `bytes` at `off` */
	WEAK,	 /* data that other bytes may replace: a bad checksum */
	REFUSED, /* data that no receiver would take */
	EMPTY,	 /* a segment without data, at `off` */
	SPEAK,	 /* the peer does, and acknowledges nothing */
	ACK,	 /* of the bytes before `off` */
	FIN,	 /* at `off` */
	WINDOW,	 /* its right edge is at `off` */
	GIVE_UP, /* the hole will not be filled */
	END,	 /* of the capture */
	CLOSE,	 /* of the connection */
};

/* `held` begins at offset 0, or at the lowest byte while there is no base;
 * NULL: as before. */
struct step {
	enum step_kind kind;
	uint64_t off;
	const char *bytes;
	const char *out;
	const char *held;
};

#define STEPS_MAX 14

struct script {
	const char *name;
	enum overlap overlap;
	bool strict;
	bool midstream;	    /* no SYN first */
	bool late;	    /* somebody takes late bytes */
	uint64_t max_gap;   /* 0: the default */
	uint64_t max_bytes; /* 0: all */
	const char *facts;
	struct step steps[STEPS_MAX];
};

/* Where sequence numbers wrap sooner or later. */
#define PICTURE_ISNS 5
extern const uint32_t picture_isns[PICTURE_ISNS];

/* Plays a script; aborts, with both pictures, at the first that differs. */
void picture_at(const struct script *sc, uint32_t isn);
/* All of them at all those numbers. */
void picture_run(const struct script *v, size_t n);
/* Text as payload; '%' stands for what the snap length cut. */
void picture_push(struct rig *r, uint64_t off, const char *text, bool weak);

#endif
