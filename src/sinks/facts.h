/*
 * facts.h: what is noted of a session's data while it passes: how each side
 * began, and how long answers took.
 */
#ifndef SINKS_FACTS_H
#define SINKS_FACTS_H

#include "base/buf.h"
#include "model/session.h"

/* Enough to tell protocols apart. */
#define FACTS_FIRST 32

/* Zero-initialised is the beginning. */
struct facts {
	uint8_t first[2][FACTS_FIRST]; /* each side's first bytes */
	uint8_t n_first[2];
};

/* Data as it is delivered, each direction in its order. */
void facts_data(struct facts *f, const struct chunk *c);

/* Appends the session's line of the summary table, columns parted by two
 * spaces and not fitted to any width, without line end.  This is what --match
 * is held against. */
void facts_line(struct buf *b, const struct session *s, const struct facts *f);

#endif
