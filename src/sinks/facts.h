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

struct services;

/* Zero-initialised is the beginning. */
struct facts {
	uint8_t first[2][FACTS_FIRST]; /* each side's first bytes */
	uint8_t n_first[2];
	bool has_data[2];
	bool waiting;		/* the client spoke last */
	uint32_t answers;	/* times that the server spoke after it */
	int64_t data_ns[2];	/* time of the first data; see has_data */
	int64_t asked_ns;	/* time of the client's last data */
	int64_t first_think_ns; /* from the client's last byte to the server's
				 * first after it; see answers */
	int64_t longest_think_ns;
};

/* Data as it is delivered, each direction in its order. */
void facts_data(struct facts *f, const struct chunk *c);
/* A flow of datagrams: what each direction's first one began with. */
void facts_datagrams(struct facts *f, const struct slice first[2]);

/* Appends the session's line of the summary table, columns parted by two
 * spaces and not fitted to any width, without line end.  This is what --match
 * is held against.  services and f may be NULL. */
void facts_line(struct buf *b, const struct services *services,
    const struct session *s, const struct facts *f);

#endif
