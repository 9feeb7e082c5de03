/*
 * facts.h: what is noted of a session's data while it passes: how each side
 * began, and how long answers took.
 */
#ifndef SINKS_FACTS_H
#define SINKS_FACTS_H

#include "base/buf.h"
#include "flow/session.h"

/* Enough to tell protocols apart. */
#define FACTS_FIRST 32

struct services;

/* What the sides' first bytes say of the service; service.c knows how.
 * Zero-initialised: nothing. */
struct service_hints {
	uint8_t sure[2]; /* what a side is sure of; the higher, the surer */
	uint8_t hints;
};

/* The bytes that a side began with, while there are less than FACTS_FIRST. */
struct facts_first {
	uint8_t n[2];
	uint8_t bytes[2][FACTS_FIRST];
};

/* There is one for each open session: it is small.  Zero-initialised is the
 * beginning; facts_fini ends it. */
struct facts {
	int64_t asked_ns; /* time of the client's last data, when waiting */
	struct facts_first *first; /* NULL when there is none */
	/* The longest time from the client's last byte to the server's next,
	 * in tenths of a second; 0 when it is not slow (diagnosis.h). */
	uint64_t slow_tenths : 39;
	uint64_t waiting : 1; /* the client spoke last */
	struct service_hints heard;
};

/* Data as it is delivered, each direction in its order. */
void facts_data(struct facts *f, const struct chunk *c);
/* A flow of datagrams: what each direction's first one began with. */
void facts_datagrams(struct facts *f, const struct session *s,
    const struct slice first[2]);
/* By all that is there now. */
struct service_hints facts_hints(const struct facts *f);
void facts_fini(struct facts *f);

/* Appends the session's line of the summary table, columns parted by two
 * spaces and not fitted to any width, without line end.  This is what --match
 * is held against.  services and f may be NULL. */
void facts_line(struct buf *b, const struct services *services,
    const struct session *s, const struct facts *f);

#endif
