/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * job.h: one output directory and all that leads to it: decoding, the model,
 * sinks and store.
 */
#ifndef APP_JOB_H
#define APP_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "app/input.h"
#include "app/manifest.h"
#include "app/run.h"
#include "base/loss.h"
#include "base/spill.h"
#include "flow/flow.h"
#include "sinks/sinks.h"
#include "store/store.h"

struct job {
	const struct run *run;
	const char *name;  /* of the output, without ".sessions" */
	const char *shown; /* of what is read, in messages */
	struct store *store;
	struct spill *spill;
	struct sinks *sinks;
	struct sink_env env;
	struct tls_secrets *secrets; /* the run's and the capture's */
	struct events events;
	struct flows *flows;
	struct decoder *decoder;
	struct manifest manifest;
	struct decode_budget decoding;
	uint64_t files_left; /* unless the run has a limit */
	struct losses losses;
	struct sink_said said;
	struct store_outputs counted;	  /* whose losses are among them */
	struct incomplete_set incomplete; /* for other reasons than those */
	struct model_config model; /* of the configuration, with its share */
	struct time_span span;	   /* of --after and --before */
	uint64_t packets_before;   /* read by earlier runs: see --state */
	bool left_out;		   /* nothing is published: see job_suits */
	bool is_open;		   /* job_open has made all that is above */
	bool kept;    /* without memory: what had ended is in the tar */
	bool gathers; /* segments may wait until there are more */
};

/*
 * Calls work(j, arg), which opens j, reads and finishes it, and closes j.  When
 * memory runs out in it, what it has of output is removed, but for a live
 * run's, its memory is given up as far as that is safe, and *t gets a word.
 * shown is what is read, in messages, until there is something better.
 */
void job_run(const struct run *r, const char *shown,
    void (*work)(struct job *j, void *arg), void *arg, struct tally *t);

/* Makes the place for output and takes in the state of earlier runs.  False
 * after a message, reported in *t.  name is
 * borrowed. */
bool job_open(struct job *j, const struct run *r, const char *name,
    const struct fingerprints *fingerprints, struct tally *t);
/* More secrets may come while sessions are open. */
void job_expect_secrets(struct job *j);
/* One packet.  False when the filter makes no sense for its link type. */
bool job_packet(struct job *j, const struct packet *p);
/* Takes a key log that a capture holds; arg is the job. */
void job_secrets(void *arg, struct slice text);
/* Reads a capture whose first packet has been read to its end, or until the
 * run must stop: see job_must_stop. */
void job_read(struct job *j, struct input_file *s);
/* Whether the filter makes sense for that link type; says so when it does
 * not, and takes it in. */
bool job_suits(const struct run *r, const char *shown, uint16_t linktype,
    struct incomplete_set *words);
/* There is no use in reading on: output failed or the capture is left out. */
bool job_is_in_vain(const struct job *j);
/* A signal came, output failed or the capture is left out. */
bool job_must_stop(const struct job *j);
/* Ends all sessions and publishes; reports in *t how it went. */
void job_finish(struct job *j, struct tally *t);

/* ---- job_losses.c ---- */

/* Takes in what the rooms have counted; after the last session. */
void job_count_losses(struct job *j);
/* Those of files that reached a limit since they were counted last. */
void job_count_limits(struct job *j);
/* A line for each of the losses. */
void job_say_losses(const struct job *j);

#endif
