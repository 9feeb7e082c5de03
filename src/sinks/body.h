/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* body.h: what all who read a message know of its body. */
#ifndef SINKS_BODY_H
#define SINKS_BODY_H

#include "base/digest.h"
#include "proto/message.h"

/* Of a message that somebody reads, when a sink wants bodies. */
struct body_facts {
	uint64_t bytes; /* decoded, that are there */
	struct digest_sha256 sha256;
	/* Valid when it has ended. */
	uint8_t digest[DIGEST_SHA256_BYTES];
	char *file; /* the name of its file, or NULL; owned */
};

/* Behind its head; lives until the message has ended for all. */
struct body_facts *body_of(const struct message *m);

/* The words for the index of directions. */
static inline const char *
message_direction(const struct message *m)
{
	return m->dir == 0 ? "c2s" : "s2c";
}

#endif
