/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* run.c: each capture by itself, or all as one. */
#include "app/run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/input.h"
#include "app/job.h"
#include "app/worklist.h"
#include "app/workers.h"
#include "app/signals.h"
#include "base/fmt.h"
#include "base/xalloc.h"

/* Counts a capture that cannot be read; true when this one can. */
static bool
is_readable(enum input_state state, struct tally *t)
{
	if (state == INPUT_UNREADABLE) {
		t->unreadable++;
		t->flawed = true;
	}
	return state == INPUT_OPEN;
}

static void
run_one(const struct run *r, const struct input *in, struct tally *t)
{
	char fingerprint[DIGEST_SHA256_LEN];
	struct input_file s;
	struct job j;

	worklist_fingerprint_one(r->cfg, in, fingerprint);
	if (is_readable(input_file_open(&s, in, r->messages, r->jobs > 1), t)) {
		t->read++;
		if (job_open(&j, r, in->name, fingerprint, t)) {
			job_read(&j, &s);
			if (!job_must_stop(&j))
				t->flawed |=
				    input_file_say_ending(&s, r->messages);
			job_finish(&j, t);
		}
		job_close(&j);
	}
	input_file_close(&s);
}

bool
run_is_vain(const struct run *r)
{
	return !r->cfg->files && stdout_error(r->standard_output) != 0;
}

void
run_each(const struct run *r, const struct inputs *in,
    const struct worklist *plan, struct tally *t)
{
	workers_run(r, in, plan, run_one, t);
}

/* A capture's place among those that are read as one. */
struct part {
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
	const struct part *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Looks at a capture's first packet; false when it cannot be read. */
static bool
make_part(const struct run *r, const struct input *in, struct part *p,
    struct tally *t)
{
	struct input_file s;
	bool ok = is_readable(input_file_open(&s, in, r->messages, false), t);

	*p = (struct part){ .in = in, .first_ns = INT64_MAX };
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
read_part(struct job *j, struct part *p, struct tally *t)
{
	struct input_file *s = &p->stream;

	message_progress_begin(j->run->messages, j->run->progress);
	if (p->is_stream ||
	    is_readable(input_file_open(s, p->in, j->run->messages,
			    j->run->jobs > 1),
		t)) {
		t->read++;
		job_read(j, s);
		if (!job_must_stop(j))
			t->flawed |= input_file_say_ending(s, j->run->messages);
	}
	input_file_close(s);
	message_progress_pass(j->run->messages, j->run->progress, p->size,
	    false);
}

static bool
is_taken(const struct run *r, const char *name)
{
	char *place = xasprintf("%s.sessions", name);
	struct stat st;
	bool taken =
	    fstatat(r->output_fd, place, &st, AT_SYMLINK_NOFOLLOW) == 0;

	free(place);
	return taken;
}

char *
run_name(const struct run *r, const char *time)
{
	char *name = xstrdup(time);

	for (unsigned i = 2; is_taken(r, name); i++) {
		free(name);
		name = xasprintf("%s.%u", time, i);
	}
	return name;
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
	return run_name(r, time);
}

void
run_continuous(const struct run *r, const struct inputs *in,
    const struct worklist *plan, struct tally *t)
{
	struct part *parts = xcalloc(in->n, sizeof(*parts));
	char fingerprint[DIGEST_SHA256_LEN];
	size_t n = 0;
	char *name = NULL;
	struct job j;

	for (size_t i = 0; i < in->n; i++) {
		if (plan->items[i].fate != FATE_READ ||
		    !make_part(r, &in->v[i], &parts[n], t))
			continue;
		parts[n].index = n;
		n++;
	}
	qsort(parts, n, sizeof(*parts), by_first_packet);
	if (n > 0) {
		name = continuous_name(r, parts[0].first_ns);
		worklist_fingerprint_all(r->cfg, plan, in, fingerprint);
		if (job_open(&j, r, name, fingerprint, t)) {
			for (size_t i = 0; i < n && !job_must_stop(&j); i++)
				read_part(&j, &parts[i], t);
			job_finish(&j, t);
		}
		job_close(&j);
	}
	t->name = name;
	free(parts);
}
