/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * inflate.h: undoes the codings of a body: gzip, zlib, raw deflate, and zstd
 * and brotli where their libraries are there.
 *
 * The bytes decide where the label is wrong: gzip that is called deflate,
 * deflate without its zlib header, text that was never coded.
 */
#ifndef PROTO_INFLATE_H
#define PROTO_INFLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/coding.h"

/* What a coding may yield, and how many times its own size once it has
 * yielded INFLATE_RATIO_FROM. */
#define INFLATE_SIZE_MAX ((uint64_t)64 << 20)
#define INFLATE_RATIO_MAX 1000
#define INFLATE_RATIO_FROM ((uint64_t)1 << 20)

enum inflate_end {
	INFLATE_WHOLE,
	INFLATE_CUT,	 /* the input ended before the coding did */
	INFLATE_CORRUPT, /* bytes that cannot be; what came before was given */
	INFLATE_UNKNOWN, /* a coding that is not known; given as it is */
	INFLATE_SIZE,	 /* more than INFLATE_SIZE_MAX */
	INFLATE_RATIO,	 /* more than INFLATE_RATIO_MAX to one */
};

/* Where bytes come from and go to. */
struct inflate_io {
	/* The next bytes, valid until the next call; false at the end. */
	bool (*next)(void *arg, struct slice *piece);
	void (*put)(void *arg, struct slice piece);
	void *arg;
};

/* Undoes the codings, the last one first, until the input or a limit ends.
 * One decoder for each coding is alive meanwhile, none afterwards. */
enum inflate_end inflate_run(const struct codings *codings,
    const struct inflate_io *io);

/* Whether this program was built with it. */
bool inflate_has_brotli(void);
bool inflate_has_zstd(void);

#endif
