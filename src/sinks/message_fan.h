/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * message_fan.h: what was said in a session, for all sinks that read it: the
 * turns and gaps as they are, and one conversation made of them for those that
 * read messages.
 */
#ifndef SINKS_MESSAGE_FAN_H
#define SINKS_MESSAGE_FAN_H

#include "proto/decode_budget.h"
#include "sinks/emit.h"
#include "sinks/sink.h"

struct conversation;

/* The sinks that read what was said, and where their states are; of a capture. */
struct message_readers {
	size_t n;
	const struct sink *on[SINKS_MAX];
	size_t at[SINKS_MAX]; /* in bytes from a session's states */
	bool messages;	      /* one of them reads messages */
	bool bodies;	      /* one of them wants body_of */
	bool whole;	      /* one of them reads bodies to their ends */
};

/* One more. */
void message_readers_add(struct message_readers *r, const struct sink *sink,
    size_t at);

/* Of a session.  Zero-initialised is none. */
struct message_fan {
	const struct message_readers *readers;
	char *states;
	struct conversation *conversation;
	const struct sink_env *env;
	struct decode_budget budget; /* the session's */
	size_t counted;		     /* of its memory */
};

/* Whether a sink reads what was said; the others read the wire. */
static inline bool
message_fan_wants(const struct sink *sink)
{
	return sink->turn != NULL || sink->turn_gap != NULL ||
	    sink->message_head != NULL || sink->span != NULL;
}

/* env and readers are borrowed. */
void message_fan_open(struct message_fan *f, const struct sink_env *env,
    const struct message_readers *readers, char *states);
/* What the conversation takes is added to env's memory. */
void message_fan_turn(struct message_fan *f, const struct chunk *c);
void message_fan_gap(struct message_fan *f, int dir, const struct gap *g);
/* Ends the messages that are open, and frees the conversation.  Returns what is
 * to be noted of the session: enum session_note. */
unsigned message_fan_close(struct message_fan *f, const struct session *s);

#endif
