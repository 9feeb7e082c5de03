/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * live_run.c: reads a network interface until a signal ends the run.
 *
 * Time is that of the packets while some come, and that of the wall clock
 * while none do, so that silent sessions end.
 */
#include "app/live_run.h"

#include <stdlib.h>
#include <time.h>

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

struct watch {
	struct job *job;
	struct live *live;
	int64_t looked_ns;
	int64_t until_ns; /* when the end was asked for, or 0 */
};

static int64_t
wall_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct live *
live_run_open(const struct run *r, struct tally *t)
{
	char message[CAPTURE_MESSAGE_LEN];
	enum live_fault fault;
	struct live *l = live_open(r->cfg->interface, &fault, message);

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
look(struct watch *w, int64_t now_ns)
{
	struct job *j = w->job;
	struct progress *p = j->run->progress;
	bool status;

	w->looked_ns = now_ns;
	flows_tick(j->flows, now_ns);
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
	if (w->until_ns == 0)
		w->until_ns = wall_clock_ns();
	return now_ns - w->until_ns > DRAIN_NS;
}

static bool
on_wait(void *arg)
{
	struct watch *w = arg;
	int64_t now_ns = wall_clock_ns();

	look(w, now_ns);
	return !is_over(w, now_ns);
}

static void
read_packets(struct watch *w)
{
	struct job *j = w->job;
	enum capture_status status;
	struct packet p;

	while ((status = live_next(w->live, &p)) == CAPTURE_PACKET) {
		if (!job_packet(j, &p)) {
			incomplete_add(&j->incomplete, INCOMPLETE_FILTER);
			return;
		}
		/* Unsigned: also after a clock was set back. */
		if ((uint64_t)p.ts_ns - (uint64_t)w->looked_ns <
		    (uint64_t)LOOK_NS)
			continue;
		look(w, p.ts_ns);
		if (is_over(w, p.ts_ns))
			return;
	}
	if (status == CAPTURE_END)
		return;
	incomplete_add(&j->incomplete, INCOMPLETE_READ);
	message_warn(j->run->messages, j->shown, "the capture has ended: %s",
	    live_message(w->live));
	manifest_warning(&j->manifest, live_message(w->live));
}

static void
live_run_read(struct watch *w)
{
	struct job *j = w->job;

	j->shown = j->run->cfg->interface;
	j->manifest.live = true;
	j->manifest.last_ns = j->run->start_ns;
	manifest_source(&j->manifest, j->shown, 0, "live", "none");
	live_on_wait(w->live, on_wait, w);
	read_packets(w);
	live_on_wait(w->live, NULL, NULL);
	look(w, w->looked_ns);
	message_progress_end(j->run->messages);
	j->manifest.dropped = live_drops(w->live);
	loss_add(&j->losses, LOSS_DROPPED, j->manifest.dropped);
	if (signals_stop() != 0)
		signals_settle();
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
	t->read++;
	if (job_open(j, x->run, t->name, &none, t)) {
		struct watch w = { .job = j, .live = x->live };

		live_run_read(&w);
		job_finish(j, t);
	}
}

void
run_live(struct run *r, struct live *l, struct tally *t)
{
	struct progress_sum sum = { .started_ms = message_clock_ms() };
	struct progress progress = { .name = r->cfg->interface, .sum = &sum };
	struct live_reading x = { r, l, t };

	r->progress = &progress;
	/* Nothing of it may wait behind a thread. */
	r->jobs = 1;
	r->start_ns = wall_clock_ns();
	job_run(r, r->cfg->interface, read_live, &x, t);
	r->progress = NULL;
}
