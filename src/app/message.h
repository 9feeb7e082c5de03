/*
 * message.h: what goes to standard error: one line each, and the progress
 * line.  The only place that prints there.
 */
#ifndef APP_MESSAGE_H
#define APP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config.h"
#include "base/attr.h"

struct messages {
	bool quiet;
	bool verbose;
	bool color;
	bool progress;	  /* a progress line is wanted */
	bool terminal;	  /* standard error is one */
	bool line_open;	  /* the progress line stands */
	uint64_t last_ms; /* when it was drawn */
};

struct progress_count {
	uint64_t bytes; /* of files */
	uint64_t packets;
	uint64_t sessions;
};

/* How far the whole run is. */
struct progress {
	const char *name;	    /* of the capture being read */
	size_t file;		    /* which it is, from 1 */
	size_t files;		    /* to be read */
	uint64_t total;		    /* bytes to be read; 0: unknown */
	uint64_t started_ms;	    /* message_clock_ms at the beginning */
	struct progress_count done; /* before what is being read */
	struct progress_count now;
	uint64_t dropped; /* packets that an interface has lost */
};

struct messages messages_new(const struct config *cfg);
/* tcpsession: FILE: text; without FILE when it is NULL.  Errors are always
 * said, warnings not with --quiet, remarks only with --verbose. */
void message_error(struct messages *m, const char *file, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
void message_warn(struct messages *m, const char *file, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
void message_remark(struct messages *m, const char *file, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
/* Draws the progress line, at most a few times a second. */
void message_progress(struct messages *m, const struct progress *p);
/* One line on how far the run is, whatever --quiet says (SIGUSR1). */
void message_status(struct messages *m, const struct progress *p);
/* Takes the progress line away. */
void message_progress_end(struct messages *m);
/* A clock for progress only; no decision depends on it. */
uint64_t message_clock_ms(void);

#endif
