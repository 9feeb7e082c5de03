/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * live_run.c: reads a network interface, or a pipe that somebody else feeds from
 * one, until a signal ends the run.
 *
 * Time is that of the packets while some come, and goes on from there while none
 * do, so that silent sessions end.
 */
#include "app/live_run.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/job.h"
#include "app/output_dir.h"
#include "app/signals.h"
#include "base/fmt.h"
#include "base/xalloc.h"
#include "flow/flow.h"

/* Between two looks at signals, output and progress. */
#define LOOK_NS ((int64_t)200 * 1000000)
/* Before the end is asked for again, what the kernel still has comes. */
#define DRAIN_NS ((int64_t)100 * 1000000)
/* Of a pipe, whose packets have any time: that is read for so long at most. */
#define DRAIN_MS 1000

struct watch {
	struct job *job;
	struct live *live;
	int64_t looked_ns;
	int64_t until_ns;    /* when the end was asked for, or 0 */
	uint64_t until_ms;   /* the same, of message_clock_ms */
	uint64_t waited_ms;  /* when nothing was there last */
	uint64_t waited_for; /* ... the packet after so many */
};

/* What is read, in messages. */
static const char *
shown(const struct run *r)
{
	return config_reads_stdin_live(r->cfg) ? "standard input" :
						 r->cfg->interface;
}

struct live *
live_run_open(const struct run *r, struct tally *t)
{
	const struct capture_limits limits = run_capture_limits(r);
	char message[CAPTURE_MESSAGE_LEN];
	enum live_fault fault;
	struct live *l;

	/* What does not suit the filter is seen when it comes. */
	if (config_reads_stdin_live(r->cfg))
		return live_open_stream(STDIN_FILENO, &limits);
	l = live_open(r->cfg->interface, &fault, message);
	if (l == NULL) {
		t->unreadable++;
		t->left_out = true;
		message_error(r->messages, r->cfg->interface,
		    "cannot be captured from: %s%s", message,
		    fault == LIVE_FORBIDDEN ?
			"; root may, and who has CAP_NET_RAW" :
			"");
		return NULL;
	}
	if (r->filter == NULL || filter_suits(r->filter, live_linktype(l)))
		return l;
	t->read++;
	incomplete_add(&t->incomplete, INCOMPLETE_FILTER);
	message_error(r->messages, r->cfg->interface,
	    "the filter does not suit its link type: %s",
	    filter_message(r->filter));
	live_close(l);
	return NULL;
}

static void
look(struct watch *w)
{
	struct job *j = w->job;
	struct progress *p = j->run->progress;
	bool status;

	keylogs_read_more(j->run->keylogs, j->secrets);
	out_settle(j->run->console.file);
	p->now.bytes = live_bytes(w->live);
	p->now.packets = j->manifest.packets;
	p->now.sessions = flows_stats(j->flows).sessions;
	status = signals_status();
	/* To ask for the drops takes a while. */
	if (status || j->run->messages->progress)
		p->dropped = live_drops(w->live);
	message_progress(j->run->messages, p);
	if (status)
		message_status(j->run->messages, p);
}

/* Whether nothing more is wanted.  What was captured before the signal is. */
static bool
is_over(struct watch *w, int64_t now_ns)
{
	if (signals_stop() == 0)
		return job_must_stop(w->job);
	if (w->until_ns == 0) {
		w->until_ns = clock_wall_ns();
		w->until_ms = message_clock_ms() + DRAIN_MS;
	}
	if (live_is_stream(w->live))
		return message_clock_ms() > w->until_ms;
	return now_ns - w->until_ns > DRAIN_NS;
}

/* Nothing is there, since it was so before if no packet came meanwhile. */
static void
let_time_pass(struct watch *w)
{
	struct job *j = w->job;
	uint64_t now_ms = message_clock_ms();

	if (w->waited_for == j->manifest.packets)
		flows_pass(j->flows,
		    (int64_t)(now_ms - w->waited_ms) * 1000000);
	w->waited_for = j->manifest.packets;
	w->waited_ms = now_ms;
}

