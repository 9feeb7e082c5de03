/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* continuous.c: reads all captures as one, in the order of their first
 * packets. */
#include "app/continuous.h"

#include <stdlib.h>
#include <string.h>

#include "app/input.h"
#include "app/job.h"
#include "app/output_dir.h"
#include "app/state.h"
#include "base/fmt.h"
#include "base/xalloc.h"

/* A capture's place among those that are read as one. */
struct part {
	const struct input *in;
	size_t index;
	int64_t first_ns; /* INT64_MAX without packets */
	uint64_t size;
	struct input_file stream; /* standard input, opened already */
	bool is_stream;
	bool has_content; /* what is below, for --state */
	uint8_t content[DIGEST_SHA256_BYTES];
};

struct parts {
	struct part *v;
	size_t n;
};

static int
by_first_packet(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* ---------------------------------------------------------- what is to be read */

/* An earlier run of --state has read it, under whatever name, or the same is
 * named twice. */
static bool
is_taken(const struct run *r, const struct parts *all, struct part *p)
{
	bool taken;

	if (r->state == NULL)
		return false;
	p->has_content = fingerprint_content(p->in, p->content);
	taken = p->has_content && state_has_taken(r->state, p->content);
	for (size_t i = 0; p->has_content && !taken && i < all->n; i++)
		taken = all->v[i].has_content &&
		    memcmp(all->v[i].content, p->content, sizeof(p->content)) ==
			0;
	if (taken)
		message_remark(r->messages, input_shown(p->in),
		    "passed over: an earlier run has taken it");
	return taken;
}

/* Looks at a capture's first packet; false when it cannot be read now, or need
 * not be. */
static bool
make_part(const struct run *r, const struct input *in, const struct parts *all,
    struct part *p, struct tally *t)
{
	const struct capture_limits limits = run_capture_limits(r);
	struct input_file s;
	bool ok;

	*p = (struct part){ .in = in, .first_ns = INT64_MAX };
	if (is_taken(r, all, p)) {
		t->skipped++;
		return false;
	}
	ok = input_is_readable(input_file_open(&s, in, r->messages, r->seen,
				   &limits, false),
	    t);
	if (ok && s.status == CAPTURE_PACKET)
		p->first_ns = s.packet.ts_ns;
	if (ok)
		p->size = input_file_size(&s);
	/* What cannot be read twice stays open. */
	p->is_stream = ok && s.is_stream;
	if (p->is_stream)
		p->stream = s;
	else
		input_file_close(&s);
	return ok;
}

static struct parts
make_parts(const struct run *r, const struct inputs *in,
    const struct worklist *list, struct tally *t)
{
	struct parts all = { .v = xcalloc(in->n, sizeof(*all.v)) };

	for (size_t i = 0; i < in->n; i++) {
		struct part *p = &all.v[all.n];

		if (list->items[i].fate != FATE_READ ||
		    !make_part(r, &in->v[i], &all, p, t))
			continue;
		p->index = all.n++;
	}
	qsort(all.v, all.n, sizeof(*all.v), by_first_packet);
	return all;
}

/* -------------------------------------------------------------------- reading */

/* Reads one; false when what it holds is not certain: it could not be opened
 * again, or read to its end, or changed meanwhile. */
static bool
read_part(struct job *j, struct part *p, struct tally *t)
{
	const struct capture_limits limits = run_capture_limits(j->run);
	struct input_file *s = &p->stream;
	bool certain = true;

	message_progress_begin(j->run->messages, j->run->progress);
	if (p->is_stream ||
	    input_is_readable(input_file_open(s, p->in, j->run->messages,
				  j->run->seen, &limits, j->run->jobs > 1),
		t)) {
		t->read++;
		job_read(j, s);
		if (!job_must_stop(j)) {
			certain = input_file_is_certain(s);
			incomplete_join(&j->incomplete,
			    input_file_say_ending(s, j->run->messages));
		}
	} else {
		incomplete_add(&j->incomplete, INCOMPLETE_READ);
		certain = false;
	}
	input_file_close(s);
	message_progress_pass(j->run->messages, j->run->progress, p->size,
	    false);
	return certain;
}

/* Reads the first n; the number of those that are certain. */
static size_t
read_parts(struct job *j, struct parts *all, size_t n, struct tally *t)
{
	for (size_t i = 0; i < n && !job_must_stop(j); i++)
		if (!read_part(j, &all->v[i], t) && j->run->state != NULL)
			return i;
	return n;
}

/* The output's name.  With --state each run has one of its own, after the
 * time of its first packet.  Caller frees. */
static char *
output_name(const struct run *r, const struct parts *all)
{
	char time[FMT_TIME_LEN];

	if (r->state == NULL)
		return xstrdup(RUN_CONTINUOUS_NAME);
	fmt_time_name(time,
	    all->n > 0 ? all->v[0].first_ns : state_time_ns(r->state));
	return output_dir_free_name(r, time);
}

struct attempt {
	const struct run *run;
	struct parts *all;
	size_t n; /* of the first of them */
	const struct fingerprints *fingerprints;
	struct tally *tally;
	size_t good; /* of them that are certain */
};

static void
make_attempt(struct job *j, void *arg)
{
	struct attempt *x = arg;
	const struct part *v = x->all->v;
	struct state *state = x->run->state;
	size_t good;

	if (!job_open(j, x->run, x->tally->name, x->fingerprints, x->tally))
		return;
	/* It is one capture, some of which is missing. */
	if (x->tally->unreadable > 0)
		incomplete_add(&j->incomplete, INCOMPLETE_READ);
	good = read_parts(j, x->all, x->n, x->tally);
	for (size_t i = 0; good == x->n && state != NULL && i < x->n; i++)
		if (v[i].has_content)
			state_take(state, v[i].content);
	x->good = good;
	if (good == x->n)
		job_finish(j, x->tally);
}

/* Reads and publishes the first n; the number of those that are certain: when
 * that is less, nothing was published. */
static size_t
attempt(const struct run *r, struct parts *all, size_t n,
    const struct fingerprints *fingerprints, struct tally *t)
{
	struct attempt x = { r, all, n, fingerprints, t, n };

	job_run(r, r->cfg->output_dir, make_attempt, &x, t);
	return x.good;
}

static void
say_left(const struct run *r, const struct parts *all, size_t good,
    struct tally *t)
{
	t->left_out = true;
	for (size_t i = good; i < all->n; i++)
		message_warn(r->messages, input_shown(all->v[i].in),
		    i == good ? "left for the next run: it is not certain "
				"what it holds" :
				"left for the next run: it comes after %s",
		    input_shown(all->v[good].in));
}

/* What is gone when it has been read. */
static bool
has_stream(const struct parts *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (all->v[i].is_stream)
			return true;
	return false;
}

/* With --state what is not certain is for the next run to read, and with it
 * all that follows: then the run is made again without them. */
static void
read_all_parts(const struct run *r, struct parts *all,
    const struct fingerprints *fingerprints, struct tally *t)
{
	size_t n = all->n;
	size_t good = attempt(r, all, n, fingerprints, t);

	if (good < n)
		say_left(r, all, good, t);
	while (good < n && good > 0 && !has_stream(all, good)) {
		n = good;
		good = attempt(r, all, n, fingerprints, t);
	}
}

struct continuous {
	const struct run *run;
	const struct inputs *in;
	const struct worklist *list;
	struct tally *tally;
};

static void
read_continuous(void *arg)
{
	const struct continuous *x = arg;
	const struct run *r = x->run;
	struct fingerprints fingerprints;
	struct parts all = make_parts(r, x->in, x->list, x->tally);

	worklist_fingerprint_all(r, x->list, x->in, &fingerprints);
	if (all.n > 0 || (run_ends_state(r->cfg) && state_has_open(r->state))) {
		x->tally->name = output_name(r, &all);
		read_all_parts(r, &all, &fingerprints, x->tally);
	}
	free(all.v);
}

void
continuous_run(struct run *r, const struct inputs *in,
    const struct worklist *list, struct tally *t)
{
	struct continuous x = { r, in, list, t };
	bool done;

	if (r->cfg->state != NULL) {
		r->state = state_open(r, &t->state);
		if (r->state == NULL)
			return;
	}
	done = xalloc_guard(read_continuous, &x);
	state_close(r->state);
	r->state = NULL;
	if (!done)
		xalloc_fail();
}
