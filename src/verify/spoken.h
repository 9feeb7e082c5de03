/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * spoken.h: what was said in a session of TLS, as it is opened here, and what a
 * peer that has the same secrets makes of it.
 *
 * There are no frames of it to be held against: each record that the peer opens
 * must be the next one here, or a later one that came with the same packet.
 */
#ifndef VERIFY_SPOKEN_H
#define VERIFY_SPOKEN_H

#include "base/spill.h"
#include "proto/tls_opener.h"
#include "verify/judge.h"

struct spoken;

/* What is given is borrowed.  grows, midstream: as struct tls_opener_setup has
 * them. */
struct spoken *spoken_new(const struct tls_secrets *secrets, bool grows,
    bool midstream, struct spill *spill);
/* s may be NULL. */
void spoken_free(struct spoken *s);

/* The session's turns and gaps, and its end. */
void spoken_turn(struct spoken *s, const struct chunk *c);
void spoken_gap(struct spoken *s, int dir, const struct gap *g);
void spoken_close(struct spoken *s);

/* The peer has opened a record whose last byte came with the packet.  False,
 * and nothing is noted: there is no such record here. */
bool spoken_has(struct spoken *s, int dir, int64_t packet, struct slice record);
/* Notes that one of the peer's is none of ours. */
void spoken_add_more(struct spoken *s, int dir);
/* Where the two differ, by direction; failed: the peer did not run to its end.
 * Whether both have opened something. */
bool spoken_verdict(const struct spoken *s, bool failed, struct finding f[2]);

/* Writes a key log of all secrets, for a peer to read: a new file that only
 * this user may.  False with errno. */
bool spoken_write_keys(const struct tls_secrets *t, const char *path);

#endif
