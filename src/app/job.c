/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* job.c: reads captures into one output directory: packets through the
 * decoder to flows, and from there to sinks and store. */
#include "app/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/catalog.h"
#include "app/run_tar.h"
#include "app/signals.h"
#include "app/state.h"
#include "app/terminal.h"
#include "base/limit.h"
#include "base/xalloc.h"
#include "decode/decode.h"
#include "flow/flow.h"

/* Memory for what waits (the rest goes to a scratch file), at most half of what
 * a small --max-memory is, and for product files that are being written. */
#define SPILL_BYTES ((size_t)8 << 20)
#define WRITE_BYTES ((size_t)8 << 20)

static void
on_segment(void *arg, const struct segment *seg)
{
	struct job *j = arg;

	if (j->gathers && segment_is_in_frame(seg))
		flows_put(j->flows, seg);
	else
		flows_segment(j->flows, seg);
}

static void
on_saved(void *arg, const struct segment *seg)
{
	struct job *j = arg;

	decoder_remember(j->decoder, seg);
}

static void
on_lost(void *arg, const struct segment *seg)
{
	struct job *j = arg;

	flows_lost(j->flows, seg);
}

static void
on_datagram(void *arg, const struct datagram *d)
{
	struct job *j = arg;

	flows_datagram(j->flows, d);
}

/* Goes on with what earlier runs left open. */
static bool
load_state(struct job *j, struct tally *t)
{
	struct state *state = j->run->state;

	if (state == NULL)
		return true;
	flows_defer(j->flows);
	flows_on_saved(j->flows, on_saved, j);
	j->packets_before = state_packets(state);
	if (state_load(state, j->flows, j->decoder))
		return true;
	t->state = STATUS_USAGE;
	return false;
}

