/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* run.c: reads what a run is to read: each capture by itself, all as one, or
 * an interface. */
#include "app/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

/* Counts a capture that cannot be read; true when this one can.  To be closed
 * in any case. */
static bool
open_input(const struct run *r, const struct input *in, struct input_file *s,
    bool ahead, struct tally *t)
{
	enum input_state state =
	    input_file_open(s, in, r->messages, r->seen, ahead);

	if (state == INPUT_UNREADABLE) {
		t->unreadable++;
		t->left_out = true;
	}
	return state == INPUT_OPEN;
}

static void
run_one(const struct run *r, const struct input *in, struct tally *t)
{
	struct fingerprints fingerprints;
	struct input_file s;
	struct job j;

	worklist_fingerprint_one(r->cfg, in, &fingerprints);
	if (open_input(r, in, &s, r->jobs > 1, t)) {
		t->read++;
		if (job_open(&j, r, in->name, &fingerprints, t)) {
			job_read(&j, &s);
			if (!job_must_stop(&j))
				incomplete_join(&j.incomplete,
				    input_file_say_ending(&s, r->messages));
			job_finish(&j, t);
		}
		job_close(&j);
	}
	input_file_close(&s);
}

/* A capture's place among those that are read as one. */
struct continuous_part {
	const struct input *in;
	size_t index;
	int64_t first_ns; /* INT64_MAX without packets */
	uint64_t size;
	struct input_file stream; /* standard input, opened already */
	bool is_stream;
};

static int
by_first_packet(const void *a, const void *b)
{
	const struct continuous_part *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Looks at a capture's first packet; false when it cannot be read. */
static bool
make_part(const struct run *r, const struct input *in,
    struct continuous_part *p, struct tally *t)
{
	struct input_file s;
	bool ok = open_input(r, in, &s, false, t);

	*p = (struct continuous_part){ .in = in, .first_ns = INT64_MAX };
	if (ok && s.status == CAPTURE_PACKET)
		p->first_ns = s.packet.ts_ns;
	if (ok)
		p->size = input_file_size(&s);
	/* What cannot be read twice stays open. */
	p->is_stream = ok && !S_ISREG(s.before.st_mode);
	if (p->is_stream)
		p->stream = s;
	else
		input_file_close(&s);
	return ok;
}

static void
read_part(struct job *j, struct continuous_part *p, struct tally *t)
{
	struct input_file *s = &p->stream;

	message_progress_begin(j->run->messages, j->run->progress);
	if (p->is_stream || open_input(j->run, p->in, s, j->run->jobs > 1, t)) {
		t->read++;
		job_read(j, s);
		if (!job_must_stop(j))
			incomplete_join(&j->incomplete,
			    input_file_say_ending(s, j->run->messages));
	}
	input_file_close(s);
	message_progress_pass(j->run->messages, j->run->progress, p->size,
	    false);
}

/* The output's name.  With --state each run has one of its own, after the
 * time of its first packet.  Caller frees. */
static char *
continuous_name(const struct run *r, int64_t first_ns)
{
	char time[FMT_TIME_LEN];

	if (r->cfg->state == NULL)
		return xstrdup(RUN_CONTINUOUS_NAME);
	fmt_time_name(time, first_ns);
	return output_dir_free_name(r, time);
}

/* Reads all captures as one, in the order of their first packets. */
static void
run_continuous(const struct run *r, const struct inputs *in,
    const struct worklist *worklist, struct tally *t)
{
	struct continuous_part *parts = xcalloc(in->n, sizeof(*parts));
	struct fingerprints fingerprints;
	size_t n = 0;
	char *name = NULL;
	struct job j;

	for (size_t i = 0; i < in->n; i++) {
		if (worklist->items[i].fate != FATE_READ ||
		    !make_part(r, &in->v[i], &parts[n], t))
			continue;
		parts[n].index = n;
		n++;
	}
	qsort(parts, n, sizeof(*parts), by_first_packet);
	if (n > 0) {
		name = continuous_name(r, parts[0].first_ns);
		worklist_fingerprint_all(r->cfg, worklist, in, &fingerprints);
		if (job_open(&j, r, name, &fingerprints, t)) {
			for (size_t i = 0; i < n && !job_must_stop(&j); i++)
				read_part(&j, &parts[i], t);
			job_finish(&j, t);
		}
		job_close(&j);
	}
	t->name = name;
	free(parts);
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
read_captures(struct run *r, const struct inputs *in, struct tally *t)
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
		run_continuous(r, in, &list, t);
	else
		workers_run(r, in, &list, run_one, t);
	worklist_free(&list);
	save_seen(r, t);
	r->progress = NULL;
}

enum status
run_all(struct run *r, struct run_inputs *s)
{
	struct tally *t = &s->tally;

	if (s->in.n == 0 && s->live == NULL)
		message_warn(r->messages, NULL, "no capture found");
	if (!r->cfg->files && r->cfg->console.product == CONSOLE_NONE)
		return STATUS_OK;
	if (r->cfg->tar == TAR_ALONE) {
		r->tar = run_tar_open(r);
		if (r->tar == NULL)
			return STATUS_INCOMPLETE;
	}
	if (s->live != NULL)
		run_live(r, s->live, t);
	else
		read_captures(r, &s->in, t);
	run_tar_finish(r, &s->in, t);
	free(t->name);
	return status_of(t);
}
