/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* main.c: the steps of the program, each a call. */
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
#include "app/signals.h"
#include "app/terminal.h"
#include "base/scratch.h"

static enum status
run(const struct config *cfg)
{
	struct messages m = messages_new(cfg);
	struct run_inputs s = { .starter = -1 };
	struct run r = {
		.cfg = cfg,
		.messages = &m,
		.output_fd = -1,
		.jobs = cfg->jobs,
		.share = 1,
	};
	enum status status;

	if (!privileges_find_user(cfg, &m, &s.user) ||
	    !comparison_programs(cfg, &m, &s.programs))
		return STATUS_USAGE;
	status = run_inputs_open(&r, &s);
	if (status == STATUS_OK) {
		r.port_names = port_names_load(cfg);
		terminal_open(&r, &s.in);
		status = privileges_settle(&r, &s);
	}
	if (status == STATUS_OK) {
		cage_close(&r, &s);
		status = run_all(&r, &s);
		status = comparison_run(&r, &s, status);
	}
	if (r.output_fd >= 0)
		close(r.output_fd);
	status = terminal_close(&r, status);
	port_names_free(r.port_names);
	filter_free(r.filter);
	run_inputs_close(&s);
	scratch_close();
	return status;
}

int
main(int argc, char **argv)
{
	char message[CONFIG_MESSAGE_LEN];
	enum status status = STATUS_OK;
	struct config cfg;

	cage_guard_process();
	signals_init();
	if (!config_parse(&cfg, argc, argv, message)) {
		struct messages m = messages_new(&cfg);

		message_error(&m, NULL, "%s", message);
		status = STATUS_USAGE;
	} else if (cfg.action == ACTION_HELP) {
		about_help();
	} else if (cfg.action == ACTION_VERSION) {
		about_version();
	} else {
		status = run(&cfg);
	}
	config_free(&cfg);
	if (signals_stop() != 0)
		signals_raise(signals_stop());
	return terminal_flush(status);
}
