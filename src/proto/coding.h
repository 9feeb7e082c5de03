/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* coding.h: the codings of an HTTP body, as its head names them. */
#ifndef PROTO_CODING_H
#define PROTO_CODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"

/* Bodies that were coded more often are left as they are. */
#define CODINGS_MAX 4

enum coding { CODING_GZIP, CODING_DEFLATE, CODING_BROTLI, CODING_ZSTD };

/* In the order in which they were applied.  Zero-initialised is none. */
struct codings {
	enum coding list[CODINGS_MAX];
	uint8_t n;
	uint8_t n_names;
	/* As the head has them, those that are not known too; borrowed. */
	struct slice names[CODINGS_MAX];
	bool unknown; /* one that is not known, or more than fit */
};

/* Adds the coding of that name, in any case (RFC 9110, 8.4.1; x-gzip is
 * gzip); "identity" and an empty name add nothing. */
void codings_add(struct codings *c, struct slice name);
/* Adds those of a comma-separated list. */
void codings_add_list(struct codings *c, struct slice list);

/* Adds those of another list, which were applied later. */
void codings_join(struct codings *c, const struct codings *later);

/*
 * Takes the next element off a comma-separated list, without the white space
 * around it; may be empty.  False at the end.
 */
bool list_next(struct cur *list, struct slice *element);

/* s without white space (spaces, tabs, CR, LF) at its ends. */
struct slice slice_trim(struct slice s);
/* ASCII letters compare without case. */
bool slice_is(struct slice s, const char *word);
bool slice_begins(struct slice s, const char *word);
/* words: NULL at the end. */
bool slice_is_one_of(struct slice s, const char *const *words);

#endif
