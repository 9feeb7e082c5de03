/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* main.c: the story: parse, find the captures, lock, read each, tell how it
 * went. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/about.h"
#include "app/archive.h"
#include "verify/compare.h"
#include "app/config.h"
#include "app/input.h"
#include "app/live_run.h"
#include "app/message.h"
#include "app/output_dir.h"
#include "app/worklist.h"
#include "app/workers.h"
#include "app/rights.h"
#include "app/run.h"
#include "app/port_names.h"
#include "app/signals.h"
#include "app/run_inputs.h"
#include "app/status.h"
#include "app/terminal.h"
#include "verify/verify.h"
#include "sinks/sink.h"

static void
read_inputs(struct run *r, const struct inputs *in, struct tally *t)
{
	struct progress_sum sum = { .started_ms = message_clock_ms() };
	struct progress progress = { .sum = &sum };
	struct worklist plan;

	worklist_make(&plan, r, in);
	sum.files = plan.to_read;
	sum.total = plan.bytes;
	r->progress = &progress;
	t->skipped = plan.done;
	if (r->cfg->continuous)
		run_continuous(r, in, &plan, t);
	else
		run_each(r, in, &plan, t);
	worklist_free(&plan);
	r->progress = NULL;
}

/* Writes what comes from the inputs, to directories or to the tar. */
static enum status
write_output(struct run *r, struct run_inputs *s)
{
	struct tally *t = &s->tally;

	if (r->cfg->tar == TAR_ALONE) {
		r->tar = archive_open(r);
		if (r->tar == NULL)
			return STATUS_INCOMPLETE;
	}
	if (s->live != NULL)
		run_live(r, s->live, t);
	else
		read_inputs(r, &s->in, t);
	archive_finish(r, &s->in, t);
	free(t->name);
	return status_of(t);
}

/* What else is done with the inputs, after output of status. */
static enum status
compare_others(struct run *r, const struct run_inputs *s, unsigned programs,
    enum status status)
{
	struct tally t = { .flawed = s->tally.flawed };
	struct verify_outcome v;
	enum status mine;

	if (r->cfg->compare != 0)
		return compare_run(r, &s->in) ? status : STATUS_INCOMPLETE;
	if (programs == 0 || signals_stop() != 0)
		return status;
	v = verify_run(r, &s->in, programs, &t);
	mine = status_of(&t);
	if (mine == STATUS_FLAWED || mine == STATUS_OK)
		mine = v.failed	  ? STATUS_INCOMPLETE :
		    v.unexplained ? STATUS_UNEXPLAINED :
				    mine;
	if (status == STATUS_INCOMPLETE || mine == STATUS_OK)
		return status;
	return status != STATUS_OK && mine == STATUS_FLAWED ? status : mine;
}

/* Opens what needs the rights that this process has now, and gives them up
 * if that was asked for. */
static enum status
settle_rights(struct run *r, struct run_inputs *s)
{
	const struct config *cfg = r->cfg;
	enum status status = STATUS_OK;
	bool made = false;
	int held = 0;

	if (cfg->user != NULL)
		held = inputs_hold(&s->in, r->messages);
	if (held < 0)
		return STATUS_USAGE;
	r->max_open =
	    (unsigned)held < r->max_open ? r->max_open - (unsigned)held : 1;
	if (cfg->files && !archive_is_stream(cfg)) {
		r->output_fd = output_dir_open(r, &made, &status);
		if (r->output_fd < 0)
			return status;
	}
	if (cfg->user != NULL && !privileges_give_up(r, &s->user, made))
		return STATUS_INCOMPLETE;
	if (cfg->user == NULL && s->live != NULL && geteuid() == 0)
		message_remark(r->messages, NULL,
		    "runs as root; --relinquish-privileges gives that up");
	if (r->output_fd >= 0)
		output_dir_sweep(r, &s->in);
	privileges_confine(r);
	return STATUS_OK;
}

static bool
wants_services(const struct config *cfg)
{
	return cfg->console.product == CONSOLE_SUMMARY ||
	    match_is_set(&cfg->match);
}

static enum status
run(const struct config *cfg)
{
	struct messages m = messages_new(cfg);
	struct run_inputs s = { 0 };
	struct run r = {
		.cfg = cfg,
		.messages = &m,
		.output_fd = -1,
		.jobs = workers_count(cfg),
		.share = 1,
	};
	enum status status = STATUS_USAGE;
	struct port_name_table *table = NULL;
	struct port_names services;
	unsigned programs = 0;

	if (!privileges_find_user(cfg, &m, &s.user) ||
	    !verify_programs(cfg, &m, &programs))
		return STATUS_USAGE;
	status = run_inputs_open(&r, &s);
	if (status != STATUS_OK)
		goto out;
	r.max_open = output_dir_max_open();
	terminal_open(&r, &s.in);
	if (wants_services(cfg)) {
		table = port_names_load();
		services = port_names_of(table);
		r.services = &services;
	}
	summary_preamble(&r.console);
	status = settle_rights(&r, &s);
	if (status != STATUS_OK)
		goto out;
	if (s.in.n == 0 && s.live == NULL)
		message_warn(&m, NULL, "no capture found");
	if (cfg->files || cfg->console.product != CONSOLE_NONE)
		status = write_output(&r, &s);
	status = compare_others(&r, &s, programs, status);
out:
	if (r.output_fd >= 0)
		close(r.output_fd);
	status = terminal_close(&r, status);
	port_names_free(table);
	filter_free(r.filter);
	run_inputs_close(&s);
	return status;
}

/* Payload is nobody else's: no core dumps, nothing readable by others, no
 * looking into this process; and no rights to be had from programs. */
static void
guard_process(void)
{
	const struct rlimit none = { 0 };

	umask(077);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGXFSZ, SIG_IGN);
	signals_init();
}

/* What was asked for on standard output must have arrived. */
static int
flush_stdout(enum status status)
{
	if (fflush(stdout) == 0 || errno == EPIPE)
		return (int)status;
	fprintf(stderr, "tcpsession: standard output: %s\n", strerror(errno));
	return STATUS_INCOMPLETE;
}

int
main(int argc, char **argv)
{
	char message[CONFIG_MESSAGE_LEN];
	enum status status = STATUS_OK;
	struct config cfg;

	guard_process();
	if (!config_parse(&cfg, argc, argv, message)) {
		struct messages m = messages_new(&cfg);

		message_error(&m, NULL, "%s", message);
		config_free(&cfg);
		return STATUS_USAGE;
	}
	if (cfg.action == ACTION_HELP)
		about_help();
	else if (cfg.action == ACTION_VERSION)
		about_version();
	else
		status = run(&cfg);
	config_free(&cfg);
	if (signals_stop() != 0)
		signals_raise(signals_stop());
	return flush_stdout(status);
}
