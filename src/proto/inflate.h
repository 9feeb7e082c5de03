/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * inflate.h: undoes the codings of a body: gzip, zlib, raw deflate, and zstd
 * and brotli where their libraries are there.
 *
 * Bytes are put in as they arrive, and what they yield comes out.  The bytes
 * decide where the label is wrong: gzip that is called deflate, deflate
 * without its zlib header, text that was never coded.
 */
#ifndef PROTO_INFLATE_H
#define PROTO_INFLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "proto/coding.h"
#include "proto/decode_budget.h"

enum inflate_end {
	INFLATE_WHOLE,
	INFLATE_CUT,	 /* the input ended before the coding did */
	INFLATE_CORRUPT, /* bytes that cannot be; what came before was given */
	INFLATE_UNKNOWN, /* a coding that is not known; given as it is */
	INFLATE_WINDOW,	 /* one that wants more memory than is given */
	INFLATE_RATIO,	 /* it grew too much: see decode_budget.h */
};

struct inflater;

/* put gets what is decoded, never nothing, while inflater_put or
 * inflater_finish runs.  No codings: everything is given as it is. */
struct inflater *inflater_new(const struct codings *codings,
    void (*put)(void *arg, struct slice bytes), void *arg) ATTR_NONNULL;
/* From now on what is decoded is taken from b, borrowed; without it a body has
 * LIMIT_RATIO, and there is no other limit. */
void inflater_budget(struct inflater *x, struct decode_budget *b);
/* x may be NULL. */
void inflater_free(struct inflater *x);
void inflater_put(struct inflater *x, struct slice bytes);
/* The body is over; what waited to be looked at is given. */
enum inflate_end inflater_finish(struct inflater *x);
/* Bytes of memory that it takes now, with what its libraries took. */
size_t inflater_memory(const struct inflater *x);

/* Whether this program was built with it. */
bool inflate_has_brotli(void);
bool inflate_has_zstd(void);

#endif
