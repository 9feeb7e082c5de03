/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * state.h: the file in which a run of --state leaves to the next what it knows:
 * the connections that are open, and which inputs it has taken.
 *
 * A run publishes in two phases, so that a run that is killed at any moment
 * neither doubles a session nor loses one:
 *
 *	1. output is complete in its temporary directory, and on disk
 *	2. FILE.next: the new state, and the name that the output will have
 *	3. the output gets that name
 *	4. FILE.next becomes FILE
 *
 * Whoever finds FILE.next looks whether the output is there: then the run had
 * got to 3, and 4 is made up for; else it counts for nothing, and FILE stands.
 */
#ifndef APP_STATE_H
#define APP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/run.h"
#include "app/status.h"
#include "base/attr.h"
#include "base/digest.h"
#include "decode/decode.h"
#include "flow/flow.h"

/* Of so many inputs that were taken last it is known that they were. */
#define STATE_TAKEN_MAX 100000

struct state;

/* The directory in which FILE and what is beside it stand.  Caller frees. */
char *state_parent(const char *path);

/*
 * Locks FILE (by FILE.lock, while s lives), ends what a killed run began, and
 * reads it; one that is not there is an empty one.  NULL after a message, with
 * *status set: STATUS_LOCKED when another run has it.
 */
struct state *state_open(const struct run *r,
    enum status *status) ATTR_NODISCARD;
/* s may be NULL. */
void state_close(struct state *s);

/* Whether anything in it is left to be published. */
bool state_has_open(const struct state *s);
/* Packets that were read by the runs before, and the time of the last. */
uint64_t state_packets(const struct state *s);
int64_t state_time_ns(const struct state *s);

/* Whether an earlier run, or this one, has taken an input with that content
 * (fingerprint_content). */
bool state_has_taken(const struct state *s,
    const uint8_t content[static DIGEST_SHA256_BYTES]);
/* This run takes it.  Counts from the next state_write on. */
void state_take(struct state *s,
    const uint8_t content[static DIGEST_SHA256_BYTES]);

/* Gives f and d what is open, before any segment and after flows_defer.  False
 * after a message. */
bool state_load(struct state *s, struct flows *f,
    struct decoder *d) ATTR_NODISCARD;
/*
 * Writes FILE.next: what is open in f, which is dropped from f, and d, and that
 * the output will be DIR/name; f NULL: nothing is open; name NULL: there is no
 * output.  packets: as state_packets.  False after a message.
 */
bool state_write(struct state *s, struct flows *f, const struct decoder *d,
    uint64_t packets, const char *name) ATTR_NODISCARD;
/* What state_write wrote becomes FILE when the output is there, else it goes.
 * False after a message; the next run makes up for it. */
bool state_settle(struct state *s) ATTR_NODISCARD;

#endif
