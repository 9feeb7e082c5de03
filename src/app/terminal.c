/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* terminal.c: opens and closes standard output, and finds out what it can show:
 * colours, characters, width. */
#include "app/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/columns.h"
#include "sinks/summary_run.h"

static bool
understands_colors(void)
{
	const char *type = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) == 1 &&
	    (no_color == NULL || no_color[0] == '\0') &&
	    (type == NULL || strcmp(type, "dumb") != 0);
}

/* The process keeps its own locale: others go by it. */
static bool
is_utf8(void)
{
	locale_t l = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool yes;

	if (l == (locale_t)0)
		return false;
	yes = strcmp(nl_langinfo_l(CODESET, l), "UTF-8") == 0;
	freelocale(l);
	return yes;
}

/* More than one capture may be reported. */
static bool
is_many(const struct config *cfg, const struct inputs *in)
{
	struct stat st;

	if (cfg->continuous)
		return false;
	for (size_t i = 0; i < cfg->n_paths; i++)
		if (stat(cfg->paths[i], &st) == 0 && S_ISDIR(st.st_mode))
			return true;
	return in->n > 1;
}

/* As wide as a table of them needs. */
static size_t
longest_name(const struct inputs *in)
{
	size_t most = 0;

	for (size_t i = 0; i < in->n; i++) {
		size_t n = summary_capture_width(in->v[i].name);

		if (n > most)
			most = n;
	}
	return most;
}

void
terminal_open(struct run *r, const struct inputs *in)
{
	const struct config *cfg = r->cfg;
	const struct selection *s = &cfg->model.selection;

	r->standard_output = stdout_new(STDOUT_FILENO);
	r->console = cfg->console;
	r->console.color = cfg->color == WHEN_ALWAYS ||
	    (cfg->color == WHEN_AUTO && understands_colors());
	r->console.ascii = !is_utf8();
	r->console.width = terminal_columns(STDOUT_FILENO);
	r->console.many = is_many(cfg, in);
	/* No session can come between the parts of another. */
	r->console.at_once = s->n_numbers == 1 &&
	    s->numbers[0].first == s->numbers[0].last &&
	    !match_is_set(&cfg->match) && cfg->pattern == NULL &&
	    cfg->after.texts.n + cfg->before.texts.n == 0;
	r->console.file = stdout_out(r->standard_output);
	r->console.start = &r->console_start;
	if (cfg->console.product == CONSOLE_SUMMARY) {
		if (r->console.many)
			r->console.capture_width = longest_name(in);
		r->summary = summary_run_new(&r->console);
		r->console.file = summary_run_file(r->summary);
	}
}

bool
terminal_is_lost(const struct run *r)
{
	return !r->cfg->files && stdout_error(r->standard_output) != 0;
}

/* What is told of all captures together. */
static enum status
end_summary(struct run *r, enum status status)
{
	int error;

	if (r->summary == NULL)
		return status;
	error = summary_run_end(r->summary);
	summary_run_free(r->summary);
	r->summary = NULL;
	if (error == 0)
		return status;
	message_error(r->messages, NULL, "scratch file in TMPDIR: %s",
	    strerror(error));
	return status == STATUS_USAGE ? status : STATUS_INCOMPLETE;
}

enum status
terminal_close(struct run *r, enum status status)
{
	int error;

	if (r->standard_output == NULL)
		return status;
	status = end_summary(r, status);
	out_settle(stdout_out(r->standard_output));
	error = stdout_error(r->standard_output);
	stdout_free(r->standard_output);
	if (error == 0 || error == EPIPE)
		return status;
	message_error(r->messages, NULL, "standard output: %s",
	    strerror(error));
	return status == STATUS_USAGE ? status : STATUS_INCOMPLETE;
}

int
terminal_flush(enum status status)
{
	if (fflush(stdout) == 0 || errno == EPIPE)
		return (int)status;
	fprintf(stderr, "tcpsession: standard output: %s\n", strerror(errno));
	return STATUS_INCOMPLETE;
}
