/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* run.c: reads what a run is to read: each capture by itself, all as one, or
 * an interface. */
#include "app/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/catalog.h"
#include "app/continuous.h"
#include "app/run_tar.h"
#include "app/input.h"
#include "app/job.h"
#include "app/live_run.h"
#include "app/output_dir.h"
#include "app/run_inputs.h"
#include "app/seen.h"
#include "app/signals.h"
#include "app/workers.h"
#include "app/worklist.h"
#include "base/fmt.h"
#include "base/xalloc.h"

struct one {
	const struct run *run;
	const struct input *in;
	struct tally *tally;
	struct input_file s;
};

/* A capture into a directory of its own. */
static void
read_one(struct job *j, void *arg)
{
	struct one *x = arg;
	const struct run *r = x->run;
	struct input_file *s = &x->s;
	struct tally *t = x->tally;
	const struct capture_limits limits = run_capture_limits(r);
	struct fingerprints fingerprints;

	worklist_fingerprint_one(r, x->in, &fingerprints);
	if (!input_is_readable(input_file_open(s, x->in, r->messages, r->seen,
				   &limits, r->jobs > 1),
		t))
		return;
	t->read++;
	if (s->status == CAPTURE_PACKET &&
	    !job_suits(r, input_shown(x->in), s->packet.linktype,
		&t->incomplete))
		return;
	if (!job_open(j, r, x->in->name, &fingerprints, t))
		return;
	job_read(j, s);
	if (!job_must_stop(j))
		incomplete_join(&j->incomplete,
		    input_file_say_ending(s, r->messages));
	job_finish(j, t);
}

static void
run_one(const struct run *r, const struct input *in, struct tally *t)
{
	struct one x = { .run = r, .in = in, .tally = t, .s.fd = -1 };

	job_run(r, input_shown(in), read_one, &x, t);
	input_file_close(&x.s);
}

/* A run that was stopped remembers nothing. */
static void
save_seen(struct run *r, struct tally *t)
{
	if (r->seen != NULL && signals_stop() == 0 &&
	    seen_save(r->seen, r->cfg->sync) != 0) {
		incomplete_add(&t->incomplete, INCOMPLETE_WRITE);
		message_error(r->messages, r->cfg->output_dir,
		    "write " SEEN_NAME ": %s", strerror(errno));
	}
	seen_free(r->seen);
	r->seen = NULL;
}

/* Reads each capture into a directory of its own, or all as one. */
static void
read_captures(struct run *r, struct inputs *in, struct tally *t)
{
	struct progress_sum sum = { .started_ms = message_clock_ms() };
	struct progress progress = { .sum = &sum };
	struct worklist list;

	r->seen = r->cfg->resume ? seen_load(r->output_fd) : NULL;
	worklist_make(&list, r, in);
	sum.files = list.to_read;
	sum.total = list.bytes;
	r->progress = &progress;
	t->skipped = list.done;
	incomplete_join(&t->incomplete, list.incomplete);
	if (r->cfg->continuous)
		continuous_run(r, in, &list, t);
	else
		workers_run(r, in, &list, run_one, t);
	worklist_free(&list);
	save_seen(r, t);
	r->progress = NULL;
}

/* Nothing was chosen, and nothing is left for a later run to choose. */
static void
say_unselected(const struct run *r, const struct tally *t)
{
	if (r->cfg->selects && t->selected == 0 && t->read > 0 &&
	    t->skipped == 0 && r->cfg->state == NULL && signals_stop() == 0)
		message_warn(r->messages, NULL, "no session selected");
}

enum status
run_all(struct run *r, struct run_inputs *s)
{
	struct tally *t = &s->tally;
	struct run_left left = { r->cfg->max_output, r->cfg->max_files };

	if (s->in.n == 0 && s->live == NULL && !run_ends_state(r->cfg))
		message_warn(r->messages, NULL, "no capture found");
	if (!r->cfg->files && r->cfg->console.product == CONSOLE_NONE)
		return STATUS_OK;
	if (r->cfg->tar == TAR_ALONE) {
		r->tar = run_tar_open(r);
		if (r->tar == NULL)
			return STATUS_INCOMPLETE;
	}
	r->left = &left;
	r->catalog = catalog_new(r, s);
	if (s->live != NULL)
		run_live(r, s->live, t);
	else
		read_captures(r, &s->in, t);
	message_progress_end(r->messages);
	say_unselected(r, t);
	r->left = NULL;
	if (signals_stop() == 0 && !output_dir_is_there(r))
		incomplete_add(&t->incomplete, INCOMPLETE_WRITE);
	/* A stream ends in order also when a signal ends the run. */
	if (signals_stop() == 0 || run_tar_is_stream(r->cfg))
		catalog_write(r, &s->in, t);
	run_tar_finish(r, &s->in, t);
	catalog_free(r->catalog);
	r->catalog = NULL;
	free(t->name);
	return status_of(t);
}
