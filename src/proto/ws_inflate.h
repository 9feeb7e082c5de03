/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* ws_inflate.h: undoes permessage-deflate (RFC 7692, 7.2.2) of one direction. */
#ifndef PROTO_WS_INFLATE_H
#define PROTO_WS_INFLATE_H

#include <stdbool.h>

#include "base/attr.h"
#include "proto/decode_budget.h"
#include "proto/inflate.h"

struct ws_inflate;

/* put gets what is decoded, never nothing, while the functions below run. */
struct ws_inflate *ws_inflate_new(void (*put)(void *arg, struct slice bytes),
    void *arg) ATTR_NONNULL;
/* What is decoded is taken from b, borrowed; may be NULL. */
void ws_inflate_budget(struct ws_inflate *x, struct decode_budget *b);
/* x may be NULL. */
void ws_inflate_free(struct ws_inflate *x);
size_t ws_inflate_memory(void);

/* A message begins; with an empty window unless it takes over that of the one
 * before it. */
void ws_inflate_begin(struct ws_inflate *x, bool takeover);
/* Some of its payload.  When it is not INFLATE_WHOLE, nothing more can be
 * decoded of it, nor of those that would take its window over. */
enum inflate_end ws_inflate_put(struct ws_inflate *x, struct slice payload);
/* The message has ended. */
enum inflate_end ws_inflate_end(struct ws_inflate *x);

#endif
