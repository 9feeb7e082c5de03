/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* run.h: all that one call of the program reads and writes. */
#ifndef APP_RUN_H
#define APP_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/config.h"
#include "app/keylogs.h"
#include "app/message.h"
#include "app/status.h"
#include "base/limit.h"
#include "capture/capture.h"
#include "capture/filter.h"
#include "capture/walk.h"
#include "store/stdout.h"

/* What may still be written, where the user said how much. */
struct run_left {
	uint64_t bytes;
	uint64_t files;
};

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
	struct state *state;	   /* of --state, while it is read; or NULL */
	struct run_left *left;	   /* borrowed */
	struct tar *tar;	   /* for --tar-only: where all output goes */
	struct progress *progress; /* borrowed */
	struct keylogs *keylogs;   /* of --keylog; or NULL */
	struct seen *seen;	   /* no captures, and told of; or NULL */
	struct catalog *catalog;   /* for index.html; or NULL */
	struct stdout_file *standard_output;
	struct summary_run *summary;   /* of all captures; or NULL */
	struct port_names *port_names; /* what ports are for; or NULL */
	struct console console;	       /* of the configuration, completed */
	struct console_start console_start; /* console.start */
	size_t shown_bytes; /* of memory, for what is shown later */
};

struct run_inputs;

/* What a compressed capture may take and yield: a quarter of -M, as fragments
 * may. */
static inline struct capture_limits
run_capture_limits(const struct run *r)
{
	uint64_t window = r->cfg->model.max_memory / r->share / 4;

	if (window < LIMIT_CAPTURE_WINDOW_LEAST)
		window = LIMIT_CAPTURE_WINDOW_LEAST;
	return (struct capture_limits){
		.window = window < LIMIT_CAPTURE_WINDOW ? window :
							  LIMIT_CAPTURE_WINDOW,
		.ratio = r->cfg->max_ratio,
	};
}

/* Writes what comes from the captures or the interface, to directories or to
 * the tar; says so when there is nothing to read. */
enum status run_all(struct run *r, struct run_inputs *s);

/* Whether the run is to publish what --state left open, and nothing else. */
static inline bool
run_ends_state(const struct config *cfg)
{
	return cfg->state != NULL && cfg->n_paths == 0 &&
	    cfg->n_files_from == 0;
}

/* Whether the run leaves what is open to the next. */
static inline bool
run_leaves_state(const struct run *r)
{
	return r->state != NULL && !run_ends_state(r->cfg);
}

/* The output directory of a continuous run, without ".sessions". */
#define RUN_CONTINUOUS_NAME "continuous"

#endif
