/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * marks.h: where in a session --grep has found something, for those who show the
 * session afterwards.
 */
#ifndef SINKS_MARKS_H
#define SINKS_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/escape.h"
#include "inspect/search.h"

/* What all matches of a session may take; beyond that none is marked. */
#define MARKS_MAX ((size_t)1 << 20)

/* The strings that matches are in. */
static inline uint64_t
marks_of_direction(int dir)
{
	return (uint64_t)dir;
}

/* The body, decoded, of the message with that number. */
static inline uint64_t
marks_of_body(uint64_t number)
{
	return 2 + 2 * number;
}

/* The text that was made with that number. */
static inline uint64_t
marks_of_made(uint64_t number)
{
	return 3 + 2 * number;
}

struct marks;

struct marks *marks_new(void);
/* m may be NULL. */
void marks_free(struct marks *m);
/* Matches of one string come one behind the other. */
void marks_add(struct marks *m, uint64_t string, const struct found *f);
bool marks_are_full(const struct marks *m);
size_t marks_memory(const struct marks *m);

/* A string that is shown, from its beginning on.  Zero-initialised shows one
 * without marks. */
struct marked {
	const struct marks *marks;
	size_t list;	   /* of this string; none: as many as there are */
	size_t at;	   /* in it, behind next */
	struct found next; /* the match that is shown next, or is being shown */
};

/* marks, which is borrowed, may be NULL. */
void marked_begin(struct marked *x, const struct marks *marks, uint64_t string);
/* escape_lines_put for bytes of the string, from offset off on, with its matches
 * coloured. */
void marked_put(struct marked *x, struct escape_lines *e, struct buf *b,
    uint64_t off, struct slice s);

#endif
