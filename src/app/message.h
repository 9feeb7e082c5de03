/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * message.h: what goes to standard error: one line each, and the progress
 * line.  The only place that prints there.
 */
#ifndef APP_MESSAGE_H
#define APP_MESSAGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config.h"
#include "base/attr.h"
#include "base/buf.h"

/* Lines of captures that are read at once: they come out capture by capture,
 * in the order in which these were begun. */
struct message_queue {
	size_t turn; /* whose lines come out at once */
	size_t n;
	struct message_waiting {
		bool over; /* its capture has ended */
		struct buf lines;
	} * of; /* n of them */
};

/* A capture's own has a root, on which it draws. */
struct messages {
	bool quiet;
	bool verbose;
	bool color;
	bool progress;	      /* a progress line is wanted */
	bool terminal;	      /* standard error is one */
	bool line_open;	      /* the progress line stands */
	uint64_t last_ms;     /* when it was drawn */
	pthread_mutex_t lock; /* of standard error, queues, progress_sum */
	struct messages *root;
	struct message_queue *queue;
	size_t number; /* place in the queue */
	char **first;  /* where the first error is kept; or NULL */
};

struct progress_count {
	uint64_t bytes; /* of files */
	uint64_t packets;
	uint64_t sessions;
};

/* How far the whole run is. */
struct progress_sum {
	size_t begun;		    /* files */
	size_t files;		    /* to be read */
	uint64_t total;		    /* bytes to be read; 0: unknown */
	uint64_t started_ms;	    /* message_clock_ms at the beginning */
	struct progress_count done; /* as far as it was reported */
};

/* How far one thread is with its capture. */
struct progress {
	const char *name; /* of the capture */
	size_t file;	  /* which it is, from 1 */
	struct progress_count now;
	struct progress_count reported; /* of that, what the sum knows */
	struct progress_sum *sum;
	uint64_t dropped; /* packets that an interface has lost */
};

struct messages messages_new(const struct config *cfg);
/* For n captures. */
struct message_queue message_queue_new(size_t n);
/* For capture `number`, from 0, of those of the queue. */
struct messages messages_of_capture(struct messages *root,
    struct message_queue *q, size_t number);
/* The capture has ended; every number must come to that. */
void messages_over(struct messages *m);
void message_queue_free(struct message_queue *q);
/* tcpsession: FILE: text; without FILE when it is NULL.  It is said without
 * memory, too, but then at once.  Errors are always said, warnings not with --quiet, remarks only with --verbose. */
void message_error(struct messages *m, const char *file, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
void message_warn(struct messages *m, const char *file, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
void message_remark(struct messages *m, const char *file, const char *fmt, ...)
    ATTR_PRINTF(3, 4);
/* The next capture is begun. */
void message_progress_begin(struct messages *m, struct progress *p);
/* Adds to the sum, and draws the progress line a few times a second at most. */
void message_progress(struct messages *m, struct progress *p);
/* One line on how far the run is, whatever --quiet says (SIGUSR1). */
void message_status(struct messages *m, struct progress *p);
/* A capture of that size is done with: its bytes count as read, also those
 * that were not needed.  its_output: what came of it is complete. */
void message_progress_pass(struct messages *m, struct progress *p,
    uint64_t size, bool its_output);
/* Takes the progress line away. */
void message_progress_end(struct messages *m);
/* A clock for progress only; no decision depends on it. */
uint64_t message_clock_ms(void);

#endif
