/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* main.c: the steps of the program, each a call. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/about.h"
#include "app/cage.h"
#include "app/comparison.h"
#include "app/config.h"
#include "app/message.h"
#include "app/port_names.h"
#include "app/privileges.h"
#include "app/run.h"
#include "app/run_inputs.h"
#include "app/run_tar.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "base/scratch.h"
#include "base/xalloc.h"

/* All that is done; what it was doing when memory ran out is in it. */
struct process {
	int argc;
	char **argv;
	struct config cfg;
	struct messages messages;
	struct run_inputs inputs;
	struct run run;
	pid_t pid;
	enum status status;
};

static void
end_scratch(struct messages *m)
{
	if (scratch_close() != 0)
		message_warn(m, scratch_path(), "cannot be removed: %s",
		    strerror(errno));
}

static enum status
run(struct process *p)
{
	const struct config *cfg = &p->cfg;
	struct run_inputs *s = &p->inputs;
	struct run *r = &p->run;
	enum status status;

	if (!privileges_find_user(cfg, r->messages, &s->user) ||
	    !comparison_programs(cfg, r->messages, &s->programs))
		return STATUS_USAGE;
	status = run_inputs_open(r, s);
	if (status == STATUS_OK)
		status = keylogs_open(cfg, r->messages, &r->keylogs);
	if (status == STATUS_OK) {
		r->port_names = port_names_load(cfg);
		terminal_open(r, &s->in);
		status = privileges_settle(r, s);
	}
	if (status == STATUS_OK) {
		cage_close(r, s);
		status = run_all(r, s);
		status = comparison_run(r, s, status);
	}
	if (r->output_fd >= 0)
		close(r->output_fd);
	status = terminal_close(r, status);
	port_names_free(r->port_names);
	filter_free(r->filter);
	keylogs_close(r->keylogs);
	run_inputs_close(s);
	end_scratch(&p->messages);
	return status;
}

static void
process_run(void *arg)
{
	struct process *p = arg;
	char message[CONFIG_MESSAGE_LEN];

	if (!config_parse(&p->cfg, p->argc, p->argv, message)) {
		p->messages = messages_new(&p->cfg);
		message_error(&p->messages, NULL, "%s", message);
		p->status = STATUS_USAGE;
	} else if (p->cfg.action == ACTION_HELP) {
		about_help();
	} else if (p->cfg.action == ACTION_VERSION) {
		about_version();
	} else {
		p->messages = messages_new(&p->cfg);
		p->run = (struct run){
			.cfg = &p->cfg,
			.messages = &p->messages,
			.output_fd = -1,
			.jobs = p->cfg.jobs,
			.share = 1,
		};
		p->status = run(p);
	}
	config_free(&p->cfg);
}

/* What is before or between the captures has run out of memory; a capture by
 * itself does not lead here. */
static void
process_abandon(void *arg)
{
	struct process *p = arg;

	message_error(&p->messages, NULL, "out of memory; the run ends here");
	p->status = STATUS_INCOMPLETE;
	run_tar_abandon(&p->run);
	end_scratch(&p->messages);
}

/* The one that has not come to its end: nobody else can be told by exit. */
static struct process *unfinished;

/* Some of libarchive and libpcap calls exit when it has no memory, in whatever
 * thread that is. */
static void
on_exit_of_library(void)
{
	struct process *p = unfinished;

	if (p == NULL || p->pid != getpid())
		return;
	unfinished = NULL;
	message_error(&p->messages, NULL,
	    "out of memory in a library; the run ends here");
	run_tar_forget(&p->run);
	end_scratch(&p->messages);
	_exit(STATUS_INCOMPLETE);
}

int
main(int argc, char **argv)
{
	struct process p = {
		.argc = argc,
		.argv = argv,
		.pid = getpid(),
		.messages = { .lock = PTHREAD_MUTEX_INITIALIZER },
		.inputs.starter = -1,
		.run.output_fd = -1,
	};

	cage_guard_process();
	signals_init();
	xalloc_reserve();
	unfinished = &p;
	(void)!atexit(on_exit_of_library);
	if (!xalloc_guard(process_run, &p))
		(void)!xalloc_guard(process_abandon, &p);
	unfinished = NULL;
	if (signals_stop() != 0)
		signals_raise(signals_stop());
	return terminal_flush(p.status);
}