/* What IP fragments may take: a quarter of what is allowed. */
static size_t
fragment_bytes(const struct model_config *cfg)
{
	uint64_t bytes = cfg->max_memory / LIMIT_FRAGMENTS_SHARE;

	return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

static struct store_limits
limits_of(struct job *j)
{
	const struct config *cfg = j->run->cfg;
	struct run_left *left = j->run->left;

	j->files_left = LIMIT_FILES;
	return (struct store_limits){
		.bytes = cfg->max_output < UINT64_MAX ? &left->bytes : NULL,
		.files = cfg->max_files > 0 ? &left->files : &j->files_left,
	};
}

/* The place for output, when there is to be some; false after a message. */
static bool
open_store(struct job *j, struct tally *t)
{
	/* Of a live run, for those who wait for its lines. */
	static const char *const at_once[] = { SINKS_INDEX_NAME, NULL };
	const struct run *r = j->run;
	const struct config *cfg = r->cfg;
	struct store_options options = {
		.force = cfg->force,
		.sync = cfg->sync || cfg->state != NULL,
		.behind = r->jobs > 1,
		.in_place = cfg->interface != NULL,
		.at_once = at_once,
		.buffer = WRITE_BYTES,
		.max_open = r->max_open,
		.limits = limits_of(j),
	};
	char message[STORE_MESSAGE_LEN];
	char *dir;
	int errnum;

	if (!cfg->files)
		return true;
	dir = xasprintf("%s.sessions", j->name);
	j->store = run_tar_store(r, dir, &options, message);
	errnum = errno;
	free(dir);
	if (j->store != NULL)
		return true;
	incomplete_add(&t->incomplete,
	    errnum == ENAMETOOLONG ? INCOMPLETE_NAME : INCOMPLETE_WRITE);
	message_error(r->messages, run_tar_shown(cfg), "%s", message);
	return false;
}

static size_t
spill_bytes(uint64_t max_memory)
{
	return max_memory / 2 < SPILL_BYTES ? (size_t)(max_memory / 2) :
					      SPILL_BYTES;
}

bool
job_open(struct job *j, const struct run *r, const char *name,
    const struct fingerprints *fingerprints, struct tally *t)
{
	const struct config *cfg = r->cfg;

	j->name = j->shown = name;
	j->decoding.ratio = cfg->max_ratio;
	if (!open_store(j, t))
		return false;
	j->model = cfg->model;
	j->model.max_memory = (j->model.max_memory - r->shown_bytes) / r->share;
	j->spill = spill_new(spill_bytes(j->model.max_memory));
	j->secrets = tls_secrets_new(keylogs_secrets(r->keylogs));
	j->env = (struct sink_env){
		.out = cfg->files ? store_out(j->store) : NULL,
		.spill = j->spill,
		.spill_bytes = spill_bytes(j->model.max_memory),
		.capture = cfg->continuous ? RUN_CONTINUOUS_NAME : name,
		.gaps_skip = cfg->gaps_skip,
		.exact = cfg->exact,
		.wire = cfg->wire,
		.live = cfg->interface != NULL,
		.start_ns = r->start_ns,
		.template = cfg->template,
		.hash = cfg->hash,
		.console = &r->console,
		.match = match_is_set(&cfg->match) ? &cfg->match : NULL,
		.span = cfg->after.texts.n + cfg->before.texts.n > 0 ?
		    &j->span :
		    NULL,
		.grep = cfg->pattern,
		.services = r->port_names,
		.losses = &j->losses,
		.said = &j->said,
		.secrets = j->secrets,
		.decoding = &j->decoding,
	};
	j->sinks = sinks_new(&j->env, cfg->files ? cfg->emit : 0);
	j->events = sinks_events(j->sinks);
	j->flows = flows_new(&j->model, j->spill, &j->events);
	j->decoder = decoder_new(on_segment, j);
	decoder_limit_fragments(j->decoder, fragment_bytes(&j->model));
	decoder_on_lost(j->decoder, on_lost, j);
	if (j->events.wants_packets || r->state != NULL)
		decoder_keep_frames(j->decoder);
	if (j->events.wants_datagrams)
		decoder_on_datagram(j->decoder, on_datagram, j);
	manifest_init(&j->manifest, name, fingerprints);
	j->is_open = true;
	if (fingerprints->error != 0) {
		message_warn(r->messages, input_shown(fingerprints->lacks),
		    "cannot be read: %s", strerror(fingerprints->error));
		incomplete_add(&j->incomplete, INCOMPLETE_READ);
	}
	return load_state(j, t);
}

static void
job_close(struct job *j)
{
	sinks_free(j->sinks);
	j->sinks = NULL;
	store_free(j->store);
	j->store = NULL;
	decoder_free(j->decoder);
	j->decoder = NULL;
	flows_free(j->flows);
	spill_free(j->spill);
	tls_secrets_free(j->secrets);
	manifest_free(&j->manifest);
	losses_free(&j->losses);
}

static bool
output_failed(const struct job *j)
{
	const char *what;

	return (j->store != NULL && store_error(j->store, &what) != 0) ||
	    spill_error(j->spill) != 0;
}

bool
job_is_in_vain(const struct job *j)
{
	return j->left_out || output_failed(j) || terminal_is_lost(j->run);
}

bool
job_must_stop(const struct job *j)
{
	return signals_stop() != 0 || job_is_in_vain(j);
}

static void
say_output_failed(const struct job *j)
{
	const char *what;
	int error = j->store != NULL ? store_error(j->store, &what) : 0;
	struct buf left = { 0 };

	/* In place, what was complete before something failed is there. */
	if (j->run->cfg->interface != NULL && j->run->tar == NULL)
		buf_printf(&left, "sessions that had ended are in %s.sessions",
		    j->name);
	else
		buf_printf(&left, "%s %s was published",
		    j->store == NULL	    ? "not all of" :
			j->store->published ? "all of" :
					      "nothing of",
		    j->shown);
	if (error != 0)
		message_error(j->run->messages, run_tar_shown(j->run->cfg),
		    "%s: %s; %s", what, strerror(error), buf_cstr(&left));
	else
		message_error(j->run->messages, NULL,
		    "scratch file in TMPDIR: %s; %s",
		    strerror(spill_error(j->spill)), buf_cstr(&left));
	buf_free(&left);
}

static void
remark_fragments(const struct job *j)
{
	struct defrag_counts n;

	decoder_fragments(j->decoder, &n);
	if (n.fragments == 0)
		return;
	message_remark(j->run->messages, j->shown,
	    "IP fragments: %llu, datagrams joined: %llu, incomplete: %llu, "
	    "given up for memory (-M): %llu, fragments that overlap: %llu, "
	    "that contradict: %llu",
	    (unsigned long long)n.fragments, (unsigned long long)n.completed,
	    (unsigned long long)n.timed_out + n.waiting,
	    (unsigned long long)n.dropped, (unsigned long long)n.overlaps,
	    (unsigned long long)n.conflicts);
}

static void
say_counts(const struct job *j)
{
	struct messages *m = j->run->messages;
	const char *remark;
	size_t at = 0;

	message_remark(m, j->shown, "%s, packets: %llu, sessions: %llu",
	    j->manifest.format, (unsigned long long)j->manifest.packets,
	    (unsigned long long)j->manifest.flows.sessions);
	for (int o = DECODE_TCP + 1; o < DECODE_OUTCOMES; o++) {
		uint64_t n = decoder_count(j->decoder, (enum outcome)o);

		if (n > 0 && o != DECODE_FRAGMENT)
			message_remark(m, j->shown, "skipped: %s: %llu",
			    outcome_name((enum outcome)o),
			    (unsigned long long)n);
	}
	remark_fragments(j);
	if (j->manifest.filtered > 0)
		message_remark(m, j->shown, "not matched by the filter: %llu",
		    (unsigned long long)j->manifest.filtered);
	while ((remark = sinks_remark(j->sinks, &at)) != NULL)
		message_remark(m, j->shown, "%s", remark);
}

static struct incomplete_set
job_incomplete(const struct job *j)
{
	struct incomplete_set s = losses_words(&j->losses);

	incomplete_join(&s, j->incomplete);
	return s;
}

/* What is known of the capture, for those products that want it. */
static void
write_report(struct job *j)
{
	struct buf b = { 0 };
	const struct manifest *m = &j->manifest;
	struct sink_record record = {
		.packets = m->packets,
		.first_ns = m->first_ns,
		.last_ns = m->last_ns,
		.ts_digits = m->ts_digits,
	};
	const char *what;
	int errnum;

	j->manifest.incomplete = job_incomplete(j);
	j->manifest.losses = &j->losses;
	manifest_write_input(&b, m, j->decoder, j->run->cfg);
	record.ledger = (struct slice){ b.p, b.n };
	errnum = sinks_conclude(j->sinks, &record, &what);
	buf_free(&b);
	job_count_limits(j);
	if (errnum == 0)
		return;
	incomplete_add(&j->incomplete, INCOMPLETE_WRITE);
	message_error(j->run->messages, j->shown, "%s: %s; there is no report",
	    what, strerror(errnum));
}

static void
write_manifest(struct job *j)
{
	struct buf b = { 0 };
	struct out_file *f = out_create(store_out(j->store), STORE_LEDGER_NAME,
	    j->manifest.last_ns);

	out_exempt(f);
	j->manifest.incomplete = job_incomplete(j);
	j->manifest.losses = &j->losses;
	store_outputs(j->store, &j->manifest.outputs);
	sinks_index_digest(j->sinks, j->manifest.outputs.index_sha256);
	manifest_write(&b, &j->manifest, j->decoder, j->run->cfg);
	out_write(f, b.p, b.n);
	out_close(f);
	buf_free(&b);
}

/* Ends all, or leaves what is open to the next run; false after a message. */
static bool
end_sessions(struct job *j)
{
	const struct run *r = j->run;
	bool leaves = run_leaves_state(r);
	char *dir;
	bool ok;

	if (!leaves)
		flows_end(j->flows);
	if (r->state == NULL)
		return true;
	dir = j->store != NULL ? xasprintf("%s.sessions", j->name) : NULL;
	ok = state_write(r->state, leaves ? j->flows : NULL, j->decoder,
	    j->packets_before + j->manifest.packets, dir);
	free(dir);
	return ok;
}

/* Everything is reported; false when it cannot be published. */
static bool
end_all(struct job *j)
{
	bool lost = j->left_out || output_failed(j) || terminal_is_lost(j->run);

	if (lost)
		flows_end(j->flows);
	else
		lost = !end_sessions(j);
	sinks_finish(j->sinks);
	if (lost)
		return false;
	j->manifest.flows = flows_stats(j->flows);
	j->manifest.flows.told -= sinks_unmatched(j->sinks);
	j->manifest.said = j->said;
	job_count_losses(j);
	if (sinks_wants_record(j->sinks))
		write_report(j);
	job_say_losses(j);
	say_counts(j);
	if (j->store != NULL)
		write_manifest(j);
	return true;
}

void
job_finish(struct job *j, struct tally *t)
{
	struct state *state = j->run->state;
	bool ok;

	if (signals_stop() != 0) {
		/* What is in a stream cannot be taken back: it is told. */
		if (!run_tar_is_stream(j->run->cfg))
			return;
		incomplete_add(&j->incomplete, INCOMPLETE_INTERRUPTED);
	}
	ok = end_all(j);
	t->selected += sinks_wanted(j->sinks);
	out_settle(j->run->console.file);
	if (terminal_is_lost(j->run)) {
		/* The end of the run tells why. */
		ok = false;
	} else if (output_failed(j) ||
	    (ok && j->store != NULL && store_publish(j->store) != 0)) {
		t->reader_gone = run_tar_reader_is_gone(j->run);
		if (!t->reader_gone)
			say_output_failed(j);
		ok = false;
	}
	if (state != NULL)
		ok = state_settle(state) && ok;
	if (!ok && !j->left_out && !t->reader_gone && !terminal_is_lost(j->run))
		incomplete_add(&t->incomplete, INCOMPLETE_WRITE);
	incomplete_join(&t->incomplete, job_incomplete(j));
	if (ok && j->store != NULL) {
		t->published++;
		catalog_published(t->row, &j->manifest);
	}
}

/* ---- memory has run out ---- */

/* What had ended in it stays, and it says that this is not all. */
static void
end_in_place(void *arg)
{
	struct job *j = arg;

	write_manifest(j);
}

/* The same in a tar, from which nothing can be taken back; the next capture
 * goes on from there.  Sessions are over before, so that there is memory. */
static void
end_in_tar(void *arg)
{
	struct job *j = arg;

	if (j->flows != NULL)
		j->manifest.flows = flows_stats(j->flows);
	flows_free(j->flows);
	j->flows = NULL;
	if (!store_abandon(j->store))
		return;
	if (j->is_open)
		write_manifest(j);
	if (store_publish(j->store) != 0)
		return;
	store_free(j->store);
	j->store = NULL;
	j->kept = j->is_open;
}

/* Before the memory, since nothing may be left over of it. */
static void
abandon_output(void *arg)
{
	struct job *j = arg;

	store_fail(j->store, ENOMEM);
	store_free(j->store);
	j->store = NULL;
}

static void
settle_state(void *arg)
{
	const struct job *j = arg;

	if (j->run->state != NULL)
		(void)!state_settle(j->run->state);
}

/* Sessions that are open keep theirs: what jumped out of one left it in a
 * state that nobody knows. */
static void
abandon_memory(void *arg)
{
	struct job *j = arg;

	sinks_abandon(j->sinks);
	decoder_free(j->decoder);
	flows_free(j->flows);
	spill_free(j->spill);
	tls_secrets_free(j->secrets);
	manifest_free(&j->manifest);
	losses_free(&j->losses);
}

static void
say_no_memory(const struct job *j, bool in_place)
{
	struct messages *m = j->run->messages;

	if (j->kept)
		message_error(m, j->shown,
		    "out of memory; sessions that had ended are in the tar");
	else if (in_place && j->name != NULL)
		message_error(m, j->shown,
		    "out of memory; sessions that had ended are in %s.sessions",
		    j->name);
	else
		message_error(m, j->shown,
		    "out of memory; %s of it was published",
		    j->run->cfg->files ? "nothing" : "not all");
}

static void
job_abandon(struct job *j, struct tally *t)
{
	bool in_place = j->run->cfg->interface != NULL && j->run->tar == NULL;

	incomplete_add(&j->incomplete, INCOMPLETE_NO_MEMORY);
	incomplete_add(&t->incomplete, INCOMPLETE_NO_MEMORY);
	if (in_place && j->is_open)
		(void)!xalloc_guard(end_in_place, j);
	if (j->run->tar != NULL && j->store != NULL)
		(void)!xalloc_guard(end_in_tar, j);
	if (j->store != NULL)
		(void)!xalloc_guard(abandon_output, j);
	(void)!xalloc_guard(settle_state, j);
	(void)!xalloc_guard(abandon_memory, j);
	message_progress_end(j->run->messages);
	say_no_memory(j, in_place);
	t->published += j->kept;
}

struct job_work {
	struct job job;
	void (*work)(struct job *j, void *arg);
	void *arg;
};

static void
do_work(void *arg)
{
	struct job_work *x = arg;

	x->work(&x->job, x->arg);
	job_close(&x->job);
}

void
job_run(const struct run *r, const char *shown,
    void (*work)(struct job *j, void *arg), void *arg, struct tally *t)
{
	struct job_work x = {
		.job = { .run = r, .shown = shown },
		.work = work,
		.arg = arg,
	};

	if (!xalloc_guard(do_work, &x))
		job_abandon(&x.job, t);
	xalloc_reserve();
}
