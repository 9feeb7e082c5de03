/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* run.h: captures, from their files to their output directories. */
#ifndef APP_RUN_H
#define APP_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "app/config.h"
#include "app/message.h"
#include "capture/filter.h"
#include "capture/walk.h"
#include "store/stdout.h"

/* What a run shares over its captures. */
struct run {
	const struct config *cfg;
	struct messages *messages;
	int output_fd;		   /* the output directory, borrowed */
	struct filter *filter;	   /* or NULL */
	int64_t start_ns;	   /* of a live capture */
	unsigned max_open;	   /* descriptors for product files */
	unsigned jobs;		   /* threads for what is being read */
	unsigned share;		   /* captures that share the memory */
	struct tar *tar;	   /* for --tar-only: where all output goes */
	struct progress *progress; /* borrowed */
	struct stdout_file *standard_output;
	const struct port_names *services; /* what ports are for; or NULL */
	struct console console;		   /* of the configuration, completed */
	bool console_begun;		   /* what console.begun points to */
};

/* How the captures went. */
struct tally {
	size_t read; /* to some extent */
	size_t unreadable;
	size_t skipped; /* --resume: done by an earlier run */
	bool flawed;	/* cut, corrupt, changed, or data given up */
	bool output_failed;
	bool reader_gone; /* of the tar on standard output */
	char *name;	  /* of what was written of a continuous run, or NULL */
	bool bad_state;	  /* of --state: damaged */
	bool bad_filter;  /* does not suit a capture's link type */
};

struct worklist;

/* Reads each capture that is to be read into a directory of its own. */
void run_each(const struct run *r, const struct inputs *in,
    const struct worklist *plan, struct tally *t);
/* Reads them all as one, in the order of their first packets. */
void run_continuous(const struct run *r, const struct inputs *in,
    const struct worklist *plan, struct tally *t);

/* time, or time.2 and so on: the first whose directory is not there yet.
 * Caller frees. */
char *run_name(const struct run *r, const char *time);

/* The output directory of a continuous run, without ".sessions". */
#define RUN_CONTINUOUS_NAME "continuous"

/* Standard output is lost, and nothing else is written. */
bool run_is_vain(const struct run *r);

#endif
