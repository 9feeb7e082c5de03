/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * job_read.c: reads one capture: each packet to the decoder, and now and then a
 * look at signals, output and what is to be shown.
 */
#include "app/clock.h"
#include "app/job.h"
#include "app/message.h"
#include "app/signals.h"
#include "base/xalloc.h"
#include "decode/decode.h"
#include "flow/flow.h"
#include "proto/tls_keylog.h"

/* Packets between two looks at the clock, the signals and the store; and the
 * time between them where packets come as they come. */
#define LOOK_INTERVAL 4096
#define LOOK_NS ((int64_t)200 * 1000000)
/* Packets that are not older are of now. */
#define NOW_NS ((int64_t)60 * 1000000000)

static void
look_around(struct job *j, const struct input_file *s)
{
	struct progress *p = j->run->progress;

	out_settle(j->run->console.file);
	p->name = s->in->name;
	p->now.bytes = capture_bytes_in(s->capture);
	p->now.packets = j->manifest.packets;
	p->now.sessions = flows_stats(j->flows).sessions;
	message_progress(j->run->messages, p);
	if (signals_status())
		message_status(j->run->messages, p);
}

/* The bytes of segments that wait are about to go. */
static void
on_moving(void *arg)
{
	struct job *j = arg;

	flows_flush(j->flows);
}

struct capture_reading {
	struct job *job;
	struct input_file *source;
	int64_t looked_ns;   /* of a stream: the packet's time */
	uint64_t waited_ms;  /* when nothing was there first */
	uint64_t waited_for; /* ... of the packet after so many */
};

/* Sessions that are over are shown when nothing has come of a stream since. */
static bool
on_wait(void *arg)
{
	struct capture_reading *r = arg;
	struct job *j = r->job;
	uint64_t now_ms = message_clock_ms();

	if (r->waited_for != j->manifest.packets) {
		r->waited_for = j->manifest.packets;
		r->waited_ms = now_ms;
	}
	if (r->source->is_stream)
		flows_show(j->flows,
		    (int64_t)(now_ms - r->waited_ms) * 1000000);
	look_around(j, r->source);
	return input_file_waits(r->source);
}

/* What comes without a pause is shown by its own time, if that is ours. */
static void
look_at_stream(struct capture_reading *r)
{
	struct job *j = r->job;
	int64_t ts_ns = r->source->packet.ts_ns;
	uint64_t behind = (uint64_t)clock_wall_ns() - (uint64_t)ts_ns;

	r->looked_ns = ts_ns;
	if (behind < (uint64_t)NOW_NS)
		flows_show(j->flows, 0);
}

/* Whether it is time to look around. */
static bool
is_due(const struct capture_reading *r)
{
	if (r->job->manifest.packets % LOOK_INTERVAL == 0)
		return true;
	/* Unsigned: also after a clock was set back. */
	return r->source->is_stream &&
	    (uint64_t)r->source->packet.ts_ns - (uint64_t)r->looked_ns >=
	    (uint64_t)LOOK_NS;
}

/* The reserve was needed: until there is one again, sessions are given up. */
static void
relieve(struct job *j)
{
	flows_flush(j->flows);
	while (!xalloc_reserve() && flows_give_up_half(j->flows))
		continue;
}

bool
job_packet(struct job *j, const struct packet *p)
{
	struct filter *f = j->run->filter;

	if (xalloc_is_short())
		relieve(j);
	if (j->manifest.packets == 0)
		config_span(j->run->cfg, p->ts_ns, &j->span);
	manifest_packet(&j->manifest, p);
	if (f != NULL) {
		switch (filter_packet(f, p)) {
		case FILTER_MATCH:
			break;
		case FILTER_NO_MATCH:
			j->manifest.filtered++;
			return true;
		case FILTER_BROKEN:
			return false;
		}
	}
	decode_packet(j->decoder, p);
	return true;
}

bool
job_suits(const struct run *r, const char *shown, uint16_t linktype,
    struct incomplete_set *words)
{
	if (r->filter == NULL || filter_suits(r->filter, linktype))
		return true;
	message_error(r->messages, shown,
	    "the filter does not suit its link type: %s",
	    filter_message(r->filter));
	incomplete_add(words, INCOMPLETE_FILTER);
	return false;
}

void
job_secrets(void *arg, struct slice text)
{
	struct job *j = arg;
	struct tls_keylog log;

	tls_keylog_begin(&log, j->secrets);
	tls_keylog_put(&log, text);
	tls_keylog_end(&log);
	j->events = sinks_events(j->sinks);
}

void
job_expect_secrets(struct job *j)
{
	sinks_expect_secrets(j->sinks);
	j->events = sinks_events(j->sinks);
}

void
job_read(struct job *j, struct input_file *s)
{
	uint64_t before = j->packets_before + j->manifest.packets;
	struct capture_reading r = { .job = j,
		.source = s,
		.waited_for = UINT64_MAX };

	if (!j->run->cfg->continuous)
		j->shown = input_shown(s->in);
	capture_on_wait(s->capture, on_wait, &r);
	capture_on_moving(s->capture, on_moving, j);
	capture_on_secrets(s->capture, job_secrets, j);
	if (capture_may_have_secrets(s->capture))
		job_expect_secrets(j);
	j->gathers = !j->events.wants_packets;
	manifest_source(&j->manifest, s->in->name, input_file_size(s),
	    capture_format(s->capture), capture_compression(s->capture));
	while (s->status == CAPTURE_PACKET) {
		s->packet.number += before;
		if (!job_packet(j, &s->packet)) {
			(void)job_suits(j->run, input_shown(s->in),
			    s->packet.linktype, &j->incomplete);
			/* What is in a tar cannot be taken back. */
			j->left_out =
			    !j->run->cfg->continuous && j->run->tar == NULL;
			break;
		}
		if (is_due(&r)) {
			if (s->is_stream)
				look_at_stream(&r);
			look_around(j, s);
			if (job_is_in_vain(j) || !input_file_goes_on(s))
				break;
		}
		s->status = capture_next(s->capture, &s->packet);
	}
	flows_flush(j->flows);
	j->gathers = false;
	capture_on_moving(s->capture, NULL, NULL);
	capture_on_wait(s->capture, NULL, NULL);
	input_file_settle(s);
	if (!s->is_stopped)
		manifest_warning(&j->manifest, capture_message(s->capture));
	look_around(j, s);
}