static bool
on_wait(void *arg)
{
	struct watch *w = arg;
	bool drained = w->until_ns != 0 && live_is_stream(w->live);

	let_time_pass(w);
	look(w);
	return !is_over(w, clock_wall_ns()) && !drained;
}

/* How it ended. */
static enum capture_status
read_packets(struct watch *w)
{
	struct job *j = w->job;
	enum capture_status status;
	struct packet p;

	while ((status = live_next(w->live, &p)) == CAPTURE_PACKET) {
		if (!job_packet(j, &p)) {
			(void)job_suits(j->run, j->shown, p.linktype,
			    &j->incomplete);
			return CAPTURE_END;
		}
		/* Unsigned: also after a clock was set back. */
		if ((uint64_t)p.ts_ns - (uint64_t)w->looked_ns <
		    (uint64_t)LOOK_NS)
			continue;
		w->looked_ns = p.ts_ns;
		flows_tick(j->flows, p.ts_ns);
		look(w);
		if (is_over(w, p.ts_ns))
			return CAPTURE_END;
	}
	/* Who wrote it may have been stopped by the same signal. */
	if (status == CAPTURE_END ||
	    (live_is_stream(w->live) && signals_stop() != 0))
		return CAPTURE_END;
	input_add_ending(&j->incomplete, status);
	message_warn(j->run->messages, j->shown, "the capture has ended: %s",
	    live_message(w->live));
	manifest_warning(&j->manifest, live_message(w->live));
	return status;
}

/* How it ended. */
static enum capture_status
live_run_read(struct watch *w)
{
	struct job *j = w->job;
	enum capture_status status;

	j->shown = shown(j->run);
	j->manifest.live = true;
	j->manifest.last_ns = j->run->start_ns;
	manifest_source(&j->manifest,
	    live_is_stream(w->live) ? WALK_STDIN_NAME : j->shown, 0, "live",
	    "none");
	live_on_wait(w->live, on_wait, w);
	live_on_secrets(w->live, job_secrets, j);
	if (j->run->keylogs != NULL || live_is_stream(w->live))
		job_expect_secrets(j);
	status = read_packets(w);
	live_on_wait(w->live, NULL, NULL);
	look(w);
	keylogs_say_empty(j->run->keylogs);
	j->manifest.dropped = live_drops(w->live);
	loss_add(&j->losses, LOSS_DROPPED, j->manifest.dropped);
	if (signals_stop() != 0)
		signals_settle();
	return status;
}

struct live_reading {
	const struct run *run;
	struct live *live;
	struct tally *tally;
};

static void
read_live(struct job *j, void *arg)
{
	const struct live_reading *x = arg;
	struct tally *t = x->tally;
	const struct fingerprints none = { .plain = "" };
	char time[FMT_TIME_LEN];
	char *base;

	fmt_time_name(time, x->run->start_ns);
	base = xasprintf("live-%s", time);
	t->name = output_dir_free_name(x->run, base);
	free(base);
	if (job_open(j, x->run, t->name, &none, t)) {
		struct watch w = {
			.job = j,
			.live = x->live,
			.waited_for = UINT64_MAX,
		};

		if (live_run_read(&w) != CAPTURE_NOT_ONE) {
			t->read++;
		} else {
			t->unreadable++;
			t->left_out = true;
		}
		job_finish(j, t);
	}
}

void
run_live(struct run *r, struct live *l, struct tally *t)
{
	struct progress_sum sum = { .started_ms = message_clock_ms() };
	struct progress progress = { .name = shown(r), .sum = &sum };
	struct live_reading x = { r, l, t };

	r->progress = &progress;
	/* Nothing of it may wait behind a thread. */
	r->jobs = 1;
	r->start_ns = clock_wall_ns();
	job_run(r, shown(r), read_live, &x, t);
	r->progress = NULL;
}
