/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * opened.h: stands between the turns of a session's wire and those who read
 * what was said: with secrets, TLS is opened on the way.
 *
 * Everybody is told of what was opened, but with --wire some sinks of the wire
 * (sink.h: shows_wire).  No sink knows what a session was opened from.
 */
#ifndef SINKS_OPENED_H
#define SINKS_OPENED_H

#include "proto/tls_opener.h"
#include "sinks/message_fan.h"

/* The sinks that read what was said; and when some are to be shown the wire,
 * those and the others.  Of a capture. */
struct opened_readers {
	struct message_readers all;
	struct message_readers said;
	struct message_readers wire;
};

/* One more. */
void opened_readers_add(struct opened_readers *r, const struct sink *sink,
    size_t at);

/* Of a session. */
struct opened {
	struct sink_session *ss;
	struct tls_opener *opener; /* NULL: what is said is the wire */
	size_t counted;		   /* of its memory */
	uint64_t clear;		   /* bytes before TLS */
	struct message_fan said;
	struct message_fan wire;
};

/* Whether turns are wanted for what may be opened, whoever reads them. */
bool opened_is_possible(const struct sink_env *env);

/* Who is the client, as struct events asks it. */
int opened_client(const struct sink_env *env, const struct chunk *v, size_t n);

/* What is given is borrowed.  states: as message_fan_open has it. */
void opened_open(struct opened *o, struct sink_session *ss,
    const struct session *s, const struct opened_readers *readers,
    char *states);
void opened_turn(struct opened *o, const struct chunk *c);
void opened_gap(struct opened *o, int dir, const struct gap *g);
/* All has been told.  What is to be noted of the session. */
unsigned opened_close(struct opened *o, const struct session *s);
/* ss->opened is no longer. */
void opened_free(struct opened *o);

#endif
