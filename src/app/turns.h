/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * turns.h: captures that are read at once are shown one after the other.
 *
 * What a capture whose turn has not come writes to standard output waits in
 * memory, and so do its messages (message.h).  When all that waits takes as
 * much as it may, who writes more waits for the turn: it always comes, as
 * captures get their numbers in the order in which they are begun, and the one
 * whose turn it is never waits.
 */
#ifndef APP_TURNS_H
#define APP_TURNS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/message.h"
#include "base/buf.h"
#include "sinks/console.h"

struct turns {
	struct messages *root;
	struct message_queue said;
	const struct console *console; /* of the run */
	size_t n;
	size_t most;		  /* bytes that may wait */
	struct capture_turn **of; /* those that have begun and not been shown */
	pthread_mutex_t lock; /* of what follows, of `of' and of turn.over */
	pthread_cond_t moved;
	size_t waiting;
	_Atomic size_t next; /* whose turn it is */
	bool stopped;	     /* nothing more is shown; of whose turn it is */
};

/* One capture's. */
struct capture_turn {
	struct out_file file; /* its standard output */
	struct out out;
	struct turns *turns;
	size_t number;
	struct messages messages;
	struct console console; /* the run's, with that file */
	struct console_start start;
	struct buf waiting;
	bool joined; /* it writes to the run's standard output itself */
	bool over;
};

/* For n captures.  root and c are borrowed; most: bytes that may wait. */
void turns_init(struct turns *t, struct messages *root, const struct console *c,
    size_t n, size_t most);
void turns_fini(struct turns *t);
/* For a capture that may come; to be made before there is one, since whoever
 * has got a number must come to turns_end with it. */
struct capture_turn *turns_new(struct turns *t);
/* u may be NULL; one that has not begun. */
void turns_free(struct capture_turn *u);
/* Capture `number`, from 0, is begun; what it says and shows goes through the
 * turn's messages and console. */
void turns_begin(struct capture_turn *u, size_t number);
/* It has ended, and u with it: what waits comes out when its turn has come.
 * False when there was no memory to show something; others' counts here, too.
 * After a capture that a signal has stopped, none is shown. */
bool turns_end(struct capture_turn *u) ATTR_NODISCARD;

#endif
