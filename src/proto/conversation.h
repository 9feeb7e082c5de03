/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * conversation.h: what the two sides of a session said to each other, from its
 * turns to messages whose codings are undone.
 *
 * Turns and gaps come in causal order, of the wire or of what was opened.  A
 * protocol is a reader that tells struct message_events; the conversation
 * numbers its messages, decodes their bodies, once for whoever reads, and
 * passes all on.
 */
#ifndef PROTO_CONVERSATION_H
#define PROTO_CONVERSATION_H

#include "base/attr.h"
#include "proto/decode_budget.h"
#include "proto/message.h"

struct conversation;

/* events is borrowed as long as the conversation lives. */
struct conversation *conversation_new(const struct message_events *events,
    void *owner) ATTR_NONNULL;
/* Bodies are decoded within b, borrowed, which gets the payload that comes
 * counted.  When it is spent, coded bodies are given as they were sent, and
 * their reason is MESSAGE_RATIO. */
void conversation_budget(struct conversation *c, struct decode_budget *b);
/* Whether that has happened to one. */
bool conversation_is_limited(const struct conversation *c);
/* Whether there were more streams at a time than are followed. */
bool conversation_is_cut(const struct conversation *c);
/* Whether heads of HTTP/2 cannot be read, as the library for them is missing. */
bool conversation_lacks_heads(const struct conversation *c);
/* Messages that were not over are forgotten without a word; c may be NULL. */
void conversation_free(struct conversation *c);
/* Bytes of memory that it takes now, decoders too. */
size_t conversation_memory(const struct conversation *c);

void conversation_turn(struct conversation *c, const struct chunk *turn);
void conversation_gap(struct conversation *c, int dir, const struct gap *g);
/* Ends what has not ended. */
void conversation_finish(struct conversation *c,
    const struct message_close *how);

#endif
